"""The image processor that each run is saved with, so that transformers reads pictures of snapshots as we do.

After `import spinlens.learning.image_processor`, `transformers.pipeline("image-classification", model=RUN)` works.
"""

from dataclasses import asdict
from typing import Any

import numpy as np
from transformers import AutoImageProcessor
from transformers.image_processing_utils import BaseImageProcessor, BatchFeature

from spinlens.data.recipe import SystemRecipe
from spinlens.data.render import from_image
from spinlens.errors import InputError
from spinlens.learning.inputs import Rendering
from spinlens.learning.networks.spinresnet import SpinResNetConfig
from spinlens.learning.networks.spinvit import SpinViTConfig
from spinlens.learning.provenance import Shown


class SpinImageProcessor(BaseImageProcessor):
    """Two-colour pictures to the tensors that the network of a run reads, exactly as `Classifier.predict`.

    system: a `SystemRecipe` as JSON, whose lattice the pictures have. rendering: a `Rendering` as JSON.
    """

    model_input_names = ["pixel_values"]  # noqa: RUF012

    def __init__(self, system: Any = None, rendering: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.system = SystemRecipe.model_validate(system or {}).model_dump(mode="json")
        self.rendering = Shown.model_validate(rendering or {}).model_dump(mode="json")

    @classmethod
    def of(cls, rendering: Rendering, system: SystemRecipe) -> "SpinImageProcessor":
        """The processor of a network that is shown snapshots of a system so."""
        return cls(system=system.model_dump(mode="json"), rendering=asdict(rendering))

    def preprocess(self, images: Any, return_tensors: str | None = "pt", **_: Any) -> BatchFeature:
        """pixel_values (count, channels, height, width) of one picture or a list of them.

        return_tensors: "pt" or "np", as transformers has it. Raises InputError for what is no picture of two colours
        and of the lattice's size, or a multiple.
        """
        pictures = images if isinstance(images, list | tuple) else [images]
        if not pictures or not all(hasattr(picture, "convert") for picture in pictures):
            raise InputError("images", type(images).__name__, "a PIL image or a list of them")
        system = SystemRecipe.model_validate(self.system).system()
        spins = np.stack([from_image(picture, system) for picture in pictures])
        pixels = Shown.model_validate(self.rendering).rendering()(system, spins)
        return BatchFeature({"pixel_values": pixels.numpy()}, tensor_type=return_tensors)


BACKENDS: dict[str, type] = {
    "pil": SpinImageProcessor,
    "torchvision": SpinImageProcessor,
}  # one class, whatever is installed
for config in (SpinViTConfig, SpinResNetConfig):
    AutoImageProcessor.register(config, image_processor_classes=BACKENDS)
