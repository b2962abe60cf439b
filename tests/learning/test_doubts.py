"""Predictions are questioned: spins of another system or temperature are named, good ones are left in peace."""

import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from spinlens import get_system, load_classifier, sample
from spinlens.errors import InputError
from spinlens.learning.doubts import (
    DEVIATIONS,
    RISK,
    Doubt,
    class_edges,
    find_doubts,
    measure_spins,
    trained_temperatures,
)
from spinlens.physics.systems import energy

PAPER = ("ising-periodic", "ising-antiferro", "ising-skewed", "ising-antiperiodic")
NAMES = ("FSbCR", "SbCR", "CR", "SpCR")


def doubts(name: str, spins: np.ndarray, model: str = "spin-vit") -> list[Doubt]:
    """Of shipped weights that read the spins as those of the named system."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        classifier = load_classifier(model, get_system(name, spins.shape[1:]))
    return find_doubts(classifier, spins, classifier.predict(spins))


def snapshots_of(found: list[Doubt], kind: str) -> set[int]:
    return {doubt.snapshot for doubt in found if doubt.kind == kind}


@pytest.mark.parametrize("name", PAPER)
def test_snapshots_at_equilibrium_are_not_doubted(name: str) -> None:
    """Breaks with a false alarm on 60 fresh snapshots of a system and size that the weights were trained on."""
    temperatures = np.linspace(0, 4, 60)
    assert doubts(name, sample(get_system(name, 50), temperatures, seed=31).spins) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", PAPER)
def test_fewer_than_one_false_alarm_in_a_thousand(name: str) -> None:
    """Breaks when more than one of 1000 fresh snapshots at 100 x 100 is doubted."""
    spins = sample(get_system(name, 100), np.random.default_rng(5).uniform(0, 4, 1000), seed=32).spins
    assert len({doubt.snapshot for doubt in doubts(name, spins)}) <= 1


def test_a_ferromagnet_read_as_an_antiferromagnet_is_doubted() -> None:
    """Breaks when the wrong sign of J passes without a word at any temperature, or its energy is not named."""
    spins = sample(get_system("ising-periodic", 50), np.linspace(0.5, 4, 15), seed=2).spins
    found = doubts("ising-antiferro", spins)
    assert snapshots_of(found, "range") == set(range(15))
    assert len(snapshots_of(found, "energy")) == 15
    reason = next(doubt.reason for doubt in found if doubt.kind == "range")
    assert f"{energy(get_system('ising-antiferro', 50), spins[0]) / 2500:+.4f}" in reason
    assert "at no temperature of ising-antiferro" in reason


@pytest.mark.parametrize("name", PAPER)
def test_infinite_temperature_is_doubted(name: str) -> None:
    """Breaks when random spins get a temperature of the training without a word."""
    spins = sample(get_system(name, 100), [np.inf] * 8, seed=3).spins
    found = doubts(name, spins)
    assert snapshots_of(found, "range") == snapshots_of(found, "temperature") == set(range(8))
    assert "the network was trained on T from 0 to 4.4" in found[0].reason


def test_pinned_spins_with_other_values_are_counted() -> None:
    """Breaks when spins of another boundary are read as pinned ones without a word, or miscounted."""
    spins = sample(get_system("ising-skewed", 50), [1.5, 2.5, 3.5], seed=4).spins
    spins[1, 0, :3] *= -1
    spins[2, -1, 7] *= -1
    found = [doubt for doubt in doubts("ising-skewed", spins) if doubt.kind == "pinned"]
    assert [doubt.snapshot for doubt in found] == [1, 2]
    assert found[0].reason == "3 of the 100 pinned spins of ising-skewed have another value"


def stub(label: int, state: dict[str, Any], config: dict[str, Any], name: str = "ising-periodic") -> list[Doubt]:
    """The doubts about a made-up prediction for one snapshot at T = 2.5, 100 x 100."""
    system = get_system(name, 100)
    spins = sample(system, [2.5], seed=6).spins
    classifier = SimpleNamespace(system=system, model=SimpleNamespace(config=SimpleNamespace(**config)))
    prediction = SimpleNamespace(label=np.array([label]), names=NAMES, state=state)
    return find_doubts(classifier, spins, prediction)  # type: ignore[arg-type]


def test_a_class_that_the_spins_rule_out_is_doubted() -> None:
    """Breaks when networks that predict classes only are not questioned, or a neighbouring class is doubted: at T = 2.5
    the spins rule out FSbCR (T below 1.055) and SbCR (below 2.119) but not CR (below 2.320)."""
    edges = {"spinlens": {"class_edges": [0.0, 1.055, 2.119, 2.320, 4.0]}}
    assert [[doubt.kind for doubt in stub(label, {}, edges)] for label in range(4)] == [["class"], ["class"], [], []]
    assert "predicted class FSbCR, T from 0 to 1.05, but the spins allow" in stub(0, {}, edges)[0].reason
    assert stub(0, {}, {}) == [], "nothing is known of the classes"


def test_the_range_of_training_is_compared_on_both_sides() -> None:
    """Breaks when spins hotter or colder than a network's training are not named."""
    for edges, side in (([3.5, 3.8, 5.0], "below"), ([0.0, 1.0, 1.9], "above")):
        ranges = [d.reason for d in stub(1, {}, {"spinlens": {"class_edges": edges}}) if d.kind == "range"]
        assert len(ranges) == 1
        assert f"at T {side} 2." in ranges[0]


