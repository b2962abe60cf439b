"""What `measure` estimates: each observable with its definition, its unit and where it is defined.

The only place for them: help, docs, tables, figures and the metadata of files read OBSERVABLES. NumPy is imported where
something is computed, so that `--help` stays fast.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spinlens.physics.systems import System


@dataclass(frozen=True)
class Observable:
    """A function of means of series, and how it is called.

    name: of its column; symbol, title: in tables and figures; definition, unit: for readers.
    means: the series (`montecarlo.measure.SERIES`) whose means it takes.
    function: (system, T, *means) to the value, for numbers or arrays (n,); k_B = 1.
    absent: (system) to the reason why it has no such observable, "" where it has.
    defined: (system, T) to whether T lies in its range, for numbers or arrays (n,).
    range: that range in words, "" for all T.
    unseen: (system, T, value, error) to whether the measurements do not determine it, for numbers or arrays (n,).
    reason: why a cell in its range is empty.
    """

    name: str
    symbol: str
    title: str
    definition: str
    unit: str
    means: tuple[str, ...]
    function: Callable[..., Any]
    absent: Callable[["System"], str]
    defined: Callable[["System", Any], Any]
    range: str = ""
    unseen: Callable[["System", Any, Any, Any], Any] = lambda system, t, value, error: value != value
    reason: str = "where noise exceeds the signal"

    @property
    def staggered(self) -> bool:
        """Whether it describes the order of a checkerboard."""
        return self.name.startswith("staggered_")

    @property
    def sentence(self) -> str:
        """Name, symbol, definition, unit and range, as the help and docs/measure.md have it."""
        where = f"; for {self.range}" if self.range else ""
        return f"{self.name}, {self.symbol}: {self.definition} ({self.unit}){where}."


def present(system: "System") -> tuple[Observable, ...]:
    """The observables that this system has at some temperature."""
    return tuple(one for one in OBSERVABLES.values() if not one.absent(system))


def explain(system: "System", table: Mapping[str, Any]) -> list[str]:
    """Why columns or cells of a table are empty, and which are 0 by symmetry: a line each.

    table: temperature (n,), and by name the values (n,) of every observable.
    """
    import numpy as np

    t, reasons = table["temperature"], dict[str, list[str]]()
    for one in OBSERVABLES.values():
        if why := one.absent(system):
            whys = [why]
        else:
            whys, inside = [], one.defined(system, t)
            if not inside.all():
                whys.append(f"given for {one.range} only")
            if (lost := inside & np.isnan(table[one.name])).any():
                places = ", ".join(f"{value:g}" for value in t[lost])
                whys.append(f"empty at T = {places}, {one.reason}")
            if one.name in ("magnetization", "staggered_magnetization") and is_odd(system, one.staggered):
                whys.append("0 by a symmetry of this system; the values show the noise about it")
        for why in whys:
            reasons.setdefault(why, []).append(one.name)
    return [f"{', '.join(names)}: {why}" for why, names in reasons.items()]


def has_checkerboard(system: "System") -> bool:
    """Whether every bond joins the two sublattices, sites with even and odd row + column."""
    return not _no_checkerboard(system)


def has_waves(system: "System") -> bool:
    """Whether it is an unfrustrated torus without a field and without a screw, whose correlations are plane waves."""
    from spinlens.physics.order import relaxes_fast

    return relaxes_fast(system) and not (system.boundary.vertical.shift or system.boundary.horizontal.shift)


@lru_cache(maxsize=256)
def is_odd(system: "System", staggered: bool) -> bool:
    """Whether the symmetries of the system take m (the staggered m) to vectors that add up to 0, such as -m.

    Its mean is then 0.
    """
    import numpy as np

    from spinlens.physics.spaces import index_states
    from spinlens.physics.symmetry import Element, move_points, symmetry_group

    group, space = symmetry_group(system), system.model.space
    board = 1 - 2 * (np.indices(system.lattice.shape).sum(0) % 2)
    steps = [Element(1, 0, 0, 0)] * (group.downs > 1 and system.boundary.vertical.seam > 0)
    steps += [Element(0, 1, 0, 0)] * (group.rights > 1 and system.boundary.horizontal.seam > 0)
    if staggered and any(np.array_equal(group.apply(step, board), -board) for step in steps):
        return True  # a shift by one site exchanges the sublattices
    images = [space.vectors[index_states(space, space.maps[map_])] for _, map_ in group.points]
    signs = [move_points(point, board)[0, 0] if staggered else 1 for point, _ in group.points]
    total = sum(sign * image for sign, image in zip(signs, images, strict=True))
    return bool(np.allclose(total, 0, atol=1e-9))


@lru_cache(maxsize=256)
def _no_checkerboard(system: "System") -> str:
    import numpy as np

    neighbour, strength = system.bonds.neighbour, system.bonds.strength
    parity = np.indices(system.lattice.shape).sum(0).ravel() % 2
    if (parity[neighbour] != parity[:, None])[strength != 0].all():
        return ""
    m, n = system.lattice.shape
    return f"no checkerboard fits on {m} x {n} sites with these edges (closed directions need an even side)"


def _nowhere_absent(system: "System") -> str:
    return ""


def _not_odd(system: "System") -> str:
    return "" if is_odd(system, False) else "given where a symmetry turns m into -m; a field or pinned spins break it"


def _not_odd_staggered(system: "System") -> str:
    why = "given where a symmetry turns the staggered m into -m; pinned spins or edges break it"
    return _no_checkerboard(system) or ("" if is_odd(system, True) else why)


def _length(staggered: bool) -> Callable[["System"], str]:
    def absent(system: "System") -> str:
        if system.staggered != staggered:
            return f"given for J {'<' if staggered else '>'} 0 only"
        if system.model.transition is None:
            return "given where the transition of the model is known only"
        return "" if has_waves(system) else "given on tori without a field or frustration only"

    return absent


def _everywhere(system: "System", t: Any) -> Any:
    return t == t


def _thermal(system: "System", t: Any) -> Any:
    return (t > 0) & (t < float("inf"))


def _disordered(system: "System", t: Any) -> Any:
    known = system.model.transition
    return (t >= (0.0 if known is None else known.temperature)) & (t < float("inf"))


def _still(system: "System", t: Any, value: Any, error: Any) -> Any:
    """Whether a fluctuation was not seen once: it is small, but not 0 unless no spin is free or a float cannot tell.

    Below 1e-3 |J| exp(-4 |J| / T) is 0 as a float, above 1e100 |J| 1 / T^2 may be.
    """
    unit = system.model.scale
    seen = (t > 1e-3 * unit) & (t < 1e100 * unit)
    return seen & (value == 0) & (error == 0) & (system.free_sites.size > 0)


def _noisy(system: "System", t: Any, value: Any, error: Any) -> Any:
    """Whether the error of a Binder cumulant exceeds half of it and of its scale, 1."""
    return (error > 0.5) & (error > abs(value) / 2)


def _heat(system: "System", t: Any, e: Any, e2: Any) -> Any:
    """Divided by T twice, as T^2 overflows; at T = 0 the limit, 0."""
    import numpy as np

    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        heat = (e2 - e**2) / system.lattice.sites / t / t
    return np.where((np.asarray(t) == 0) & (e2 == e**2), 0.0, heat)


def _second_moment(system: "System", t: Any, m2: Any, s: Any) -> Any:
    """NaN where noise lets S(k) exceed S(0) = N <m^2>."""
    from math import pi, sin

    return (system.lattice.sites * m2 / s - 1) ** 0.5 / (2 * sin(pi / max(system.lattice.shape)))


def _susceptibility(system: "System", t: Any, m: Any, m2: Any) -> Any:
    return system.lattice.sites * (m2 - m**2) / t


def _family(staggered: bool) -> tuple[Observable, ...]:
    """Six observables of the magnetization, or of the staggered one."""
    prefix, words, x = ("staggered_", "staggered ", "m_s") if staggered else ("", "", "m")
    fits = _no_checkerboard if staggered else _nowhere_absent
    mean = "(1/N) sum_i (-1)^(row + column) s_i" if staggered else "(1/N) sum_i s_i"
    thermal, unit = "0 < T < infinity", "per site, in the inverse unit of J"
    connected, modulus = f"N (<{x}^2> - <{x}>^2) / T", f"N (<{x}^2> - <|{x}|>^2) / T"
    still = "where {} is the same in all measurements: take more --sweeps"
    noisy = f"where {x} is 0 in all or nearly all measurements: take more --sweeps"
    length = f"sqrt(N <{x}^2> / S(k) - 1) / (2 sin(k / 2)), k = 2 pi / longer side, S(k) = <|sum_i s_i e^(ikr)|^2> / N"
    if staggered:
        length = length.replace("s_i e", "(-1)^(row + column) s_i e")
    return (
        Observable(f"{prefix}magnetization", f"<{x}>", f"{words}magnetization", f"<{x}>, {x} = {mean}",
                   "per site", (x,), lambda s, t, m: m, fits, _everywhere),
        Observable(f"{prefix}abs_magnetization", f"<|{x}|>", f"modulus of the {words}magnetization", f"<|{x}|>",
                   "per site", (f"|{x}|",), lambda s, t, m: m, fits, _everywhere),
        Observable(f"{prefix}susceptibility", f"chi({x})", f"{words}susceptibility", connected, unit,
                   (x, f"{x}2"), _susceptibility, fits, _thermal, thermal, _still, still.format(x)),
        Observable(f"{prefix}abs_susceptibility", f"chi(|{x}|)", f"{words}susceptibility of the modulus", modulus, unit,
                   (f"|{x}|", f"|{x}|2"), _susceptibility, fits, _thermal, thermal, _still, still.format(f"|{x}|")),
        Observable(f"{prefix}binder", f"U({x})", f"{words}Binder cumulant", f"1 - <{x}^4> / (3 <{x}^2>^2)",
                   "no unit", (f"|{x}|2", f"|{x}|4"), lambda s, t, m2, m4: 1 - m4 / (3 * m2**2),
                   _not_odd_staggered if staggered else _not_odd, _everywhere, "", _noisy, noisy),
        Observable(f"{prefix}correlation_length", f"xi({x})", f"{words}second-moment correlation length", length,
                   "lattice constants", (f"|{x}|2", "s"), _second_moment, _length(staggered), _disordered,
                   "T_c <= T < infinity"),
    )  # fmt: skip


# N sites, H the total energy; <> the thermal mean. Second moment: Cooper, Freedman and Preston, NPB 210, 210 (1982).
OBSERVABLES: dict[str, Observable] = {
    one.name: one
    for one in (
        Observable("energy", "E/N", "energy", "<H> / N, H the total energy", "per site, in the same unit as J", ("E",),
                   lambda s, t, e: e / s.lattice.sites, _nowhere_absent, _everywhere),
        Observable("specific_heat", "C/N", "specific heat", "(<H^2> - <H>^2) / (N T^2)", "per site, k_B", ("e", "e2"),
                   _heat, _nowhere_absent, _everywhere, "", _still,
                   "where all measurements have one energy: take more --sweeps"),
        *_family(staggered=False),
        *_family(staggered=True),
    )
}  # fmt: skip
