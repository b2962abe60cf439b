"""Measures of calibration against closed forms, scikit-learn and labels drawn from the posterior."""

import numpy as np
import pytest
from scipy.special import log_softmax, softmax
from sklearn.metrics import log_loss

from spinlens.metrics.calibration import (
    bin_sums,
    divergence,
    expected_calibration_error,
    information_share,
    rescale,
    temperature_scaling,
)

RNG = np.random.default_rng(0)
EXACT = softmax(RNG.normal(0, 3, (20_000, 4)), 1)
LABEL = (EXACT.cumsum(1) < RNG.random((len(EXACT), 1))).sum(1)  # drawn from the posterior
PRIOR = EXACT.mean(0)
MODEL = softmax(np.log(EXACT) + RNG.normal(0, 1, EXACT.shape), 1)


@pytest.mark.parametrize("t", [0.25, 1.0, 3.0])
def test_temperature_scaling_finds_the_known_temperature(t: float) -> None:
    """Breaks when it minimises something else or scales the wrong way: probabilities sharpened t-fold, labels drawn
    from the originals; the error of the maximum likelihood t is 1 / sqrt(count * variance of the log-odds) at most."""
    sharp = log_softmax(np.log(EXACT) * t, 1)
    found = temperature_scaling(sharp, LABEL)
    # at the truth the Fisher information of ln t is the mean variance of ln p under the posterior
    log_p = np.log(EXACT)
    information = ((EXACT * log_p**2).sum(1) - (EXACT * log_p).sum(1) ** 2).sum()
    assert abs(np.log(found / t)) < 4 / information**0.5 + 1e-4
    np.testing.assert_allclose(rescale(np.exp(sharp), t), EXACT, rtol=1e-9)


def test_the_scaled_cross_entropy_is_the_least() -> None:
    """Breaks when the minimum is missed: no other temperature on a fine grid is better, by scikit-learn's log loss."""
    t = temperature_scaling(np.log(MODEL), LABEL)
    grid = [log_loss(LABEL, rescale(MODEL, other)) for other in np.geomspace(0.3, 5, 60)]
    assert log_loss(LABEL, rescale(MODEL, t)) <= min(grid)
    assert t > 1, "noise makes a model too sure of itself"


def test_a_split_without_an_error_says_little() -> None:
    """Breaks when 300 right answers, to be expected of a calibrated model that is 99.9 % sure, drive t to 0: the
    surprise ln(1 + 3 exp(-ln(2997) / t)) falls with t and the prior's (ln t / 0.25)^2 / 600 holds it, by a grid."""
    sure = np.full((300, 4), 0.001 / 3)
    sure[:, 0] = 0.999
    t = temperature_scaling(np.log(sure), np.zeros(300, int))
    grid = np.linspace(0.5, 1.2, 7001)
    others = 3 * np.exp(-np.log(0.999 / (0.001 / 3)) / grid)
    best = grid[np.argmin(np.log1p(others) + (np.log(grid) / 0.25) ** 2 / 600)]
    assert t == pytest.approx(best, abs=1e-3)
    assert t > 0.5


def test_divergence_is_the_excess_of_the_cross_entropy() -> None:
    """Breaks when the divergence runs the other way or is no mean: 0 for the posterior itself, the closed form for
    two classes, and over drawn labels the log loss less that of the posterior within 4 standard errors."""
    assert divergence(EXACT, EXACT) == 0
    expected = 0.5 * np.log(0.5 / 0.9) + 0.5 * np.log(0.5 / 0.1)
    assert divergence(np.array([[0.5, 0.5], [1, 0]]), np.array([[0.9, 0.1], [1, 0]])) == pytest.approx(expected / 2)
    rows = np.arange(len(LABEL))
    excess = np.log(EXACT[rows, LABEL]) - np.log(MODEL[rows, LABEL])
    assert abs(excess.mean() - divergence(EXACT, MODEL)) < 4 * excess.std() / len(rows) ** 0.5


