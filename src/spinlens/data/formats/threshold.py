"""Lossy and screen pictures: each site's grey against a level, and how well the two sides are apart."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.data.formats.margins import check_edges
from spinlens.errors import InputError

MIN_GAP = 16  # grey levels between the two sides, which "auto" must find
MAX_UNSURE = 0.1
STEPS = 16  # to a grey level, in which greys are counted


@dataclass(frozen=True)
class Separation:
    """level: the grey between the sides; dark, light: their mean greys (of all pictures, or NaN, for an empty one).

    unsure: the share of sites within a quarter of dark to light of the level (MIN_GAP where a side is empty).
    scale: pixels a site, down and across.
    """

    level: float
    dark: float
    light: float
    unsure: float
    scale: tuple[float, float]

    def __str__(self) -> str:
        greys = [f"{side:.0f}" for side in (self.dark, self.light) if side == side]
        sides = f"mean grey{'s' * (len(greys) > 1)} {' and '.join(greys)}, split at {self.level:.0f}"
        return f"{sides}, {100 * self.unsure:.1f} % of the sites in the middle between"


@dataclass(frozen=True)
class Level:
    """The grey between the sides; dark, light: their mean greys in all pictures, NaN where a number was given."""

    level: float
    dark: float = float("nan")
    light: float = float("nan")


def count_greys(pixels: NDArray[np.uint8], shape: tuple[int, int], source: str) -> NDArray[np.int64]:
    """How many sites of RGBA pixels (height, width, 4) have each grey, in steps of 1 / STEPS from 0 to 255."""
    greys = _site_greys(_to_grey(pixels, source), shape)
    return np.bincount(np.rint(greys.ravel() * STEPS).astype(int), minlength=255 * STEPS + 1)


def find_level(counts: NDArray[np.int64], source: str) -> Level:
    """The level that divides the greys of all pictures, `count_greys` added up, with the greatest variance (Otsu 1979).

    Raises InputError that names `source` where they are of one grey.
    """
    found = np.flatnonzero(counts)
    values, numbers = found / STEPS, counts[found]
    below, sums = np.cumsum(numbers)[:-1], np.cumsum(numbers * values)[:-1]
    above, total = numbers.sum() - below, float((numbers * values).sum())
    if len(found) > 1:
        k = int(np.argmax(below * above * ((total - sums) / above - sums / below) ** 2))
        dark, light = float(sums[k] / below[k]), float((total - sums[k]) / above[k])
        if light - dark >= MIN_GAP:
            return Level(float(values[k] + values[k + 1]) / 2, dark, light)
    hint = "--threshold LEVEL with a number splits pictures of one colour"
    raise InputError(source, f"one grey ({total / numbers.sum():.0f})", "of two greys", hint)


def split_greys(
    pixels: NDArray[np.uint8], shape: tuple[int, int], at: Level, source: str
) -> tuple[NDArray[np.bool_], Separation]:
    """(light (m, n), separation) of RGBA pixels (height, width, 4): each site by the mean grey of its middle.

    The middle is half of a site's height and width, at least a pixel, so that blurred edges count for nothing. Raises
    InputError for pictures that are not opaque, have too many sites in the middle between the sides, edges within sites
    (margins, other lattices), or two greys of their own on one side of the level.
    """
    whole = _to_grey(pixels, source)
    greys = _site_greys(whole, shape)
    light = greys > at.level
    means = (float(greys[side].mean()) if side.any() else float("nan") for side in (~light, light))
    dark_mean, light_mean = (
        own if own == own else known for own, known in zip(means, (at.dark, at.light), strict=True)
    )
    gap = light_mean - dark_mean
    near = np.abs(greys - at.level) < (gap / 4 if gap == gap else MIN_GAP)
    down, across = (pixels / sites for pixels, sites in zip(whole.shape, shape, strict=True))
    separation = Separation(at.level, dark_mean, light_mean, float(near.mean()), (down, across))
    if separation.unsure > MAX_UNSURE:
        hint = "--crop cuts margins away, --size sets another lattice"
        raise InputError(source, str(separation), f"a picture with at most {MAX_UNSURE:.0%} of such sites", hint)
    check_edges(whole, at.level, shape, source)
    _check_own_greys(greys, light, near, at, source)
    return light, separation


def _check_own_greys(
    greys: NDArray[np.float64], light: NDArray[np.bool_], near: NDArray[np.bool_], at: Level, source: str
) -> None:
    """Raises InputError for a picture that is darker or lighter than the others, whose level does not divide it."""
    try:
        own = find_level(np.bincount(np.rint(greys.ravel() * STEPS).astype(int)), source)
    except InputError:
        return  # of one grey
    if own.light - own.dark > (at.light - at.dark) / 4 and (((greys > own.level) != light) & ~near).any():
        given = f"greys {own.dark:.0f} and {own.light:.0f} on one side of {at.level:.0f}, the level of all pictures"
        raise InputError(source, given, "a picture of the same two greys as the others", "put it in another folder")


def _to_grey(pixels: NDArray[np.uint8], source: str) -> NDArray[Any]:
    """(height, width): luminance. Raises InputError for pixels that are not opaque."""
    if (pixels[..., 3] < 255).any():
        raise InputError(source, "transparency", "opaque, to be split by grey", "save it on a plain background")
    return np.asarray(pixels[..., :3] @ np.array([0.299, 0.587, 0.114], np.float32))


def _site_greys(whole: NDArray[Any], shape: tuple[int, int]) -> NDArray[np.float64]:
    greys = whole
    for axis, sites in enumerate(shape):
        greys = _middles(greys, axis, sites)
    return greys


def _middles(values: NDArray[np.float32], axis: int, sites: int) -> NDArray[np.float64]:
    """Means over the middle half of each of `sites` equal parts of an axis."""
    scale = values.shape[axis] / sites
    first = np.floor((np.arange(sites) + 0.25) * scale + 1e-9).astype(int)
    last = np.maximum(np.ceil((np.arange(sites) + 0.75) * scale - 1e-9).astype(int), first + 1)
    sums = np.insert(np.cumsum(values, axis, dtype=np.float64), 0, 0, axis)
    shape = [1, 1]
    shape[axis] = sites
    return (sums.take(last, axis) - sums.take(first, axis)) / (last - first).reshape(shape)
