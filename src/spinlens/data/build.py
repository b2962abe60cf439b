"""Build a data set: its shards in parallel or in parts, each written whole, and the manifest last."""

import contextlib
import json
import platform
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from spinlens.data.card import card
from spinlens.data.checks.proofs import write_proof
from spinlens.data.files import sha256, sweep, write_text
from spinlens.data.layout import MANIFEST, PROOF, RECIPE, noted_hashes, recipe_text, shard_name
from spinlens.data.plan import Plan, plan, run_protocol
from spinlens.data.pools import dask_client, run_dask, run_here, run_processes
from spinlens.data.quantum import check_worldlines
from spinlens.data.recipe import SPLITS, Recipe
from spinlens.data.shards import build_shard, images, shard_hashes
from spinlens.data.validation import other_settings
from spinlens.errors import InputError
from spinlens.physics.counts import check_count
from spinlens.physics.systems import System

__all__ = ["MANIFEST", "RECIPE", "build", "build_part", "merge", "missing_shards", "shard_name"]

Progress = Callable[[int, int, str], None]
MAX_WORKERS = 1024
PROOF_TASK = -1  # beside the shards, which count from 0


def build(
    recipe: Recipe, out: str | Path, workers: int = 1, progress: Progress | None = None, scheduler: str | None = None
) -> Path:
    """Write the recipe's data set into the folder `out`, resuming what is already there; returns `out`.

    The files depend on the recipe alone, whatever `workers` and `scheduler` are and however often the build was
    interrupted. scheduler: the address of a dask scheduler whose workers see `out` under the same name.
    progress(images done, images, "k of n shards") is called after each shard. Raises InputError where `out` holds
    something else, ChildProcessError where a worker process dies.
    """
    folder = Path(out)
    build_part(recipe, folder, (1, 1), workers, progress, scheduler)
    return merge(recipe, folder)


def build_part(
    recipe: Recipe,
    out: Path,
    part: tuple[int, int] = (1, 1),
    workers: int = 1,
    progress: Progress | None = None,
    scheduler: str | None = None,
) -> None:
    """Build part k of K, the shards s with s mod K = k - 1, and no manifest: `merge` does that after all parts.

    Any number of parts may be built at once, on any machines that share `out`. Otherwise as `build`.
    """
    if not isinstance(recipe, Recipe):
        raise InputError("recipe", recipe, "a Recipe", "Recipe(system=NAME) makes one")
    workers = check_count("workers", workers, 1, MAX_WORKERS)
    if not 1 <= part[0] <= part[1]:
        raise InputError("shard", "/".join(map(str, part)), "k/K with integers 1 <= k <= K, such as 2/8")
    run_protocol(recipe)  # before anything is written
    check_worldlines(recipe)
    layout = plan(recipe)
    mine = range(part[0] - 1, layout.shards, part[1])
    with dask_client(scheduler) as client:
        claim(recipe, out)
        _sweep(out)
        missing = _missing(out, layout, mine)
        proof = [PROOF_TASK] if part[0] == 1 and not _proven(recipe, out) else []
        left, note = sum(len(images(layout, k)) for k in missing), ""
        total, done = sum(len(images(layout, k)) for k in mine), len(mine) - len(missing)
        if client and missing and not client.nthreads():
            note = ", waiting for dask workers"
        if progress:
            progress(total - left, total, f"{done} of {len(mine)} shards{note}")
        system = recipe.system.system()
        # light: without the tables that a system keeps
        parts = (system.model, system.lattice, system.boundary, system.name, system.couplings)
        task = partial(_build_shard, recipe, parts, out.resolve())
        if client:
            finished = run_dask(task, [*proof, *missing], client)
        elif workers == 1 or len([*proof, *missing]) < 2:
            finished = run_here(task, [*proof, *missing])
        else:
            finished = run_processes(task, [*proof, *missing], workers)
        try:
            for k in finished:
                done, left = done + (k != PROOF_TASK), left - len(images(layout, k))
                if progress:
                    progress(total - left, total, f"{done} of {len(mine)} shards")
        except BaseException:
            finished.close()  # ends the processes before their files are swept
            _sweep(out)
            raise


