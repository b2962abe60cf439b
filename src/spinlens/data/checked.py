"""Descriptions that are checked when they are made: a bad value is an InputError of one line."""

from typing import Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from spinlens.data.validation import find_truths, first_problem, is_deep
from spinlens.errors import InputError


class Checked(BaseModel):
    """A frozen description without unknown keys. NumPy's numbers and arrays do for Python's.

    Raises InputError that names the first unknown key or bad value.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    def __init__(self, /, **values: Any) -> None:
        try:
            super().__init__(**_plain(type(self), values))
        except ValidationError as error:
            raise first_problem(error, type(self)) from None

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]  # fields of other models are named from there

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """An instance from plain values. Raises InputError as the class itself."""
        try:
            return super().model_validate(_plain(cls, obj) if isinstance(obj, dict) else obj, **options)
        except ValidationError as error:
            raise first_problem(error, cls) from None


def _plain(model: type[BaseModel], values: dict[str, Any]) -> dict[str, Any]:
    """The values without NumPy's types. Raises InputError where they lie too deep, or truths stand for numbers."""
    if is_deep(values):
        raise InputError("recipe", "values nested too deep", "tables and lists of the fields that it has")
    plain: dict[str, Any] = _without_numpy(values)
    truths = {name for name, field in model.model_fields.items() if field.annotation is bool}
    for field in find_truths({key: value for key, value in plain.items() if key not in truths}):
        raise InputError(field, "true or false", "a number or text")  # pydantic would take them for 1 and 0
    return plain


def _without_numpy(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, dict):
        return {key: _without_numpy(inner) for key, inner in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_without_numpy(inner) for inner in value)
    return value
