"""Batches at values of a control variable: what a data set is drawn by, whatever its classes divide."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spinlens.montecarlo.protocols import Protocol
from spinlens.montecarlo.sample import Batch, sample
from spinlens.physics.control import Control


def sample_values(
    control: Control,
    values: NDArray[np.float64],
    protocol: Protocol,
    seed: int = 0,
    stream: Sequence[int] = (),
    chain: NDArray[np.int64] | None = None,
) -> Batch:
    """One snapshot a value (n,) of the variable, as `sample`; energies are those at the snapshot's own value."""
    parts = []
    for group in control.groups(values):
        own = None if chain is None else chain[group.rows]
        further = (*stream, *group.stream)
        batch = sample(group.system, group.temperature, protocol, seed=seed, stream=further, chain=own)
        parts.append((group.rows, batch))
    if len(parts) == 1:
        return parts[0][1]  # all rows, in order
    order = np.argsort(np.concatenate([rows for rows, _ in parts]), kind="stable")
    names: tuple[str, ...] = ("spins", "temperature", "energy", "magnetization", "chain")
    names += ("kinks",) * (parts[0][1].kinks is not None)
    columns = {name: np.concatenate([getattr(batch, name) for _, batch in parts])[order] for name in names}
    if chain is None:
        columns["chain"] = np.arange(len(values))
    return Batch(control.system, **columns)


def statistic_of(control: Control, batch: Batch) -> NDArray[np.float64]:
    """X (n,) of a batch (`physics.control`): from its spins, or the kinks of the worldlines."""
    if control.column:
        assert batch.kinks is not None
        return batch.kinks.astype(np.float64)
    return control.statistic(batch.spins)
