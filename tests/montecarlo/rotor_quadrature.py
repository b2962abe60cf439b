"""Exact means of tiny XY lattices by quadrature, which converges exponentially for periodic functions.

Independent of the package: bonds, seams and energies are written out here. Rows of sites are one index each, so that
the integrand of up to three rows is a sum of terms of one or two of them.
"""

from itertools import product
from typing import NamedTuple

import numpy as np

PINS = {"pinned++": (0.0, 0.0), "pinned+-": (0.0, np.pi)}


class Means(NamedTuple):
    """Means at equilibrium: total energy, its variance, |m|, helicity modulus (nan where no direction is periodic)."""

    energy: float
    variance: float
    modulus: float
    helicity: float


def shape_of(vertical: str, horizontal: str) -> tuple[int, int]:
    """3 sites where a seam is twisted (two bonds of a pair would cancel on 2) or edges are pinned, else 3 x 2."""
    m, n = (3 if edge.startswith(("antiperiodic", "pinned")) else 2 for edge in (vertical, horizontal))
    return (3, n) if vertical == "periodic" and n == 2 and horizontal == "periodic" else (m, n)


def bonds_of(m: int, n: int, vertical: str, horizontal: str) -> list[tuple[int, int, int, int]]:
    """(site, neighbour, sign, direction): direction 0 to the right, 1 down; sign -1 across a twisted seam."""
    found = []
    for i, j in product(range(m), range(n)):
        if j + 1 < n:
            found.append((i * n + j, i * n + j + 1, 1, 0))
        elif horizontal in ("periodic", "antiperiodic"):
            found.append((i * n + j, i * n, 1 if horizontal == "periodic" else -1, 0))
        elif horizontal == "screw":
            found.append((i * n + j, (i + 1) % m * n, 1, 0))
        if i + 1 < m:
            found.append((i * n + j, (i + 1) * n + j, 1, 1))
        elif vertical in ("periodic", "antiperiodic"):
            found.append((i * n + j, j, 1 if vertical == "periodic" else -1, 1))
    return found


def quadrature(
    m: int, n: int, vertical: str, horizontal: str, T: float, J: float = 1.0, B: float = 0.0, points: int = 16
) -> Means:
    """Means by quadrature with so many points an angle; the first angle is fixed where all may turn together."""
    fixed: dict[int, float] = {}
    for edge, first, last in (
        (vertical, list(range(n)), [(m - 1) * n + j for j in range(n)]),
        (horizontal, [i * n for i in range(m)], [i * n + n - 1 for i in range(m)]),
    ):
        if edge in PINS:
            fixed |= dict.fromkeys(first, PINS[edge][0]) | dict.fromkeys(last, PINS[edge][1])
    if not fixed and B == 0:
        fixed = {0: 0.0}
    grid = 2 * np.pi * np.arange(points) / points
    rows = []  # (states, n) angles of each row
    for i in range(m):
        axes = [np.array([fixed[i * n + j]]) if i * n + j in fixed else grid for j in range(n)]
        rows.append(np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, n))
    while len(rows) < 3:
        rows.append(np.zeros((1, 0)))
    bonds, kinds = bonds_of(m, n, vertical, horizontal), ("energy", "x", "y", "bx", "by")
    parts = {kind: [np.zeros(len(row)) for row in rows] for kind in (*kinds, "mx", "my")}
    pairs = {
        kind: {(a, b): np.zeros((len(rows[a]), len(rows[b]))) for a, b in ((0, 1), (1, 2), (0, 2))} for kind in kinds
    }
    for k, row in enumerate(rows):
        parts["mx"][k] += np.cos(row).sum(1)
        parts["my"][k] += np.sin(row).sum(1)
        parts["energy"][k] -= B * np.cos(row).sum(1)
    for i, j, sign, direction in bonds:
        (a, p), (b, q) = divmod(i, n), divmod(j, n)
        current, strength = ("x", "bx") if direction == 0 else ("y", "by")
        if a == b:
            angle = rows[a][:, p] - rows[a][:, q]
            found, key = parts, a
        else:
            angle = rows[a][:, p][:, None] - rows[b][:, q]
            found, key = pairs, (min(a, b), max(a, b))
            angle = angle if a < b else angle.T
        for kind, value in (
            ("energy", -J * sign * np.cos(angle)),
            (current, J * sign * np.sin(angle)),
            (strength, J * sign * np.cos(angle)),
        ):
            found[kind][key] += value

    def total(kind: str, k: int) -> np.ndarray:
        one, two = parts[kind], pairs.get(kind, {})
        value = one[0][k] + one[1][:, None] + one[2]
        return value if not two else value + two[0, 1][k][:, None] + two[0, 2][k] + two[1, 2]

    closed = [
        d
        for d, edge in enumerate((horizontal, vertical))
        if edge == "periodic" and "screw" not in (vertical, horizontal)
    ]
    ground, sums = -sum(abs(J) for _ in bonds) - abs(B) * m * n, np.zeros(6)
    for k in range(len(rows[0])):
        energy = total("energy", k)
        weight = np.exp(-(energy - ground) / T)
        stiff = np.zeros_like(energy)
        for d in closed:
            stiff += (total("bx" if d == 0 else "by", k) - total("x" if d == 0 else "y", k) ** 2 / T) / len(closed)
        modulus = np.hypot(total("mx", k), total("my", k))
        sums[:5] += [np.sum(weight * f) for f in (1.0, energy, energy**2, modulus, stiff)]
    z, e, e2, modulus, stiff = sums[:5]
    sites = m * n
    return Means(e / z, e2 / z - (e / z) ** 2, modulus / z / sites, stiff / z / sites if closed else np.nan)
