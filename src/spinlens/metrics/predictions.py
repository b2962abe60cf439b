"""Predictions of anybody's model: class indices or names, probabilities, or both, checked against the classes."""

import math
import re
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinlens.errors import InputError

SUM_TOLERANCE = 1e-3  # of probabilities, which may be rounded


@dataclass(frozen=True)
class Predicted:
    """label (count,): class indices; probability (count, classes), rows of sum 1, or None where not given."""

    label: NDArray[np.int64]
    probability: NDArray[np.float64] | None


def check_predictions(values: ArrayLike, names: tuple[str, ...], count: int, source: str = "predictions") -> Predicted:
    """Predictions from an array: indices or names (count,), or probabilities (count, classes).

    Raises InputError for other shapes and values.
    """
    array = np.asarray(values)
    if array.ndim == 2 and array.dtype.kind == "f":
        probability = check_probabilities(array.astype(np.float64), names, count, source)
        return Predicted(probability.argmax(1), probability)
    if array.ndim != 1 or array.dtype.kind not in "iuU":
        given = f"{array.dtype} {array.shape}"
        expected = f"indices or names ({count},) or probabilities ({count}, {len(names)})"
        raise InputError(source, given, expected, _conversion(array))
    check_count(len(array), count, source)
    return Predicted(np.array([read_label(v, names, f"{source}[{k}]") for k, v in enumerate(array.tolist())]), None)


def _conversion(array: NDArray[Any]) -> str:
    """How to make predictions of an array of another type, where that is known."""
    if array.ndim == 1 and array.dtype.kind == "f":
        whole = bool((np.isfinite(array) & (array == np.round(array))).all())
        return ".astype(int) makes indices of whole numbers" if whole else ""
    if array.ndim == 1 and array.dtype.kind == "O" and all(isinstance(value, str) for value in array):
        return ".astype(str) makes text of objects"
    return ".astype(float) makes probabilities of 0 and 1" if array.ndim == 2 and array.dtype.kind in "iub" else ""


def join_predictions(label: NDArray[np.int64], probability: NDArray[np.float64] | None, source: str) -> Predicted:
    """Class indices (count,) with their probabilities. Raises InputError where another class is more probable."""
    if probability is not None:
        lead = probability.max(1) - probability[np.arange(len(label)), label]
        for k in np.flatnonzero(lead > SUM_TOLERANCE):
            expected = f"the class of greatest probability, index {probability[k].argmax()}"
            raise InputError(f"{source}[{k}] class", int(label[k]), expected, "give one of the two alone")
    return Predicted(label, probability)


def check_count(given: int, count: int, source: str) -> None:
    """Raises InputError for another number of predictions than of images."""
    if given != count:
        raise InputError(f"{source} (rows)", given, f"{count}, one an image of the split")


def read_label(value: Any, names: tuple[str, ...], source: str) -> int:
    """The index of a class by its name or, unless names are numbers themselves, its index.

    Where all names are numbers, a number is a name too. Raises InputError for what is none, and for a number where
    some names are numbers and others are not: it could be either.
    """
    if isinstance(value, str) and value in names:
        return names.index(value)
    numbers = [_number(name) for name in names]
    if any(number is not None for number in numbers):
        named = [k for k, number in enumerate(numbers) if number == value and _is_index(value)]
        if len(named) == 1 and None not in numbers:
            return named[0]
        hint = "a name, as text" if _is_index(value) else ""
        raise InputError(
            source, value, f"one of the names {', '.join(names)}", hint and f"write {hint}: some are numbers"
        )
    if isinstance(value, str) and re.fullmatch("[0-9]{1,9}", value):
        value = int(value)
    if _is_index(value) and 0 <= value < len(names):
        return int(value)
    raise InputError(source, value, f"one of {', '.join(names)}, or an index from 0 to {len(names) - 1}")


def _is_index(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _number(name: str) -> float | None:
    """The number that a name is, None where it is none."""
    try:
        number = float(name)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def check_probabilities(
    array: NDArray[np.float64], names: tuple[str, ...], count: int, source: str
) -> NDArray[np.float64]:
    """Probabilities (count, classes), each row divided by its sum. Raises InputError that names the first bad row."""
    check_count(len(array), count, source)
    if array.shape[1] != len(names):
        raise InputError(f"{source} (columns)", array.shape[1], f"{len(names)}, one a class")
    for k in np.flatnonzero(~((array >= 0) & (array <= 1 + SUM_TOLERANCE)).all(1)):
        raise InputError(
            f"{source}[{k}]", array[k].tolist(), "probabilities from 0 to 1", "softmax turns logits into them"
        )
    for k in np.flatnonzero(abs(array.sum(1) - 1) > SUM_TOLERANCE):
        raise InputError(f"{source}[{k}] (sum)", float(array[k].sum()), "1")
    return array / array.sum(1, keepdims=True)
