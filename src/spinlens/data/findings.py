"""What a check of a data set comes to."""

from dataclasses import dataclass

LEVEL = 1e-4  # of every statistical test: a good data set fails once in 10000


@dataclass(frozen=True)
class Finding:
    """One check: what was looked at, whether it holds (None: shown only), and the evidence in one line."""

    name: str
    ok: bool | None
    detail: str
