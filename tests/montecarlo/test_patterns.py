"""Starts by name: their sites drawn by hand, held sites, shares, and that protocols begin in them."""

import numpy as np
import pytest

from spinlens import BlumeCapel, InputError, Potts, Square, System, get_boundary, get_system
from spinlens.montecarlo.patterns import STARTS, Pattern, Start, parse_start, picture_start, register_start
from spinlens.montecarlo.protocols import Anneal, Quench
from spinlens.montecarlo.sample import sample

DRAWN = {
    "aligned": "###### ###### ###### ###### ######",
    "aligned-down": "...... ...... ...... ...... ......",
    "halves:0.4": "###### ###### ...... ...... ......",
    "stripes:2": "###### ###### ...... ...... ######",
    "grating": "#.#.#. #.#.#. #.#.#. #.#.#. #.#.#.",
    "grating:2": "##..## ##..## ##..## ##..## ##..##",
    "cross:2": "..##.. ###### ###### ..##.. ..##..",
    "square-droplet:3": "...... .###.. .###.. .###.. ......",
    "round-droplet:4": ".##... ####.. ####.. .##... ......",
    "annulus:4": ".##... #..#.. #..#.. .##... ......",
    "beads:1": "...... ...... #.#.#. ...... ......",
    "beads:2": "...... ##..## ##..## ...... ......",
    "dots:3": "#..#.. ...... ...... #..#.. ......",
}


def drawn(name: str) -> np.ndarray:
    """(5, 6) True where the drawing is up; droplets of even width lie as near to the upper left as they can."""
    up = np.array([[mark == "#" for mark in row] for row in DRAWN[name].split()])
    return np.roll(up, 1, 1) if name in ("round-droplet:4", "annulus:4") else up


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("model", [get_system("ising-open", (5, 6)).model, BlumeCapel(), Potts(4)])
def test_patterns_are_those_of_the_drawing(model, name: str) -> None:  # type: ignore[no-untyped-def]
    """Breaks when a pattern is moved, has another size, or other states than the poles."""
    system = System(model, Square(5, 6), get_boundary("periodic", "open"))
    spins = parse_start(name)(system, 2, np.random.default_rng(0)).reshape(2, 5, 6)
    plus, minus = model.space.poles
    assert (spins == np.where(drawn(name), plus, minus)).all()


def test_every_start_is_drawn_here() -> None:
    """Breaks when a start comes without a drawing."""
    assert {name.partition(":")[0] for name in DRAWN} == set(STARTS)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_share_is_exact_and_its_sites_are_random(share: float) -> None:
    """Breaks when the share is one on average only, or counts held sites, or all replicas have the same sites."""
    system = get_system("ising-skewed", (7, 10))
    spins = Start("random", share)(system, 50, np.random.default_rng(0))
    assert ((spins[:, system.free_sites] == 1).sum(1) == round(share * 50)).all()
    assert len({row.tobytes() for row in spins}) == (1 if share in (0, 1) else 50)


def test_held_sites_keep_their_states() -> None:
    """Breaks when a start of any kind moves a pinned site."""
    system, rng = get_system("ising-skewed-frame", 8), np.random.default_rng(0)
    own = picture_start(-np.ones((8, 8), np.int8))
    for start in (*map(Start, STARTS), Start("random"), Start("random", 0.5), own):
        spins = start(system, 3, rng).reshape(3, 8, 8)
        assert (spins[:, system.held] == system.pinned[system.held]).all()
    assert (own(system, 1, rng).reshape(8, 8)[~system.held] == -1).all()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("stripe", "did you mean stripes"),
        ("stripes:x", "a name and a number such as stripes:4"),
        ("stripes:2.5", "a whole number of sites, got 2.5"),
        ("stripes:nan", "a whole number of sites"),
        ("random:1.5", "a share from 0 to 1"),
        ("aligned:1", "aligned alone, which takes no number"),
        ("round-droplet:9", "1 to 6 sites on 8 x 6"),
        ("dots:0", "1 to 6 sites on 8 x 6"),
    ],
)
def test_bad_starts_are_named(text: str, words: str) -> None:
    """Breaks when a start is guessed, or a number that does not fit is taken."""
    with pytest.raises(InputError, match=words):
        parse_start(text)(get_system("ising-open", (8, 6)), 1, np.random.default_rng(0))


def test_a_picture_of_another_lattice_is_refused() -> None:
    """Breaks when one's own states are cut, repeated, or hold what the model lacks."""
    for shape in ((4, 5), (3, 4)):
        with pytest.raises(InputError, match="spins \\(shape\\)"):
            picture_start(np.ones(shape, np.int8))(get_system("ising-open", 4), 1, np.random.default_rng(0))
    with pytest.raises(InputError, match="spins must be values among"):
        picture_start(np.zeros((4, 4), np.int8))(get_system("ising-open", 4), 1, np.random.default_rng(0))


def test_protocols_begin_in_their_start() -> None:
    """Breaks when a protocol ignores its start or its updater: at T = 0 two halves stay."""
    system = get_system("ising-skewed", 8)
    halves = Start("halves")(system, 1, np.random.default_rng(0)).reshape(8, 8)
    for protocol in (
        Quench(5, Start("halves")),
        Quench(5, Start("halves"), "kawasaki"),
        Anneal(5, 1e-9, 1e-9, Start("halves")),
    ):
        assert (sample(system, [0.0] * 3, protocol).spins == halves).all()
    share = sample(get_system("ising-periodic", 10), [2.0] * 9, Quench(20, Start("random", 0.3), "kawasaki-nonlocal"))
    assert ((share.spins == 1).sum((1, 2)) == 30).all()
    with pytest.raises(InputError, match="updater must be one that serves Potts there: "):
        sample(get_system("potts-3", 8), [1.0], Quench(1, updater="metropolis"))


def test_registering() -> None:
    """Breaks when a name is taken twice, or holds a colon."""
    for bad in ("halves", "a:b", "random"):
        with pytest.raises(InputError, match="a name without a colon that none has"):
            register_start(Pattern(bad, "", lambda shape, number: np.ones(shape, bool), "none", lambda shape: 0))
