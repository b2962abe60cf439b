"""What a network is pre-trained on and how; read and checked without a network library."""

from itertools import product
from pathlib import Path
from typing import Annotated

from pydantic import Field

from spinlens.data.checked import Checked
from spinlens.data.recipe import SystemRecipe, load_recipe
from spinlens.errors import InputError
from spinlens.learning.fit import patch_size
from spinlens.learning.networks.registry import CONFIGURED
from spinlens.learning.presets import Positive


class PretrainingRecipe(Checked):
    """What a network is pre-trained on and how."""

    model: str = "spin-vit-scratch"
    systems: tuple[str, ...] = Field(min_length=1)
    sizes: tuple[Annotated[int, Field(ge=2)], ...] = Field(default=(100,), min_length=1)  # the first sets the patch
    temperatures: tuple[float, float] = (0.0, 4.4)
    snapshots: int = Field(ge=1, le=10**12)
    batch_size: int = Field(default=64, ge=1, le=3072)
    learning_rate: Positive = 1e-3
    weight_decay: float = Field(default=0.05, ge=0, allow_inf_nan=False)
    warmup: float = Field(default=0.05, ge=0, lt=1)  # share of all steps
    seed: int = Field(default=0, ge=0, lt=2**31)
    note: str = ""


def read_pretraining(path: Path) -> PretrainingRecipe:
    """A recipe from a TOML file. Raises InputError that names the first bad field."""
    recipe = PretrainingRecipe(**load_recipe(path))
    known = [name for name in CONFIGURED if not name.startswith("vit")]  # plain ones have no head for the state
    if recipe.model not in known:
        raise InputError("model", recipe.model, f"one of {', '.join(known)}")
    low, high = recipe.temperatures
    if not 0 <= low < high < float("inf"):
        raise InputError("temperatures", recipe.temperatures, "two numbers that rise from 0 or above")
    if recipe.snapshots % recipe.batch_size:
        raise InputError("snapshots", recipe.snapshots, f"a multiple of batch_size, {recipe.batch_size}")
    for name, size in product(recipe.systems, recipe.sizes):
        SystemRecipe(name=name, size=size).system()
    patch = patch_size(recipe.sizes[0], recipe.sizes[0])
    if any(size % patch for size in recipe.sizes):
        raise InputError("sizes", recipe.sizes, f"multiples of the patch {patch} of the first one")
    return recipe


def asked(recipe: PretrainingRecipe) -> str:
    """What `pretrain` writes to recipe.json: everything that its result depends on."""
    return recipe.model_dump_json(indent=2) + "\n"
