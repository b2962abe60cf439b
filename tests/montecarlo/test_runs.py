"""Runs of sites in words: the operations on words against loops over bits, and clusters against a graph search."""

import numba
import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from spinlens import Ising, Square, System, energy, get_boundary
from spinlens.montecarlo.kernels import runs, words
from spinlens.montecarlo.kernels.simd import WORDS
from spinlens.montecarlo.starts import random_start
from spinlens.montecarlo.updaters.clusters import update_clusters, update_wolff
from spinlens.montecarlo.updaters.registry import local_updater
from spinlens.montecarlo.updaters.rows import pack, unpack
from spinlens.physics.exact.density import mean_energy
from spinlens.physics.models.potts import Potts

WORD = np.uint64


@numba.njit
def on_words(x, y):
    """(deposited one by one, deposited, filled, first of each) of pairs of words."""
    out = np.empty((4, x.size), np.uint64)
    for k in range(x.size):
        out[0, k] = words._deposit_one_by_one(x[k], y[k])
        out[1, k] = words.deposit(x[k], y[k])
        out[2, k] = words.fill(x[k], y[k] & np.uint64(1))
        out[3, k] = words.first_of_each(x[k], y[k] | np.uint64(1))
    return out


def test_words_are_what_loops_over_bits_give() -> None:
    """Breaks when a carry leaves its stretch, a bit is placed elsewhere, or a machine without the instruction for
    `deposit` gets other clusters."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 2**64, 300, dtype=WORD) & rng.integers(0, 2**64, 300, dtype=WORD)
    y = rng.integers(0, 2**64, 300, dtype=WORD)
    x[:3], y[:3] = (0, 2**64 - 1, 2**63), (2**64 - 1, 0, 2**63)
    bits = lambda word: [int(word) >> k & 1 for k in range(64)]  # noqa: E731
    expected = np.zeros((3, 300), WORD)
    for k in range(300):
        low, mask, value, seen = iter(bits(x[k])), bits(y[k]), bits(y[k])[0], False
        for bit in range(64):
            expected[0, k] |= WORD(next(low) if mask[bit] else 0) << WORD(bit)
            value ^= bits(x[k])[bit]
            expected[1, k] |= WORD(value) << WORD(bit)
            seen = False if mask[bit] or bit == 0 else seen
            expected[2, k] |= WORD(bits(x[k])[bit] and not seen) << WORD(bit)
            seen = seen or bool(bits(x[k])[bit])
    found = on_words(x, y)
    np.testing.assert_array_equal(found, expected[[0, 0, 1, 2]])


@numba.njit
def drawn(threshold, state, count):
    out = np.empty(count, np.uint64)
    words.draw_bits(out, threshold, state)
    return out


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5858, 2**-1.0, 1.0])
def test_bits_are_drawn_with_their_probability(p: float) -> None:
    """Breaks when a digit is left out: 5 standard errors of 2^20 bits; 0 and 1 are certain."""
    threshold = WORD(min(p * 2**64, np.nextafter(2.0**64, 0)))
    state = np.random.default_rng(1).integers(0, 2**64, 4 * WORDS, dtype=WORD)
    ones = np.unpackbits(drawn(threshold, state, 2**14).view(np.uint8)).mean()
    assert abs(ones - p) <= 5 * np.sqrt(p * (1 - p) / 2**20)


@pytest.mark.parametrize(("m", "n"), [(2, 3), (3, 64), (5, 65), (33, 70), (3, 130), (7, 128)])
@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_joined_runs_are_connected_components(m: int, n: int, share: float) -> None:
    """Breaks when a bond that says something new is passed over, at word edges and across the wrap-around, or when
    two components are joined: SciPy's search of the same graph finds the same partition."""
    rng, site = np.random.default_rng([m, n, int(100 * share)]), np.arange(m * n).reshape(m, n)
    left, up = rng.random((m, n)) < share, rng.random((m, n)) < share
    left[:, 0] = False
    ends = np.concatenate(
        [np.stack([site, np.roll(site, s, axis)])[:, b] for s, axis, b in ((1, 1, left), (1, 0, up))], 1
    )
    expected = connected_components(coo_array((np.ones(len(ends[0])), ends), (m * n, m * n)), directed=False)[1]
    words_of = lambda bits: pack(bits.reshape(1, -1), 1, n)[0]  # noqa: E731
    width = -(-n // 64)
    start, base, parent = np.empty(m * width, WORD), np.empty(m * width, WORD), np.empty(64 * m * width + 1, np.uint32)
    valid = pack(np.ones((1, n), bool), 1, n)[0]
    number = runs.join_rows(words_of(left), words_of(up), valid, start, base, parent)
    assert number == (~left).sum()
    while (parent[parent[: int(number)]] != parent[: int(number)]).any():
        parent[: int(number)] = parent[parent[: int(number)]]
    found = parent[np.cumsum(~left.ravel()) - 1]
    pairs = np.unique(np.stack([found, expected]), axis=1)
    assert len(pairs[0]) == len(np.unique(found)) == len(np.unique(expected))


@pytest.mark.parametrize("n", [1, 3, 63, 64, 65, 130])
def test_unpacked_is_what_was_packed(n: int) -> None:
    """Breaks when a column goes to another word or bit."""
    spins = np.random.default_rng(n).choice(np.array([-1, 1], np.int8), (5, 3 * n))
    out = np.zeros_like(spins)
    unpack(pack(spins, 1, n), n, out, -1, 1)
    np.testing.assert_array_equal(out, spins)


def means(system: System, temperature: float, update, sweeps: int, gap: int, count: int) -> tuple[float, float]:
    """Mean energy a site and its standard error, from 30 snapshots of `count` chains."""
    rng = np.random.default_rng(5)
    spins, lanes, total = random_start(system, count, rng), np.full(count, temperature), np.zeros(count)
    update(system, spins, lanes, sweeps, rng)
    for _ in range(30):
        update(system, spins, lanes, gap, rng)
        total += energy(system, spins.reshape(-1, *system.lattice.shape)) / system.lattice.sites
    total /= 30
    return float(total.mean()), float(total.std(ddof=1)) / count**0.5


SIZES = [
    (Ising(), (4, 70), ("periodic", "periodic")),
    (Ising(), (3, 130), ("antiperiodic", "periodic")),
    (Ising(-1.0), (4, 64), ("periodic", "periodic")),
    (Ising(), (65, 3), ("periodic", "antiperiodic")),
    (Ising(-1.0), (5, 65), ("pinned+-", "periodic")),
]


@pytest.mark.parametrize(("model", "shape", "edges"), SIZES, ids=str)
def test_energies_of_several_words_a_row_are_exact(
    model: Ising, shape: tuple[int, int], edges: tuple[str, str]
) -> None:
    """Breaks when a bond at a word's edge, or of a seam, is left out or asked twice: 4 standard errors at T = 2.4."""
    system = System(model, Square(*shape), get_boundary(*edges))
    mean, error = means(system, 2.4, update_clusters, 60, 2, 512)
    assert abs(mean - mean_energy(system, 2.4) / system.lattice.sites) < 4 * error < 0.01


def heat_bath(system, spins, temperature, sweeps, rng) -> None:
    local_updater(system).update(system, spins, temperature, 5 * sweeps, rng)


@pytest.mark.parametrize(
    ("q", "shape", "edges", "other"),
    [
        (3, (7, 66), ("periodic", "periodic"), update_wolff),
        (4, (5, 65), ("pinned+-", "antiperiodic"), heat_bath),
        (10, (3, 130), ("open", "antiperiodic"), heat_bath),
        (20, (4, 64), ("antiperiodic", "periodic"), heat_bath),
    ],
)
def test_energies_of_colours_are_those_of_other_updaters(q: int, shape, edges, other) -> None:
    """Breaks when a plane of colours, its carry or a turned seam is wrong: 4 standard errors at 1.15 T_c."""
    system = System(Potts(q), Square(*shape), get_boundary(*edges))
    assert system.model.transition
    temperature = 1.15 * system.model.transition.temperature
    mean, error = means(system, temperature, update_clusters, 60, 2, 128)
    single = other is update_wolff  # one cluster a sweep
    expected, its = means(system, temperature, other, 1000 if single else 40, 30 if single else 2, 128)
    assert abs(mean - expected) < 4 * np.hypot(error, its) < 0.02
