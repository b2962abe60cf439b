"""What is wrong with a recipe, or differs from an earlier one, in one line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from spinlens.data.json_files import parse_json
from spinlens.errors import InputError, shown, suggest

MAX_DEPTH = 8  # of a recipe; four are used


def first_problem(error: ValidationError, model: type[BaseModel]) -> InputError:
    """The first unknown key or bad field of values that `model` refused, with the value and what is allowed."""
    problems = [(_field(bad["loc"], model), bad) for bad in error.errors(include_url=False)]
    field, bad = next((each for each in problems if each[1]["type"] == "extra_forbidden"), problems[0])  # misspelt?
    cause = bad.get("ctx", {}).get("error")
    if isinstance(cause, InputError):  # what a validator of ours raised
        return cause
    if bad["type"] == "extra_forbidden":
        *outer, key = bad["loc"]
        keys = _owner(outer, model).model_fields
        below = (name for name in model.model_fields if key in getattr(_owner([name], model), "model_fields", ()))
        home = next((name for name in below if _owner([name], model) is not model), None)
        hint = f"it belongs below [{home}]" if home and not outer else suggest(key, keys)
        return InputError(f"{_field(outer, model) or 'recipe'} (key)", key, f"one of {', '.join(keys)}", hint)
    if bad["type"] in ("model_type", "model_attributes_type", "dict_type"):
        keys = _owner(bad["loc"], model).model_fields
        table = f"a table [{field}]" if field else "a table"
        return InputError(field or "recipe", bad["input"], f"{table} with the keys {', '.join(keys)}")
    if bad["type"] == "tuple_type":
        *outer, key = bad["loc"]
        default = _owner(outer, model).model_fields[key].default if key in _owner(outer, model).model_fields else None
        such = f" such as {list(default)}" if isinstance(default, tuple) else ""
        return InputError(field, bad["input"], f"a list{such}")
    for k, part in enumerate(bad["loc"]):
        owner = _owner(bad["loc"][:k], model)
        if owner.model_config.get("extra") == "allow" and part not in owner.model_fields:
            return InputError(field, bad["input"], "a number, as parameters are", suggest(part, owner.model_fields))
    if bad["type"] == "missing":
        return InputError(field, "nothing", "given")
    messages = dict.fromkeys(_expected(other["msg"]) for name, other in problems if name == field)
    return InputError(field or "recipe", bad["input"], ", or ".join(messages))


def _expected(message: str) -> str:
    """What completes "must be", of a message such as "Input should be a valid integer, unable to parse string"."""
    subject, _, phrase = message.partition(" should ")
    if not phrase:
        return message[0].lower() + message[1:]
    return phrase.removeprefix("be ") if phrase.startswith("be ") else f"{subject.lower()} to {phrase}"


def other_settings(asked: str, begun: str, folder: Path, hashed: dict[str, str]) -> InputError:
    """The first setting that differs between `asked` and what `folder` was begun with, both as JSON.

    hashed: what was given for entries that are hashes, which tell a user nothing.
    """
    try:
        known = parse_json(begun, str(folder))
    except InputError:
        known = None
    if not isinstance(known, dict):
        return InputError("out", str(folder), "a folder with a whole recipe.json")
    wanted = json.loads(asked)
    for key, value in hashed.items():
        if known.get(key) != wanted[key]:
            return InputError(key, value, f"the one with which {folder} was begun", "it is another, or has changed")
    old, new = dict(_leaves(known)), dict(_leaves(wanted))
    field = next((key for key in new | old if new.get(key) != old.get(key)), None)
    if field is None:
        return InputError("out", str(folder), "a folder whose recipe.json is as it was written", "it has another form")
    was, given = old.get(field), new.get(field)
    expected = (
        f"left out, as {folder} was begun without it" if was is None else f"{shown(was)}, with which {folder} was begun"
    )
    hint = "the folder holds another recipe: take another one, or give the same settings to resume"
    return InputError(field.removeprefix("training."), "nothing" if given is None else given, expected, hint)


def _leaves(values: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if not isinstance(values, dict):
        yield path, values
        return
    for key, value in values.items():
        yield from _leaves(value, f"{path}.{key}" if path else key)


def is_deep(values: Any) -> bool:
    """Whether dicts and lists lie in each other more than MAX_DEPTH times; no recursion that could end in an error."""
    level = [values]
    for _ in range(MAX_DEPTH):
        level = [inner for value in level for inner in _inside(value)]
    return bool(level)


def _inside(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else list(value) if isinstance(value, list | tuple) else []


def find_truths(values: Any, path: str = "") -> Iterator[str]:
    """The fields of plain values that hold true or false."""
    if isinstance(values, bool):
        yield path
    elif isinstance(values, dict):
        for key, value in values.items():
            yield from find_truths(value, f"{path}.{key}" if path else str(key))
    elif isinstance(values, list | tuple):
        for value in values:
            yield from find_truths(value, path)


def _owner(loc: tuple[Any, ...] | list[Any], model: type[BaseModel]) -> type[BaseModel]:
    """The model that holds the field at `loc`."""
    for part in loc:
        inner = model.model_fields[part].annotation if part in model.model_fields else None
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            model = inner
    return model


def _field(loc: tuple[Any, ...] | list[Any], model: type[BaseModel]) -> str:
    """The name of a field such as counts.train; without the members of unions and the numbers of elements."""
    named, owner, begins = [], model, True  # begins: whether the next part is a key of `owner`
    for k, part in enumerate(loc):
        if part in owner.model_fields or (begins and owner.model_config.get("extra") == "allow"):
            named.append(str(part))
        inner = _owner(loc[: k + 1], model)
        owner, begins = inner, inner is not owner
    extra = [str(loc[-1])] if loc and not named else []
    return ".".join(named or extra)
