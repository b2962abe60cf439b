"""The networks: by configuration, from a local checkpoint folder, or by Hub name."""

from pathlib import Path
from typing import Any

from spinlens.errors import InputError
from spinlens.learning.inputs import Rendering
from spinlens.physics.systems import System

CONFIGURED = ("vit", "vit-base", "resnet-18", "resnet-50")


def patch_size(rows: int, columns: int) -> int:
    """The largest side that divides both and leaves at least 6 x 6 patches; 1 where there is none."""
    fits = [p for p in range(1, 33) if rows % p == columns % p == 0 and min(rows, columns) // p >= 6]
    return max(fits, default=1)


def make_model(name: str, system: System, names: tuple[str, ...]) -> tuple[Any, Rendering]:
    """(model, rendering) of a configured network with fresh weights, a checkpoint folder or a Hub name.

    Checkpoints keep their own picture size and get a new head where the classes differ. Raises InputError where the
    name is neither, where the checkpoint is damaged, or where the Hub cannot be reached.
    """
    labels = {"id2label": dict(enumerate(names)), "label2id": {n: k for k, n in enumerate(names)}}
    if name in CONFIGURED:
        return _configured(name, system, labels), Rendering()
    return _pretrained(name, labels)


def _configured(name: str, system: System, labels: dict[str, Any]) -> Any:
    from transformers import ResNetConfig, ResNetForImageClassification, ViTConfig, ViTForImageClassification

    m, n = system.lattice.shape
    if name == "vit":
        return ViTForImageClassification(
            ViTConfig(
                hidden_size=128,
                num_hidden_layers=4,
                num_attention_heads=4,
                intermediate_size=256,
                image_size=(m, n),
                patch_size=patch_size(m, n),
                hidden_dropout_prob=0.0,
                attention_probs_dropout_prob=0.0,
                **labels,
            )
        )
    if name == "vit-base":
        return ViTForImageClassification(ViTConfig(image_size=(m, n), patch_size=patch_size(m, n), **labels))
    if name == "resnet-18":
        shape: dict[str, Any] = {"hidden_sizes": [64, 128, 256, 512], "depths": [2, 2, 2, 2], "layer_type": "basic"}
    else:
        shape = {"hidden_sizes": [256, 512, 1024, 2048], "depths": [3, 4, 6, 3], "layer_type": "bottleneck"}
    return ResNetForImageClassification(ResNetConfig(**shape, **labels))


def _pretrained(name: str, labels: dict[str, Any]) -> tuple[Any, Rendering]:
    from transformers import AutoModelForImageClassification

    known = f"one of {', '.join(CONFIGURED)}, a checkpoint folder or a Hub name such as google/vit-base-patch16-224 is"
    if not Path(name).is_dir() and name.count("/") != 1:
        raise InputError("model", name, known)
    try:
        model, info = AutoModelForImageClassification.from_pretrained(
            name, ignore_mismatched_sizes=True, output_loading_info=True, use_safetensors=True, **labels
        )
    except Exception as error:  # the loaders raise many types; all mean that there is no usable checkpoint
        if Path(name).is_dir():
            raise InputError("model", name, f"an undamaged safetensors checkpoint is ({_first_line(error)})") from None
        allowed = f"a reachable Hub name is; download the checkpoint and pass its folder ({_first_line(error)})"
        raise InputError("model", name, allowed) from None
    missing = [key for key in info["missing_keys"] if "classifier" not in key]
    if missing:
        raise InputError("model", name, f"a complete checkpoint is; {len(missing)} weights such as {missing[0]} lack")
    size = getattr(model.config, "image_size", 224)
    return model, Rendering(size if isinstance(size, int) else max(size), *_normalisation(name))


def _normalisation(name: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """(mean, std) of the colours that the checkpoint was trained on; one half each where it does not say."""
    from transformers.image_processing_base import ImageProcessingMixin

    try:
        stated, _ = ImageProcessingMixin.get_image_processor_dict(name)
    except OSError:
        stated = {}
    half = (0.5, 0.5, 0.5)
    return tuple(stated.get("image_mean") or half), tuple(stated.get("image_std") or half)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:160] if lines else 'no reason given'}"
