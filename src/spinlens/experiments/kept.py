"""Work that is kept on disk and not done twice: data sets, trained networks, results."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spinlens.data.build import build
from spinlens.data.checks.equilibrium import equilibrium
from spinlens.data.files import write_text
from spinlens.data.json_files import read_json
from spinlens.data.recipe import Recipe
from spinlens.errors import InputError
from spinlens.learning.presets import TrainingRecipe
from spinlens.learning.runs import SUMMARY, begun_with
from spinlens.learning.training import train


@dataclass(frozen=True)
class Kept:
    """A result on disk, valid for what was asked only: `asked` holds all that it depends on."""

    path: Path
    asked: dict[str, Any]

    def read(self) -> dict[str, Any] | None:
        """The result, None where there is none of what is asked."""
        try:
            result = read_json(self.path, nan=True)
        except (OSError, ValueError):  # InputError is one
            return None
        return result if isinstance(result, dict) and result.get("asked") == self.asked else None

    def write(self, result: dict[str, Any]) -> dict[str, Any]:
        """Keep a result; returns it."""
        result = {"asked": self.asked} | result
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_text(self.path, json.dumps(result) + "\n")
        return result


def proven(recipe: Recipe, folder: Path, note: Callable[[float], None] | None = None) -> str:
    """Build a data set and say how its energies show that it is at equilibrium. Raises InputError if it is not."""
    build(recipe, folder, progress=(lambda done, images, _: note(done / images)) if note else None)
    finding = equilibrium(folder)
    if not finding.ok:
        raise InputError("data set", str(folder), f"at equilibrium ({finding.detail})")
    return finding.detail


def trained(recipe: TrainingRecipe, data: Path, folder: Path, note: Callable[[float], None]) -> list[dict[str, Any]]:
    """The training history of the network in `folder`, trained unless it is already there."""
    if folder.exists() and not begun_with(recipe, data, folder):
        shutil.rmtree(folder)
    if not (folder / SUMMARY).is_file():
        train(recipe, data, folder, resume=folder.exists(), progress=lambda step, steps, _: note(step / steps))
    return list(read_json(folder / SUMMARY, nan=True)["history"])
