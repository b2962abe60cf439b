"""Read a data set folder back, verified."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from spinlens.data.checks.order import read_order
from spinlens.data.files import sha256
from spinlens.data.json_files import read_json
from spinlens.data.layout import MANIFEST, RECIPE, check_begun, count_shards, expected_files, shard_name
from spinlens.data.recipe import SPLITS, Recipe, parse_recipe
from spinlens.data.render import states_from
from spinlens.data.tables import read_table
from spinlens.errors import InputError
from spinlens.physics.control import KINKS, TEMPERATURE
from spinlens.physics.models.transverse_ising import is_quantum
from spinlens.physics.systems import System

AGAIN = "make the data set again"


@dataclass(frozen=True)
class Snapshots:
    """One split: spins (n, rows, columns) int8 or float32, label (n,), temperature (n,), energy (n,), chain (n,).

    value, statistic (n,): of the variable of the classes and what is sufficient for it (`physics.control`), temperature
    and energy by default. kinks (n,): of the worldlines of a quantum system, else None.
    """

    system: System
    spins: NDArray[Any]
    label: NDArray[np.int64]
    temperature: NDArray[np.float64]
    energy: NDArray[np.float64]
    chain: NDArray[np.int64]
    value: NDArray[np.float64] = field(default=cast(Any, None))
    statistic: NDArray[np.float64] = field(default=cast(Any, None))
    kinks: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        for name, default in (("value", self.temperature), ("statistic", self.energy)):
            if getattr(self, name) is None:
                object.__setattr__(self, name, default)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a finished data set. Raises InputError where there is none or it is damaged."""
    if not folder.exists():
        raise InputError("data set", f"{folder}, which does not exist", "a folder that `spinlens build` wrote")
    if not folder.is_dir():
        raise InputError("data set", str(folder), "a folder that `spinlens build` wrote")
    try:
        manifest = read_json(folder / MANIFEST, "an undamaged manifest")
    except FileNotFoundError:
        hint = "run the same `spinlens build` again to finish it"
        raise InputError("data set", str(folder), f"a finished one, with a {MANIFEST}", hint) from None
    parts = [manifest.get(key) for key in ("sha256", "recipe")] if isinstance(manifest, dict) else []
    if not parts or not all(isinstance(part, dict) for part in parts):
        raise InputError(str(folder / MANIFEST), "other JSON", "a manifest with `sha256` and `recipe`")
    return dict(manifest)


def read_recipe(folder: Path) -> Recipe:
    """The recipe of a finished data set. Raises InputError where its recipe.json is another one."""
    recipe = parse_recipe(read_manifest(folder)["recipe"])
    if (folder / RECIPE).exists():
        check_begun(folder, recipe)
    return recipe


def verify(folder: Path) -> int:
    """Compare every file with the manifest; returns how many. Raises InputError that names the first damaged one."""
    noted = read_manifest(folder)["sha256"]
    expected = expected_files(read_recipe(folder), count_shards(noted))
    if noted.keys() != expected:
        name = min(noted.keys() ^ expected)
        given = f"{'no hash of' if name in expected else 'a hash of'} {name}"
        raise InputError(str(folder / MANIFEST), given, "a manifest of exactly the files of its recipe", AGAIN)
    for name, digest in noted.items():
        path = folder / name
        if not path.is_file():
            raise InputError("data set", f"no {name} in {folder}", "complete", AGAIN)
        if sha256(path) != digest:
            raise InputError("data set", f"another {path}", "undamaged, as the manifest's SHA-256 says", AGAIN)
    return len(noted)


def read_split(folder: str | Path, split: str = "train") -> Snapshots:
    """All snapshots of a split (train, validation or test) of a data set, in the order of their chains.

    Raises InputError for a damaged or unfinished data set, as `verify` does, and for another split.

    >>> import spinlens
    >>> spinlens.load("data/periodic", "test").spins.shape  # doctest: +SKIP
    (400, 100, 100)
    """
    return read_splits(folder, split)[0]


def read_splits(folder: str | Path, *splits: str) -> list[Snapshots]:
    """Several splits as `read_split` reads one, of a data set that is verified once."""
    for split in splits:
        if split not in SPLITS:
            raise InputError("split", split, f"one of {', '.join(SPLITS)}")
    folder = Path(folder)
    verify(folder)
    recipe = read_recipe(folder)
    return [_read_split(folder, split, recipe) for split in splits]


