"""A trained network with the system it reads: save, load strictly, predict."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from spinlens.data.recipe import SystemRecipe
from spinlens.data.render import from_image
from spinlens.errors import InputError
from spinlens.learning.inputs import Rendering
from spinlens.physics.systems import System

BATCH = 64


@dataclass(frozen=True)
class Prediction:
    """label (count,) class indices; names of the classes; probability (count, classes)."""

    label: NDArray[np.int64]
    names: tuple[str, ...]
    probability: NDArray[np.float64]


@dataclass(frozen=True)
class Classifier:
    """A network, what it is shown, and the system whose snapshots it reads."""

    model: Any
    rendering: Rendering
    system: System

    @property
    def names(self) -> tuple[str, ...]:
        """The class names in the order of the labels."""
        labels = self.model.config.id2label
        return tuple(labels[k] for k in range(len(labels)))

    def predict(self, spins_or_images: ArrayLike | list[Any]) -> Prediction:
        """Classes of snapshots: spins (count, m, n) or (m, n), or a list of PIL images.

        Raises InputError for another shape or values that are no spins.
        """
        if isinstance(spins_or_images, list) and spins_or_images and hasattr(spins_or_images[0], "convert"):
            spins_or_images = [from_image(image, self.system) for image in spins_or_images]
        spins, shape = np.asarray(spins_or_images), self.system.lattice.shape
        if spins.ndim not in (2, 3) or spins.shape[-2:] != shape or spins.size == 0:
            raise InputError("spins (shape)", spins.shape, f"{shape} or (count, {shape[0]}, {shape[1]}) is")
        if not np.isin(spins, self.system.model.states).all():
            raise InputError("spins", "other values", f"values among {self.system.model.states} are")
        probability = self.probabilities(spins.reshape(-1, *shape).astype(np.int8))
        return Prediction(probability.argmax(1), self.names, probability)

    def probabilities(self, spins: NDArray[np.int8]) -> NDArray[np.float64]:
        """Class probabilities (count, classes) of spins (count, m, n)."""
        self.model.eval()
        device = next(self.model.parameters()).device
        with torch.inference_mode():
            logits = [
                self.model(pixel_values=self.rendering(self.system, spins[k : k + BATCH]).to(device)).logits
                for k in range(0, len(spins), BATCH)
            ]
        return torch.softmax(torch.cat(logits).double(), 1).cpu().numpy()

    def save(self, folder: Path, system: SystemRecipe) -> None:
        """Write weights (safetensors) and configuration, from which `load_classifier` reads everything back."""
        self.model.config.spinlens = {"system": system.model_dump(mode="json"), "rendering": asdict(self.rendering)}
        self.model.save_pretrained(folder)


def load_classifier(source: str | Path) -> Classifier:
    """The classifier in a folder that `spinlens train` wrote, or on the Hub.

    Raises InputError where there is none, or where its weights are damaged or incomplete.
    """
    from transformers import AutoConfig

    if (Path(source) / "recipe.json").is_file() and not (Path(source) / "config.json").is_file():
        allowed = f"a finished run is; go on with `spinlens train DATA --out {source} --resume`"
        raise InputError("model", str(source), allowed)
    try:
        config = AutoConfig.from_pretrained(source)
    except Exception as error:  # the loaders raise many types
        allowed = f"a folder that `spinlens train` wrote, or a Hub name within reach, is ({type(error).__name__})"
        raise InputError("model", str(source), allowed) from None
    try:
        meta = config.spinlens
        shown: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in meta["rendering"].items()}
        rendering, system = Rendering(**shown), SystemRecipe.model_validate(meta["system"]).system()
    except (AttributeError, LookupError, TypeError, ValueError):
        allowed = "a checkpoint that names its spin system is; `spinlens train` makes one"
        raise InputError("model", str(source), allowed) from None
    return Classifier(load_strictly(source), rendering, system)


def load_strictly(source: str | Path) -> Any:
    """A model whose every weight comes from the checkpoint. Raises InputError otherwise."""
    from transformers import AutoModelForImageClassification
    from transformers.utils import logging

    logging.disable_progress_bar()
    try:
        model, info = AutoModelForImageClassification.from_pretrained(
            source, output_loading_info=True, use_safetensors=True
        )
    except Exception as error:  # a truncated file raises one of many types
        reason = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0][:120]}"
        raise InputError("model", str(source), f"a whole checkpoint is ({reason})") from None
    lost = [key for kind in ("missing_keys", "unexpected_keys", "mismatched_keys") for key in info[kind]]
    if lost:
        raise InputError(
            "model", str(source), f"a complete checkpoint is; {len(lost)} weights such as {lost[0]} differ"
        )
    return model
