"""What multiplies the energy of each bond: the same everywhere, or a fixed realisation of quenched disorder."""

from dataclasses import dataclass, fields
from numbers import Real
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError, suggest
from spinlens.physics.counts import check_count

MAX_WIDTH = 1e6
Strengths = NDArray[np.float64]


class Couplings(Protocol):
    """A value; `strengths` gives (m, n, 2): the factors of the bond to the right of each site and of that below."""

    def strengths(self, shape: tuple[int, int]) -> Strengths: ...


@dataclass(frozen=True)
class Uniform:
    """Every bond counts once."""

    def strengths(self, shape: tuple[int, int]) -> Strengths:
        """Ones."""
        return np.ones((*shape, 2))


UNIFORM = Uniform()


@dataclass(frozen=True)
class _Shared:
    """Realisations are a function of share and seed. Raises InputError for a share that is no probability."""

    share: float = 0.5
    seed: int = 0

    def __post_init__(self) -> None:
        if isinstance(self.share, bool) or not isinstance(self.share, Real) or not 0 <= self.share <= 1:
            raise InputError("share", self.share, "a probability from 0 to 1")
        _check_seed(self.seed)


@dataclass(frozen=True)
class PlusMinus(_Shared):
    """-1 with the probability `share`, else +1. Toulouse, Commun. Phys. 2, 115 (1977).

    Realisations are a function of share and seed. Raises InputError for a share that is no probability.
    """

    def strengths(self, shape: tuple[int, int]) -> Strengths:
        """+1 and -1."""
        return np.where(_generator(self.seed, 1).random((*shape, 2)) < self.share, -1.0, 1.0)


@dataclass(frozen=True)
class Gaussian:
    """Normal, of mean 0 and standard deviation `width`. Edwards and Anderson, J. Phys. F 5, 965 (1975).

    Realisations are a function of width and seed. Raises InputError for a width beyond 1e-6 to 1e6.
    """

    width: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        _check_seed(self.seed)
        number = isinstance(self.width, Real) and not isinstance(self.width, bool)
        if not number or not 1 / MAX_WIDTH <= self.width <= MAX_WIDTH:
            raise InputError("width", self.width, f"a standard deviation from {1 / MAX_WIDTH:g} to {MAX_WIDTH:g}")

    def strengths(self, shape: tuple[int, int]) -> Strengths:
        """Real numbers."""
        return np.asarray(self.width * _generator(self.seed, 2).standard_normal((*shape, 2)), np.float64)


@dataclass(frozen=True)
class Diluted(_Shared):
    """0, no bond, with the probability `share`, else 1.

    Realisations are a function of share and seed. Raises InputError for a share that is no probability.
    """

    def strengths(self, shape: tuple[int, int]) -> Strengths:
        """1 and 0."""
        return np.asarray(_generator(self.seed, 3).random((*shape, 2)) >= self.share, np.float64)


KINDS: dict[str, Any] = {"plus-minus": PlusMinus, "gaussian": Gaussian, "diluted": Diluted}


def get_couplings(name: str, **numbers: float | int | None) -> Couplings:
    """Disorder by name: "plus-minus" and "diluted" with their `share`, "gaussian" with its `width`; each with a `seed`.

    numbers: None where not given. Raises InputError for an unknown name and for numbers that it does not take.

    >>> float(get_couplings("plus-minus", share=1.0).strengths((2, 2)).max())
    -1.0
    """
    if not isinstance(name, str) or name not in KINDS:
        raise InputError("couplings", name, f"one of {', '.join(KINDS)}", suggest(name, KINDS))
    given = {key: value for key, value in numbers.items() if value is not None}
    known = [field.name for field in fields(KINDS[name])]
    for key, value in given.items():
        if key not in known:
            raise InputError(key, value, f"left out with couplings {name}, which take {known[0]} and coupling_seed")
    found: Couplings = KINDS[name](**given)
    return found


def _generator(seed: int, kind: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(kind,)))


def _check_seed(seed: int) -> None:
    check_count("coupling_seed", seed, 0, 2**63 - 1)
