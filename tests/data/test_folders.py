"""Folders and paths as people have them: all that lies there is read or named; nothing endless is opened."""

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from spinlens import get_system
from spinlens.cli import main
from spinlens.data.formats.export import export
from spinlens.data.formats.imports import import_dataset
from spinlens.data.formats.user_files import read_snapshots
from spinlens.data.read import read_split
from spinlens.data.recipe import load_recipe, parse_recipe
from spinlens.data.render import to_image
from spinlens.errors import InputError, ReadingWarning

SYSTEM = get_system("ising-periodic", (6, 8))
SPINS = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (12, 6, 8))
SIZE_8 = {"system": {"name": "ising-periodic", "size": 8}}
NOT_UTF8 = os.fsdecode(b"caf\xe9")


def simulator(spins: np.ndarray) -> str:
    rows = [{"temp": 1.5, "timestamp": k, "spinArray": ",".join(map(str, s.ravel()))} for k, s in enumerate(spins)]
    return json.dumps({"settings": {}, "data": rows})


def chain(size: int = 8) -> dict[str, np.ndarray]:
    """Ten snapshots at each of four temperatures, one a class."""
    spins = np.random.default_rng(1).choice(np.array([-1, 1], np.int8), (40, size, size))
    return {"spins": spins, "temperature": np.repeat([0.5, 1.5, 2.2, 3.0], 10)}


def test_whatever_lies_in_a_folder_is_read_or_named(tmp_path: Path) -> None:
    """Breaks when a second download, HDF5 or another ending is passed over, or a file is left out without reason."""
    h5py = pytest.importorskip("h5py")
    (tmp_path / "data.json").write_text(simulator(SPINS[:2]))
    (tmp_path / "data (1).json").write_text(simulator(SPINS[2:5]))
    (tmp_path / "cooling.JSON").write_text(simulator(SPINS[5:6]))
    with h5py.File(tmp_path / "more.h5", "w") as file:
        file["spins"] = SPINS[6:8]
    (tmp_path / "deep").mkdir()
    np.save(tmp_path / "deep" / "9.npy", SPINS[8])
    to_image(SPINS[9]).save(tmp_path / "deep" / "10.bmp")
    (tmp_path / "settings.json").write_text('{"data": []}')
    for name in ("notes.txt", ".DS_Store", "metadata.csv", *(f"{k}.log" for k in range(8))):
        (tmp_path / name).write_text("mine")
    os.mkfifo(tmp_path / "pipe.npy")
    (tmp_path / "link").symlink_to(tmp_path / "deep")
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere")
    with pytest.warns(ReadingWarning) as caught:
        found = read_snapshots(tmp_path, SYSTEM)
    read = {tuple(spins.ravel()) for spins in found.spins}
    assert read == {tuple(spins.ravel()) for spins in SPINS[:10]}
    assert len(found.spins) == 10
    (line,) = (str(w.message) for w in caught if "left out" in str(w.message))
    assert "0.log, 1.log, 2.log, 3.log, 4.log and 4 more (of another kind)" in line
    assert "settings.json (JSON, but not of the simulator)" in line
    assert ".DS_Store (hidden)" in line
    assert "metadata.csv (no columns file_name and temperature)" in line
    assert "gone.png, pipe.npy (no regular file)" in line
    assert "link (a link to a folder)" in line


def test_a_folder_without_snapshots_says_what_it_holds(tmp_path: Path) -> None:
    """Breaks when the line does not help, or other JSON is refused as damaged."""
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "package.json").write_text("{}")
    with pytest.raises(InputError, match=r"it holds notes\.txt, package\.json"):
        read_snapshots(tmp_path, SYSTEM)
    with pytest.raises(InputError, match="of the simulator"):
        read_snapshots(tmp_path / "package.json", SYSTEM)


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.h5", "a.png", "a.json", "a.toml"])
def test_what_never_ends_is_not_opened(name: str, tmp_path: Path) -> None:
    """Breaks when a FIFO or a device is opened: the read would wait for ever, or fill the memory."""
    os.mkfifo(tmp_path / name)
    (tmp_path / f"zero{name}").symlink_to("/dev/zero")
    for path in (tmp_path / name, tmp_path / f"zero{name}"):
        with pytest.raises(InputError, match="file"):
            load_recipe(path) if name == "a.toml" else read_snapshots(path, SYSTEM)


