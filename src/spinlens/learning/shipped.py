"""The weights that come with spinlens: where they are and which systems they were trained on."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from spinlens.data.files import sha256
from spinlens.errors import InputError, suggest
from spinlens.learning.folders import check_network
from spinlens.learning.provenance import stated_provenance
from spinlens.physics.catalogue import get_system
from spinlens.physics.models.ising import Ising
from spinlens.physics.systems import System

INCLUDED = Path(__file__).parents[1] / "weights"
SHIPPED = ("spin-vit", "spin-vit-others", "resnet-small-pretrained")


def can_be_checkpoint(name: str) -> bool:
    """Whether it is a folder, or has the form owner/name of the Hub, so that a misspelt name asks no network.

    Where the folder `owner` exists here, the name is taken for one inside it.
    """
    return Path(name).is_dir() or (name.count("/") == 1 and not Path(name).parent.exists())


def check_run(name: str) -> None:
    """Raises InputError for what is neither shipped, nor a finished run, nor a name that the Hub may know."""
    if name in SHIPPED:
        return
    if not can_be_checkpoint(name):
        expected = f"one of {', '.join(SHIPPED)}, a folder that `spinlens train` wrote, or a Hub name owner/name"
        raise InputError("model", name, expected, suggest(name, SHIPPED))
    if Path(name).is_dir() and not (Path(name) / "config.json").is_file():
        check_network(Path(name), finished=False)
        if (Path(name) / "recipe.json").is_file():
            raise InputError("model", name, "a finished run", "finish it: the command that began it, with --resume")
        raise InputError("model", name, "a folder that `spinlens train` wrote, with a config.json")


def weights_folder(name: str, system: System) -> Path:
    """The folder of shipped weights.

    Of "spin-vit" those that were trained on the system, else on its model, else on the Ising model; of
    "spin-vit-others" those that were trained on neither the system nor an equivalent one. Raises InputError where there
    are none.
    """
    apart = sorted(INCLUDED.glob("spin-vit-without-*"))
    further = [folder for folder in sorted(INCLUDED.glob("spin-vit-*")) if folder not in apart]
    known = {"spin-vit": [INCLUDED / name, *further], "spin-vit-others": apart}.get(name, [INCLUDED / name])
    folders = [folder for folder in known if (folder / "config.json").is_file()]
    if name == "spin-vit-others":
        folders = [folder for folder in folders if not was_trained_on(folder, system)]
    elif len(folders) > 1:
        folders.sort(key=lambda each: (not was_trained_on(each, system), not was_trained_on_model(each, system)))
    if not folders:
        raise InputError("model", name, f"one with weights for {system.name}", "`spinlens pretrain` makes some")
    return folders[0]


def was_trained_on(folder: Path, system: System) -> bool:
    """Whether weights come from simulations of the system, at any size, or an exactly equivalent one.

    The training counts and the pre-training before it. Raises InputError for weights that record neither.
    """
    expected = "a folder that `spinlens pretrain` or `spinlens train` wrote"
    try:
        known = stated_provenance(folder)
    except (OSError, ValueError):
        raise InputError("model", str(folder), expected) from None
    if known is None or (known.system is None and known.pretraining is None):
        raise InputError("model", str(folder), expected)
    if known.pretraining and is_among(system, known.pretraining.systems):
        return True
    if known.system is None:
        return False
    wanted = [each.physics for each in equivalents(system)]
    return replace(known.system.system(), lattice=system.lattice).physics in wanted


def was_trained_on_model(folder: Path, system: System) -> bool:
    """Whether pre-trained weights come from simulations of the same kind of model with the same states of a site."""
    known = stated_provenance(folder)
    names = known.pretraining.systems if known and known.pretraining else ()
    models = [get_system(name, system.lattice.shape).model for name in names]
    return any(type(model) is type(system.model) and model.space == system.model.space for model in models)


def is_among(system: System, names: Iterable[str]) -> bool:
    """Whether one of the named systems is this one, at its size, or an exactly equivalent one."""
    wanted = [each.physics for each in equivalents(system)]
    return any(get_system(name, system.lattice.shape).physics in wanted for name in names)


def equivalents(system: System) -> tuple[System, ...]:
    """The system, and the one that the flip of a sublattice maps onto it: J reversed, the same p(E | T).

    That flip maps every bond onto itself where both sides are even, no spin is pinned or in a field, no seam shifts.
    """
    edges, (m, n) = (system.boundary.vertical, system.boundary.horizontal), system.lattice.shape
    plain = not system.is_disordered and not system.held.any() and not any(edge.shift for edge in edges)
    if isinstance(system.model, Ising) and system.model.B == 0 and plain and m % 2 == n % 2 == 0:
        return system, replace(system, model=Ising(J=-system.model.J))
    return (system,)


def starting_weights(model: str, system: System) -> str | None:
    """SHA-256 of the weights that training starts from, None for fresh ones and the Hub's."""
    folder = weights_folder(model, system) if model in SHIPPED else Path(model)
    file = folder / "model.safetensors"
    return sha256(file) if file.is_file() else None
