"""Masks: options of `sample` and `measure`."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spinlens.errors import InputError

if TYPE_CHECKING:
    from spinlens.physics.systems import System

Fields = Annotated[
    Path | None,
    typer.Option(
        metavar="<file>",
        help="A field on each site beside B: numbers (.npy, .npz, .csv), or a picture, black a field of "
        "--field-strength, red minus that, white none.",
    ),
]
Strength = Annotated[
    float | None, typer.Option("--field-strength", help="What the numbers of --fields are multiplied by. Default: 1.")
]
Held = Annotated[
    Path | None,
    typer.Option(
        metavar="<file>",
        help="Sites held fixed: their states (.npy, .npz, .csv), NaN or empty where a site moves; or a picture, black "
        "held up, red held down, white free.",
    ),
]


def mask_system(system: "System", fields: Path | None, strength: float | None, held: Path | None) -> "System":
    """The system with the masks in these files, whose content is part of its name and so of its random stream.

    Raises InputError for files that are no masks of its lattice.
    """
    if fields is None and strength is not None:
        raise InputError("field_strength", strength, "left out without --fields")
    if fields is None and held is None:
        return system
    from spinlens.data.formats.masks import read_fields, read_held
    from spinlens.physics.masks import make_masks

    field = None if fields is None else read_fields(fields, system, 1.0 if strength is None else strength)
    masks = make_masks(field, None if held is None else read_held(held, system))
    if masks is None:
        raise InputError("fields" if held is None else "held", str(held or fields), "a mask that marks a site")
    return replace(system, masks=masks, name=f"{system.name}(masks={masks.digest[:8]})")
