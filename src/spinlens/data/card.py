"""The README that Hugging Face shows for a data set."""

from spinlens.data.recipe import SPLITS, Recipe
from spinlens.physics.models.protocol import describe_parameters

TEMPLATE = """---
license: mit
task_categories:
- image-classification
tags:
- physics
- spin-systems
configs:
- config_name: default
  data_files:
{files}
---
# {title}

Snapshots of `{system}` on a {rows} x {columns} lattice, one independent replica an image, protocol `{protocol}`, seed
{seed}. {formula}, every bond once; k_B = 1.

| class | temperatures | {splits} |
|---|---|{dashes}|
{classes}

A row holds `image` (1-bit PNG, dark for spin up), `label`, `temperature`, `energy` (total), `magnetization` (per
spin), `system`, `chain` (number of the replica) and `seed`. Made by `spinlens build`; `spinlens check` verifies it.

```python
from datasets import load_dataset

dataset = load_dataset("path/to/this/folder")
```
"""


def card(recipe: Recipe) -> str:
    """The data set card, YAML head included."""
    system, classes = recipe.system.system(), recipe.classes
    counts = [getattr(recipe.counts, split) for split in SPLITS]
    rows = []
    for k, name in enumerate(classes.names):
        end = "]" if k == len(classes.names) - 1 else ")"
        interval = f"[{classes.edges[k]:g}, {classes.edges[k + 1]:g}{end}"
        rows.append(f"| {name} | {interval} | {' | '.join(str(c[k]) for c in counts)} |")
    return TEMPLATE.format(
        files="\n".join(f"  - split: {split}\n    path: data/{split}-*.parquet" for split in SPLITS),
        title=f"Spin snapshots: {system.name}",
        system=system.name,
        rows=system.lattice.rows,
        columns=system.lattice.columns,
        protocol=recipe.protocol,
        seed=recipe.seed,
        formula=f"{system.model.formula} with {describe_parameters(system.model)}",
        splits=" | ".join(SPLITS),
        dashes="---|" * (len(SPLITS) - 1) + "---",
        classes="\n".join(rows),
    )
