"""The compiled kernels by themselves: their random numbers, and models that are not Ising."""

import numba
import numpy as np
import pytest
from scipy.stats import chisquare

from spinlens import Square, System, get_boundary
from spinlens.montecarlo.kernels import scalar, simd
from spinlens.montecarlo.updaters import clusters
from spinlens.physics.exact.density import boltzmann
from spinlens.physics.models.potts import Potts


def test_the_kernels_draw_numpys_sfc64() -> None:
    """Breaks when the random stream of the compiled code is not the published generator, in any word or replica."""
    seeds = np.random.default_rng(0).integers(0, 2**64, (4, 4 * simd.WORDS), dtype=np.uint64)

    def expected(a: int, b: int, c: int, counter: int, count: int) -> np.ndarray:
        numpys, words = np.random.SFC64(0), np.array([a, b, c, counter], np.uint64)
        numpys.state = {"bit_generator": "SFC64", "state": {"state": words}, "has_uint32": 0, "uinteger": 0}
        return numpys.random_raw(count)

    @numba.njit
    def vectors(state, out):
        a, b = simd.load(state, np.uint64(0)), simd.load(state, np.uint64(1))
        c, d = simd.load(state, np.uint64(2)), simd.load(state, np.uint64(3))
        for k in range(out.size // simd.WORDS):
            random, a, b, c, d = simd.next_words(a, b, c, d)
            simd.store(out, np.uint64(k), random)

    state = seeds[0]
    out = np.empty(100 * simd.WORDS, np.uint64)
    vectors(state, out)
    for word in range(simd.WORDS):
        np.testing.assert_array_equal(out[word :: simd.WORDS], expected(*state[word :: simd.WORDS], 100))
    one = seeds[1, :4].copy()
    np.testing.assert_array_equal([scalar.next_word(one) for _ in range(100)], expected(*seeds[1, :4], 100))


@pytest.mark.parametrize("kernel", [clusters.swendsen_wang, clusters.wolff])
def test_reflections_of_a_potts_model(kernel: clusters.Kernel) -> None:
    """Breaks when the cluster kernels serve Ising spins alone: 3 colours on 2 x 3, each move swaps two at random.

    A spin of the third colour does not move. All 729 states against their Boltzmann weights, energies counted bond by
    bond.
    """
    system, beta, rng = (
        System(Potts(3), Square(2, 3), get_boundary("periodic", "periodic")),
        0.7,
        np.random.default_rng(3),
    )
    colours = rng.integers(0, 3, (4096, 6)).astype(np.int8)
    temperature, counts = np.full(4096, 1 / beta), np.zeros(729)
    for sweep in range(130):
        clusters._update(kernel, system, colours, temperature, 2, rng)
        if sweep >= 30 and sweep % 5 == 0:
            counts += np.bincount(colours @ 3 ** np.arange(6), minlength=729)
    states = np.arange(729)[:, None] // 3 ** np.arange(6) % 3
    grid = states.reshape(-1, 2, 3)
    energies = -sum((grid == np.roll(grid, 1, axis)).sum((1, 2)) for axis in (1, 2))
    assert chisquare(counts, boltzmann(energies, 1 / beta) * counts.sum()).pvalue > 1e-6
