"""How close a trained network comes to the exact posterior: one row of a trial."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spinlens.data.read import Snapshots
from spinlens.metrics.calibration import (
    bin_sums,
    divergence,
    expected_calibration_error,
    information_share,
    rescale,
    temperature_scaling,
)
from spinlens.metrics.ceiling import Ceiling
from spinlens.metrics.scores import gap, score

if TYPE_CHECKING:
    from spinlens.learning.classifier import Classifier

SCATTERED = 200  # pairs kept for the figure


def closeness(
    classifier: "Classifier",
    bound: Ceiling,
    validation: Snapshots | None,
    test: Snapshots,
    fresh: Snapshots | None = None,
) -> dict[str, Any]:
    """`measures` on the test split, as fresh_* on the fresh snapshots, and what figures need.

    scaling: the temperature of the probabilities, found on the validation split; 1 without one. confusion: on the test
    split.
    """
    t = 1.0
    if validation:
        with np.errstate(divide="ignore"):
            known = np.log(classifier.predict(validation.spins).probability)
        t = temperature_scaling(known, validation.label)
    raw = classifier.predict(test.spins).probability
    row = {"scaling": t} | measures(bound, test, raw, t)
    if fresh:
        further = measures(bound, fresh, classifier.predict(fresh.spins).probability, t)
        row |= {f"fresh_{name}": value for name, value in further.items()}
    return row | {
        "confusion": score(test.label, raw.argmax(1), len(classifier.names)).confusion.tolist(),
        "reliability": _reliability(bound.posterior(test.statistic).ravel(), rescale(raw, t).ravel()),
    }


def measures(bound: Ceiling, snapshots: Snapshots, raw: NDArray[np.float64], t: float) -> dict[str, float]:
    """Of the probabilities raw (count, classes), scaled to the temperature t.

    macro_f1, accuracy: by the labels. By the exact posterior: information (share of what the snapshots hold), kl
    (nats; kl_raw before scaling), ece, and gap (in macro F1).
    """
    exact, scaled, predicted = bound.posterior(snapshots.statistic), rescale(raw, t), raw.argmax(1)
    scores = score(snapshots.label, predicted, len(bound.prior))
    return {
        "macro_f1": scores.macro_f1,
        "accuracy": scores.accuracy,
        "information": information_share(exact, scaled, bound.prior),
        "kl": divergence(exact, scaled),
        "kl_raw": divergence(exact, raw),
        "ece": expected_calibration_error(exact, scaled),
        "gap": gap(exact, predicted),
    }


def _reliability(exact: NDArray[np.float64], probability: NDArray[np.float64]) -> dict[str, Any]:
    """bins: `bin_sums`. pairs: some (model, exact), drawn from those of which one at least is not nearly 0 or 1."""
    pairs = np.stack([probability, exact], 1)
    between = pairs[((pairs > 0.01) & (pairs < 0.99)).any(1)]
    kept = np.random.default_rng(0).permutation(between)[:SCATTERED]
    return {"bins": bin_sums(exact, probability).tolist(), "pairs": np.round(kept, 3).tolist()}
