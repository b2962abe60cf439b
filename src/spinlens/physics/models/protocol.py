"""What a model is: a space, the energy of a bond, the energy of a site, and where its phases meet."""

import math
from dataclasses import dataclass, fields, is_dataclass, replace
from numbers import Real
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.physics.spaces import Space
from spinlens.physics.states import count_maps, is_continuous, map_states, trial_states

KOSTERLITZ_THOULESS = "Kosterlitz-Thouless"  # no order below, correlations that fall as a power
KINDS = ("continuous", "first order", "tricritical", KOSTERLITZ_THOULESS)
WEAKEST, STRONGEST = 1e-100, 1e100  # couplings whose energies, their squares and their inverses are finite floats


@dataclass(frozen=True)
class Transition:
    """Where the ordered and the disordered phase of the infinite lattice meet, without a field.

    temperature: in the unit of the energies. kind: one of KINDS. source: how it is known, "exact" where by a proof.
    Raises InputError for another kind, and for a temperature that is no number above 0.
    """

    temperature: float
    kind: str = "continuous"
    source: str = "exact"

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError("transition (kind)", self.kind, f"one of {', '.join(KINDS)}")
        if not check_finite("transition (temperature)", self.temperature) > 0:
            raise InputError("transition (temperature)", self.temperature, "a number above 0")


class Model(Protocol):
    """H(s) = sum over bonds of pair_energy(s_i, s_j) + sum over sites of site_energy(s_i); k_B = 1.

    space: what a site holds. formula: the Hamiltonian as text. scale: the unit of temperatures, |J|. transition: None
    where none is known.
    """

    @property
    def space(self) -> Space: ...

    @property
    def formula(self) -> str: ...

    @property
    def scale(self) -> float: ...

    @property
    def transition(self) -> Transition | None: ...

    def pair_energy(self, state: NDArray[Any], neighbour: NDArray[Any]) -> NDArray[Any]:
        """Energy of a bond of strength 1, element by element."""
        ...

    def site_energy(self, state: NDArray[Any]) -> NDArray[Any]:
        """Energy of a site, element by element."""
        ...


def check_model_parts(model: Any) -> None:
    """Raises InputError unless it has the parts of a Model, with energies that are finite and symmetric."""
    parts, hint = ("space", "scale", "formula", "transition", "pair_energy", "site_energy"), "see testing.check_model"
    if isinstance(model, type) or not is_dataclass(model) or not all(hasattr(model, part) for part in parts):
        raise InputError("model", model, "a model such as Ising(J=1.0), a dataclass", hint)
    name, one = type(model).__name__, cast(Any, model)
    try:
        hash(one)
        states, known = trial_states(one.space), one.transition
        pairs = np.asarray(one.pair_energy(states[:, None], states), np.float64)
        sites = np.asarray(one.site_energy(states), np.float64)
        scale = float(one.scale)
    except Exception as error:  # whatever the code of others does
        raise InputError("model", name, f"one that works ({type(error).__name__}: {error})", hint) from None
    if pairs.shape != (len(states),) * 2 or sites.shape != states.shape:
        raise InputError(
            f"model {name} (energies)", (pairs.shape, sites.shape), "an energy for each state or pair", hint
        )
    if not (np.isfinite(pairs).all() and np.isfinite(sites).all() and 0 < scale < math.inf):
        raise InputError(f"model {name}", "others", "one with finite energies and a scale above 0", hint)
    if not np.allclose(pairs, pairs.T):
        raise InputError(f"model {name} (pair_energy)", pairs.tolist(), "the same for (s, t) and (t, s)", hint)
    if known is not None and not isinstance(known, Transition):
        raise InputError(f"model {name} (transition)", known, "a Transition, or None", hint)


def check_finite(field: str, value: Any) -> float:
    """A finite number as a float. Raises InputError for anything else."""
    number = math.nan
    if isinstance(value, Real) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:  # whole numbers have no largest one
            number = math.inf
    if not math.isfinite(number):
        raise InputError(field, value, "a finite number")
    return number


def check_coupling(value: Any) -> float:
    """A coupling J. Raises InputError unless its magnitude is from WEAKEST to STRONGEST."""
    J = check_finite("J", value)
    if not WEAKEST <= abs(J) <= STRONGEST:
        raise InputError("J", J, f"a coupling of magnitude {WEAKEST:g} to {STRONGEST:g}, of either sign")
    return J


def check_field(field: str, value: Any) -> float:
    """A field or anisotropy. Raises InputError unless its magnitude is at most STRONGEST."""
    number = check_finite(field, value)
    if abs(number) > STRONGEST:
        raise InputError(field, number, f"a field of magnitude up to {STRONGEST:g}")
    return number


def parameters(model: Model) -> dict[str, float]:
    """The parameters of a model by name, in the order of its declaration."""
    return {field.name: getattr(model, field.name) for field in fields(model)}  # type: ignore[arg-type]


def describe_parameters(model: Model) -> str:
    """The parameters of a model for people, as "J = 1, B = 0"."""
    return ", ".join(f"{name} = {value:g}" for name, value in parameters(model).items())


def rescale(model: Model, unit: float) -> Model:
    """The model with all energies divided by `unit`: its parameters that are floats, as J, D and B, are energies."""
    energies = {name: value / unit for name, value in parameters(model).items() if isinstance(value, float)}
    return replace(model, **energies)  # type: ignore[type-var]


def has_field(model: Model) -> bool:
    """Whether a site prefers some states to others that the maps of the space exchange with them."""
    space, states = model.space, trial_states(model.space)
    energies = model.site_energy(states)
    if is_continuous(space):
        return bool(np.ptp(energies) > 0)
    images = (map_states(space, number, states) for number in range(count_maps(space)))
    return any(bool((model.site_energy(image) != energies).any()) for image in images)


def energy_bounds(model: Model) -> tuple[float, float]:
    """Energies a site that no state of a lattice with two bonds a site goes below or above."""
    states = trial_states(model.space)
    pairs, sites = model.pair_energy(states[:, None], states), model.site_energy(states)
    low, high = min(float(pairs.min()), 0.0), max(float(pairs.max()), 0.0)  # a bond may be missing
    return 2 * low + float(sites.min()), 2 * high + float(sites.max())
