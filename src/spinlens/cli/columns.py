"""Tables of numbers that fit the terminal: as many parts under each other as their columns need."""

import math
from collections.abc import Sequence

Column = tuple[str, Sequence[str]]  # heading and cells
GAP = 2


def format_parts(keys: Sequence[Column], columns: Sequence[Column], width: int = 80) -> str:
    """The lines of one table in parts of at most `width` characters, each beginning with the key columns.

    A single column that is wider than what the keys leave gets a part of its own.
    """
    parts: list[list[Column]] = [[]]
    for column in columns:
        wider = [*keys, *parts[-1], column]
        if parts[-1] and sum(_width(one) for one in wider) + GAP * (len(wider) - 1) > width:
            parts.append([])
        parts[-1].append(column)
    return "\n\n".join(_lines([*keys, *part]) for part in parts)


def _width(column: Column) -> int:
    return max(len(text) for text in (column[0], *column[1]))


def _lines(columns: Sequence[Column]) -> str:
    widths = [_width(column) for column in columns]
    rows = [[heading for heading, _ in columns], *zip(*(cells for _, cells in columns), strict=True)]
    texts = [(" " * GAP).join(cell.rjust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]
    rule = (" " * GAP).join("-" * w for w in widths)
    return "\n".join([texts[0], rule, *texts[1:]])


def with_error(value: float, error: float) -> str:
    """A value to the two leading digits of its error, such as 1.4040(27) or 1.4040(27)e-21; nothing for NaN."""
    if math.isnan(value):
        return ""
    if not abs(value) * 1e-12 < error < math.inf:  # none, or rounding
        return f"{value:.6g}"
    largest = max(abs(value), error)
    power = math.floor(math.log10(largest))
    if not -4 <= power < 6:
        return f"{_bracketed(value / 10.0**power, error / 10.0**power)}e{power:+03d}"
    return _bracketed(value, error)


def _bracketed(value: float, error: float) -> str:
    digits = max(1 - math.floor(math.log10(error)), 0)
    shown = round(error * 10**digits)
    if shown >= 100 and digits:  # 0.0996 is 0.10
        digits -= 1
        shown = round(error * 10**digits)
    return f"{value:.{digits}f}({shown})"
