"""What our networks end in: the state of a snapshot as distributions, and classes as intervals of its temperature.

Temperature, energy and |m| are each a logistic distribution. The probability of a class is that of its interval of
temperature: ordinal regression (McCullagh, J. R. Stat. Soc. B 42, 109 (1980)) with a scale for each snapshot.
"""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.functional import cross_entropy, logsigmoid, softplus
from transformers import PretrainedConfig
from transformers import initialization as init
from transformers.modeling_outputs import ImageClassifierOutput

STATE = ("temperature", "energy_per_site", "order_parameter")  # the last two per site, |m| staggered where J < 0
MIDDLE = (2.0, -1.0, 0.5)  # where a fresh head starts
RANGE = 4.0  # of the first number inside the head, whatever the temperatures are: rates suit all models alike
FAR = 1e4  # stands for an infinite edge, in scales
LOG_SCALE = (-8.0, 3.0)


@dataclass
class StateOutput(ImageClassifierOutput):
    """logits (count, classes); state (count, 3, 2): location and log scale of each of STATE."""

    state: torch.Tensor | None = None


class StateHead(nn.Module):
    """(count, width) features to a StateOutput.

    Of its configuration it reads num_labels; class_edges, inner edges of the classes in temperature (spread evenly over
    RANGE where None or of another number); class_bias, log prior density of each class (likewise, 0); origin and unit:
    inside the head a temperature T is (T - origin) / unit.
    """

    def __init__(self, config: PretrainedConfig, width: int) -> None:
        super().__init__()
        classes = int(config.num_labels or 0)
        self.config = config
        self.origin, self.unit = config.origin, config.unit
        self.norm = nn.LayerNorm(width)
        self.state = nn.Linear(width, 2 * len(STATE))
        self.cuts = nn.Parameter(torch.empty(classes - 1))
        self.bias = nn.Parameter(torch.empty(classes))

    @torch.no_grad()
    def set_classes(self, edges: list[float], bias: list[float]) -> None:
        """Inner edges and log prior densities, whatever a checkpoint had."""
        self.cuts.copy_(self._inside(edges))
        self.bias.copy_(torch.tensor(bias))

    def _inside(self, edges: list[float]) -> torch.Tensor:
        """Temperatures in the units of the head."""
        return (torch.tensor(edges, dtype=torch.float64) - self.origin).div(self.unit).float()

    @torch.no_grad()
    def reset(self) -> None:
        """Fresh weights: every distribution broad and in the middle of its range."""
        count = len(self.bias)
        edges, bias = self.config.class_edges or [], self.config.class_bias or []
        spread = torch.tensor([RANGE * k / count for k in range(1, count)])
        init.copy_(self.cuts, self._inside(edges) if len(edges) == count - 1 else spread)
        init.copy_(self.bias, torch.tensor(bias if len(bias) == count else [0.0] * count))
        init.normal_(self.state.weight, std=0.02)
        init.copy_(self.state.bias, torch.tensor([[value, -1.0] for value in MIDDLE]).flatten())

    def forward(
        self, features: torch.Tensor, labels: torch.Tensor | None, state_values: torch.Tensor | None
    ) -> StateOutput:
        """labels (count,) class indices; state_values (count, 3), NaN where unknown. Each adds to the loss."""
        with torch.autocast(features.device.type, enabled=False):  # bfloat16 resolves temperatures to 1/64 only
            location, log_scale = self.state(self.norm(features.float())).unflatten(1, (len(STATE), 2)).unbind(2)
        log_scale = log_scale.clamp(*LOG_SCALE)
        logits = log_shares((self.cuts - location[:, :1]) * torch.exp(-log_scale[:, :1])) + self.bias
        to_temperature = location.new_tensor([self.unit, 1.0, 1.0])
        location = location * to_temperature + location.new_tensor([self.origin, 0.0, 0.0])
        log_scale = log_scale + to_temperature.log()
        losses = []
        if labels is not None:
            losses.append(cross_entropy(logits, labels))
        if state_values is not None:
            losses.append(logistic_nll(location, log_scale, state_values))
        loss = torch.stack(losses).sum() if losses else None
        return StateOutput(loss=loss, logits=logits, state=torch.stack([location, log_scale], 2))


def log_shares(edges: torch.Tensor) -> torch.Tensor:
    """(count, k) rising edges to (count, k + 1): log probability of each interval under the standard logistic.

    F(b) - F(a) = F(b) F(-a) (1 - exp(a - b)), which loses no digits in the tails.
    """
    far = edges.new_full((len(edges), 1), FAR)
    low, high = torch.cat([-far, edges], 1), torch.cat([edges, far], 1)
    width = (high - low).clamp(min=1e-6)  # training may bring two edges together
    return logsigmoid(high) + logsigmoid(-low) + torch.log(-torch.expm1(-width))


def logistic_nll(location: torch.Tensor, log_scale: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """Mean negative log density of the known values (count, 3), summed over the variables.

    The terms of energy and |m| are weighted by scale**0.5 (beta-NLL, Seitzer et al., ICLR 2022, beta = 0.25): a network
    predicts them almost without error, and they would otherwise dominate the loss.
    """
    known = torch.isfinite(values)
    z = (torch.where(known, values, location) - location) * torch.exp(-log_scale)
    nll = torch.where(known, log_scale + z + 2 * softplus(-z), torch.zeros_like(z))
    nll = torch.cat([nll[:, :1], nll[:, 1:] * (log_scale[:, 1:].detach() / 2).exp()], 1)
    return (nll.sum(0) / known.sum(0).clamp(min=1)).sum()
