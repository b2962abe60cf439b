"""The README that Hugging Face shows for a data set."""

from spinlens.data.palettes import palette
from spinlens.data.recipe import SPLITS, Recipe
from spinlens.physics.control import KINKS, TEMPERATURE
from spinlens.physics.models.protocol import parameters
from spinlens.physics.models.transverse_ising import is_quantum
from spinlens.physics.order import first_order_transition
from spinlens.physics.states import is_continuous
from spinlens.physics.systems import System

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
{at}
| class | {variable} | {splits} |
|---|---|{dashes}|
{classes}
{note}
A row holds `image` (PNG; {colours}), `label`, {further}`temperature`, `energy` ({energy}), `magnetization` (per
spin), `system`, `chain` (number of the replica) and `seed`. Made by `spinlens build`; `spinlens check` verifies it.

```python
from datasets import load_dataset

dataset = load_dataset("path/to/this/folder")
```
"""


def note_two_phases(recipe: Recipe) -> str:
    """What a transition of first order means for the class about it; nothing where there is none."""
    if recipe.classes.variable != TEMPERATURE:
        return ""
    known = first_order_transition(recipe.system.system())
    if known is None or not recipe.classes.contains(known.temperature):
        return ""
    name = recipe.classes.names[int(recipe.classes.label(known.temperature))]
    return (
        f"The transition at T = {known.temperature:.4f} is of first order: on lattices larger than its correlation "
        f"length images of class {name} are of an ordered or of the disordered phase, none is critical."
    )


def note_worldlines(recipe: Recipe) -> str:
    """What kinks mean for scores in gamma; nothing for other classes."""
    if recipe.control().column != KINKS:
        return ""
    return (
        "Given all worldlines the number of kinks is sufficient for gamma. A picture holds less, so that the greatest "
        "scores of rules on kinks are upper bounds for those of rules on pictures."
    )


def card(recipe: Recipe) -> str:
    """The data set card, YAML head included."""
    system, classes, control = recipe.system.system(), recipe.classes, recipe.control()
    thermal, quantum = control.name == TEMPERATURE, is_quantum(system.model)
    fixed = [f"{key} = {value:g}" for key, value in parameters(system.model).items() if key != control.name]
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
        formula=f"{system.model.formula} with {', '.join(fixed)}",
        at="" if thermal else f"Every image has its own {control.name}, all the same T = {recipe.temperature:g}.\n",
        variable=control.plural,
        further="" if thermal else f"`{control.name}`, ",
        energy="an estimate of <H> from the worldlines), `kinks` (of these" if quantum else "total",
        splits=" | ".join(SPLITS),
        dashes="---|" * (len(SPLITS) - 1) + "---",
        classes="\n".join(rows),
        note="".join(f"\n{line}\n" for line in (note_two_phases(recipe), note_worldlines(recipe)) if line),
        colours=_colours(system),
    )


def _colours(system: System) -> str:
    """Which colour stands for which state."""
    space = system.model.space
    if is_continuous(space):
        return "240 colours around the circle), `angles` (radians, float32, row by row"
    states = space.states.tolist()
    if states == [-1, 1]:
        return "dark for spin up"
    order = states if len(states) > 2 else [space.poles[1], space.poles[0]]  # as `states_index` has them
    return ", ".join(f"#{bytes(c).hex()} for {s}" for s, c in zip(order, palette(space), strict=True))
