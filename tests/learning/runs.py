"""Shared by the tests of training: a small run, whole or stopped on its way."""

from pathlib import Path
from typing import Any

import pytest
import torch

from spinlens.learning.presets import TrainingRecipe
from spinlens.learning.training import train

RECIPE = TrainingRecipe(model="spin-vit-scratch", epochs=4, batch_size=16, seed=7, learning_rate=5e-4)


class StoppedError(Exception):
    """Stands for a lost machine."""


def same(a: Any, b: Any) -> bool:
    """Whether two networks have the same weights, bit for bit."""
    first, second = a.state_dict(), b.state_dict()
    return first.keys() == second.keys() and all(torch.equal(first[key], second[key]) for key in first)


def stopped_at(last: int, recipe: TrainingRecipe, data: Path, out: Path) -> None:
    """Train until that step, and no further."""

    def stop(step: int, steps: int, note: str) -> None:
        if step == last:
            raise StoppedError

    with pytest.raises(StoppedError):
        train(recipe, data, out, progress=stop)
