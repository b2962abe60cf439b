"""Potts and Blume-Capel at scale: limits in which they are Ising, and their known transitions."""

import numpy as np
import pytest
from numpy.typing import NDArray

from spinlens import BlumeCapel, exact, get_system, sample
from spinlens.montecarlo.analysis.measure import measure
from spinlens.montecarlo.energies import replica_energies
from spinlens.montecarlo.equilibrium import Equilibrium
from spinlens.montecarlo.simulation import Simulation
from spinlens.montecarlo.starts import ordered_start, random_start
from spinlens.montecarlo.updaters.clusters import update_clusters
from spinlens.physics.systems import energy

TEMPERATURES = (1.8, 2.27, 3.0)


def test_two_colours_are_ising() -> None:
    """Breaks when Potts q = 2 is no Ising model: -2 delta(s, s') = -1 - s s', so E = E_Ising - 2 N on a torus."""
    potts, ising = get_system("potts-2", 32, J=2.0), get_system("ising-periodic", 32)
    for t in TEMPERATURES:
        energies = sample(potts, [t] * 512, seed=1).energy + 2 * 32 * 32
        error = energies.std(ddof=1) / np.sqrt(len(energies))
        assert abs(energies.mean() - exact.mean_energy(ising, t)) < 3.5 * error


def test_without_vacancies_blume_capel_is_ising() -> None:
    """Breaks when Blume-Capel at D = -20 is no Ising model, or replicas whose transition is not known freeze.

    Bonds cost what Ising bonds do, as zeros have the weight e^(-20 / T). Random starts in the ordered phase freeze.
    """
    capel, ising = get_system("blume-capel", 32, D=-20.0), get_system("ising-periodic", 32)
    for t in TEMPERATURES:
        batch = sample(capel, [t] * 512, seed=2)
        bonds = batch.energy + 20 * (batch.spins != 0).sum((1, 2))
        error = bonds.std(ddof=1) / np.sqrt(len(bonds))
        vacancies = 32 * 32 * np.exp(-20 / t)  # half of a bond's energy is lost on each of four sides, at most
        assert abs(bonds.mean() - exact.mean_energy(ising, t)) < 3.5 * error + 4 * vacancies


