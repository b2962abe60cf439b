"""The networks that start from fresh weights, by name: one entry each, known without a network library."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spinlens.errors import InputError

if TYPE_CHECKING:
    from spinlens.data.recipe import Recipe

Make = Callable[["Recipe"], tuple[Any, Any]]
RATE = 7e-4  # of AdamW, for transformers


@dataclass(frozen=True)
class Network:
    """A network that `train` knows by name.

    name: as --model takes it. title: in tables and figures. make(recipe) gives (transformers model, Rendering) for the
    lattice and the classes of a recipe, and imports what it needs itself. rate: learning rate from fresh weights.
    state: whether it ends in a StateHead, so that `pretrain` takes it.
    """

    name: str
    title: str
    make: Make
    rate: float = RATE
    state: bool = False


NETWORKS: dict[str, Network] = {}


def register_network(network: Network) -> None:
    """Make a network known by its name. Raises InputError for a name that another one has."""
    from spinlens.learning.shipped import SHIPPED

    if not isinstance(network, Network):
        raise InputError("network", network, "a Network")
    if network.name in SHIPPED:
        raise InputError("network", network.name, f"a name that no weights have: not {', '.join(SHIPPED)}")
    if NETWORKS.get(network.name, network) != network:
        raise InputError("network", network.name, f"a name that none has: not {', '.join(NETWORKS)}")
    NETWORKS[network.name] = network


def _configured(name: str, *arguments: Any) -> Make:
    """The function of that name in `configured`, which is imported when a network is made."""

    def make(recipe: "Recipe") -> tuple[Any, Any]:
        from spinlens.learning.networks import configured

        found: tuple[Any, Any] = getattr(configured, name)(recipe, *arguments)
        return found

    return make


_SMALL = {"embedding_size": 16, "hidden_sizes": [16, 32, 64], "depths": [1, 1, 1], "layer_type": "basic"}
_R18 = {"hidden_sizes": [64, 128, 256, 512], "depths": [2, 2, 2, 2], "layer_type": "basic"}
_R50 = {"hidden_sizes": [256, 512, 1024, 2048], "depths": [3, 4, 6, 3], "layer_type": "bottleneck"}

# the small ResNet is slow at 7e-4; at 2e-3 the batch statistics of the large ones cannot follow; vit-base: not tried
for _network in (
    Network("spin-vit-scratch", "spin-vit from scratch", _configured("make_spin_vit"), state=True),
    Network(
        "spin-vit-spins", "spin-vit from scratch, products of spins", _configured("make_spin_vit_spins"), state=True
    ),
    Network("vit", "plain ViT from scratch", _configured("make_vit", "bonds")),
    Network("vit-spins", "plain ViT from scratch, spins alone", _configured("make_vit", "bare")),
    Network("vit-base", "ViT-Base", _configured("make_vit_base"), 3e-4),
    Network("resnet-small", "small ResNet from scratch", _configured("make_resnet", _SMALL), 2e-3, state=True),
    Network("resnet-18", "ResNet-18", _configured("make_resnet", _R18), 3e-4, state=True),
    Network("resnet-50", "ResNet-50", _configured("make_resnet", _R50), 3e-4, state=True),
):
    register_network(_network)
