"""Observables and their errors against full enumeration at L = 4 and Kaufman at L = 32 and 64."""

import math

import numpy as np
import pytest

from spinlens import Ising, Square, System, exact, get_boundary, get_system
from spinlens.errors import InputError
from spinlens.montecarlo.analysis.measure import measure, measured, reweighted
from spinlens.montecarlo.analysis.series import Record, _shift, record
from spinlens.physics.observables import listed, present
from spinlens.physics.symmetry import symmetry_group
from spinlens.physics.systems import energy

FIELD = System(Ising(J=1.0, B=0.3), Square(4, 4), get_boundary("periodic", "periodic"), "field")
ANTIFIELD = System(Ising(J=-1.0, B=1.5), Square(4, 4), get_boundary("periodic", "periodic"), "antifield")
NAMED = ("ising-periodic", "ising-antiferro", "ising-antiperiodic", "ising-skewed")
SMALL = [*(get_system(name, 4) for name in NAMED), FIELD, ANTIFIELD]


def enumerated(system: System, temperature: float) -> dict[str, float]:
    """Every observable of a 4 x 4 system from all of its states, NaN where it is not defined."""
    states, t = exact.enumerate_states(system), temperature
    e, sites = energy(system, states), 16
    p = exact.boltzmann(e, t)
    found = {"energy": p @ e / sites, "specific_heat": (p @ e**2 - (p @ e) ** 2) / sites / t**2}
    torus = system.boundary == get_boundary("periodic", "periodic") and system.model.B == 0
    for prefix, pattern in (("", 1), ("staggered_", 1 - 2 * (np.indices((4, 4)).sum(0) % 2))):
        turned = states * pattern
        m = turned.mean((1, 2))
        waves = np.abs(np.fft.fft2(turned)) ** 2 / sites
        structure = p @ (waves[:, 1, 0] + waves[:, 0, 1]) / 2
        one, modulus, m2, m4 = p @ m, p @ np.abs(m), p @ m**2, p @ m**4
        orders = torus and (system.model.J < 0) == bool(prefix) and t > exact.CRITICAL_TEMPERATURE
        found |= {
            f"{prefix}magnetization": one,
            f"{prefix}abs_magnetization": modulus,
            f"{prefix}susceptibility": sites * (m2 - one**2) / t,
            f"{prefix}abs_susceptibility": sites * (m2 - modulus**2) / t,
            f"{prefix}binder": 1 - m4 / (3 * m2**2) if abs(one) < 1e-12 else math.nan,
            f"{prefix}correlation_length": (
                math.sqrt(sites * m2 / structure - 1) / (2 * math.sin(math.pi / 4)) if orders else math.nan
            ),
        }
    return found


@pytest.mark.parametrize("system", SMALL, ids=lambda s: s.name)
def test_every_observable_of_a_small_system(system: System) -> None:
    """Breaks with a wrong formula, normalisation, sign, staggering or wave vector; reweighted midpoints included.

    At most 14 observables x 7 temperatures x 6 systems = 588 comparisons with errors drawn from 32 replicas. Student's
    t with 31 degrees of freedom lies beyond 5 with probability 2e-5: all systems fail once in 80 right runs, and a
    wrong formula is off by tens of errors. Seeds are fixed.
    """
    temperatures = [1.5, 2.0, 2.6, 4.0]
    series = record(system, temperatures, sweeps=400)
    table, between = measured(series), reweighted(series)
    assert enumerated(system, 2.0).keys() == {one.name for one in listed(system)}
    for rows, chosen in ((table, slice(None)), (between, slice(4, None, 8))):
        for k, t in enumerate(rows["temperature"][chosen]):
            for name, truth in enumerated(system, t).items():
                value, error = rows[name][chosen][k], rows[f"{name}_error"][chosen][k]
                if math.isnan(truth):
                    assert math.isnan(value), (name, t)
                else:
                    assert abs(value - truth) < 5 * error + 1e-12, (name, t)
                    assert error < 0.1 * max(abs(truth), 1.0 if "binder" in name else 0.2), (name, t)
    assert (np.abs(table["r_hat"] - 1) < 0.02).all()


@pytest.mark.parametrize("J", [1.0, -1.0])
def test_both_magnetizations_in_a_field(J: float) -> None:
    """Breaks when <|m|> stands for <m>, its susceptibility for the response, or J < 0 staggers what is uniform.

    In the field B = 0.05 at T = 4, <m> = 0.050 and <|m|> = 0.419 for J = 1: 50 errors apart. 3 standard errors at six
    temperatures of eight observables, those of |m| and m nearly the same random variable.
    """
    system = System(Ising(J, 0.05), Square(4, 4), get_boundary("periodic", "periodic"), "f")
    temperatures = [1.0, 1.5, 2.0, 2.5, 3.0, 4.0]
    table = measure(system, temperatures, seed=1).observables
    for k, t in enumerate(temperatures):
        for name, truth in enumerated(system, t).items():
            if not math.isnan(truth):
                assert abs(table[name][k] - truth) < 3 * table[f"{name}_error"][k], (name, t)


