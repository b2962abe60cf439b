"""Observables of quantum systems, beside those of all: what they are, and where they are defined.

The magnetization and its moments are those of m = (1/N) sum_i s_i with s_i the imaginary-time mean of sz_i. NumPy is
imported where something is computed, so that `--help` stays fast.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spinlens.physics.systems import System

SERIES = ("sx", "equal", "order2", "space", "time")  # measured on worldlines
CLASSICAL = ("specific_heat", "abs_overlap", "overlap_susceptibility", "overlap_binder")
NOTES = (
    "magnetization and all made of it: s_i is the imaginary-time mean of sz_i",
    "reweighted: no curve, as no energy of a state gives its weight at another temperature",
)


def is_listed(system: "System") -> bool:
    """Whether it is a quantum system."""
    from spinlens.physics.models.transverse_ising import is_quantum

    return is_quantum(system.model)


def hidden(system: "System") -> tuple[str, ...]:
    """Observables that no table of a quantum system has; those of the checkerboard are for J < 0 alone."""
    if not is_listed(system):
        return ()
    names = ("magnetization", "abs_magnetization", "susceptibility", "abs_susceptibility", "binder")
    staggered = () if system.staggered else tuple(f"staggered_{name}" for name in names)
    return (*CLASSICAL, "correlation_length", "staggered_correlation_length", *staggered)


def explain(system: "System") -> list[str]:
    """What a reader of a table has to know of it, a line each."""
    return list(NOTES) if is_listed(system) else []


def _nowhere(system: "System") -> str:
    return ""


def _everywhere(system: "System", t: Any) -> Any:
    return t == t


def _lacks_momenta(system: "System") -> str:
    from spinlens.physics.patterns import has_momenta

    return "" if has_momenta(system) else "given on rings and tori without disorder, a field or frustration only"


def _lacks_symmetry(system: "System") -> str:
    from spinlens.physics.models.protocol import has_field

    broken = has_field(system.model) or system.held.any()
    return "given without a longitudinal field and pinned spins only" if broken else ""


def _lacks_transverse(system: "System") -> str:
    return "" if system.model.gamma else "given where gamma is above 0 only"  # type: ignore[attr-defined]


def _space_length(system: "System", t: Any, square: Any, wave: Any) -> Any:
    """NaN where noise lets the wave exceed the uniform part."""
    from math import pi, sin

    from spinlens.physics.patterns import longest_side

    return _root(square / wave - 1) / (2 * sin(pi / longest_side(system)))


def _time_length(system: "System", t: Any, square: Any, wave: Any) -> Any:
    from math import pi

    return _root(square / wave - 1) / (2 * pi * t)


def _root(value: Any) -> Any:
    import numpy as np

    with np.errstate(invalid="ignore"):
        return np.sqrt(value)


_AT_K = "sqrt(S(0, 0) / S({}) - 1) / {}, S(k, w) = <|int sum_i sz_i e^(ikr + iwt) dt|^2>, of the staggered sz for J < 0"
_NAMES = ("name", "symbol", "title", "definition", "unit", "means", "function", "absent", "defined")
_PARTS: tuple[tuple[Any, ...], ...] = (
    ("transverse_magnetization", "<sx>", "transverse magnetization", "<sx_i>, the mean over the spins that are free",
     "per site", ("sx",), lambda s, t, sx: sx, _lacks_transverse, _everywhere),
    ("sz_squared", "<M^2>/N^2", "squared magnetization at equal times",
     "<(sum_i sz_i)^2> / N^2 at one imaginary time, of the staggered sz for J < 0", "per site", ("equal",),
     lambda s, t, m2: m2, _nowhere, _everywhere),
    ("space_correlation_length", "xi", "correlation length in space",
     _AT_K.format("k, 0", "(2 sin(k / 2))") + ", k = 2 pi / longer side", "lattice constants", ("order2", "space"),
     _space_length, _lacks_momenta, _everywhere),
    ("time_correlation_length", "xi_t", "correlation length in imaginary time",
     _AT_K.format("0, w", "w") + ", w = 2 pi T", "in the inverse unit of J", ("order2", "time"), _time_length,
     _lacks_symmetry, _everywhere),
)  # fmt: skip
PARTS: tuple[dict[str, Any], ...] = tuple(dict(zip(_NAMES, parts, strict=True)) for parts in _PARTS)
