"""The shards of a data set as tables: read whole, with the columns that their recipe says, or refused."""

from pathlib import Path
from typing import Any

from spinlens.data.json_files import parse_json
from spinlens.data.recipe import SPLITS, Recipe
from spinlens.data.schema import recipe_schema
from spinlens.errors import InputError


def read_table(path: Path, recipe: Recipe, columns: tuple[str, ...] | None = None) -> Any:
    """The rows of a shard as a pyarrow.Table; columns: some of them, None for all.

    Raises InputError for a file that cannot be read, other columns or class names than the recipe's, and for rows
    without a value.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    wanted = recipe_schema(recipe)
    try:
        with open(path, "rb") as file:  # a path would be read by pyarrow's own rules, "~" for the home folder
            parquet = pq.ParquetFile(file, pre_buffer=False)
            found = parquet.schema_arrow
            if not found.equals(wanted) or _class_names(found) != list(recipe.classes.names):
                expected = f"a shard with the columns {', '.join(wanted.names)} and the classes of its recipe"
                raise InputError(str(path), "other columns or class names", expected)
            most = sum(sum(getattr(recipe.counts, split)) for split in SPLITS)
            if parquet.metadata.num_rows > most:  # a small file can hold more than any memory does
                raise InputError(str(path), f"{parquet.metadata.num_rows} rows", f"a shard of at most {most} images")
            # Arrow's threads would hold bytes of Python's file, and abort if they free them while Python ends
            table = parquet.read(None if columns is None else list(columns), use_threads=False)
    except (pa.ArrowException, OSError, ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(str(path), f"unreadable ({type(error).__name__})", "a whole parquet file") from None
    for name in table.column_names:
        column = table.column(name).combine_chunks()
        if column.null_count or (name == "image" and column.field("bytes").null_count):
            raise InputError(f"{path} {name}", "nothing in some rows", "given in every row")
    return table


def _class_names(schema: Any) -> Any:
    """The names that the metadata give the labels; None where they give none."""
    try:
        return parse_json(schema.metadata[b"huggingface"], "metadata")["info"]["features"]["label"]["names"]
    except (KeyError, TypeError, ValueError):
        return None