def test_the_sign_of_m_has_an_honest_error() -> None:
    """Breaks when chains keep their sign, or the error of a mean that is 0 by symmetry ignores that they do.

    At T = 1 and 2 an 8 x 8 torus has m = +-1 and +-0.9; 4 chains of 100 that never turned over would leave |<m>| near
    1/2. 60 independent pulls of <m> and <m_s> (J < 0): the mean square has the standard deviation sqrt(2 / 60) = 0.18.
    """
    pulls = []
    for name, column in (("ising-periodic", "magnetization"), ("ising-antiferro", "staggered_magnetization")):
        for seed in range(15):
            table = measured(record(get_system(name, 8), [1.0, 2.0], replicas=4, sweeps=100, seed=seed))
            pulls.append(table[column] / table[f"{column}_error"])
            assert (table["r_hat"] < 1.1).all()
    assert abs(np.square(pulls).mean() - 1) < 4 * 0.18
    steps = np.random.default_rng(0).normal(0, 0.01, (1, 4, 100))
    stuck = np.array([1, 1, -1, -1])[:, None] * (1 + steps)
    series = steps, stuck, np.abs(stuck), steps, np.abs(steps), steps, steps
    assert measured(Record(SMALL[0], np.array([1.0]), *series))["r_hat"][0] > 10


@pytest.mark.parametrize("system", [SMALL[0], pytest.param(FIELD, marks=pytest.mark.slow)], ids=lambda s: s.name)
def test_errors_are_honest(system: System) -> None:
    """Breaks when errors are a fifth off: pulls from 40 seeds, 4 temperatures, every observable, tau up to 1.

    160 pulls an observable (120 of lengths): their mean square has the standard deviation sqrt(2 / 160) = 0.11 (0.13),
    and the noise of each error (relative variance 4 (W + 1/2) / N = 4 * 8 / 1600 = 0.02) adds at most that. Reweighted
    midpoints of one seed go together, at worst as 40 values: sqrt(2 / 40) = 0.22 about 15 / 13 (Student's t of 16
    blocks).
    """
    temperatures = [1.8, 2.3, 2.9, 3.7]
    truth = [enumerated(system, t) for t in temperatures]
    middles = [enumerated(system, t) for t in (2.05, 2.6, 3.3)]
    direct, between = [], []
    for seed in range(40):
        series = record(system, temperatures, replicas=16, sweeps=100, seed=seed)
        for rows, chosen, known, pulls in (
            (measured(series), slice(None), truth, direct),
            (reweighted(series), slice(4, None, 8), middles, between),
        ):
            expected = {name: np.array([one[name] for one in known]) for name in enumerated(system, 2.0)}
            names = [name for name in expected if np.isfinite(expected[name]).any()]
            pulls.append([(rows[n][chosen] - expected[n]) / rows[f"{n}_error"][chosen] for n in names])
    squares = np.nanmean(np.square(direct), (0, 2))
    assert np.abs(squares - 1).max() < 4 * 0.13 + 0.02, dict(zip(names, squares, strict=True))
    squares = np.nanmean(np.square(between), (0, 2))
    assert np.abs(squares - 15 / 13).max() < 4 * 0.22 * 15 / 13, dict(zip(names, squares, strict=True))


@pytest.mark.parametrize(("size", "allowed"), [(32, 1), pytest.param(64, 0, marks=pytest.mark.slow)])
def test_specific_heat_is_kaufmans(size: int, allowed: int) -> None:
    """Breaks with a bias of energies, of fluctuations or of the reweighting, or with errors that are too small.

    13 simulated temperatures from 2.0 to 2.6, independent, and the reweighted ones, every 0.00625, within 3 standard
    errors. Of 13 Gaussians one lies beyond 3 in one right run of 29, two in one of 1600, any beyond 4 in one of 1200:
    the default run forgives one below 4, the long one none, in either table: both have the same data.
    """
    result = measure(get_system("ising-periodic", size), np.linspace(2.0, 2.6, 13), replicas=128, sweeps=200, seed=0)
    for table in (result.observables, result.reweighted):
        sites, t = result.system.lattice.sites, table["temperature"]
        energies, heats = exact.mean_energy(result.system, t) / sites, exact.heat_capacity(result.system, t) / sites
        pulls = np.abs(table["specific_heat"] - heats) / table["specific_heat_error"]
        assert (table["specific_heat_error"] < 0.05 * heats).all()
        assert (pulls < 4).all()
        assert (pulls > 3).sum() <= allowed
        assert (np.abs(table["energy"] - energies) < 4 * table["energy_error"]).all()


