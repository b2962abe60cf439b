"""Data sets: the same bytes whatever the workers and interruptions, and damage is always found."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from builds import MANY, hashes

from conftest import small_recipe
from spinlens import Boundary, Edge, Ising, energy, register_system
from spinlens.data.build import build
from spinlens.data.checks.check import check
from spinlens.data.plan import plan
from spinlens.data.read import read_split, verify
from spinlens.data.recipe import parse_recipe
from spinlens.errors import InputError
from spinlens.physics.catalogue import SYSTEMS


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(parse_recipe(small_recipe(counts=MANY)), tmp_path_factory.mktemp("reference") / "data")


def test_one_and_two_workers_write_the_same_bytes(reference: Path, tmp_path: Path) -> None:
    """Breaks when a shard depends on the process or order that made it."""
    two = build(parse_recipe(small_recipe(counts=MANY)), tmp_path / "two", workers=2)
    assert hashes(two) == hashes(reference)


def test_every_flipped_byte_is_found(small_data: Path, tmp_path: Path) -> None:
    """Breaks when a file is not under the manifest; one byte flipped at 25 random places of the shards."""
    data = tmp_path / "data"
    shutil.copytree(small_data, data)
    files, rng = sorted((data / "data").iterdir()), np.random.default_rng(0)
    for k in range(25):
        path = files[k % len(files)]
        content = bytearray(path.read_bytes())
        place = int(rng.integers(len(content)))
        content[place] ^= 1 << int(rng.integers(8))
        good, _ = path.read_bytes(), path.write_bytes(content)
        with pytest.raises(InputError, match=path.name):
            verify(data)
        path.write_bytes(good)
    assert verify(data) == len(files) + 3  # recipe, card and proof
    files[0].unlink()
    with pytest.raises(InputError, match="complete, got no data/"):
        verify(data)


def test_one_flipped_byte_in_any_of_100_shards_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when some shard is not under the manifest, or the message names another one."""
    monkeypatch.setattr("spinlens.data.plan.IMAGES_A_SHARD", 4)
    counts = {"train": (60, 60, 60, 60), "validation": (20,) * 4, "test": (20,) * 4}
    values = small_recipe(counts=counts, protocol="quench", sweeps=1, system={"name": "ising-periodic", "size": 4})
    data = build(parse_recipe(values), tmp_path / "data")
    files, rng = sorted((data / "data").iterdir()), np.random.default_rng(0)
    assert len(files) == 300  # three splits
    for path in files:
        good = path.read_bytes()
        bad = bytearray(good)
        bad[int(rng.integers(len(bad)))] ^= 1 << int(rng.integers(8))
        path.write_bytes(bad)
        with pytest.raises(InputError, match=path.name):
            verify(data)
        path.write_bytes(good)
    assert verify(data) == 302


def test_a_damaged_shard_is_built_again(small_data: Path, tmp_path: Path) -> None:
    """Breaks when a rebuild takes a damaged file for good and certifies it: the manifest's SHA-256 decides."""
    data = Path(shutil.copytree(small_data, tmp_path / "data"))
    shard = next((data / "data").glob("train-*"))
    content = bytearray(shard.read_bytes())
    content[-30] ^= 4  # in the footer, which no page checksum covers
    shard.write_bytes(content)
    build(parse_recipe(small_recipe()), data)
    assert hashes(data) == hashes(small_data)


def test_registered_systems_are_built_by_workers(tmp_path: Path) -> None:
    """Breaks when a worker looks for a system that only this process knows."""
    edge = Edge("all-plus", seam=0, pins=(1, 1))
    register_system("test-all-plus", "every edge up", Ising(), Boundary(edge, edge))
    try:
        values = small_recipe(counts=MANY, system={"name": "test-all-plus", "size": 6, "B": 0.2}, sweeps=1)
        data = build(parse_recipe(values), tmp_path / "data", workers=2)
        assert (read_split(data, "test").spins[:, 0] == 1).all()
    finally:
        del SYSTEMS["test-all-plus"]


def test_rows_hold_what_they_say(small_data: Path) -> None:
    """Breaks when images, labels or energies are shuffled against each other, or a split is wrong."""
    recipe = parse_recipe(small_recipe())
    layout = plan(recipe)
    chains = []
    for k, split in enumerate(("train", "validation", "test")):
        rows = read_split(small_data, split)
        np.testing.assert_allclose(energy(rows.system, rows.spins), rows.energy)
        np.testing.assert_array_equal(recipe.classes.label(rows.temperature), rows.label)
        np.testing.assert_array_equal(layout.value[layout.split == k], rows.temperature)
        assert np.bincount(rows.label).tolist() == list(getattr(recipe.counts, split))
        chains += rows.chain.tolist()
    assert sorted(chains) == list(range(80))


def test_hugging_face_reads_the_folder(small_data: Path, tmp_path: Path) -> None:
    """Breaks when the YAML head, the features or the PNGs are not what `datasets` expects."""
    from datasets import load_dataset

    data = load_dataset(str(small_data), cache_dir=str(tmp_path))
    assert {split: len(data[split]) for split in data} == {"train": 48, "validation": 16, "test": 16}
    row, ours = data["train"][5], read_split(small_data, "train")
    assert data["train"].features["label"].names == ["FSbCR", "SbCR", "CR", "SpCR"]
    assert row["temperature"] == ours.temperature[5]
    np.testing.assert_array_equal(np.asarray(row["image"]) == 1, ours.spins[5] == 1)
    dark = np.asarray(row["image"].convert("L")) < 128
    np.testing.assert_array_equal(dark, ours.spins[5] == 1)


def test_check_finds_quenched_data_and_passes_good_data(tmp_path: Path) -> None:
    """Breaks when the check has no power: the same recipe passes at equilibrium and fails as a quench."""
    system = {"name": "ising-periodic", "size": 24}
    counts = {"train": (60,) * 4, "validation": (20,) * 4, "test": (20,) * 4}
    for protocol, good in (("equilibrium", True), ("quench", False)):
        recipe = parse_recipe(
            small_recipe(system=system, counts=counts, protocol=protocol, seed=1) | ({} if good else {"sweeps": 30})
        )
        findings = {f.name: f for f in check(build(recipe, tmp_path / protocol))}
        assert findings["equilibrium"].ok is good
        assert ("not at equilibrium" in findings["equilibrium"].detail) is not good
        assert all(f.ok is not False for name, f in findings.items() if name != "equilibrium")


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, small_data: Path) -> None:
    """Breaks when a build writes over other files, or mixes two recipes."""
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="out"):
        build(parse_recipe(small_recipe()), tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]
    before = hashes(small_data)
    with pytest.raises(InputError, match=r"J must be left out, as .* was begun without it, got 2.0; the folder holds"):
        build(parse_recipe(small_recipe(system={"name": "ising-periodic", "size": 8, "J": 2.0})), small_data)
    with pytest.raises(InputError, match=r"seed must be .*with which .* was begun, got 4"):
        build(parse_recipe(small_recipe(seed=4)), small_data)
    assert hashes(small_data) == before
