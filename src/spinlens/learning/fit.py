"""Which networks read a lattice, known without a network library."""

import json

from spinlens.learning.shipped import WEIGHTS
from spinlens.physics.systems import System

DEFAULT, FRESH, ANY = "spin-vit", "spin-vit-scratch", "resnet-small"
MAX_PATCHES = 2500  # attention grows with their square


def patch_size(rows: int, columns: int) -> int:
    """The largest side that divides both and leaves at least 6 x 6 patches; 1 where there is none."""
    fits = [p for p in range(1, 33) if rows % p == columns % p == 0 and min(rows, columns) // p >= 6]
    return max(fits, default=1)


def default_fits(system: System) -> bool:
    """Whether the included weights spin-vit read this lattice: their patches divide it into few enough."""
    try:
        patch = int(json.loads((WEIGHTS / DEFAULT / "config.json").read_text(encoding="utf-8"))["patch_size"])
    except (OSError, ValueError, LookupError):
        return False
    rows, columns = system.lattice.shape
    return rows % patch == columns % patch == 0 and system.lattice.sites <= patch**2 * MAX_PATCHES


def fitting_model(system: System) -> str:
    """The first network that reads this lattice: spin-vit with its weights, fresh, or a residual network."""
    if default_fits(system):
        return DEFAULT
    return FRESH if system.lattice.sites <= patch_size(*system.lattice.shape) ** 2 * MAX_PATCHES else ANY
