"""Lossy and screen pictures: each site's grey against a level, and how well the two sides are apart."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.data.formats.margins import check_edges
from spinlens.errors import InputError

MIN_GAP = 16  # grey levels between the two sides, which "auto" must find
MAX_UNSURE = 0.1


@dataclass(frozen=True)
class Separation:
    """level: the grey between the sides; dark, light: their mean greys (NaN for an empty one).

    unsure: the share of sites within a quarter of dark to light of the level (MIN_GAP where a side is empty).
    scale: pixels a site, down and across.
    """

    level: float
    dark: float
    light: float
    unsure: float
    scale: tuple[float, float]

    def __str__(self) -> str:
        sides = f"mean greys {self.dark:.0f} and {self.light:.0f}, split at {self.level:.0f}"
        return f"{sides}, {100 * self.unsure:.1f} % of the sites in the middle between"


def split_greys(
    pixels: NDArray[np.uint8], shape: tuple[int, int], threshold: float | str, source: str
) -> tuple[NDArray[np.bool_], Separation]:
    """(light (m, n), separation) of RGBA pixels (height, width, 4): each site by the mean grey of its middle.

    The middle is half of a site's height and width, at least a pixel, so that blurred edges count for nothing.
    threshold: a grey level or "auto", the level of greatest variance between the sides (Otsu 1979). Raises InputError
    for pictures that are not opaque, have too many sites in the middle or edges within sites (margins, other lattices),
    or are of one grey where "auto" needs two.
    """
    if (pixels[..., 3] < 255).any():
        raise InputError(source, "transparency", "opaque, to be split by grey", "save it on a plain background")
    whole: NDArray[Any] = pixels[..., :3] @ np.array([0.299, 0.587, 0.114], np.float32)
    greys = whole
    for axis, sites in enumerate(shape):
        greys = _middles(greys, axis, sites)
    level = _otsu(greys) if isinstance(threshold, str) else float(threshold)
    light = greys > level
    dark_mean, light_mean = (float(greys[side].mean()) if side.any() else float("nan") for side in (~light, light))
    gap = light_mean - dark_mean
    if isinstance(threshold, str) and not gap >= MIN_GAP:
        hint = "--threshold LEVEL with a number splits a picture of one colour"
        raise InputError(source, f"one grey ({greys.mean():.0f})", "a picture of two greys", hint)
    unsure = float((np.abs(greys - level) < (gap / 4 if gap == gap else MIN_GAP)).mean())
    down, across = (pixels / sites for pixels, sites in zip(whole.shape, shape, strict=True))
    separation = Separation(level, dark_mean, light_mean, unsure, (down, across))
    if unsure > MAX_UNSURE:
        hint = "--crop cuts margins away, --size sets another lattice"
        raise InputError(source, str(separation), f"a picture with at most {MAX_UNSURE:.0%} of such sites", hint)
    check_edges(whole, level, shape, source)
    return light, separation


def _middles(values: NDArray[np.float32], axis: int, sites: int) -> NDArray[np.float64]:
    """Means over the middle half of each of `sites` equal parts of an axis."""
    scale = values.shape[axis] / sites
    first = np.floor((np.arange(sites) + 0.25) * scale + 1e-9).astype(int)
    last = np.maximum(np.ceil((np.arange(sites) + 0.75) * scale - 1e-9).astype(int), first + 1)
    sums = np.insert(np.cumsum(values, axis, dtype=np.float64), 0, 0, axis)
    shape = [1, 1]
    shape[axis] = sites
    return (sums.take(last, axis) - sums.take(first, axis)) / (last - first).reshape(shape)


def _otsu(greys: NDArray[np.float64]) -> float:
    """The middle of the gap that divides the greys with the greatest variance between both sides."""
    ordered = np.sort(greys, axis=None)
    count = np.arange(1, ordered.size)
    below = np.cumsum(ordered)[:-1] / count
    above = (ordered.sum() - np.cumsum(ordered)[:-1]) / (ordered.size - count)
    k = int(np.argmax(count * (ordered.size - count) * (above - below) ** 2))
    return float(ordered[k] + ordered[k + 1]) / 2
