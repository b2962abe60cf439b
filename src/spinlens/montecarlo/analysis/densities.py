"""Densities of states from simulated energies, or other statistics, for systems without an exact solution."""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.montecarlo.analysis.autocorrelation import split_r_hat
from spinlens.montecarlo.analysis.kink_counts import check_kinks, lowest, measure_kinks
from spinlens.montecarlo.analysis.phases import join_densities
from spinlens.montecarlo.analysis.reweighting import density_of_states_from
from spinlens.montecarlo.equilibrium import Equilibrium, default_sweeps
from spinlens.montecarlo.simulation import Simulation
from spinlens.montecarlo.streams import DENSITY, generator
from spinlens.montecarlo.updaters.registry import Update, quench_updater, serving
from spinlens.physics.control import TEMPERATURE, Control, Group
from spinlens.physics.order import energy_unit, known_transition
from spinlens.physics.systems import System

REPLICAS, TEMPERATURES = 1024, 128
MEASUREMENTS = 24
NEAR = 0.12  # of T_c: how far about it temperatures are closer
SINGLE_SWEEPS, CLUSTER_SWEEPS = 20, 2  # before each measurement
BLOCKS = REPLICAS // TEMPERATURES
STUCK = 3.0  # split-R-hat of replicas that do not pass between phases; slow ones that do stay below 2
MAX_SITES, MAX_SIDE = 200 * 200, 400  # beyond, histograms of neighbouring temperatures hardly overlap, and hours pass
CLUSTER_COST = 25  # of a cluster sweep, in single-spin sweeps
Progress = Callable[[int, int, str], None]


