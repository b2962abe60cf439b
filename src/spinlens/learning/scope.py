"""Which systems a trained network reads, and how a system differs from those of its training; no torch is needed."""

import warnings
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from spinlens.data.recipe import SystemRecipe
from spinlens.errors import InputError, UnseenWarning
from spinlens.learning.fit import check_patch
from spinlens.learning.folders import CONFIG, read_configuration
from spinlens.learning.networks.registry import CONFIGURED
from spinlens.learning.provenance import Provenance, read_provenance, stated_provenance
from spinlens.learning.shipped import SHIPPED, is_among, weights_folder
from spinlens.physics.counts import check_count
from spinlens.physics.models.protocol import describe_parameters, has_field
from spinlens.physics.systems import System

ANY_SIZE = ("spin-vit", "spin-resnet")  # networks of ours, by their model_type
MAX_AVERAGE = 1000


def unnamed() -> InputError:
    """What weights that read any system need to know."""
    return InputError("system", "nothing", "named for weights that read any", "--system NAME, or system=")


def check_average(average: object) -> None:
    """Raises InputError unless so many symmetries can be averaged over."""
    check_count("average", average, 1, MAX_AVERAGE)


def read_scope(run: str, system: SystemRecipe | None) -> tuple[Any, Provenance]:
    """(configuration, provenance) of a folder or of shipped weights; of a Hub name too, which then imports torch.

    system: for weights that depend on it. Raises InputError for what is no checkpoint of spinlens; weights and hashes
    are not looked at.
    """
    if run in SHIPPED and system is None:
        raise unnamed()
    folder = weights_folder(run, system.system()) if run in SHIPPED and system is not None else Path(run)
    if folder.is_dir():
        config: Any = SimpleNamespace(**read_configuration(folder, run))
    else:
        from spinlens.learning.checkpoints import read_config

        config = read_config(run)
    return config, check_recorded(read_provenance(config, run), run)


def check_recorded(provenance: Provenance | None, source: str) -> Provenance:
    """The provenance, where it says on which systems a network was trained. Raises InputError otherwise."""
    if provenance is None or (provenance.system is None and provenance.pretraining is None):
        raise InputError("model", source, "a checkpoint that names its spin system", "`spinlens train` makes one")
    return provenance


def difference(provenance: Provenance, system: System) -> str | None:
    """How a system differs from those a network was trained on, in a few words; None where it does not.

    Between sizes a network reads any, and up to twice the largest, as what edges do to the energy falls as 1 / side.
    """
    named = provenance.system.system() if provenance.system else None
    before = provenance.pretraining
    names = [named.name] if named else list(before.systems if before else ())
    known = replace(named, lattice=system.lattice).physics == system.physics if named else is_among(system, names)
    if not known and named and named.model != system.model and named.boundary == system.boundary:
        own, other = map(describe_parameters, (named.model, system.model))
        advice = "`spinlens build` from a recipe with these, and `spinlens train`, make one that reads them"
        return f"was trained on {own} and predicts the temperatures of these, not those of {other}; {advice}"
    if not known:
        return f"was trained on {', '.join(names)}, not on {system.name}"
    return difference_of_size(provenance, system)


def difference_of_size(provenance: Provenance, system: System) -> str | None:
    """How the size of a system differs from those a network was trained on, as `difference`."""
    named, before = provenance.system.system() if provenance.system else None, provenance.pretraining
    sides = sorted({*(before.sizes if before else ()), *(named.lattice.shape if named else ())})
    m, n = system.lattice.shape
    if not sides or (sides[0] <= min(m, n) and max(m, n) <= sides[-1] * (1 + (len(sides) > 1))):
        return None
    return f"was trained on sides of {', '.join(map(str, sides))} spins, not on {m} x {n}"


def warn_of_size(model: str, system: System) -> None:
    """Issue an UnseenWarning where weights that training is to start from were trained on other sizes."""
    if model in CONFIGURED:  # fresh ones
        return
    folder = weights_folder(model, system) if model in SHIPPED else Path(model)
    known = stated_provenance(folder) if (folder / CONFIG).is_file() else None
    if known and (other := difference_of_size(known, system)):
        warnings.warn(f"{model} {other}: test what you train there", UnseenWarning, stacklevel=2)


def check_fits(config: Any, system: System, named: System | None) -> None:
    """Raises InputError where the network cannot read lattices of that size, or predicts T in other units.

    config: of the network. named: the system that it was trained on; None after pre-training.
    """
    if named is None and (system.model.scale != 1 or has_field(system.model)):
        expected = "|J| = 1 without a field, for weights that were not trained on the system"
        hint = "build a data set from a recipe with these, and train on it"
        raise InputError("system", describe_parameters(system.model), expected, hint)
    (m, n), patch = system.lattice.shape, getattr(config, "patch_size", 1)
    if getattr(config, "model_type", None) in ANY_SIZE:
        if type(patch) is int and patch > 0:
            check_patch(system, patch)
    elif named is None or (m, n) != named.lattice.shape:
        own = " x ".join(map(str, named.lattice.shape)) if named else "known"
        raise InputError("size", f"{m} x {n}", f"{own}, the only one that this network reads")


def choose_system(provenance: Provenance, chosen: SystemRecipe | None, **changes: Any) -> System:
    """The system whose snapshots a network is to read: the chosen one, or that of its training, with changes.

    changes: size, J and B, None where not given. Raises InputError where there is none, and for impossible ones.
    """
    recipe = provenance.system if chosen is None else chosen
    if recipe is None:
        raise unnamed()
    given = {key: value for key, value in changes.items() if value is not None}
    return recipe.model_copy(update=given).system()
