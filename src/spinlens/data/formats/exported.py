"""Read back what `export` wrote: the recipe, and of each snapshot the split, chain, label and temperature."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.data.formats.arrays import Arrays
from spinlens.data.formats.folder import METADATA, Found
from spinlens.data.formats.imported import Part, Stored
from spinlens.data.formats.reading import Reading
from spinlens.data.formats.regular import read_regular
from spinlens.data.formats.spins import read_spins
from spinlens.data.formats.states import refuse_pictures
from spinlens.data.json_files import parse_json
from spinlens.data.recipe import SPLITS, Recipe, parse_recipe
from spinlens.data.render import from_png
from spinlens.errors import InputError
from spinlens.physics.models.protocol import energy_bounds
from spinlens.physics.models.transverse_ising import is_quantum
from spinlens.physics.systems import System

RECIPE = "recipe.json"
NUMBERS, WHOLE = ("label", "temperature", "energy", "chain"), ("label", "chain")


def has_export(arrays: Arrays, attributes: Mapping[str, Any]) -> str:
    """ "_" or "/", between a split and a column in the names of an .npz or HDF5 file of `export`; "" in others."""
    for mark, recipe in (("_", "recipe" in arrays), ("/", "recipe" in attributes)):
        if recipe and all(f"{split}{mark}{name}" in arrays for split in SPLITS for name in ("spins", *NUMBERS)):
            return mark
    return ""


def read_export(arrays: Arrays, attributes: Mapping[str, Any], mark: str, path: Path, system: System) -> Part:
    """The snapshots of an exported file, split by split. Raises InputError where it contradicts itself."""
    text = arrays["recipe"]().text()[()] if mark == "_" else attributes["recipe"]
    recipe = _recipe(str(text), f"{path} recipe")
    spins: list[NDArray[Any]] = []
    names: list[str] = []
    columns: dict[str, list[NDArray[Any]]] = {name: [] for name in (*NUMBERS, recipe.classes.variable)}
    for split in SPLITS:
        source = f"{path} {split}{mark}"
        part = read_spins(arrays[f"{split}{mark}spins"](), system, Reading(), f"{source}spins")
        for name, parts in columns.items():
            if (key := f"{split}{mark}{name}") not in arrays:
                raise InputError(f"{source}{name}", "nothing", "given for each snapshot")
            stored = arrays[key]()
            if stored.dtype.kind not in "iuf"[: 2 if name in WHOLE else 3] or stored.shape != part.shape[:-2]:
                given = f"{stored.dtype} {stored.shape}"
                raise InputError(f"{source}{name} (shape)", given, f"numbers of shape {part.shape[:-2]}")
            parts.append(stored.read(np.int64 if name in WHOLE else np.float64).reshape(-1))
        spins.append(part.reshape(-1, *system.lattice.shape))
        names += [f"{source}spins[{k}]" for k in range(len(spins[-1]))]
    splits = np.repeat(np.arange(len(SPLITS)), [len(part) for part in spins])
    joined = {name: np.concatenate(parts) for name, parts in columns.items()}
    return _checked(path, recipe, np.concatenate(spins), names, splits, joined)


def is_export_folder(found: Found) -> bool:
    """Whether a folder is a tree of pictures by `export`: a recipe, and tables of all pictures, one a split."""
    tables = {found.folder / split / METADATA for split in SPLITS}
    pictures = set(found.files) - {found.folder / RECIPE}
    return (
        found.folder / RECIPE in found.files
        and set(found.tables) == tables
        and set(found.rows) == pictures
        and all(set(NUMBERS) <= set(row) for row in found.rows.values())
    )


def read_export_folder(found: Found, system: System) -> Part:
    """The snapshots of an exported tree of pictures, the darker colour up. Raises InputError as `read_export`."""
    source = found.folder / RECIPE
    recipe = _recipe(read_regular(source), str(source))
    splits = [found.tables[found.folder / split / METADATA] for split in SPLITS]
    rows = [(path, row) for split in splits for path, row in split.items()]
    columns = {
        name: np.array([_number(row.get(name, ""), name in WHOLE, f"{path} {name}") for path, row in rows])
        for name in (*NUMBERS, recipe.classes.variable)
    }
    split = np.repeat(np.arange(len(SPLITS)), [len(rows) for rows in splits])
    refuse_pictures(system, str(found.folder))
    pictures = np.stack([from_png(read_regular(path), system, str(path)) for path, _ in rows])
    return _checked(found.folder, recipe, pictures, [str(path) for path, _ in rows], split, columns)


def _number(text: str, whole: bool, source: str) -> float:
    """A number of a table."""
    try:
        number = int(text) if whole else float(text)
        if abs(number) < 2**63:
            return number
    except (TypeError, ValueError):
        pass
    raise InputError(source, text, "a whole number" if whole else "a number")


def _recipe(data: bytes | str, source: str) -> Recipe:
    content = parse_json(data, source)
    if not isinstance(content, dict):
        raise InputError(source, "other JSON", "the recipe of an export")
    return parse_recipe(content)


def _checked(
    path: Path,
    recipe: Recipe,
    spins: NDArray[Any],
    names: list[str],
    split: NDArray[np.int64],
    columns: Mapping[str, NDArray[Any]],
) -> Part:
    """The part, once energies and labels are those of the spins, temperatures and recipe beside them."""
    system, temperature = recipe.system.system(), columns["temperature"]
    if system.lattice.shape != spins.shape[1:]:
        raise InputError(f"{path} recipe", f"{system.lattice.shape}", f"one of a lattice of {spins.shape[1:]}")
    for bad in np.flatnonzero(~(temperature >= 0))[:1]:
        raise InputError(f"{names[bad]} temperature", float(temperature[bad]), "a number from 0 to infinity")
    values = columns[recipe.classes.variable]
    for bad in np.flatnonzero(~np.isfinite(values) & (values is not temperature))[:1]:
        raise InputError(f"{names[bad]} {recipe.classes.variable}", float(values[bad]), "a finite number")
    # of a quantum system it is an estimate from worldlines
    own = columns["energy"] if is_quantum(system.model) else recipe.control().energy(spins, values)
    scale = max(map(abs, energy_bounds(system.model))) * system.lattice.sites
    for bad in np.flatnonzero(~(np.abs(own - columns["energy"]) <= 1e-6 * scale))[:1]:
        given, expected = float(columns["energy"][bad]), f"{own[bad]:g}, the energy of its spins"
        raise InputError(f"{names[bad]} energy", given, expected)
    label = recipe.classes.label(values)
    for bad in np.flatnonzero(label != columns["label"])[:1]:
        expected = f"{label[bad]}, the class of its {recipe.classes.variable}"
        raise InputError(f"{names[bad]} label", int(columns["label"][bad]), expected)
    return Part(path, spins, temperature, names, Stored(recipe, split, columns["chain"].astype(np.int64)))
