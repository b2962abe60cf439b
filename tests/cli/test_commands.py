"""The command line: what users see, and one line with exit code 2 for everything that cannot be used."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from calls import run

BAD = {
    "unknown system": ("sample ising-cubic --out {tmp}/a.npz", "system"),
    "size 0": ("sample ising-periodic --size 0 --out {tmp}/a.npz", "size"),
    "size 1": ("build ising-periodic --size 1 --out {tmp}/a", "size"),
    "size a million": ("sample ising-periodic --size 1000000 --out {tmp}/a.npz", "size"),
    "size no number": ("sample ising-periodic --size big --out {tmp}/a.npz", "size"),
    "temperature nan": ("sample ising-periodic --temperatures nan --out {tmp}/a.npz", "temperatures"),
    "temperature negative": ("sample ising-periodic --temperatures -1 --out {tmp}/a.npz", "temperatures"),
    "count 0": ("sample ising-periodic --count 0 --out {tmp}/a.npz", "count"),
    "seed negative": ("sample ising-periodic --seed -1 --out {tmp}/a.npz", "seed"),
    "protocol": ("sample ising-periodic --protocol boil --out {tmp}/a.npz", "protocol"),
    "sweeps 0": ("build ising-periodic --sweeps 0 --out {tmp}/a", "sweeps"),
    "workers 0": ("build ising-periodic --workers 0 --out {tmp}/a", "workers"),
    "a file for a folder": ("sample ising-periodic --out {tmp}/key.toml/a.npz", "out"),
    "no ending": ("sample ising-periodic --out {tmp}/a.jpg", "out"),
    "unknown option": ("sample ising-periodic --sise 8 --out {tmp}/a.npz", "--sise"),
    "unknown command": ("simulate", "simulate"),
    "missing recipe": ("build {tmp}/none.toml --out {tmp}/a", "recipe"),
    "unknown key": (
        "build {tmp}/key.toml --out {tmp}/a",
        "recipe (key) must be one of system, protocol, sweeps, seed, classes, counts, temperature, updater, start, "
        "got colour",
    ),
    "empty class": ("build {tmp}/empty.toml --out {tmp}/a", "class FSbCR"),
    "no data set": ("check {tmp}/none", "data set"),
    "empty data set": ("check {tmp}", "data set"),
    "train without data": ("train {tmp}/none --out {tmp}/run", "data set"),
    "model": ("train {data} --model vgg --out {tmp}/run", "model"),
    "preset": ("train {data} --preset best --out {tmp}/run", "preset"),
    "epochs": ("train {data} --epochs -1 --out {tmp}/run", "epochs"),
    "learning rate": ("train {data} --learning-rate nan --out {tmp}/run", "learning_rate"),
    "labels": ("train {data} --model spin-vit-scratch --labels 3 --out {tmp}/run", "labels"),
    "size without patches": ("train {data} --out {tmp}/run", "size"),
    "pretraining recipe": ("pretrain {tmp}/key.toml --out {tmp}/weights", "systems"),
    "weights without a system": ("predict spin-vit {tmp}", "system"),
    "reproduce trials": ("reproduce --trials 0 --out {tmp}/runs", "trials"),
    "reproduce system": ("reproduce --system ising-nowhere --out {tmp}/runs", "system"),
    "curve labels": ("curve ising-periodic --labels 20,x", "labels"),
    "no run": ("predict {tmp}/none {tmp}", "model"),
    "misspelt weights": ("predict spin-vut {tmp} --system ising-periodic", "spin-vit, spin-vit-others"),
    "hub out of reach": ("reproduce --profile paper --out {tmp}/runs", "model"),
    "profile": ("reproduce --profile fast", "profile"),
    "ceiling": ("ceiling nothing", "system"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_exit_code_2(case: str, capsys, tmp_path: Path, small_data: Path) -> None:
    """Breaks when bad input gets a traceback, another exit code, no field name, or leaves files behind."""
    (tmp_path / "key.toml").write_text('colour = "red"\n')
    (tmp_path / "empty.toml").write_text("[counts]\ntrain = [0, 1, 1, 1]\n")
    before = sorted(tmp_path.rglob("*"))
    line, field = BAD[case]
    code, _, err = run(capsys, *line.format(tmp=tmp_path, data=small_data).split())
    assert code == 2
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert field in err
    assert sorted(tmp_path.rglob("*")) == before


def test_a_missing_folder_is_not_sought_on_the_hub(capsys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when runs/none, with a folder runs at hand, is taken for a network of the owner `runs`."""
    monkeypatch.setattr("transformers.AutoConfig.from_pretrained", lambda *_: pytest.fail("asked the Hub"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    code, _, err = run(capsys, "predict", "runs/none", "x.npy", "--system", "ising-periodic")
    assert (code, err.count("\n")) == (2, 1)
    assert "within reach" not in err, "what is said where the Hub was asked"
    assert "a folder that `spinlens train` wrote" in err


def test_from_sample_to_prediction(capsys, tmp_path: Path, small_data: Path) -> None:
    """Breaks when the commands of the README do not fit together."""
    file = tmp_path / "snapshots.npz"
    options = "--size 8 --temperature 2.27 --count 5 --seed 1 --out"
    assert run(capsys, "sample", "ising-periodic", *options.split(), file)[0] == 0
    with np.load(file) as arrays:
        assert sorted(arrays) == ["energy", "magnetization", "spins", "temperature"]
        assert arrays["spins"].shape == (5, 8, 8)
        assert arrays["temperature"].tolist() == [2.27] * 5
    code, _, _ = run(
        capsys, "train", small_data, "--model", "spin-vit-scratch", "--out", tmp_path / "run", "--epochs", 1
    )
    assert code == 0
    code, out, _ = run(capsys, "predict", tmp_path / "run", file)
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert len(lines) == 5
    for line in lines:
        assert line["class"] == max(line["probabilities"], key=line["probabilities"].get)
        assert sum(line["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    code, out, _ = run(capsys, "evaluate", tmp_path / "run", small_data)
    assert code == 0
    assert "ceiling" in out
    other = tmp_path / "other.npy"
    np.save(other, np.ones((9, 9)))
    code, _, err = run(capsys, "predict", tmp_path / "run", other)
    assert (code, err.count("\n")) == (2, 1)
    assert run(capsys, "predict", tmp_path / "run", other, "--size", "9")[0] == 0  # the run's system at another size
    code, out, err = run(capsys, "predict", tmp_path / "run", file, "--system", "ising-antiferro")  # at the run's size
    assert (code, out.count("\n")) == (0, 5)
    assert "warning: range: 5 of 5 snapshots" in err, "spins of the other sign of J"
    code, _, err = run(capsys, "predict", tmp_path / "run", tmp_path / "none.npy", "--system", "ising-antiferro")
    assert (code, err.count("\n")) == (2, 1), "no warning of the system beside the error"
    code, _, err = run(capsys, "predict", tmp_path / "run", other, "--size", "-9")
    assert (code, err.startswith("error: size")) == (2, True)


def test_check_exits_with_1_out_of_equilibrium(capsys, tmp_path: Path, small_data: Path) -> None:
    """Breaks when the exit code does not tell, or a damaged data set is not named."""
    recipe = tmp_path / "quench.toml"
    recipe.write_text(
        'protocol = "quench"\nsweeps = 5\n[system]\nname = "ising-periodic"\nsize = 16\n'
        "[counts]\ntrain = [40, 40, 40, 40]\nvalidation = [9, 9, 9, 9]\ntest = [9, 9, 9, 9]\n"
    )
    assert run(capsys, "build", recipe, "--out", tmp_path / "quench")[0] == 0
    code, out, _ = run(capsys, "check", tmp_path / "quench")
    assert code == 1
    assert "not at equilibrium" in out
    assert run(capsys, "check", small_data)[0] == 0
    shard = next((tmp_path / "quench" / "data").iterdir())
    shard.write_bytes(shard.read_bytes()[:-1])
    code, _, err = run(capsys, "check", tmp_path / "quench")
    assert code == 2
    assert shard.name in err


def test_help_imports_nothing_heavy() -> None:
    """Breaks when a heavy import moves to the top of a module that the command line loads at once."""
    heavy = ("numpy", "torch", "numba", "scipy", "pydantic", "rich.table", "transformers", "pyarrow")
    load = "import sys; from spinlens.cli.frame import make_app; make_app()"
    code = f"{load}; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_systems_and_ceiling(capsys) -> None:
    """Breaks when a named system is not listed, or the ceiling's method is not said."""
    code, out, _ = run(capsys, "systems")
    assert code == 0
    assert all(name in out for name in ("ising-periodic", "ising-antiferro", "ising-skewed-frame"))
    code, out, _ = run(capsys, "ceiling", "ising-periodic", "--size", 8)
    assert code == 0
    assert "exact p(E|T)" in out


def test_scratch_alone_takes_fresh_weights(capsys, tmp_path: Path, small_data: Path) -> None:
    """Breaks when `--preset scratch` without a model goes on from the shipped weights, or wins over a named model."""
    few = ("--preset", "scratch", "--epochs", 1, "--labels", 8)
    for named, expected in {(): "spin-vit-scratch", ("--model", "resnet-small"): "resnet-small"}.items():
        out = tmp_path / expected
        code, _, err = run(capsys, "train", small_data, "--out", out, *few, *named)
        assert code == 0, err
        assert json.loads((out / "training.json").read_text())["recipe"]["model"] == expected
