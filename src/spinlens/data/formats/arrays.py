"""Arrays in .npy, .npz and HDF5 files: their shape first, then their values a part at a time; nothing is unpickled."""

import io
import math
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from spinlens.data.formats.regular import open_regular
from spinlens.errors import InputError

NUMPY, HDF5 = (".npy", ".npz"), (".h5", ".hdf5")
PART = 2**20  # items read at once
MAX_TEXT = 2**24  # bytes of an array of text
MAX_HEADER = 2**17  # bytes of a .npy header
MAX_CHUNK = 2**30  # bytes that HDF5 unpacks at once
Arrays = Mapping[str, Callable[[], "StoredArray"]]


@dataclass(frozen=True)
class StoredArray:
    """An array in a file, whose values are still to be read.

    parts: yields its items in the order of the file, (up to PART,) at a time; columns: that order is Fortran's.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    parts: Callable[[], Iterator[NDArray[Any]]]
    columns: bool = False

    def read(self, dtype: Any, convert: Callable[[NDArray[Any]], NDArray[Any]] = lambda part: part) -> NDArray[Any]:
        """All values, each part converted before the next one is read."""
        values = np.empty(math.prod(self.shape), dtype)
        done = 0
        for part in self.parts():
            values[done : done + len(part)] = convert(part)
            done += len(part)
        return values.reshape(self.shape[::-1]).T if self.columns else values.reshape(self.shape)

    def text(self) -> NDArray[np.str_]:
        """The values of an array of text. Raises InputError for other kinds and for unreasonable lengths."""
        if self.dtype.kind != "U" or math.prod(self.shape) * self.dtype.itemsize > MAX_TEXT:
            raise InputError("array", f"{self.dtype} {self.shape}", "text")
        return self.read(self.dtype)


@contextmanager
def open_arrays(path: Path) -> Iterator[tuple[Arrays, Mapping[str, Any]]]:
    """({name: how to look at it}, attributes) of a file; an array of a .npy has the name "", only HDF5 has attributes.

    attributes: `recipe` alone. Raises InputError for damaged files, there and where arrays are looked at and read, and
    for arrays of objects.
    """
    with ExitStack() as stack:
        with _damage(path):
            found, attributes = _open(path, stack)
        yield {name: partial(_careful, look, path) for name, look in found.items()}, attributes


def _open(path: Path, stack: ExitStack) -> tuple[Arrays, Mapping[str, Any]]:
    suffix = path.suffix.lower()
    if suffix in HDF5:
        file = stack.enter_context(_open_hdf5(path))
        names: list[str] = []
        datasets = load_h5py().Dataset
        file.visititems(lambda name, item: names.append(name) if isinstance(item, datasets) else None)
        attributes = {"recipe": file.attrs["recipe"]} if "recipe" in file.attrs else {}
        return {name: partial(_hdf5_array, file, name) for name in names}, attributes
    raw = stack.enter_context(open_regular(path))
    if suffix == ".npz":
        archive = stack.enter_context(zipfile.ZipFile(raw))
        members = {member.filename.removesuffix(".npy"): member for member in archive.infolist()}
        return {n: partial(_npy_array, partial(archive.open, m), m.file_size) for n, m in members.items()}, {}
    size = raw.seek(0, 2)
    return {"": partial(_npy_array, partial(_rewound, raw), size)}, {}


@contextmanager
def _damage(path: Path) -> Iterator[None]:
    """Whatever the zip, zlib, header and HDF5 parsers raise at damaged files, as one InputError."""
    kind = "HDF5" if path.suffix.lower() in HDF5 else "NumPy"
    try:
        yield
    except (InputError, MemoryError):
        raise
    except _OtherKindError as error:
        hint = "save it with array.astype(int), or astype(float) for temperatures"
        raise InputError(f"{path} (array)", str(error), "an array of plain numbers", hint) from None
    except Exception as error:
        reason = f"unreadable ({type(error).__name__})"
        raise InputError(str(path), reason, f"a whole {kind} file of plain numbers") from None


class _OtherKindError(ValueError):
    """An array holds objects or records."""


def _careful(look: Callable[[], StoredArray], path: Path) -> StoredArray:
    """The array, whose parts are read with the same care as its shape."""
    with _damage(path):
        stored = look()

    def parts() -> Iterator[NDArray[Any]]:
        iterator = stored.parts()
        while True:
            with _damage(path):
                part = next(iterator, None)
            if part is None:
                return
            yield part

    return replace(stored, parts=parts)


def _rewound(file: BinaryIO) -> BinaryIO:
    file.seek(0)
    return file


def _npy_array(open_stream: Callable[[], Any], size: int) -> StoredArray:
    """The array of a .npy stream of `size` bytes. Raises ValueError where the stream is none or cannot hold it."""
    shape, columns, dtype, header = _npy_header(open_stream())
    count = math.prod(shape)
    if min(shape, default=0) < 0 or dtype.itemsize == 0 or header + count * dtype.itemsize > size:
        raise ValueError("the header asks for more than there is")

    def parts() -> Iterator[NDArray[Any]]:
        stream = open_stream()
        stream.read(header)
        for first in range(0, count, PART):
            wanted = min(PART, count - first) * dtype.itemsize
            data = stream.read(wanted)
            if len(data) != wanted:
                raise ValueError("cut short")
            yield np.frombuffer(data, dtype)
        stream.read(1)  # at the end of a zip member its check sum is compared

    return StoredArray(shape, dtype, parts, columns)


def _npy_header(stream: Any) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """(shape, Fortran order, dtype, bytes of the header)."""
    head = io.BytesIO(stream.read(MAX_HEADER))
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd literals, which are refused
        shape, columns, dtype = readers[np.lib.format.read_magic(head)](head)
    if dtype.hasobject or dtype.fields or dtype.subdtype:
        raise _OtherKindError("one of objects" if dtype.hasobject else "one of records")
    return shape, columns, dtype, head.tell()


def load_h5py() -> Any:
    """The package h5py. Raises InputError that says how to install it."""
    try:
        import h5py
    except ImportError:
        hint = "pip install 'spinlens[hdf5]'"
        raise InputError("HDF5 files", "no such package", "read and written by the package h5py", hint) from None
    return h5py


def _open_hdf5(path: Path) -> Any:
    h5py = load_h5py()
    open_regular(path).close()
    return h5py.File(path, "r", locking=False)


def _hdf5_array(file: Any, name: str) -> StoredArray:
    """A data set of HDF5. Raises ValueError for values that lie in other files (external storage)."""
    stored = file[name]
    if stored.dtype.hasobject or stored.dtype.fields:
        raise _OtherKindError("one of objects" if stored.dtype.hasobject else "one of records")
    if stored.external or stored.is_virtual or stored.shape is None:
        raise ValueError("no plain numbers")
    if stored.chunks and math.prod(stored.chunks) * stored.dtype.itemsize > MAX_CHUNK:
        raise ValueError("chunks too large to unpack")
    shape = stored.shape

    def parts() -> Iterator[NDArray[Any]]:
        if not shape:
            yield np.asarray(stored[()]).reshape(1)
            return
        rows = max(PART // max(math.prod(shape[1:]), 1), 1)
        for first in range(0, shape[0], rows):
            yield np.asarray(stored[first : first + rows]).ravel()

    return StoredArray(shape, stored.dtype, parts)
