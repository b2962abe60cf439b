"""Where networks run: on the accelerator that torch finds, else on the CPU."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from transformers import TrainingArguments

EVALUATION_BATCH_CPU, EVALUATION_BATCH_ACCELERATOR = 64, 512


def best_device() -> torch.device:
    """The machine's accelerator, or the CPU."""
    return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")


def evaluation_batch(device: torch.device) -> int:
    """How many images a network reads at once where nothing is trained; results are the same but for rounding."""
    return EVALUATION_BATCH_CPU if device.type == "cpu" else EVALUATION_BATCH_ACCELERATOR


def device_count(args: TrainingArguments) -> int:
    """How many devices share a batch: those of all processes of `accelerate launch`, or all that one process sees."""
    return args.world_size * max(1, args.n_gpu)


@contextmanager
def one_result(threads: int = 1) -> Iterator[None]:
    """So many threads of torch, whatever the environment says: each number sums in another order."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
