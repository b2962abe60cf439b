"""Snapshots as tensors: augmentation by the system's exact symmetries, then rendering."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset

from spinlens.data.read import Snapshots
from spinlens.data.render import picture_channels, spin_channels
from spinlens.physics.symmetry import symmetry_group
from spinlens.physics.systems import System


@dataclass(frozen=True)
class Rendering:
    """What the network sees: the native lattice with its broken bonds, or a picture of `pixels` x `pixels`.

    mean, std: normalisation of the picture's colours, one number a channel.
    """

    pixels: int | None = None
    mean: tuple[float, ...] = (0.5, 0.5, 0.5)
    std: tuple[float, ...] = (0.5, 0.5, 0.5)

    def __call__(self, system: System, spins: NDArray[np.int8]) -> torch.Tensor:
        """(count, m, n) spins to (count, 3, height, width)."""
        if self.pixels is None:
            return torch.from_numpy(spin_channels(system, spins))
        return torch.from_numpy(picture_channels(spins, self.pixels, self.mean, self.std))


class SnapshotDataset(Dataset[dict[str, torch.Tensor]]):
    """Labelled snapshots for the Trainer; with a seed, each is moved by a random symmetry that the epoch selects."""

    def __init__(self, snapshots: Snapshots, rendering: Rendering, seed: int | None = None) -> None:
        self.snapshots, self.rendering, self.seed, self.epoch = snapshots, rendering, seed, 0
        self.group = symmetry_group(snapshots.system)

    def __len__(self) -> int:
        return len(self.snapshots.label)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        spins = self.snapshots.spins[index]
        if self.seed is not None:
            rng = np.random.default_rng((self.seed, self.epoch, index))
            spins = self.group.apply(self.group.draw(rng), spins)
        pixels = self.rendering(self.snapshots.system, spins[None])[0]
        return {"pixel_values": pixels, "labels": torch.tensor(self.snapshots.label[index])}