HOSTILE = {
    "a.json": ["[" * 200_000, '{"data": ' + "[" * 100_000 + "]" * 100_000 + "}", f'{{"data": {"9" * 5000}}}'],
    "b.json": [
        f'{{"data": [{{"temp": {"9" * 4000}, "spinArray": {SPINS[0].tolist()}}}]}}',
        '{"data": [{"temp": 1, "spinArray": ' + "[" * 900 + "]" * 900 + "}]}",
        '{"data": [{"temp": 1, "spinArray": [' + ",".join(["9" * 4000] * 48) + "]}]}",
        '{"data": [{"temp": 1, "spinArray": "' + "1," * 200_000 + '"}]}',
    ],
    "c.toml": ["a = " + "[" * 20_000, f"seed = {'9' * 5000}", "seed = \xff", "a" + ".a" * 5000 + " = 1"],
}


@pytest.mark.parametrize(("name", "k"), [(name, k) for name, texts in HOSTILE.items() for k in range(len(texts))])
def test_text_without_bottom_or_end(name: str, k: int, tmp_path: Path) -> None:
    """Breaks when deep nesting or numbers of thousands of digits end in another exception than the one line."""
    path = tmp_path / name
    path.write_bytes(HOSTILE[name][k].encode("latin-1"))
    with pytest.raises(InputError) as caught:
        parse_recipe(load_recipe(path)) if name.endswith("toml") else read_snapshots(path, SYSTEM)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


def test_numbers_without_end_in_a_table(tmp_path: Path) -> None:
    """Breaks when 5000 digits in a metadata.csv end in another exception."""
    to_image(SPINS[0]).save(tmp_path / "0.png")
    for value in ("-" + "9" * 5000, "9" * 200_000):
        (tmp_path / "metadata.csv").write_text(f"file_name,temperature\n0.png,{value}\n")
        with pytest.raises(InputError, match=r"metadata\.csv"):
            read_snapshots(tmp_path, SYSTEM)


@pytest.mark.parametrize("name", ["[/x]", "[bold]a", NOT_UTF8, "~", "a b'\"\n"])
def test_names_of_any_kind(name: str, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when brackets are taken for markup, a tilde for the home folder, or other bytes than UTF-8 end badly."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    folder, own, again = Path(name), Path(f"{name}/own{name}.npz"), Path(f"{name}/again{name}.npz")
    own.parent.mkdir(parents=True)
    again.parent.mkdir(exist_ok=True)
    np.savez(own, **chain())
    for arguments in (
        ("import", own, "ising-periodic", "--size", "8", "--out", folder / "data"),
        ("export", folder / "data", "--out", again),
        ("import", again, "ising-periodic", "--size", "8", "--out", folder / "again"),
        ("export", folder / "again", "--format", "images", "--out", folder / "images"),
    ):
        monkeypatch.setattr(
            sys, "argv", ["spinlens", *(str(a.absolute()) if isinstance(a, Path) else a for a in arguments)]
        )
        with pytest.raises(SystemExit) as ended:
            main()
        assert int(ended.value.code or 0) == 0, capsys.readouterr().err
    last = [8, 9, 10, 11, 28, 29, 30, 31]  # of the runs of ten, every second one the other way round
    np.testing.assert_array_equal(read_split(folder / "again", "test").spins, chain()["spins"][last])
    assert not (tmp_path / "home").exists()


def test_a_tilde_is_a_name_for_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when a relative path that begins with a tilde is handed to pyarrow, which writes it to the home folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    np.savez("own.npz", **chain())
    data = import_dataset(Path("own.npz"), parse_recipe(SIZE_8), Path("~") / "data")
    assert len(read_split(data, "train").spins) == 24
    assert export(data, Path("~") / "own.npz", "npz").is_file()
    assert (tmp_path / "~" / "data" / "manifest.json").is_file()
    assert not (tmp_path / "home").exists()


def test_class_names_in_brackets(tmp_path: Path) -> None:
    """Breaks when the name of a class that looks like markup is refused or changed."""
    classes = {"names": ["[bold]", "[red]"], "edges": [0, 2, 4], "step": 0.5}
    counts = dict.fromkeys(("train", "validation", "test"), (1, 1))
    np.savez(tmp_path / "own.npz", **chain())
    recipe = parse_recipe(SIZE_8 | {"classes": classes, "counts": counts})
    data = import_dataset(tmp_path / "own.npz", recipe, tmp_path / "data")
    tree = export(data, tmp_path / "images", "images")
    assert {path.name for path in (tree / "train").iterdir() if path.is_dir()} == {"[bold]", "[red]"}
    with np.load(export(data, tmp_path / "out.npz", "npz")) as arrays:
        assert arrays["class_names"].tolist() == ["[bold]", "[red]"]


def test_a_place_that_cannot_be_written_is_found_out_first(tmp_path: Path) -> None:
    """Breaks when all files are read before it shows that the data set can lie nowhere: here its folder is a file."""
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="out must be"):
        import_dataset(tmp_path / "absent.npz", parse_recipe(SIZE_8), tmp_path / "file" / "data")
