"""The |J| of snapshots whose temperatures are in another unit is found, and advised where classes do not fit."""

from pathlib import Path

import numpy as np
import pytest

from calls import run
from spinlens import get_system, sample
from spinlens.data.formats.couplings import advise_coupling, estimate_coupling, round_between

TEMPERATURES = np.repeat([0.3, 1.0, 1.6, 2.2, 2.6, 3.9], 20)  # in units of |J|


@pytest.mark.parametrize("J", [0.5, 2.0, -2.0, 1e-3, 12.0])
def test_the_coupling_is_found(J: float) -> None:
    """Breaks when the estimate is off by more than its error, or takes the sign of J from the system."""
    system = get_system("ising-periodic", 24, J=J)
    spins = sample(system, TEMPERATURES * abs(J), seed=3).spins
    found, error = estimate_coupling(spins, TEMPERATURES * abs(J), get_system("ising-periodic", 24))
    assert abs(found - J) < 4 * error < 0.1 * abs(J)
    assert advise_coupling(spins, TEMPERATURES * abs(J), system) == ""
    advice = advise_coupling(spins, TEMPERATURES * abs(J), get_system("ising-periodic", 24))
    assert advice.startswith(f"--J {J:g} fits the spins at these temperatures (estimate ")


def test_no_coupling_is_advised_where_none_fits() -> None:
    """Breaks when spins without any neighbour's influence, at a finite temperature, are said to have a J."""
    rng = np.random.default_rng(0)
    spins = rng.choice(np.array([-1, 1], np.int8), (40, 24, 24))
    spins[::2] = 1
    temperature = np.tile([3.0, 3.0], 20)
    assert advise_coupling(spins, temperature, get_system("ising-periodic", 24)) == ""


@pytest.mark.parametrize(
    ("first", "last", "value"),
    [(1.9, 2.2, 2), (2.4, 2.6, 2.5), (0.93, 1.1, 1), (9.6, 10.2, 10), (-2.1, -1.8, -2), (-1, 2, None)],
)
def test_the_roundest_number_is_advised(first: float, last: float, value: float | None) -> None:
    """Breaks when a number outside, or one of more digits than needed, is advised."""
    assert round_between(first, last) == value


@pytest.mark.parametrize("J", [2, 0.5])
def test_a_forgotten_coupling_is_advised(J: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Breaks when temperatures outside the classes are met with other classes, where only --J was forgotten."""
    temperature = np.sort(np.tile(TEMPERATURES, 2)) * J
    spins = sample(get_system("ising-periodic", 24, J=J), temperature, seed=3).spins
    np.savez(tmp_path / "a.npz", spins=spins, temperature=temperature)
    command = ("import", tmp_path / "a.npz", "ising-periodic", "--size", 24, "--out", tmp_path / "data")
    code, _, err = run(capsys, *command)
    assert code == 2
    assert f"--J {J:g} fits the spins at these temperatures" in err
    assert "FILE.toml" not in err
    assert run(capsys, *command, "--J", J)[::2] == (0, "")