def test_both_ends_of_temperature() -> None:
    """Breaks with a division by T = 0 or by an infinite one, or by the variance of a state that never changes."""
    for system in SMALL:
        table = measure(system, [0.0, math.inf], replicas=16, sweeps=50).observables
        assert table["energy"][0] == pytest.approx(energy(system, exact.enumerate_states(system)).min() / 16)
        assert table["energy_error"][0] == 0
        assert (table["specific_heat"] == 0).all()
        assert np.isnan(table["susceptibility"]).all()
        assert np.isnan(table["abs_susceptibility"]).all()
        hot = energy(system, exact.enumerate_states(system)).mean() / 16
        assert abs(table["energy"][1] - hot) < 4 * table["energy_error"][1]
        assert (table["r_hat"] < 1.1).all()
    ordered = measure(SMALL[0], [0.0], replicas=2, sweeps=50)
    assert ordered.observables["abs_magnetization"] == 1
    assert ordered.reweighted["temperature"].size == 0
    assert ordered.observables.keys() >= {one.name for one in listed(ordered.system)}


def test_nothing_is_invented_between_far_temperatures() -> None:
    """Breaks when a curve is drawn where no histogram reaches: p(E | T) of 0.5 and 5 share no energy at L = 16."""
    result = measure(get_system("ising-periodic", 16), [0.5, 5.0], replicas=8, sweeps=50)
    between = result.reweighted
    assert np.isnan(between["energy"][1:-1]).all()
    assert np.isfinite(between["energy"][[0, -1]]).all()
    assert any("empty between T = 0.5 and 5, where" in line and "closer temp" in line for line in result.notes)


def test_a_single_chain_has_errors_too() -> None:
    """Breaks when errors need several replicas."""
    result = measure(get_system("ising-periodic", 8), [2.5, 2.7], replicas=1, sweeps=400)
    for what in present(result.system):
        assert (result.observables[f"{what.name}_error"] > 0).all()
        assert (result.reweighted[f"{what.name}_error"] > 0).all()


@pytest.mark.parametrize("shape", [(6, 6), (4, 6)])
def test_shifts_across_seams_keep_the_energy(shape: tuple[int, int]) -> None:
    """Breaks when a spin crosses an anti-periodic seam without its sign, or a shift is no shift: |m| must vary."""
    rng = np.random.default_rng(0)
    for vertical, horizontal in (
        ("antiperiodic", "antiperiodic"),
        ("antiperiodic", "periodic"),
        ("open", "antiperiodic"),
    ):
        system = System(Ising(), Square(*shape), get_boundary(vertical, horizontal))
        spins = np.tile(rng.integers(0, 2, system.lattice.sites, dtype=np.int8) * 2 - 1, (64, 1))
        before = energy(system, spins.reshape(-1, *shape))
        _shift(symmetry_group(system), spins, shape, rng)
        assert (energy(system, spins.reshape(-1, *shape)) == before).all()
        assert len(np.unique(spins, axis=0)) > 4


def test_a_measurement_is_a_function_of_its_arguments() -> None:
    """Breaks when randomness leaks in, a seed is ignored, or order or repetition of temperatures matters."""
    one, same, other = (
        measure(SMALL[0], t, 2, 20, s) for t, s in (([2.0, 3.0], 5), ([3.0, 2.0, 3.0], 5), ([2.0, 3.0], 6))
    )
    for name, column in one.observables.items():
        assert np.array_equal(column, same.observables[name], equal_nan=True)
    assert not np.array_equal(one.observables["energy"], other.observables["energy"])


def test_sizes_draw_from_streams_of_their_own() -> None:
    """Breaks when lattices of two sizes start from the same random numbers, and their errors go together."""
    first = [record(get_system("ising-periodic", size), [math.inf], 64, 8).energy[0, :, 0] for size in (4, (2, 8))]
    assert abs(np.corrcoef(first)[0, 1]) < 4 / math.sqrt(64)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"temperatures": [-1.0]}, "temperature"),
        ({"temperatures": [math.nan]}, "temperature"),
        ({"temperatures": []}, "temperatures"),
        ({"replicas": 0}, "replicas"),
        ({"replicas": 10**9}, "replicas"),
        ({"sweeps": 7}, "sweeps"),
        ({"sweeps": 10**9}, "sweeps"),
        ({"sweeps": True}, "sweeps"),
        ({"seed": -1}, "seed"),
    ],
)
def test_bad_arguments(changes: dict[str, object], field: str) -> None:
    """Breaks when nonsense starts a simulation, or the message does not name the field."""
    with pytest.raises(InputError, match=f"^{field}"):
        measure(SMALL[0], **({"temperatures": [2.0]} | changes))  # type: ignore[arg-type]
