"""What `measure` estimates: each observable with its definition, its unit and where it is defined.

The only place for them: help, docs, tables, figures and the metadata of files read OBSERVABLES. NumPy is imported where
something is computed, so that `--help` stays fast.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spinlens.errors import InputError
from spinlens.physics import quantum
from spinlens.physics.defined import (
    above_transition,
    everywhere,
    is_noisy,
    is_odd,
    is_planar,
    is_still,
    lacks_checkerboard,
    lacks_length,
    lacks_odd,
    lacks_odd_staggered,
    lacks_stiffness,
    lacks_vortices,
    nowhere_absent,
    thermal,
)

if TYPE_CHECKING:
    from spinlens.physics.systems import System

RESERVED = ("temperature", "r_hat", "samples", "rows", "columns", "E", "e", "e2", "m", "m2", "s", "q2", "q4",
            *quantum.SERIES)  # fmt: skip
MEASURED: dict[str, Callable[["System", Any], Any]] = {}  # series of observables that users register


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
    listed: (system) to whether tables of this system have its column at all.
    reweights: whether its means belong to energies of single replicas, so that they can be reweighted.
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
    listed: Callable[["System"], bool] = lambda system: True
    reweights: bool = True

    @property
    def staggered(self) -> bool:
        """Whether it describes the order of a checkerboard."""
        return self.name.startswith("staggered_")

    @property
    def sentence(self) -> str:
        """Name, symbol, definition, unit and range, as the help and docs/measure.md have it."""
        where = f"; for {self.range}" if self.range else ""
        return f"{self.name}, {self.symbol}: {self.definition} ({self.unit}){where}."


def register_observable(observable: Observable, series: Callable[["System", Any], Any] | None = None) -> None:
    """Make an observable known to `measure`, its tables and its help.

    series: (system, states (count, m, n)) to a number for each, (count,): measured under the name of the observable,
    whose `means` then hold that name. Raises InputError for a name that another one has.
    """
    if not isinstance(observable, Observable):
        raise InputError("observable", observable, "an Observable")
    if OBSERVABLES.get(observable.name) == observable and MEASURED.get(observable.name) == series:
        return
    if observable.name in (*OBSERVABLES, *MEASURED, *RESERVED) or observable.name.endswith(("_error", "_tau")):
        raise InputError("observable", observable.name, f"a name that none has: not {', '.join(OBSERVABLES)}")
    OBSERVABLES[observable.name] = observable
    if series is not None:
        MEASURED[observable.name] = series


def listed(system: "System") -> tuple[Observable, ...]:
    """The observables that tables of this system have columns for."""
    hidden = quantum.hidden(system)
    return tuple(one for one in OBSERVABLES.values() if one.name not in hidden and one.listed(system))


def present(system: "System") -> tuple[Observable, ...]:
    """The observables that this system has at some temperature."""
    return tuple(one for one in listed(system) if not one.absent(system))


def explain(system: "System", table: Mapping[str, Any]) -> list[str]:
    """Why columns or cells of a table are empty, and which are 0 by symmetry: a line each.

    table: temperature (n,), and by name the values (n,) of every observable.
    """
    import numpy as np

    t, reasons = table["temperature"], dict[str, list[str]]()
    for one in listed(system):
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
                noise = "; the values show the noise about it" if np.nan_to_num(table[one.name]).any() else ""
                whys.append(f"0 by a symmetry of this system{noise}")
        for why in whys:
            reasons.setdefault(why, []).append(one.name)
    return [f"{', '.join(names)}: {why}" for why, names in reasons.items()] + quantum.explain(system)


def _heat(system: "System", t: Any, e: Any, e2: Any) -> Any:
    """Divided by T twice, as T^2 overflows; at T = 0 the limit, 0."""
    import numpy as np

    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        heat = (e2 - e**2) / system.lattice.spins / t / t
    return np.where((np.asarray(t) == 0) & (e2 == e**2), 0.0, heat)


def _second_moment(system: "System", t: Any, m2: Any, s: Any) -> Any:
    """NaN where noise lets S(k) exceed S(0) = N <m^2>."""
    from math import pi, sin

    return (system.lattice.spins * m2 / s - 1) ** 0.5 / (2 * sin(pi / max(system.lattice.shape)))


def _susceptibility(system: "System", t: Any, m: Any, m2: Any) -> Any:
    return system.lattice.spins * (m2 - m**2) / t


def _family(staggered: bool) -> tuple[Observable, ...]:
    """Six observables of the magnetization, or of the staggered one."""
    prefix, words, x = ("staggered_", "staggered ", "m_s") if staggered else ("", "", "m")
    fits = lacks_checkerboard if staggered else nowhere_absent
    mean = "(1/N) sum_i (-1)^(row + column) s_i" if staggered else "(1/N) sum_i s_i"
    hot, unit = "0 < T < infinity", "per site, in the inverse unit of J"
    connected, modulus = f"N (<{x}^2> - <{x}>^2) / T", f"N (<{x}^2> - <|{x}|>^2) / T"
    still = "where {} is the same in all measurements: take more --sweeps"
    noisy = f"where {x} is 0 in all or nearly all measurements: take more --sweeps"
    length = f"sqrt(N <{x}^2> / S(k) - 1) / (2 sin(k / 2)), k = 2 pi / longer side, S(k) = <|sum_i s_i e^(ikr)|^2> / N"
    if staggered:
        length = length.replace("s_i e", "(-1)^(row + column) s_i e")
    return (
        Observable(f"{prefix}magnetization", f"<{x}>", f"{words}magnetization", f"<{x}>, {x} = {mean}",
                   "per site", (x,), lambda s, t, m: m, fits, everywhere),
        Observable(f"{prefix}abs_magnetization", f"<|{x}|>", f"modulus of the {words}magnetization", f"<|{x}|>",
                   "per site", (f"|{x}|",), lambda s, t, m: m, fits, everywhere),
        Observable(f"{prefix}susceptibility", f"chi({x})", f"{words}susceptibility", connected, unit,
                   (x, f"{x}2"), _susceptibility, fits, thermal, hot, is_still, still.format(x)),
        Observable(f"{prefix}abs_susceptibility", f"chi(|{x}|)", f"{words}susceptibility of the modulus", modulus, unit,
                   (f"|{x}|", f"|{x}|2"), _susceptibility, fits, thermal, hot, is_still, still.format(f"|{x}|")),
        Observable(f"{prefix}binder", f"U({x})", f"{words}Binder cumulant", f"1 - <{x}^4> / (3 <{x}^2>^2)",
                   "no unit", (f"|{x}|2", f"|{x}|4"), lambda s, t, m2, m4: 1 - m4 / (3 * m2**2),
                   lacks_odd_staggered if staggered else lacks_odd, everywhere, "", is_noisy, noisy),
        Observable(f"{prefix}correlation_length", f"xi({x})", f"{words}second-moment correlation length", length,
                   "lattice constants", (f"|{x}|2", "s"), _second_moment, lacks_length(staggered), above_transition,
                   "T_c <= T < infinity"),
    )  # fmt: skip


def _measured(name: str) -> Callable[["System", Any], Any]:
    def series(system: "System", states: Any) -> Any:
        from spinlens.physics import vortices

        return getattr(vortices, name)(system, states)

    return series


def _planar() -> tuple[Observable, ...]:
    """Two observables of directions in the plane. Fisher, Barber and Jasnow (1973); Tobochnik and Chester (1979)."""
    MEASURED.update({name: _measured(name) for name in ("bond_strength", "squared_current", "vortex_density")})
    twist = "(1/N) (<sum J cos(t_i - t_j)> - <(sum J sin(t_i - t_j))^2> / T) over the bonds of a periodic direction"
    return (
        Observable("helicity_modulus", "Y", "helicity modulus", f"{twist}, the mean of both",
                   "per site, in the same unit as J", ("bond_strength", "squared_current"),
                   lambda s, t, strength, square: strength - square / t, lacks_stiffness, thermal, "0 < T < infinity",
                   listed=is_planar),
        Observable("vortex_density", "n_v", "vortex density", "vortices of either sign, per site",
                   "per site", ("vortex_density",), lambda s, t, n: n, lacks_vortices, everywhere, "", is_still,
                   "where no vortex was seen: take more --sweeps", listed=is_planar),
    )  # fmt: skip


def _has_overlaps(system: "System") -> bool:
    """With disorder and states that are numbers: one of colours would measure which colour two replicas have."""
    from spinlens.physics.states import dimension

    return system.is_disordered and dimension(system.model.space) == 1


def _overlaps() -> tuple[Observable, ...]:
    """Three observables of q, between replicas with the same couplings. Edwards and Anderson (1975)."""
    q = "q = (1/N) sum_i s_i^a s_i^b of two replicas with the same couplings"
    common: dict[str, Any] = {
        "absent": nowhere_absent,
        "defined": everywhere,
        "listed": _has_overlaps,
        "reweights": False,
    }
    return (
        Observable("abs_overlap", "<|q|>", "modulus of the overlap", f"<|q|>, {q}", "per site", ("|q|",),
                   lambda s, t, q: q, **common),
        Observable("overlap_susceptibility", "chi(q)", "spin-glass susceptibility", "N <q^2>", "per site", ("q2",),
                   lambda s, t, q2: s.lattice.spins * q2, **common),
        Observable("overlap_binder", "U(q)", "Binder cumulant of the overlap", "1 - <q^4> / (3 <q^2>^2)", "no unit",
                   ("q2", "q4"), lambda s, t, q2, q4: 1 - q4 / (3 * q2**2), **common),
    )  # fmt: skip


# N sites, H the total energy; <> the thermal mean. Second moment: Cooper, Freedman and Preston, NPB 210, 210 (1982).
OBSERVABLES: dict[str, Observable] = {
    one.name: one
    for one in (
        Observable("energy", "E/N", "energy", "<H> / N, H the total energy", "per site, in the same unit as J", ("E",),
                   lambda s, t, e: e / s.lattice.spins, nowhere_absent, everywhere),
        Observable("specific_heat", "C/N", "specific heat", "(<H^2> - <H>^2) / (N T^2)", "per site, k_B", ("e", "e2"),
                   _heat, nowhere_absent, everywhere, "", is_still,
                   "where all measurements have one energy: take more --sweeps"),
        *_family(staggered=False),
        *_family(staggered=True),
        *_overlaps(),
        *_planar(),
        *(Observable(**parts, listed=quantum.is_listed) for parts in quantum.PARTS),
    )
}  # fmt: skip
