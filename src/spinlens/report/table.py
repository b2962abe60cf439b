"""results.json and the table: ours beside the paper's, the ceiling first."""

from typing import Any

import numpy as np

from spinlens.learning.ceiling import Ceiling
from spinlens.report.profiles import PAPER_TABLE, SYSTEMS, TIERS, Profile

NAMES = {
    "vit": "ViT",
    "resnet-18": "ResNet-18",
    "resnet-50": "ResNet-50",
    "bayes-classifier": "Bayes classifier on the same images",
    "energy-thresholds": "energy thresholds",
    "magnetization-thresholds": "order parameter thresholds",
    "pseudo-likelihood": "pseudo-likelihood temperature",
}


def summarise(
    profile: Profile, ceilings: dict[str, Ceiling], trials: dict[str, list[dict[str, Any]]]
) -> dict[str, Any]:
    """The content of results.json. A std is the sample standard deviation over trials with fresh data sets."""
    systems = {}
    for system, done in trials.items():
        bound = ceilings[system]
        rows = {}
        for name in done[0]["rows"]:
            f1 = [trial["rows"][name]["macro_f1"] for trial in done]
            rows[name] = {
                "tier": done[0]["rows"][name]["tier"],
                "macro_f1": f1,
                "mean": float(np.mean(f1)),
                "std": float(np.std(f1, ddof=1)),
            }
        systems[system] = {
            "ceiling": {"macro_f1": bound.macro_f1, "error": bound.error, "method": bound.method},
            "rows": rows,
            "equilibrium": [trial["equilibrium"] for trial in done],
            "seconds": [trial["seconds"] for trial in done],
        }
    return {"profile": profile.name, "trials": profile.trials, "note": profile.note, "systems": systems}


def table_rows(results: dict[str, Any]) -> list[list[str]]:
    """Header and rows: name, tier, one cell a system. Means and standard deviations over trials."""
    systems = results["systems"]
    bounds = [s["ceiling"] for s in systems.values()]
    rows = [["macro F1", "tier", *systems]]
    rows.append(
        ["ceiling: exact Bayes classifier", ""]
        + [f"{b['macro_f1']:.3f}" + (f" ± {b['error']:.3f}" if b["error"] else "") for b in bounds]
    )
    networks = [name for name in next(iter(systems.values()))["rows"] if name in ("vit", "resnet-18", "resnet-50")]
    others = [name for name in NAMES if name not in ("vit", "resnet-18", "resnet-50")]
    for name in (*networks, *others):
        cells = [s["rows"][name] for s in systems.values()]
        rows.append([NAMES[name], cells[0]["tier"]] + [f"{c['mean']:.3f} ± {c['std']:.3f}" for c in cells])
    for name, reported in PAPER_TABLE.items():
        known = dict(zip(SYSTEMS, reported, strict=True))
        rows.append(
            [f"paper: {name}", "B"] + ["{:.3f} ± {:.3f}".format(*known[s]) if s in known else "" for s in systems]
        )
    return rows


def notes(results: dict[str, Any]) -> list[str]:
    """What a reader of the table has to know, a paragraph each."""
    methods = {s["ceiling"]["method"] for s in results["systems"].values()}
    return [
        f"Profile {results['profile']}: {results['note']}",
        f"Mean ± standard deviation over {results['trials']} trials, each on a fresh data set of 600 training, 300 "
        "validation and 400 test images. One test set of 400 alone has a standard deviation of about 0.009.",
        "The ceiling is the macro F1 of the Bayes classifier on the whole population, from "
        f"{' and '.join(sorted(methods))}: at equilibrium the energy is all that a snapshot tells about its "
        "temperature, and no model is more accurate. On a finite test set a score may lie above it by chance, as the "
        "row of the Bayes classifier on the same images shows.",
        "Tiers: " + "; ".join(f"{key}: {text}" for key, text in TIERS.items()) + ".",
        "Rows of the paper: Kara, Sehanobish and Corzo (2021), table 2, on their own data.",
    ]


def markdown(results: dict[str, Any]) -> str:
    """The table as Markdown."""
    header, *body = table_rows(results)
    lines = [header, ["---"] * len(header), *body]
    table = "\n".join("| " + " | ".join(row) + " |" for row in lines)
    return f"# Macro F1, profile {results['profile']}\n\n{table}\n\n" + "\n\n".join(notes(results)) + "\n"
