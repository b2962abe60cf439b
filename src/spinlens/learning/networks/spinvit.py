"""spin-vit: a small vision transformer for lattices of any size, as a transformers model.

It reads patches of spins with their broken bonds (or makes products of neighbours itself) and knows positions on a
torus; it ends in a StateHead.
"""

import math
from typing import Any

import torch
from torch import nn
from transformers import AutoConfig, AutoModelForImageClassification, ViTConfig
from transformers import initialization as init
from transformers.models.vit.modeling_vit import ViTLayer, ViTPreTrainedModel
from transformers.utils.output_capturing import capture_outputs

from spinlens.learning.networks.heads import StateHead, StateOutput

HARMONICS = 2
REFERENCE = 100  # the side, in spins, at which the extents are 0
NOISE = 0.05  # of a fresh readout, beside a coefficient of 1
NEIGHBOURS = 4  # the first products: two differences and two sums


class SpinViTConfig(ViTConfig):
    """A ViTConfig with: products, how many channels of neighbour products the network makes from single spins (0: it is
    given the bonds); class_edges, class_bias, origin and unit as StateHead has them."""

    model_type = "spin-vit"

    hidden_size: int = 64
    num_hidden_layers: int = 3
    num_attention_heads: int = 4
    intermediate_size: int = 128
    patch_size: int = 10
    products: int = 0
    class_edges: list[float] | None = None
    class_bias: list[float] | None = None
    origin: float = 0.0
    unit: float = 1.0


class NeighbourProducts(nn.Module):
    """(count, d, m + 2, n + 2) vectors with what edges see to (count, products, m, n): products of two convolutions.

    Energies are sums of products of neighbours, which additive layers learn slowly.
    """

    def __init__(self, products: int, channels: int) -> None:
        super().__init__()
        self.products = products
        self.factors = nn.Conv2d(channels, 2 * products, 3)

    @torch.no_grad()
    def reset(self) -> None:
        """Start from (s -+ s')^2 / 2 of neighbours to the right and below, the spin itself, and chance."""
        weight, bias = torch.zeros_like(self.factors.weight), torch.zeros(2 * self.products)
        for first in (0, self.products):
            for channel, (place, sign) in enumerate((((1, 2), -1), ((2, 1), -1), ((1, 2), 1), ((2, 1), 1))):
                weight[first + channel, 0, 1, 1] += 0.5**0.5
                weight[first + channel, 0, *place] += sign * 0.5**0.5
            weight[first + NEIGHBOURS + 1 : first + self.products].normal_(std=0.3)
        weight[NEIGHBOURS, 0, 1, 1] += 1.0
        bias[self.products + NEIGHBOURS] = 1.0
        start(self.factors, weight, bias)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        first, second = self.factors(pixels).chunk(2, 1)
        return first * second


class SpinViTEmbeddings(nn.Module):
    """(count, channels, m, n) to (count, 1 + patches, hidden): a class token, then patches with torus positions."""

    def __init__(self, config: SpinViTConfig) -> None:
        super().__init__()
        self.patch_size, self.products = config.patch_size, config.products
        self.vectors = config.num_channels - 2  # channels of the state itself; the others are costs of bonds
        self.stem = NeighbourProducts(config.products, config.num_channels) if config.products else nn.Identity()
        channels = config.products or config.num_channels
        self.readout = nn.Conv2d(channels, config.hidden_size, config.patch_size, config.patch_size)
        self.positions = nn.Linear(4 * HARMONICS, config.hidden_size)
        self.extent = nn.Parameter(torch.zeros(2, config.hidden_size))
        self.cls_token = nn.Parameter(torch.zeros(1, 1, config.hidden_size))

    @torch.no_grad()
    def reset(self) -> None:
        """Each readout starts as a sum over its patch, so that it counts wherever in the patch things are.

        What is not 0 on a cold lattice starts small beside the few broken bonds there.
        """
        if isinstance(self.stem, NeighbourProducts):
            self.stem.reset()  # from here: transformers passes over modules without weights of their own
        init.zeros_(self.extent)
        kernel = torch.randn(*self.readout.weight.shape[:2], 1, 1)
        steady = slice(NEIGHBOURS, None) if self.products else slice(0, self.vectors)
        kernel[:, steady] /= self.patch_size
        noise = torch.randn_like(self.readout.weight)
        start(self.readout, (kernel + NOISE * noise) / self.patch_size, torch.zeros(len(kernel)))

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        pixels = self.stem(pixels)
        rows, columns = pixels.shape[-2:]
        if rows % self.patch_size or columns % self.patch_size:
            raise ValueError(f"{rows} x {columns} spins are no whole patches of {self.patch_size}")
        patches = self.readout(pixels)
        waves = torus_waves(*patches.shape[-2:]).to(patches)
        tokens = patches.flatten(2).transpose(1, 2) + self.positions(waves)
        # walls are a share of 1 / side of the energy: what a patch tells depends on the size of the whole
        extent = tokens.new_tensor([REFERENCE / rows - 1, REFERENCE / columns - 1]) @ self.extent
        return torch.cat([self.cls_token.expand(len(tokens), -1, -1), tokens], 1) + extent


def start(layer: nn.Conv2d, weight: torch.Tensor, bias: torch.Tensor) -> None:
    """Set fresh weights, which those of a checkpoint win over."""
    assert layer.bias is not None
    init.copy_(layer.weight, weight)
    init.copy_(layer.bias, bias)


def torus_waves(rows: int, columns: int) -> torch.Tensor:
    """(rows * columns, 4 HARMONICS): sines and cosines of the angles along each direction; any size, no seam."""

    def waves(count: int) -> torch.Tensor:
        angle = 2 * math.pi * (torch.arange(count) + 0.5) / count
        return torch.cat([torch.stack([(k * angle).sin(), (k * angle).cos()], 1) for k in range(1, HARMONICS + 1)], 1)

    down, right = waves(rows), waves(columns)
    return torch.cat([down.repeat_interleave(columns, 0), right.repeat(rows, 1)], 1)


class SpinViTForImageClassification(ViTPreTrainedModel):
    """See the module's docstring. The patch size must divide both sides of the lattice."""

    config_class = SpinViTConfig
    base_model_prefix = "spin_vit"

    def __init__(self, config: SpinViTConfig) -> None:
        super().__init__(config)
        self.embeddings = SpinViTEmbeddings(config)
        self.layers = nn.ModuleList(ViTLayer(config) for _ in range(config.num_hidden_layers))
        self.head = StateHead(config, 2 * config.hidden_size)
        self.post_init()

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, StateHead | SpinViTEmbeddings):
            module.reset()
        elif not isinstance(module, nn.Conv2d):
            super()._init_weights(module)

    @capture_outputs
    def forward(
        self,
        pixel_values: torch.Tensor,
        labels: torch.Tensor | None = None,
        state_values: torch.Tensor | None = None,
        **kwargs: Any,
    ) -> StateOutput:
        """pixel_values (count, channels, m, n) as the rendering makes them; labels and values as StateHead."""
        hidden = self.embeddings(pixel_values)
        for layer in self.layers:
            hidden = layer(hidden, None, **kwargs)
        return self.head(torch.cat([hidden[:, 0], hidden[:, 1:].mean(1)], 1), labels, state_values)


AutoConfig.register("spin-vit", SpinViTConfig)
AutoModelForImageClassification.register(SpinViTConfig, SpinViTForImageClassification)
