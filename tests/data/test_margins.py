"""Pictures with margins, and of other lattices, are refused or named; pictures of the lattice alone are not."""

import io
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spinlens import get_system, sample
from spinlens.data.formats.margins import find_frame
from spinlens.data.formats.reading import Reading
from spinlens.data.formats.user_files import read_snapshots
from spinlens.errors import InputError

SIDE = 40
SYSTEM = get_system("ising-periodic", SIDE)
AUTO = Reading(threshold="auto")


def draw(up: float, scale: int, margin: tuple[int, int, int, int] = (0, 0, 0, 0), white: int = 255) -> Image.Image:
    """Independent spins, a share `up` of them up and dark; margin: pixels at the left, top, right and bottom."""
    spins = np.random.default_rng(1).random((SIDE, SIDE)) < up
    pixels = np.kron(np.where(spins, 20, 230), np.ones((scale, scale))).astype(np.uint8)
    left, top, right, bottom = margin
    return Image.fromarray(np.pad(pixels, ((top, bottom), (left, right)), constant_values=white))


def read(image: Image.Image, path: Path, reading: Reading, quality: int = 0) -> tuple[np.ndarray, list[str]]:
    """(spins, warnings) of a picture, as JPEG where a quality is given."""
    buffer = io.BytesIO()
    image.save(buffer, *(("JPEG",) if quality else ("PNG",)), **({"quality": quality} if quality else {}))
    path.write_bytes(buffer.getvalue())
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = read_snapshots(path, SYSTEM, reading)
    return found.spins[0], [str(w.message) for w in caught]


@pytest.mark.parametrize("quality", [0, 60])
@pytest.mark.parametrize("up", [0.5, 0.95])
@pytest.mark.parametrize(
    ("scale", "margin"), [(4, (20,) * 4), (4, (8,) * 4), (10, (20,) * 4), (10, (0, 20, 0, 0)), (4, (6, 0, 0, 0))]
)
def test_margins_are_refused(
    scale: int, margin: tuple[int, int, int, int], up: float, quality: int, tmp_path: Path
) -> None:
    """Breaks when a screenshot whose sites lie elsewhere than assumed is read, with another |m| and energy."""
    with pytest.raises(InputError, match=r"(of them within sites|in the middle between).*--crop cuts margins"):
        read(draw(up, scale, margin), tmp_path / "a.png", AUTO, quality)


@pytest.mark.parametrize("pixels", [100, 173, 211, 300])
@pytest.mark.parametrize("up", [0.5, 0.95, 0.999])
def test_pictures_of_other_scales_are_read_and_named(pixels: int, up: float, tmp_path: Path) -> None:
    """Breaks when a picture that was only resampled or compressed is refused, or its odd scale goes unnamed."""
    image = draw(up, 12).resize((pixels, pixels), Image.Resampling.BILINEAR)
    spins, lines = read(image, tmp_path / "a.png", AUTO, 70)
    np.testing.assert_array_equal(spins > 0, np.random.default_rng(1).random((SIDE, SIDE)) < up)
    expected = f"its sites are {pixels / SIDE:.4g} x {pixels / SIDE:.4g} pixels, no whole numbers"
    assert len(lines) == 1
    assert expected in lines[0]


def test_noise_is_no_edge(tmp_path: Path) -> None:
    """Breaks when the grain of a photograph is taken for edges within sites."""
    pixels = np.asarray(draw(0.95, 9)) + np.random.default_rng(2).normal(0, 45, (9 * SIDE, 9 * SIDE))
    spins, lines = read(Image.fromarray(pixels.clip(0, 255).astype(np.uint8)), tmp_path / "a.png", AUTO)
    np.testing.assert_array_equal(spins > 0, np.random.default_rng(1).random((SIDE, SIDE)) < 0.95)
    assert "whole numbers" not in lines[0]


def test_a_margin_of_whole_sites_is_named(tmp_path: Path) -> None:
    """Breaks when a frame of whole sites, whose edges lie on borders, is taken for spins without a word."""
    spins = np.ones((SIDE, SIDE), bool)
    spins[3:38, 4:39] = np.random.default_rng(1).random((35, 35)) < 0.5
    image = Image.fromarray(np.kron(np.where(spins, 255, 0), np.ones((4, 4))).astype(np.uint8))
    for reading in (Reading(), AUTO):
        _, lines = read(image, tmp_path / "a.png", reading)
        assert len(lines) == 2
        assert "outermost 3 top and 2 bottom rows, 4 left and 1 right columns are all one colour" in lines[1]
        assert "--crop" in lines[1]


