"""Sample efficiency: macro F1 against the number of labels, of networks and of energy thresholds, below the ceiling."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from spinlens.data.files import write_text, write_whole
from spinlens.experiments.ceiling import ceiling
from spinlens.experiments.curve_plan import Curve, budget, check_curve
from spinlens.experiments.curve_points import Trial
from spinlens.experiments.curve_results import Key, summarise
from spinlens.experiments.jobs import Note, run_jobs
from spinlens.learning.networks.make import make_model
from spinlens.metrics.ceiling import Ceiling
from spinlens.report.curve_figure import curve_figure
from spinlens.report.curve_table import markdown

Progress = Callable[[str, str, float], None]  # (piece of work, what it does, share done)


def measure_curve(curve: Curve, out: Path, workers: int = 1, progress: Progress | None = None) -> dict[str, Any]:
    """Write results.json, curve.md and curve.png into the folder `out`; returns the results.

    They are a function of the curve alone. Finished points found in `out` are kept, so an interrupted run resumes, and
    another one may ask for other networks, more trials or other numbers of labels below the largest. Raises InputError
    before anything is simulated where a name, a number or a checkpoint cannot be used.
    """
    check_curve(curve, out, workers)
    for _, recipe in curve.networks.values():  # what is out of reach is known now, not after the simulation
        make_model(recipe.model, curve.data(0))
    out.mkdir(parents=True, exist_ok=True)
    news = progress or (lambda *_: None)
    trials = [Trial(curve, out, number) for number in range(curve.trials)]
    bound, thresholds = _prepare(curve, trials, workers, news)
    points = _train(curve, trials, workers, news)
    results = summarise(curve, bound, thresholds, points)
    write_text(out / "results.json", json.dumps(results, indent=2) + "\n")
    write_text(out / "curve.md", markdown(results))
    write_whole(out / "curve.png", lambda path: curve_figure(results).savefig(path, dpi=130, format="png"))
    return results


def _prepare(curve: Curve, trials: list[Trial], workers: int, news: Progress) -> tuple[Ceiling, list[dict[str, Any]]]:
    """The ceiling, and the data set of every trial with the scores of energy thresholds."""
    kept = {trial.number: trial.kept_thresholds().read() for trial in trials}
    jobs: dict[str, Callable[[Note], Any]] = {"ceiling": partial(_ceiling, curve)}
    jobs |= {f"trial {trial.number + 1} data": trial.prepare for trial in trials if kept[trial.number] is None}
    done = run_jobs(jobs, workers, news)
    return done["ceiling"], [kept[t.number] or done[f"trial {t.number + 1} data"] for t in trials]


def _ceiling(curve: Curve, note: Note) -> Ceiling:
    note("energies", 0.0)
    return ceiling(curve.recipe.system.system(), curve.recipe.model_copy(update={"counts": curve.data(0).counts}))


def _train(curve: Curve, trials: list[Trial], workers: int, news: Progress) -> dict[Key, dict[str, Any]]:
    """Every point, the longest first so that no process waits long at the end; news of points as news of rows."""
    keys = [(trial.number, name, labels) for trial in trials for name in curve.networks for labels in curve.labels]
    keys.sort(key=lambda key: -key[2] * budget(curve.networks[key[1]][1], key[2]))
    kept = {key: trials[key[0]].kept_point(*key[1:]).read() for key in keys}
    shares = {key: float(kept[key] is not None) for key in keys}

    def progress(key: Key, what: str, share: float) -> None:
        shares[key] = share
        row = [shares[(*key[:2], labels)] for labels in curve.labels]
        news(f"trial {key[0] + 1} {key[1]}", what, sum(row) / len(row))

    jobs = {key: partial(trials[key[0]].point, *key[1:]) for key in keys if kept[key] is None}
    done = run_jobs(jobs, workers, progress)
    return {key: kept[key] or done[key] for key in keys}
