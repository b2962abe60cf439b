"""Observables and their errors against full enumeration at L = 4 and Kaufman at L = 32 and 64."""

import math
from pathlib import Path

import numpy as np
import pytest

from spinlens import Ising, Square, System, exact, get_boundary, get_system
from spinlens.cli import observables as command
from spinlens.cli.source import parse_temperatures
from spinlens.errors import InputError
from spinlens.montecarlo.measure import OBSERVABLES, measure, measured, reweighted, to_parquet
from spinlens.montecarlo.record import _shift, record
from spinlens.physics.symmetry import symmetry_group
from spinlens.physics.systems import energy, order_parameter
from spinlens.report.measurements import exact_curves, observables_figure

FIELD = System(Ising(J=1.0, B=0.3), Square(4, 4), get_boundary("periodic", "periodic"), "field")
NAMED = ("ising-periodic", "ising-antiferro", "ising-antiperiodic", "ising-skewed")
SMALL = [*(get_system(name, 4) for name in NAMED), FIELD]


def enumerated(system: System, temperature: float) -> dict[str, float]:
    """Every observable of a 4 x 4 system from all of its states."""
    states = exact.enumerate_states(system)
    e, m, sites, t = energy(system, states), order_parameter(system, states), 16, temperature
    p = exact.boltzmann(e, t)
    turned = states * np.where(np.indices((4, 4)).sum(0) % 2, -1, 1) if system.staggered else states
    waves = np.abs(np.fft.fft2(turned)) ** 2 / sites
    structure = p @ (waves[:, 1, 0] + waves[:, 0, 1]) / 2
    m2, m4 = p @ m**2, p @ m**4
    torus = system.boundary == get_boundary("periodic", "periodic") and system.model.B == 0
    return {
        "energy": p @ e / sites,
        "specific_heat": (p @ e**2 - (p @ e) ** 2) / sites / t**2,
        "magnetization": p @ m,
        "susceptibility": sites * (m2 - (p @ m) ** 2) / t,
        "binder": 1 - m4 / (3 * m2**2),
        "correlation_length": math.sqrt(sites * m2 / structure - 1) / (2 * math.sin(math.pi / 4))
        if torus
        else math.nan,
    }


@pytest.mark.parametrize("system", SMALL, ids=lambda s: s.name)
def test_every_observable_of_a_small_system(system: System) -> None:
    """Breaks with a wrong formula, normalisation, sign, staggering or wave vector; reweighted midpoints included.

    At most 6 observables x 7 temperatures a system, 4 standard errors: fails once in 60 right systems with errors
    drawn from 32 replicas (Student's t with 31 degrees of freedom), less for the correlated rest. Seeds are fixed.
    """
    temperatures = [1.5, 2.0, 2.6, 4.0]
    series = record(system, temperatures, sweeps=400)
    table, between = measured(series), reweighted(series)
    for rows, chosen in ((table, slice(None)), (between, slice(4, None, 8))):
        for k, t in enumerate(rows["temperature"][chosen]):
            for name, truth in enumerated(system, t).items():
                value, error = rows[name][chosen][k], rows[f"{name}_error"][chosen][k]
                if math.isnan(truth):
                    assert math.isnan(value)
                else:
                    assert abs(value - truth) < 4 * error, (name, t)
                    assert error < 0.05 * max(abs(truth), 0.2)
    assert (np.abs(table["r_hat"] - 1) < 0.02).all()


