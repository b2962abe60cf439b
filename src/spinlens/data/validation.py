"""What is wrong with a recipe, or differs from an earlier one, in one line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from spinlens.errors import InputError


def first_problem(error: ValidationError, model: type[BaseModel]) -> InputError:
    """The first bad field of values that `model` refused, as one line with the field, the value and what is allowed."""
    problems = [(_field(bad["loc"], model), bad) for bad in error.errors(include_url=False)]
    field, bad = next((each for each in problems if each[1]["type"] == "extra_forbidden"), problems[0])  # misspelt?
    cause = bad.get("ctx", {}).get("error")
    if isinstance(cause, InputError):  # what a validator of ours raised
        return cause
    if bad["type"] == "extra_forbidden":
        *outer, key = bad["loc"]
        keys = ", ".join(_owner(outer, model).model_fields)
        return InputError(f"{_field(outer, model) or 'recipe'} (key)", key, f"one of {keys} is")
    if bad["type"] == "missing":
        return InputError(field, None, "a value must be given")
    messages = dict.fromkeys(other["msg"][0].lower() + other["msg"][1:] for name, other in problems if name == field)
    return InputError(field or "recipe", bad["input"], ", or ".join(messages))


def other_settings(asked: str, begun: str, folder: Path) -> InputError:
    """The first setting of `asked` that differs from those `folder` was begun with, both as JSON."""
    try:
        known = dict(_leaves(json.loads(begun)))
    except ValueError:
        return InputError("out", str(folder), "a folder with a whole recipe.json is")
    for field, value in _leaves(json.loads(asked)):
        if known.get(field) != value:
            return InputError(
                field.removeprefix("training."), value, f"{known.get(field)!r}, with which {folder} was begun, is"
            )
    return InputError("out", str(folder), "a folder begun with the same settings is")


def _leaves(values: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if not isinstance(values, dict):
        yield path, values
        return
    for key, value in values.items():
        yield from _leaves(value, f"{path}.{key}" if path else key)


def _owner(loc: tuple[Any, ...] | list[Any], model: type[BaseModel]) -> type[BaseModel]:
    """The model that holds the field at `loc`."""
    for part in loc:
        inner = model.model_fields[part].annotation if part in model.model_fields else None
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            model = inner
    return model


def _field(loc: tuple[Any, ...] | list[Any], model: type[BaseModel]) -> str:
    """The name of a field such as counts.train; without the members of unions and the numbers of elements."""
    named = [str(part) for k, part in enumerate(loc) if part in _owner(loc[:k], model).model_fields]
    extra = [str(loc[-1])] if loc and not named else []
    return ".".join(named or extra)
