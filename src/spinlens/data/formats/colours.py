"""Which of a picture's colours stands for spin up: by brightness or by name, never by what is left of a conversion."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spinlens.data.formats.reading import Colour, Reading, parse_colour
from spinlens.data.formats.threshold import MIN_GAP
from spinlens.errors import InputError

if TYPE_CHECKING:
    from spinlens.data.formats.pictures import Picture

DOWN_COLOUR, UP_COLOUR = (253, 231, 37), (68, 1, 84)  # the ends of viridis; up is the dark one (Kara et al. 2021)
DARKEST, LIGHTEST = ((0, 0, 0, 255), (*UP_COLOUR, 255)), ((255, 255, 255, 255), (*DOWN_COLOUR, 255))
ALIKE = 10  # grey levels; colours that are closer have one grey
RULES = {"darker": "the darker counts as up", "lighter": "the lighter counts as up"}


def name_colour(colour: Colour) -> str:
    """Such as #440154, #44015480 where it is not opaque, or transparent."""
    if colour[3] == 0:
        return "transparent"
    return "#" + bytes(colour[: 3 if colour[3] == 255 else 4]).hex()


def grey(colour: Colour) -> float:
    """Luminance from 0 to 255 (ITU-R BT.601)."""
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]


def decide_up(pictures: Sequence["Picture"], reading: Reading) -> tuple[list[NDArray[np.int8]], list[str]]:
    """(spins (m, n) of each picture, what was taken for what in a line or two).

    A picture of a single colour is decided by the others' pairs, or where it has the darkest or lightest colour there
    is, or one of spinlens's own two. Raises InputError where it is not, where brightness does not tell a picture's
    two colours apart, and where the colour that stands for up is neither of them.
    """
    pairs: set[tuple[Colour, ...]] = {p.colours for p in pictures if len(p.colours) == 2}
    spins, taken = [], Counter[str]()
    for picture in pictures:
        second_is_up = _second_is_up(picture, pairs, reading.up)
        spins.append(np.where(picture.second == second_is_up, 1, -1).astype(np.int8))
        if picture.separation is None:
            taken[_taken(picture, second_is_up)] += 1
    rule = RULES.get(reading.up, f"{reading.up} counts as up")
    lines = [f"{line} in {count} picture{'s' * (count > 1)}" for line, count in taken.most_common(3)]
    notes = ["; ".join(lines) + f" ({rule}; --up chooses)"] if lines else []
    if len(taken) > 3:
        notes[0] += f", and {len(taken) - 3} more pairs of colours"
    return spins, notes + _separations(pictures, reading)


def _second_is_up(picture: "Picture", pairs: set[tuple[Colour, ...]], up: str) -> bool:
    names = " and ".join(map(name_colour, picture.colours))
    if picture.separation is not None:
        return up == "lighter" if up in RULES else _is_light(parse_colour(up), picture, up)
    if up not in RULES:
        colour = parse_colour(up)
        if len(picture.colours) == 2 and colour not in picture.colours:
            raise InputError("up", up, f"one of the two colours of {picture.source}, {names}")
        return picture.colours[-1] == colour
    if len(picture.colours) == 2:
        return (_second_is_lighter(picture.colours, names, picture.source)) == (up == "lighter")
    (colour,) = picture.colours
    roles = {_second_is_lighter(pair, names, picture.source) == (pair[1] == colour) for pair in pairs if colour in pair}
    roles |= {colour in LIGHTEST} if colour in DARKEST + LIGHTEST and not roles else set()
    if len(roles) != 1:
        hint = "--up COLOUR says which colour stands for spin up"
        raise InputError(picture.source, f"{names} alone", "a picture of two colours, one for each spin", hint)
    return roles.pop() == (up == "lighter")


def _is_light(colour: Colour, picture: "Picture", up: str) -> bool:
    """Whether a colour has the grey of the lighter side. Raises InputError where it is near to none or both."""
    separation = picture.separation
    assert separation is not None
    sides, value = (separation.dark, separation.light), grey(colour)
    gap = separation.light - separation.dark
    near = [abs(value - side) < (gap / 4 if gap == gap else MIN_GAP) for side in sides]
    if near[0] == near[1] or colour[3] < 255:
        means = " or ".join(f"{side:.0f}" for side in sides if side == side)
        expected = f"a colour with the mean grey of a side of {picture.source}, {means}, which --threshold splits"
        raise InputError("up", f"{up}, with grey {value:.0f}", expected, "--up darker or lighter names a side")
    return near[1]


def _second_is_lighter(colours: tuple[Colour, ...], names: str, source: str) -> bool:
    first, second = colours
    if first[3] < 255 or second[3] < 255 or abs(grey(first) - grey(second)) < ALIKE:
        reason = "two opaque colours, one of them darker"
        raise InputError(source, names, f"a picture of {reason}", "--up COLOUR says which stands for spin up")
    return grey(second) > grey(first)


def _taken(picture: "Picture", second_is_up: bool) -> str:
    if len(picture.colours) == 1:
        return f"{name_colour(picture.colours[0])} alone read as {'up' if second_is_up else 'down'}"
    up, down = picture.colours[:: -1 if second_is_up else 1]
    return f"{name_colour(up)} read as up, {name_colour(down)} as down"


def _separations(pictures: Sequence["Picture"], reading: Reading) -> list[str]:
    """One line on all pictures that were split by a grey level."""
    split = [(p.separation, p.source) for p in pictures if p.separation is not None]
    if not split:
        return []
    worst, source = max(split, key=lambda pair: pair[0].unsure)
    at = f"one grey level, {split[0][0].level:.0f}" if len(split) > 1 else "grey"
    line = f"{len(split)} picture{'s' * (len(split) > 1)} split by {at} ({RULES.get(reading.up, reading.up)}); "
    line += f"{'worst in' if len(split) > 1 else 'in'} {source}: {worst}"
    odd = [(separation.scale, name) for separation, name in split if any(side % 1 for side in separation.scale)]
    if odd:
        (down, across), name = odd[0]
        line += f"; {name} is resampled, as its sites are {down:.4g} x {across:.4g} pixels, no whole numbers"
    return [line]
