"""How close a model's probabilities come to the exact posterior p(class | E), all that a snapshot can tell.

Probabilities are arrays (count, classes), a row a snapshot; `exact` is `Ceiling.posterior` of the same snapshots. With
the posterior known, each mean over labels is replaced by its expectation given the snapshots: the same value without
the noise of the labels (Rao-Blackwell). Information is in nats.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, rel_entr, softmax

TINY = np.finfo(np.float64).tiny  # the least probability: its logarithm is finite
PRIOR = 0.25  # standard deviation of log t before any label is seen
HOTTEST = 100.0  # temperatures are sought from 1 / HOTTEST to HOTTEST


def temperature_scaling(log_probability: NDArray[np.float64], label: ArrayLike) -> float:
    """The most probable t of softmax(log p / t) given the labels (count,) of a validation split.

    log_probability (count, classes): logits do as well. Guo et al., Proc. ICML, 1321 (2017), section 4.2, with a normal
    prior of log t around 0: a good model makes hardly an error on a few hundred images, and the likelihood alone would
    then make it as sure of itself as it can. Above 1 where the model is too sure. The cross-entropy is convex in 1 / t.
    """
    logits, own = np.maximum(log_probability, np.log(TINY)), np.expand_dims(np.asarray(label), 1)

    def surprise(log_t: float) -> float:
        likelihood = float(np.take_along_axis(log_softmax(logits / np.exp(log_t), 1), own, 1).mean())
        return -likelihood + (log_t / PRIOR) ** 2 / (2 * len(logits))

    end = np.log(HOTTEST)
    return float(np.exp(minimize_scalar(surprise, bounds=(-end, end), method="bounded").x))


def rescale(probability: NDArray[np.float64], t: float) -> NDArray[np.float64]:
    """softmax(log p / t): the probabilities (count, classes) at the temperature that `temperature_scaling` found."""
    return np.asarray(softmax(np.log(np.maximum(probability, TINY)) / t, 1))


def divergence(exact: NDArray[np.float64], probability: NDArray[np.float64]) -> float:
    """Mean over snapshots of KL(exact posterior || model) in nats: the excess of the expected cross-entropy.

    A probability of 0 counts as the least positive float, so that one wrong certainty costs at most 708 nats.
    Kullback and Leibler, Ann. Math. Stat. 22, 79 (1951).
    """
    return float(rel_entr(exact, np.maximum(probability, TINY)).sum(1).mean())


def information_share(
    exact: NDArray[np.float64], probability: NDArray[np.float64], prior: NDArray[np.float64]
) -> float:
    """Share of the information about the class in these snapshots that a model's probabilities pass on; 1 at best.

    prior (classes,): the shares of the classes among all images. The numerator, mean of sum_k exact_k ln(p_k /
    prior_k), is H(class) less the cross-entropy, a lower bound of I(class; output) (Barber and Agakov, NIPS 16, 201
    (2003)), expected over the labels. The denominator is the same with p = exact: I(class; E) on these snapshots.
    Dividing by that and not by the population's value cancels which snapshots were drawn: the ratio is
    1 - KL / held, exactly 1 for the posterior and exactly 0 for the prior. Below 0 for a model worse than the prior.
    """
    return 1 - divergence(exact, probability) / divergence(exact, np.broadcast_to(prior, exact.shape))


def bin_sums(exact: NDArray[np.float64], probability: NDArray[np.float64], bins: int = 15) -> NDArray[np.float64]:
    """(3, bins): the number, the sum of a model's probabilities and the sum of the exact ones, in each of `bins` equal
    intervals of the model's. exact, probability (count,): of the same class of the same snapshot."""
    index = np.minimum((probability * bins).astype(np.int64), bins - 1)
    return np.stack([np.bincount(index, weight, bins) for weight in (np.ones(len(index)), probability, exact)])


def expected_calibration_error(exact: NDArray[np.float64], probability: NDArray[np.float64], bins: int = 15) -> float:
    """Mean over snapshots, by bins of confidence, of |mean confidence - mean exact posterior of the predicted class|.

    Guo et al. (2017), eq. 3, with the posterior in the place of hit or miss, whose noise alone gives a perfect model
    an error of some 1 / sqrt(count a bin).
    """
    rows, predicted = np.arange(len(probability)), probability.argmax(1)
    _, confidence, truth = bin_sums(exact[rows, predicted], probability[rows, predicted], bins)
    return float(np.abs(confidence - truth).sum() / len(rows))
