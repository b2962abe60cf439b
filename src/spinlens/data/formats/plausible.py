"""Whether snapshots can be those of a system at their temperatures: J, its sign, the length of the rows."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.data.formats.couplings import advise_coupling
from spinlens.data.formats.imported import Imported
from spinlens.errors import shown
from spinlens.physics.lattices import Square
from spinlens.physics.local_temperatures import allowed_temperatures
from spinlens.physics.systems import System, energy

RISK = 1e-4  # that snapshots at equilibrium get a warning, all of an import together
MOST = 2000  # snapshots that are looked at, evenly spread over the file
TRIED = 64  # of those in doubt, on which other systems are tried
CLOSE = 1e-3  # of a temperature, which may have been rounded


def doubt_temperatures(found: Imported, temperature: NDArray[np.float64], system: System) -> list[str]:
    """A line where spins allow only other temperatures than the stated ones (n,), or none (`allowed_temperatures`).

    It names the first such snapshot, and rows of the other length or another J where that fits.
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
    fits = _fits_turned(found.spins[some], temperature[some], system)
    fits = fits or advise_coupling(found.spins[rows], temperature[rows], system)
    return [f"{line}; {fits or 'another J, boundary or length of the rows, or not at equilibrium?'}"]


def _outside(allowed: NDArray[np.float64], temperature: NDArray[np.float64]) -> NDArray[np.bool_]:
    low, high = allowed.T
    with np.errstate(invalid="ignore"):
        return ~((temperature * (1 + CLOSE) >= low) & (temperature * (1 - CLOSE) <= high))


def _fits_turned(spins: NDArray[Any], temperature: NDArray[np.float64], system: System) -> str:
    """The size of rows of the other length, where that fits more than half of the snapshots; else nothing."""
    m, n = system.lattice.shape
    if m == n:
        return ""
    turned = replace(system, lattice=Square(n, m))
    allowed = allowed_temperatures(turned, spins.reshape(-1, n, m), RISK / MOST)
    fitting = 2 * np.count_nonzero(_outside(allowed, temperature)) < len(spins)
    return f"rows of {m} fit: --size {n}x{m}, with --flat" if fitting else ""
