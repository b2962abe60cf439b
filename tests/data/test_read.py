"""Pictures and users' files: back to the same spins, or one clear line."""

import io

import numpy as np
import pytest
from PIL import Image

from spinlens import Ising, Square, System, energy, get_boundary, get_system
from spinlens.data.channels import picture_channels, spin_channels
from spinlens.data.formats.user_files import read_files
from spinlens.data.render import from_png, to_image, to_png
from spinlens.errors import InputError

SYSTEM = get_system("ising-periodic", (6, 8))
RNG = np.random.default_rng(0)
SPINS = RNG.choice(np.array([-1, 1], np.int8), (4, 6, 8))


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def test_pictures_come_back_as_the_same_spins() -> None:
    """Breaks when up and down are swapped, rows and columns mixed, or uniform states lose their sign."""
    for spins in (*SPINS, np.ones((6, 8), np.int8), -np.ones((6, 8), np.int8)):
        np.testing.assert_array_equal(from_png(to_png(Ising.space, spins), SYSTEM), spins)
        np.testing.assert_array_equal(from_png(png(to_image(Ising.space, spins, 5)), SYSTEM), spins)
    grey = Image.fromarray(np.where(SPINS[0] > 0, 10, 240).astype(np.uint8))
    np.testing.assert_array_equal(from_png(png(grey), SYSTEM), SPINS[0])


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (Image.fromarray(np.arange(48, dtype=np.uint8).reshape(6, 8)), "48 colours"),
        (to_image(Ising.space, SPINS[0]).resize((7, 6)), "pixels"),
        (to_image(Ising.space, SPINS[0]).transpose(Image.Transpose.ROTATE_90), "pixels"),
        (to_image(Ising.space, RNG.choice(np.array([-1, 1], np.int8), (12, 16))), "blocks"),
    ],
)
def test_images_that_are_no_lattice(image: Image.Image, words: str) -> None:
    """Breaks when a photograph or another lattice is read as spins."""
    with pytest.raises(InputError, match=words):
        from_png(png(image), SYSTEM)


@pytest.mark.filterwarnings("ignore::spinlens.errors.ReadingWarning")
def test_files_of_every_kind(tmp_path) -> None:
    """Breaks when a format is misread: each file holds the same snapshots."""
    np.save(tmp_path / "a.npy", SPINS[0])
    np.save(tmp_path / "b.npy", SPINS.astype(float))
    np.savez(tmp_path / "c.npz", spins=SPINS)
    (tmp_path / "d.png").write_bytes(to_png(Ising.space, SPINS[0]))
    found = read_files([tmp_path], SYSTEM)
    assert [name.rsplit("/", 1)[1] for name, _ in found][:2] == ["a.npy", "b.npy[0]"]
    expected = [SPINS[0], *SPINS, *SPINS, SPINS[0]]
    np.testing.assert_array_equal([spins for _, spins in found], expected)


def test_files_that_cannot_be_used(tmp_path) -> None:
    """Breaks when a bad file is accepted, unpickled, or ends in another exception."""
    np.save(tmp_path / "good.npy", SPINS)
    whole = (tmp_path / "good.npy").read_bytes()
    cases = {
        "cut.npy": whole[:-7],
        "empty.npy": b"",
        "noise.png": b"no picture",
        "cut.png": to_png(Ising.space, SPINS[0])[:40],
        "noise.npz": b"PK\x03\x04 no archive",
    }
    for name, content in cases.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=name):
            read_files([tmp_path / name], SYSTEM)
    arrays = {"shape.npy": SPINS[:, :5], "nan.npy": np.full((6, 8), np.nan), "values.npy": SPINS * 2}
    for name, array in arrays.items():
        np.save(tmp_path / name, array)
        with pytest.raises(InputError, match=name):
            read_files([tmp_path / name], SYSTEM)
    np.save(tmp_path / "pickle.npy", np.array([{"a": 1}], object))
    with pytest.raises(InputError, match=r"pickle\.npy"):
        read_files([tmp_path / "pickle.npy"], SYSTEM)
    np.savez(tmp_path / "other.npz", states=SPINS)
    with pytest.raises(InputError, match="spins"):
        read_files([tmp_path / "other.npz"], SYSTEM)
    (tmp_path / "nothing").mkdir()
    with pytest.raises(InputError, match="nothing"):
        read_files([tmp_path / "nothing"], SYSTEM)
    with pytest.raises(InputError, match="No such file"):
        read_files([tmp_path / "absent.npy"], SYSTEM)


@pytest.mark.parametrize("horizontal", ["periodic", "antiperiodic", "open", "pinned+-"])
@pytest.mark.parametrize("J", [1.0, -1.5])
def test_broken_bond_channels_add_up_to_the_energy(horizontal: str, J: float) -> None:
    """Breaks when a channel sees another bond than the Hamiltonian: E = |J| (2 broken - bonds)."""
    system = System(Ising(J=J), Square(6, 8), get_boundary("antiperiodic", horizontal))
    spins = np.where(system.held, system.pinned, SPINS)
    channels = spin_channels(system, spins)
    np.testing.assert_array_equal(channels[:, 0], spins)
    bonds = system.bonds.strength[:, :2].sum()
    np.testing.assert_allclose(abs(J) * (channels[:, 1:].sum((1, 2, 3)) - bonds), energy(system, spins))


def test_pictures_for_photograph_checkpoints() -> None:
    """Breaks when the resize, range or layout differs from what such checkpoints expect."""
    pictures = picture_channels(SYSTEM, np.ones((2, 6, 8), np.int8), 32)
    assert pictures.shape == (2, 3, 32, 32)
    np.testing.assert_allclose(pictures[0, :, 5, 5], np.array([68, 1, 84]) / 127.5 - 1, atol=1e-6)
