"""Where a vision transformer looks: attention rollout."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.learning.classifier import Classifier
from spinlens.learning.inputs import check_spins
from spinlens.learning.outputs import run_network


def rollout(classifier: Classifier, spins: NDArray[np.int8]) -> NDArray[np.float64]:
    """(count, patch rows, patch columns): how much of the class token comes from each patch; each map sums to 1.

    spins: (count, m, n). The product over the layers of the head-averaged attention, mixed half and half with the
    identity for the residual path (Abnar and Zuidema, ACL 2020, section 3). Raises InputError for a network without
    attention, for what are no spins of its lattice, and where the attention is not finite.
    """
    model = classifier.model
    if not hasattr(model.config, "num_attention_heads"):
        raise InputError("model", model.config.model_type, "a vision transformer", "this network has no attention")
    inputs = classifier.rendering(classifier.system, check_spins(spins, classifier.system))
    maps = _attention(model, inputs.to(next(model.parameters()).device))
    total = torch.eye(maps[0].shape[-1], dtype=torch.float64)
    for layer in maps:
        mixed = 0.5 * layer.double().mean(1).cpu() + 0.5 * torch.eye(layer.shape[-1], dtype=torch.float64)
        total = mixed @ total
    patches = total[:, 0, 1:]
    if not bool(torch.isfinite(patches).all()):
        raise InputError("model (attention)", "NaN or infinite one", "finite", "its weights are damaged")
    shown = classifier.system.lattice.shape if classifier.rendering.pixels is None else inputs.shape[-2:]
    height, width = (side // _side(model.config.patch_size, k) for k, side in enumerate(shown))
    return (patches / patches.sum(1, keepdim=True)).reshape(-1, height, width).numpy()


def _attention(model: Any, inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """The attention maps of all layers, (count, heads, tokens, tokens) each; the fast attention keeps none."""
    before = model.config._attn_implementation
    model.set_attn_implementation("eager")
    try:
        maps: tuple[torch.Tensor, ...] = run_network(model, inputs, output_attentions=True).attentions
        return maps
    finally:
        model.set_attn_implementation(before)


def _side(size: int | tuple[int, int], axis: int) -> int:
    return size if isinstance(size, int) else size[axis]
