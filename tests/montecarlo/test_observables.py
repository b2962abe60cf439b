"""Where observables are defined, and that every reader gets the same definition of each."""

import math
import warnings
from pathlib import Path

import numpy as np
import pytest

from conftest import edge_pairs
from spinlens import Ising, Square, System, exact, get_boundary, get_system
from spinlens.errors import InputError
from spinlens.montecarlo.analysis.measure import SERIES, log_partition, measure
from spinlens.physics.defined import has_checkerboard, is_odd
from spinlens.physics.observables import MEASURED, OBSERVABLES, listed, present
from spinlens.physics.systems import energy

SHAPES = ((3, 3), (3, 4), (4, 3), (2, 4), (2, 5))


def systems() -> list[System]:
    """Every pair of edges, sign of J, with and without a field, on small lattices of even and odd sides."""
    found = []
    for shape in SHAPES:
        for edges in edge_pairs():
            for J, B in ((1, 0), (-1, 0), (1, 0.3), (-1, 0.3)):
                try:
                    found.append(System(Ising(J, B), Square(*shape), get_boundary(*edges), "x"))
                except InputError:  # no spin is free
                    continue
    return found


def test_means_vanish_where_a_symmetry_is_found_and_nowhere_else() -> None:
    """Breaks when <m> or <m_s> is called 0 where it is not, or a Binder cumulant is refused where all odd moments
    vanish: every state of 796 systems at T = 2."""
    for system in systems():
        states = exact.enumerate_states(system)
        p = exact.boltzmann(energy(system, states), 2.0)
        board = 1 - 2 * (np.indices(system.lattice.shape).sum(0) % 2)
        for staggered, pattern in ((False, 1), (True, board)):
            mean = p @ (states * pattern).mean((1, 2))
            assert is_odd(system, staggered) == (abs(mean) < 1e-12), (system, staggered, mean)


@pytest.mark.parametrize(
    ("edges", "shape", "fits"),
    [
        (("periodic", "periodic"), (4, 6), True),
        (("periodic", "periodic"), (4, 5), False),
        (("periodic", "open"), (4, 5), True),
        (("open", "pinned+-"), (3, 5), True),
        (("antiperiodic", "periodic"), (3, 4), False),
        (("antiperiodic", "periodic"), (4, 4), True),
        (("periodic", "screw"), (4, 5), True),  # each row continues in the next: 5 sites on, the other colour
        (("periodic", "screw"), (4, 4), False),
    ],
)
def test_checkerboards(edges: tuple[str, str], shape: tuple[int, int], fits: bool) -> None:
    """Breaks when the staggered m is given where two neighbours have the same sign in it, or refused where none do."""
    system = System(Ising(-1), Square(*shape), get_boundary(*edges))
    assert has_checkerboard(system) == fits
    named = {what.name for what in present(system)}
    assert ("staggered_magnetization" in named, "magnetization" in named) == (fits, True)
    result = measure(system, [2.0], 2, 8)
    assert np.isnan(result.observables["staggered_abs_magnetization"][0]) != fits
    assert any("no checkerboard" in line for line in result.notes) != fits


def test_lengths_are_for_the_disordered_phase() -> None:
    """Breaks when a second-moment length is printed below T_c = 2.2692 |J|, in a field, or of the wrong order."""
    for name, column in (
        ("ising-periodic", "correlation_length"),
        ("ising-antiferro", "staggered_correlation_length"),
    ):
        base = get_system(name, 8)
        for J in (1.0, 2.0):
            system = System(Ising(J * base.model.J), base.lattice, base.boundary, name)
            table = measure(system, [2.26 * J, 2.28 * J, 3 * J, math.inf], 4, 50).observables
            assert np.isfinite(table[column]).tolist() == [False, True, True, False]
            other = {"correlation_length", "staggered_correlation_length"} - {column}
            assert np.isnan(table[other.pop()]).all()
        field = System(Ising(base.model.J, 0.1), base.lattice, base.boundary, name)
        assert np.isnan(measure(field, [3.0], 2, 8).observables[column]).all()


def test_every_empty_cell_has_its_reason() -> None:
    """Breaks when a column or a cell is empty and no note says why."""
    for system in (get_system("ising-periodic", 4), get_system("ising-skewed", (5, 5)), get_system("ising-screw", 4)):
        result = measure(system, [0.0, 1.0, 2.5, math.inf], 4, 16)
        text = " ".join(result.notes)
        for name in (one.name for one in listed(system)):
            if np.isnan(result.observables[name]).any():
                assert name in text


