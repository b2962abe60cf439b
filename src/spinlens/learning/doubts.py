"""Reasons to doubt a prediction: what the spins themselves say about their energy, order and temperature.

Energy and order of a snapshot are known exactly, and its spins allow an interval of temperatures only
(`local_temperatures`). A prediction is doubted where it contradicts them, or where the snapshot is none of those that
the network was trained on. Each test is wrong about a snapshot at equilibrium with a probability of RISK at most,
those of the network's own numbers as far as its stated uncertainty holds.

Not every mistake can be seen in one snapshot: those of a periodic ferromagnet are possible in an anti-periodic one.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinlens.errors import InputError
from spinlens.learning.provenance import recorded_variable
from spinlens.physics.local_temperatures import allowed_temperatures
from spinlens.physics.order import magnetization, order_parameter
from spinlens.physics.states import are_same, spin_type
from spinlens.physics.systems import System, energy

if TYPE_CHECKING:
    from spinlens.learning.classifier import Classifier, Prediction

RISK = 1e-6  # of each test, a snapshot
DEVIATIONS = float(np.log(2 / RISK - 1) * np.sqrt(3) / np.pi)  # 8.0: |x| of a logistic is beyond with P = RISK

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Doubt:
    """Why the prediction of a snapshot (its index) is to be doubted: kind, one word, and reason, one line."""

    snapshot: int
    kind: str
    reason: str


def measure_spins(system: System, spins: ArrayLike) -> dict[str, Array]:
    """Exactly known numbers of snapshots (count, m, n), each (count,) and per site.

    energy_per_site; magnetization: the mean spin, with its sign; order_parameter: |m|, staggered where J < 0.
    """
    return {
        "energy_per_site": energy(system, spins) / system.lattice.sites,
        "magnetization": magnetization(system, spins),
        "order_parameter": order_parameter(system, spins),
    }


def find_doubts(classifier: "Classifier", spins: ArrayLike, prediction: "Prediction") -> list[Doubt]:
    """All reasons to doubt what a classifier predicts for spins (count, m, n) or (m, n), by kind, then by snapshot.

    pinned: pinned spins have other values. range: the spins allow no temperature, or none that the network was trained
    on. temperature: they allow none near the predicted one. class: they allow none of the predicted class. energy,
    order: the prediction is more than 8 of its standard deviations from the known value. Where classes are of another
    variable than the temperature only pinned spins are looked at. Raises InputError as `energy`,
    and where the prediction is for another number of snapshots.
    """
    system, config = classifier.system, classifier.model.config
    measured = measure_spins(system, np.asarray(spins) if np.ndim(spins) == 3 else np.asarray(spins)[None])
    count = len(measured["magnetization"])
    if count != len(prediction.label):
        raise InputError("spins (count)", count, f"{len(prediction.label)}, as in the prediction")
    spins = np.asarray(spins, spin_type(system.model.space)).reshape(-1, *system.lattice.shape)
    if recorded_variable(config):  # at another value of which the spins allow other temperatures
        return _pinned(system, spins)
    allowed = allowed_temperatures(system, spins, RISK)
    found = _pinned(system, spins)
    found += _outside_training(system, measured["energy_per_site"], allowed, trained_temperatures(config))
    if prediction.state:
        found += _predicted_temperature(*prediction.state["temperature"], allowed)
        energies, name = measured["energy_per_site"], "energy per site"
        found += _predicted("energy", name, *prediction.state["energy_per_site"], energies)
        name = "staggered |m|" if system.staggered else "|m|"
        found += _predicted("order", name, *prediction.state["order_parameter"], measured["order_parameter"])
    if edges := class_edges(config):
        found += _predicted_class(prediction, edges, allowed)
    return found


def trained_temperatures(config: Any) -> tuple[float, float] | None:
    """The lowest and the highest temperature of a network's training, pre-training included; None if not recorded."""
    kept = getattr(config, "spinlens", {})
    ends = [*(kept.get("class_edges") or ()), *(kept.get("pretraining") or {}).get("temperatures", ())]
    return (min(ends), max(ends)) if ends else None


def class_edges(config: Any) -> list[float]:
    """The inner edges of a network's classes in temperature; none if not recorded."""
    recorded = getattr(config, "spinlens", {}).get("class_edges")
    return list(recorded[1:-1] if recorded else getattr(config, "class_edges", None) or ())


def _pinned(system: System, spins: NDArray[Any]) -> list[Doubt]:
    held = system.held
    wrong = (~are_same(system.model.space, spins[:, held], system.pinned[held])).sum(1)
    text = f"of the {held.sum()} pinned spins of {system.name} have another value"
    return [Doubt(int(k), "pinned", f"{wrong[k]} {text}") for k in np.flatnonzero(wrong)]


def _outside_training(
    system: System, energies: Array, allowed: Array, trained: tuple[float, float] | None
) -> list[Doubt]:
    low, high = trained or (0.0, np.inf)
    nowhere, colder, hotter = np.isnan(allowed[:, 0]), allowed[:, 1] < low, allowed[:, 0] > high
    found = []
    for k in np.flatnonzero(nowhere | colder | hotter):
        reason = f"spins with an energy per site of {energies[k]:+.4f} "
        if nowhere[k]:
            reason += f"like these occur at no temperature of {system.name}: another system, or not at equilibrium"
        else:
            side = f"above {allowed[k, 0]:.3g}" if hotter[k] else f"below {allowed[k, 1]:.3g}"
            reason += f"like these occur at T {side}; the network was trained on T from {low:g} to {high:g}"
        found.append(Doubt(int(k), "range", reason))
    return found


def _predicted_temperature(value: Array, deviation: Array, allowed: Array) -> list[Doubt]:
    distance = np.maximum(allowed[:, 0] - value, value - allowed[:, 1])  # NaN where nothing is allowed
    return [
        Doubt(
            int(k),
            "temperature",
            f"predicted T = {value[k]:.3g} ± {deviation[k]:.1g}, but the spins allow {_interval(*allowed[k])} only",
        )
        for k in np.flatnonzero(distance > DEVIATIONS * deviation)
    ]


def _predicted_class(prediction: "Prediction", edges: list[float], allowed: Array) -> list[Doubt]:
    ends = np.array([0.0, *edges, np.inf])  # beyond the range of the training the nearest class is no mistake
    low, high = ends[prediction.label], ends[prediction.label + 1]
    return [
        Doubt(
            int(k),
            "class",
            f"predicted class {prediction.names[prediction.label[k]]}, {_interval(low[k], high[k])}, but the spins "
            f"allow {_interval(*allowed[k])} only",
        )
        for k in np.flatnonzero((allowed[:, 0] > high) | (allowed[:, 1] < low))
    ]


def _predicted(kind: str, name: str, value: Array, deviation: Array, known: Array) -> list[Doubt]:
    return [
        Doubt(
            int(k), kind, f"predicted {name} {value[k]:+.4f} ± {deviation[k]:.4f}, but the spins have {known[k]:+.4f}"
        )
        for k in np.flatnonzero(abs(value - known) > DEVIATIONS * deviation)
    ]


def _interval(low: float, high: float) -> str:
    return f"T from {low:.3g} to {high:.3g}"
