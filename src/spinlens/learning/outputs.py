"""Running a network whose configuration may be odd."""

from typing import Any

import numpy as np
import torch

from spinlens.errors import InputError
from spinlens.learning.inputs import Rendering
from spinlens.learning.memory import lacks_memory
from spinlens.physics.systems import System


def run_network(model: Any, pixels: torch.Tensor, **options: Any) -> Any:
    """What a network returns for pixels (count, channels, height, width), without gradients.

    Raises InputError where its layers do not fit together.
    """
    model.eval()
    try:
        with torch.inference_mode():
            return model(pixel_values=pixels, **options)
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        if lacks_memory(error):
            raise
        text = (str(error).splitlines() or [""])[0][:120]
        expected = f"a network whose layers fit together ({type(error).__name__}: {text})"
        raise InputError("model", model.config.model_type, expected, "its config.json is damaged") from None


def try_out(model: Any, rendering: Rendering, system: System) -> None:
    """Raises InputError where a network cannot read a snapshot of the system, or has not one output a class."""
    pixels = rendering(system, np.ones((1, *system.lattice.shape), np.int8))
    logits = run_network(model, pixels.to(next(model.parameters()).device)).logits
    if logits.shape != (1, model.config.num_labels):
        raise InputError("model (outputs)", tuple(logits.shape), f"(1, {model.config.num_labels}), one a class")
