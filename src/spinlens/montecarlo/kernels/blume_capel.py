"""Heat bath of the Blume-Capel model in bit planes: one says whether the spin is not 0, the other whether it is up.

Arrays as in `planes`; where the first plane is 0 the second says nothing. turned: all bits set where neighbours want to
differ. A missing bond is a spin 0.
"""

import numba

from spinlens.montecarlo.kernels.compiling import compiled
from spinlens.montecarlo.kernels.planes import below_two, choose5, choose9, count8, follow, load_stream, store_stream
from spinlens.montecarlo.kernels.simd import WORD, load, repeat, store


@numba.njit(inline="always")
def _neighbour(spins, row, turned):
    """(up and not 0, up or 0): both together count the spin plus one."""
    place = WORD(2) * WORD(row)
    some, up = load(spins, place), load(spins, place + WORD(1)) ^ turned
    return some & up, up | ~some


@numba.njit(inline="always")
def _pull(spins, bonds, site, turned):
    """Binary digits of 4 + the sum of the four neighbours."""
    a, b = _neighbour(spins, bonds[site, 0], turned)
    c, d = _neighbour(spins, bonds[site, 1], turned)
    e, f = _neighbour(spins, bonds[site, 2], turned)
    g, h = _neighbour(spins, bonds[site, 3], turned)
    return count8(a, b, c, d, e, f, g, h)


@numba.njit(inline="always")
def _set(spins, copies, across, site, some, up):
    store(spins, WORD(2) * site, some)
    store(spins, WORD(2) * site + WORD(1), up)
    if copies[site, 0]:
        follow(spins, copies, across, site, 2)


@compiled(boundscheck=False)
def sweep_without_field(spins, bonds, copies, across, order, digits, state, used, turned):
    """Levels: the neighbours' sum without its sign; thresholds: against it, against it or 0."""
    stream, lanes, turned = load_stream(state), load(used, WORD(0)), repeat(turned)
    for step in range(order.shape[0]):
        site = WORD(order[step])
        x0, x1, x2, x3 = _pull(spins, bonds, site, turned)
        positive = x3 | x2
        sum_ = (x0, x1 ^ (x0 & ~positive), ~(x0 | x1 | x2))
        against, not_along, stream = below_two(choose5, 5, digits, sum_, lanes, stream)
        _set(spins, copies, across, site, against | ~not_along, positive ^ against)
    store_stream(state, stream)


@compiled(boundscheck=False)
def sweep_in_field(spins, bonds, copies, across, order, digits, state, used, turned):
    """Levels: 4 + the neighbours' sum; thresholds: down, down or 0."""
    stream, lanes, turned = load_stream(state), load(used, WORD(0)), repeat(turned)
    for step in range(order.shape[0]):
        site = WORD(order[step])
        pull = _pull(spins, bonds, site, turned)
        down, not_up, stream = below_two(choose9, 9, digits, pull, lanes, stream)
        _set(spins, copies, across, site, down | ~not_up, ~down)
    store_stream(state, stream)
