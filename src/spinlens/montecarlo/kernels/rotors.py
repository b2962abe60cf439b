"""Angles of 16 replicas a lane each, as (cosine, sine) in float32: Metropolis and overrelaxation.

Arrays: spins (sites * 2 * LANES,): the cosines of a site in all lanes, then its sines. neighbour (sites, 4); weight:
what each bond adds to the field on a site along its neighbour; (sites, 4), negative across a twisted seam and 0 for no
bond; None for 1 everywhere, which is faster. field: added along the angle 0. order: the sites
to visit; one sublattice after the other, as a site that waits for the one before it takes twice the time.
"""

import numba
import numpy as np
from numba.core import types
from numba.extending import overload

from spinlens.montecarlo.kernels.compiling import compiled
from spinlens.montecarlo.kernels.lanes import (
    LANES,
    REAL,
    fma,
    load_halves,
    load_reals,
    next_halves,
    power_of_two,
    reals,
    signed_to_real,
    store_halves,
    store_reals,
    uniform_reals,
    where_less,
)


def _field(spins, neighbour, weight, site, field):
    """The field on a site, (x, y) lanes."""
    raise NotImplementedError("compiled code calls one of the two below")


@overload(_field, inline="always")
def _typed_field(spins, neighbour, weight, site, field):
    return _equal_bonds if isinstance(weight, types.NoneType) else _weighted_bonds


def _equal_bonds(spins, neighbour, weight, site, field):
    first, second = np.int64(neighbour[site, 0]) * (2 * LANES), np.int64(neighbour[site, 1]) * (2 * LANES)
    third, fourth = np.int64(neighbour[site, 2]) * (2 * LANES), np.int64(neighbour[site, 3]) * (2 * LANES)
    x = load_reals(spins, first) + load_reals(spins, second)
    x = x + (load_reals(spins, third) + load_reals(spins, fourth))
    y = load_reals(spins, first + LANES) + load_reals(spins, second + LANES)
    y = y + (load_reals(spins, third + LANES) + load_reals(spins, fourth + LANES))
    return x + reals(field), y


def _weighted_bonds(spins, neighbour, weight, site, field):
    x, y = reals(field), reals(REAL(0))
    for k in range(4):
        there, w = np.int64(neighbour[site, k]) * (2 * LANES), reals(weight[site, k])
        x = fma(w, load_reals(spins, there), x)
        y = fma(w, load_reals(spins, there + LANES), y)
    return x, y


@numba.njit(inline="always")
def _put(spins, place, x, y):
    """Store a spin, its length brought back to 1 by a Newton step: it stays within 3e-7."""
    scale = fma(fma(x, x, y * y), reals(REAL(-0.5)), reals(REAL(1.5)))
    store_reals(spins, place, x * scale)
    store_reals(spins, place + LANES, y * scale)


@compiled(boundscheck=False)
def overrelax(spins, neighbour, weight, field, order, sweeps):
    """Each spin is mirrored at the field on it: no energy changes. Brown and Woch, Phys. Rev. Lett. 58, 2394 (1987)."""
    for _ in range(sweeps):
        for step in range(order.size):
            site = np.int64(order[step])
            place = site * (2 * LANES)
            hx, hy = _field(spins, neighbour, weight, site, field)
            x, y = load_reals(spins, place), load_reals(spins, place + LANES)
            along, square = fma(x, hx, y * hy), fma(hx, hx, fma(hy, hy, reals(REAL(1e-30))))
            g = (along + along) / square  # without a field -s, which costs nothing either
            _put(spins, place, g * hx - x, g * hy - y)


@compiled(boundscheck=False)
def metropolis(spins, neighbour, weight, field, order, beta, width, sweeps, state):
    """Rotations by an angle delta with tan(delta / 2) uniform within +-width: as likely as their reverse.

    beta (LANES,): 1 / T times log2 e, in the unit of weight and field; width (LANES,). state (4 * LANES,) uint32 of the
    random streams, kept between calls.
    """
    a, b = load_halves(state, 0), load_halves(state, LANES)
    c, d = load_halves(state, 2 * LANES), load_halves(state, 3 * LANES)
    inverse, reach, one = load_reals(beta, 0), load_reals(width, 0) * reals(REAL(2.0**-31)), reals(REAL(1))
    zero = one - one
    for _ in range(sweeps):
        for step in range(order.size):
            site = np.int64(order[step])
            place = site * (2 * LANES)
            hx, hy = _field(spins, neighbour, weight, site, field)
            x, y = load_reals(spins, place), load_reals(spins, place + LANES)
            random, a, b, c, d = next_halves(a, b, c, d)
            t = signed_to_real(random) * reach
            half = one / fma(t, t, one)
            sine = (t + t) * half
            turned = t * sine  # 1 - cosine
            dx, dy = zero - fma(turned, x, sine * y), fma(sine, x, zero - turned * y)
            gain = fma(dx, hx, dy * hy) * inverse
            random, a, b, c, d = next_halves(a, b, c, d)
            chance = power_of_two(where_less(gain, zero, gain, zero))
            draw = uniform_reals(random)
            taken = where_less(draw, chance, one, zero)
            _put(spins, place, fma(taken, dx, x), fma(taken, dy, y))
    store_halves(state, 0, a)
    store_halves(state, LANES, b)
    store_halves(state, 2 * LANES, c)
    store_halves(state, 3 * LANES, d)
