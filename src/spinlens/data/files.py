"""Files that are either whole or not there."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from spinlens.errors import InputError

HOST = socket.gethostname()


def write_whole(path: Path, write: Callable[[Path], None], new: bool = False) -> None:
    """Let `write` fill a temporary file beside `path`, bring it to disk, and only then give it its name.

    The temporary name is the writer's own, so that any number of processes may write the same file at once.
    new: raise FileExistsError where `path` is there already, instead of replacing it.
    """
    temporary = path.with_name(f"{path.name}.{HOST}-{os.getpid()}-{threading.get_native_id()}.tmp")
    try:
        with open(temporary, "wb") as held:
            with contextlib.suppress(OSError):  # not every file system has locks
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)  # gone with the process, however it ends: see `sweep`
            write(temporary)
            with open(temporary, "rb") as file:
                os.fsync(file.fileno())
            _name(temporary, path, new)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _name(temporary: Path, path: Path, new: bool) -> None:
    if new:
        try:
            os.link(temporary, path)  # refuses to replace
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            pass
        else:
            temporary.unlink()
            return
    os.replace(temporary, path)


def check_new(out: Path, endings: tuple[str, ...] = ()) -> None:
    """Raise InputError unless `out` is new or empty and can be written: the rule of every command's --out.

    endings: those of a file; none: a folder. The folders above it need not exist: the command makes them.
    """
    if endings and out.suffix not in endings:
        raise InputError("out", str(out), f"a file name that ends in {' or '.join(endings)}")
    if out.is_symlink() and not out.exists():
        raise InputError("out", str(out), "a name that is free", "it is a link to what is not there")
    if out.is_dir():
        taken = bool(endings) or any(out.iterdir())
    else:
        taken = out.exists() and not (endings and out.is_file() and out.stat().st_size == 0)
    if taken:
        raise InputError("out", str(out), f"a new or empty {'file' if endings else 'folder'}")
    check_writable(out)


def check_writable(out: Path) -> None:
    """Raise InputError unless files can be made where `out` is to be; nothing is left behind."""
    folder = out.absolute() if out.is_dir() else out.absolute().parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InputError("out", str(out), f"a name that can be written ({error.strerror}: {folder})") from None


@contextlib.contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """A temporary folder beside `out`, which gets its name when the block ends and disappears when it fails.

    Where `out` is there, it is filled instead: it may be a mount point, a link or the current folder.
    """
    if out.exists():
        with fill_folder(out) as inside:
            yield inside
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))  # private, so the folder lies inside
    try:
        temporary = beside / "new"
        temporary.mkdir()
        yield temporary
        os.replace(temporary, out)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


@contextlib.contextmanager
def fill_folder(out: Path) -> Iterator[Path]:
    """A temporary folder inside `out`, new or empty, whose files go up into it when the block ends.

    Where the block fails they disappear, with all folders that were made for them.
    """
    made = [folder for folder in (out, *out.parents) if not folder.exists()]
    out.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix="unfinished-", dir=out) as name:
            yield Path(name)
            for path in sorted(Path(name).iterdir()):
                os.replace(path, out / path.name)
    except BaseException:
        for folder in made:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


def write_text(path: Path, text: str, new: bool = False) -> None:
    """Write a text file whole; new as in `write_whole`."""

    def write(temporary: Path) -> None:
        temporary.write_text(text, encoding="utf-8")

    write_whole(path, write, new)


def sweep(folder: Path, other_hosts: bool = False) -> None:
    """Remove the temporary files that killed writers left in a folder; those of living ones stay.

    other_hosts: theirs too, once no build runs there any more; their locks may be invisible from here.
    """
    for path in folder.glob("*.tmp"):
        if other_hosts or f".{HOST}-" in path.name:
            with contextlib.suppress(OSError), open(path, "r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
