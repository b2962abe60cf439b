"""Scores of predicted classes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


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


def score(true: ArrayLike, predicted: ArrayLike, classes: int) -> Scores:
    """Scores of predicted class indices (count,) against the true ones (count,)."""
    return expected_score(np.eye(classes)[np.asarray(true)], predicted)


def expected_score(share: NDArray[np.float64], predicted: ArrayLike) -> Scores:
    """Scores of predicted class indices (count,) where image i is of class k with the weight share[i, k]."""
    confusion = np.zeros((share.shape[1], share.shape[1]))
    np.add.at(confusion.T, np.asarray(predicted), share)
    return Scores(confusion)


def gap(exact: NDArray[np.float64], predicted: ArrayLike) -> float:
    """Macro F1 that a model lacks of the Bayes classifier on the same images, expected over the classes they may have.

    exact (count, classes): the posterior of each image. predicted (count,): the model's classes. Both confusions are
    those expected given the images, so neither which images nor which labels were drawn adds noise of its own: only
    images on which the two disagree count. Not below 0 but for some 1e-5, as the Bayes classifier maximises accuracy.
    """
    return expected_score(exact, exact.argmax(1)).macro_f1 - expected_score(exact, predicted).macro_f1
