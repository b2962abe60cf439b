"""From states to pictures and back."""

import io
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from spinlens.data.formats.colours import decide_up
from spinlens.data.formats.pictures import Picture, open_picture, read_picture
from spinlens.data.formats.reading import Reading
from spinlens.data.formats.spins import check_angles
from spinlens.data.formats.states import open_states, read_states, refuse_pictures
from spinlens.data.palettes import palette, states_index
from spinlens.physics.spaces import Space
from spinlens.physics.states import is_continuous
from spinlens.physics.systems import System


def to_image(space: Space, spins: NDArray[Any], scale: int = 1) -> Image.Image:
    """A palette image of states (m, n), `scale` pixels a site; of two states index 1 is the + pole, the dark one."""
    index = states_index(space, spins).repeat(scale, 0).repeat(scale, 1)
    image = Image.fromarray(index, mode=None).convert("P")
    image.putpalette([value for colour in palette(space) for value in colour])
    return image


def to_png(space: Space, spins: NDArray[Any]) -> bytes:
    """The bytes of a PNG of states (m, n), with as few bits a pixel as they need."""
    buffer, bits = io.BytesIO(), next(bits for bits in (1, 2, 4, 8) if len(palette(space)) <= 1 << bits)
    to_image(space, spins).save(buffer, "PNG", bits=bits, optimize=False)
    return buffer.getvalue()


def state_columns(space: Space, spins: NDArray[Any]) -> dict[str, Any]:
    """The columns that hold states (n, m, n): `image`, and for angles, which no picture holds, `angles`."""
    columns: dict[str, Any] = {"image": [{"bytes": to_png(space, state), "path": None} for state in spins]}
    if is_continuous(space):
        columns["angles"] = list(np.asarray(spins, np.float32).reshape(len(spins), -1))
    return columns


def states_from(table: Any, system: System, sources: Iterable[str]) -> NDArray[Any]:
    """The states (n, m, n) of a table (pyarrow) with the columns of `state_columns`; sources: names of the images.

    Raises InputError for pictures of something else and for angles that are not finite.
    """
    if is_continuous(system.model.space):
        return angles_of(table, system)
    images = table.column("image").combine_chunks().field("bytes").to_pylist()
    return np.stack([from_png(data, system, source) for data, source in zip(images, sources, strict=True)])


def angles_of(table: Any, system: System) -> NDArray[np.float32]:
    """The column `angles` of a table as (n, m, n). Raises InputError for what are no angles."""
    flat = table.column("angles").combine_chunks().flatten().to_numpy(zero_copy_only=False)
    return check_angles(flat.reshape(-1, *system.lattice.shape), "angles").astype(np.float32)


def from_image(image: Image.Image, system: System, source: str = "image") -> NDArray[np.int8]:
    """The states (m, n) of an image, of two states the + pole the darker colour; several pixels a site are allowed.

    Raises InputError as `open_picture` and `decide_up`, or `open_states`; `read_snapshots` takes other rules too.
    """
    refuse_pictures(system, source)
    if len(system.model.space.states) > 2:
        return open_states(image, system, Reading(), source)
    return _decided(open_picture(image, system, Reading(), source), system.model.space)


def from_png(data: bytes, system: System, source: str = "image") -> NDArray[np.int8]:
    """The states of an image file's bytes, as `from_image`. Raises InputError where they are no image."""
    refuse_pictures(system, source)
    if len(system.model.space.states) > 2:
        return read_states(data, system, Reading(), source)
    return _decided(read_picture(data, system, Reading(), source), system.model.space)


def to_poles(space: Space, up: NDArray[np.int8]) -> NDArray[np.int8]:
    """The + pole where an array holds +1 and the - pole where it holds -1."""
    plus, minus = space.poles
    return up if (plus, minus) == (1, -1) else np.where(up > 0, plus, minus).astype(np.int8)


def _decided(picture: Picture, space: Space) -> NDArray[np.int8]:
    (up,), _ = decide_up([picture], Reading())
    return to_poles(space, up)