def estimated_density_of_states(
    control: Control, grid: NDArray[np.float64], seed: int = 0, progress: Progress | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(levels, ln g): ln g (1 + BLOCKS, levels) from all replicas, then from independent blocks of them.

    levels: of the energy where the variable is the temperature, else of its statistic X; g is then the sum of exp(-A)
    over the states of a level (`physics.control`).

    Replicas at equilibrium on a fine grid of the variable, measured MEASUREMENTS times and joined by multi-histogram
    reweighting (Ferrenberg and Swendsen, Phys. Rev. Lett. 63, 1195 (1989)). Good from
    max(grid[0], |J| / 10) to grid[-1]; below lie ground states alone. progress(done, total, note), in single-spin
    sweeps and what takes as long. Raises InputError for a lattice of more than MAX_SITES or with a side above MAX_SIDE,
    of worldlines as `check_kinks`, for a grid of low temperatures alone, and where other variables have values at which
    replicas stay in their phase.
    """
    system = control.system
    if control.column:
        check_kinks(system, control.groups(grid[-1:])[0])
    elif system.lattice.sites > MAX_SITES or max(system.lattice.shape) > MAX_SIDE:
        m, n = system.lattice.shape
        side = math.isqrt(MAX_SITES)
        law = "p(E | T)" if control.name == TEMPERATURE else f"p({control.statistic_name} | {control.name})"
        expected = f"at most {side} x {side} ({MAX_SITES} spins, no side above {MAX_SIDE}) where {law} is simulated"
        raise InputError("size", f"{m} x {n}", expected)
    if control.name == TEMPERATURE:
        low = max(grid[0], 0.1 * energy_unit(system))
        if grid[-1] <= low:
            raise InputError("temperature", float(grid[-1]), f"a highest temperature above {low:g}")
        rungs = ladder(system, low, float(grid[-1]))
    else:
        rungs = np.linspace(lowest(control, grid) if control.column else grid[0], grid[-1], TEMPERATURES)
    values = np.tile(rungs, BLOCKS)
    measured = np.empty((MEASUREMENTS, REPLICAS))
    groups = control.groups(values)
    for k, group in enumerate(groups):
        part = _part(progress, k, len(groups))
        measure = measure_kinks if control.column else _measure
        rng = generator(group.system, seed, (*DENSITY, *group.stream))
        measured[:, group.rows] = measure(control, group, rng, MEASUREMENTS, part)
        if control.name != TEMPERATURE and split_r_hat(measured[:, group.rows].T) > STUCK:
            at = f"{control.symbol} = {values[group.rows[0]]:g}"
            expected = "small enough for simulations to pass between phases"
            raise InputError("size", " x ".join(map(str, system.lattice.shape)), expected, f"they do not at {at}")
    levels, index = np.unique(np.round(measured / control.unit, 9) * control.unit, return_inverse=True)
    index, conjugate = index.reshape(measured.shape), control.conjugate(values)
    blocks = np.arange(REPLICAS) // TEMPERATURES
    chosen = [np.ones(REPLICAS, bool), *(blocks == b for b in range(BLOCKS))]
    join = partial(join_densities, system) if control.name == TEMPERATURE else density_of_states_from
    return levels, np.stack([join(levels, index[:, c], conjugate[c]) for c in chosen])


def _measure(
    control: Control, group: Group, rng: np.random.Generator, count: int, progress: Progress | None
) -> NDArray[np.float64]:
    """(count, replicas): the statistic of the replicas of a group at equilibrium."""
    system, temperature, protocol = group.system, group.temperature, Equilibrium()
    moves = _moves(system)
    tell = _teller(system, protocol, progress)
    simulation = Simulation(system, temperature, protocol, rng)
    for k in range(protocol.rounds):
        tell(k, 0)
        simulation.advance()
    simulation.turn()
    measured = np.empty((count, len(temperature)))
    for k in range(count):
        tell(protocol.rounds, k)
        if system.is_frustrated:
            simulation.advance()
        for update, sweeps in moves:
            update(system, simulation.spins, temperature, sweeps, rng)
        measured[k] = control.statistic(simulation.images)
    tell(protocol.rounds, count)
    return measured


def _part(progress: Progress | None, k: int, parts: int) -> Progress | None:
    """The progress of part k of so many that cost the same."""
    if progress is None or parts == 1:
        return progress
    return lambda done, total, note: progress(k * total + done, parts * total, note)


def ladder(system: System, low: float, high: float) -> NDArray[np.float64]:
    """(TEMPERATURES,): half of them even from low to high, half closer and closer to the transition where it is known.

    Neighbours overlap where the step is about T / sqrt(N C), and the specific heat C is largest there.
    """
    known = known_transition(system)
    if known is None or not low < known.temperature < high:
        return np.linspace(low, high, TEMPERATURES)
    t, u = known.temperature, np.linspace(-1, 1, TEMPERATURES // 2)
    reach = np.where(u < 0, min(NEAR * t, t - low), min(NEAR * t, high - t))
    near = t + np.sign(u) * reach * np.abs(u) ** 1.5
    return np.sort(np.concatenate([np.linspace(low, high, TEMPERATURES - len(u)), near]))


def _moves(system: System) -> list[tuple[Update, int]]:
    """(update, sweeps) of what is done before each measurement."""
    helpers = {updater.name: updater.update for updater in serving(system)}
    moves = [(quench_updater(system).update, SINGLE_SWEEPS)]
    return moves + [(helpers[name], n) for name, n in (("shifts", 1), ("clusters", CLUSTER_SWEEPS)) if name in helpers]


def _teller(system: System, protocol: Equilibrium, progress: Progress | None) -> Callable[[int, int], None]:
    """A function of (rounds done, measurements done) that passes them on, weighted by what they cost."""
    round_cost = default_sweeps(system) // protocol.rounds + CLUSTER_COST * protocol.cluster_sweeps
    measurement_cost = SINGLE_SWEEPS + CLUSTER_COST * CLUSTER_SWEEPS
    total = round_cost * protocol.rounds + measurement_cost * MEASUREMENTS

    def tell(rounds: int, measurements: int) -> None:
        if progress:
            progress(round_cost * rounds + measurement_cost * measurements, total, "simulating energies")

    return tell
