"""How networks are trained: the recipe, and the settings that suit what their weights were trained on."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from spinlens.data.checked import Checked
from spinlens.errors import InputError
from spinlens.learning.networks.registry import NETWORKS, RATE
from spinlens.learning.shipped import SHIPPED, was_trained_on, weights_folder
from spinlens.physics.order import first_order_transition
from spinlens.physics.systems import System

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class TrainingRecipe(Checked):
    """How a network is trained; the defaults fine-tune weights that were trained on simulations of the system.

    No epochs: the weights are used as they are. The result is a function of this recipe, the data and the weights.
    Raises InputError that names the first unknown key or bad value.
    """

    model: str = "spin-vit"
    epochs: int = Field(default=10, ge=0, le=100_000)
    learning_rate: Positive = 1e-5
    weight_decay: float = Field(default=0.05, ge=0, allow_inf_nan=False)
    batch_size: int = Field(default=32, ge=1, le=1_000_000)
    warmup: float = Field(default=0.1, ge=0, lt=1)  # share of all steps
    schedule: Literal["cosine", "linear", "constant", "constant_with_warmup"] = "cosine"
    patience: int | None = Field(default=10, ge=1)  # epochs without a better validation loss; None: all are done
    augment: bool = True
    labels: int | None = Field(default=None, ge=1)  # training images used, in the classes' shares; all where left out
    seed: int = Field(default=0, ge=0, lt=2**31)
    threads: int = Field(default=1, ge=1, le=256)  # each number sums in another order, and so makes other weights


# Kara et al. (2021), section 3: AdamW, 10 epochs, early stopping on the validation loss
PAPER: dict[str, Any] = {
    "epochs": 10,
    "learning_rate": 2e-5,
    "weight_decay": 5e-6,
    "warmup": 0.0,
    "schedule": "linear",
    "patience": 3,
}
# from random weights; to the end, for validation losses jump before the rate has come down
SCRATCH: dict[str, Any] = {"epochs": 30, "learning_rate": RATE, "patience": None}
# two phases: a hundredth of the energy tells the images just above T_c from those of the next class
LONGER, FASTER = 2, 2
TRANSFER: dict[str, Any] = {"learning_rate": 1e-3}  # from weights that were trained on other systems only
_PRESETS: dict[str, dict[str, Any]] = {"fine-tune": {}, "transfer": TRANSFER, "scratch": SCRATCH, "paper": PAPER}


def preset_for(model: str, system: System) -> str:
    """The preset that suits a network: by what it was trained on; the paper's for checkpoints of other origin."""
    if model in NETWORKS:
        return "scratch"
    try:
        folder = weights_folder(model, system) if model in SHIPPED else Path(model)
        return "fine-tune" if was_trained_on(folder, system) else "transfer"
    except InputError:
        return "paper"


def preset_recipe(preset: str, model: str, system: System | None = None, **changes: Any) -> TrainingRecipe:
    """The preset for that network and the data of a system, with changes. Raises InputError for an unknown preset."""
    check_preset(preset)
    own: dict[str, Any] = {}
    if preset == "scratch" and model in NETWORKS:
        own = {"learning_rate": NETWORKS[model].rate}
        if system is not None and first_order_transition(system):
            own = {"learning_rate": FASTER * NETWORKS[model].rate, "epochs": LONGER * SCRATCH["epochs"]}
    return TrainingRecipe(**{"model": model} | _PRESETS[preset] | own | changes)


def check_preset(preset: str) -> None:
    """Raises InputError for an unknown preset."""
    if preset not in _PRESETS:
        raise InputError("preset", preset, f"one of {', '.join(_PRESETS)}")
