"""What `spinlens reproduce` runs: how many trials of which networks, and what the paper reported."""

from dataclasses import dataclass

from spinlens.errors import InputError
from spinlens.learning.training import PAPER, TrainingRecipe

SYSTEMS = ("ising-periodic", "ising-antiferro", "ising-skewed", "ising-antiperiodic")

# Kara, Sehanobish and Corzo (2021), table 2: macro F1, mean and standard deviation over 5 trials
PAPER_TABLE = {
    "ViT": ((0.934, 0.008), (0.935, 0.012), (0.931, 0.021), (0.921, 0.013)),
    "ResNet-18": ((0.865, 0.034), (0.906, 0.016), (0.886, 0.019), (0.910, 0.021)),
    "ResNet-50": ((0.907, 0.021), (0.899, 0.026), (0.917, 0.009), (0.917, 0.008)),
}

TIERS = {
    "none": "no training labels",
    "A": "the training labels of the data set alone",
    "B": "weights from photographs, then the labels",
}


@dataclass(frozen=True)
class Profile:
    """trials: data sets a system, each fresh. networks: row name to training recipe. note: what it changed."""

    name: str
    trials: int
    tier: str
    networks: dict[str, TrainingRecipe]
    note: str


_SCRATCH = {name: TrainingRecipe(model=name) for name in ("vit", "resnet-18", "resnet-50")}
_HUB = {
    "vit": TrainingRecipe(model="google/vit-base-patch16-224", augment=False, **PAPER),
    "resnet-18": TrainingRecipe(model="microsoft/resnet-18", augment=False, **PAPER),
    "resnet-50": TrainingRecipe(model="microsoft/resnet-50", augment=False, **PAPER),
}
_OWN = (
    "Networks start from random weights, see the native lattice as (spin, broken bond to the right, broken bond "
    "down), a physics prior, and train on images moved by the system's exact symmetries."
)

PROFILES = {
    "quick": Profile(
        "quick",
        3,
        "A",
        {"vit": _SCRATCH["vit"]},
        f"{_OWN} Reduced against the paper: 3 trials instead of 5, a ViT with 0.6 million parameters instead of "
        "ViT-Base with 86, no ResNets.",
    ),
    "standard": Profile(
        "standard",
        5,
        "A",
        _SCRATCH,
        f"{_OWN} Reduced against the paper: a ViT with 0.6 million parameters instead of ViT-Base with 86.",
    ),
    "paper": Profile(
        "paper",
        5,
        "B",
        _HUB,
        "Checkpoints from the Hub, pictures resized to 224 pixels, 10 epochs, AdamW 2e-5 and 5e-6. Not reduced; data "
        "are at equilibrium, one replica an image.",
    ),
}


def get_profile(name: str) -> Profile:
    """The profile of that name. Raises InputError for an unknown one."""
    if name not in PROFILES:
        raise InputError("profile", name, f"one of {', '.join(PROFILES)} is")
    return PROFILES[name]
