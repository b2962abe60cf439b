"""Users' own snapshots: read as they are, or refused in one line; nothing runs their code."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spinlens import get_system
from spinlens.data.formats.user_files import read_files, read_snapshots
from spinlens.data.render import to_image
from spinlens.errors import InputError
from spinlens.physics.models.ising import Ising

pytestmark = pytest.mark.filterwarnings("ignore::spinlens.errors.ReadingWarning")  # colours are named elsewhere
SYSTEM = get_system("ising-periodic", (6, 8))
SPINS = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (12, 6, 8))
TEMPERATURE = np.array([0.5, 1.5, 2.2, 3.0] * 3)


def text(spins: np.ndarray) -> str:
    return ",".join(map(str, spins.ravel().tolist()))


def simulator(rows: list[dict[str, object]]) -> str:
    return json.dumps({"settings": {"tempMin": 0, "tempMax": 4, "tempStep": 0.01}, "data": rows})


def test_the_simulators_file_is_read_row_by_row(tmp_path: Path) -> None:
    """Breaks when rows and columns are swapped, temperatures get lost, or lists are not taken for text."""
    values = [text(SPINS[0]), SPINS[1].ravel().tolist(), SPINS[2].tolist()]
    rows = [{"temp": t, "timestamp": 17, "spinArray": v} for t, v in zip((2.27, 0, 4), values, strict=True)]
    path = tmp_path / "data.json"
    path.write_text(simulator(rows))
    for source in (path, tmp_path):
        found = read_snapshots(source, SYSTEM)
        np.testing.assert_array_equal(found.spins, SPINS[:3])
        assert found.spins.dtype == np.int8
        assert found.temperature.tolist() == [2.27, 0, 4]
        assert found.names == [f"{path}[{k}]" for k in range(3)]
    assert [name for name, _ in read_files([path], SYSTEM)] == found.names
    with pytest.raises(InputError, match="48"):
        read_snapshots(path, get_system("ising-periodic", (6, 9)))


def test_arrays_with_and_without_temperatures(tmp_path: Path) -> None:
    """Breaks when `temperature` is ignored, invented, or kept though one file of the folder has none."""
    np.savez(tmp_path / "1.npz", spins=SPINS, temperature=TEMPERATURE)
    np.savez(tmp_path / "2.npz", spins=SPINS[0], temperature=np.int64(2))
    found = read_snapshots(tmp_path, SYSTEM)
    np.testing.assert_array_equal(found.temperature, [*TEMPERATURE, 2])
    np.testing.assert_array_equal(found.spins, [*SPINS, SPINS[0]])
    np.save(tmp_path / "3.npy", SPINS.astype(float))
    found = read_snapshots(tmp_path, SYSTEM)
    assert found.temperature is None
    assert len(found.spins) == len(found.names) == 25


@pytest.mark.parametrize("ending", ["png", "bmp", "gif", "tif", "PNG"])
def test_lossless_pictures(ending: str, tmp_path: Path) -> None:
    """Breaks when a lossless type is refused, or its colours are read as the other spin."""
    for k, spins in enumerate(SPINS[:3]):
        to_image(Ising.space, spins, 2).save(tmp_path / f"{k}.{ending}")
    np.testing.assert_array_equal(read_snapshots(tmp_path, SYSTEM).spins, SPINS[:3])


def test_picture_folders_in_time_order_with_metadata(tmp_path: Path) -> None:
    """Breaks when 10.png comes before 2.png, or a temperature goes to another picture."""
    for k, spins in enumerate(SPINS):
        to_image(Ising.space, spins).save(tmp_path / f"{k}.png")
    assert read_snapshots(tmp_path, SYSTEM).temperature is None
    lines = [f"./{k}.png,x,{TEMPERATURE[k]}" for k in reversed(range(12))]
    (tmp_path / "metadata.csv").write_text("file_name,note,temperature\n" + "\n".join(lines))
    found = read_snapshots(tmp_path, SYSTEM)
    np.testing.assert_array_equal(found.spins, SPINS)
    np.testing.assert_array_equal(found.temperature, TEMPERATURE)
    (tmp_path / "metadata.csv").write_text("file_name,temperature\n" + "0.png,1\n")
    assert read_snapshots(tmp_path, SYSTEM).temperature is None  # the other eleven are unknown
    (tmp_path / "metadata.csv").write_text("name,colour\n0.png,red\n")
    assert read_snapshots(tmp_path, SYSTEM).temperature is None


@pytest.mark.parametrize(
    "lines",
    [
        "0.png,nan",
        "0.png,-1",
        "0.png,",
        "0.png",
        "0.png,warm",
        "9.png,1",
        "../0.png,1",
        ",1",
        "0.png,1\n0.png,2",
        "\xff",
    ],
)
def test_metadata_that_does_not_fit(lines: str, tmp_path: Path) -> None:
    """Breaks when a bad line is skipped, so that snapshots get no or another temperature in silence."""
    to_image(Ising.space, SPINS[0]).save(tmp_path / "0.png")
    (tmp_path / "metadata.csv").write_bytes(b"file_name,temperature\n" + lines.encode("latin-1"))
    with pytest.raises(InputError, match=r"metadata\.csv"):
        read_snapshots(tmp_path, SYSTEM)


ROW = {"temp": 2.27, "timestamp": 1, "spinArray": text(SPINS[0])}
BAD_JSON = {
    "empty": "",
    "cut": simulator([ROW])[:-9],
    "list": "[1, -1]",
    "number": "7",
    "other": json.dumps({"settings": {}, "rows": []}),
    "no rows": simulator([]),
    "rows of numbers": simulator([1, 2]),  # type: ignore[list-item]
    "no spins": simulator([{"temp": 1}]),
    "no temperature": simulator([{"spinArray": text(SPINS[0])}]),
    "temperature nan": simulator([ROW | {"temp": float("nan")}]),
    "temperature negative": simulator([ROW | {"temp": -0.1}]),
    "temperature words": simulator([ROW | {"temp": "warm"}]),
    "temperature true": simulator([ROW | {"temp": True}]),
    "temperature list": simulator([ROW | {"temp": [1]}]),
    "temperature huge": simulator([ROW | {"temp": -(10**400)}]),
    "one spin short": simulator([ROW, ROW | {"spinArray": text(SPINS[0].ravel()[1:])}]),
    "transposed": simulator([ROW | {"spinArray": SPINS[0].T.tolist()}]),
    "ragged": simulator([ROW | {"spinArray": [[1, -1], [1]]}]),
    "spins of words": simulator([ROW | {"spinArray": "up,down"}]),
    "spins missing": simulator([ROW | {"spinArray": None}]),
    "spin of 2": simulator([ROW | {"spinArray": text(2 * SPINS[0])}]),
    "spin nan": simulator([ROW | {"spinArray": [float("nan")] * 48}]),
    "trailing comma": simulator([ROW | {"spinArray": text(SPINS[0]) + ","}]),
    "deep": "[" * 200_000,
}


@pytest.mark.parametrize("case", BAD_JSON)
def test_json_that_is_not_the_simulators(case: str, tmp_path: Path) -> None:
    """Breaks when such a file is read in part, or ends in another exception or several lines."""
    path = tmp_path / "data.json"
    path.write_text(BAD_JSON[case])
    with pytest.raises(InputError, match=r"data\.json") as caught:
        read_snapshots(path, SYSTEM)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_arrays_that_cannot_be_used(tmp_path: Path) -> None:
    """Breaks when temperatures of another length, NaN, or a pickle (which could run code) are accepted."""
    bad = {
        "short": TEMPERATURE[:-1],
        "nan": np.where(TEMPERATURE == 3, np.nan, TEMPERATURE),
        "negative": -TEMPERATURE,
        "words": TEMPERATURE.astype(str),
        "square": TEMPERATURE.reshape(3, 4),
        "objects": TEMPERATURE.astype(object),
    }
    for name, temperature in bad.items():
        np.savez(tmp_path / f"{name}.npz", spins=SPINS, temperature=temperature)
        with pytest.raises(InputError, match=name):
            read_snapshots(tmp_path / f"{name}.npz", SYSTEM)
    np.savez(tmp_path / "good.npz", spins=SPINS, temperature=TEMPERATURE)
    content = (tmp_path / "good.npz").read_bytes()
    for length in (0, 3, 100, len(content) // 2, len(content) - 1):
        (tmp_path / "cut.npz").write_bytes(content[:length])
        with pytest.raises(InputError, match="cut"):
            read_snapshots(tmp_path / "cut.npz", SYSTEM)


class Burglar:
    """Writes a file when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.mark,)