def test_certainties_that_are_wrong_stay_finite() -> None:
    """Breaks when a probability of 0 gives infinity or nan in any measure."""
    exact, wrong, label = np.eye(4)[[0, 1]], np.eye(4)[[2, 1]], [0, 1]
    assert divergence(exact, wrong) == pytest.approx(-np.log(np.finfo(float).tiny) / 2)
    with np.errstate(divide="ignore"):
        t = temperature_scaling(np.log(wrong), label)
    assert np.isfinite(rescale(wrong, t)).all()
    assert t > 5
    np.testing.assert_allclose(rescale(wrong, 1.0), wrong, atol=1e-300)


def test_information_share_is_the_lower_bound_without_the_noise_of_labels() -> None:
    """Breaks when the share is not (H(class) - cross-entropy) / I: 1 for the posterior, 0 for the prior, and over drawn
    labels the bound by scikit-learn's log loss, over I, within 4 standard errors."""
    assert information_share(EXACT, EXACT, PRIOR) == 1
    assert information_share(EXACT, np.broadcast_to(PRIOR, EXACT.shape), PRIOR) == 0
    entropy = -(PRIOR * np.log(PRIOR)).sum()
    held = entropy + (EXACT * np.log(EXACT)).sum(1).mean()
    noise = np.log(MODEL)[np.arange(len(LABEL)), LABEL].std() / len(LABEL) ** 0.5 / held
    by_labels = (entropy - log_loss(LABEL, MODEL)) / held
    assert abs(information_share(EXACT, MODEL, PRIOR) - by_labels) < 4 * noise
    assert 0 < information_share(EXACT, MODEL, PRIOR) < 1


def test_scaling_by_labels_comes_closer_to_the_posterior() -> None:
    """Breaks when the scaled model is farther away: a model twice as sure as it should be."""
    sure = rescale(EXACT, 0.5)
    scaled = rescale(sure, temperature_scaling(np.log(sure[:300]), LABEL[:300]))
    assert divergence(EXACT, scaled) < 0.1 * divergence(EXACT, sure)
    assert expected_calibration_error(EXACT, scaled) < 0.5 * expected_calibration_error(EXACT, sure)


def test_calibration_error_is_the_offset() -> None:
    """Breaks when bins, weights or classes are mixed up: 0 for the posterior, the shift of every confidence, the mean
    of two shifts of different sign in bins of their own, and 0 where they cancel within a bin."""
    assert expected_calibration_error(EXACT, EXACT) == 0
    confidence = np.linspace(0.6, 0.9, 1000)
    exact, shifted = (np.stack([c, 1 - c], 1) for c in (confidence, confidence + 0.07))
    assert expected_calibration_error(exact, shifted) == pytest.approx(0.07)
    assert expected_calibration_error(exact[:, ::-1], shifted[:, ::-1]) == pytest.approx(0.07)
    model = np.array([[0.7, 0.3]] * 3 + [[0.9, 0.1]])
    exact = np.array([[0.6, 0.4]] * 3 + [[1.0, 0.0]])
    assert expected_calibration_error(exact, model) == pytest.approx(0.1)
    exact = np.array([[0.5, 0.5], [0.9, 0.1]])
    assert expected_calibration_error(exact, model[:2]) == pytest.approx(0)
    other = np.array([[0.1, 0.3, 0.6]]), np.array([[0.7, 0.2, 0.1]])  # the model's class counts, not the likeliest one
    assert expected_calibration_error(*other) == pytest.approx(0.6)


def test_bins_hold_every_pair() -> None:
    """Breaks when a probability of 1 falls out of the last bin or a sum is of something else."""
    exact, model = np.array([0.2, 0.9, 1.0, 0.1]), np.array([0.1, 1.0, 0.8, 0.3])
    np.testing.assert_allclose(bin_sums(exact, model, 4), [[1, 1, 0, 2], [0.1, 0.3, 0, 1.8], [0.2, 0.1, 0, 1.9]])
