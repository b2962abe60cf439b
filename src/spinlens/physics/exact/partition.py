"""Exact densities of states: partition functions as polynomials with whole-number coefficients.

With K = |J| / T and x = exp(-2K) the free-fermion products are polynomials in x, one factor a momentum. Their cosines
exist in the finite fields of primes p = 1 mod 2 * columns, so each product is multiplied modulo many primes, without
any rounding, and the whole numbers follow by the Chinese remainder theorem (0 <= g <= 2^sites bounds them).
"""

from collections.abc import Callable

import numpy as np
from flint import fmpz, fmpz_mat, nmod, nmod_poly
from numpy.typing import NDArray

Progress = Callable[[int, int, str], None]
PRIME_BITS = 62


def torus(rows: int, columns: int, vertical: int, horizontal: int, progress: Progress | None = None) -> list[int]:
    """Numbers of states g of the ferromagnet on a torus: g[k] at the energy |J| (2k - 2 rows columns).

    vertical, horizontal: +1 periodic, -1 anti-periodic. progress(primes done, total, note). Kaufman, Phys. Rev. 76,
    1232 (1949), eq. 55, times x^(rows columns); an anti-periodic seam changes signs among its four products.
    """

    def polynomial(field: "_Field") -> nmod_poly:
        odd, even = ([_torus_factors(field, rows, r) for r in range(o, columns + 1, 2)] for o in (1, 0))
        (a, c), (b, d) = ([field.product([f[s] for f in fs]) for fs in (odd, even)] for s in (0, 1))
        if (vertical, horizontal) == (-1, -1):
            return (b + c - a - d) * field.half
        return (a + horizontal * b + vertical * c + vertical * horizontal * d) * field.half

    return _whole_numbers(polynomial, columns, rows * columns, 2 * rows * columns + 1, progress)


def cylinder(rows: int, columns: int, alike: bool, progress: Progress | None = None) -> list[int]:
    """The same for a cylinder, periodic sideways, with its top and bottom rows pinned alike or to opposite values.

    g[k] belongs to |J| (2k - columns (2 rows - 1)), bonds inside the pinned rows included. The all-up and all-down
    rows are ground states of the horizontal bonds, so each pair of momenta contributes one element of a product of
    2 x 2 matrices (Schultz, Mattis and Lieb, Rev. Mod. Phys. 36, 856 (1964)): V1 of the vertical bonds turns the
    pair, V2 of the horizontal ones damps its excited state.
    """

    def polynomial(field: "_Field") -> nmod_poly:
        even, odd = (
            field.product([_cylinder_factor(field, rows, r) for r in range(o, columns + 1, 2)]) for o in (1, 0)
        )
        return (even + odd if alike else (even - odd) * (-1) ** columns) * field.half

    return _whole_numbers(polynomial, columns, (rows - 2) * columns, columns * (2 * rows - 1) + 1, progress)


