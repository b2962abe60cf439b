"""The columns of a data set are what Hugging Face's `datasets` writes."""

import pytest

from spinlens.data.schema import NUMBERS, ORIGIN, dataset_schema


@pytest.mark.parametrize("variable", ["temperature", "D"])
@pytest.mark.parametrize("names", [("FSbCR", "SbCR", "CR", "SpCR"), ("kalt", 'heiß "T > 2"')])
def test_the_schema_is_the_one_of_datasets(names: tuple[str, ...], variable: str) -> None:
    """Breaks when a column, its type or the metadata differ from what `datasets.Features` makes of the same columns."""
    from datasets import ClassLabel, Features, Image, Value

    values = {name: Value(dtype) for name, dtype in ({variable: "float64"} | NUMBERS | ORIGIN).items()}
    theirs = Features({"image": Image(), "label": ClassLabel(names=list(names)), **values}).arrow_schema
    assert dataset_schema(names, variable).equals(theirs, check_metadata=True)
