"""The networks that are made from a configuration, by name; known without a network library."""

from typing import Any

RESNETS: dict[str, dict[str, Any]] = {
    "resnet-small": {"embedding_size": 16, "hidden_sizes": [16, 32, 64], "depths": [1, 1, 1], "layer_type": "basic"},
    "resnet-18": {"hidden_sizes": [64, 128, 256, 512], "depths": [2, 2, 2, 2], "layer_type": "basic"},
    "resnet-50": {"hidden_sizes": [256, 512, 1024, 2048], "depths": [3, 4, 6, 3], "layer_type": "bottleneck"},
}
CONFIGURED = ("spin-vit-scratch", "spin-vit-spins", "vit", "vit-spins", "vit-base", *RESNETS)
