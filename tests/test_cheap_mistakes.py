"""Mistakes that need no network to be seen are found before one is loaded."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

RUN_ALL = """
import contextlib, importlib.util, io, json, sys
NETWORKS = ("torch", "transformers", "accelerate")
class Never:
    def find_spec(self, name, *_):
        if name.partition(".")[0] in NETWORKS:
            raise SystemExit(f"imports {name}")
sys.meta_path.insert(0, Never())
find = importlib.util.find_spec  # whether it is installed may be asked
importlib.util.find_spec = lambda name, *more: True if name in NETWORKS else find(name, *more)
from spinlens.cli import main
results = {}
for case, arguments in json.loads(sys.argv[1]).items():
    sys.argv = ["spinlens", *arguments]
    with contextlib.redirect_stderr(io.StringIO()) as err, contextlib.redirect_stdout(io.StringIO()) as out:
        try:
            main()
        except SystemExit as ended:
            results[case] = [ended.code, out.getvalue(), err.getvalue()]
print(json.dumps(results))
"""
CASES = {
    "data": ("train {tmp}/none --out {tmp}/run", "data set must be a folder"),
    "data of another kind": ("train {tmp}/empty --out {tmp}/run", "data set must be a finished one"),
    "out in use": ("train {data} --out {tmp}/used", "out must be a new or empty folder"),
    "out below a file": ("train {data} --out {tmp}/file/run", "out must be a name that can be written"),
    "no run to resume": ("train {data} --out {tmp}/run --resume", "out must be a run that was begun"),
    "another run": ("train {data} --out {tmp}/begun --model resnet-small --resume", "must be "),
    "preset": ("train {data} --out {tmp}/run --preset best", "preset must be one of fine-tune, "),
    "model": ("train {data} --out {tmp}/run --model vgg", "model must be one of spin-vit, "),
    "model folder": ("train {data} --out {tmp}/run --model {tmp}/empty", "model must be a checkpoint folder"),
    "damaged model": ("train {data} --out {tmp}/run --model {tmp}/damaged", "model must be undamaged"),
    "size": ("train {data} --out {tmp}/run", "size must be a multiple of the patch size 10"),
    "epochs": ("train {data} --out {tmp}/run --epochs -1", "epochs must be "),
    "no epochs": ("train {data} --out {tmp}/run --model vit --epochs 0", "epochs must be 1 or more"),
    "rate": ("train {data} --out {tmp}/run --learning-rate nan", "learning_rate must be "),
    "labels": ("train {data} --out {tmp}/run --model vit --labels 99", "labels must be a number from 4"),
    "threads": ("train {data} --out {tmp}/run --model vit --threads 0", "threads must be "),
    "recipe": ("pretrain {tmp}/bad.toml --out {tmp}/run", "recipe (key) must be one of model"),
    "no recipe": ("pretrain {tmp}/none.toml --out {tmp}/run", "recipe"),
    "pretrain out": ("pretrain {tmp}/good.toml --out {tmp}/used", "out must be a new or empty folder"),
    "predict": ("predict {tmp}/empty {tmp}/file", "model must be a folder"),
    "predict csv": ("predict {run} {tmp}/a.csv", "files must be one of .npy"),
    "predict shape": ("predict {run} {tmp}/wide.npy", "(shape) must be (8, 8)"),
    "predict average": ("predict {run} {tmp}/good.npy --average 0", "average must be an integer from 1"),
    "predict without system": ("predict spin-vit {tmp}/good.npy", "system must be named"),
    "predict system": ("predict spin-vit {tmp}/good.npy --system ising-periodc", "did you mean ising-periodic?"),
    "predict run": ("predict spin-vot {tmp}/good.npy", "did you mean spin-vit?"),
    "predict size": (
        "predict spin-vit {tmp}/good.npy --system ising-open --size 64",
        "size must be a multiple of the patch size 10",
    ),
    "predict J": ("predict spin-vit {tmp}/good.npy --system ising-open --J 2", "|J| = 1 without a field"),
    "predict recipe": ("predict spin-vit {tmp}/good.npy --system {tmp}/none.toml", "recipe must be a readable TOML"),
    "predict film": ("predict {run} {tmp}/film.gif", "film.gif must be an image of one frame"),
    "predict clear": ("predict {run} {tmp}/clear.png", "--up COLOUR says which"),
    "predict one grey": ("predict {run} {tmp}/near.png", "--up COLOUR says which"),
    "predict damaged": ("predict {tmp}/odd {tmp}/good.npy", "model must be a folder with an undamaged config.json"),
    "evaluate": ("evaluate {tmp}/empty {data}", "model must be "),
    "evaluate data": ("evaluate {run} {tmp}/empty", "data set must be a finished one"),
    "evaluate predictions": ("evaluate {run} {data} --predictions {tmp}/file", "predictions must be a .csv, "),
    "profile": ("reproduce --profile quik --out {tmp}/run", "profile must be one of quick, "),
    "reproduce workers": ("reproduce --workers 0 --out {tmp}/run", "workers must be an integer from 1 to 256"),
    "reproduce trials": ("reproduce --trials 0 --out {tmp}/run", "trials must be an integer from 1 to 1000"),
    "reproduce size": ("reproduce --size 64 --out {tmp}/run", "size must be a multiple of the patch size 10"),
    "reproduce out": ("reproduce --out {tmp}/file", "out must be a folder, new or begun by the same command"),
    "reproduce below a file": ("reproduce --out {tmp}/file/run", "out must be a name that can be written"),
    "curve trials": ("curve ising-periodic --trials 0 --out {tmp}/run", "trials must be a number from 1 to 1000"),
    "curve workers": ("curve ising-periodic --workers 999 --out {tmp}/run", "workers must be an integer from 1"),
    "curve model": ("curve ising-periodic --model vgg --out {tmp}/run", "model must be one of spin-vit, "),
    "curve size": ("curve ising-periodic --size 64 --model spin-vit --out {tmp}/run", "size must be a multiple of"),
    "curve labels": ("curve ising-periodic --labels 3 --out {tmp}/run", "labels must be numbers from 4"),
    "curve epochs": ("curve ising-periodic --epochs 0 --out {tmp}/run", "epochs must be an integer from 1"),
    "curve out": ("curve ising-periodic --out {tmp}/file", "out must be a folder, new or begun by the same command"),
}


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory, small_data: Path, finished_run) -> Path:
    """Folders and files that the cases name."""
    tmp = tmp_path_factory.mktemp("mistakes")
    for name in ("empty", "used", "begun", "damaged"):
        (tmp / name).mkdir()
    (tmp / "used" / "x").write_text("x")
    (tmp / "file").write_text("x")
    (tmp / "begun" / "recipe.json").write_text(json.dumps({"training": {"model": "vit"}}))
    for path in finished_run[0].iterdir():
        (tmp / "damaged" / path.name).write_bytes(path.read_bytes() + b" ")
    (tmp / "bad.toml").write_text('systems = ["ising-periodic"]\nsnapshots = 64\ncolour = "red"\n')
    (tmp / "good.toml").write_text('systems = ["ising-periodic"]\nsnapshots = 64\n')
    (tmp / "a.csv").write_text("1,-1")
    np.save(tmp / "wide.npy", np.ones((8, 9), np.int8))
    np.save(tmp / "good.npy", np.ones((8, 8), np.int8))
    half = np.indices((8, 8))[0] % 2
    for name, entries in {"clear": ((0, 0, 0, 0), (0, 0, 0, 255)), "near": ((9, 9, 9, 255), (12, 9, 9, 255))}.items():
        Image.fromarray(np.array(entries, np.uint8)[half]).save(tmp / f"{name}.png")
    frames = [Image.fromarray(np.uint8(255 * (half ^ k))) for k in (0, 1)]
    frames[0].save(tmp / "film.gif", save_all=True, append_images=frames[1:])
    (tmp / "odd").mkdir()
    (tmp / "odd" / "config.json").write_text("[1")
    return tmp


@pytest.fixture(scope="module")
def results(places: Path, small_data: Path, finished_run) -> dict[str, tuple[int, str, str]]:
    """(exit code, stdout, stderr) of every case, in a process that can import no network library."""
    names = {"tmp": places, "data": small_data, "run": finished_run[0]}
    return run_all({case: line.format(**names) for case, (line, _) in CASES.items()}, places)


def run_all(lines: dict[str, str], places: Path) -> dict[str, tuple[int, str, str]]:
    """(exit code, stdout, stderr) of command lines that write nothing below `places`."""
    before = sorted(places.rglob("*"))
    command = [sys.executable, "-c", RUN_ALL, json.dumps({case: line.split() for case, line in lines.items()})]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert sorted(places.rglob("*")) == before, "nothing is written"
    return {case: tuple(result) for case, result in json.loads(done.stdout).items()}


@pytest.mark.parametrize("case", CASES)
def test_a_cheap_mistake_loads_no_network(case: str, results: dict[str, tuple[int, str, str]]) -> None:
    """Breaks when a mistake is found after torch, transformers or accelerate is imported, which takes seconds."""
    code, out, err = results[case]
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert CASES[case][1] in err


def test_what_is_right_says_that_a_library_loads(places: Path, small_data: Path) -> None:
    """Breaks when a command is silent for the seconds that a network library takes to load."""
    lines = {
        "train": f"train {small_data} --model vit --out {places}/run",
        "pretrain": f"pretrain {places}/good.toml --out {places}/run",
        "curve": f"curve ising-periodic --out {places}/run",
        "reproduce": f"reproduce --out {places}/run",
    }
    for code, out, err in run_all(lines, places).values():
        assert str(code).startswith("imports ")
        assert (out, err) == ("", "loading the network library\n")