@pytest.mark.parametrize("name", ["a.npy", "a.npz"])
def test_nothing_is_unpickled(name: str, tmp_path: Path) -> None:
    """Breaks when a pickled array runs its code; np.load with pickles allowed shows that it would."""
    path, mark = tmp_path / name, tmp_path / "mark"
    array = np.empty(1, object)
    array[0] = Burglar(mark)
    np.save(path, array) if name.endswith("npy") else np.savez(path, spins=array)
    with pytest.raises(InputError, match=name):
        read_snapshots(path, SYSTEM)
    assert not mark.exists()
    loaded = np.load(path, allow_pickle=True)
    _ = loaded if name.endswith("npy") else loaded["spins"]
    assert mark.exists()


def test_lines_that_help(tmp_path: Path) -> None:
    """Breaks when the line does not say what to do: 0/1 arrays, JPEG, films, deep colours, other kinds, nothing."""
    np.save(tmp_path / "bits.npy", (SPINS + 1) // 2)
    with pytest.raises(InputError, match="--values 0,1 reads 0 as spin down and 1 as spin up"):
        read_snapshots(tmp_path / "bits.npy", SYSTEM)
    (tmp_path / "data.json").write_text(simulator([ROW | {"spinArray": text((SPINS[0] + 1) // 2)}]))
    with pytest.raises(InputError, match="--values 0,1"):
        read_snapshots(tmp_path / "data.json", SYSTEM)
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    to_image(Ising.space, SPINS[0], 8).convert("RGB").save(pictures / "a.jpg")
    shutil.copy(pictures / "a.jpg", tmp_path / "a.png")
    for path in (pictures / "a.jpg", pictures, tmp_path / "a.png"):
        with pytest.raises(InputError, match=r"lossy.*--threshold"):
            read_snapshots(path, SYSTEM)
    film = [to_image(Ising.space, s) for s in SPINS[:2]]
    film[0].save(tmp_path / "film.gif", save_all=True, append_images=film[1:])
    with pytest.raises(InputError, match="one frame"):
        read_snapshots(tmp_path / "film.gif", SYSTEM)
    Image.fromarray(np.where(SPINS[0] > 0, 1000, 2000).astype(np.uint16)).save(tmp_path / "deep.tif")
    with pytest.raises(InputError, match="8 bits"):
        read_snapshots(tmp_path / "deep.tif", SYSTEM)
    to_image(Ising.space, SPINS[0]).save(tmp_path / "a.webp", format="PNG")
    with pytest.raises(InputError, match=r"one of \.npy, \.npz, .* by its ending"):
        read_snapshots(tmp_path / "a.webp", SYSTEM)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="empty"):
        read_snapshots(tmp_path / "empty", SYSTEM)
    with pytest.raises(InputError, match="No such file"):
        read_snapshots(tmp_path / "none.json", SYSTEM)
