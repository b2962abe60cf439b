"""Write a finished data set in the formats of other programs: one .npz, one .h5, or a tree of PNG files."""

import csv
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.data.files import check_new, whole_folder, write_whole
from spinlens.data.formats.arrays import load_h5py
from spinlens.data.read import read_recipe, shard_files, verify
from spinlens.data.recipe import SPLITS, Recipe
from spinlens.data.render import angles_of, from_png
from spinlens.data.tables import read_table
from spinlens.errors import InputError
from spinlens.physics.control import KINKS
from spinlens.physics.models.transverse_ising import is_quantum
from spinlens.physics.states import is_continuous
from spinlens.physics.systems import System

COLUMNS = ("label", "temperature", "energy", "magnetization", "chain")
ENDINGS = {"npz": (".npz",), "hdf5": (".h5", ".hdf5"), "images": ()}  # none: a folder
BLOCK = 1024  # images decoded at once


@dataclass(frozen=True)
class _Split:
    """One split in the order of its chains: the PNG bytes of n images, their angles (n, sites) where states are angles,
    and arrays (n,) by column name."""

    name: str
    system: System
    images: list[bytes]
    angles: NDArray[np.float32] | None
    columns: dict[str, NDArray[Any]]

    @property
    def shape(self) -> tuple[int, int, int]:
        return len(self.images), *self.system.lattice.shape

    def blocks(self) -> Iterator[NDArray[Any]]:
        """All spins, (up to BLOCK, rows, columns) at a time."""
        for first in range(0, len(self.images), BLOCK):
            if self.angles is not None:
                yield self.angles[first : first + BLOCK].reshape(-1, *self.shape[1:])
                continue
            some = self.images[first : first + BLOCK]
            yield np.stack([from_png(image, self.system, f"{self.name} image") for image in some])


def export(folder: Path, out: Path, format: str) -> Path:
    """Write the data set in `folder` to `out` as "npz", "hdf5" (one file each) or "images" (a folder); returns `out`.

    Spins are (n, rows, columns), int8 or float32 angles; label, temperature, energy (total), magnetization (per site)
    and chain are (n,), and so are the variable of the classes where that is another one, and kinks of worldlines.
    npz: arrays <split>_spins, <split>_label, ..., class_names and recipe (JSON). hdf5: groups train, validation and
    test with these arrays, recipe and class_names as attributes. images: <split>/<class>/<number>.png,
    <split>/metadata.csv for Hugging Face's "imagefolder", and recipe.json.

    `out` is whole or not there. One split's PNG bytes (1/8 byte a spin) are held at a time. Raises InputError for a
    damaged data set, an unknown format, and an `out` that holds something.
    """
    if format not in ENDINGS:
        raise InputError("format", format, f"one of {', '.join(ENDINGS)}")
    check_new(out, ENDINGS[format])
    if format == "hdf5":
        load_h5py()
    verify(folder)
    recipe = read_recipe(folder)
    if format == "images":
        _refuse_angles(recipe.system.system())
    out.parent.mkdir(parents=True, exist_ok=True)
    if format == "images":
        with whole_folder(out) as temporary:
            _write_images(temporary, recipe, _read_splits(folder, recipe))
    else:
        writer = _write_npz if format == "npz" else _write_hdf5
        write_whole(out, lambda temporary: writer(temporary, recipe, _read_splits(folder, recipe)))
    return out


def _refuse_angles(system: System) -> None:
    if is_continuous(system.model.space):
        raise InputError("format", "images", "npz or hdf5 where states are angles", "pictures have too few colours")


def _read_splits(folder: Path, recipe: Recipe) -> Iterator[_Split]:
    system = recipe.system.system()
    names = dict.fromkeys((*COLUMNS, recipe.classes.variable, *([KINKS] if is_quantum(system.model) else [])))
    for split in SPLITS:
        held = ("angles",) if is_continuous(system.model.space) else ()
        tables = [read_table(path, recipe, ("image", *held, *names)) for path in shard_files(folder, split)]
        images = [data for t in tables for data in t.column("image").combine_chunks().field("bytes").to_pylist()]
        columns = {name: np.concatenate([t.column(name).to_numpy() for t in tables]) for name in names}
        order = np.argsort(columns["chain"], kind="stable")
        angles = [angles_of(table, system).reshape(len(table), -1) for table in tables if held]
        ordered = np.concatenate(angles)[order] if held else None
        yield _Split(split, system, [images[i] for i in order], ordered, {k: v[order] for k, v in columns.items()})


def _write_npz(path: Path, recipe: Recipe, splits: Iterator[_Split]) -> None:
    with zipfile.ZipFile(path, "w") as archive:

        @contextmanager
        def member(name: str) -> Iterator[Any]:
            info = zipfile.ZipInfo(name + ".npy")  # dated 1980: the same data set gives the same bytes
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            with archive.open(info, "w", force_zip64=True) as file:
                yield file

        def write(name: str, array: NDArray[Any]) -> None:
            with member(name) as file:
                np.lib.format.write_array(file, array, allow_pickle=False)

        for split in splits:
            with member(f"{split.name}_spins") as file:
                kind = "|i1" if split.angles is None else "<f4"
                header = {"descr": kind, "fortran_order": False, "shape": split.shape}
                np.lib.format.write_array_header_1_0(file, header)
                for block in split.blocks():
                    file.write(block.tobytes())
            for name, values in split.columns.items():
                write(f"{split.name}_{name}", values)
        write("class_names", np.array(recipe.classes.names))
        write("recipe", np.array(recipe.model_dump_json()))


def _write_hdf5(path: Path, recipe: Recipe, splits: Iterator[_Split]) -> None:
    # write_whole holds a lock of its own on the file, which HDF5's would run into
    with load_h5py().File(path, "w", locking=False) as file:
        file.attrs["recipe"] = recipe.model_dump_json()
        file.attrs["class_names"] = list(recipe.classes.names)
        for split in splits:
            group = file.create_group(split.name)
            one = (1, *split.shape[1:])  # an image a chunk: any image can be read alone
            kind = "i1" if split.angles is None else "f4"
            spins = group.create_dataset("spins", split.shape, kind, chunks=one, compression="gzip")
            for k, block in enumerate(split.blocks()):
                spins[k * BLOCK : k * BLOCK + len(block)] = block
            for name, values in split.columns.items():
                group[name] = values


def _write_images(folder: Path, recipe: Recipe, splits: Iterator[_Split]) -> None:
    """The tree of PNG files. metadata.csv carries the label too, as "imagefolder" then ignores the class folders.

    The label is the number of the class in recipe.json: words such as NA or 1e5 would not come back as they are.
    """
    (folder / "recipe.json").write_text(json.dumps(recipe.model_dump(mode="json"), indent=2) + "\n", encoding="utf-8")
    for split in splits:
        for name in recipe.classes.names:
            (folder / split.name / name).mkdir(parents=True)
        with open(folder / split.name / "metadata.csv", "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("file_name", *split.columns))
            rows = zip(*(values.tolist() for values in split.columns.values()), strict=True)
            for number, (image, row) in enumerate(zip(split.images, rows, strict=True)):
                name = f"{recipe.classes.names[row[0]]}/{number:06d}.png"
                (folder / split.name / name).write_bytes(image)
                writer.writerow((name, *row))
