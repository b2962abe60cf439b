"""A data set that was changed after it was built, with a manifest made to fit, does not pass."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import small_recipe
from spinlens.data.build import build
from spinlens.data.checks.check import check
from spinlens.data.checks.equilibrium import equilibrium
from spinlens.data.files import sha256
from spinlens.data.read import read_columns, read_split
from spinlens.data.recipe import parse_recipe
from spinlens.errors import InputError

RECIPE = small_recipe(system={"name": "ising-periodic", "size": 12})  # warm images are never equal by chance


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return build(parse_recipe(RECIPE), tmp_path / "data")


def rewrite(folder: Path, manifest: dict[str, Any]) -> None:
    """Give the folder this manifest."""
    (folder / "manifest.json").write_text(json.dumps(manifest))


def rehash(folder: Path) -> None:
    """Make the manifest fit what lies there."""
    manifest = json.loads((folder / "manifest.json").read_text())
    rewrite(folder, manifest | {"sha256": {name: sha256(folder / name) for name in manifest["sha256"]}})


def column(name: str, change: Callable[[list[Any]], list[Any]]) -> Callable[[Path], None]:
    """Change a column of the training shard."""

    def tamper(folder: Path) -> None:
        (path,) = (folder / "data").glob("train-*.parquet")
        table = pq.read_table(path)
        field = table.schema.field(name)
        values = pa.array(change(table.column(name).to_pylist()), field.type)
        pq.write_table(table.set_column(table.schema.get_field_index(name), field, values), path)
        rehash(folder)

    return tamper


def rows(change: Callable[[Any], Any]) -> Callable[[Path], None]:
    """Change the table of the training shard."""

    def tamper(folder: Path) -> None:
        (path,) = (folder / "data").glob("train-*.parquet")
        pq.write_table(change(pq.read_table(path)), path)
        rehash(folder)

    return tamper


def manifest(**changes: Any) -> Callable[[Path], None]:
    return lambda folder: rewrite(folder, json.loads((folder / "manifest.json").read_text()) | changes)


def one_image(table: Any) -> Any:
    """The image of energy nearest to 0, where states are most, in the place of the next one, energies and all."""
    index = list(range(len(table)))
    kept, lost = np.argsort(np.abs(table.column("energy").to_numpy()))[:2]
    index[int(lost)] = int(kept)
    copied = table.take(index)
    for name in ("label", "temperature", "chain"):
        position = table.schema.get_field_index(name)
        copied = copied.set_column(position, table.schema.field(name), table.column(name))
    return copied


def other_names(table: Any) -> Any:
    metadata = {b"huggingface": table.schema.metadata[b"huggingface"].replace(b'"FSbCR", "SbCR"', b'"SbCR", "FSbCR"')}
    return table.replace_schema_metadata(metadata)


def stray(folder: Path) -> None:
    (folder / "data" / "train-00001-of-00002.parquet").write_bytes(b"")


def other_recipe(folder: Path) -> None:
    recipe = json.loads((folder / "manifest.json").read_text())["recipe"] | {"seed": 4}
    manifest(recipe=recipe)(folder)


TAMPERED: dict[str, Callable[[Path], None]] = {
    "energy NaN": column("energy", lambda v: [float("nan"), *v[1:]]),
    "energy null": column("energy", lambda v: [None, *v[1:]]),
    "energies all NaN": column("energy", lambda v: [float("nan")] * len(v)),
    "magnetization": column("magnetization", lambda v: [0.5, *v[1:]]),
    "magnetization NaN": column("magnetization", lambda v: [float("nan"), *v[1:]]),
    "seed": column("seed", lambda v: [4] * len(v)),
    "system": column("system", lambda v: ["ising-antiferro"] * len(v)),
    "chain": column("chain", lambda v: [v[0] + 1000, *v[1:]]),
    "temperature": column("temperature", lambda v: [v[0] + 0.01, *v[1:]]),
    "label": column("label", lambda v: [*v[1:], v[0]]),
    "label null": column("label", lambda v: [None, *v[1:]]),
    "label beyond": column("label", lambda v: [9, *v[1:]]),
    "label far beyond": column("label", lambda v: [2**63 - 1, *v[1:]]),
    "label negative": column("label", lambda v: [-1, *v[1:]]),
    "image null": column("image", lambda v: [None, *v[1:]]),
    "a row less": rows(lambda table: table.slice(1)),
    "a row twice": rows(lambda table: pa.concat_tables([table, table.slice(0, 1)])),
    "a column less": rows(lambda table: table.drop_columns(["seed"])),
    "a copied image": rows(one_image),
    "other class names": rows(other_names),
    "no hashes": manifest(sha256={}),
    "other count": manifest(images=79),
    "other recipe": other_recipe,
    "stray shard": stray,
}


@pytest.mark.parametrize("case", TAMPERED)
def test_tampered_data_do_not_pass(case: str, data: Path) -> None:
    """Breaks when `check` looks at the hashes alone, which whoever changes a file can make fit."""
    TAMPERED[case](data)
    try:
        passed = all(finding.ok is not False for finding in check(data))
    except InputError:
        passed = False
    assert not passed


@pytest.mark.parametrize("change", [lambda table: table.slice(0, 0), lambda table: table.slice(1)])
def test_a_split_without_its_rows_is_not_read(change: Callable[[Any], Any], data: Path) -> None:
    """Breaks when a network is trained on, or scored by, what is left of a split."""
    rows(change)(data)
    with pytest.raises(InputError, match=r"data set \(train\) must be the 48 rows of its recipe"):
        read_split(data, "train")


def test_untouched_data_pass(data: Path) -> None:
    """Breaks when one of the checks finds fault with an honest data set."""
    assert not [finding for finding in check(data) if finding.ok is False]


@pytest.mark.parametrize("temperature", [1.0, 10**400, None, "1", [1.0]])
def test_the_proof_of_something_else_does_not_pass(temperature: object, data: Path) -> None:
    """Breaks when a proof at other temperatures passes, or odd values in it are a traceback."""
    proof = json.loads((data / "proof.json").read_text())
    (data / "proof.json").write_text(json.dumps([proof[0] | {"temperature": temperature}, *proof[1:]]))
    rehash(data)
    with pytest.raises(InputError, match=r"proof\.json"):
        list(check(data))


def test_a_shard_of_too_many_rows_is_not_read(data: Path) -> None:
    """Breaks when a small file that expands to more rows than the recipe has images is read into memory."""
    rows(lambda table: pa.concat_tables([table] * 2))(data)
    with pytest.raises(InputError, match=r"at most 80 images, got 96 rows"):
        list(check(data))


@pytest.mark.parametrize("name", ["manifest.json", "proof.json", "data/test-00000-of-00001.parquet"])
@pytest.mark.parametrize("content", [b"", b"[" * 100_000, b'{"sha256": ' + b"9" * 5000 + b"}", b"PAR1" * 20, b"\xff"])
def test_files_that_cannot_be_read_are_one_line(name: str, content: bytes, data: Path) -> None:
    """Breaks when deep JSON, a number of 5000 digits or a broken parquet file under a fitting hash is a traceback."""
    (data / name).write_bytes(content)
    if name != "manifest.json":
        rehash(data)
    with pytest.raises(InputError) as error:
        list(check(data))
    assert "\n" not in str(error.value)


def test_energies_that_are_no_numbers_are_refused_by_every_reader(data: Path) -> None:
    """Breaks when a test of the energies alone takes NaN for an energy, which passes every comparison."""
    TAMPERED["energy NaN"](data)
    for read in (equilibrium, lambda folder: read_columns(folder, "energy"), read_split):
        with pytest.raises(InputError, match=r"data set \(energy\) must be known for every image"):
            read(data)


@pytest.mark.parametrize("name", [".hidden", "runs/first/model.bin", ".cache/state.json"])
def test_files_beside_the_data_are_named(name: str, data: Path) -> None:
    """Breaks when `check` says that every file belongs to the data set while others lie there."""
    (data / name).parent.mkdir(parents=True, exist_ok=True)
    (data / name).write_bytes(b"")
    found = next(finding for finding in check(data) if finding.name == "files")
    assert (found.ok, found.detail) == (None, f"files that are not of the data set: {name}")
    (data / "data" / ".hidden").write_bytes(b"")
    (data / "link").symlink_to(data / "data")
    found = next(finding for finding in check(data) if finding.name == "files")
    assert (found.ok, found.detail) == (False, f"files that are not of the data set: data/.hidden, link, {name}")