def test_errors_are_honest() -> None:
    """Breaks when errors are a fifth off: pulls from 40 seeds, 4 temperatures, every observable, tau up to 1.

    160 pulls an observable: their mean square has the standard deviation sqrt(2 / 160) = 0.11, and the noise of each
    error (relative variance 4 (W + 1/2) / N = 4 * 8 / 1600 = 0.02) adds at most that. Reweighted midpoints of one
    seed go together, at worst as 40 values: sqrt(2 / 40) = 0.22 about 15 / 13 (Student's t of 16 blocks).
    """
    system, temperatures = SMALL[0], [1.8, 2.3, 2.9, 3.7]
    truth = [enumerated(system, t) for t in temperatures]
    middles = [enumerated(system, t) for t in (2.05, 2.6, 3.3)]
    direct, between = [], []
    for seed in range(40):
        series = record(system, temperatures, replicas=16, sweeps=100, seed=seed)
        for rows, chosen, known, pulls in (
            (measured(series), slice(None), truth, direct),
            (reweighted(series), slice(4, None, 8), middles, between),
        ):
            expected = {name: np.array([one[name] for one in known]) for name in OBSERVABLES}
            pulls.append([(rows[n][chosen] - expected[n]) / rows[f"{n}_error"][chosen] for n in OBSERVABLES])
    squares = np.square(direct).mean((0, 2))
    assert np.abs(squares - 1).max() < 4 * 0.11 + 0.02, dict(zip(OBSERVABLES, squares, strict=True))
    squares = np.square(between).mean((0, 2))
    assert np.abs(squares - 15 / 13).max() < 4 * 0.22 * 15 / 13, dict(zip(OBSERVABLES, squares, strict=True))


@pytest.mark.parametrize(("size", "allowed"), [(32, 1), pytest.param(64, 0, marks=pytest.mark.slow)])
def test_specific_heat_is_kaufmans(size: int, allowed: int) -> None:
    """Breaks with a bias of energies, of fluctuations or of the reweighting, or with errors that are too small.

    13 simulated temperatures from 2.0 to 2.6, independent, and the reweighted ones, every 0.00625, within 3 standard
    errors. Of 13 Gaussians one lies beyond 3 in one right run of 29, two in one of 1600, any beyond 4 in one of 1200:
    the default run forgives one below 4, the long one none.
    """
    result = measure(get_system("ising-periodic", size), np.linspace(2.0, 2.6, 13), replicas=128, sweeps=200, seed=0)
    for table, forgiven in ((result.observables, allowed), (result.reweighted, 0)):
        energies, heats = exact_curves(result.system, table["temperature"])
        pulls = np.abs(table["specific_heat"] - heats) / table["specific_heat_error"]
        assert (table["specific_heat_error"] < 0.05 * heats).all()
        assert (pulls < 4).all()
        assert (pulls > 3).sum() <= forgiven
        assert (np.abs(table["energy"] - energies) < 4 * table["energy_error"]).all()


def test_both_ends_of_temperature() -> None:
    """Breaks with a division by T = 0 or by an infinite one, or by the variance of a state that never changes."""
    for system in SMALL:
        table = measure(system, [0.0, math.inf], replicas=16, sweeps=50).observables
        assert table["energy"][0] == pytest.approx(energy(system, exact.enumerate_states(system)).min() / 16)
        assert table["energy_error"][0] == 0
        assert (table["specific_heat"] == 0).all()
        assert table["susceptibility"][1] == 0
        hot = energy(system, exact.enumerate_states(system)).mean() / 16
        assert abs(table["energy"][1] - hot) < 4 * table["energy_error"][1]
        assert (table["r_hat"] < 1.1).all()
    ordered = measure(SMALL[0], [0.0], replicas=2, sweeps=50)
    assert (ordered.observables["magnetization"], ordered.observables["susceptibility"]) == (1.0, 0.0)
    assert ordered.reweighted["temperature"].size == 0
    assert ordered.observables.keys() >= set(OBSERVABLES)


def test_nothing_is_invented_between_far_temperatures() -> None:
    """Breaks when a curve is drawn where no histogram reaches: p(E | T) of 0.5 and 5 share no energy at L = 16."""
    between = measure(get_system("ising-periodic", 16), [0.5, 5.0], replicas=8, sweeps=50).reweighted
    assert np.isnan(between["energy"][1:-1]).all()
    assert np.isfinite(between["energy"][[0, -1]]).all()


def test_a_single_chain_has_errors_too() -> None:
    """Breaks when errors need several replicas."""
    result = measure(get_system("ising-periodic", 8), [2.5, 2.7], replicas=1, sweeps=400)
    for name in OBSERVABLES:
        assert (result.observables[f"{name}_error"] > 0).all()
        assert (result.reweighted[f"{name}_error"] > 0).all()


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