def missing_shards(recipe: Recipe, out: Path) -> tuple[list[int], int]:
    """(the shards that are not there or not whole, how many there should be) of the recipe's data set in `out`."""
    layout = plan(recipe)
    return _missing(out, layout, range(layout.shards)), layout.shards


def merge(recipe: Recipe, out: Path) -> Path:
    """Finish a data set whose shards are all built: write card and manifest. Raises InputError where one is missing."""
    claim(recipe, out)
    layout, noted = plan(recipe), noted_hashes(out)
    hashes: dict[str, str] = {}
    for k in range(layout.shards):
        found = shard_hashes(out, layout, k, noted)
        if found is None:
            expected = f"a folder with all {layout.shards} shards"
            raise InputError("out", str(out), expected, f"number {k} is missing or damaged: build it first")
        hashes |= found
    extra = [RECIPE, "README.md"]
    if recipe.protocol == "equilibrium":
        extra.append(PROOF)
        if not _proven(recipe, out):
            write_proof(recipe, recipe.system.system(), out)
    names = [shard_name(split, k, layout.shards) for split in SPLITS for k in range(layout.shards)]
    for stray in sorted({f"data/{path.name}" for path in (out / "data").glob("*.parquet")} - set(names))[:1]:
        hint = "remove it: `datasets` would read it too"
        raise InputError("out", str(out / stray), f"a folder with no other shards than its {len(names)}", hint)
    write_text(out / "README.md", card(recipe))
    manifest = {
        "recipe": recipe.model_dump(mode="json"),
        "images": len(layout.label),
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("spinlens", "numpy", "numba", "pyarrow", "pillow")},
        "sha256": {name: sha256(out / name) for name in extra} | {name: hashes[name] for name in names},
    }
    write_text(out / MANIFEST, json.dumps(manifest, indent=2) + "\n")
    for name in names:
        (out / f"{name}.sha256").unlink(missing_ok=True)
    _sweep(out, other_hosts=True)
    return out


def claim(recipe: Recipe, out: Path) -> None:
    """Make the folder ours: empty, or begun with the same recipe. Raises InputError otherwise.

    Safe against others who claim it at the same moment: the recipe comes first, whole, and is never replaced.
    """
    text, begun = recipe_text(recipe), out / RECIPE
    if out.exists() and not out.is_dir():
        raise InputError("out", str(out), "a folder, new or begun by the same build")
    if begun.exists() and not begun.is_file():
        raise InputError(str(begun), "no file", "the recipe of a build")
    others = [p.name for p in out.iterdir() if not p.match(f"{RECIPE}*")] if out.is_dir() else []  # before the recipe
    if not begun.is_file():
        if others:
            raise InputError("out", str(out), "a new or empty folder, or one begun with the same recipe")
        out.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            write_text(begun, text, new=True)
    if begun.read_bytes() != text.encode():
        raise other_settings(text, begun.read_text(encoding="utf-8", errors="replace"), out, {})
    (out / "data").mkdir(exist_ok=True)


def _missing(out: Path, layout: Plan, shards: range) -> list[int]:
    noted = noted_hashes(out)
    return [k for k in shards if shard_hashes(out, layout, k, noted) is None]


def _sweep(out: Path, other_hosts: bool = False) -> None:
    for folder in (out, out / "data"):
        sweep(folder, other_hosts)


def _proven(recipe: Recipe, out: Path) -> bool:
    """Whether the proof is there and whole, or none is needed."""
    noted = noted_hashes(out).get(PROOF)
    there = (out / PROOF).is_file() and (noted is None or sha256(out / PROOF) == noted)
    return there or recipe.protocol != "equilibrium"


def _build_shard(recipe: Recipe, parts: tuple[Any, ...], out: Path, k: int) -> None:
    if k == PROOF_TASK:
        write_proof(recipe, System(*parts), out)
    else:
        build_shard(recipe, System(*parts), out, k)
