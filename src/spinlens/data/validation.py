"""What pydantic finds wrong with a recipe, in the words of spinlens."""

from typing import Any

from pydantic import BaseModel, ValidationError

from spinlens.errors import InputError


def first_problem(error: ValidationError, model: type[BaseModel]) -> InputError:
    """The first bad field of values that `model` refused, as one line with the field, the value and what is allowed."""
    problems = [(_field(bad["loc"], model), bad) for bad in error.errors(include_url=False)]
    field, bad = problems[0]
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