def test_predictions_beyond_eight_deviations_are_doubted() -> None:
    """Breaks when the threshold is not the one where a logistic variable with that standard deviation is beyond with
    the probability RISK, or when a side or a variable is left out."""
    assert 2 / (1 + np.exp(DEVIATIONS * np.pi / np.sqrt(3))) == pytest.approx(RISK)
    system = get_system("ising-antiferro", 100)
    known = measure_spins(system, sample(system, [2.5], seed=6).spins)
    deviation = np.array([0.01])
    for sign in (-1, 1):
        for factor, expected in ((0.99, []), (1.01, ["energy", "order"])):
            shift = sign * factor * DEVIATIONS * deviation
            state = {
                "temperature": (np.array([2.5]), deviation),
                "energy_per_site": (known["energy_per_site"] + shift, deviation),
            }
            state["order_parameter"] = known["order_parameter"] + shift, deviation
            assert [doubt.kind for doubt in stub(3, state, {}, "ising-antiferro")] == expected
        state["temperature"] = np.array([2.5 + sign]), deviation  # 100 deviations, far outside what spins allow
        assert stub(3, state, {}, "ising-antiferro")[0].kind == "temperature"


def test_measured_numbers_are_per_site() -> None:
    """Breaks when a total is reported, a sign is lost or the order is not the staggered one: by hand, 4 x 4."""
    system = get_system("ising-antiferro", 4)
    board = system.ground_pattern
    flipped = board.copy()
    flipped[0, 0] *= -1
    known = measure_spins(system, np.stack([board, flipped, np.full((4, 4), -1, np.int8)]))
    np.testing.assert_allclose(known["energy_per_site"], [-2, -2 + 8 / 16, 2])
    np.testing.assert_allclose(known["magnetization"], [0, -2 * board[0, 0] / 16, -1])
    np.testing.assert_allclose(known["order_parameter"], [1, 14 / 16, 0])


def test_snapshots_and_predictions_must_belong_together(finished_run) -> None:
    """Breaks when a single snapshot, or floats, which `predict` takes, are refused, or another number is not."""
    classifier = finished_run[1]
    spins = sample(classifier.system, [2.0, 3.0], seed=1).spins
    one = classifier.predict(spins[0])
    assert find_doubts(classifier, spins[0].astype(float), one) == find_doubts(classifier, spins[:1], one)
    for bad in (spins, spins[0, :4]):
        with pytest.raises(InputError, match="spins"):
            find_doubts(classifier, bad, one)


def test_runs_record_the_temperatures_of_their_classes(finished_run) -> None:
    """Breaks when a run does not say which temperatures it was trained on."""
    config = load_classifier(finished_run[0]).model.config
    assert trained_temperatures(config) == (0.0, 4.0)
    assert class_edges(config) == [1.055, 2.119, 2.320]
