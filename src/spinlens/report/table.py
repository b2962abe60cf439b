"""results.json and the tables: ours beside the paper's, the ceiling first; then how close each network comes to it."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from spinlens.report.names import display
from spinlens.report.paper import PAPER_TABLE, SYSTEMS, TIERS

CLOSENESS = {  # the measures of the second table in its order: header, form
    "macro_f1": ("macro F1", "{:.3f}"),
    "accuracy": ("accuracy", "{:.3f}"),
    "information": ("information", "{:.1%}"),
    "kl": ("KL", "{:.4f}"),
    "kl_raw": ("raw KL", "{:.4f}"),
    "ece": ("ECE", "{:.4f}"),
}


def spread(values: list[float]) -> dict[str, float | None]:
    """mean and std, the sample standard deviation: None for a single value."""
    return {"mean": float(np.mean(values)), "std": float(np.std(values, ddof=1)) if len(values) > 1 else None}


def number(cell: dict[str, Any]) -> str:
    """The mean, and the standard deviation where there is one."""
    return f"{cell['mean']:.3f}" + ("" if cell["std"] is None else f" ± {cell['std']:.3f}")


def over_trials(trials: int) -> str:
    """What the numbers of a table are, to begin a sentence with."""
    return f"Mean ± standard deviation over {trials} trials, each" if trials > 1 else "One trial,"


def title(results: dict[str, Any]) -> str:
    """What the tables and figures are of, in a few words."""
    return f"Macro F1, profile {results['profile']}, {results['size']} x {results['size']}"


def row_names(results: dict[str, Any]) -> tuple[list[str], list[str]]:
    """(networks, all others): a network is a row whose probabilities were held against the exact posterior."""
    systems = sorted(results["systems"].values(), key=lambda entry: -len(entry["rows"]))
    rows = {name: row for entry in systems for name, row in entry["rows"].items()}
    networks = [name for name in rows if "kl" in rows[name]]
    return networks, [name for name in rows if name not in networks]


def has_paper(results: dict[str, Any]) -> bool:
    """Whether the paper reported on one of the systems."""
    return any(system in SYSTEMS for system in results["systems"])


def bound_cell(bound: dict[str, Any]) -> str:
    """A ceiling with its error; of an upper bound alone, "at most" before it."""
    error = f" ± {bound['error']:.3f}" if bound["error"] else ""
    return f"{'at most ' if bound.get('upper_bound') else ''}{bound['macro_f1']:.3f}{error}"


def bounded_systems(results: dict[str, Any]) -> list[str]:
    """The systems whose ceiling is an upper bound."""
    return [name for name, entry in results["systems"].items() if entry["ceiling"].get("upper_bound")]


def _sufficient(results: dict[str, Any]) -> str:
    bounded = len(bounded_systems(results))
    words = ["the energy is a sufficient statistic for the temperature"] * (bounded < len(results["systems"]))
    return " and ".join(words + ["the number of kinks one for gamma, given all worldlines"] * bool(bounded))


def table_rows(results: dict[str, Any]) -> list[list[str]]:
    """Header and rows: name, tier, one cell a system. Means and standard deviations over trials."""
    systems = results["systems"]
    bounds = [s["ceiling"] for s in systems.values()]
    rows = [["macro F1", "tier", *systems]]
    rows.append(["ceiling: greatest macro F1", ""] + [bound_cell(b) for b in bounds])
    networks, others = row_names(results)
    for name in (*networks, *others):
        cells = [s["rows"].get(name) for s in systems.values()]
        tiers = " / ".join(dict.fromkeys(cell["tier"] for cell in cells if cell))
        rows.append([display(name), tiers, *(number(cell) if cell else "" for cell in cells)])
    for name, reported in PAPER_TABLE.items() if has_paper(results) else ():
        known = dict(zip(SYSTEMS, reported, strict=True))
        rows.append(
            [f"paper: {name}", "B"] + ["{:.3f} ± {:.3f}".format(*known[s]) if s in known else "" for s in systems]
        )
    return rows


def closeness_rows(results: dict[str, Any]) -> list[list[str]]:
    """Header and rows: for each system its ceiling, then every network; on the further images where there are some.

    Gaps have standard errors over trials, s / sqrt(trials); that to the ceiling with the ceiling's own.
    """
    rows = [["system", "", "tier", *(header for header, _ in CLOSENESS.values()), "gap to ceiling", "paired gap"]]
    networks, _ = row_names(results)
    on = "fresh_" if results["fresh"] else ""
    for system, entry in results["systems"].items():
        bound = entry["ceiling"]
        scores = [f"{bound['macro_f1']:.3f}", f"{bound['accuracy']:.3f}", f"{bound['information']:.3f} nats"]
        which = "upper bound" if bound.get("upper_bound") else "ceiling"
        rows.append([system, which, "", *scores, *"00000"])
        for name in (name for name in networks if name in entry["rows"]):
            row = entry["rows"][name]
            means = [form.format(np.mean(row[on + key])) for key, (_, form) in CLOSENESS.items()]
            missing = _with_error(bound["macro_f1"] - np.array(row[on + "macro_f1"]), bound["error"])
            rows.append([system, display(name), row["tier"], *means, missing, _with_error(row[on + "gap"])])
    return rows


def _with_error(values: ArrayLike, further: float = 0.0) -> str:
    x = np.asarray(values, np.float64)
    if x.size == 1:
        return f"{x.mean():.4f}"
    return f"{x.mean():.4f} ± {np.hypot(x.std(ddof=1) / np.sqrt(x.size), further):.4f}"


def closeness_notes(results: dict[str, Any]) -> list[str]:
    """What a reader of the second table has to know."""
    images = f"{results['fresh']} further test images" if results["fresh"] else "the test images"
    known = "E) is known for every image; its spins hold no more about its class"
    if len(bounded_systems(results)) == len(results["systems"]):
        known = "kinks) is known for every image"
    errors = " Errors are standard errors over trials." if results["trials"] > 1 else ""
    lines = [
        f"Means over trials, on {images} of each. At equilibrium the exact posterior p(class | {known}. Information: "
        "the share of what the images hold about their class (the ceiling's row: in nats) that a network's "
        "probabilities pass on. KL: mean Kullback-Leibler divergence of these from the posterior, in nats, after "
        "temperature scaling on the validation split; raw: before it. ECE: expected calibration error against the "
        "posterior, in 15 bins of confidence.",
        "Accuracy of the ceiling: the Bayes classifier's. Gap to ceiling: macro F1 of the ceiling minus the network's; "
        "it includes the sampling noise of the test set. Paired gap: expected macro-F1 gap to the Bayes classifier on "
        "the same images; both confusion matrices are expectations under the exact posterior, so only images on which "
        "the two disagree count." + errors,
    ]
    if bounded := bounded_systems(results):
        lines.append(
            f"{', '.join(bounded)}: the posterior is that of gamma given all worldlines, by their kinks. A picture "
            "holds less: no network need come close to information of 100%, KL of 0 or gaps of 0."
        )
    return lines


def notes(results: dict[str, Any]) -> list[str]:
    """What a reader of the table has to know, a paragraph each."""
    methods = {s["ceiling"]["method"] for s in results["systems"].values()}
    used = {row["tier"] for s in results["systems"].values() for row in s["rows"].values()}
    used |= {"B"} if has_paper(results) else set()
    lines = [
        f"Profile {results['profile']}: {results['note']}",
        f"{over_trials(results['trials'])} on a fresh data set of 600 training, 300 validation and 400 test images. "
        "The choice of 400 test images alone has a standard deviation of about 0.009 at 100 x 100.",
        "The ceiling is the greatest macro F1 of any classifier on the whole population, from "
        f"{' and '.join(sorted(methods))}: at equilibrium {_sufficient(results)}. "
        "The Bayes classifier, which has the greatest accuracy, comes within 0.001 of it from 32 x 32 on. On a finite "
        "test set a score may lie above it by chance, as the row of the Bayes classifier on the same images shows.",
        "Tiers: " + "; ".join(f"{key}: {text}" for key, text in TIERS.items() if key in used) + ".",
    ]
    if bounded := bounded_systems(results):
        lines.append(
            f"{', '.join(bounded)}: classes of the transverse field gamma at one temperature. Given all worldlines the "
            "number of kinks is sufficient for gamma; a picture holds less, so that the ceiling is an upper bound."
        )
    if has_paper(results):
        lines.append("Rows of the paper: Kara, Sehanobish and Corzo (2021), table 2, on their own data.")
    names = [name for names in row_names(results) for name in names]
    lacking = [system for system, entry in results["systems"].items() if any(n not in entry["rows"] for n in names)]
    if lacking:
        reason = f"Empty cells: no weights that come with spinlens read {', '.join(lacking)}"
        kinks = ", or rows are those of kinks" if 0 < len(bounded_systems(results)) < len(results["systems"]) else ""
        lines.append(f"{reason}{kinks}.")
    return lines


def markdown(results: dict[str, Any]) -> str:
    """Both tables as Markdown."""
    parts = [f"# {title(results)}", _grid(table_rows(results)), *notes(results)]
    parts += ["# How close to the exact posterior", _grid(closeness_rows(results)), *closeness_notes(results)]
    return "\n\n".join(parts) + "\n"


def _grid(rows: list[list[str]]) -> str:
    header, *body = rows
    return "\n".join("| " + " | ".join(row) + " |" for row in (header, ["---"] * len(header), *body))
