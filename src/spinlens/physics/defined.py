"""Where observables are defined: on which systems, at which temperatures, and when measurements do not determine them.

Functions of a system that say why it has no such observable return "" where it has. NumPy is imported where something
is computed, so that `--help` stays fast.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spinlens.physics.systems import System


def has_checkerboard(system: "System") -> bool:
    """Whether every bond joins the two sublattices, sites with even and odd row + column."""
    return not lacks_checkerboard(system)


def has_waves(system: "System") -> bool:
    """Whether it is an unfrustrated torus without a field and without a screw, whose correlations are plane waves."""
    from spinlens.physics.order import relaxes_fast

    return relaxes_fast(system) and not (system.boundary.vertical.shift or system.boundary.horizontal.shift)


@lru_cache(maxsize=256)
def is_odd(system: "System", staggered: bool) -> bool:
    """Whether the symmetries of the system take m (the staggered m) to vectors that add up to 0, such as -m.

    Its mean is then 0.
    """
    import numpy as np

    from spinlens.physics.spaces import to_vectors
    from spinlens.physics.states import map_states, trial_states
    from spinlens.physics.symmetry import Element, move_points, symmetry_group

    group, space = symmetry_group(system), system.model.space
    if group.rotates:
        return True
    states = trial_states(space)
    board = 1 - 2 * system.lattice.odd.astype(np.int8)
    steps = [Element(1, 0, 0, 0)] * (group.downs > 1 and system.boundary.vertical.seam > 0)
    steps += [Element(0, 1, 0, 0)] * (group.rights > 1 and system.boundary.horizontal.seam > 0)
    if staggered and any(np.array_equal(group.apply(step, board), -board) for step in steps):
        return True  # a shift by one site exchanges the sublattices
    images = [to_vectors(space, map_states(space, map_, states)) for _, map_ in group.points]
    signs = [move_points(point, board)[0, 0] if staggered else 1 for point, _ in group.points]
    total = sum(sign * image for sign, image in zip(signs, images, strict=True))
    return bool(np.allclose(total, 0, atol=1e-9 if states.dtype == np.int8 else 1e-5))


@lru_cache(maxsize=256)
def lacks_checkerboard(system: "System") -> str:
    neighbour, strength = system.bonds.neighbour, system.bonds.strength
    parity = system.lattice.odd.ravel()
    if (parity[neighbour] != parity[:, None])[strength != 0].all():
        return ""
    m, n = system.lattice.shape
    return f"no checkerboard fits on {m} x {n} sites with these edges (closed directions need an even side)"


def nowhere_absent(system: "System") -> str:
    return ""


def lacks_odd(system: "System") -> str:
    return "" if is_odd(system, False) else "given where a symmetry turns m into -m; a field or pinned spins break it"


def lacks_odd_staggered(system: "System") -> str:
    why = "given where a symmetry turns the staggered m into -m; pinned spins or edges break it"
    return lacks_checkerboard(system) or ("" if is_odd(system, True) else why)


def lacks_length(staggered: bool) -> Callable[["System"], str]:
    def absent(system: "System") -> str:
        from spinlens.physics.order import known_transition

        if system.staggered != staggered:
            return f"given for J {'<' if staggered else '>'} 0 only"
        if known_transition(system) is None:
            return "given where T_c is known only"
        return "" if has_waves(system) else "given on tori without a field or frustration only"

    return absent


def is_planar(system: "System") -> bool:
    """Whether states are directions in the plane whose bonds cost -J cos of the angle between them."""
    from spinlens.physics.models.clock import Clock
    from spinlens.physics.models.xy import XY

    return isinstance(system.model, XY | Clock)


def lacks_stiffness(system: "System") -> str:
    from spinlens.physics.vortices import straight_directions

    return "" if straight_directions(system) else "given where a direction is periodic, without a twist or a shift"


def lacks_vortices(system: "System") -> str:
    return "given without couplings of both signs" if system.is_frustrated else ""


def everywhere(system: "System", t: Any) -> Any:
    return t == t


def thermal(system: "System", t: Any) -> Any:
    return (t > 0) & (t < float("inf"))


def above_transition(system: "System", t: Any) -> Any:
    from spinlens.physics.order import known_transition

    known = known_transition(system)
    return (t >= (0.0 if known is None else known.temperature)) & (t < float("inf"))


def is_still(system: "System", t: Any, value: Any, error: Any) -> Any:
    """Whether a fluctuation was not seen once: it is small, but not 0 unless no spin is free or a float cannot tell.

    Below 1e-3 |J| exp(-4 |J| / T) is 0 as a float, above 1e100 |J| 1 / T^2 may be.
    """
    unit = system.model.scale
    seen = (t > 1e-3 * unit) & (t < 1e100 * unit)
    return seen & (value == 0) & (error == 0) & (system.free_sites.size > 0)


def is_noisy(system: "System", t: Any, value: Any, error: Any) -> Any:
    """Whether the error of a Binder cumulant exceeds half of it and of its scale, 1."""
    return (error > 0.5) & (error > abs(value) / 2)
