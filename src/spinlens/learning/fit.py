"""Which networks read a lattice, known without a network library."""

from pathlib import Path

from spinlens.data.json_files import read_object
from spinlens.errors import InputError, suggest
from spinlens.learning.folders import CONFIG, check_network, read_configuration
from spinlens.learning.networks.registry import NETWORKS
from spinlens.learning.shipped import SHIPPED, can_be_checkpoint, was_trained_on_model, weights_folder
from spinlens.physics.models.protocol import describe_parameters
from spinlens.physics.models.transverse_ising import is_quantum
from spinlens.physics.states import dimension
from spinlens.physics.systems import System

DEFAULT, FRESH, ANY = "spin-vit", "spin-vit-scratch", "resnet-small"
OWN_PATCH = "spin-vit-scratch chooses its own"
MAX_PATCHES = 2500  # attention grows with their square


def patch_size(rows: int, columns: int) -> int:
    """The largest side that divides both and leaves at least 6 x 6 patches; 1 where there is none."""
    fits = [p for p in range(1, 33) if rows % p == columns % p == 0 and min(rows, columns) // p >= 6]
    return max(fits, default=1)


def check_patch(system: System, patch: int, source: str = "", hint: str = "") -> None:
    """Raises InputError unless patches of that side divide both sides of the lattice. source: whose patches."""
    m, n = system.lattice.shape
    if m % patch or n % patch:
        whose = f" of {source}" if source else ""
        raise InputError("size", f"{m} x {n}", f"a multiple of the patch size {patch}{whose}", hint)


def default_fits(system: System) -> bool:
    """Whether the included weights spin-vit suit the system: |J| is 1, the model theirs, and their patches fit."""
    try:
        folder = weights_folder(DEFAULT, system)
        if system.model.scale != 1 or not was_trained_on_model(folder, system):
            return False
        patch = int(read_object(folder / CONFIG)["patch_size"])
    except (OSError, ValueError, LookupError):
        return False
    rows, columns = system.lattice.shape
    return rows % patch == columns % patch == 0 and system.lattice.sites <= patch**2 * MAX_PATCHES


def can_read(model: str, system: System) -> bool:
    """Whether included weights take as many channels as the states of the system have, a vector and two bonds.

    None were trained on worldlines, whose temperatures they do not know.
    """
    if is_quantum(system.model):
        return False
    try:
        channels = read_object(weights_folder(model, system) / CONFIG).get("num_channels", 3)
    except (OSError, ValueError):
        return True  # damaged or missing: `check_start` says so
    return bool(channels == dimension(system.model.space) + 2)


def check_states(model: str, system: System) -> None:
    """Raises InputError for included weights that take other channels than the system's states have."""
    if model in SHIPPED and not can_read(model, system):
        raise InputError("system", system.name, f"one whose states {model} reads", f"--model {FRESH} trains anew")


def fitting_model(system: System) -> str:
    """The first network that reads this lattice: spin-vit with its weights, fresh, or a residual network."""
    if default_fits(system):
        return DEFAULT
    return FRESH if system.lattice.sites <= patch_size(*system.lattice.shape) ** 2 * MAX_PATCHES else ANY


def check_start(model: str, system: System) -> None:
    """Check weights that training is to start from, as far as their files say.

    Raises InputError for a name that means no weights, a folder without a configuration, files that are not those of
    their hashes, included weights where |J| is not 1, and patches that do not divide the lattice. A Hub name is taken
    as it is.
    """
    if model not in SHIPPED and not can_be_checkpoint(model):
        known = ", ".join((*SHIPPED, *NETWORKS))
        expected = f"one of {known}, a checkpoint folder or a Hub name such as google/vit-base-patch16-224"
        raise InputError("model", model, expected, suggest(model, (*SHIPPED, *NETWORKS)))
    check_states(model, system)
    if model in SHIPPED and system.model.scale != 1:
        expected = "|J| = 1 for weights that predict temperatures in its unit"
        raise InputError("system", describe_parameters(system.model), expected, f"--model {FRESH} trains anew")
    folder = weights_folder(model, system) if model in SHIPPED else Path(model)
    if not folder.is_dir():
        return
    if (folder / CONFIG).is_file():
        check_network(folder)
    values = read_configuration(folder, model)
    patch = values.get("patch_size")
    if values.get("model_type") == "spin-vit" and type(patch) is int and patch > 0:
        check_patch(system, patch, model, OWN_PATCH)
