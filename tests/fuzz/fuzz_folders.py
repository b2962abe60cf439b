"""Spoilt folders: pictures with a metadata.csv, data sets, exports, weights and interrupted runs."""

import csv
import hashlib
import io
import json
import shutil
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from fuzz_arrays import make_picture
from fuzz_mutations import spoil_bytes, spoil_json, spoil_toml
from fuzz_world import PRETRAIN_TOML, SMALL_TOML
from PIL import Image

CELLS = ("", "nan", "-1", "1e999", "9" * 5000, "[/x]", "a\nb", "../0.png", "0.png", '"', "\x00", "None", "1,5")


def make_folder(folder: Path, random: Random) -> Path:
    """Pictures whose metadata.csv is odd."""
    rng, top = np.random.default_rng(random.randrange(2**32)), folder / "pictures"
    top.mkdir()
    rows = [["file_name", "temperature"]]
    for k in range(3):
        Image.fromarray(rng.choice((0, 255), (8, 8)).astype(np.uint8)).save(top / f"{k}.png")
        rows.append([f"{k}.png", f"{k}.5"])
    for _ in range(random.randrange(3)):
        row = random.choice(rows)
        row[random.randrange(len(row))] = random.choice(CELLS)
    if random.randrange(4) == 0:
        rows.insert(random.randrange(4), random.choice(([], ["a"], ["a", "b", "c"], rows[1])))
    text = io.StringIO()
    csv.writer(text, lineterminator=random.choice(("\n", "\r\n", "\r"))).writerows(rows)
    data = text.getvalue().encode(random.choice(("utf-8", "utf-8-sig", "utf-16")))
    (top / "metadata.csv").write_bytes(spoil_bytes(data, random) if random.randrange(3) == 0 else data)
    if random.randrange(4) == 0:
        make_picture(top, random)
    return top


def make_recipe(folder: Path, random: Random) -> Path:
    """A recipe with odd values."""
    more = 'protocol = "anneal"\nsweeps = 3\n' + SMALL_TOML.replace("size = 8", "size = 8\nJ = 1.0\nB = 0.5")
    return _toml(folder, random.choice((SMALL_TOML, more)), random)


def make_pretraining(folder: Path, random: Random) -> Path:
    """A recipe of pre-training with odd values."""
    return _toml(folder, PRETRAIN_TOML + "temperatures = [0.0, 4.0]\nlearning_rate = 0.001\nseed = 3\n", random)


def _toml(folder: Path, text: str, random: Random) -> Path:
    path = folder / "spoilt.toml"
    if random.randrange(5):
        path.write_text(spoil_toml(text, random), encoding="utf-8")
    else:
        path.write_bytes(spoil_bytes(text.encode(), random))
    return path


def make_dataset(folder: Path, random: Random, data: Path) -> Path:
    """A data set with one spoilt file, half of them under a manifest that agrees."""
    copy = folder / "data"
    shutil.copytree(data, copy)
    way = random.randrange(4)
    name = "manifest.json"
    if way == 0:
        _json_file(copy / name, random)
    else:
        shards = sorted(str(p.relative_to(copy)) for p in copy.rglob("*.parquet"))
        name = random.choice(("proof.json", "recipe.json", *shards)) if way == 1 else random.choice(shards)
        if name.endswith(".json"):
            _json_file(copy / name, random)
        elif way == 2:
            (copy / name).write_bytes(spoil_bytes((copy / name).read_bytes(), random))
        else:
            _parquet(copy / name, random)
        if random.randrange(4):
            manifest = json.loads((copy / "manifest.json").read_text())
            manifest["sha256"][name] = hashlib.sha256((copy / name).read_bytes()).hexdigest()
            (copy / "manifest.json").write_text(json.dumps(manifest))
    return copy


def _json_file(path: Path, random: Random) -> None:
    if random.randrange(5):
        path.write_text(spoil_json(path.read_text(), random), encoding="utf-8", errors="surrogatepass")
    else:
        path.write_bytes(spoil_bytes(path.read_bytes(), random))


