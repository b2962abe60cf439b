"""Streamed snapshots: repeatable, what they say they are, at equilibrium, and no data set's."""

from itertools import islice

import numpy as np

from spinlens import energy, exact, get_system, order_parameter
from spinlens.data.stream import KEPT, REPLICAS, stream
from spinlens.montecarlo.streams import PRETRAINING, generator

SYSTEMS = (get_system("ising-periodic", 8), get_system("ising-skewed", 8))


def test_the_sequence_depends_on_the_arguments_alone() -> None:
    """Breaks when the thread that simulates ahead, or a global state, changes what comes."""
    first, again, other = (list(islice(stream(SYSTEMS, (1.0, 3.0), 64, seed), 100)) for seed in (1, 1, 2))
    for a, b in zip(first, again, strict=True):
        for x, y in zip(a, b, strict=True):
            np.testing.assert_array_equal(x.spins, y.spins)
            np.testing.assert_array_equal(x.state, y.state)
    assert any(not np.array_equal(a[0].spins, b[0].spins) for a, b in zip(first, other, strict=True))


def test_batches_mix_the_systems_and_tell_their_state() -> None:
    """Breaks when a batch is not full, a system is left out, or a state belongs to another snapshot."""
    batches = list(islice(stream(SYSTEMS, (1.0, 3.0), 48, 0), 128))
    assert all(sum(len(part.spins) for part in batch) == 48 for batch in batches)
    for batch in batches[:5]:
        assert [part.system for part in batch] == list(SYSTEMS)
        for part in batch:
            temperature, per_site, order = part.state.T
            assert ((temperature >= 1) & (temperature <= 3)).all()
            np.testing.assert_allclose(per_site, energy(part.system, part.spins) / 64, rtol=1e-6)
            np.testing.assert_allclose(order, order_parameter(part.system, part.spins), rtol=1e-6)
    seen = sum(len(part.spins) for batch in batches for part in batch if part.system == SYSTEMS[0])
    assert seen == REPLICAS * KEPT  # 128 batches of 48 are one pool


def test_a_batch_has_one_shape_and_every_shape_comes() -> None:
    """Breaks when snapshots that do not stack meet in a batch, or a shape is left out or gets
    another share of a pool."""
    systems = tuple(get_system(name, size) for size in (6, 8) for name in ("ising-periodic", "ising-skewed"))
    batches = list(islice(stream(systems, (1.0, 3.0), 64, 3), 4 * REPLICAS * KEPT // 64))
    assert all(len({part.system.lattice.shape for part in batch}) == 1 for batch in batches)
    for system in systems:
        seen = sum(len(part.spins) for batch in batches for part in batch if part.system == system)
        assert seen == REPLICAS * KEPT
    sides = [batch[0].system.lattice.shape[0] for batch in batches]
    assert len(set(sides[:16])) == 2, "shapes must take turns"


def test_a_later_start_is_the_same_sequence() -> None:
    """Breaks when the batches of a pool are miscounted: starts within the first pool, at the second and after it, of
    two shapes whose 6144 and 3072 snapshots are no whole batches of 100, so that some of each pool are left out."""
    systems = (*SYSTEMS, get_system("ising-periodic", 6))
    per_pool = 61 + 30
    whole = list(islice(stream(systems, (1.0, 3.0), 100, 7), per_pool + 12))
    for start in (1, per_pool - 1, per_pool, per_pool + 10):
        for a, b in zip(whole[start:], stream(systems, (1.0, 3.0), 100, 7, start), strict=False):
            assert [part.system for part in a] == [part.system for part in b]
            for x, y in zip(a, b, strict=True):
                np.testing.assert_array_equal(x.spins, y.spins)


def test_energies_are_at_equilibrium() -> None:
    """Breaks when replicas have not reached their temperature or lose it: (E - <E>) / sd with Kaufman's moments has
    mean 0 and mean square 1 over 256 replicas of KEPT snapshots each; 4 standard errors of independent replicas."""
    system = SYSTEMS[0]
    parts = [batch[0] for batch in islice(stream((system,), (1.8, 3.0), 64, 5), REPLICAS * KEPT // 64)]
    temperature, per_site = np.concatenate([part.state for part in parts]).T[:2].astype(np.float64)
    levels, log_counts = exact.density_of_states(system)
    replicas = np.unique(temperature)
    assert len(replicas) == REPLICAS
    means, squares = [], []
    for t in replicas:
        p = exact.boltzmann(levels, float(t), log_counts)
        z = (per_site[temperature == t] * 64 - p @ levels) / np.sqrt(p @ (levels - p @ levels) ** 2)
        means.append(z.mean())
        squares.append((z**2).mean() - 1)
    for values in (means, squares):
        assert abs(np.mean(values)) < 4 * np.std(values, ddof=1) / np.sqrt(REPLICAS)


def test_no_data_set_draws_from_the_same_stream() -> None:
    """Breaks when a purpose's key could be a shard's: shards use (shard, block), two numbers; ours has four."""
    assert len((*PRETRAINING, 0)) == 4
    system = SYSTEMS[0]
    ours = generator(system, 1, (*PRETRAINING, 0)).integers(2**63, size=4)
    for shard in range(3):
        for block in range(3):
            assert not np.array_equal(ours, generator(system, 1, (shard, block)).integers(2**63, size=4))
