"""What a network's configuration says of its classes."""

from typing import Any

import numpy as np

from spinlens.data.recipe import Recipe
from spinlens.errors import InputError


def class_values(recipe: Recipe) -> dict[str, Any]:
    """What a configuration says of the classes: names, inner edges, log density of the prior over the temperatures.

    The prior is that of the test split, as for the ceiling.
    """
    classes, names = recipe.classes, recipe.classes.names
    share = np.array(recipe.counts.test) / sum(recipe.counts.test)
    width = np.array([len(classes.values(k)) for k in range(len(names))]) / len(classes.grid())
    return {
        "id2label": dict(enumerate(names)),
        "label2id": {name: k for k, name in enumerate(names)},
        "class_edges": list(classes.edges[1:-1]),
        "class_bias": np.log(share / width).round(6).tolist(),
    }


def class_names(config: Any, source: str) -> tuple[str, ...]:
    """The names of a network's classes in the order of its outputs. Raises InputError where they are not all named."""
    labels = getattr(config, "id2label", None)
    if isinstance(labels, dict) and labels and sorted(labels, key=str) == sorted(range(len(labels)), key=str):
        names = tuple(labels[k] for k in range(len(labels)))
        if all(isinstance(name, str) for name in names):
            return names
    raise InputError("model (id2label)", labels, f"a name for every class from 0 on, in the config.json of {source}")


def listed(names: tuple[str, ...], most: int = 4) -> str:
    """The first names, joined by commas."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
