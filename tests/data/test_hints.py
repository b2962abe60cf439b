"""What a line says next works: the size, the transposition or the option that it names reads the file."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from calls import run
from spinlens import get_system
from spinlens.data.formats.arrays import open_arrays
from spinlens.data.formats.reading import Reading
from spinlens.data.formats.user_files import read_snapshots
from spinlens.errors import InputError, ReadingWarning

SYSTEM = get_system("ising-periodic", (6, 8))
SPINS = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (12, 6, 8))


def refused(path: Path, **rules: Any) -> str:
    with pytest.raises(InputError) as caught:
        read_snapshots(path, SYSTEM, Reading(**rules))
    return str(caught.value)


@pytest.mark.parametrize(
    ("array", "hint", "mend"),
    [
        (np.moveaxis(SPINS, 0, -1), "save numpy.moveaxis(array, -1, 0)", lambda a: np.moveaxis(a, -1, 0)),
        (SPINS.swapaxes(-1, -2), "--size 8x6 fits; or, where", lambda a: a.swapaxes(-1, -2)),
        (SPINS[..., None], "save array[..., 0]", lambda a: a[..., 0]),
        (SPINS[:, None], "save array.reshape(-1, 6, 8)", lambda a: a.reshape(-1, 6, 8)),
        (SPINS.reshape(3, 4, 6, 8), "save array.reshape(-1, 6, 8)", lambda a: a.reshape(-1, 6, 8)),
    ],
)
def test_other_shapes(array: np.ndarray, hint: str, mend: Any, tmp_path: Path) -> None:
    """Breaks when --size is advised where no size reads the array, or what is advised gives other spins."""
    np.save(tmp_path / "a.npy", array)
    assert hint in refused(tmp_path / "a.npy")
    np.save(tmp_path / "a.npy", mend(array))
    np.testing.assert_array_equal(read_snapshots(tmp_path / "a.npy", SYSTEM).spins, SPINS)


@pytest.mark.parametrize(("shape", "hint"), [((12, 24, 36), "; --size 24x36 fits"), ((2, 3, 4, 5), ""), ((7,), "")])
def test_sizes_that_fit(shape: tuple[int, ...], hint: str, tmp_path: Path) -> None:
    """Breaks when a size is advised that does not fit."""
    np.save(tmp_path / "a.npy", np.ones(shape, np.int8))
    assert refused(tmp_path / "a.npy").endswith(f"got {shape}{hint}")


@pytest.mark.parametrize(
    "temperature", [np.full((12, 1), 1.5), np.full((1, 12), 1.5), np.float64(1.5), np.array([1.5])]
)
def test_temperatures_in_a_column_or_one_for_all(temperature: Any, tmp_path: Path) -> None:
    """Breaks when a column or a single number, which can mean one thing alone, is refused."""
    np.savez(tmp_path / "a.npz", spins=SPINS, temperature=temperature)
    assert read_snapshots(tmp_path / "a.npz", SYSTEM).temperature.tolist() == [1.5] * 12
    np.savez(tmp_path / "b.npz", spins=SPINS, temperature=np.ones((3, 4)))
    assert "(12,), one a snapshot, or one for all, got float64 (3, 4)" in refused(tmp_path / "b.npz")


def test_arrays_of_objects_and_records(tmp_path: Path) -> None:
    """Breaks when objects are unpickled, or the line says that the file is damaged."""
    np.savez(tmp_path / "a.npz", spins=SPINS.astype(object))
    assert "plain numbers, got one of objects; save it with array.astype(int)" in refused(tmp_path / "a.npz")
    np.save(tmp_path / "b.npy", np.zeros((12, 6, 8), [("a", "i1")]))
    assert "got one of records" in refused(tmp_path / "b.npy")


def test_faults_of_the_caller_are_not_damage(tmp_path: Path) -> None:
    """Breaks when an exception of whoever reads an array is called a damaged file."""
    np.save(tmp_path / "a.npy", SPINS)
    with pytest.raises(ZeroDivisionError), open_arrays(tmp_path / "a.npy") as (arrays, _):
        arrays[""]().read(np.int8, lambda part: part // (1 // 0))


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("a.npy", {"threshold": "auto"}),
        ("a.npy", {"crop": (0, 0, 5, 5)}),
        ("a.npy", {"up": "lighter"}),
        ("a.png", {"values": (0, 1)}),
        ("a.png", {"flat": True}),
    ],
)
def test_rules_without_a_file_are_refused(name: str, rules: dict[str, Any], tmp_path: Path) -> None:
    """Breaks when an option for pictures is passed over where there are arrays, or the other way round."""
    np.save(tmp_path / "a.npy", SPINS)
    Image.fromarray(np.where(SPINS[0] > 0, 0, 255).astype(np.uint8)).save(tmp_path / "a.png")
    assert refused(tmp_path / name, **rules).startswith(f"{next(iter(rules))} must be left out")


def test_colours(tmp_path: Path) -> None:
    """Breaks when # is not missed, or --threshold takes the nearer side for a colour that has neither's grey."""
    with pytest.raises(InputError, match="did you mean #0000ff"):
        Reading(up="0000ff")
    Image.fromarray(np.where(SPINS[0] > 0, 20, 230).astype(np.uint8)).save(tmp_path / "a.png")
    with pytest.warns(ReadingWarning):
        found = read_snapshots(tmp_path / "a.png", SYSTEM, Reading(up="#202020", threshold="auto"))
    np.testing.assert_array_equal(found.spins, SPINS[:1])
    line = refused(tmp_path / "a.png", up="#808080", threshold="auto")
    assert line.startswith("up must be a colour with the mean grey of a side")
    assert "20 or 230" in line


