"""The columns of a data set as parquet holds them, with the features that Hugging Face's `datasets` reads."""

import json
from typing import TYPE_CHECKING, Any

from spinlens.physics.control import KINKS
from spinlens.physics.models.transverse_ising import is_quantum
from spinlens.physics.states import is_continuous

if TYPE_CHECKING:
    import pyarrow as pa

    from spinlens.data.recipe import Recipe
    from spinlens.physics.systems import System

NUMBERS = {"temperature": "float64", "energy": "float64", "magnetization": "float64"}
ORIGIN = {"system": "string", "chain": "int64", "seed": "int64"}


def dataset_schema(
    class_names: tuple[str, ...], variable: str = "temperature", angles: int = 0, kinks: bool = False
) -> "pa.Schema":
    """The schema of every shard: image (encoded bytes), label (an index of `class_names`), NUMBERS and ORIGIN.

    variable: of the classes, a column before NUMBERS where it is none of them. angles: how many a snapshot has, a
    column of float32 lists; 0 for discrete states, which the image holds. kinks: whether worldlines have a column.

    Its metadata is what `datasets.Features.arrow_schema` writes, so that `load_dataset` finds pictures and class names;
    written here because that package brings 300 MB of others that nothing else needs.
    """
    import pyarrow as pa

    values = {variable: "float64"} | NUMBERS | ({KINKS: "int64"} if kinks else {}) | ORIGIN
    features: dict[str, Any] = {"image": {"_type": "Image"}}
    features["label"] = {"names": list(class_names), "_type": "ClassLabel"}
    features |= {name: {"dtype": dtype, "_type": "Value"} for name, dtype in values.items()}
    types = {"image": pa.struct({"bytes": pa.binary(), "path": pa.string()}), "label": pa.int64()}
    types |= {name: pa.type_for_alias(dtype) for name, dtype in values.items()}
    if angles:
        one = {"dtype": "float32", "_type": "Value"}
        features["angles"] = {"feature": one, "length": angles, "_type": "List"}
        types["angles"] = pa.list_(pa.field("item", pa.float32()), angles)
    return pa.schema(types, metadata={"huggingface": json.dumps({"info": {"features": features}})})


def recipe_schema(recipe: "Recipe", system: "System | None" = None) -> "pa.Schema":
    """The schema of the shards of a recipe's data set. system: the recipe's, where it is at hand."""
    system = system or recipe.system.system()
    angles = system.lattice.sites if is_continuous(system.model.space) else 0
    return dataset_schema(recipe.classes.names, recipe.classes.variable, angles, is_quantum(system.model))
