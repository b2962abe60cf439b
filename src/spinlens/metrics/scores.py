"""Scores of predicted classes, and how far the choice of the test images alone moves them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

DRAWS, CELLS = 20_000, 40_000_000  # simulated test sets, and entries of their confusions


@dataclass(frozen=True)
class Scores:
    """confusion (classes, classes): images, or their expected share, by true class (row) and predicted class."""

    confusion: NDArray[np.float64]

    @property
    def macro_f1(self) -> float:
        """Mean over the classes of 2 true positives / (2 true positives + false positives + false negatives)."""
        return float(self.f1.mean())

    @property
    def f1(self) -> NDArray[np.float64]:
        """F1 of each class; 0 for a class that neither occurs nor is predicted."""
        hits, total = np.diag(self.confusion), self.confusion.sum(0) + self.confusion.sum(1)
        return np.where(total > 0, 2 * hits / np.where(total > 0, total, 1), 0.0)

    @property
    def accuracy(self) -> float:
        """Share of images in their own class."""
        return float(np.trace(self.confusion) / self.confusion.sum())

    @property
    def macro_f1_error(self) -> float:
        """Standard error of macro_f1 by the choice of the test images, whose numbers in each class are fixed.

        The delta method: each row of the confusion is a multinomial draw, and an image of class i predicted as j moves
        macro F1 by g_ij = (2 [i = j] / t_j - 2 C_jj / t_j^2) / classes, t_j = sum_k C_jk + C_kj. 0 without an error.
        """
        hits, total = np.diag(self.confusion), self.confusion.sum(0) + self.confusion.sum(1)
        safe = np.where(total > 0, total, 1)
        return self._spread((2 * np.diag(1 / safe) - 2 * hits / safe**2) / len(hits))

    @property
    def accuracy_error(self) -> float:
        """Standard error of accuracy by the choice of the test images, as `macro_f1_error`."""
        return self._spread(np.eye(len(self.confusion)) / self.confusion.sum())

    def _spread(self, influence: NDArray[np.float64]) -> float:
        """Standard deviation of sum_ij influence_ij C_ij with multinomial rows."""
        images = self.confusion.sum(1, keepdims=True)
        share = self.confusion / np.where(images > 0, images, 1)
        mean = (share * influence).sum(1, keepdims=True)
        return float(np.sqrt((self.confusion * (influence - mean) ** 2).sum()))


def score(true: ArrayLike, predicted: ArrayLike, classes: int) -> Scores:
    """Scores of predicted class indices (count,) against the true ones (count,)."""
    return expected_score(np.eye(classes)[np.asarray(true)], predicted)


def expected_score(share: NDArray[np.float64], predicted: ArrayLike) -> Scores:
    """Scores of predicted class indices (count,) where image i is of class k with the weight share[i, k]."""
    confusion = np.zeros((share.shape[1], share.shape[1]))
    np.add.at(confusion.T, np.asarray(predicted), share)
    return Scores(confusion)


def chance(bound: Scores, images: ArrayLike, macro_f1: float) -> float:
    """Probability that a classifier with the expected confusion `bound` scores macro_f1 or more on one test set.

    images (classes,): test images of each class. By simulated test sets, DRAWS unless the classes are many, so that
    nothing is taken for normal: macro F1 close to 1 is skew. Not below 1 / (draws + 1) (Davison and Hinkley, Bootstrap
    Methods and their Application (1997), section 4.2).
    """
    rng, share = np.random.default_rng(0), bound.confusion / bound.confusion.sum(1, keepdims=True)
    draws, reached = int(np.clip(CELLS // share.size, 1000, DRAWS)), 0
    for _ in range(0, draws, 1000):
        rows = [rng.multinomial(n, p, 1000) for n, p in zip(np.asarray(images), share, strict=True)]
        confusion = np.stack(rows, 1)  # (1000, classes, classes)
        hits, total = np.diagonal(confusion, axis1=1, axis2=2), confusion.sum(1) + confusion.sum(2)
        reached += int(((2 * hits / np.maximum(total, 1)).mean(1) >= macro_f1 - 1e-12).sum())
    return (1 + reached) / (1 + 1000 * -(-draws // 1000))


def gap(exact: NDArray[np.float64], predicted: ArrayLike) -> float:
    """Macro F1 that a model lacks of the Bayes classifier on the same images, expected over the classes they may have.

    exact (count, classes): the posterior of each image. predicted (count,): the model's classes. Both confusions are
    those expected given the images, so neither which images nor which labels were drawn adds noise of its own: only
    images on which the two disagree count. Below 0 where the model gives up accuracy for macro F1: hardly on large
    lattices, by up to 0.1 at 4 x 4.
    """
    return expected_score(exact, exact.argmax(1)).macro_f1 - expected_score(exact, predicted).macro_f1
