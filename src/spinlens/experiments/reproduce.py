"""The whole experiment: trials side by side, then the table, the figures and the page."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from spinlens.data.files import write_text
from spinlens.data.recipe import Recipe, SystemRecipe
from spinlens.experiments.ceiling import ceiling
from spinlens.experiments.jobs import Note, run_jobs
from spinlens.experiments.profiles import Profile, check_profile
from spinlens.experiments.results import summarise
from spinlens.experiments.trials import run_trial
from spinlens.learning.classifier import load_classifier
from spinlens.learning.networks.make import make_model
from spinlens.learning.networks.registry import NETWORKS
from spinlens.learning.shipped import SHIPPED
from spinlens.metrics.ceiling import Ceiling
from spinlens.physics.catalogue import get_system
from spinlens.physics.models.transverse_ising import is_quantum
from spinlens.report import figures, score_figures, table
from spinlens.report.names import display
from spinlens.report.page import page
from spinlens.report.paper import PANELS, SYSTEMS
from spinlens.report.table import has_paper

Progress = Callable[[str, str, float], None]  # (trial, what it does, share done)


def reproduce(
    profile: Profile,
    runs: Path,
    workers: int = 1,
    size: int = 100,
    systems: tuple[str, ...] = SYSTEMS,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Write results.json, table2.md, report.html and figures/ into `runs`; returns the results.

    Finished trials found in `runs` are kept, so an interrupted run resumes. progress is called as trials advance.
    """
    check_profile(profile, runs, workers, size, systems)
    for name in systems:
        for model in {recipe.model for _, recipe in profile.networks.values()} - set(NETWORKS) - set(SHIPPED):
            make_model(model, Recipe(system=SystemRecipe(name=name, size=size)))  # out of reach? known before all else
    runs.mkdir(parents=True, exist_ok=True)
    trials = _run_all(profile, runs, workers, size, systems, progress or (lambda *_: None))
    ceilings = {name: ceiling(get_system(name, size)) for name in systems}
    results = summarise(profile, size, ceilings, trials)
    write_text(runs / "results.json", json.dumps(results, indent=2) + "\n")
    write_text(runs / "table2.md", table.markdown(results))
    if progress:
        progress("figures", "drawing", 0.0)
    pictures = _draw(profile, runs, size, results, trials, ceilings)
    write_text(runs / "report.html", page(results, pictures))
    if progress:
        progress("figures", "done", 1.0)
    return results


def _run_all(
    profile: Profile, runs: Path, workers: int, size: int, systems: tuple[str, ...], progress: Progress
) -> dict[str, list[dict[str, Any]]]:
    """Every trial of every system, after the ceilings, which they all need."""

    def told(key: str | tuple[str, int], what: str, share: float) -> None:
        name = f"ceiling {key}" if isinstance(key, str) else f"{key[0]} trial {key[1] + 1}"
        progress(name, what, share)

    run_jobs({name: partial(_ceiling, name, size) for name in systems}, workers, told)
    jobs = {
        (system, trial): partial(run_trial, profile, system, size, trial, runs)
        for trial in range(profile.trials)
        for system in systems
    }
    done = run_jobs(jobs, workers, told)
    return {system: [done[system, trial] for trial in range(profile.trials)] for system in systems}


def _ceiling(name: str, size: int, note: Note) -> Ceiling:
    note("exact energies", 0.0)
    return ceiling(get_system(name, size))


def _draw(
    profile: Profile,
    runs: Path,
    size: int,
    results: dict[str, Any],
    trials: dict[str, list[dict[str, Any]]],
    ceilings: dict[str, Ceiling],
) -> list[tuple[Path, str]]:
    """All figures as (file, caption), in the order of the page."""
    first, network = get_system(next(iter(trials)), size), next(iter(profile.networks))
    scratch = next((name for name, (tier, _) in profile.networks.items() if tier == "A"), network)
    about = f"profile {profile.name}, {size} x {size}"
    drawn = [
        ("scores", score_figures.scores(results), "Macro F1 of every row; black lines: the exact Bayes classifier."),
        (
            "confusion",
            score_figures.confusions(trials, ceilings, network, about),
            "Confusion over all trials, the exact Bayes classifier below.",
        ),
        (
            "training",
            score_figures.training_curves(trials, scratch, about),
            f"{display(scratch)}: training (dashed) and validation loss, a colour a trial.",
        ),
        (
            "calibration",
            score_figures.calibration(trials, list(profile.networks), about),
            "A network's probability of a class against the exact posterior of that class: all test images.",
        ),
        ("classes", figures.class_states(first, 0), "One micro-state a class, energies and magnetization a site."),
    ]
    if not is_quantum(first.model):  # its clusters forget a start within some sweeps
        caption = (
            "|m| by sweeps, mean over 64 replicas. Random starts below T_c freeze in stripes, long past the paper's "
            "wait: the reason for data at proven equilibrium."
        )
        drawn.append(("relaxation", figures.relaxation_curves(first, 0), caption))
    if has_paper(results):
        caption = "Ground states and disorder for both signs of J; dark: spin up, yellow: spin down."
        drawn.insert(4, ("ground-states", figures.ground_states(size, 0), caption))
    for name in PANELS if has_paper(results) else trials:
        picture = figures.micro_states(get_system(name, size), 0)
        drawn.append((f"states-{name}", picture, f"Micro-states of {name}."))
    for name in (name for name in trials if name not in SYSTEMS):
        picture = figures.class_energies(get_system(name, size), ceilings[name])
        text = f"{'Kinks' if ceilings[name].is_bound else 'Energies'} of {name} by class, at equilibrium."
        text += " Two peaks in one class: two phases, a transition of first order." * (not ceilings[name].is_bound)
        drawn.append((f"energies-{name}", picture, text))
    if "vit" in network:
        for system in trials:
            own = network if network in trials[system][0]["rows"] else scratch
            picture = figures.attention_maps(load_classifier(runs / "models" / f"{system}-0-{own}"), 0)
            shown = display(own)
            text = f"Attention rollout of {shown}, {system}, one micro-state a class: a first look, without controls."
            drawn.append((f"attention-{system}", picture, text))
    return [(figures.save(figure, runs / "figures" / f"{name}.png"), caption) for name, figure, caption in drawn]