class _Field:
    """The integers modulo a prime p = 1 mod 2n, with the cosines of multiples of pi / n."""

    def __init__(self, prime: int, n: int) -> None:
        self.prime, self.n = prime, n
        candidates = (pow(a, (prime - 1) // (2 * n), prime) for a in range(2, prime))
        root = next(w for w in candidates if _has_order(w, 2 * n, prime))
        self.half = nmod(1, prime) / 2
        self.x = nmod_poly([0, 1], prime)
        self.cosines = [(nmod(root, prime) ** r + nmod(root, prime) ** (2 * n - r)) * self.half for r in range(n + 1)]

    def product(self, level: list[nmod_poly]) -> nmod_poly:
        """The product of all factors, multiplied as a balanced tree."""
        while len(level) > 1:
            level = [a * b for a, b in zip(level[::2], level[1::2], strict=False)] + level[len(level) & ~1 :]
        return level[0]


def _has_order(w: int, order: int, prime: int) -> bool:
    return all(pow(w, order // q, prime) != 1 for q in range(2, order + 1) if order % q == 0)


def _chebyshev(a: nmod_poly, squared: nmod_poly, count: int) -> tuple[nmod_poly, nmod_poly]:
    """(U_count, U_{count+1}) of U_{j+1} = a U_j - squared U_{j-1} with U_0 = 2, U_1 = a, by doubling."""
    this, following, power = a * 0 + 2, a, a * 0 + 1  # power = squared^j
    for bit in bin(count)[2:]:
        middle = this * following - a * power
        if bit == "1":
            this, following, power = middle, following * following - 2 * power * squared, power * power * squared
        else:
            this, following, power = this * this - 2 * power, middle, power * power
    return this, following


def _torus_factors(field: _Field, rows: int, r: int) -> tuple[nmod_poly, nmod_poly]:
    """The cosh and the sinh factor of the momenta +-pi r / n; those of momentum 0 and pi stand alone."""
    x = field.x
    if r in (0, field.n):
        c = 1 if r == 0 else -1
        rising, falling = (1 - c * x) ** rows, x**rows * (1 + c * x) ** rows
        return rising + falling, rising - falling
    damping = x * (1 - x * x)
    u, _ = _chebyshev((1 + x * x) ** 2 - 2 * field.cosines[r] * damping, damping * damping, rows)
    return u + 2 * damping**rows, u - 2 * damping**rows


def _cylinder_factor(field: _Field, rows: int, r: int) -> nmod_poly:
    """The pinned state's element of V1 (V2 V1)^(rows - 2), V1 = [[a, s], [s, d]] and V2 = diag(1, x^2)."""
    x = field.x
    if r in (0, field.n):
        return (1 + (1 if r == 0 else -1) * x) ** (rows - 1)
    c = 2 * field.cosines[r] * x
    a, d = 1 + x * x + c, 1 + x * x - c
    trace, determinant = a + x * x * d, x * x * (1 - x * x) ** 2
    # Cayley-Hamilton: element(V1 T^j) obeys the recurrence of U with T = V2 V1; start from j = 0 and j = 1.
    s_squared = 4 * x * x - c * c
    return _recurrence(a, a * a + x * x * s_squared, trace, determinant, rows - 2)


def _recurrence(first: nmod_poly, second: nmod_poly, a: nmod_poly, q: nmod_poly, count: int) -> nmod_poly:
    """y_count of y_{j+1} = a y_j - q y_{j-1}, from the powers of its companion matrix by doubling."""
    low, high = a * 0, a * 0 + 1  # F_0, F_1: F_{j+1} = a F_j - q F_{j-1}
    for bit in bin(count)[2:]:
        # (F_2j, F_2j+1) from (F_j, F_j+1); F_j-1 never has to be divided out
        double = low * (2 * high - a * low)
        following = high * high - q * low * low
        low, high = (following, a * following - q * double) if bit == "1" else (double, following)
    return low * second + (high - a * low) * first


def _whole_numbers(
    polynomial: Callable[[_Field], nmod_poly], n: int, bits: int, length: int, progress: Progress | None
) -> list[int]:
    """The coefficients, each from its residues modulo enough primes to hold `bits` bits and a sign."""
    modulus, primes, residues = fmpz(1), [], []
    candidate = (1 << PRIME_BITS) // (2 * n) * (2 * n) + 1
    while modulus.bit_length() < bits + 2:
        candidate -= 2 * n
        if fmpz(candidate).is_probable_prime():
            primes.append(candidate)
            modulus *= candidate
            coefficients = [int(c) for c in polynomial(_Field(candidate, n)).coeffs()]
            residues.append(coefficients + [0] * (length - len(coefficients)))
            if progress:
                progress(len(primes), -(-(bits + 2) // PRIME_BITS), "counting states")
    weights = [modulus // p * int(nmod(1, p) / nmod(int(modulus // p % p), p)) for p in primes]
    sums = fmpz_mat([list(column) for column in zip(*residues, strict=True)]) * fmpz_mat([[w] for w in weights])
    return [int(s % modulus) for s in sums.entries()]


def logarithms(counts: list[int]) -> NDArray[np.float64]:
    """Natural logarithms of whole numbers of any size; -inf for zero."""
    shifts = [max(c.bit_length() - 60, 0) for c in counts]
    with np.errstate(divide="ignore"):
        return np.log([float(c >> s) for c, s in zip(counts, shifts, strict=True)]) + np.log(2) * np.array(shifts)
