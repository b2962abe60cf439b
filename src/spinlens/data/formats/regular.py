"""Open users' files: regular ones alone, as reading a FIFO or a device may never end."""

import stat
from pathlib import Path
from typing import BinaryIO

from spinlens.errors import InputError

MAX_BYTES = 2**30  # of a file that is read whole


def open_regular(path: Path) -> BinaryIO:
    """The file, opened for reading. Raises InputError unless it is a regular file that can be read."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # before opening: that alone waits for the writer of a FIFO
            raise InputError("files", str(path), "a regular file, and no FIFO, device or folder")
        return open(path, "rb")
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError("files", str(path), f"a readable file ({reason})") from None


def read_regular(path: Path, most: int = MAX_BYTES) -> bytes:
    """All bytes of a regular file. Raises InputError as `open_regular`, and for more than `most` bytes."""
    with open_regular(path) as file:
        try:
            data = file.read(most + 1)
        except OSError as error:
            raise InputError("files", str(path), f"a readable file ({error.strerror})") from None
    if len(data) > most:
        raise InputError(f"{path} (size)", "more", f"at most {most} bytes")
    return data
