"""Whether snapshots can be those of a system at their temperatures: the sign of J, its unit, the length of the rows."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from spinlens.data.formats.imported import Imported
from spinlens.errors import shown
from spinlens.physics.lattices import Square
from spinlens.physics.local_temperatures import allowed_temperatures
from spinlens.physics.models.ising import Ising
from spinlens.physics.systems import System, energy

RISK = 1e-4  # that snapshots at equilibrium get a warning, all of an import together
MOST = 2000  # snapshots that are looked at, evenly spread over the file
TRIED = 64  # of those in doubt, on which other systems are tried
CLOSE = 1e-3  # of a temperature, which may have been rounded


def doubt_temperatures(found: Imported, temperature: NDArray[np.float64], system: System) -> list[str]:
    """A line where spins allow only other temperatures than the stated ones (n,), or none (`allowed_temperatures`).

    It names the first such snapshot, and J of the other sign or rows of the other length where that fits most of them.
    """
    rows = np.arange(0, len(temperature), -(-len(temperature) // MOST))
    allowed = allowed_temperatures(system, found.spins[rows], RISK / len(rows))
    wrong = np.flatnonzero(_outside(allowed, temperature[rows]))
    if not len(wrong):
        return []
    first, (low, high) = rows[wrong[0]], allowed[wrong[0]]
    per_site = float(energy(system, found.spins[first])) / system.lattice.sites
    allows = "no temperature" if np.isnan(low) else f"T from {low:.3g} to {high:.3g} only"
    about = f"{shown(found.names[first])} at T = {temperature[first]:g} has an energy per site of {per_site:+.3f}"
    line = f"{len(wrong)} of {len(rows)} snapshots are not of {system.name} at their temperature: {about}, "
    line += f"and its spins allow {allows}"
    some = rows[wrong[:: -(-len(wrong) // TRIED)]]
    fits = _find_fit(found.spins[some], temperature[some], system)
    return [f"{line}; {fits or 'another J, boundary or length of the rows, or not at equilibrium?'}"]


def _outside(allowed: NDArray[np.float64], temperature: NDArray[np.float64]) -> NDArray[np.bool_]:
    low, high = allowed.T
    with np.errstate(invalid="ignore"):
        return ~((temperature * (1 + CLOSE) >= low) & (temperature * (1 - CLOSE) <= high))


def _find_fit(spins: NDArray[np.int8], temperature: NDArray[np.float64], system: System) -> str:
    """What fits more than half of the snapshots: J of the other sign, or rows of the other length; else nothing."""
    (m, n), model = system.lattice.shape, system.model
    others = []
    if isinstance(model, Ising):
        others.append((replace(system, model=replace(model, J=-model.J)), f"J = {-model.J:g} fits"))
    if m != n:
        others.append((replace(system, lattice=Square(n, m)), f"rows of {m} fit: --size {n}x{m}, with --flat"))
    for other, text in others:
        allowed = allowed_temperatures(other, spins.reshape(-1, *other.lattice.shape), RISK / MOST)
        if 2 * np.count_nonzero(_outside(allowed, temperature)) < len(spins):
            return text
    return ""
