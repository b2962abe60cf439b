"""A folder of good and hostile files that commands are pointed at, and that no command may change."""

import io
import json
import os
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from fuzz_predictions import whole
from PIL import Image

SMALL_TOML = """seed = 3
[system]
name = "ising-periodic"
size = 8
[counts]
train = [12, 12, 12, 12]
validation = [4, 4, 4, 4]
test = [4, 4, 4, 4]
"""
PRETRAIN_TOML = """model = "spin-vit-scratch"
systems = ["ising-periodic"]
sizes = [8]
snapshots = 64
batch_size = 32
"""
LATIN1 = os.fsdecode(b"\xff\xe9.npz")  # no UTF-8
# a recipe that says more than a recipe can mean
BAD_TOML = {
    "digits": "seed = " + "9" * 5000,
    "deep": "system = " + "[" * 3000 + "]" * 3000,
    "markup": '[system]\nname = "[/x]"\n',
    "nul": '[system]\nname = "a\\u0000b"\n',
    "lines": '[system]\nname = "a\\nb\\u001b[31m"\n',
    "huge": '[system]\nname = "ising-periodic"\nsize = 100000000000000000000\n',
    "nan": '[system]\nname = "ising-periodic"\nsize = 8\nJ = nan\n',
    "cold": '[system]\nname = "ising-periodic"\nsize = 8\nJ = 1e308\nB = -1e308\n',
    "tiny": '[system]\nname = "ising-periodic"\nsize = 4\nJ = 1e-320\n',
    "classes": '[classes]\nnames = ["[/x]", "../a"]\nedges = [0, 1, 2]\nstep = 1e-300\n',
    "many": "[counts]\ntrain = [1000000000000, 1, 1, 1]\n",
    "types": "system = 3\ncounts = [1]\nclasses = true\nprotocol = 1.5\n",
    "bytes": "",
}


@dataclass(frozen=True)
class World:
    """The folder, and the data set and run that it has copies of."""

    folder: Path
    data: Path
    run: Path

    def make(self) -> None:
        """Fill the folder anew: snapshots in every format, recipes, and what is none of them."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        shutil.copytree(self.data, self.folder / "data")
        shutil.copytree(self.run, self.folder / "run")
        self._make_markup()
        _snapshots(self.folder)
        (self.folder / "recipe.toml").write_text(SMALL_TOML)
        (self.folder / "pretrain.toml").write_text(PRETRAIN_TOML)
        for name, text in BAD_TOML.items():
            (self.folder / f"{name}.toml").write_text(text)
        (self.folder / "bytes.toml").write_bytes(b'name = "\xff\xfe"\x00')
        _no_files(self.folder)

    def _make_markup(self) -> None:
        """A data set and a run whose classes have names that a terminal may take for commands."""
        from spinlens.data.build import build
        from spinlens.data.recipe import parse_recipe

        names, counts = (
            ["[x]", "[bold]", ":smile:", "\u00e9"],
            {"train": [2] * 4, "validation": [1] * 4, "test": [1] * 4},
        )
        system = {"name": "ising-periodic", "size": 8}
        build(parse_recipe({"system": system, "counts": counts, "classes": {"names": names}}), self.folder / "markup")
        shutil.copytree(self.run, self.folder / "run-markup")
        config = json.loads((self.run / "config.json").read_text())
        config |= {"id2label": dict(enumerate(names)), "label2id": {name: k for k, name in enumerate(names)}}
        (self.folder / "run-markup" / "config.json").write_text(json.dumps(config))


def _snapshots(folder: Path) -> None:
    rng = np.random.default_rng(5)
    spins = np.where(rng.random((12, 8, 8)) < 0.3, -1, 1).astype(np.int8)
    temperature = np.repeat([0.5, 1.5, 2.2, 3.0], 3)
    np.savez(folder / "good.npz", spins=spins, temperature=temperature)
    np.save(folder / "good.npy", spins)
    np.savez(folder / "ten.npz", spins=np.where(rng.random((3, 10, 10)) < 0.3, -1, 1).astype(np.int8))
    for ending in (".csv", ".jsonl", ".npy"):
        (folder / f"predictions{ending}").write_bytes(whole(ending, rng.dirichlet([1] * 4, 16)))
    picture = Image.fromarray(np.where(spins[0] > 0, 0, 255).astype(np.uint8))
    picture.save(folder / "good.png")
    rows = [{"temp": t, "spinArray": ",".join(map(str, s.ravel()))} for t, s in zip(temperature, spins, strict=True)]
    (folder / "folder").mkdir()
    (folder / "folder" / "data.json").write_text(json.dumps({"settings": {}, "data": rows}, default=float))
    (folder / "[").mkdir()  # a path that reads as markup
    for name in ("[/x].npz", "-dash.npz", "a\nb.npz", LATIN1, "~.npz"):
        shutil.copy(folder / "good.npz", folder / name)
    (folder / "[bold].npy").write_bytes(b"no array")
    (folder / "broken.npz").write_bytes((folder / "good.npz").read_bytes()[:200])
    (folder / "broken.png").write_bytes((folder / "good.png").read_bytes()[:40])
    with zipfile.ZipFile(folder / "raw.npz", "w") as archive:
        archive.writestr("spins", "no array")
    write_bomb(folder / "bomb.npz", 1 << 30)
    blank = io.BytesIO()
    Image.new("1", (12000, 12000)).save(blank, "PNG")
    (folder / "large.png").write_bytes(blank.getvalue())
    (folder / "deep.json").write_text("[" * 100_000)
    (folder / "huge.json").write_text('{"data": [{"temp": ' + "9" * 5000 + ', "spinArray": "1"}]}')


def write_bomb(path: Path, size: int) -> None:
    """An .npz of a few kilobytes a gigabyte whose array `spins` has `size` bytes."""
    header = io.BytesIO()
    about = {"descr": "|i1", "fortran_order": False, "shape": (size // 64, 8, 8)}
    np.lib.format.write_array_header_1_0(header, about)
    block = bytes(1 << 24)
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("spins.npy", "w", force_zip64=True) as member,
    ):
        member.write(header.getvalue())
        for _ in range(size // len(block)):
            member.write(block)


def _no_files(folder: Path) -> None:
    """Devices, pipes, links and empty things under the endings of files; links keep the devices themselves safe."""
    for ending in ("npz", "npy", "png", "toml", "json"):
        (folder / f"zero.{ending}").symlink_to("/dev/zero")
        (folder / f"null.{ending}").symlink_to(os.devnull)
        (folder / f"nowhere.{ending}").symlink_to(folder / "missing")
        os.mkfifo(folder / f"pipe.{ending}")
        (folder / f"empty.{ending}").touch()
        (folder / f"folder.{ending}").mkdir()
        (folder / f"folder.{ending}" / "note.txt").write_text("theirs")
    (folder / "full.npz").symlink_to("/dev/full")
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "null-file").symlink_to(os.devnull)
    for name, files in {
        "config-only": ("config.json",),
        "weights-only": ("model.safetensors",),
        "no-config": ("model.safetensors", "recipe.json"),
    }.items():
        (folder / name).mkdir()
        for file in files:
            shutil.copy(folder / "run" / file, folder / name)
    shutil.copytree(folder / "data", folder / "no-shards", ignore=shutil.ignore_patterns("*.parquet"))
    shutil.copytree(folder / "data", folder / "unfinished", ignore=shutil.ignore_patterns("manifest.json"))
    (folder / "odd-manifest").mkdir()
    (folder / "odd-manifest" / "manifest.json").write_text('{"sha256": {}, "recipe": {"system": "[/x]"}}')