def _parquet(path: Path, random: Random) -> None:
    """Columns lost, renamed, of another type or with odd values; rows lost or repeated."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    name = random.choice(table.column_names)
    at, count = table.column_names.index(name), len(table)
    nulls = pa.nulls(count, table.schema.field(name).type)
    odd: tuple[Any, ...] = (
        nulls,
        pa.nulls(count),
        pa.array(["[/x]"] * count),
        pa.array([float("nan")] * count),
        pa.array([-1] * count),
        pa.array([2**63 - 1] * count),
        pa.array([[1, 2]] * count),
        pa.array([{"bytes": random.choice((b"", b"no picture", None)), "path": None}] * count),
        pa.array([True] * count),
    )
    way = random.randrange(8)
    if way == 0:
        table = table.drop_columns([name])
    elif way == 1:
        table = table.rename_columns(
            [c if c != name else random.choice(("", "[/x]", "label")) for c in table.column_names]
        )
    elif way == 2:
        table = table.slice(0, random.choice((0, 1, count - 1)))
    elif way == 3:
        table = pa.concat_tables([table, table])
    elif way == 4:
        table = table.append_column(name, table.column(name))
    else:
        table = table.set_column(at, name, random.choice(odd))
    pq.write_table(table, path)


def make_export(folder: Path, random: Random, data: Path) -> Path:
    """What `export` writes as HDF5 or .npz, spoilt."""
    path = folder / random.choice(("spoilt.h5", "spoilt.npz"))
    whole = folder.parent / f"export{path.suffix}"  # beside the folder that is emptied
    if not whole.exists():
        from spinlens.data.formats.export import export

        export(data, whole, {".h5": "hdf5", ".npz": "npz"}[path.suffix])
    shutil.copy(whole, path)
    if path.suffix == ".h5" and random.randrange(2):
        import h5py

        with h5py.File(path, "a") as file:
            group = file[random.choice(("train", "validation", "test"))]
            name = random.choice(sorted(group))
            del group[name]
            if random.randrange(2):
                group[name] = random.choice((np.zeros(3), np.full((3, 8, 8), 7), np.array([b"x"]), np.float64("nan")))
    else:
        path.write_bytes(spoil_bytes(path.read_bytes(), random))
    return path


def make_weights(folder: Path, random: Random, run: Path) -> Path:
    """A run with odd configuration, spoilt or strange weights, or without a file."""
    copy = folder / "run"
    shutil.copytree(run, copy)
    name = random.choice(("config.json",) * 4 + ("model.safetensors",) * 3 + ("recipe.json", "training.json"))
    way = random.randrange(6)
    if way == 0:
        (copy / name).unlink()
    elif name == "model.safetensors":
        _safetensors(copy / name, random)
    elif name == "config.json" and way < 4:
        _config(copy / name, random)
    else:
        _json_file(copy / name, random)
    return copy


def _config(path: Path, random: Random) -> None:
    """An odd value among those that spinlens itself reads."""
    config = json.loads(path.read_text())
    key = random.choice(
        ("spinlens", "spinlens", "id2label", "architectures", "class_edges", "patch_size", "model_type")
    )
    part = spoil_json(json.dumps(config.get(key, {"0": "[/x]"})), random)
    config[key] = "here"
    path.write_text(json.dumps(config).replace('"here"', part), encoding="utf-8", errors="surrogatepass")


def _safetensors(path: Path, random: Random) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    if random.randrange(3) == 0:
        path.write_bytes(spoil_bytes(path.read_bytes(), random))
        return
    weights = load_file(path)
    name = random.choice(sorted(weights))
    odd = random.choice((float("nan"), float("inf"), 1e38, None, "shape", "dtype", "name"))
    if odd is None:
        del weights[name]
    elif odd == "shape":
        weights[name] = torch.zeros(3)
    elif odd == "dtype":
        weights[name] = weights[name].to(torch.int8)
    elif odd == "name":
        weights["[/x]"] = weights.pop(name)
    else:
        weights[name] = torch.full_like(weights[name], odd)
    save_file(weights, path, metadata={"format": random.choice(("pt", "pt", "tf", "[/x]"))})


def make_resume(folder: Path, random: Random, begun: Path) -> Path:
    """An interrupted run whose checkpoint is spoilt or lacks a file."""
    copy = folder / "begun"
    shutil.copytree(begun, copy)
    files = sorted(p for p in (copy / "run" / "checkpoints").rglob("*") if p.is_file())
    path = random.choice(files)
    if random.randrange(5) == 0:
        path.unlink()
    elif path.suffix == ".json":
        _json_file(path, random)
    else:
        path.write_bytes(spoil_bytes(path.read_bytes(), random))
    return copy
