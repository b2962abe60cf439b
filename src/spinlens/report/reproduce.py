"""The whole experiment: trials side by side, then the table, the figures and the page."""

import json
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from queue import Empty
from typing import Any

from spinlens.data.files import write_text
from spinlens.data.recipe import Recipe
from spinlens.errors import InputError
from spinlens.learning.backbones import CONFIGURED, make_model
from spinlens.learning.ceiling import Ceiling, ceiling
from spinlens.learning.classifier import load_classifier
from spinlens.physics.systems import get_system
from spinlens.report import figures
from spinlens.report.page import page
from spinlens.report.profiles import SYSTEMS, Profile
from spinlens.report.table import markdown, summarise
from spinlens.report.trials import run_trial

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

    Finished trials found in `runs` are kept, so an interrupted run goes on. progress is called as trials advance.
    """
    if isinstance(workers, bool) or not isinstance(workers, int) or not 1 <= workers <= 256:
        raise InputError("workers", workers, "a whole number from 1 to 256 is")
    for recipe in profile.networks.values():
        if recipe.model not in CONFIGURED:  # a checkpoint out of reach is known now, not after the simulation
            make_model(recipe.model, get_system(systems[0], size), Recipe().classes.names)
    runs.mkdir(parents=True, exist_ok=True)
    trials = _run_all(profile, runs, workers, size, systems, progress or (lambda *_: None))
    ceilings = {name: ceiling(get_system(name, size)) for name in systems}
    results = summarise(profile, ceilings, trials)
    write_text(runs / "results.json", json.dumps(results, indent=2) + "\n")
    write_text(runs / "table2.md", markdown(results))
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
    """Every trial of every system, in processes of their own."""
    jobs = [(system, trial) for trial in range(profile.trials) for system in systems]
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(workers, context, _start) as pool:
        queue = manager.Queue()
        for name in systems:
            progress(f"ceiling {name}", "exact energies", 0.0)
        bounds = {pool.submit(_ceiling, name, size): name for name in systems}
        for future in as_completed(bounds):
            future.result()
            progress(f"ceiling {bounds[future]}", "done", 1.0)
        futures = {
            pool.submit(_job, profile, system, size, trial, runs, queue): (system, trial) for system, trial in jobs
        }
        try:
            while any(not future.done() for future in futures):
                try:
                    progress(*queue.get(timeout=0.5))
                except Empty:
                    if any(future.done() and future.exception() for future in futures):
                        break
            while not queue.empty():
                progress(*queue.get())
            done = {futures[future]: future.result() for future in futures if future.done()}
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return {system: [done[system, trial] for trial in range(profile.trials)] for system in systems}


def _start() -> None:
    import torch

    torch.set_num_threads(1)  # sums in another order would make a result depend on the number of workers


def _ceiling(name: str, size: int) -> Ceiling:
    return ceiling(get_system(name, size))


def _job(profile: Profile, system: str, size: int, trial: int, runs: Path, queue: Any) -> dict[str, Any]:
    return run_trial(
        profile, system, size, trial, runs, lambda what, share: queue.put((f"{system} trial {trial + 1}", what, share))
    )


def _draw(
    profile: Profile,
    runs: Path,
    size: int,
    results: dict[str, Any],
    trials: dict[str, list[dict[str, Any]]],
    ceilings: dict[str, Ceiling],
) -> list[tuple[Path, str]]:
    """All figures as (file, caption), in the order of the page."""
    first, network = get_system("ising-periodic", size), next(iter(profile.networks))
    drawn = [
        ("scores", figures.scores(results), "Macro F1 of every row; black lines: the exact Bayes classifier."),
        (
            "confusion",
            figures.confusions(trials, ceilings, network),
            "Confusion over all trials, the exact Bayes classifier below.",
        ),
        (
            "training",
            figures.training_curves(trials, network),
            "Training (dashed) and validation loss, a colour a trial.",
        ),
        ("ground-states", figures.ground_states(size, 0), "Ground states and disorder for both signs of J."),
        ("classes", figures.class_states(first, 0), "One micro-state a class, energies and magnetization a site."),
        (
            "relaxation",
            figures.relaxation_curves(first, 0),
            "|m| by sweeps, mean over 64 replicas. Random starts below T_c freeze in stripes, long past the paper's "
            "wait: the reason for data at proven equilibrium.",
        ),
    ]
    for name in ("ising-antiferro", "ising-skewed", "ising-skewed-frame", "ising-antiperiodic"):
        picture = figures.micro_states(get_system(name, size), 0)
        drawn.append((f"states-{name}", picture, f"Micro-states of {name}."))
    if network == "vit":
        for system in trials:
            picture = figures.attention_maps(load_classifier(runs / "models" / f"{system}-0-{network}"), 0)
            text = f"Attention rollout of the ViT, {system}, one micro-state a class: a first look, without controls."
            drawn.append((f"attention-{system}", picture, text))
    return [(figures.save(figure, runs / "figures" / f"{name}.png"), caption) for name, figure, caption in drawn]
