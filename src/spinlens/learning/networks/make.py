"""The networks: by configuration, with the weights that come with spinlens, from a checkpoint folder or by Hub name."""

from typing import Any

from spinlens.data.recipe import Recipe
from spinlens.learning.fit import check_start
from spinlens.learning.inputs import Rendering
from spinlens.learning.networks.registry import NETWORKS
from spinlens.learning.outputs import try_out
from spinlens.learning.shipped import SHIPPED, weights_folder
from spinlens.learning.starts import load_start


def make_model(name: str, recipe: Recipe, keep_head: bool = False) -> tuple[Any, Rendering]:
    """(model, rendering) for a data set's system and classes.

    name: a configured network, which gets fresh weights; one that comes with its weights; a checkpoint folder; or a Hub
    name. Checkpoints keep their own picture size. "spin-vit-others" was trained neither on the system nor on one that
    is exactly equivalent. keep_head: raise InputError where the classes of a checkpoint are not those of the data, for
    weights that are used as they are. Raises InputError where the name is none of these, where the checkpoint is
    damaged, asks to run code or does not fit the lattice, or where the Hub cannot be reached.
    """
    if name in NETWORKS:
        return NETWORKS[name].make(recipe)
    system = recipe.system.system()
    check_start(name, system)
    model, rendering = load_start(str(weights_folder(name, system)) if name in SHIPPED else name, recipe, keep_head)
    try_out(model, rendering, system)
    return model, rendering
