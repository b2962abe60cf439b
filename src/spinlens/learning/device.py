"""Where trained networks run: on the accelerator that torch finds, else on the CPU."""

import torch

IMAGES_CPU, IMAGES_ACCELERATOR = 64, 512


def best_device() -> torch.device:
    """The machine's accelerator, or the CPU."""
    found = torch.accelerator.current_accelerator(check_available=True)
    return found or torch.device("cpu")


def images_at_once(device: torch.device) -> int:
    """How many images a network reads at once where nothing is learnt, so that no result depends on it."""
    return IMAGES_CPU if device.type == "cpu" else IMAGES_ACCELERATOR
