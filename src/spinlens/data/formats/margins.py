"""Whether a picture shows the lattice alone: where its edges lie, and frames of one colour that no snapshot has."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError, shown
from spinlens.physics.systems import System

if TYPE_CHECKING:
    from spinlens.data.formats.pictures import Picture

MAX_WITHIN = 0.25  # of the edges: at most 0.11 where sites lie as assumed, about a half where they do not
FEWEST = 2  # edges a row or column of sites: with less a picture is nearly uniform, and one misread site counts
COARSEST = 2.0  # pixels a site, below which every pixel is near the border of one
SMOOTHED = 6.0  # pixels a site, from which noise is smoothed over a third of one
UNLIKELY = 20.0  # -ln of the probability of a frame of one colour, were its sites like all others
LEAST = 0.25  # of the picture inside of a margin


def check_edges(greys: NDArray[np.float32], level: float, shape: tuple[int, int], source: str) -> None:
    """Raises InputError where edges between dark and light lie within sites, and not on the borders between them.

    greys: (height, width) of the picture. An edge lies within where it is in the middle half of a site. Then the
    picture has a margin, or shows another lattice.
    """
    scales = [pixels / sites for pixels, sites in zip(greys.shape, shape, strict=True)]
    widths = [int(scale / 3) | 1 if scale >= SMOOTHED else 1 for scale in scales]
    for axis, width in enumerate(widths):
        greys = _box(greys, axis, width)
    light = greys > level
    for axis, (scale, width, sites) in enumerate(zip(scales, widths, shape, strict=True)):
        counts = np.count_nonzero(np.diff(light, axis=axis), axis=1 - axis)
        place = (np.arange(1, len(counts) + 1) + (width - 1) / 2) / scale
        within = np.abs(place - np.round(place)) > 0.25 + 1e-9
        if scale < COARSEST or counts.sum() < FEWEST * sites:
            continue
        share = counts[within].sum() / counts.sum()
        if share > MAX_WITHIN:
            given = f"{share:.0%} of them within sites, for size {shape[0]} x {shape[1]}"
            expected = "a picture whose edges between dark and light lie between sites"
            raise InputError(source, given, expected, "--crop cuts margins away, --size sets another lattice")


def _box(values: NDArray[Any], axis: int, width: int) -> NDArray[Any]:
    """Means over `width` neighbours along an axis."""
    if width == 1:
        return values
    sums = np.insert(np.cumsum(values, axis, dtype=np.float64), 0, 0, axis)
    last = np.arange(width, sums.shape[axis])
    return (sums.take(last, axis) - sums.take(last - width, axis)) / width


def doubt_frames(pictures: list["Picture"], system: System) -> list[str]:
    """A line where pictures are framed by rows and columns of one colour, which snapshots hardly have."""
    frames = [(find_frame(picture.second, system), picture.source) for picture in pictures]
    framed = [(frame, source) for frame, source in frames if frame]
    if not framed:
        return []
    (top, bottom, left, right), source = framed[0]
    more = f", and so in {len(framed) - 1} more" if len(framed) > 1 else ""
    rows, columns = f"{top} top and {bottom} bottom rows", f"{left} left and {right} right columns"
    return [f"{shown(source)}: the outermost {rows}, {columns} are all one colour{more}: a margin? cut it with --crop"]


def doubt_lines(pictures: list["Picture"], system: System) -> list[str]:
    """A line where an outermost row or column is of one colour in all pictures: a crop that leaves a margin there.

    A quarter of the sites of a line count as independent, each of its colour with the share that this has in the rest
    of its picture; lines with pinned sites are left out.
    """
    if not pictures:
        return []
    stack: NDArray[np.bool_] = np.stack([picture.second for picture in pictures])
    means = stack.mean((1, 2))
    found = []
    for name, axis, line in (("top row", 1, 0), ("bottom row", 1, -1), ("left column", 2, 0), ("right column", 2, -1)):
        values: NDArray[np.bool_] = np.asarray(stack.take(line, axis))
        if system.held.take(line, axis - 1).any() or (values != values[:, :1]).any():
            continue
        share = np.where(values[:, 0], means, 1 - means)
        if -(values.shape[1] / 4) * np.log(share).sum() > UNLIKELY:
            found.append(name)
    if not found:
        return []
    more = f" and {len(pictures) - 1} more pictures" if len(pictures) > 1 else ""
    return [f"{shown(pictures[0].source)}{more}: {', '.join(found)} of one colour in each: a margin? see --crop"]


def find_frame(second: NDArray[np.bool_], system: System) -> tuple[int, ...]:
    """(top, bottom, left, right): rows and columns of one colour around a picture (m, n); none where it is likely.

    Were each of the k sites of the other colour anywhere with equal probability, all of them would lie in some box that
    has a share of the sites with a probability of m^2 n^2 share^k at most. Pinned sites are not counted, as they have
    one colour anyway, and boxes of less than a quarter are taken for droplets.
    """
    inside = second != second[0, 0]
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    if not len(rows):
        return ()
    m, n = second.shape
    depth = int(rows[0]), m - 1 - int(rows[-1]), int(columns[0]), n - 1 - int(columns[-1])
    free = system.pinned == 0
    box = free[depth[0] : m - depth[1], depth[2] : n - depth[3]]
    share = np.count_nonzero(box) / np.count_nonzero(free)
    if min(depth) == 0 or share < LEAST:
        return ()
    unlikely = -np.count_nonzero(inside) * np.log(share) - 2 * np.log(m * n) > UNLIKELY
    return depth if unlikely else ()
