"""The files of measurements: tables as parquet and CSV, every column with its definition, and raw series."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.montecarlo.analysis.measure import Measurement, Table
from spinlens.montecarlo.analysis.series import Record
from spinlens.physics.observables import OBSERVABLES
from spinlens.physics.systems import System

# (definition, unit) of the columns that are no observables
PLAIN = {
    "rows": ("rows of the lattice", "sites"),
    "columns": ("columns of the lattice", "sites"),
    "temperature": ("temperature, k_B = 1", "in the same unit as J"),
    "r_hat": (
        "largest split-R-hat of E, m, |m| and the staggered ones: near 1 where the chains agree",
        "no unit",
    ),
    "samples": ("effective number of measurements behind a reweighted row; values are empty below 100", "no unit"),
    "replica": ("number of the chain, at its temperature and size", "no unit"),
    "step": ("number of the measurement in its chain", "no unit"),
    "total_energy": ("H of the whole lattice", "total, in the same unit as J"),
    "m": ("(1/N) sum_i s_i", "per site"),
    "m_s": ("(1/N) sum_i (-1)^(row + column) s_i; empty where no checkerboard fits", "per site"),
    "structure_factor": (
        "S(k) at k = 2 pi / longer side, of the staggered spins for J < 0; empty but on tori without a field",
        "per site",
    ),
}


def describe_column(name: str) -> tuple[str, str]:
    """(definition, unit) of a column of any table."""
    if name in PLAIN:
        return PLAIN[name]
    for ending, words in (("_error", "standard error of"), ("_tau", "integrated autocorrelation time of")):
        of = name.removesuffix(ending)
        if of != name:
            return f"{words} {of}", "measurements" if ending == "_tau" else OBSERVABLES[of].unit
    what = OBSERVABLES[name]
    where = f"; for {what.range}" if what.range else ""
    return f"{what.title}, {what.definition}{where}", what.unit


def gather_notes(results: Sequence[Measurement]) -> list[str]:
    """The notes of all results, each once, with the sizes that it is about where it is not about all of them."""
    about: dict[str, list[str]] = {}
    for result in results:
        for line in result.notes:
            about.setdefault(line, []).append("{} x {}".format(*result.system.lattice.shape))
    return [line if len(sizes) == len(results) else f"{', '.join(sizes)}: {line}" for line, sizes in about.items()]


def join(tables: Iterable[tuple[System, Table]]) -> Table:
    """One long table of several lattices, with their rows and columns in front."""
    parts = [_with_size(system, table) for system, table in tables]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _with_size(system: System, table: Table) -> dict[str, NDArray[Any]]:
    length, (m, n) = len(table["temperature"]), system.lattice.shape
    return {"rows": np.full(length, m), "columns": np.full(length, n), **table}


def write_tables(folder: Path, results: Sequence[Measurement], about: dict[str, str]) -> list[str]:
    """Write observables and reweighted as .parquet and .csv; returns the names of the files.

    about: what the parquet files say of themselves beside the definitions of their columns.
    """
    names = []
    for name in ("observables", "reweighted"):
        table = join((one.system, getattr(one, name)) for one in results)
        to_parquet(table, folder / f"{name}.parquet", about)
        to_csv(table, folder / f"{name}.csv")
        names += [f"{name}.parquet", f"{name}.csv"]
    return names


def to_parquet(table: Table, path: Path, about: dict[str, str]) -> None:
    """Write a table whose schema has the definition and unit of each column, and about, as metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with open(path, "wb") as file:  # a name would be read as a URI, with ~ expanded
        pq.write_table(pa.table(list(table.values()), schema=_schema(table, about)), file)


def _schema(table: Table, about: dict[str, str]) -> Any:
    import pyarrow as pa

    fields = []
    for name, column in table.items():
        definition, unit = describe_column(name)
        kind = pa.from_numpy_dtype(column.dtype)
        fields.append(pa.field(name, kind, metadata={"definition": definition, "unit": unit}))
    return pa.schema(fields, metadata=about)


def to_csv(table: Table, path: Path) -> None:
    """Write a table under one header row; what is not defined is an empty cell."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table)
        for row in zip(*(column.tolist() for column in table.values()), strict=True):
            writer.writerow("" if value != value else value for value in row)


class SeriesFile:
    """The raw series of any number of records, series.parquet: a row a measurement, a row group a temperature."""

    def __init__(self, path: Path, about: dict[str, str]) -> None:
        self.path, self.about = path, about
        self.file = open(path, "wb")  # noqa: SIM115
        self.writer: Any = None  # once the first record has shown the columns

    def __enter__(self) -> "SeriesFile":
        return self

    def __exit__(self, *_: object) -> None:
        if self.writer:
            self.writer.close()
        self.file.close()

    def note(self, text: str) -> None:
        """End the file, and copy it with `notes`, known only after the measurements, into its schema."""
        import pyarrow.parquet as pq

        self.writer.close()
        self.file.close()
        copy = self.path.with_name(f"{self.path.name}.copy")
        with open(self.path, "rb") as old, open(copy, "wb") as new:
            parts = pq.ParquetFile(old, pre_buffer=False)
            schema = parts.schema_arrow.with_metadata(self.about | {"notes": text})
            with pq.ParquetWriter(new, schema) as writer:
                for k in range(parts.num_row_groups):
                    part = parts.read_row_group(k, use_threads=False)  # as data/tables.py
                    writer.write_table(part.cast(schema))
        copy.replace(self.path)

    def write(self, series: Record) -> None:
        """Append a record."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        _, replicas, n = series.energy.shape
        for k, t in enumerate(series.temperatures):
            table = {
                "temperature": np.full(replicas * n, t),
                "replica": np.repeat(np.arange(replicas), n),
                "step": np.tile(np.arange(n), replicas),
                "total_energy": series.energy[k].ravel(),
                "m": series.magnetization[k].ravel(),
                "m_s": series.staggered[k].ravel(),
                "structure_factor": series.structure[k].ravel(),
            }
            rows = _with_size(series.system, table)
            schema = _schema(rows, self.about)
            self.writer = self.writer or pq.ParquetWriter(self.file, schema)
            self.writer.write_table(pa.table(list(rows.values()), schema=schema))