@pytest.mark.slow
@pytest.mark.parametrize(("q", "power", "logarithms"), [(3, 0.8, 0.0), (4, 0.5, 0.75)])
def test_critical_energies_tend_to_the_exact_one(q: int, power: float, logarithms: float) -> None:
    """Breaks when the energy a site at T_c does not tend to -(1 + 1 / sqrt q) with the side (Wu 1982, eq. 2.20).

    It is approached as L^-(2 - 1 / nu), nu = 5/6 for three colours; as L^-1/2 (ln L)^-3/4 for four (Salas and Sokal, J.
    Stat. Phys. 88, 567 (1997)): the straight line through L = 64, 128 and 256 is held against the exact value within 4
    of its own errors. Half of the replicas start ordered; both halves must agree.
    """
    sides, replicas, means, errors = np.array([64, 128, 256]), 64, [], []
    for side in sides:
        system = get_system(f"potts-{q}", side)
        t, rng = np.full(replicas, system.model.transition.temperature), np.random.default_rng(3)
        spins = np.concatenate([random_start(system, replicas // 2, rng), ordered_start(system, replicas // 2, rng)])
        update_clusters(system, spins, t, 800, rng)
        series = np.empty((replicas, 300))
        for k in range(series.shape[1]):
            update_clusters(system, spins, t, 4, rng)
            series[:, k] = replica_energies(system, spins) / side**2
        each = series.mean(1)
        random, ordered = each[: replicas // 2], each[replicas // 2 :]
        apart = np.sqrt((random.var(ddof=1) + ordered.var(ddof=1)) / (replicas // 2))
        assert abs(random.mean() - ordered.mean()) < 4 * apart, side
        means.append(each.mean())
        errors.append(each.std(ddof=1) / np.sqrt(replicas))
    x = sides**-power * np.log(sides) ** -logarithms
    design, weight = np.stack([np.ones(3), x], 1), 1 / np.array(errors)
    covariance = np.linalg.inv((design * weight[:, None] ** 2).T @ design)
    found = covariance @ (design * weight[:, None] ** 2).T @ np.array(means)
    error = np.sqrt(covariance[0, 0])
    assert abs(found[0] + 1 + 1 / np.sqrt(q)) < 4 * error, (found, error, means, errors)
    assert error < 0.01


@pytest.mark.slow
@pytest.mark.parametrize(("q", "side", "latent"), [(8, 256, 0.486358079), (10, 128, 0.696049432)])
def test_latent_heats(q: int, side: int, latent: float) -> None:
    """Breaks when the phases at T_c of a first-order transition have other energies (Baxter, J. Phys. C 6, L445, 1973).

    At T_c lattices far above the correlation length (24 and 11) stay in the phase they started in.
    """
    system = get_system(f"potts-{q}", side)
    t = system.model.transition.temperature
    energies = {}
    for start in (0.0, np.inf):  # of all replicas: random, ordered
        simulation = Simulation(system, np.full(16, t), Equilibrium(start_below=start), np.random.default_rng(4))
        for _ in range(40):
            simulation.advance()
        series = np.empty((16, 60))
        for k in range(60):
            simulation.advance()
            series[:, k] = energy(system, simulation.images) / system.lattice.sites
        energies[start] = series.mean(1)
    difference = energies[0.0].mean() - energies[np.inf].mean()
    error = np.sqrt(sum(each.var(ddof=1) / 16 for each in energies.values()))
    assert abs(difference - latent) < 3 * error, (difference, error)
    assert error < 0.02 * latent


@pytest.mark.slow
@pytest.mark.parametrize(("D", "critical"), [(0.0, 1.6936), (1.0, 1.3973)])
def test_binder_cumulants_cross_at_the_critical_temperature(D: float, critical: float) -> None:
    """Breaks when the Blume-Capel model orders elsewhere: U of 32 x 32 and 64 x 64 cross within 0.1 % of T_c."""
    t = critical * np.linspace(0.99, 1.01, 5)
    small, large = (
        measure(get_system("blume-capel", side, D=D), t, replicas=64, sweeps=1500, seed=5).reweighted
        for side in (32, 64)
    )
    difference = large["binder"] - small["binder"]
    change = np.flatnonzero(np.diff(np.sign(difference)))
    middle = change[len(change) // 2]
    grid = large["temperature"]
    found = np.interp(0.0, -difference[middle : middle + 2], grid[middle : middle + 2])
    assert abs(found / critical - 1) < 1e-3, found


@pytest.mark.slow
def test_two_peaks_beyond_the_tricritical_point() -> None:
    """Breaks when Blume-Capel at D = 1.98, beyond 1.9658, has no two phases: the share of zeros has two peaks.

    Somewhere between T = 0.5 and 0.6 a histogram of 24 x 24 has two maxima with a valley below 0.6 of the lower one.
    """
    system = get_system("blume-capel", 24, D=1.98)
    assert isinstance(system.model, BlumeCapel)
    t = np.linspace(0.52, 0.6, 9)
    simulation = Simulation(system, np.repeat(t, 64), Equilibrium(), np.random.default_rng(6))
    simulation.settle()
    shares = []
    for _ in range(150):
        simulation.advance()
        shares.append((simulation.spins == 0).mean(1).reshape(len(t), 64))
    valleys = [_valley(np.concatenate([each[k] for each in shares])) for k in range(len(t))]
    assert min(valleys) < 0.6, valleys


def _valley(values: NDArray[np.float64]) -> float:
    """The least count between the two highest peaks, over the lower of them; 1 where there is one peak."""
    counts = np.histogram(values, 24, (0, 1))[0].astype(float)
    best = 1.0
    for cut in range(3, 21):
        left, right = counts[:cut].max(), counts[cut:].max()
        a, b = counts[:cut].argmax(), cut + counts[cut:].argmax()
        if min(left, right) > 0.02 * counts.sum() and b > a + 2:
            best = min(best, counts[a : b + 1].min() / min(left, right))
    return float(best)
