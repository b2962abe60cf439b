"""The results of a sample efficiency curve and their table: a column a number of labels, the ceiling first."""

from typing import Any

from spinlens.metrics.ceiling import EXACT
from spinlens.report.names import display
from spinlens.report.paper import GIVEN, PAPER_COUNTS, TIERS
from spinlens.report.table import number, over_trials


def table_rows(results: dict[str, Any]) -> list[list[str]]:
    """Header and rows: name, tier, one cell a number of labels. Means and standard deviations over trials."""
    bound = results["ceiling"]
    exact = "exact" if bound["method"] == EXACT else "simulated"
    cell = f"{bound['macro_f1']:.3f}" + (f" ± {bound['error']:.3f}" if bound["error"] else "")
    rows = [["macro F1 by labels", "tier", *map(str, results["labels"])]]
    rows.append([f"ceiling: greatest macro F1, {exact}", "", *[cell] * len(results["labels"])])
    for name, row in results["rows"].items():
        rows.append([display(name), row["tier"], *map(number, row["points"])])
    return rows


def notes(results: dict[str, Any]) -> list[str]:
    """What a reader of the table has to know, a paragraph each."""
    images, used = results["images"], {row["tier"] for row in results["rows"].values()}
    tiers = TIERS | {GIVEN: "the weights of the checkpoint that was given, then the labels"}
    proportion = 0.009 * (sum(PAPER_COUNTS.test) / images["test"]) ** 0.5  # 0.009 for the paper's 400 images
    known = (
        "Networks of tiers C and D begin with their classes cut at the known temperatures: they sort snapshots before "
    )
    known += "the first label, which the others cannot."
    return [
        f"{over_trials(results['trials'])} on a fresh data set of {images['train']} training, {images['validation']} "
        f"validation and {images['test']} test images in the recipe's proportions, by default the paper's. A smaller "
        "number of labels is the first training images of each class, so every number holds the smaller ones. All rows "
        "of a trial share its test images, whose choice alone has a standard deviation of about "
        f"{proportion:.3f}: a score may lie above the ceiling by chance.",
        f"The epoch of every network is chosen on the {images['validation']} validation labels, whatever the number of "
        "training labels; these are not counted. Energy thresholds do without them.",
        "Budget: as many steps of the optimiser as with 600 labels, and with more labels as many epochs.",
        "Tiers: " + "; ".join(f"{key}: {text}" for key, text in tiers.items() if key in used) + ".",
        *([known] if used & {"C", "D"} else []),
    ]


def markdown(results: dict[str, Any]) -> str:
    """The table as Markdown."""
    header, *body = table_rows(results)
    lines = [header, ["---"] * len(header), *body]
    table = "\n".join("| " + " | ".join(row) + " |" for row in lines)
    title = f"# Macro F1 by number of labels, {results['system']}, {' x '.join(map(str, results['size']))}"
    return f"{title}\n\n{table}\n\n" + "\n\n".join(notes(results)) + "\n"