def _read_split(folder: Path, split: str, recipe: Recipe) -> Snapshots:
    import pyarrow as pa

    tables = [read_table(path, recipe) for path in shard_files(folder, split)]
    table, expected = pa.concat_tables(tables).sort_by("chain"), sum(getattr(recipe.counts, split))
    if len(table) != expected:
        raise InputError(f"data set ({split})", f"{len(table)} rows", f"the {expected} rows of its recipe")
    return _snapshots(table, recipe)


def read_parts(folder: Path) -> Iterator[tuple[Snapshots, NDArray[np.float64]]]:
    """(snapshots, magnetization that their rows state) of one file at a time, so that any number fits in memory.

    `verify` first.
    """
    recipe = read_recipe(folder)
    for split in SPLITS:
        for path in shard_files(folder, split):
            table = read_table(path, recipe)
            if len(table):
                yield _snapshots(table, recipe), table.column("magnetization").to_numpy()


def read_columns(folder: Path, *names: str) -> tuple[NDArray[Any], ...]:
    """Columns, (images,) each: split by split, in the order of the chains; `verify` first.

    Rows of one chain keep their order within a split. Two more columns: "split", its number, and "row", the place in
    the source of an import that was cut run by run, else in the data set. Raises InputError for labels of no class and
    for temperatures and energies that are no numbers.
    """
    recipe, parts = read_recipe(folder), []
    stored = {name for name in (*names, "chain") if name not in ("split", "row")}
    for s, split in enumerate(SPLITS):
        tables = [read_table(path, recipe, tuple(stored)) for path in shard_files(folder, split)]
        columns = {name: np.concatenate([t.column(name).to_numpy() for t in tables]) for name in stored}
        columns["split"] = np.full(len(columns["chain"]), s)
        check_labels(columns.get("label", np.zeros(0, np.int64)), recipe)
        check_numbers(columns)
        parts.append(columns)
    counts = [len(columns["chain"]) for columns in parts]
    if "row" in names:
        note = read_import(folder)
        rows = np.split(np.arange(sum(counts)), np.cumsum(counts)[:-1])
        rows = read_order(str(note["order"]), counts, str(folder / MANIFEST)) if "order" in note else rows
        parts = [columns | {"row": row} for columns, row in zip(parts, rows, strict=True)]
    orders = [np.argsort(columns["chain"], kind="stable") for columns in parts]
    return tuple(np.concatenate([c[name][order] for c, order in zip(parts, orders, strict=True)]) for name in names)


def read_import(folder: Path) -> dict[str, Any]:
    """What the manifest says of an import; nothing for other data sets."""
    note = read_manifest(folder).get("imported")
    return dict(note) if isinstance(note, dict) else {}


def check_numbers(columns: dict[str, NDArray[Any]]) -> None:
    """Raises InputError for a temperature, an energy or another value that is no number."""
    for name in columns:
        if columns[name].dtype.kind == "f" and np.isnan(columns[name]).any():
            raise InputError(f"data set ({name})", "not a number", "known for every image")


def check_labels(label: NDArray[np.int64], recipe: Recipe) -> None:
    """Raises InputError unless every label is the number of a class, so that it can index arrays."""
    for odd in label[(label < 0) | (label >= len(recipe.classes.names))][:1]:
        raise InputError("label", odd, f"a class from 0 to {len(recipe.classes.names) - 1}")


def shard_files(folder: Path, split: str) -> list[Path]:
    """The shards of a split, as its manifest has them; `verify` first."""
    shards = count_shards(read_manifest(folder)["sha256"])
    return [folder / shard_name(split, k, shards) for k in range(shards)]


def _snapshots(table: Any, recipe: Recipe) -> Snapshots:
    system, chains = recipe.system.system(), table.column("chain").to_numpy()
    spins = states_from(table, system, (f"image {chain}" for chain in chains))
    variable = recipe.classes.variable
    columns = {name: table.column(name).to_numpy() for name in {"label", "temperature", "energy", variable}}
    kinks = table.column(KINKS).to_numpy() if is_quantum(system.model) else None
    check_labels(label := columns["label"], recipe)
    check_numbers(columns)
    temperature, energy = columns["temperature"], columns["energy"]
    if variable == TEMPERATURE:
        statistic = energy
    else:
        control = recipe.control(system)
        statistic = table.column(control.column).to_numpy() if control.column else control.statistic(spins)
    statistic = np.asarray(statistic, np.float64)
    return Snapshots(system, spins, label, temperature, energy, chains, columns[variable], statistic, kinks)
