"""What a check of a data set comes to."""

from dataclasses import dataclass

LEVEL = 1e-4  # of every statistical test: a good data set fails once in 10000
LEAST = 1e-10  # p-value that is printed as a number: what is smaller says nothing more


@dataclass(frozen=True)
class Finding:
    """One check: what was looked at, whether it holds (None: shown only), and the evidence in one line."""

    name: str
    ok: bool | None
    detail: str


def show_p(value: float) -> str:
    """A p-value in words, such as "p = 0.031" or "p < 1e-10"."""
    return f"p = {value:.2g}" if value >= LEAST else f"p < {LEAST:g}"
