"""Data sets of angles: a float column beside the image, read back to the last bit, checked, exported and imported."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from spinlens import InputError, Recipe, build, get_system, load, sample
from spinlens.data.card import card
from spinlens.data.channels import bare_spins, spin_channels, surrounded_spins
from spinlens.data.checks.check import check
from spinlens.data.classes import default_classes
from spinlens.data.drawing import write_folder, write_sheet
from spinlens.data.formats.export import export
from spinlens.data.formats.imports import import_dataset
from spinlens.data.formats.user_files import read_snapshots
from spinlens.data.palettes import ANGLES, palette, states_index
from spinlens.metrics.baselines import pseudo_likelihood_temperature
from spinlens.physics.models.xy import T_BKT, XY
from spinlens.physics.systems import energy

FEW = dict.fromkeys(("train", "validation", "test"), (6, 6, 6, 6))


@pytest.mark.parametrize("name", ["xy", "xy-pinned"])
def test_angles_come_back_to_the_last_bit(name: str, tmp_path: Path) -> None:
    """Build, check, read, export, import. Breaks when angles are rounded to colours on any of these ways."""
    recipe = Recipe(system={"name": name, "size": 8}, counts=FEW, sweeps=60)
    out = build(recipe, tmp_path / "data")
    assert [finding for finding in check(out) if finding.ok is False] == []
    test = load(out, "test")
    assert test.spins.dtype == np.float32
    np.testing.assert_allclose(test.energy, energy(test.system, test.spins))
    for form, ending in (("npz", ".npz"), ("hdf5", ".h5")):
        if form == "hdf5":
            pytest.importorskip("h5py")
        exported = export(out, tmp_path / f"exported{ending}", form)
        again = import_dataset(exported, recipe, tmp_path / f"again-{form}")
        np.testing.assert_array_equal(load(again, "test").spins, test.spins)
    with pytest.raises(InputError, match="format must be npz or hdf5 where states are angles, got images"):
        export(out, tmp_path / "pictures", "images")
    assert not (tmp_path / "pictures").exists()


def test_datasets_reads_the_column(tmp_path: Path) -> None:
    """Breaks when the metadata of the shards do not describe the float column as Hugging Face's `datasets` does."""
    datasets = pytest.importorskip("datasets")
    out = build(Recipe(system={"name": "xy", "size": 4}, counts=FEW, sweeps=5), tmp_path / "data")
    found = pq.read_schema(next((out / "data").glob("train-*")))
    features = datasets.Features.from_arrow_schema(found)
    assert features["angles"] == datasets.List(datasets.Value("float32"), length=16)
    own = json.loads(found.metadata[b"huggingface"])["info"]["features"]["angles"]
    assert json.loads(features.arrow_schema.metadata[b"huggingface"])["info"]["features"]["angles"] == own


def test_channels_are_cosine_sine_and_what_bonds_cost() -> None:
    """Breaks when a network reads angles as numbers, or bonds across a twisted seam cost something else."""
    system = get_system("xy-twisted", (4, 6), J=2.0)
    spins = sample(system, [1.0] * 3, sweeps=20).spins
    channels = spin_channels(system, spins)
    assert channels.shape == (3, 4, 4, 6)
    np.testing.assert_allclose(channels[:, 0], np.cos(spins), atol=1e-6)
    np.testing.assert_allclose(channels[:, 1], np.sin(spins), atol=1e-6)
    right = 1 - np.cos(spins - np.roll(spins, -1, 2)) * np.array([1, 1, 1, 1, 1, -1])
    np.testing.assert_allclose(channels[:, 2], right, atol=1e-5)
    np.testing.assert_allclose(2.0 * channels[:, 2:].sum((1, 2, 3)) - 2 * 2.0 * 24, energy(system, spins), rtol=1e-5)
    np.testing.assert_allclose(
        surrounded_spins(system, spins)[:, :, 0, 1:-1], -bare_spins(system, spins)[:, :, -1], atol=1e-6
    )


def test_colours_go_round() -> None:
    """Angles next to each other have colours next to each other, at -pi and pi too."""
    space = get_system("xy", 4).model.space
    index = states_index(space, np.array([0.0, np.pi, -np.pi, 2 * np.pi, -1e-3], np.float32))
    assert index.tolist() == [0, ANGLES // 2, ANGLES // 2, 0, 0]
    colours = np.array(palette(space), int)
    assert np.abs(colours - np.roll(colours, 1, 0)).max() < 12


def test_pictures_are_no_angles(tmp_path: Path) -> None:
    """Sheets and folders are drawn for people; reading them back is refused in one line."""
    system = get_system("xy", 8)
    batch = sample(system, [0.3, 0.9], sweeps=20)
    write_sheet(batch, tmp_path / "sheet.png")
    write_folder(batch, tmp_path / "folder")
    with pytest.raises(InputError, match="must be an array of angles for xy, as colours are too few, got a picture"):
        read_snapshots(tmp_path / "folder", system)


@pytest.mark.parametrize(
    ("spins", "words"),
    [
        (np.full((2, 4, 4), 90.0), "np.deg2rad"),
        (np.ones((2, 4, 4), int), "angles in radians, as floats, got int64"),
        (np.full((2, 4, 4), np.nan), "got nan"),
    ],
)
def test_arrays_of_what_are_no_radians_are_refused(spins: np.ndarray, words: str, tmp_path: Path) -> None:
    """Degrees, whole numbers and NaN are not guessed at."""
    np.savez(tmp_path / "a.npz", spins=spins, temperature=np.ones(2))
    with pytest.raises(InputError) as caught:
        read_snapshots(tmp_path / "a.npz", get_system("xy", 4))
    assert words in str(caught.value)


def test_default_classes_and_card() -> None:
    """The paper's multiples of the transition; the card names the column."""
    classes = default_classes(XY(J=2.0))
    assert np.allclose(np.array(classes.edges) / (2 * T_BKT), [0, 0.465, 0.934, 1.0225, 1.763], atol=1e-3)
    text = card(Recipe(system={"name": "xy", "size": 8}))
    assert "`angles` (radians, float32, row by row)" in text


def test_pseudo_likelihood_finds_the_temperature() -> None:
    """The temperature of greatest pseudo-likelihood is unbiased on large lattices. Breaks with a field or sign lost."""
    system = get_system("xy", 32, J=-1.0)
    T = np.repeat([0.5, 1.2], 24)
    found = pseudo_likelihood_temperature(system, sample(system, T).spins).reshape(2, 24)
    assert (np.abs(found.mean(1) - [0.5, 1.2]) < 4.6 * found.std(1) / np.sqrt(24) + 2e-3).all()
