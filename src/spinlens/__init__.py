"""spinlens reads the thermodynamic state of a spin system off a single snapshot."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spinlens.learning.ceiling import ceiling
    from spinlens.learning.classifier import load_classifier
    from spinlens.montecarlo.replicas import Batch, sample
    from spinlens.physics import exact
    from spinlens.physics.boundary import Boundary, Edge, get_boundary
    from spinlens.physics.lattice import Square
    from spinlens.physics.models import Ising
    from spinlens.physics.systems import System, energy, get_system, magnetization, order_parameter, register_system

_HOMES = {
    "spinlens.physics": ("exact",),
    "spinlens.physics.lattice": ("Square",),
    "spinlens.physics.models": ("Ising",),
    "spinlens.physics.boundary": ("Boundary", "Edge", "get_boundary"),
    "spinlens.physics.systems": (
        "System",
        "energy",
        "get_system",
        "magnetization",
        "order_parameter",
        "register_system",
    ),
    "spinlens.montecarlo.replicas": ("Batch", "sample"),
    "spinlens.learning.ceiling": ("ceiling",),
    "spinlens.learning.classifier": ("load_classifier",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Batch",
    "Boundary",
    "Edge",
    "Ising",
    "Square",
    "System",
    "ceiling",
    "energy",
    "exact",
    "get_boundary",
    "get_system",
    "load_classifier",
    "magnetization",
    "order_parameter",
    "register_system",
    "sample",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that `spinlens --help` stays fast."""
    if name not in _HOME:
        raise AttributeError(f"module 'spinlens' has no attribute {name!r}")
    if name == "exact":
        return import_module("spinlens.physics.exact")
    return getattr(import_module(_HOME[name]), name)
