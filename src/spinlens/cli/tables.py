"""Tables and paragraphs as plain text that fits the terminal: nothing is cut, nothing is read as markup.

table_lines(rows, width, keys, right): the lines of a table; rows are lists of texts, the first one is the header. What
is wider than `width` is printed in blocks of columns, one below the other, each beginning with the first `keys`;
cells that are still too wide are folded at spaces, and words that are too long onto further lines. show_table(rows)
and show_text(texts) print at the width of the terminal, 80 where there is none. with_error(value, error): a cell.
"""

import math
import shutil
import textwrap
from collections.abc import Iterable
from typing import TextIO

GAP = "  "
NARROWEST = 20
WIDEST = 110  # of paragraphs


def terminal_width() -> int:
    """Columns of the terminal, or $COLUMNS; 80 where neither is known."""
    return max(shutil.get_terminal_size((80, 24)).columns, NARROWEST)


def table_lines(rows: list[list[str]], width: int, keys: int = 1, right: bool = False) -> list[str]:
    """The lines of a table, at most `width` characters each; rows[0] is the header, all rows are of one length.

    right: cells end below each other, as numbers do; else they begin so.
    """
    natural = [max(map(len, column)) for column in zip(*rows, strict=True)]
    keys = min(keys, len(natural))
    fitted = _fitted(natural, keys, width)
    lines: list[str] = []
    for columns in _blocks(fitted, keys, width):
        if lines:
            lines.append("")
        lines += _block([[row[c] for c in columns] for row in rows], [fitted[c] for c in columns], right)
    return lines


def show_table(rows: list[list[str]], keys: int = 1) -> None:
    """Print a table at the width of the terminal."""
    print("\n".join(table_lines(rows, terminal_width(), keys)))


def fold_line(text: str, stream: TextIO | None) -> str:
    """A message folded at the width of the terminal that the stream is; one line as it is where it is none."""
    if stream is None or not stream.isatty():
        return text
    return textwrap.fill(text, terminal_width(), subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def show_text(texts: Iterable[str]) -> None:
    """Print paragraphs, folded at the width of the terminal, with an empty line before each."""
    for text in texts:
        print()
        print(textwrap.fill(text, min(terminal_width(), WIDEST)))


def _fitted(natural: list[int], keys: int, width: int) -> list[int]:
    """Widths of columns: where the table is too wide its key columns take less than half, and none is wider than it."""
    fits = sum(natural) + len(GAP) * (len(natural) - 1) <= width
    whole = fits or keys == len(natural)
    room, fitted = width if whole else int(0.45 * width), list(natural)
    for _ in range(sum(natural[:keys])):
        if sum(fitted[:keys]) + len(GAP) * (keys - 1) <= room:
            break
        widest = max(range(keys), key=lambda c: fitted[c])
        fitted[widest] -= 1
    left = width - sum(fitted[:keys]) - len(GAP) * keys
    return fitted[:keys] + [min(w, max(left, 1)) for w in natural[keys:]]


def _blocks(widths: list[int], keys: int, width: int) -> list[list[int]]:
    first = list(range(keys))
    blocks = [list(first)]
    for column in range(keys, len(widths)):
        if sum(widths[c] + len(GAP) for c in blocks[-1]) + widths[column] > width and len(blocks[-1]) > len(first):
            blocks.append(list(first))
        blocks[-1].append(column)
    return blocks


def _block(rows: list[list[str]], widths: list[int], right: bool) -> list[str]:
    header, *body = (_folded(row, widths, right) for row in rows)
    return [*header, GAP.join("-" * w for w in widths), *(line for row in body for line in row)]


def _folded(row: list[str], widths: list[int], right: bool) -> list[str]:
    """One row as lines of text."""
    justify = str.rjust if right else str.ljust
    cells = [textwrap.wrap(text, w, break_on_hyphens=False) or [""] for text, w in zip(row, widths, strict=True)]
    return [
        GAP.join(justify(cell[k] if k < len(cell) else "", w) for cell, w in zip(cells, widths, strict=True)).rstrip()
        for k in range(max(map(len, cells)))
    ]


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
