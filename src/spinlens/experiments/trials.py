"""One trial: a fresh data set of one system, every row of the table scored on it."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from spinlens.data.read import read_recipe, read_split, read_splits
from spinlens.data.recipe import Counts, Recipe, parse_recipe
from spinlens.experiments.baseline_rows import baselines
from spinlens.experiments.ceiling import ceiling
from spinlens.experiments.closeness import closeness
from spinlens.experiments.kept import Kept, proven, trained
from spinlens.experiments.profiles import Profile, row_for
from spinlens.learning.classifier import load_classifier
from spinlens.learning.fit import can_read
from spinlens.learning.shipped import SHIPPED, starting_weights
from spinlens.metrics.scores import Scores

Note = Callable[[str, float], None]  # what is being done, share of the whole trial


def run_trial(profile: Profile, system: str, size: int, trial: int, runs: Path, note: Note) -> dict[str, Any]:
    """Build, prove, train and score; the result is kept in `runs` and read back when it is asked for again."""
    values = {"system": {"name": system, "size": size}, "seed": 1000 + trial}
    parsed = parse_recipe(values)
    simulated = parsed.system.system()
    networks = {
        name: row_for(tier, recipe.model_copy(update={"seed": trial}), simulated)
        for name, (tier, recipe) in profile.networks.items()
        if recipe.model not in SHIPPED or can_read(recipe.model, simulated)
    }
    asked = {
        "data": values,
        "fresh": profile.fresh,
        "networks": {
            name: [tier, recipe.model_dump(mode="json"), starting_weights(recipe.model, simulated)]
            for name, (tier, recipe) in networks.items()
        },
    }
    kept = Kept(runs / "trials" / f"{system}-{trial}.json", asked)
    if found := kept.read():
        note("kept", 1.0)
        return found
    begin = time.time()
    note("simulating", 0.0)
    data = runs / "data" / f"{system}-{trial}"
    proof = proven(parsed, data)
    fresh = None
    if profile.fresh:
        note("simulating further images", 0.1)
        further = runs / "data" / f"{system}-{trial}-fresh"
        proven(_fresh(parse_recipe(values | {"seed": 9000 + trial}), profile.fresh), further)
        fresh = read_split(further, "test")
    rows = {name: _row(tier, scores) for name, (tier, scores) in baselines(data).items()}
    bound = ceiling(simulated, read_recipe(data))
    validation, test = read_splits(data, "validation", "test")
    histories = {}
    for k, (name, (tier, recipe)) in enumerate(networks.items()):
        share = 0.8 / len(networks)
        folder = runs / "models" / f"{system}-{trial}-{name}"
        histories[name] = trained(recipe, data, folder, partial(_part, note, 0.2 + share * k, share))
        known = validation if recipe.epochs else None
        rows[name] = {"tier": tier} | closeness(load_classifier(folder), bound, known, test, fresh)
    seconds = round(time.time() - begin, 1)
    return kept.write({"rows": rows, "histories": histories, "equilibrium": proof, "seconds": seconds})


def _fresh(recipe: Recipe, images: int) -> Recipe:
    """The same with about that many test images in the same proportions, and no more of the others than it must."""
    test = recipe.counts.test
    scaled = tuple(max(1, round(images * count / sum(test))) for count in test)
    one = (1,) * len(test)
    return recipe.model_copy(update={"counts": Counts(train=one, validation=one, test=scaled)})


def _part(note: Note, start: float, share: float, done: float) -> None:
    note("training", start + share * done)


def _row(tier: str, scores: Scores) -> dict[str, Any]:
    shares = {"macro_f1": scores.macro_f1, "accuracy": scores.accuracy}
    return {"tier": tier} | shares | {"confusion": scores.confusion.tolist()}
