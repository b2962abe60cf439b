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
    confusion = np.zeros((classes, classes))
    np.add.at(confusion, (np.asarray(true), np.asarray(predicted)), 1)
    return Scores(confusion)
