"""Random streams: one for every system, seed and purpose."""

import zlib
from collections.abc import Sequence

import numpy as np

from spinlens.errors import InputError
from spinlens.physics.counts import check_count
from spinlens.physics.systems import System

# What a stream is for: data sets draw from (shard, block), everything else from streams that begin with one of these.
SECOND_SAMPLE = (0, 0, 101)  # against which energies are tested
RELAXATION = (0, 0, 102)  # curves from both starts
DENSITY = (0, 0, 103)  # of states
SERIES = (0, 0, 104)  # of observables, then the shape of the lattice
PROOF = (0, 0, 105)  # that starts are forgotten
PRETRAINING = (0, 0, 106)  # snapshots without end, then the number of the pool
FILM = (0, 0, 110)  # of one replica
RAMP = (0, 0, 111)  # of all replicas along a ramp


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
