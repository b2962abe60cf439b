"""Random streams: one for every system, seed and purpose."""

import zlib
from collections.abc import Sequence

import numpy as np

from spinlens.errors import InputError
from spinlens.physics.counts import check_count
from spinlens.physics.systems import System


def check_seed(seed: int) -> int:
    """The seed. Raises InputError unless it is a whole number from 0."""
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**63:
        raise InputError("seed", seed, "an integer from 0 to 2^63 - 1")
    return int(seed)


def generator(system: System, seed: int, stream: Sequence[int] = ()) -> np.random.Generator:
    """The random stream of a system, a seed and a shard. Raises InputError for a bad seed or shard."""
    for number in stream:
        check_count("stream", number, 0, 2**63 - 1)
    key = (zlib.crc32(system.name.encode()), *stream)
    return np.random.default_rng(np.random.SeedSequence(check_seed(seed), spawn_key=key))
