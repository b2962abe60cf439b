"""spinlens estimates the thermodynamic state of a spin system from a single snapshot."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from spinlens.errors import LEARN

if TYPE_CHECKING:
    from spinlens.data.build import build
    from spinlens.data.read import read_split as load
    from spinlens.data.recipe import Recipe
    from spinlens.errors import InputError
    from spinlens.experiments.ceiling import ceiling
    from spinlens.experiments.evaluation import evaluate
    from spinlens.learning.classifier import load_classifier
    from spinlens.learning.doubts import find_doubts
    from spinlens.learning.presets import TrainingRecipe
    from spinlens.learning.training import train
    from spinlens.montecarlo.analysis.measure import measure
    from spinlens.montecarlo.ramps import Ramp, Stage, record_ramp
    from spinlens.montecarlo.sample import Batch, sample
    from spinlens.physics.angles import Angles
    from spinlens.physics.boundary import Boundary, Edge, get_boundary, register_edge
    from spinlens.physics.catalogue import get_system, register_model, register_system
    from spinlens.physics.exact import density as exact
    from spinlens.physics.lattices import Chain, Square
    from spinlens.physics.masks import make_masks
    from spinlens.physics.models.blume_capel import BlumeCapel
    from spinlens.physics.models.clock import Clock
    from spinlens.physics.models.ising import Ising
    from spinlens.physics.models.potts import Potts
    from spinlens.physics.models.protocol import Transition
    from spinlens.physics.models.transverse_ising import TransverseIsing
    from spinlens.physics.models.xy import XY
    from spinlens.physics.order import magnetization, order_parameter
    from spinlens.physics.spaces import Colours, Directions, Values
    from spinlens.physics.systems import System, energy

__version__ = "0.3.0"

_HOME = {
    "Angles": "physics.angles",
    "Batch": "montecarlo.sample",
    "BlumeCapel": "physics.models.blume_capel",
    "Boundary": "physics.boundary",
    "Chain": "physics.lattices",
    "Clock": "physics.models.clock",
    "Colours": "physics.spaces",
    "Directions": "physics.spaces",
    "Edge": "physics.boundary",
    "InputError": "errors",
    "Ising": "physics.models.ising",
    "Potts": "physics.models.potts",
    "Ramp": "montecarlo.ramps",
    "Recipe": "data.recipe",
    "Square": "physics.lattices",
    "Stage": "montecarlo.ramps",
    "System": "physics.systems",
    "TrainingRecipe": "learning.presets",
    "Transition": "physics.models.protocol",
    "TransverseIsing": "physics.models.transverse_ising",
    "Values": "physics.spaces",
    "XY": "physics.models.xy",
    "build": "data.build",
    "ceiling": "experiments.ceiling",
    "energy": "physics.systems",
    "evaluate": "experiments.evaluation",
    "find_doubts": "learning.doubts",
    "get_boundary": "physics.boundary",
    "get_system": "physics.catalogue",
    "load": "data.read",
    "load_classifier": "learning.classifier",
    "magnetization": "physics.order",
    "make_masks": "physics.masks",
    "measure": "montecarlo.analysis.measure",
    "order_parameter": "physics.order",
    "record_ramp": "montecarlo.ramps",
    "register_edge": "physics.boundary",
    "register_model": "physics.catalogue",
    "register_system": "physics.catalogue",
    "sample": "montecarlo.sample",
    "train": "learning.training",
}
_ALIAS = {"load": "read_split"}

__all__ = [
    "XY",
    "Angles",
    "Batch",
    "BlumeCapel",
    "Boundary",
    "Chain",
    "Clock",
    "Colours",
    "Directions",
    "Edge",
    "InputError",
    "Ising",
    "Potts",
    "Ramp",
    "Recipe",
    "Square",
    "Stage",
    "System",
    "TrainingRecipe",
    "Transition",
    "TransverseIsing",
    "Values",
    "build",
    "ceiling",
    "energy",
    "evaluate",
    "exact",
    "find_doubts",
    "get_boundary",
    "get_system",
    "load",
    "load_classifier",
    "magnetization",
    "make_masks",
    "measure",
    "order_parameter",
    "record_ramp",
    "register_edge",
    "register_model",
    "register_system",
    "sample",
    "train",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `import spinlens` is fast and needs no network library."""
    if name == "exact":
        return import_module("spinlens.physics.exact.density")
    if name not in _HOME:
        raise AttributeError(f"module 'spinlens' has no attribute {name!r}")
    try:
        return getattr(import_module(f"spinlens.{_HOME[name]}"), _ALIAS.get(name, name))
    except ModuleNotFoundError as error:
        if error.name in LEARN:
            hint = "pip install 'spinlens[learn]'"
            raise ImportError(f"spinlens.{name} needs {error.name}: {hint}", name=error.name) from None
        raise


def __dir__() -> list[str]:
    """The public names."""
    return [*__all__, "__version__"]
