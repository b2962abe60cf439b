"""Spoilt arrays and pictures of 8 x 8 spins."""

import io
import json
import zipfile
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from fuzz_mutations import spoil_bytes, spoil_json
from fuzz_world import write_bomb
from PIL import Image

SIZE = 8
DTYPES = ("i1", "u1", "i8", ">i4", "u8", "f2", "f4", "f8", "f16", "c8", "?", "U2", "S2", "M8[s]", "m8", "V3", "i1,f8")
SHAPES = ((0, 8, 8), (8, 8), (3, 64), (3, 8, 8, 1), (8, 0), (), (1,), (3, 9, 8), (192,), (1, 3, 8, 8))
VALUES = (-1.0, 1.0, 0.0, 2.0, 255.0, np.nan, np.inf, 1e308, 1 + 1e-7, -0.0, 128.0)


def make_array(folder: Path, random: Random) -> Path:
    """An .npy or .npz that is wrong in kind, shape, values or bytes."""
    rng = np.random.default_rng(random.randrange(2**32))
    spins: Any = np.where(rng.random((3, SIZE, SIZE)) < 0.4, -1, 1).astype(np.int8)
    temperature: Any = rng.random(3) * 4
    if random.randrange(3) == 0:
        spins.flat[random.randrange(spins.size)] = 3
    if random.randrange(2) == 0:
        spins = _cast(spins if random.randrange(2) else (spins + 1) // 2, random.choice(DTYPES))
    if random.randrange(4) == 0:
        spins = np.resize(spins, random.choice(SHAPES))
    if random.randrange(4) == 0 and spins.dtype.kind == "f":
        spins = np.where(rng.random(spins.shape) < 0.1, random.choice(VALUES), spins)
    if random.randrange(3) == 0:
        temperature = random.choice(
            (
                _cast(temperature, random.choice(DTYPES)),
                np.array(random.choice(VALUES)),
                np.full(3, random.choice(VALUES)),
                temperature[:2],
                temperature[:, None],
                np.array(["1", "2", "[/x]"]),
            )
        )
    if random.randrange(3) == 0:
        path = folder / "spoilt.npy"
        data = _header(_npy(spins), random)
    else:
        path, data = folder / "spoilt.npz", _npz(spins, temperature, random)
    if random.randrange(12) == 0:
        path = folder / "bomb.npz"
        write_bomb(path, 1 << 30)
        return path
    path.write_bytes(spoil_bytes(data, random) if random.randrange(2) else data)
    return path


def _cast(array: Any, dtype: str) -> Any:
    with np.errstate(all="ignore"):
        try:
            return array.astype(np.dtype(dtype))
        except (TypeError, ValueError):
            return np.zeros(array.shape, np.dtype(dtype))


def _npy(array: Any) -> bytes:
    found = io.BytesIO()
    np.save(found, array, allow_pickle=False)
    return found.getvalue()


def _header(data: bytes, random: Random) -> bytes:
    """The same .npy, at times with a header that claims something else."""
    claims = ((b"(3, 8, 8)", b"(9999999999999, 8, 8)"), (b"'|i1'", b"'|O'"), (b"False", b"True"), (b"8)", b"-8)"))
    old, new = random.choice(claims)
    return data.replace(old, new, 1) if random.randrange(4) == 0 else data


def _npz(spins: Any, temperature: Any, random: Random) -> bytes:
    found = io.BytesIO()
    members = {"spins.npy": _header(_npy(spins), random), "temperature.npy": _npy(temperature)}
    way = random.randrange(8)
    if way == 0:
        members["spins.npy"] = b"no array"
    elif way == 1:
        members = {"spins": members["spins.npy"], "temperature.npy": b""}
    elif way == 2:
        members["../[/x].npy"] = members.pop("spins.npy")
    elif way == 3:
        members.pop("temperature.npy")
    with zipfile.ZipFile(
        found, "w", random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA))
    ) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return found.getvalue()


MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F", "YCbCr", "HSV", "LAB")
# black and white, two colours of one grey, two that differ in transparency
COLOURS = (((0,) * 4, (255,) * 4), ((100, 0, 0, 255), (0, 51, 0, 255)), ((9, 9, 9, 0), (9, 9, 9, 255)))
FORMATS = {".png": "PNG", ".bmp": "BMP", ".gif": "GIF", ".tif": "TIFF"}


def make_picture(folder: Path, random: Random) -> Path:
    """A picture of another mode, size or colours, with several frames, or with spoilt bytes."""
    rng = np.random.default_rng(random.randrange(2**32))
    shape = random.choice(((8, 8), (8, 8), (8, 8), (16, 16), (24, 8), (9, 8), (1, 1), (64, 64)))
    up = np.kron(rng.random(shape) < 0.4, np.ones((1, 1), bool))
    colours = random.choice(
        (((0,) * 4, (255,) * 4), ((100, 0, 0, 255), (0, 51, 0, 255)), ((9, 9, 9, 0), (9, 9, 9, 255)))
    )
    pixels = np.where(up[..., None], *(np.array(c, np.uint8) for c in colours))
    image: Any = Image.fromarray(pixels.astype(np.uint8), "RGBA")
    ending = random.choice(sorted(FORMATS))
    found = io.BytesIO()
    try:
        image = image.convert(random.choice(MODES)) if random.randrange(3) else image
        frames = {"save_all": True, "append_images": [image.rotate(90)]} if random.randrange(6) == 0 else {}
        image.save(found, FORMATS[ending], **frames)
    except (KeyError, OSError, ValueError):
        found = io.BytesIO()
        image.convert("RGB").save(found, FORMATS[ending])
    data = found.getvalue()
    if random.randrange(8) == 0 and ending == ".png":
        data = data[:16] + random.choice((b"\0\0\xff\xff" * 2, b"\x7f\xff\xff\xff" * 2, bytes(8))) + data[24:]
    if random.randrange(12) == 0:
        large = io.BytesIO()
        Image.new("1", (9000, 9000)).save(large, "PNG")
        ending, data = ".png", large.getvalue()
    path = folder / f"spoilt{random.choice((ending, ending, ending, '.png', '.gif'))}"
    path.write_bytes(spoil_bytes(data, random) if random.randrange(2) else data)
    return path


def make_simulator(folder: Path, random: Random) -> Path:
    """A data.json of the simulator with odd leaves or spoilt bytes."""
    rng = np.random.default_rng(random.randrange(2**32))
    rows = [
        {"temp": round(float(t), 2), "timestamp": k, "spinArray": ",".join(map(str, rng.choice((-1, 1), SIZE * SIZE)))}
        for k, t in enumerate(rng.random(3) * 4)
    ]
    if random.randrange(3) == 0:
        rows[0]["spinArray"] = rng.choice((-1, 1), (SIZE, SIZE)).tolist()
    text = json.dumps({"settings": {"size": SIZE}, "data": rows})
    path = folder / "data.json"
    if random.randrange(4):
        path.write_text(spoil_json(text, random), encoding="utf-8", errors="surrogatepass")
    else:
        path.write_bytes(spoil_bytes(text.encode(), random))
    return path
