"""Copied images: the bound behind the verdict against enumeration, and data sets without an exact solution."""

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy.special import logsumexp

from conftest import small_recipe
from spinlens import Ising, Square, System, energy, get_boundary
from spinlens.data.build import build
from spinlens.data.checks.check import check
from spinlens.data.checks.copies import log_partition_bound
from spinlens.data.files import sha256
from spinlens.data.recipe import parse_recipe
from spinlens.physics.exact.enumeration import enumerate_states


@pytest.mark.parametrize("J", [1.0, -1.5])
@pytest.mark.parametrize("B", [0.0, 0.4])
@pytest.mark.parametrize("edges", [("periodic", "periodic"), ("antiperiodic", "open"), ("pinned+-", "pinned++")])
def test_the_partition_function_is_bounded_from_below(edges: tuple[str, str], B: float, J: float) -> None:
    """Breaks when the bound lies above ln Z by enumeration, or below what every state alone, or no order, gives."""
    system = System(Ising(J, B), Square(5, 5) if "pinned+-" in edges else Square(4, 4), get_boundary(*edges))
    levels = energy(system, enumerate_states(system))
    for t in (0.3, 1.0, 2.3, 4.0, 50.0):
        exact, bound = logsumexp(-levels / t), log_partition_bound(system, t)
        assert bound <= exact + 1e-9
        pattern = float(energy(system, system.ground_pattern[None])[0])
        assert bound >= max(-pattern / t, np.log(len(levels)) - levels.mean() / t) - 1e-9  # m = 1 and m = 0
    assert log_partition_bound(system, np.inf) == pytest.approx(np.log(len(levels)))


@pytest.fixture(scope="module")
def unsolved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    values = small_recipe(system={"name": "ising-open", "size": 12})
    return build(parse_recipe(values), tmp_path_factory.mktemp("copies") / "data")


@pytest.mark.parametrize("copied", [False, True])
def test_a_copied_image_is_found_where_nothing_is_exact(copied: bool, unsolved: Path, tmp_path: Path) -> None:
    """Breaks when the warmest image in the place of its neighbour passes, or equal ground states do not."""
    data = Path(shutil.copytree(unsolved, tmp_path / "data"))
    (path,) = (data / "data").glob("train-*.parquet")
    table = pq.read_table(path)
    if copied:
        second, first = np.argsort(table.column("energy").to_numpy())[-2:]
        index = [int(first) if k == second else k for k in range(len(table))]
        for name in ("image", "energy", "magnetization"):
            position = table.schema.get_field_index(name)
            table = table.set_column(position, table.schema.field(name), table.column(name).take(index))
        pq.write_table(table, path)
        manifest = json.loads((data / "manifest.json").read_text())
        manifest["sha256"][f"data/{path.name}"] = sha256(path)
        (data / "manifest.json").write_text(json.dumps(manifest))
    (finding,) = [finding for finding in check(data) if finding.name == "copies"]
    assert finding.ok is not copied
    among = int(finding.detail.split(" of ")[1].split()[0])
    assert among > 20, "the test sees the warm half"