@pytest.mark.parametrize(
    ("J", "B", "temperature"),
    [
        (1e-21, 0, 2e-21),
        (-1e-21, 3e-22, 2e-21),
        (1, 0, 1e308),
        (1e-21, 0, 1e308),
        (1, 1e50, 1e50),
        (1e50, 1e49, 2e50),
        (1e-50, 1, 1.0),
        (1, 0.5, 1e-300),
    ],
)
def test_the_ends_of_the_numbers(J: float, B: float, temperature: float) -> None:
    """Breaks when J in SI units is rounded away, squares overflow, or NumPy complains: enumeration in units of the
    larger coupling, 9 comparisons of 5 standard errors each."""
    system = System(Ising(J, B), Square(4, 4), get_boundary("periodic", "periodic"), "f")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = measure(system, [temperature], 32, 50).observables
    unit = max(abs(J), abs(B))
    scaled = System(Ising(J / unit, B / unit), system.lattice, system.boundary)
    states, t = exact.enumerate_states(scaled), temperature / unit if temperature / unit < 1e300 else 1e300
    e, m = energy(scaled, states), states.mean((1, 2))
    p = np.exp(-(e - e.min()) / t)
    p /= p.sum()
    truth = {
        "energy": p @ e / 16 * unit,
        "specific_heat": (p @ e**2 - (p @ e) ** 2) / 16 / t / t,
        "magnetization": p @ m,
        "abs_magnetization": p @ np.abs(m),
        "susceptibility": 16 * (p @ m**2 - (p @ m) ** 2) / temperature,
        "abs_susceptibility": 16 * (p @ m**2 - (p @ np.abs(m)) ** 2) / temperature,
    }
    for name, value in truth.items():
        assert abs(table[name][0] - value) <= 5 * table[f"{name}_error"][0] + 1e-9 * abs(value), name


@pytest.mark.parametrize(("J", "B", "field"), [(1.0, 1e300, "B"), (1e-300, 0.0, "J"), (1e-30, 1e40, "B")])
def test_couplings_that_no_number_holds(J: float, B: float, field: str) -> None:
    """Breaks when a simulation starts whose energies over- or underflow."""
    with pytest.raises(InputError, match=f"^{field}"):
        measure(System(Ising(J, B), Square(4, 4), get_boundary("periodic", "periodic")), [1.0], 2, 8)


def test_partition_functions_at_the_ends_of_the_numbers() -> None:
    """Breaks when a ladder from infinity gets endless, or ln Z of 16 free spins at T = 1e308 is not 16 ln 2."""
    system = get_system("ising-periodic", 4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert log_partition(system, [1e308], 2, 8)[0] == pytest.approx(16 * math.log(2))
        with pytest.raises(InputError, match=r"^temperature must be at least"):
            log_partition(system, [1e-308])


def test_far_temperatures_give_empty_curves_not_faults() -> None:
    """Breaks when histograms that share no energy end in an exception or a RuntimeWarning."""
    system = System(Ising(1, 1e50), Square(4, 4), get_boundary("periodic", "periodic"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = measure(system, [1.0, 1e50], 8, 50)
        measure(get_system("ising-periodic", 4), [0.001, 0.01, 0.1, 1, 10, 100, 1000], 8, 16)
    assert np.isnan(result.reweighted["energy"]).all()
    assert "reweighted: no curve" in result.notes[-1]


def test_the_page_has_every_definition() -> None:
    """Breaks when docs/measure.md and the table of observables say different things, or a series has no name."""
    page = " ".join((Path(__file__).parents[2] / "docs" / "measure.md").read_text(encoding="utf-8").split())
    for one in OBSERVABLES.values():
        assert one.sentence in page
        assert set(one.means) <= set(SERIES) | set(MEASURED)


def test_a_binder_cumulant_of_noise_is_not_determined() -> None:
    """Breaks when U = -710 +- 1435 passes for a value, or an honest -62 +- 12, or 0.01 +- 0.05, does not."""
    system, binder = get_system("ising-periodic", 4), OBSERVABLES["staggered_binder"]
    given = {(-710.0, 1435.0): True, (-62.0, 12.0): False, (0.01, 0.05): False, (0.6, 0.7): True}
    for (value, error), expected in given.items():
        assert bool(binder.unseen(system, 1.0, value, error)) == expected
