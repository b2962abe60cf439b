"""What a sample efficiency curve comes to: the content of its results.json."""

from typing import Any

from spinlens.experiments.curve_plan import Curve, budget
from spinlens.metrics.ceiling import Ceiling
from spinlens.report.names import THRESHOLDS
from spinlens.report.table import spread

Key = tuple[int, str, int]  # trial, network, number of labels


def summarise(
    curve: Curve, bound: Ceiling, thresholds: list[dict[str, Any]], points: dict[Key, dict[str, Any]]
) -> dict[str, Any]:
    """The content of results.json. A std is the sample standard deviation over trials, None for a single one."""
    rows: dict[str, dict[str, Any]] = {}
    system = curve.recipe.system.system()
    for name, (tier, recipe) in curve.networks.items():
        cells = [_cell(n, [points[t, name, n]["macro_f1"] for t in range(curve.trials)]) for n in curve.labels]
        epochs = [budget(recipe, n) for n in curve.labels]
        rows[name] = {"tier": tier, "recipe": recipe.model_dump(), "epochs": epochs, "points": cells}
    learnt = [_cell(n, [trial["scores"][str(n)]["macro_f1"] for trial in thresholds]) for n in curve.labels]
    rows[THRESHOLDS] = {"tier": "A", "points": learnt}
    return {
        "system": system.name,
        "size": list(system.lattice.shape),
        "labels": list(curve.labels),
        "trials": curve.trials,
        "images": {split: sum(counts) for split, counts in curve.data(0).counts.model_dump().items()},
        "ceiling": {"macro_f1": bound.macro_f1, "error": bound.error, "method": bound.method},
        "rows": rows,
        "equilibrium": [trial["equilibrium"] for trial in thresholds],
    }


def _cell(labels: int, f1: list[float]) -> dict[str, Any]:
    return {"labels": labels, "macro_f1": f1} | spread(f1)
