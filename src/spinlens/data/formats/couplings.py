"""Which J the spins of snapshots ask for at the temperatures that are stated for them."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit

from spinlens.physics.local_temperatures import allowed_temperatures, coding_sets
from spinlens.physics.models.ising import Ising
from spinlens.physics.systems import System

TRIED = 64  # snapshots, evenly spread
MISFITS = 0.05  # of these at most, for a J that is advised
RISK = 5e-8  # that a snapshot at equilibrium is taken for one of another J
ERRORS = 4  # standard ones, within which a round J is sought
ROUNDED = 1e-3  # of a temperature
PARTS = 4  # of the temperatures, each of which must ask for the same J: else it is not J that is wrong
DIGITS = 6


def advise_coupling(spins: NDArray[np.int8], temperature: NDArray[np.float64], system: System) -> str:
    """Such as "--J 2 fits the spins at these temperatures (estimate 2.02 +- 0.03)"; nothing where no other J does.

    spins: (n, rows, columns). temperature: (n,).
    """
    rows = np.arange(0, len(temperature), -(-len(temperature) // TRIED))
    rows = rows[(temperature[rows] > 0) & np.isfinite(temperature[rows])]
    found = estimate_coupling(spins[rows], temperature[rows], system)
    if found is None or not isinstance(system.model, Ising):
        return ""
    first, last = found[0] - ERRORS * found[1], found[0] + ERRORS * found[1]
    J = round_between(first, last)
    if J is None or first <= system.model.J <= last:
        return ""
    other = replace(system, model=replace(system.model, J=J))
    low, high = allowed_temperatures(other, spins[rows], RISK).T
    fits = (temperature[rows] * (1 + ROUNDED) >= low) & (temperature[rows] * (1 - ROUNDED) <= high)  # none for NaN
    parts = [rows[some] for some in np.array_split(np.argsort(temperature[rows], kind="stable"), PARTS)]
    own = [estimate_coupling(spins[part], temperature[part], system) for part in parts]
    agree = all(abs(each[0] - J) <= ERRORS * each[1] for each in own if each is not None)
    if fits.mean() < 1 - MISFITS or not agree:
        return ""
    return f"--J {J:.{DIGITS}g} fits the spins at these temperatures (estimate {found[0]:.3g} +- {found[1]:.1g})"


def estimate_coupling(
    spins: NDArray[np.int8], temperature: NDArray[np.float64], system: System
) -> tuple[float, float] | None:
    """(J, its standard error) of greatest likelihood of each spin given its neighbours, at the system's field.

    Besag, The Statistician 24, 179 (1975). The error is that of one of the two coding sets, of independent spins: the
    other set is not independent of it. spins: (n, rows, columns). temperature: (n,), positive and finite. None where
    the likelihood has no maximum, and for other models.
    """
    model = system.model
    if not isinstance(model, Ising) or not len(spins):
        return None
    sites = np.concatenate(coding_sets(system))
    flat, neighbour, sign = spins.reshape(len(spins), -1), system.bonds.neighbour, system.bonds.sign
    sums = np.zeros((len(flat), len(sites)), np.int64)
    for k in range(neighbour.shape[1]):
        sums += flat[:, neighbour[sites, k]] * sign[sites, k].astype(np.int64)
    most = neighbour.shape[1]
    width = 2 * most + 1
    index = np.where(flat[:, sites] > 0, width, 0) + sums + most + np.arange(len(flat))[:, None] * 2 * width
    counts = np.bincount(index.ravel(), minlength=2 * width * len(flat)).reshape(len(flat), 2 * width)
    spin, level = np.repeat([-1.0, 1.0], width), np.tile(np.arange(-most, most + 1.0), 2)
    beta = 2 / temperature[:, None]

    def slope(J: float) -> float:
        return float((counts * beta * spin * level * expit(-beta * spin * (J * level + model.B))).sum())

    limit = float(temperature.max())  # |J|, for a start
    for _ in range(60):
        if slope(-limit) > 0 > slope(limit):
            break
        limit *= 2
    else:
        return None
    J = float(brentq(slope, -limit, limit, xtol=1e-12 * limit))
    chance = expit(beta * spin * (J * level + model.B))
    information = float((counts * (beta * level) ** 2 * chance * (1 - chance)).sum()) / 2
    return (J, 1 / math.sqrt(information)) if information > 0 else None


def round_between(first: float, last: float) -> float | None:
    """The number of fewest significant digits between two of one sign, of these near their middle; None for two."""
    if first * last <= 0:
        return None
    middle = (first + last) / 2
    for digits in range(1, DIGITS + 1):
        value = float(f"{middle:.{digits - 1}e}")
        if first <= value <= last:
            return value
    return middle
