"""Files ordered by temperature: every split gets every temperature, by few cuts, or one line says why not."""

import warnings
from pathlib import Path

import numpy as np
import pytest

from spinlens import get_system, sample
from spinlens.data.formats.imports import import_dataset
from spinlens.data.read import read_columns, read_recipe, read_split
from spinlens.data.recipe import SPLITS, parse_recipe
from spinlens.data.splitting import find_levels, split_in_order
from spinlens.errors import InputError, ReadingWarning
from spinlens.metrics.baselines import learn_thresholds
from spinlens.metrics.scores import score

SHARES = (0.6, 0.2, 0.2)
FALLING = np.linspace(4, 0.1, 40)


def split_of(temperature: np.ndarray, shares: tuple[float, float, float] = SHARES) -> tuple[np.ndarray, str]:
    return split_in_order(temperature, shares, [f"row {k}" for k in range(len(temperature))])


@pytest.mark.parametrize("grid", [FALLING, FALLING[::-1], FALLING[np.random.default_rng(0).permutation(40)]])
def test_runs_of_one_temperature_are_cut_in_time_order(grid: np.ndarray) -> None:
    """Breaks when a whole run goes to one split, rows of a run are shuffled, or shares are not those asked for.

    Every second run is cut the other way round: neighbours in different splits are two a run, and none between runs.
    """
    split, how = split_of(np.repeat(grid, 10))
    forwards = [0, 0, 0, 0, 0, 0, 1, 1, 2, 2]
    np.testing.assert_array_equal(split.reshape(40, 10), [forwards, forwards[::-1]] * 20)
    assert np.count_nonzero(np.diff(split)) == 2 * 40
    assert "40 runs" in how


def test_temperatures_that_were_added_up_are_one() -> None:
    """Breaks when 2.3199999999999945 or a float32 is another temperature than 2.32: such runs would be one row long."""
    exact = np.repeat(np.arange(1, 41) / 10, 5)
    noisy = np.where(np.arange(200) % 2, exact, exact.astype(np.float32)) + 1e-14 * np.arange(200)
    np.testing.assert_array_equal(find_levels(noisy), np.repeat(np.arange(40), 5))
    np.testing.assert_array_equal(find_levels(1e-21 * noisy), find_levels(noisy))
    assert find_levels(np.array([np.inf, 0.0, np.inf, 1.0])).tolist() == [2, 0, 2, 1]
    assert find_levels(np.array([2.26, 2.27, 1e6, 2.261])).tolist() == [0, 2, 3, 1], "a far one blurs no others"
    falling = np.float32(4) - np.cumsum(np.full(399, 0.01, np.float32), dtype=np.float32)
    assert find_levels(np.concatenate([falling, np.linspace(3.99, 0.01, 399)])).max() == 398
    np.testing.assert_array_equal(split_of(noisy)[0].reshape(40, 5), [[0, 0, 0, 1, 2], [2, 1, 0, 0, 0]] * 20)


def test_runs_of_three_give_one_row_to_each_split() -> None:
    """Breaks when three rows of a temperature are refused, though each split can have one of them."""
    assert split_of(np.repeat([1.0, 2.0], 3))[0].tolist() == [0, 1, 2, 2, 1, 0]
    assert np.bincount(split_of(np.full(100, 1.0), (0.998, 0.001, 0.001))[0]).tolist() == [98, 1, 1]


def test_wide_ranges_keep_their_cold_temperatures() -> None:
    """Breaks when a tolerance that suits the hottest or the median temperature merges the coldest ones."""
    for grid in (np.geomspace(1e-6, 1e6, 481), np.append(np.linspace(1e-7, 4e-7, 4), np.linspace(1e5, 1e6, 50))):
        rounded = np.concatenate([grid, grid.astype(np.float32)])
        np.testing.assert_array_equal(find_levels(rounded), np.tile(np.arange(len(grid)), 2))


@pytest.mark.parametrize("rows", [1, 3])
def test_whole_cycles_go_to_a_split(rows: int) -> None:
    """Breaks when a cooling cycle is cut where it need not be: ten cycles are six, two and two, with two cuts."""
    split, how = split_of(np.tile(np.repeat(FALLING, rows), 10))
    np.testing.assert_array_equal(
        split.reshape(10, -1), np.repeat([0] * 6 + [1] * 2 + [2] * 2, 40 * rows).reshape(10, -1)
    )
    assert "6 + 2 + 2 whole cycles through 40 temperatures" in how


def zigzag(periods: int) -> np.ndarray:
    return np.tile(np.concatenate([np.arange(1, 6), np.arange(4, 1, -1)]), periods).astype(float)


