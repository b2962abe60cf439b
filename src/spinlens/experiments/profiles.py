"""What `spinlens reproduce` runs: how many trials of which networks, and what the paper reported."""

from dataclasses import dataclass, replace
from numbers import Integral
from pathlib import Path

from spinlens.data.files import check_writable
from spinlens.errors import InputError
from spinlens.experiments.jobs import check_workers
from spinlens.learning.fit import can_read, check_start
from spinlens.learning.networks.registry import NETWORKS
from spinlens.learning.presets import PAPER, TRANSFER, TrainingRecipe, preset_for, preset_recipe
from spinlens.learning.shipped import SHIPPED
from spinlens.physics.catalogue import get_system
from spinlens.physics.systems import System


@dataclass(frozen=True)
class Profile:
    """trials: data sets a system, each fresh. networks: row name to (tier, training recipe). note: what it changed.

    fresh: further test images a trial.
    """

    name: str
    trials: int
    networks: dict[str, tuple[str, TrainingRecipe]]
    note: str
    fresh: int = 0


def _scratch(model: str) -> tuple[str, TrainingRecipe]:
    return "A", preset_recipe("scratch", model)


_OURS = {
    "spin-vit": ("D", TrainingRecipe()),
    "spin-vit-scratch": _scratch("spin-vit-scratch"),
    "spin-vit-zero": ("D, no labels", TrainingRecipe(epochs=0)),
}
_TIERS = {
    "spin-vit-others": ("C", TrainingRecipe(model="spin-vit-others")),
    "resnet-small-pretrained": ("D", TrainingRecipe(model="resnet-small-pretrained", learning_rate=5e-5)),
    "resnet-small": _scratch("resnet-small"),
}
_ABLATIONS = {
    "spin-vit-spins": _scratch("spin-vit-spins"),
    "vit": _scratch("vit"),
    "vit-spins": _scratch("vit-spins"),
}
_LARGE = {
    "resnet-18": _scratch("resnet-18"),
    "resnet-50": _scratch("resnet-50"),
}
_HUB = {
    "vit-base": ("B", TrainingRecipe(model="google/vit-base-patch16-224", augment=False, **PAPER)),
    "resnet-18": ("B", TrainingRecipe(model="microsoft/resnet-18", augment=False, **PAPER)),
    "resnet-50": ("B", TrainingRecipe(model="microsoft/resnet-50", augment=False, **PAPER)),
}
_OWN = (
    "Networks read the native lattice as (state, excess energy of the bonds to the right and down), a physics prior, "
    "and train on images moved by the system's exact symmetries. The row named products of spins has the prior in its"
    " initial weights only, the one named spins alone not at all. Settings were chosen for spin-vit and are the same "
    "for all but the learning rate, tried on further data. Fresh weights: 7e-4 for transformers (of 5e-4, 7e-4, 1e-3 "
    "and 2e-3 with spin-vit), 2e-3 for the small ResNet (of 7e-4, 2e-3 and 4e-3), 3e-4 for ResNet-18 and -50 (at 2e-3"
    " the validation loss does not settle); twice that and 60 epochs where the transition is of first order (of 7e-4,"
    " 1.4e-3 and 2e-3 with 30 and 60 epochs on two data sets of Potts with ten colours). Pre-trained: the better of "
    "1e-5 and 5e-5 where the weights were trained on the system, 1e-3 where not. Weights come from 720000 snapshots "
    "of four sizes (spin-vit for Ising), 96000 of two (for Blume-Capel and Potts with three colours), 240000 of four "
    "sizes (those of other systems) and 400000 of one size (the small ResNet)."
)

PROFILES = {
    "quick": Profile(
        "quick",
        5,
        _OURS,
        f"{_OWN} Reduced against the paper: spin-vit with 0.12 million parameters instead of ViT-Base with 86, no "
        "ResNets.",
    ),
    "tiers": Profile(
        "tiers", 5, _TIERS, f"{_OWN} spin-vit with weights of other systems, and a small ResNet of about the same cost."
    ),
    "ablations": Profile("ablations", 5, _ABLATIONS, f"{_OWN} What the prior and the network of our own are worth."),
    "resnets": Profile("resnets", 5, _LARGE, f"{_OWN} The ResNets of the paper at full size, without photographs."),
    "standard": Profile(
        "standard",
        5,
        _OURS | _TIERS | _ABLATIONS | _LARGE,
        f"{_OWN} The ResNets of the paper at full size, without photographs.",
        fresh=4000,
    ),
    "paper": Profile(
        "paper",
        5,
        _HUB,
        "Checkpoints from the Hub, pictures resized to 224 pixels, 10 epochs, AdamW 2e-5 and 5e-6. Not reduced; data "
        "are at equilibrium, one replica an image.",
    ),
}


def row_for(tier: str, recipe: TrainingRecipe, system: System) -> tuple[str, TrainingRecipe]:
    """(tier, recipe) on a system: C in place of D, with its settings, where the weights were not trained on it."""
    if recipe.model in NETWORKS:
        return tier, preset_recipe("scratch", recipe.model, system, seed=recipe.seed)
    if recipe.model not in SHIPPED or preset_for(recipe.model, system) != "transfer":
        return tier, recipe
    return tier.replace("D", "C"), recipe.model_copy(update=TRANSFER if recipe.epochs else {})


def get_profile(name: str, trials: int | None = None) -> Profile:
    """The profile of that name, with so many trials instead of its own. Raises InputError for an unknown one."""
    if name not in PROFILES:
        raise InputError("profile", name, f"one of {', '.join(PROFILES)}")
    if trials is None:
        return PROFILES[name]
    if isinstance(trials, bool) or not isinstance(trials, Integral) or not 1 <= trials <= 1000:
        raise InputError("trials", trials, "an integer from 1 to 1000")
    return replace(PROFILES[name], trials=int(trials))


def check_profile(profile: Profile, out: Path, workers: int, size: int, systems: tuple[str, ...]) -> None:
    """Check what `reproduce` is asked for as far as is known without a network library.

    Raises InputError for an impossible number of processes, an unknown system, an impossible size, weights that are
    damaged or do not fit the lattice, and an `out` that is no folder or cannot be written.
    """
    check_workers(workers)
    for name in systems:
        system = get_system(name, size)
        for model in sorted({recipe.model for _, recipe in profile.networks.values()} - set(NETWORKS)):
            if model not in SHIPPED or can_read(model, system):
                check_start(model, system)
    if out.exists() and not out.is_dir():
        raise InputError("out", str(out), "a folder, new or begun by the same command")
    check_writable(out)
