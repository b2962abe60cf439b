"""Figures stand alone: every row of the table, a legend, system and size, and colours that all readers tell apart."""

from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from spinlens import get_system
from spinlens.experiments.profiles import PROFILES
from spinlens.report.figures import class_states, ground_states, micro_states, relaxation_curves
from spinlens.report.paper import SYSTEMS
from spinlens.report.score_figures import calibration, scores, training_curves
from spinlens.report.style import COLOURS, MARKERS, colour, mark
from spinlens.report.table import table_rows

OTHERS = {
    "bayes-classifier": 0.976,
    "energy-thresholds": 0.97,
    "magnetization-thresholds": 0.4,
    "pseudo-likelihood": 0.94,
}


def made_up(profile: str, systems: tuple[str, ...], trials: int = 5) -> dict[str, Any]:
    """Results in the shape of results.json."""
    std = 0.008 if trials > 1 else None
    rows = {
        name: {"tier": tier, "mean": 0.96, "std": std, "kl": [0.1]}
        for name, (tier, _) in PROFILES[profile].networks.items()
    }
    rows |= {name: {"tier": "none", "mean": mean, "std": std} for name, mean in OTHERS.items()}
    bound = {"macro_f1": 0.976, "error": 0.0}
    return {
        "profile": profile,
        "size": 100,
        "trials": trials,
        "systems": {system: {"ceiling": bound, "rows": rows} for system in systems},
    }


def texts(figure: Figure) -> str:
    """All that a reader reads: titles, legends, labels."""
    found = [
        text.get_text()
        for axes in figure.axes
        for text in (*axes.texts, axes.title, axes.xaxis.label, axes.yaxis.label)
    ]
    found += [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    return "\n".join([*found, figure.get_suptitle()])


@pytest.mark.parametrize(("systems", "trials"), [(SYSTEMS, 5), (("ising-antiperiodic-vertical",), 1)])
def test_every_row_of_the_table_is_in_the_figure(systems: tuple[str, ...], trials: int) -> None:
    """Breaks when a row, a system or the ceiling is left out, or a name is cut."""
    results = made_up("standard", systems, trials)
    figure = scores(results)
    table = [row[0] for row in table_rows(results)[2:] if any(row[2:])]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == table
    assert "order parameter thresholds" in table
    for axes, system in zip(figure.axes, systems, strict=True):
        assert axes.get_title().startswith(f"{system}\n")
        dots = {float(line.get_ydata()[0]) for line in axes.lines if line.get_marker() in MARKERS}
        assert dots == {-float(k) for k in range(len(table))}
        low, high = axes.get_xlim()
        assert low < 0.4 < 0.976 + 0.008 * (trials > 1) < high < 1, "all is within the scale"
    assert "100 x 100" in texts(figure)
    assert "ceiling: greatest macro F1" in texts(figure)


def test_nothing_leaves_the_picture() -> None:
    """Breaks when a long name, a title or the legend is cut at the edge of the file."""
    for systems in (SYSTEMS, ("ising-antiperiodic-vertical",)):
        figure = scores(made_up("standard", systems))
        figure.draw_without_rendering()
        inside = figure.get_tightbbox()
        width, height = figure.get_size_inches()
        assert inside.x0 >= 0
        assert inside.y0 >= 0
        assert inside.x1 <= width
        assert inside.y1 <= height


def test_colours_differ_for_every_reader() -> None:
    """Breaks when two of the seven colours look alike without red or green cones (by Vienot, Brettel and Mollon, Color
    Res. Appl. 24, 243 (1999)), or two of the first 70 entries share colour and mark."""
    assert len({(colour(k), mark(k)) for k in range(70)}) == 70
    linear = np.array([to_rgb(each) for each in COLOURS]) ** 2.2
    to_cones = np.array([[17.8824, 43.5161, 4.11935], [3.45565, 27.1554, 3.86714], [0.0299566, 0.184309, 1.46709]])
    cones = linear @ to_cones.T
    for lost in (0, 1):  # protanopes, deuteranopes: the lost cone follows from the others
        seen = cones.copy()
        seen[:, lost] = cones @ ([0, 2.02344, -2.52581] if lost == 0 else [0.494207, 0, 1.24827])
        shown = np.clip(seen @ np.linalg.inv(to_cones).T, 0, 1) ** (1 / 2.2)
        apart = np.linalg.norm(shown[:, None] - shown[None], axis=2)[np.triu_indices(len(COLOURS), 1)]
        assert apart.min() > 0.1, "of a range of sqrt(3); under 0.05 two colours look the same side by side"


def test_micro_states_name_system_size_and_spins() -> None:
    """Breaks when a picture does not say what is drawn, how large, and which colour is up."""
    system = get_system("ising-antiferro", (12, 16))
    drawn = {
        "classes": class_states(system, 0),
        "series": micro_states(system, 0),
        "relaxation": relaxation_curves(system, 0),
    }
    for name, figure in drawn.items():
        assert "ising-antiferro, 12 x 16" in texts(figure)
        assert ("spin up" in texts(figure)) == (name != "relaxation")
    assert "per site" in texts(drawn["classes"])
    assert "mean staggered |m|" in texts(drawn["relaxation"])
    assert "random start" in texts(drawn["relaxation"])
    assert "12 x 12 corners" in texts(ground_states(12, 0))


def test_trials_and_networks_are_in_the_legend() -> None:
    """Breaks when lines of training or calibration cannot be told apart, or size and profile are missing."""
    history = [{"epoch": 1, "loss": 1.0}, {"epoch": 1, "eval_loss": 0.9}]
    reliability = {"bins": [[1.0], [0.5], [0.4]], "pairs": [[0.5, 0.4]]}
    trial = {
        "histories": {"vit": history},
        "rows": {name: {"reliability": reliability} for name in ("vit", "resnet-18")},
    }
    about = "profile quick, 100 x 100"
    training = training_curves({"ising-open": [trial] * 3}, "vit", about)
    assert all(text in texts(training) for text in ("trial 3", "validation", "plain ViT from scratch", about, "nats"))
    calibrated = calibration({"ising-open": [trial]}, ["vit", "resnet-18"], about)
    assert all(text in texts(calibrated) for text in ("ResNet-18", "exact posterior", about, "ising-open"))
