"""Arrays of other people: 0/1, flattened, under other names, damaged or hostile; read right or refused in a line."""

import io
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from spinlens import get_system
from spinlens.data.formats import spins as module
from spinlens.data.formats.reading import Reading
from spinlens.data.formats.user_files import read_snapshots
from spinlens.errors import InputError

SYSTEM = get_system("ising-periodic", (6, 8))
SPINS = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (12, 6, 8))
BITS = SPINS > 0
TEMPERATURE = np.array([0.5, 1.5, 2.2, 3.0] * 3)


@pytest.mark.parametrize("kind", [bool, np.uint8, np.int64, np.float16, np.float64, ">i4", np.longdouble])
@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.h5"])
def test_zero_and_one_when_told_to(kind: object, name: str, tmp_path: Path) -> None:
    """Breaks when 0 is read as a spin unasked, the hint does not work for a type, or 2 x - 1 overflows to 255."""
    path, array = tmp_path / name, BITS.astype(kind)  # type: ignore[call-overload]
    if name == "a.h5":
        h5py = pytest.importorskip("h5py")
        with h5py.File(path, "w") as file:
            file["spins"] = array
    else:
        np.save(path, array) if name == "a.npy" else np.savez_compressed(path, spins=array)
    with pytest.raises(InputError, match="--values 0,1 reads 0 as spin down and 1 as spin up"):
        read_snapshots(path, SYSTEM)
    np.testing.assert_array_equal(read_snapshots(path, SYSTEM, Reading(values=(0, 1))).spins, SPINS)
    np.testing.assert_array_equal(read_snapshots(path, SYSTEM, Reading(values=(1, 0))).spins, -SPINS)


def test_other_values(tmp_path: Path) -> None:
    """Breaks when a third value is taken for a spin, or values that were not named are."""
    np.save(tmp_path / "a.npy", np.where(BITS, 255, 7).astype(np.uint8))
    with pytest.raises(InputError, match="--values 7,255"):
        read_snapshots(tmp_path / "a.npy", SYSTEM)
    np.testing.assert_array_equal(read_snapshots(tmp_path / "a.npy", SYSTEM, Reading(values=(7, 255))).spins, SPINS)
    np.save(tmp_path / "b.npy", SPINS)
    with pytest.raises(InputError, match="0 for spin down or 1 for spin up"):
        read_snapshots(tmp_path / "b.npy", SYSTEM, Reading(values=(0, 1)))
    for odd in (0.5, np.nan, np.inf):
        np.save(tmp_path / "c.npy", np.where(np.arange(48).reshape(6, 8) == 47, odd, SPINS[0]))
        with pytest.raises(InputError, match="values"):
            read_snapshots(tmp_path / "c.npy", SYSTEM)


