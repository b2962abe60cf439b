"""Which image of a data set has which value of the control variable, label, split, chain and shard."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from spinlens.data.recipe import SPLITS, Recipe
from spinlens.montecarlo.equilibrium import Equilibrium
from spinlens.montecarlo.patterns import parse_start
from spinlens.montecarlo.protocols import Anneal, Quench, get_protocol
from spinlens.montecarlo.starts import random_start
from spinlens.montecarlo.updaters.registry import driving_updater
from spinlens.physics.control import TEMPERATURE
from spinlens.physics.systems import System

IMAGES_A_SHARD = 1024


CHAINS_A_SHARD = 64  # where a chain gives an image at every step of its cooling


class Plan(BaseModel):
    """Which image has which value, label and split, of which chain it is, and which shard it belongs to.

    value: the temperature, or that of another variable. Images of one chain are in one split and one shard.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, frozen=True)

    value: NDArray[np.float64]
    label: NDArray[np.int64]
    split: NDArray[np.int64]
    chain: NDArray[np.int64]
    shard: NDArray[np.int64]
    shards: int


def run_protocol(recipe: Recipe, system: System | None = None) -> Equilibrium | Anneal | Quench:
    """The protocol with the recipe's sweeps, updater and start. system: the recipe's, where it is at hand.

    Raises InputError for imported data, which are not simulated, and for an updater or a start that does not fit.
    """
    protocol = get_protocol(recipe.protocol, recipe.sweeps)
    if isinstance(protocol, Equilibrium):
        return protocol
    system = system or recipe.system.system()
    driving_updater(system, recipe.updater)
    initial = random_start if recipe.start is None else parse_start(recipe.start)
    initial(system, 0, np.random.default_rng(0))
    return replace(protocol, updater=recipe.updater, initial=initial)


def plan(recipe: Recipe, system: System | None = None) -> Plan:
    """Draw every image's value, uniformly over the grid of its class. system: the recipe's, where it is at hand."""
    rng = np.random.default_rng(np.random.SeedSequence(recipe.seed, spawn_key=(0,)))
    value, label, split = [], [], []
    for s, name in enumerate(SPLITS):
        for k, count in enumerate(getattr(recipe.counts, name)):
            value.append(rng.choice(recipe.classes.values(k), count))
            label.append(np.full(count, k))
            split.append(np.full(count, s))
    values, splits = np.concatenate(value), np.concatenate(split)
    chain = _chains(recipe, system, values, splits)
    a_shard = CHAINS_A_SHARD if recipe.protocol == "anneal" else IMAGES_A_SHARD
    shards = -(-(int(chain.max()) + 1) // a_shard)
    return Plan(
        value=values,
        label=np.concatenate(label),
        split=splits,
        chain=chain,
        shard=chain % shards,
        shards=shards,
    )


def _chains(
    recipe: Recipe, system: System | None, temperature: NDArray[np.float64], split: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The chain of each image: one of its own, or where chains cool through the grid as few as every split needs."""
    if recipe.protocol != "anneal" or recipe.classes.variable != TEMPERATURE:
        return np.arange(len(temperature))
    system = system or recipe.system.system()
    protocol = run_protocol(recipe, system)
    assert isinstance(protocol, Anneal)
    stage, chain, chains = protocol.stages(system, temperature), np.empty(len(temperature), np.int64), 0
    for s in range(len(SPLITS)):
        for k in np.unique(stage[split == s]):
            images = np.flatnonzero((split == s) & (stage == k))
            chain[images] = chains + np.arange(len(images))
        chains = int(chain[split == s].max()) + 1
    return chain
