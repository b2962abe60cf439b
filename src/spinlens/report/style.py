"""What all figures share: colours that colour-blind readers can tell apart, marks, and the key of the states."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from spinlens.data.palettes import palette, states_index
from spinlens.physics.spaces import Space
from spinlens.physics.states import is_continuous

# Okabe and Ito (2008), without yellow, which is too faint on white, and black, which is the ceiling's
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "0.45")
MARKERS = "osD^vPX*hp"


def colour(k: int) -> str:
    """The colour of the k-th of several."""
    return COLOURS[k % len(COLOURS)]


def mark(k: int) -> str:
    """The marker of the k-th of several: with seven colours and ten markers no two of 70 share both."""
    return MARKERS[k % len(MARKERS)]


def show_spins(axes: Axes, space: Space, spins: Any, title: str = "") -> None:
    """One micro-state, in the colours of its space."""
    colours = np.array(palette(space), np.uint8)
    axes.imshow(colours[states_index(space, spins)], interpolation="nearest")
    axes.set_title(title, fontsize=10)
    axes.set_xticks([])
    axes.set_yticks([])


def add_spin_key(figure: Figure, space: Space) -> None:
    """The key of the states, below the figure."""
    if is_continuous(space):
        _add_circle_key(figure, space)
        return
    names = ["spin down", "spin up"] if space.states.tolist() == [-1, 1] else None
    names = names or [f"state {state}" for state in space.states.tolist()]
    colours = [f"#{bytes(rgb).hex()}" for rgb in palette(space)]
    ends = [Patch(facecolor=rgb, edgecolor="0.3", label=text) for rgb, text in zip(colours, names, strict=True)]
    figure.legend(handles=ends, loc="outside lower center", ncols=min(len(ends), 5), fontsize=8, frameon=False)


def _add_circle_key(figure: Figure, space: Space) -> None:
    """Four of the directions of a circle."""
    angles = {"0": 0.0, "pi / 2": np.pi / 2, "pi": np.pi, "3 pi / 2": 1.5 * np.pi}
    colours = palette(space)
    index = states_index(space, np.array(list(angles.values()), np.float32))
    ends = [
        Patch(facecolor=f"#{bytes(colours[k]).hex()}", edgecolor="0.3", label=f"angle {name}")
        for k, name in zip(index, angles, strict=True)
    ]
    figure.legend(handles=ends, loc="outside lower center", ncols=4, fontsize=8, frameon=False)


def line(**style: Any) -> Line2D:
    """An entry of a legend that stands for no data."""
    return Line2D([], [], **style)
