"""How users' files are to be read: options that `import` and `predict` share."""

from typing import TYPE_CHECKING, Annotated

import typer

from spinlens.errors import InputError

if TYPE_CHECKING:
    from spinlens.data.formats.reading import Reading

Up = Annotated[
    str,
    typer.Option(help="Colour of spin up in pictures: darker, lighter, or a colour such as #440154 or transparent."),
]
Threshold = Annotated[
    str | None,
    typer.Option(
        help="Split pictures of more than two colours (JPEG, screenshots) at a grey level, 0 to 255, or auto."
    ),
]
Crop = Annotated[
    str | None, typer.Option(help="Part of a picture that holds the lattice: left,top,right,bottom in pixels.")
]
Values = Annotated[str, typer.Option(help="Numbers for spin down and up in arrays and JSON, such as 0,1.")]
ArrayName = Annotated[str, typer.Option("--array", help="Name of the array of spins in .npz and .h5 files.")]
TemperatureArray = Annotated[str, typer.Option(help="Name of the array of temperatures in .npz and .h5 files.")]
Flat = Annotated[bool, typer.Option("--flat", help="Arrays hold each snapshot as one row, lattice row by row.")]


def parse_reading(
    up: str, threshold: str | None, crop: str | None, values: str, array: str, temperature_array: str, flat: bool
) -> "Reading":
    """The rules from the options. Raises InputError that names the bad one."""
    from spinlens.data.formats.reading import Reading

    level = threshold if threshold in (None, "auto") else _numbers("threshold", threshold, 1, "auto or a grey level")[0]
    edges = None
    if crop is not None:
        numbers = _numbers("crop", crop, 4, "four whole numbers left,top,right,bottom")
        edges = (int(numbers[0]), int(numbers[1]), int(numbers[2]), int(numbers[3]))
        if numbers != list(edges):
            raise InputError("crop", crop, "four whole numbers left,top,right,bottom")
    down_up = _numbers("values", values, 2, "two numbers, for spin down and up, such as 0,1")
    return Reading(up, level, edges, (down_up[0], down_up[1]), array, temperature_array, flat)


def _numbers(field: str, text: str, count: int, expected: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != count or not all(abs(number) < 1e15 for number in numbers):
        raise InputError(field, text, expected)
    return numbers