def test_films_in_a_folder_are_named(tmp_path: Path) -> None:
    """Breaks when one film stops the import of a folder, is left out in silence, or is read by its first frame."""
    frames = [Image.fromarray(np.where(s > 0, 0, 255).astype(np.uint8)) for s in SPINS[:2]]
    frames[0].save(tmp_path / "b.gif", save_all=True, append_images=frames[1:])
    frames[0].save(tmp_path / "a.png")
    with pytest.warns(ReadingWarning, match=r"left out: b\.gif \(a film of several frames\)"):
        np.testing.assert_array_equal(read_snapshots(tmp_path, SYSTEM).spins, SPINS[:1])
    assert "save its frames" in refused(tmp_path / "b.gif")
    os.remove(tmp_path / "a.png")
    assert "it holds b.gif" in refused(tmp_path)


def test_the_format_of_an_export_follows_its_name(small_data: Path, tmp_path: Path, capsys: Any) -> None:
    """Breaks when .h5 asks for --format hdf5, or a folder that does not exist is said to be of another kind."""
    pytest.importorskip("h5py")
    for name in ("a.h5", "a.npz", "pictures"):
        assert run(capsys, "export", small_data, "--out", tmp_path / name)[0] == 0
    assert (tmp_path / "a.h5").read_bytes()[1:4] == b"HDF"
    assert (tmp_path / "pictures" / "recipe.json").is_file()
    code, _, err = run(capsys, "export", small_data, "--out", tmp_path / "a.csv")
    assert code == 2
    assert ".npz, .h5 or .hdf5" in err
    assert "which does not exist" in run(capsys, "check", tmp_path / "none")[2]


@pytest.mark.parametrize("command", ["sample", "build"])
def test_protocols_that_simulate(command: str, tmp_path: Path, capsys: Any) -> None:
    """Breaks when `imported`, which simulates nothing, is offered or accepted."""
    for given, hint in (("imported", ""), ("aneal", "did you mean anneal?")):
        code, _, err = run(capsys, command, "ising-open", "--out", tmp_path / "x.npz", "--protocol", given)
        assert code == 2
        ramp = ", ramp" if command == "sample" else ""
        assert f"protocol must be one of equilibrium, anneal, quench{ramp}, got {given}" in err
        assert hint in err
