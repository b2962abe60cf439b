"""Imported data sets: every snapshot keeps its temperature, and nothing leaks between splits."""

import itertools
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from spinlens import get_system
from spinlens.cli import main
from spinlens.data.build import build
from spinlens.data.checks.check import check
from spinlens.data.formats.export import export
from spinlens.data.formats.imports import import_dataset, read_snapshots
from spinlens.data.read import read_recipe, read_split, verify
from spinlens.data.recipe import SPLITS, parse_recipe
from spinlens.errors import InputError

SIZE_8 = {"system": {"name": "ising-periodic", "size": 8}}


def passes(count: int, size: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """(spins, temperature) of a chain that steps `count` times through four temperatures; row k spells k in binary."""
    number = np.arange(4 * count)
    spins = np.ones((len(number), size, size), np.int8)
    spins[:, 3, :8] = 2 * (number[:, None] >> np.arange(8) & 1) - 1
    return spins, np.tile([0.5, 1.5, 2.2, 3.0], count)


def numbers(spins: np.ndarray) -> np.ndarray:
    return ((spins[:, 3, :8] > 0) << np.arange(8)).sum(1)


@pytest.fixture
def chain_file(tmp_path: Path) -> Path:
    spins, temperature = passes(20)
    rows = [
        {"temp": temperature[k], "timestamp": k, "spinArray": ",".join(map(str, s.ravel().tolist()))}
        for k, s in enumerate(spins)
    ]
    (tmp_path / "data.json").write_text(json.dumps({"settings": {}, "data": rows}))
    return tmp_path / "data.json"


def test_a_chain_becomes_a_data_set_cut_in_time_order(chain_file: Path, tmp_path: Path) -> None:
    """Breaks when neighbours in time are spread over splits, rows are shuffled, or one chain fails as not independent.

    20 passes through four temperatures, one a class: passes 0 to 11 train, 12 to 15 validate, 16 to 19 test.
    """
    out = import_dataset(chain_file, parse_recipe(SIZE_8 | {"seed": 5}), tmp_path / "new" / "data")
    spins, temperature = passes(20)
    for split, first, last in (("train", 0, 12), ("validation", 12, 16), ("test", 16, 20)):
        found = read_split(out, split)
        row = numbers(found.spins)
        assert sorted(row) == list(range(4 * first, 4 * last))
        np.testing.assert_array_equal(found.spins, spins[row])
        np.testing.assert_array_equal(found.temperature, temperature[row])
        np.testing.assert_array_equal(found.label, row % 4)
        right, down = (np.roll(found.spins, -1, axis).astype(float) for axis in (2, 1))
        np.testing.assert_array_equal(found.energy, -(found.spins * (right + down)).sum((1, 2)))
        assert not found.chain.any()
    recipe = read_recipe(out)
    assert recipe.protocol != "equilibrium"  # no ceiling is to be printed
    assert recipe.counts.train == (12,) * 4
    assert verify(out) == 4
    assert [p.name for p in out.parent.iterdir()] == ["data"]
    findings = {f.name: f for f in itertools.islice(check(out), 11)}
    assert [findings[n].ok for n in ("labels", "energies", "independence")] == [True, True, None]
    how = "taken for one chain a file; 12 + 4 + 4 whole cycles through 4 temperatures in the order of time"
    assert findings["independence"].detail == f"not judged: {how}"
    with pytest.raises(InputError, match="protocol"):
        build(recipe, out)


def test_hugging_face_reads_an_import(chain_file: Path, tmp_path: Path) -> None:
    """Breaks when the card's YAML head or the shards are not what `datasets` expects."""
    from datasets import load_dataset

    out = import_dataset(chain_file, parse_recipe(SIZE_8), tmp_path / "data")
    data = load_dataset(str(out), cache_dir=str(tmp_path / "cache"))
    assert {split: len(data[split]) for split in data} == {"train": 48, "validation": 16, "test": 16}
    dark = np.asarray(data["test"][0]["image"].convert("L")) < 128
    np.testing.assert_array_equal(dark, read_split(out, "test").spins[0] == 1)


def test_independent_snapshots_are_split_at_random(tmp_path: Path) -> None:
    """Breaks when the seed does nothing, the split is not random, or a snapshot is lost or doubled."""
    spins, temperature = passes(20)
    np.savez(tmp_path / "own.npz", spins=spins, temperature=temperature)
    rows = {}
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        out = import_dataset(
            tmp_path / "own.npz", parse_recipe(SIZE_8 | {"seed": seed}), tmp_path / name, (0.5, 0.25, 0.25), True
        )
        splits = [read_split(out, split) for split in SPLITS]
        rows[name] = [s.chain.tolist() for s in splits]
        assert [len(r) for r in rows[name]] == [40, 20, 20]
        assert sorted(itertools.chain(*rows[name])) == list(range(80))
        for s in splits:
            np.testing.assert_array_equal(s.spins, spins[s.chain])
            np.testing.assert_array_equal(s.label, s.chain % 4)
    assert rows["a"] == rows["b"] != rows["c"]
    assert rows["a"][0] != list(range(40))


def test_exported_pictures_come_back(small_data: Path, tmp_path: Path) -> None:
    """Breaks when an exported tree cannot be imported again: the same pictures, each with its temperature."""
    found = read_snapshots(export(small_data, tmp_path / "images", "images"), get_system("ising-periodic", 8))
    pairs = sorted((t, s.tobytes()) for t, s in zip(found.temperature, found.spins, strict=True))
    splits = [read_split(small_data, split) for split in SPLITS]
    assert pairs == sorted((t, x.tobytes()) for s in splits for t, x in zip(s.temperature, s.spins, strict=True))


def test_snapshots_that_make_no_data_set(tmp_path: Path) -> None:
    """Breaks when a data set is made of unfit snapshots, replaces something, or leaves half a folder."""
    spins, temperature = passes(20)
    sources = {
        "temperature": {"spins": spins},
        "from 0 to 4": {"spins": spins, "temperature": temperature + 2},
        "class CR": {"spins": spins[temperature != 2.2], "temperature": temperature[temperature != 2.2]},
        "1 snapshot at T = 0.5 in a row": {"spins": spins[:8], "temperature": temperature[:8]},
    }
    source, recipe = tmp_path / "own.npz", parse_recipe(SIZE_8)
    for words, arrays in sources.items():
        np.savez(source, **arrays)
        with pytest.raises(InputError, match=words):
            import_dataset(source, recipe, tmp_path / "deep" / "data")
    np.savez(source, spins=spins, temperature=temperature)
    for fractions in ((0.5, 0.5, 0.5), (1.0, 0.0, 0.0), (float("nan"), 0.5, 0.5), (-0.5, 0.5, 1.0)):
        with pytest.raises(InputError, match="fractions"):
            import_dataset(source, recipe, tmp_path / "deep" / "data", fractions)
    skewed = parse_recipe({"system": {"name": "ising-skewed", "size": 8}})
    with pytest.raises(InputError, match="pinned edges"):
        import_dataset(source, skewed, tmp_path / "deep" / "data")
    with pytest.raises(InputError, match="out must be"):
        import_dataset(source, recipe, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["own.npz"]


def test_from_import_to_evaluation(chain_file: Path, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when `import` is not wired, or train, evaluate or predict cannot use what it made or reads."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["spinlens", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    data, model = tmp_path / "data", tmp_path / "run"
    command = ("import", chain_file, "ising-periodic", "--size", 8, "--fractions", 0.5, 0.25, 0.25, "--out", data)
    assert run(*command)[0] == 0
    assert read_recipe(data).counts.test == (5,) * 4
    code, _, err = run(*command)
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith("error: out must be ")
    train = ("train", data, "--out", model, "--epochs", 1, "--model")
    code, _, err = run(*train, "spin-vit")
    assert (code, err.count("\n")) == (2, 1)
    assert "spin-vit-scratch chooses its own" in err
    assert run(*train, "spin-vit-scratch")[0] == 0
    code, out, _ = run("check", data)
    assert code == 1
    last = [line for line in out.splitlines() if not line.startswith(" " * 7)][-1]  # what is folded is indented
    assert last.startswith("FAIL equilibrium"), "no curves of a protocol that nobody has"
    code, out, _ = run("evaluate", model, data)
    assert code == 0
    sentence = "No ceiling is printed, as it is known for data at equilibrium only, and these data were imported."
    assert sentence in " ".join(out.split())
    code, out, _ = run("predict", model, chain_file)
    assert code == 0
    assert len(out.splitlines()) == 80
    np.savez(tmp_path / "bits.npz", states=passes(20)[0].reshape(80, 64) > 0)
    code, told, err = run("predict", model, tmp_path / "bits.npz", "--array", "states", "--values", "0,1", "--flat")
    assert code == 0
    assert [json.loads(line)["probabilities"] for line in told.splitlines()] == [
        json.loads(line)["probabilities"] for line in out.splitlines()
    ]
    assert run("predict", model, chain_file, "--system", "ising-open", "--size", 8)[2] == (
        f"warning: {model} was trained on ising-periodic, not on ising-open: test it before you trust it there\n"
    )
    assert run(*command[:2], "ising-open", *command[3:-1], tmp_path / "open")[0] == 0
    code, _, err = run("evaluate", model, tmp_path / "open")
    assert (code, err) == (2, "error: data (system) must be ising-periodic, as in the run, got ising-open\n")
