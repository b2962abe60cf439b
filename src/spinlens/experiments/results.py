"""What trials and curves come to: the content of results.json."""

from typing import Any

from spinlens.experiments.profiles import Profile
from spinlens.metrics.ceiling import Ceiling
from spinlens.report.table import spread


def summarise(
    profile: Profile, size: int, ceilings: dict[str, Ceiling], trials: dict[str, list[dict[str, Any]]]
) -> dict[str, Any]:
    """The content of results.json. size: side of the lattice.

    Every measure of a row is a list over trials with fresh data sets; mean and std are the `spread` of macro_f1.
    """
    systems = {}
    for system, done in trials.items():
        bound = ceilings[system]
        rows = {}
        for name, first in done[0]["rows"].items():
            numbers = [key for key, value in first.items() if isinstance(value, float)]
            rows[name] = {"tier": first["tier"]} | {key: [t["rows"][name][key] for t in done] for key in numbers}
            rows[name] |= spread(rows[name]["macro_f1"])
        systems[system] = {
            "ceiling": {
                "macro_f1": bound.macro_f1,
                "error": bound.error,
                "accuracy": bound.accuracy,
                "information": bound.information,
                "method": bound.method,
            }
            | ({"upper_bound": True} if bound.is_bound else {}),
            "rows": rows,
            "equilibrium": [trial["equilibrium"] for trial in done],
            "seconds": [trial["seconds"] for trial in done],
        }
    about = {
        "profile": profile.name,
        "size": size,
        "trials": profile.trials,
        "fresh": profile.fresh,
        "note": profile.note,
    }
    return about | {"systems": systems}
