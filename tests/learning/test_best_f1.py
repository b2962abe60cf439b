"""The greatest macro F1: against every rule, mixtures on a grid, a certified upper bound, and drawn images."""

import heapq
import itertools
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linprog

from spinlens import ceiling, get_system
from spinlens.data.recipe import Recipe, parse_recipe
from spinlens.metrics.best_f1 import maximise_macro_f1
from spinlens.metrics.scores import Scores, chance

Array = NDArray[np.float64]


def three_classes(size: int | tuple[int, int]) -> Recipe:
    classes = {"names": ["cold", "critical", "hot"], "edges": [0.5, 2.0, 3.0, 6.0]}
    counts = {split: [60, 40, 60] for split in ("train", "validation", "test")}
    return parse_recipe({"system": {"name": "ising-periodic", "size": size}, "classes": classes, "counts": counts})


def value(joint: Array, shares: Array) -> float:
    """Macro F1 by its definition: hits h, predictions P and images n of each class."""
    hits, predicted, images = (joint * shares).sum(1), shares @ joint.sum(0), joint.sum(1)
    return float(np.mean(2 * hits / (images + predicted)))


def test_no_rule_on_the_energies_is_better() -> None:
    """Breaks when a better rule is missed: all 3^7 rules of 2 x 4 on its 7 energies."""
    recipe = three_classes((2, 4))
    bound = ceiling(recipe.system.system(), recipe)
    assert bound.joint.shape == (3, 7)
    best = max(value(bound.joint, np.eye(3)[list(rule)].T) for rule in itertools.product(range(3), repeat=7))
    assert best > value(bound.joint, np.eye(3)[bound.joint.argmax(0)].T) + 0.01, "the Bayes rule is not the best here"
    assert bound.macro_f1 >= best - 1e-12
    assert bound.macro_f1 == pytest.approx(value(bound.joint, bound.shares), abs=1e-12)
    np.testing.assert_allclose(bound.shares.sum(0), 1, atol=1e-12)
    assert (bound.shares >= 0).all()


def test_mixtures_on_a_grid_are_not_better() -> None:
    """Breaks when dividing the states of an energy would gain: two classes on three energies, on a grid of 1 / 100.

    The grid's best is at most 0.5 * 0.01 * (largest slope, summed over the energies) below the true maximum; F1 of a
    class moves by at most 2 p(k, E) / n_k + 2 p(E) / n_k <= 4 p(E) / n_k for a unit of share.
    """
    joint = np.array([[0.20, 0.09, 0.01], [0.30, 0.16, 0.24]])
    ticks = np.linspace(0, 1, 101)
    grid = np.stack(np.meshgrid(ticks, ticks, ticks), -1).reshape(-1, 3)
    hits, predicted, images = np.stack([grid @ joint[0], (1 - grid) @ joint[1]], 1), grid @ joint.sum(0), joint.sum(1)
    best = (2 * hits / (images + np.stack([predicted, 1 - predicted], 1))).mean(1).max()
    found = value(joint, maximise_macro_f1(joint))
    assert best - 1e-12 <= found <= best + 0.005 * 4 * joint.sum() / images.min()


def test_where_nothing_is_known_guessing_in_proportion_is_best() -> None:
    """Breaks when single rules alone are tried. One energy: with the shares q_k of guesses macro F1 is the mean of
    2 n_k q_k / (n_k + q_k), concave with equal slopes at q = n, where it is 1 / classes."""
    for images in ([0.375, 0.125, 0.175, 0.325], [0.9, 0.1], [0.2] * 5):
        joint = np.array(images)[:, None]
        shares = maximise_macro_f1(joint)
        assert value(joint, shares) == pytest.approx(1 / len(images), abs=1e-9)
        np.testing.assert_allclose(shares[:, 0], images, atol=1e-3)


def test_a_bound_from_above_meets_it() -> None:
    """Breaks when the ascent ends in a local maximum: branch and bound over the numbers of predictions P.

    In a box low <= P <= high no rule has more than the linear programme with low in the denominators allows; boxes are
    halved until none allows more than 0.005 above the value found. Mixtures are part of the programme.
    """
    recipe = three_classes((2, 4))
    joint = ceiling(recipe.system.system(), recipe).joint
    found = value(joint, maximise_macro_f1(joint))
    assert upper_bound(joint, lambda bound: bound <= found + 0.005) <= found + 0.005


def upper_bound(joint: Array, enough: Callable[[float], bool]) -> float:
    """An upper bound of macro F1, made smaller until it is enough or 4000 boxes have been looked at."""
    count, levels = joint.shape
    rows, whole = np.kron(np.eye(count), joint.sum(0)), np.kron(np.ones((1, count)), np.eye(levels))

    def most(low: Array, high: Array) -> float:
        gain = (2 / count * joint / (joint.sum(1) + low)[:, None]).ravel()
        limits = np.concatenate([high, -low])
        found = linprog(-gain, np.vstack([rows, -rows]), limits, whole, np.ones(levels), method="highs")
        return -found.fun if found.status == 0 else -1.0

    boxes = [(-most(np.zeros(count), np.ones(count)), 0, np.zeros(count), np.ones(count))]
    for number in range(1, 4000):
        if enough(-boxes[0][0]):
            break
        _, _, low, high = heapq.heappop(boxes)
        k = int((high - low).argmax())
        for side in (0, 1):
            ends = np.stack([low, high])
            ends[side, k] = (low[k] + high[k]) / 2
            ends[0] = np.maximum(ends[0], 1 - (ends[1].sum() - ends[1]))  # as the P of all classes add up to 1
            ends[1] = np.minimum(ends[1], 1 - (ends[0].sum() - ends[0]))
            heapq.heappush(boxes, (-most(*ends), 2 * number + side, *ends))
    return -boxes[0][0]


def test_where_classes_hardly_overlap_it_is_the_bayes_classifiers() -> None:
    """Breaks when the maximum lies below the Bayes classifier's macro F1, its accuracy above that one's, or when the
    two differ by more than a thousandth at 32 x 32."""
    bound = ceiling(get_system("ising-periodic", 32))
    assert bound.bayes.macro_f1 <= bound.macro_f1 < bound.bayes.macro_f1 + 1e-3
    assert bound.scores.accuracy <= bound.accuracy == bound.bayes.accuracy
    assert bound.scores.macro_f1 == bound.macro_f1


def test_the_rule_reaches_its_macro_f1_on_drawn_images() -> None:
    """Breaks when the shares are not a rule that a classifier can follow: 200,000 drawn images of 4 x 4, each given to
    a class with the shares of its energy, within 4 standard errors; half of all test sets like it score as high."""
    bound, rng = ceiling(get_system("ising-periodic", 4)), np.random.default_rng(0)
    assert bound.macro_f1 > bound.bayes.macro_f1 + 0.05
    k = rng.choice(bound.joint.size, 200_000, p=bound.joint.ravel() / bound.joint.sum())
    label, level = k // len(bound.levels), k % len(bound.levels)
    given = (rng.random(len(k)) > bound.shares.cumsum(0)[:, level]).sum(0)
    confusion = np.zeros((4, 4))
    np.add.at(confusion, (label, np.minimum(given, 3)), 1)
    drawn = Scores(confusion)
    assert abs(drawn.macro_f1 - bound.macro_f1) < 4 * drawn.macro_f1_error
    assert 0.3 < chance(bound.scores, [150, 50, 70, 130], bound.macro_f1) < 0.7
