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
    from spinlens.montecarlo.sample import Batch, sample
    from spinlens.physics.boundary import Boundary, Edge, get_boundary, register_edge
    from spinlens.physics.catalogue import get_system, register_model, register_system
    from spinlens.physics.exact import density as exact
    from spinlens.physics.lattices import Square
    from spinlens.physics.models.blume_capel import BlumeCapel
    from spinlens.physics.models.ising import Ising
    from spinlens.physics.models.potts import Potts
    from spinlens.physics.models.protocol import Transition
    from spinlens.physics.order import magnetization, order_parameter
    from spinlens.physics.spaces import Colours, Directions, Values
    from spinlens.physics.systems import System, energy

__version__ = "0.2.0"

_HOME = {
    "Batch": "montecarlo.sample",
    "BlumeCapel": "physics.models.blume_capel",
    "Boundary": "physics.boundary",
    "Colours": "physics.spaces",
    "Directions": "physics.spaces",
    "Edge": "physics.boundary",
    "InputError": "errors",
    "Ising": "physics.models.ising",
    "Potts": "physics.models.potts",
    "Recipe": "data.recipe",
    "Square": "physics.lattices",
    "System": "physics.systems",
    "TrainingRecipe": "learning.presets",
    "Transition": "physics.models.protocol",
    "Values": "physics.spaces",
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
    "measure": "montecarlo.analysis.measure",
    "order_parameter": "physics.order",
    "register_edge": "physics.boundary",
    "register_model": "physics.catalogue",
    "register_system": "physics.catalogue",
    "sample": "montecarlo.sample",
    "train": "learning.training",
}
_ALIAS = {"load": "read_split"}

__all__ = [
    "Batch",
    "BlumeCapel",
    "Boundary",
    "Colours",
    "Directions",
    "Edge",
    "InputError",
    "Ising",
    "Potts",
    "Recipe",
    "Square",
    "System",
    "TrainingRecipe",
    "Transition",
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
    "measure",
    "order_parameter",
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
