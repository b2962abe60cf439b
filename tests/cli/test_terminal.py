"""Tables on the terminal: every character of every cell is there, no line is too long."""

import pytest

from spinlens.cli.tables import show_table, show_text, table_lines

ROWS = [
    ["system", "tier", "ising-antiferro", "ising-antiperiodic", "ising-antiperiodic-vertical"],
    ["spin-vit from scratch, products of spins", "D, no labels", "0.971 ± 0.008", "0.97", ""],
    ["[/x]", "", "1", "2", "3"],
]


@pytest.mark.parametrize("keys", [1, 2])
def test_no_line_is_too_long_and_nothing_is_lost(keys: int) -> None:
    """Breaks when a line is longer than the terminal, or a cell is cut: from 60 columns on every word is in one piece,
    on fewer long words are folded."""
    words = {word for row in ROWS for cell in row for word in cell.split()}
    for width in (20, 30, 40, 60, 80, 81, 120, 200):
        lines = table_lines(ROWS, width, keys)
        assert max(map(len, lines)) <= width
        if width >= 60:
            assert words <= set(" ".join(lines).split())
    narrow = table_lines([["ising-antiperiodic-vertical"], ["1"]], 20)
    assert "".join(narrow[:2]) == "ising-antiperiodic-vertical"


def test_a_table_that_fits_stays_in_one_piece() -> None:
    """Breaks when a narrow table is folded, or a wide one does not repeat its names in every block."""
    assert table_lines([["a", "b"], ["1", "two"]], 80) == ["a  b", "-  ---", "1  two"]
    wide = table_lines(ROWS, 80)
    assert wide.count("") == 2
    assert sum(line.startswith("[/x]") for line in wide) == 3
    assert len(table_lines(ROWS, 200)) == 4


def test_numbers_end_below_each_other() -> None:
    """Breaks when a part is wider than asked, a column is lost, a row loses its key, or numbers are not aligned."""
    rows = [["T", *(f"c{k}" for k in range(7))], ["1.5", *(f"{k}" * 9 for k in range(7))], ["2", *["x"] * 7]]
    lines = table_lines(rows, 40, right=True)
    assert lines[:4] == [
        "  T         c0         c1         c2",
        "---  ---------  ---------  ---------",
        "1.5  000000000  111111111  222222222",
        "  2          x          x          x",
    ]
    assert max(map(len, lines)) <= 40
    assert [word for word in " ".join(lines).split() if word[0] == "c"] == rows[0][1:]
    assert [line.split()[0] for line in lines if line and line.split()[0] in ("1.5", "2")] == ["1.5", "2"] * 3


def test_what_is_printed_is_plain(capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when names are read as markup, or paragraphs do not fold at the terminal's width."""
    monkeypatch.setenv("COLUMNS", "30")
    show_table(ROWS)
    show_text(["a [bold]word[/x] " * 9])
    out = capsys.readouterr().out
    assert "[/x]" in out
    assert "[bold]word[/x]" in out
    assert max(map(len, out.splitlines())) <= 30