@pytest.mark.filterwarnings("ignore:the temperatures stand in random order")
@pytest.mark.parametrize(
    "temperature",
    [
        zigzag(12),
        zigzag(12)[3:],
        np.tile(FALLING, 12)[7:-9],
        np.random.default_rng(1).choice(FALLING[:6], 400),
        np.tile(np.repeat(FALLING, 20), 3),
        np.concatenate([np.full(50, 1.0), np.full(7, 2.0), np.full(4, 1.5)]),
        np.full(30, 1.2),
    ],
)
def test_every_split_holds_every_temperature(temperature: np.ndarray) -> None:
    """Breaks for up and down, begun cycles, random order, few long cycles, uneven runs, or a single temperature.

    Shares are to a tenth; a cycle of zigzag lasts 1/12, a run of four gives 2, 1, 1. At most two cuts a run are made.
    """
    split, _ = split_of(temperature)
    for k in range(3):
        assert set(temperature[split == k]) == set(temperature)
    assert np.abs(np.bincount(split) / len(split) - SHARES).max() <= 0.1
    runs = 1 + np.count_nonzero(np.diff(temperature))
    assert np.count_nonzero(np.diff(split)) < 3 * runs


@pytest.mark.parametrize(
    ("temperature", "words"),
    [
        (FALLING, "1 snapshot at T = 4 in a row, from row 0"),
        (np.tile(FALLING, 2), "1 snapshot"),
        (np.repeat(FALLING, [10] * 39 + [2]), "2 snapshots at T = 0.1 in a row, from row 390"),
        (np.random.default_rng(2).uniform(0, 4, 500), "1 snapshot"),
    ],
)
def test_what_cannot_be_cut_is_refused(temperature: np.ndarray, words: str) -> None:
    """Breaks when splits of different temperatures are made without a word: one cooling, two, a short run, no order."""
    with pytest.raises(InputError, match=words) as caught:
        split_of(temperature)
    assert "--independent" in str(caught.value)


@pytest.mark.parametrize("seed", range(5))
def test_shuffled_rows_are_named(seed: int) -> None:
    """Breaks when the order of a shuffled file is called the order of time, and --independent is not hinted at."""
    rng = np.random.default_rng(seed)
    for temperature in (np.tile(FALLING[:9], 30), np.repeat(FALLING[::2], 60), np.repeat([1.0, 2.0], 20)):
        with pytest.warns(ReadingWarning, match=r"in random order.*--independent"):
            how = split_of(rng.permutation(temperature))[1]
        assert "order of time" not in how


@pytest.mark.parametrize(
    "temperature",
    [
        np.tile(FALLING, 3),
        np.tile([1.0, 2.0], 6),
        zigzag(12)[3:],
        np.concatenate([np.random.default_rng(k).permutation(FALLING[:8]) for k in range(20)]),
        np.tile(np.random.default_rng(3).permutation(FALLING), 5),
        np.tile(np.repeat(FALLING, 2), 4),
    ],
)
def test_ordered_rows_raise_no_doubt(temperature: np.ndarray) -> None:
    """Breaks when few cycles, up and down, or cycles with an order of their own each are taken for shuffled rows."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "whole cycles" in split_of(temperature)[1]


def import_falling(folder: Path, grid: np.ndarray, size: int, rows: int) -> tuple[Path, Path]:
    """A file with `rows` snapshots at each of the temperatures, imported as it is and as independent."""
    temperature = np.repeat(grid, rows)
    batch = sample(get_system("ising-periodic", size), temperature, seed=1)
    np.savez(folder / "falling.npz", spins=batch.spins, temperature=temperature)
    recipe = parse_recipe({"system": {"name": "ising-periodic", "size": size}})
    return (
        import_dataset(folder / "falling.npz", recipe, folder / "runs"),
        import_dataset(folder / "falling.npz", recipe, folder / "random", independent=True),
    )


def test_an_import_in_falling_order_holds_every_temperature(tmp_path: Path) -> None:
    """Breaks when train, validation and test get different temperatures, or rows are not in the order of time."""
    data, _ = import_falling(tmp_path, FALLING, 8, 10)
    for split in SPLITS:
        found = read_split(data, split)
        np.testing.assert_array_equal(np.unique(found.temperature), FALLING[::-1])
        assert (np.diff(found.temperature) <= 0).all()
        assert not found.chain.any(), "one file, one chain"


def threshold_score(data: Path) -> float:
    """Macro F1 on the test of the best thresholds of the energy in the training images."""
    label, energies = read_columns(data, "label", "energy")
    recipe = read_recipe(data)
    ends = np.cumsum([sum(getattr(recipe.counts, split)) for split in SPLITS])
    cuts = learn_thresholds(energies[: ends[0]], label[: ends[0]])
    return score(label[ends[1] :], np.digitize(energies[ends[1] :], cuts), 4).macro_f1


@pytest.mark.slow
def test_energy_thresholds_score_as_in_independent_data(tmp_path: Path) -> None:
    """Breaks when thresholds learn from other temperatures than they are tested on: 0.39 instead of 0.92.

    28 x 28, ten temperatures a class, so that a test has 800 images of each. An F1 of 0.92 has a standard deviation of
    about sqrt(0.92 * 0.08 / 800) = 0.0096 there, their mean over four classes 0.0048, and the difference of two tests
    0.0068: 0.02 are three of them.
    """
    edges = [(0.1, 1.0), (1.1, 2.1), (2.125, 2.315), (2.35, 4.0)]
    rising = np.concatenate([np.linspace(low, high, 10) for low, high in edges])
    runs, independent = import_falling(tmp_path, rising[::-1], 28, 400)
    assert abs(threshold_score(runs) - threshold_score(independent)) < 0.02
