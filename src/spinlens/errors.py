"""What spinlens tells its users: input that cannot be used, and results to take with care."""

import difflib
import reprlib
from collections.abc import Iterable

LEARN = ("torch", "transformers", "accelerate", "safetensors")  # the packages of the extra `learn`
MAX_SHOWN = 120  # characters of a value that a message quotes

_short = reprlib.Repr()
_short.maxstring = _short.maxother = MAX_SHOWN
_short.maxtuple = _short.maxlist = 12


class InputError(ValueError):
    """Bad input, in one line: `size must be a multiple of the patch size 10, got 64 x 64; hint`.

    field: what is wrong, as the user wrote or reads it.
    value: what was given; text is shown as it is.
    expected: a noun phrase that completes "must be".
    hint: what to do next.
    """

    def __init__(self, field: str, value: object, expected: str, hint: str = "") -> None:
        super().__init__(field, value, expected, hint)  # all four, so that it crosses process borders

    def __str__(self) -> str:
        field, value, expected, hint = self.args
        line = f"{field} must be {expected}, got {shown(value)}" + (f"; {hint}" if hint else "")
        return " ".join(_printable(line).split())


class ReadingWarning(UserWarning):
    """What users' files were taken for, and what was left out."""


class UnseenWarning(UserWarning):
    """A network reads snapshots of a system that it was not trained on."""


def suggest(given: object, known: Iterable[str]) -> str:
    """A hint that names the first known word that begins so, else the nearest one; empty where none is near."""
    word, words = str(given)[:MAX_SHOWN].lower(), list(known)
    near = [other for other in words if word and other.startswith(word)] or difflib.get_close_matches(word, words, 1)
    return f"did you mean {near[0]}?" if near else ""


def shown(value: object) -> str:
    """A value as messages quote it: at most MAX_SHOWN characters, all of them printable, text without quotes."""
    if isinstance(value, str):
        text = _printable(value)
        if not text or text != text.strip():
            return repr(text)
        return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN // 2]} ... {text[-MAX_SHOWN // 2 :]}"
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        value = value.item()  # a NumPy number, without its type
    try:
        return _short.repr(value)
    except ValueError:  # Python prints no whole number of more than 4300 digits
        return "a number of thousands of digits"


def _printable(text: str) -> str:
    """The text with control characters and lone surrogates (file names that are not UTF-8) escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in text)
