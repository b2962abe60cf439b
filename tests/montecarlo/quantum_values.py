"""What exact diagonalization says of each observable of `measure`, for the tests of worldlines."""

import numpy as np
from scipy.linalg import expm

from spinlens.physics.exact.diagonalization import Spectrum, diagonalize, hamiltonian
from spinlens.physics.models.protocol import has_field
from spinlens.physics.patterns import has_momenta, longest_side, patterns
from spinlens.physics.systems import System


def exact_values(system: System, t: float, found: Spectrum | None = None) -> dict[str, float]:
    """By name; those of the order where it is a checkerboard are given as `staggered_`."""
    found, n, weights = found or diagonalize(system), system.lattice.spins, patterns(system)
    prefix, order = "staggered_" if system.staggered else "", weights[:, 1]
    mean, square = found.magnetization(t, order), found.correlation(t, order)
    values = {
        "energy": found.energy(t) / n,
        "sz_squared": found.squared_magnetization(t, order) / n**2,
        "transverse_magnetization": found.transverse_magnetization(t),
        f"{prefix}susceptibility": (square - mean**2) / n / t,
    }
    if not system.staggered:
        values["magnetization"] = mean / n
    if not has_field(system.model) and not system.held.any():
        if not system.staggered:
            values["binder"] = 1 - fourth_moment(system, t) / (3 * square**2)
        wave = found.correlation(t, order, 1)
        values["time_correlation_length"] = np.sqrt(square / wave - 1) / (2 * np.pi * t)
    if has_momenta(system):
        wave = sum(found.correlation(t, weights[:, k]) for k in range(2, 6))
        side = longest_side(system)
        values["space_correlation_length"] = np.sqrt(square / wave - 1) / (2 * np.sin(np.pi / side))
    return {name: float(value) for name, value in values.items()}


def fourth_moment(system: System, t: float) -> float:
    """<M^4> of the imaginary-time mean M of sum_i sz_i: the fourth derivative of Z by a field, a contour integral."""
    circle = 0.5 * np.exp(2j * np.pi * np.arange(16) / 16)
    z = np.array([np.trace(expm(-hamiltonian(system, x * t) / t)) for x in circle])
    return float((24 * (z / circle**4).mean() / z.mean()).real)  # the mean over the circle is Z without a field
