"""Which systems a trained network reads, and how a system differs from those of its training."""

from dataclasses import replace
from typing import Any

from spinlens.errors import InputError
from spinlens.learning.fit import check_patch
from spinlens.learning.provenance import Provenance
from spinlens.learning.shipped import is_among
from spinlens.learning.spinresnet import SpinResNetForImageClassification
from spinlens.learning.spinvit import SpinViTForImageClassification
from spinlens.physics.systems import System


def difference(provenance: Provenance, system: System) -> str | None:
    """How a system differs from those a network was trained on, in a few words; None where it does not.

    Between sizes a network reads any, and up to twice the largest, as what edges do to the energy falls as 1 / side.
    """
    named = provenance.system.system() if provenance.system else None
    before = provenance.pretraining
    names = [named.name] if named else list(before.systems if before else ())
    known = replace(named, lattice=system.lattice).physics == system.physics if named else is_among(system, names)
    if not known:
        return f"was trained on {', '.join(names)}, not on {system.name}"
    sides = sorted({*(before.sizes if before else ()), *(named.lattice.shape if named else ())})
    if sides[0] <= min(system.lattice.shape) and max(system.lattice.shape) <= sides[-1] * (1 + (len(sides) > 1)):
        return None
    m, n = system.lattice.shape
    return f"was trained on sides of {', '.join(map(str, sides))} spins, not on {m} x {n}"


def check_fits(model: Any, system: System, named: System | None) -> None:
    """Raises InputError where the network cannot read lattices of that size, or predicts T in other units."""
    if named is None and (abs(system.model.J) != 1 or system.model.B != 0):
        given = f"J = {system.model.J:g}, B = {system.model.B:g}"
        raise InputError("system", given, "|J| = 1 without a field, for weights that were not trained on the system")
    m, n = system.lattice.shape
    if isinstance(model, SpinViTForImageClassification | SpinResNetForImageClassification):
        check_patch(system, getattr(model.config, "patch_size", 1))
    elif named is None or (m, n) != named.lattice.shape:
        own = " x ".join(map(str, named.lattice.shape)) if named else "known"
        raise InputError("size", f"{m} x {n}", f"{own}, the only one that this network reads")
