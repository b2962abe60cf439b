"""Snapshots as tensors: augmentation by the system's exact symmetries, then rendering."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch.utils.data import Dataset

from spinlens.data.channels import bare_spins, picture_channels, spin_channels, surrounded_spins
from spinlens.data.formats.spins import check_angles
from spinlens.data.read import Snapshots
from spinlens.errors import InputError
from spinlens.physics.order import order_parameter
from spinlens.physics.states import is_continuous
from spinlens.physics.symmetry import symmetry_group
from spinlens.physics.systems import System


@dataclass(frozen=True)
class Rendering:
    """What the network sees: the native lattice, or a picture of `pixels` x `pixels`.

    view: of the lattice, "bonds" (the vector of each state and what its bonds cost: a physics prior), "spins" (the
    vector alone, and what the edges see beyond the lattice) or "bare" (the vector alone, nothing around). mean, std:
    normalisation of the picture's colours, one number a channel.
    """

    pixels: int | None = None
    mean: tuple[float, ...] = (0.5, 0.5, 0.5)
    std: tuple[float, ...] = (0.5, 0.5, 0.5)
    view: Literal["bonds", "spins", "bare"] = "bonds"

    def __call__(self, system: System, spins: NDArray[Any]) -> torch.Tensor:
        """(count, m, n) spins to (count, channels, height, width)."""
        if self.pixels is None:
            if self.view == "bare":
                return torch.from_numpy(bare_spins(system, spins))
            channels = spin_channels if self.view == "bonds" else surrounded_spins
            return torch.from_numpy(channels(system, spins))
        return torch.from_numpy(picture_channels(system, spins, self.pixels, self.mean, self.std))


def check_spins(values: ArrayLike, system: System) -> NDArray[Any]:
    """Spins (count, m, n) from one snapshot (m, n) or several. Raises InputError for other shapes and values."""
    spins, (m, n) = np.asarray(values), system.lattice.shape
    if spins.ndim not in (2, 3) or spins.shape[-2:] != (m, n) or spins.size == 0:
        raise InputError("spins (shape)", spins.shape, f"({m}, {n}) or (count, {m}, {n})")
    if is_continuous(system.model.space):
        return check_angles(spins, "spins").reshape(-1, m, n).astype(np.float32)
    strange = spins[~np.isin(spins, system.model.space.states)]
    if strange.size:
        raise InputError("spins", strange.tolist()[0], f"one of {tuple(system.model.space.states.tolist())}")
    return spins.reshape(-1, m, n).astype(np.int8)


class SnapshotDataset(Dataset[dict[str, torch.Tensor]]):
    """Labelled snapshots for the Trainer; with a seed, each is moved by a random symmetry that the epoch selects.

    with_state: give energy and |m| too, which are known from the snapshot itself, and NaN for the unknown temperature.
    """

    def __init__(
        self, snapshots: Snapshots, rendering: Rendering, seed: int | None = None, with_state: bool = False
    ) -> None:
        self.snapshots, self.rendering, self.seed, self.epoch = snapshots, rendering, seed, 0
        self.group = symmetry_group(snapshots.system)
        self.state = _known_state(snapshots) if with_state else None

    def __len__(self) -> int:
        return len(self.snapshots.label)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        spins = self.snapshots.spins[index]
        if self.seed is not None:
            rng = np.random.default_rng((self.seed, self.epoch, index))
            spins = self.group.apply(self.group.draw(rng), spins)
        pixels = self.rendering(self.snapshots.system, spins[None])[0]
        item = {"pixel_values": pixels, "labels": torch.tensor(self.snapshots.label[index])}
        return item if self.state is None else item | {"state_values": self.state[index]}


def _known_state(snapshots: Snapshots) -> torch.Tensor:
    """(count, 3) as StateHead takes it."""
    per_site = snapshots.energy / snapshots.system.lattice.sites
    order = order_parameter(snapshots.system, snapshots.spins)
    return torch.tensor(np.stack([np.full_like(order, np.nan), per_site, order], 1), dtype=torch.float32)
