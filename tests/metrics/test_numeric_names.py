"""Classes whose names are numbers, and predictions of other types."""

from pathlib import Path

import numpy as np
import pytest

from spinlens.errors import InputError
from spinlens.metrics.prediction_files import read_predictions
from spinlens.metrics.predictions import check_predictions


def test_numbers_are_names_where_all_names_are_numbers(tmp_path: Path) -> None:
    """Breaks when classes named by numbers are counted as indices: of 1, 0, 10 the class 1 is the first."""
    names, values = ("1", "0", "10"), np.array([1, 0, 10, 1])
    (tmp_path / "own.csv").write_text("class\n1\n0\n10\n1\n")
    (tmp_path / "own.jsonl").write_text("".join(f'{{"class": {value}}}\n' for value in values))
    np.save(tmp_path / "own.npy", values)
    assert check_predictions(values, names, 4).label.tolist() == [0, 1, 2, 0]
    for ending in ("csv", "jsonl", "npy"):
        assert read_predictions(tmp_path / f"own.{ending}", names, 4).label.tolist() == [0, 1, 2, 0]


@pytest.mark.parametrize(
    ("names", "value"),
    [(("1", "0", "10"), 2), (("1", "a", "b"), 1), (("1", "a", "b"), 0), (("1", "01", "2"), 1), (("0.5", "1.5"), 0)],
)
def test_numbers_that_could_be_either_are_refused(names: tuple[str, ...], value: int) -> None:
    """Breaks when it is guessed whether a number is a name or an index."""
    with pytest.raises(InputError, match=r"predictions\[0\] must be one of the names"):
        check_predictions(np.array([value]), names, 1)


def test_other_types_name_the_conversion() -> None:
    """Breaks when whole numbers as floats, one-hot integers or objects are refused without what to do."""
    for values, hint in [
        (np.array([0.0, 1.0]), r"\.astype\(int\)"),
        (np.eye(2, dtype=int), r"\.astype\(float\)"),
        (np.array(["a", "b"], object), r"\.astype\(str\)"),
    ]:
        with pytest.raises(InputError, match=hint):
            check_predictions(values, ("a", "b"), 2)
