"""What all figures share: colours that colour-blind readers can tell apart, marks, and the key of the two spins."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

# Okabe and Ito (2008), without yellow, which is too faint on white, and black, which is the ceiling's
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "0.45")
MARKERS = "osD^vPX*hp"
SPINS = "viridis"  # dark: spin up, yellow: spin down, as in Kara et al. (2021)


def colour(k: int) -> str:
    """The colour of the k-th of several."""
    return COLOURS[k % len(COLOURS)]


def mark(k: int) -> str:
    """The marker of the k-th of several: with seven colours and ten markers no two of 70 share both."""
    return MARKERS[k % len(MARKERS)]


def show_spins(axes: Axes, spins: Any, title: str = "") -> None:
    """One micro-state."""
    axes.imshow(-spins, cmap=SPINS, vmin=-1, vmax=1, interpolation="nearest")
    axes.set_title(title, fontsize=10)
    axes.set_xticks([])
    axes.set_yticks([])


def add_spin_key(figure: Figure) -> None:
    """The key of the two spins, below the figure."""
    from matplotlib import colormaps

    ends = [
        Patch(facecolor=colormaps[SPINS](x), edgecolor="0.3", label=text)
        for x, text in ((0.0, "spin up"), (1.0, "spin down"))
    ]
    figure.legend(handles=ends, loc="outside lower center", ncols=2, fontsize=8, frameon=False)


def line(**style: Any) -> Line2D:
    """An entry of a legend that stands for no data."""
    return Line2D([], [], **style)
