"""What the classifiers of `make reproduce` and the weights that come with spinlens reach: docs/classifier.md.

python benchmarks/classifier.py --runs runs/quick --out docs/classifier.md    (about 25 minutes on 2 cores)
"""

import argparse
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from spinlens import ceiling, exact, get_system, sample
from spinlens.data.recipe import Recipe
from spinlens.experiments.profiles import PROFILES
from spinlens.learning.classifier import Classifier, load_classifier
from spinlens.learning.presets import TrainingRecipe
from spinlens.learning.training import train
from spinlens.metrics.ceiling import Ceiling
from spinlens.metrics.scores import gap, score
from spinlens.physics.systems import System
from spinlens.report.paper import SYSTEMS

CLASSES = Recipe().classes
MODELS = 2  # of each system that are run at other sizes
SEED = 90_000  # the data sets of `reproduce` have seeds from 1000


def drawn(system: System, images: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(spins, label, energy) of fresh snapshots in the proportions of the paper's test split."""
    counts = np.array(Recipe().counts.test) * images // sum(Recipe().counts.test)
    rng = np.random.default_rng(seed)
    temperature = np.concatenate([rng.choice(CLASSES.values(k), count) for k, count in enumerate(counts)])
    batch = sample(system, temperature, seed=seed, threads=torch.get_num_threads())
    return batch.spins, np.repeat(np.arange(len(counts)), counts), batch.energy


def scores(runs: Path, network: str, images: int) -> list[str]:
    """A row a system: macro F1 over the trials of `reproduce`, on further fresh images that all trials share."""
    rows = []
    for name in SYSTEMS:
        system, bound = get_system(name), ceiling(get_system(name))
        spins, label, energy = drawn(system, images, SEED)
        models = sorted((runs / "models").glob(f"{name}-[0-9]*-{network}"))
        predicted = [load_classifier(folder).predict(spins).label for folder in models]
        f1 = [score(label, p, len(CLASSES.names)).macro_f1 for p in predicted]
        gaps = [gap(bound.posterior(energy), p) for p in predicted]
        bayes = score(label, bound.classify(energy), len(CLASSES.names)).macro_f1
        rows.append(
            f"| {network} | {name} | {np.mean(f1):.4f} ± {np.std(f1, ddof=1):.4f} | {bayes:.4f} | "
            f"{bound.macro_f1:.4f} | {np.mean(gaps):.4f} ± {np.std(gaps, ddof=1) / len(gaps) ** 0.5:.4f} |"
        )
        print(rows[-1], flush=True)
    return rows


def other_sizes(runs: Path, network: str, images: int) -> list[str]:
    """A row a system and size: trained at 100 x 100, run there as it is, beside that size's own ceiling."""
    rows = []
    for size in (60, 200):
        for name in SYSTEMS:
            system = get_system(name, size)
            bound: Ceiling = ceiling(system)
            spins, label, _ = drawn(system, images, SEED + size)
            models = sorted((runs / "models").glob(f"{name}-[0-9]*-{network}"))[:MODELS]
            f1 = [score(label, load_classifier(m, system).predict(spins).label, 4).macro_f1 for m in models]
            error = f" ± {bound.error:.4f}" if bound.error else ""
            rows.append(f"| {network} | {name} | {size} | {np.mean(f1):.4f} | {bound.macro_f1:.4f}{error} |")
            print(rows[-1], flush=True)
    return rows


def regression(images: int) -> list[str]:
    """A row a system: error of the temperature, 1 < T < 4, beside the Cramer-Rao bound T^2 / sqrt(Var E)."""
    rows = []
    for name in SYSTEMS:
        system = get_system(name)
        temperature = np.random.default_rng(SEED).uniform(1, 4, images)
        batch = sample(system, temperature, seed=SEED + 1, threads=torch.get_num_threads())
        value, deviation = load_classifier("spin-vit", system).predict(batch.spins).state["temperature"]
        grid = np.linspace(1, 4, 61)
        levels, log_counts = exact.density_of_states(system)
        heat = []
        for t in grid:
            p = exact.boltzmann(levels, float(t), log_counts)
            heat.append(p @ (levels - p @ levels) ** 2)
        bound = np.sqrt(np.mean(np.interp(temperature, grid, grid**4 / np.array(heat))))
        error = np.sqrt(np.mean((value - temperature) ** 2))
        inside = np.mean(np.abs(value - temperature) < deviation)
        rows.append(f"| {name} | {error:.4f} | {bound:.4f} | {error / bound:.2f} | {inside:.0%} |")
        print(rows[-1], flush=True)
    return rows


def speeds(runs: Path) -> list[str]:
    """Fine-tuning and inference with all threads."""
    data, folder = runs / "data" / "ising-periodic-0", Path(tempfile.mkdtemp())
    begin = time.perf_counter()
    tuned = train(TrainingRecipe(), data, folder / "run")
    tuning = time.perf_counter() - begin
    shutil.rmtree(folder)
    spins = drawn(get_system("ising-periodic"), 2000, SEED)[0]
    rate = max(_rate(tuned, spins) for _ in range(3))
    return [f"| fine-tuning, 600 labels x 10 epochs | {tuning:.1f} s |", f"| inference | {rate:.0f} snapshots/s |"]


def _rate(classifier: Classifier, spins: np.ndarray) -> float:
    begin = time.perf_counter()
    classifier.predict(spins)
    return len(spins) / (time.perf_counter() - begin)


def main() -> None:
    """Measure everything, then write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=Path, default=Path("runs/quick"))
    parser.add_argument("--out", type=Path, default=Path("docs/classifier.md"))
    parser.add_argument("--images", type=int, default=4000)
    arguments = parser.parse_args()
    networks = ("spin-vit", "spin-vit-scratch")
    tiers = "; ".join(f"{name} is tier {PROFILES['quick'].networks[name][0]}" for name in networks)
    speed = speeds(arguments.runs)  # before anything else warms the machine up
    parts = [
        "# Scores of the classifiers",
        f"`python benchmarks/classifier.py`, after `make reproduce`; {torch.get_num_threads()} threads. Five trials a "
        "system, each trained on its own data set; here all are scored on the same "
        f"{arguments.images} further images. {tiers}.",
        "## Fresh images",
        "| network | system | macro F1 | Bayes classifier, same images | ceiling | gap, same images |\n"
        "|---|---|---|---|---|---|\n"
        + "\n".join(row for n in networks for row in scores(arguments.runs, n, arguments.images)),
        "The gap is expected under the exact posterior of the images; mean ± standard error over the trials.",
        "## Temperature",
        "| system | rms error, 1 < T < 4 | Cramér-Rao | ratio | within one stated deviation |\n|---|---|---|---|---|\n"
        + "\n".join(regression(2000)),
        "## Speed",
        "| what | measured |\n|---|---|\n" + "\n".join(speed),
        "## Trained at 100 x 100, run at other sizes",
        f"| network | system | size | macro F1, {MODELS} models | ceiling of that size |\n|---|---|---|---|---|\n"
        + "\n".join(row for n in networks for row in other_sizes(arguments.runs, n, 1000)),
        "Walls that a boundary forces are a share of about 1/L of the energy. spin-vit has the size as an input, and "
        "its weights were trained on four sizes, none of them one of these two. spin-vit-scratch was trained on one "
        "size only, so its input of the size was constant, and that share at another size is unknown to it: it loses "
        "most on small lattices with walls, the anti-periodic and the skewed one.",
    ]
    arguments.out.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
