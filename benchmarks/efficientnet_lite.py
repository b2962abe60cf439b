"""EfficientNet-Lite0 as a transformers model, so that its checkpoints load by `from_pretrained` like any other.

transformers has EfficientNet, whose blocks squeeze and excite and whose activation is swish; the Lite variants
(Google, 2020) drop the one and use ReLU6 for the other. Parameters carry the names of the published PyTorch checkpoints
without their leading underscores. To import this module is to register the model with AutoConfig and
AutoModelForImageClassification.
"""

import torch
from torch import nn
from transformers import AutoConfig, AutoModelForImageClassification, PreTrainedConfig, PreTrainedModel
from transformers.modeling_outputs import ImageClassifierOutputWithNoAttention

# repeats, kernel, stride of the first, expansion, channels; stem and head are not scaled
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
STEM, HEAD = 32, 1280


class EfficientNetLiteConfig(PreTrainedConfig):
    """image_size: pixels of a picture's side; any works, the published weights saw 224."""

    model_type = "efficientnet-lite"

    image_size: int = 224


class SameConv2d(nn.Conv2d):
    """TensorFlow's padding: the output has ceil(input / stride) pixels, and an odd zero goes right or below."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        total = [
            max((-(-size // stride) - 1) * stride + kernel - size, 0)
            for size, kernel, stride in zip(x.shape[-2:], self.kernel_size, self.stride, strict=True)
        ]
        down, right = total
        return super().forward(nn.functional.pad(x, (right // 2, right - right // 2, down // 2, down - down // 2)))


def _norm(channels: int) -> nn.BatchNorm2d:
    """TensorFlow's epsilon; PyTorch's momentum, as a few hundred steps are too short for TensorFlow's 0.99."""
    return nn.BatchNorm2d(channels, eps=1e-3)


class Block(nn.Module):
    """Expand, filter each channel, project; the input is added where the shape is kept."""

    def __init__(self, channels: int, kernel: int, stride: int, expansion: int, out: int) -> None:
        super().__init__()
        wide = channels * expansion
        if expansion > 1:
            self.expand_conv, self.bn0 = nn.Conv2d(channels, wide, 1, bias=False), _norm(wide)
        self.depthwise_conv = SameConv2d(wide, wide, kernel, stride, groups=wide, bias=False)
        self.bn1 = _norm(wide)
        self.project_conv, self.bn2 = nn.Conv2d(wide, out, 1, bias=False), _norm(out)
        self.expands, self.adds = expansion > 1, stride == 1 and channels == out

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = nn.functional.relu6(self.bn0(self.expand_conv(x))) if self.expands else x
        y = nn.functional.relu6(self.bn1(self.depthwise_conv(y)))
        y = self.bn2(self.project_conv(y))
        return x + y if self.adds else y


class EfficientNetLiteForImageClassification(PreTrainedModel):
    """Stem, 16 blocks, head, mean over the picture, linear classifier."""

    config_class = EfficientNetLiteConfig
    main_input_name = "pixel_values"

    def __init__(self, config: EfficientNetLiteConfig) -> None:
        super().__init__(config)
        self.conv_stem, self.bn0 = SameConv2d(3, STEM, 3, 2, bias=False), _norm(STEM)
        self.blocks, channels = nn.ModuleList(), STEM
        for repeats, kernel, stride, expansion, out in STAGES:
            for k in range(repeats):
                self.blocks.append(Block(channels, kernel, 1 if k else stride, expansion, out))
                channels = out
        self.conv_head, self.bn1 = nn.Conv2d(channels, HEAD, 1, bias=False), _norm(HEAD)
        self.classifier = nn.Linear(HEAD, config.num_labels)
        self.post_init()

    def forward(
        self, pixel_values: torch.Tensor, labels: torch.Tensor | None = None, **_: object
    ) -> ImageClassifierOutputWithNoAttention:
        x = nn.functional.relu6(self.bn0(self.conv_stem(pixel_values)))
        for block in self.blocks:
            x = block(x)
        x = nn.functional.relu6(self.bn1(self.conv_head(x)))
        logits = self.classifier(x.mean((2, 3)))
        loss = None if labels is None else nn.functional.cross_entropy(logits, labels)
        return ImageClassifierOutputWithNoAttention(loss=loss, logits=logits)


AutoConfig.register(EfficientNetLiteConfig.model_type, EfficientNetLiteConfig)
AutoModelForImageClassification.register(EfficientNetLiteConfig, EfficientNetLiteForImageClassification)