def test_arrays_of_many_parts_and_both_orders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when parts are joined in another order, or Fortran's order is read as C's."""
    monkeypatch.setattr("spinlens.data.formats.arrays.PART", 100)
    np.savez(tmp_path / "a.npz", spins=np.asfortranarray(SPINS), temperature=TEMPERATURE)
    np.savez_compressed(tmp_path / "b.npz", spins=SPINS, temperature=TEMPERATURE.astype(np.float32))
    np.save(tmp_path / "c.npy", np.asfortranarray(SPINS[0]))
    for name in "ab":
        found = read_snapshots(tmp_path / f"{name}.npz", SYSTEM)
        np.testing.assert_array_equal(found.spins, SPINS)
        np.testing.assert_allclose(found.temperature, TEMPERATURE, rtol=1e-7)
    np.testing.assert_array_equal(read_snapshots(tmp_path / "c.npy", SYSTEM).spins, SPINS[:1])


def test_other_names_are_asked_for_and_named(tmp_path: Path) -> None:
    """Breaks when the line does not name the arrays that there are, or a name that was given is passed over."""
    np.savez(tmp_path / "a.npz", X=SPINS, T=TEMPERATURE)
    with pytest.raises(InputError, match="array spins, got arrays X, T; --array"):
        read_snapshots(tmp_path / "a.npz", SYSTEM)
    found = read_snapshots(tmp_path / "a.npz", SYSTEM, Reading(array="X", temperature_array="T"))
    np.testing.assert_array_equal(found.temperature, TEMPERATURE)
    assert read_snapshots(tmp_path / "a.npz", SYSTEM, Reading(array="X")).temperature is None
    with pytest.raises(InputError, match="temperature_array"):
        read_snapshots(tmp_path / "a.npz", SYSTEM, Reading(array="X", temperature_array="temp"))


def test_flattened_snapshots_are_read_when_told_to(tmp_path: Path) -> None:
    """Breaks when rows of 48 numbers are folded unasked, the hint is missing, or they are folded column by column."""
    np.save(tmp_path / "a.npy", SPINS.reshape(12, 48))
    np.save(tmp_path / "b.npy", SPINS[0].ravel())
    for name, spins in (("a.npy", SPINS), ("b.npy", SPINS[:1])):
        with pytest.raises(InputError, match="--flat reads 48 values as 6 rows of 8"):
            read_snapshots(tmp_path / name, SYSTEM)
        np.testing.assert_array_equal(read_snapshots(tmp_path / name, SYSTEM, Reading(flat=True)).spins, spins)
    with pytest.raises(InputError, match="shape"):
        read_snapshots(tmp_path / "a.npy", get_system("ising-periodic", (6, 9)), Reading(flat=True))


def zipped(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_npy", ".npy"), content)
    return path


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def header(text: str, data: bytes = b"") -> bytes:
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode() + data


GOOD = npy(SPINS)
HOSTILE = {
    "raw member": {"spins": b"1, -1"},
    "raw temperature": {"spins_npy": GOOD, "temperature": b"2.27"},
    "no header": {"spins_npy": b"\x93NUMPY\x01\x00"},
    "version 9": {"spins_npy": b"\x93NUMPY\x09\x00" + GOOD[8:]},
    "more asked than there": {"spins_npy": GOOD[:-1]},
    "negative": {"spins_npy": header("{'descr': '|i1', 'fortran_order': False, 'shape': (-12, 6, 8)}", bytes(576))},
    "endless": {"spins_npy": header(f"{{'descr': '|i1', 'fortran_order': False, 'shape': ({'9' * 5000}, 6, 8)}}")},
    "deep": {"spins_npy": header("(" * 5000)},
    "no bytes": {"spins_npy": header("{'descr': '|V0', 'fortran_order': False, 'shape': (12, 6, 8)}")},
    "fields": {"spins_npy": npy(np.zeros((12, 6, 8), [("a", "i1")]))},
    "complex": {"spins_npy": npy(SPINS.astype(complex))},
    "words": {"spins_npy": npy(SPINS.astype(str))},
}


@pytest.mark.parametrize("case", HOSTILE)
def test_members_that_are_no_arrays(case: str, tmp_path: Path) -> None:
    """Breaks when a member of an archive ends in another exception than the one line."""
    path = zipped(tmp_path / "a.npz", **HOSTILE[case])
    with pytest.raises(InputError, match=r"a\.npz") as caught:
        read_snapshots(path, SYSTEM)
    assert "\n" not in str(caught.value)


def test_a_flipped_bit_is_found(tmp_path: Path) -> None:
    """Breaks when the check sum of a zip member is not compared, as nothing reads on to its end."""
    content = bytearray(zipped(tmp_path / "a.npz", spins_npy=npy(np.ones((12, 6, 8), np.int8))).read_bytes())
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        crc = archive.getinfo("spins.npy").CRC.to_bytes(4, "little")
    content = content.replace(crc, bytes(4))
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(InputError, match="unreadable"):
        read_snapshots(tmp_path / "a.npz", SYSTEM)


@pytest.mark.parametrize("shape", [(2**20, 6, 11), (2**20, 6, 8)])
def test_what_a_header_asks_for_is_looked_at_first(
    shape: tuple[int, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Breaks when 50 kB of archive are unpacked to 50 MB before shape and size are compared."""
    monkeypatch.setattr(module, "MAX_SPINS", 10**6)
    path = zipped(tmp_path / "a.npz", spins_npy=npy(np.ones(shape, np.int8)))
    assert path.stat().st_size < 200_000
    tracemalloc.start()
    with pytest.raises(InputError, match="shape"):
        read_snapshots(path, SYSTEM)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


def test_hdf5_of_others(tmp_path: Path) -> None:
    """Breaks when groups are not looked into, values of other files are read, or damage ends in another exception."""
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["run/spins"], file["run/T"] = SPINS, TEMPERATURE
    found = read_snapshots(tmp_path / "a.h5", SYSTEM, Reading(array="run/spins", temperature_array="run/T"))
    np.testing.assert_array_equal(found.spins, SPINS)
    np.testing.assert_array_equal(found.temperature, TEMPERATURE)
    (tmp_path / "raw").write_bytes(SPINS.tobytes())
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file.create_dataset("spins", SPINS.shape, "i1", external=[(str(tmp_path / "raw"), 0, SPINS.size)])
    with h5py.File(tmp_path / "c.h5", "w") as file:
        file["spins"] = h5py.ExternalLink(str(tmp_path / "a.h5"), "run/spins")
    (tmp_path / "d.h5").write_bytes((tmp_path / "a.h5").read_bytes()[:1000])
    for name in "bcd":
        with pytest.raises(InputError, match=rf"{name}\.h5"):
            read_snapshots(tmp_path / f"{name}.h5", SYSTEM)


def test_spins_that_wrapped_around_are_read_as_they_were(tmp_path: Path) -> None:
    """Breaks when -1 stored as an unsigned byte, 255, is advised to be read as spin up."""
    spins = np.random.default_rng(0).choice(np.array([-1, 1]), (2, 4, 4))
    np.savez(tmp_path / "own.npz", spins=spins.astype(np.uint8))
    system = get_system("ising-periodic", 4)
    with pytest.raises(InputError, match="--values 255,1 reads 255, which is -1 as uint8, as down"):
        read_snapshots([tmp_path / "own.npz"], system)
    found = read_snapshots([tmp_path / "own.npz"], system, Reading(values=(255, 1)))
    assert np.array_equal(np.stack(found.spins), spins)
