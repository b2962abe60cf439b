"""Angles to unit vectors and back, float32, 16 replicas at a time; errors below 3e-7."""

import numba
import numpy as np

from spinlens.montecarlo.kernels.compiling import compiled
from spinlens.montecarlo.kernels.lanes import (
    LANES,
    REAL,
    absolute,
    fma,
    load_reals,
    real_to_signed,
    reals,
    signed_to_real,
    store_reals,
    where_less,
)

# Chebyshev interpolation of sin(r) / r and cos(r) in r^2 up to (pi / 2)^2, and of atan(a) / a in a^2 up to 1
SINE = (-2.3889103098752917e-08, 2.752526342288838e-06, -0.00019840861056042455, 0.00833333097324863,
        -0.16666666616789771, 0.9999999999829079)  # fmt: skip
COSINE = (-2.6050510466733514e-07, 2.4760101505214864e-05, -0.001388836012751222, 0.04166663614761029,
          -0.4999999935511694, 0.9999999997790212)  # fmt: skip
ARCTAN = (-0.0017011700903822203, 0.010487649399874501, -0.030351865114653258, 0.05708955633078856,
          -0.08349724996759872, 0.1093234151327955, -0.1426001608570026, 0.19998075281505315, -0.3333327629200022,
          0.9999999971605468)  # fmt: skip
PI, PI_REST = 3.140625, 9.67653589793e-4  # pi in two parts: a multiple of the first is exact


@numba.njit(inline="always")
def _series(x, coefficients):
    p = reals(REAL(coefficients[0]))
    for k in range(1, len(coefficients)):
        p = fma(p, x, reals(REAL(coefficients[k])))
    return p


@numba.njit(inline="always")
def _cosine_sine(angle):
    """(cosine, sine) of angles of magnitude up to 1e4."""
    zero = reals(REAL(0))
    away = where_less(angle, zero, reals(REAL(-0.5)), reals(REAL(0.5)))
    turns = signed_to_real(real_to_signed(fma(angle, reals(REAL(1 / np.pi)), away)))  # half turns, the nearest number
    rest = fma(turns, reals(REAL(-PI_REST)), fma(turns, reals(REAL(-PI)), angle))
    half = turns * reals(REAL(0.5))
    odd = absolute(half - signed_to_real(real_to_signed(half)))  # 1/2 or 0
    sign = fma(odd, reals(REAL(-4)), reals(REAL(1)))
    square = rest * rest
    return _series(square, COSINE) * sign, _series(square, SINE) * rest * sign


@numba.njit(inline="always")
def _angle(x, y):
    """The angle of (x, y), from -pi to pi."""
    zero, ax, ay = reals(REAL(0)), absolute(x), absolute(y)
    small, large = where_less(ax, ay, ax, ay), where_less(ax, ay, ay, ax)
    ratio = small / large
    angle = ratio * _series(ratio * ratio, ARCTAN)
    angle = where_less(ax, ay, reals(REAL(np.pi / 2)) - angle, angle)
    angle = where_less(x, zero, reals(REAL(np.pi)) - angle, angle)
    return where_less(y, zero, zero - angle, angle)


@compiled(boundscheck=False)
def to_lanes(angles, spins):
    """angles (count, sites), count up to LANES; spins (sites * 2 * LANES,): (cosines, sines) of every site, a replica a
    lane. Lanes that are missing follow the first replica."""
    count, sites = angles.shape
    buffer = np.empty(LANES, REAL)
    for site in range(sites):
        for lane in range(LANES):
            buffer[lane] = angles[lane if lane < count else 0, site]
        cosine, sine = _cosine_sine(load_reals(buffer, 0))
        store_reals(spins, site * (2 * LANES), cosine)
        store_reals(spins, site * (2 * LANES) + LANES, sine)


@compiled(boundscheck=False)
def from_lanes(spins, order, angles):
    """The inverse for the sites of `order`; other angles stay as they are."""
    count = len(angles)
    buffer = np.empty(LANES, REAL)
    for step in range(order.size):
        site = np.int64(order[step])
        place = site * (2 * LANES)
        store_reals(buffer, 0, _angle(load_reals(spins, place), load_reals(spins, place + LANES)))
        for lane in range(count):
            angles[lane, site] = buffer[lane]


@compiled(boundscheck=False)
def to_rows(angles, columns, cosine, sine):
    """angles (sites,) of one replica; cosine, sine (rows * stride,), rows of whole words: their ends are zeros."""
    rows = angles.size // columns
    stride = cosine.size // rows
    buffer = np.zeros(stride + LANES, REAL)
    for row in range(rows):
        buffer[:columns] = angles[row * columns : (row + 1) * columns]
        for first in range(0, stride, LANES):
            x, y = _cosine_sine(load_reals(buffer, first))
            store_reals(cosine, row * stride + first, x)
            store_reals(sine, row * stride + first, y)
        cosine[row * stride + columns : (row + 1) * stride] = REAL(0)


@compiled(boundscheck=False)
def from_rows(cosine, sine, columns, angles):
    """The inverse."""
    rows = angles.size // columns
    stride = cosine.size // rows
    buffer = np.empty(stride + LANES, REAL)
    for row in range(rows):
        for first in range(0, stride, LANES):
            place = row * stride + first
            store_reals(buffer, first, _angle(load_reals(cosine, place), load_reals(sine, place)))
        angles[row * columns : (row + 1) * columns] = buffer[:columns]
