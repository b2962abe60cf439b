"""The columns of a data set as parquet holds them, with the features that Hugging Face's `datasets` reads."""

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

NUMBERS = {"temperature": "float64", "energy": "float64", "magnetization": "float64"}
ORIGIN = {"system": "string", "chain": "int64", "seed": "int64"}


def dataset_schema(class_names: tuple[str, ...], variable: str = "temperature") -> "pa.Schema":
    """The schema of every shard: image (encoded bytes), label (an index of `class_names`), NUMBERS and ORIGIN.

    variable: of the classes, a column before NUMBERS where it is none of them.

    Its metadata is what `datasets.Features.arrow_schema` writes, so that `load_dataset` finds pictures and class names;
    written here because that package brings 300 MB of others that nothing else needs.
    """
    import pyarrow as pa

    values = {variable: "float64"} | NUMBERS | ORIGIN
    features: dict[str, Any] = {"image": {"_type": "Image"}}
    features["label"] = {"names": list(class_names), "_type": "ClassLabel"}
    features |= {name: {"dtype": dtype, "_type": "Value"} for name, dtype in values.items()}
    types = {"image": pa.struct({"bytes": pa.binary(), "path": pa.string()}), "label": pa.int64()}
    types |= {name: pa.type_for_alias(dtype) for name, dtype in values.items()}
    return pa.schema(types, metadata={"huggingface": json.dumps({"info": {"features": features}})})
