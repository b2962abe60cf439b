"""spin-resnet: the ResNets of transformers with the head of spin-vit, so that both are trained on the same terms."""

from typing import Any

import torch
from transformers import AutoConfig, AutoModelForImageClassification, ResNetConfig, ResNetModel
from transformers.models.resnet.modeling_resnet import ResNetPreTrainedModel

from spinlens.learning.networks.heads import StateHead, StateOutput


class SpinResNetConfig(ResNetConfig):
    """A ResNetConfig with class_edges, class_bias, origin and unit as StateHead has them."""

    model_type = "spin-resnet"

    class_edges: list[float] | None = None
    class_bias: list[float] | None = None
    origin: float = 0.0
    unit: float = 1.0


class SpinResNetForImageClassification(ResNetPreTrainedModel):
    """A ResNet on lattices of any size."""

    config_class = SpinResNetConfig
    base_model_prefix = "spin_resnet"

    def __init__(self, config: SpinResNetConfig) -> None:
        super().__init__(config)
        self.resnet = ResNetModel(config)
        self.head = StateHead(config, list(config.hidden_sizes or ())[-1])
        self.post_init()

    @torch.no_grad()
    def _init_weights(self, module: torch.nn.Module) -> None:
        if isinstance(module, StateHead):
            module.reset()
        else:
            super()._init_weights(module)

    def forward(
        self,
        pixel_values: torch.Tensor,
        labels: torch.Tensor | None = None,
        state_values: torch.Tensor | None = None,
        **_: Any,
    ) -> StateOutput:
        """pixel_values (count, channels, m, n) as the rendering makes them; labels and values as StateHead."""
        pooled = self.resnet(pixel_values).pooler_output.flatten(1)
        return self.head(pooled, labels, state_values)


AutoConfig.register("spin-resnet", SpinResNetConfig)
AutoModelForImageClassification.register(SpinResNetConfig, SpinResNetForImageClassification)