def test_a_measurement_is_a_function_of_its_arguments(tmp_path: Path) -> None:
    """Breaks when randomness leaks in, a seed is ignored, order or repetition of temperatures matters, or a table
    changes on its way through a file."""
    import pyarrow.parquet as pq

    one, same, other = (
        measure(SMALL[0], t, 2, 20, s) for t, s in (([2.0, 3.0], 5), ([3.0, 2.0, 3.0], 5), ([2.0, 3.0], 6))
    )
    for name, column in one.observables.items():
        assert np.array_equal(column, same.observables[name], equal_nan=True)
    assert not np.array_equal(one.observables["energy"], other.observables["energy"])
    to_parquet(one.reweighted, tmp_path / "t.parquet", seed=5)
    table = pq.read_table(tmp_path / "t.parquet")
    assert table.schema.metadata[b"seed"] == b"5"
    for name, column in one.reweighted.items():
        assert np.array_equal(table[name].to_numpy(), column, equal_nan=True)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"temperatures": [-1.0]}, "temperature"),
        ({"temperatures": [math.nan]}, "temperature"),
        ({"temperatures": []}, "temperatures"),
        ({"replicas": 0}, "replicas"),
        ({"replicas": 10**9}, "replicas"),
        ({"sweeps": 7}, "sweeps"),
        ({"sweeps": 10**9}, "replicas"),
        ({"sweeps": True}, "sweeps"),
        ({"seed": -1}, "seed"),
    ],
)
def test_bad_arguments(changes: dict[str, object], field: str) -> None:
    """Breaks when nonsense starts a simulation, or the message does not name the field."""
    with pytest.raises(InputError, match=f"^{field}"):
        measure(SMALL[0], **({"temperatures": [2.0]} | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    ["", "a", "nan", "-1", "1:2", "1:2:3:4", "2:1:0.1", "1:2:0", "1:2:-0.1", "0:1:1e-9", "1:inf:1", "nan:2:1", "1,,2",
     ",".join(["1:2:0.001"] * 5)],
)  # fmt: skip
def test_bad_temperature_texts(text: str) -> None:
    """Breaks when a range that is empty, endless or no range passes, or eats the memory."""
    with pytest.raises(InputError, match="temperatures must be"):
        parse_temperatures(text)


def test_temperature_texts() -> None:
    """Breaks when the last point of a range is lost to rounding (0.3 / 0.1 is 2.999...), or a list is not sorted."""
    assert parse_temperatures("1:1.3:0.1").tolist() == [1.0, 1.1, 1.2, 1.3]
    assert len(parse_temperatures("1.5:3.5:0.05")) == 41
    assert parse_temperatures("inf, 2:3:1,0,2").tolist() == [0.0, 2.0, 3.0, math.inf]


def test_values_with_errors() -> None:
    """Breaks when digits and brackets do not belong together."""
    assert command.with_error(1.40402, 0.0027) == "1.4040(27)"
    assert command.with_error(-0.5, 0.0996) == "-0.50(10)"
    assert command.with_error(813.24, 58.3) == "813(58)"
    assert command.with_error(0.25, 0.0) == "0.25"
    assert command.with_error(math.nan, 1.0) == ""


def test_the_command_writes_its_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Breaks when a file is missing, the table lacks a temperature, or a picture fails on undefined columns."""
    out = tmp_path / "new" / "folder"
    command.measure("ising-antiperiodic", out, "0,2:3:0.5,inf", 4, 4, 20, 0)
    assert {path.name for path in out.iterdir()} == {"observables.parquet", "reweighted.parquet", "observables.png"}
    printed = capsys.readouterr().out
    assert all(text in printed for text in ("2.5", "inf", "R-hat", "C / N"))
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="out must be"):
        command.measure("ising-periodic", tmp_path / "file", "2", 4, 4, 20, 0)
    figure = observables_figure(measure(SMALL[1], [2.0], replicas=2, sweeps=20))
    assert "staggered |m|" in [axes.get_title() for axes in figure.axes]
