"""Sample efficiency: macro F1 against the number of labels, of networks and of energy thresholds, below the ceiling."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from spinlens.data.files import write_text, write_whole
from spinlens.data.read import Snapshots
from spinlens.data.recipe import MAX_IMAGES
from spinlens.errors import InputError
from spinlens.learning.backbones import make_model
from spinlens.learning.catalogue import CONFIGURED
from spinlens.learning.ceiling import Ceiling, ceiling
from spinlens.learning.presets import TrainingRecipe, preset_for, preset_recipe
from spinlens.learning.training import first
from spinlens.physics.systems import System
from spinlens.report.curve_figure import curve_figure
from spinlens.report.curve_points import Curve, Trial, budget
from spinlens.report.curve_table import GIVEN, Key, markdown, summarise
from spinlens.report.jobs import Note, check_workers, run_jobs
from spinlens.report.profiles import PROFILES, row_for

MODELS = ("spin-vit", "spin-vit-scratch", "resnet-small")
MAX_EPOCHS = 5000  # few labels take up to 20 times as many
Progress = Callable[[str, str, float], None]  # (piece of work, what it does, share done)


def network(model: str, system: System, epochs: int | None = None) -> tuple[str, TrainingRecipe]:
    """(tier, recipe for 600 labels) of a model: the recipe of the profile that trains it, or the defaults.

    Raises InputError for an impossible number of epochs.
    """
    if epochs is not None and not 1 <= epochs <= MAX_EPOCHS:
        raise InputError("epochs", epochs, f"an integer from 1 to {MAX_EPOCHS}")
    rows = [row for profile in PROFILES.values() for row in profile.networks.values()]
    known = {recipe.model: (tier, recipe) for tier, recipe in rows if recipe.epochs}
    default = preset_recipe(preset_for(model, system), model)
    tier, recipe = row_for(*known.get(model, ("A" if model in CONFIGURED else GIVEN, default)), system)
    return tier, recipe.model_copy(update={} if epochs is None else {"epochs": epochs})


def measure_curve(curve: Curve, out: Path, workers: int = 1, progress: Progress | None = None) -> dict[str, Any]:
    """Write results.json, curve.md and curve.png into the folder `out`; returns the results.

    They are a function of the curve alone. Finished points found in `out` are kept, so an interrupted run resumes, and
    another one may ask for other networks, more trials or other numbers of labels below the largest. Raises InputError
    before anything is simulated where a name, a number or a checkpoint cannot be used.
    """
    _check(curve, out)
    check_workers(workers)
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


def _check(curve: Curve, out: Path) -> None:
    classes, system = curve.recipe.classes.names, curve.recipe.system.system()
    if curve.recipe.protocol != "equilibrium":
        raise InputError("protocol", curve.recipe.protocol, "equilibrium", "out of equilibrium no ceiling is known")
    for count in curve.labels or (0,):
        if not len(classes) <= count <= MAX_IMAGES:
            expected = f"numbers from {len(classes)}, one image a class, to {MAX_IMAGES}"
            raise InputError("labels", count, expected)
    if list(curve.labels) != sorted(set(curve.labels)):
        raise InputError("labels", curve.labels, "ascending numbers without repetition")
    if not 1 <= curve.trials <= 1000:
        raise InputError("trials", curve.trials, "a number from 1 to 1000")
    if not curve.networks:
        raise InputError("model", "", "at least one network")
    data = curve.data(0)
    label = np.repeat(np.arange(len(classes)), data.counts.train)
    number, nothing = label.astype(np.float64), np.empty((len(label), 0, 0), np.int8)
    for count in curve.labels:  # as in training: too few for one of the classes, perhaps
        first(Snapshots(system, nothing, label, number, number, label), count)
    for _, recipe in curve.networks.values():  # what is out of reach is known now, not after the simulation
        make_model(recipe.model, data)
    if out.exists() and not out.is_dir():
        raise InputError("out", str(out), "a folder, new or begun by the same command")


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