@pytest.mark.parametrize(
    ("name", "share", "frame"),
    [
        ("ising-periodic", 0.01, 3),  # cold: 11 spins
        ("ising-periodic", 0.5, 0),
        ("ising-all-plus", 0.5, 1),  # pinned
        ("ising-periodic", 0.0, 0),
        ("ising-periodic", 0.001, 0),  # a spin or two
        ("ising-periodic", 0.9, 16),  # a droplet
    ],
)
def test_snapshots_have_no_margin(name: str, share: float, frame: int) -> None:
    """Breaks when the uniform edge of a cold snapshot, or a pinned one, is called a margin."""
    up = np.random.default_rng(5).random((SIDE, SIDE)) >= share
    up[:frame] = up[:, :frame] = True
    up[SIDE - frame :] = up[:, SIDE - frame :] = True
    assert find_frame(up, get_system(name, SIDE)) == ()
    assert find_frame(~up, get_system(name, SIDE)) == ()


@pytest.mark.parametrize("moved", [0, 2])
def test_a_crop_beside_the_lattice_is_named(moved: int, tmp_path: Path) -> None:
    """Breaks when a crop that leaves two columns of margin, on one side alone, is read without a word."""
    system = get_system("ising-periodic", 24)
    spins = sample(system, np.linspace(3.0, 3.5, 8), seed=2).spins
    for k, state in enumerate(spins):
        wide = np.pad(state, ((4, 4), (4, 4)), constant_values=-1)
        pixels = np.kron(np.where(wide > 0, 0, 255), np.ones((8, 8))).astype(np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{k}.png")
    left = 8 * (4 - moved)
    reading = Reading(crop=(left, 32, left + 192, 32 + 192))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = read_snapshots([tmp_path], system, reading)
    said = [str(one.message) for one in caught if "margin" in str(one.message)]
    assert [("left column of one colour in each" in text) for text in said] == [True] * bool(moved)
    if not moved:
        assert np.array_equal(np.stack(found.spins), spins)


def greys(path: Path, spins: np.ndarray, dark: int = 20, light: int = 230) -> None:
    """A JPEG of spins (m, n), 6 pixels a site."""
    pixels = np.kron(np.where(spins > 0, dark, light), np.ones((6, 6))).astype(np.uint8)
    Image.fromarray(pixels).save(path, "JPEG", quality=80)


@pytest.mark.parametrize("ordered", [-1, 1])
def test_a_folder_of_pictures_has_one_level(ordered: int, tmp_path: Path) -> None:
    """Breaks when each picture finds a level of its own, so that an ordered one is refused or split into noise."""
    spins = np.where(np.random.default_rng(1).random((4, SIDE, SIDE)) < 0.5, 1, -1)
    spins[::2] = ordered
    for k, one in enumerate(spins):
        greys(tmp_path / f"{k}.jpg", one)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = read_snapshots(tmp_path, SYSTEM, AUTO)
    np.testing.assert_array_equal(found.spins, spins)
    lines = [str(w.message) for w in caught if "split" in str(w.message)]
    assert len(lines) == 1
    assert lines[0].startswith("4 pictures split by one grey level, 125 (the darker counts as up)")


def test_a_missing_side_has_no_grey(tmp_path: Path) -> None:
    """Breaks when the side that a picture of one colour has not is printed as a number."""
    greys(tmp_path / "a.jpg", np.ones((SIDE, SIDE)))
    _, lines = read(Image.open(tmp_path / "a.jpg"), tmp_path / "a.png", Reading(threshold=128))
    assert any("mean grey 20, split at 128" in line for line in lines)
    assert not any("nan" in line for line in lines)


def test_a_picture_of_other_greys_is_refused(tmp_path: Path) -> None:
    """Breaks when a picture that is darker than the others is read as ordered, as both its greys are on one side."""
    spins = np.where(np.random.default_rng(1).random((4, SIDE, SIDE)) < 0.5, 1, -1)
    for k, one in enumerate(spins):
        greys(tmp_path / f"{k}.jpg", one, *((0, 80) if k == 3 else (20, 230)))
    with pytest.raises(InputError, match=r"3\.jpg must be a picture of the same two greys as the others"):
        read_snapshots(tmp_path, SYSTEM, Reading(threshold="auto"))
