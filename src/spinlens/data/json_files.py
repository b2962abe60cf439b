"""JSON that others may have written: read whole, or refused in one line that says why."""

import json
from pathlib import Path
from typing import Any

from spinlens.errors import InputError

WHOLE = "a whole JSON file"


def parse_json(data: bytes | str, source: str, what: str = WHOLE, nan: bool = False) -> Any:
    """The content of JSON text; as bytes in UTF-8, with or without a mark at their begin.

    Raises InputError, which says that `source` must be `what`, for text that is damaged, in another encoding or nested
    too deep, for numbers of thousands of digits, and, unless `nan`, for NaN and infinity, which are no JSON.
    """
    try:
        text = data if isinstance(data, str) else data.decode("utf-8-sig")
        return json.loads(text, parse_constant=float if nan else _refuse)
    except UnicodeDecodeError:
        raise InputError(source, "text that is not UTF-8", what, "save it as UTF-8") from None
    except json.JSONDecodeError as error:
        found = f"damaged ({error.msg} in line {error.lineno}, column {error.colno})" if data else "empty"
        raise InputError(source, found, what) from None
    except RecursionError:
        raise InputError(source, "nested too deep", what) from None
    except _NoNumberError as error:
        raise InputError(source, f"one with {error}", what, "JSON has no such number") from None
    except ValueError:  # Python reads no integer of more than 4300 digits
        raise InputError(source, "one with a number of thousands of digits", what) from None


def read_json(path: Path, what: str = WHOLE, nan: bool = False) -> Any:
    """The content of a JSON file, as `parse_json`. Raises FileNotFoundError where there is none, and InputError."""
    try:
        regular = not path.exists() or path.is_file()  # a FIFO would wait for ever, /dev/zero never end
        data = path.read_bytes() if regular else b""
    except FileNotFoundError:
        raise
    except OSError as error:
        raise InputError(str(path), f"unreadable ({error.strerror})", what) from None
    if not regular:
        raise InputError(str(path), "no regular file", what)
    return parse_json(data, str(path), what, nan)


def read_object(path: Path) -> dict[str, Any]:
    """The object in a JSON file, as `read_json`. Raises InputError for anything else too."""
    values = read_json(path)
    if not isinstance(values, dict):
        raise InputError(str(path), "other JSON", "a JSON object")
    return values


class _NoNumberError(ValueError):
    """NaN, Infinity or -Infinity."""


def _refuse(constant: str) -> Any:
    raise _NoNumberError(constant)
