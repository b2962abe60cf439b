"""Empty rows of a reweighted table: the note has their cause and its remedy."""

import numpy as np
import pytest

from spinlens.montecarlo.analysis.measure import explain_gaps


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        ([400] * 17, []),
        ([400] * 9 + [400, 90, 90, 400, 400, 400, 400, 400], ["empty between T = 2 and 3, where"]),
        ([90] * 9 + [400] * 8, ["fewer than 100 measurements count at T = 1, 2 and near"]),
        ([50] + [400] * 7 + [400] + [99] * 7 + [400], ["count at T = 1 and near", "empty between T = 2 and 3"]),
        ([0] * 17, ["no curve"]),
        ([], []),
    ],
)
def test_empty_rows_between_temperatures_have_a_reason(samples: list[int], words: list[str]) -> None:
    """Breaks when some rows of the reweighted table are empty without a note, or with the remedy of another cause."""
    table = {"temperature": np.linspace(1, 3, 17)[: len(samples)], "samples": np.array(samples, float)}
    found = explain_gaps(table)
    assert len(found) == len(words)
    assert all(word in line for word, line in zip(words, found, strict=True))
