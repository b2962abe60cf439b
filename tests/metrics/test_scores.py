"""Scores, baselines and ceilings against scikit-learn, brute force and the exact distributions."""

import itertools

import numpy as np
import pytest
from scipy.special import rel_entr
from scipy.stats import entropy
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

import spinlens
from spinlens import ceiling, exact, get_system, sample
from spinlens.data.recipe import parse_recipe
from spinlens.metrics.baselines import learn_thresholds, pseudo_likelihood_temperature
from spinlens.metrics.ceiling import EXACT, SIMULATED
from spinlens.metrics.scores import Scores, chance, expected_score, gap, score
from spinlens.montecarlo.analysis.densities import estimated_density_of_states
from spinlens.physics.control import Temperature
from spinlens.physics.exact.density import boltzmann
from spinlens.physics.exact.enumeration import enumerate_states

GRID = np.round(np.arange(401) * 0.01, 2)


def test_scores_are_scikit_learns() -> None:
    """Breaks with a slip in F1, accuracy or the orientation of the confusion matrix."""
    rng = np.random.default_rng(0)
    true, predicted = rng.integers(0, 4, 300), rng.integers(0, 4, 300)
    ours = score(true, predicted, 4)
    np.testing.assert_array_equal(ours.confusion, confusion_matrix(true, predicted))
    assert ours.macro_f1 == pytest.approx(f1_score(true, predicted, average="macro"))
    assert ours.accuracy == pytest.approx(accuracy_score(true, predicted))


def test_expected_scores_are_the_mean_over_labels() -> None:
    """Breaks when a posterior's weights go to the wrong row: the mean confusion over every labelling of 3 images."""
    share, predicted = np.array([[0.7, 0.3], [0.2, 0.8], [0.5, 0.5]]), np.array([0, 1, 1])
    mean = np.zeros((2, 2))
    for labels in itertools.product((0, 1), repeat=3):
        mean += share[[0, 1, 2], labels].prod() * confusion_matrix(labels, predicted, labels=[0, 1])
    np.testing.assert_allclose(expected_score(share, predicted).confusion, mean, atol=1e-15)


def test_the_gap_is_the_loss_of_f1_without_the_noise_of_labels() -> None:
    """Breaks when the gap is biased: over many draws of images and labels its mean is that of the labelled gap within
    4 standard errors, and it scatters less; 0 for the Bayes classifier itself."""
    bound, rng = ceiling(get_system("ising-periodic", 8)), np.random.default_rng(0)
    labelled, expected = [], []
    for _ in range(300):
        k = rng.choice(bound.joint.size, 400, p=bound.joint.ravel() / bound.joint.sum())
        label, energy = k // len(bound.levels), bound.levels[k % len(bound.levels)]
        posterior, best = bound.posterior(energy), bound.classify(energy)
        predicted = np.where(rng.random(400) < 0.1, rng.integers(0, 4, 400), best)
        assert gap(posterior, best) == 0
        expected.append(gap(posterior, predicted))
        labelled.append(score(label, best, 4).macro_f1 - score(label, predicted, 4).macro_f1)
    difference = np.subtract(labelled, expected)
    assert abs(difference.mean()) < 4 * difference.std() / 300**0.5
    assert np.mean(expected) > 0.01
    assert np.std(expected) < 0.8 * np.std(labelled)


@pytest.mark.parametrize("name", ["ising-periodic", "ising-skewed"])
def test_the_posterior_is_bayes_rule_over_all_states(name: str) -> None:
    """Breaks when posterior or information is not p(class | spins): every state of 4 x 4, every temperature summed."""
    system, recipe = get_system(name, 4), parse_recipe({})
    bound, states = ceiling(system), enumerate_states(system)
    energies = spinlens.energy(system, states)
    joint = np.zeros((len(states), 4))  # p(spins, class), by the Boltzmann factor of each state
    for t in GRID:
        label = int(recipe.classes.label(t))
        weight = np.exp((energies.min() - energies) / t) if t else (energies == energies.min()).astype(float)
        share = recipe.counts.test[label] / 400 / len(recipe.classes.values(label))
        joint[:, label] += share * weight / weight.sum()
    posterior = bound.posterior(energies)
    np.testing.assert_allclose(posterior.sum(1), 1, rtol=1e-12)
    np.testing.assert_allclose(posterior, joint / joint.sum(1, keepdims=True), rtol=1e-9)
    np.testing.assert_allclose(bound.prior, np.array(recipe.counts.test) / 400, rtol=1e-12)
    held = entropy(joint.sum(0)) + entropy(joint.sum(1)) - entropy(joint.ravel())  # E keeps all of it
    assert bound.information == pytest.approx(held, rel=1e-9)


def test_what_snapshots_hold_is_the_information_on_average() -> None:
    """Breaks when information and posterior disagree at size 100, where rare levels are left out: the mean of
    KL(posterior || prior) over drawn energies within 4 standard errors. Energies that never occur get the nearest."""
    bound, rng = ceiling(get_system("ising-periodic", 100)), np.random.default_rng(1)
    energies = rng.choice(bound.levels, 20_000, p=bound.joint.sum(0) / bound.joint.sum())
    held = rel_entr(bound.posterior(energies), bound.prior).sum(1)
    assert abs(held.mean() - bound.information) < 4 * held.std() / 20_000**0.5
    far = np.array([-20000.0, 20000.0])
    assert bound.classify(far).tolist() == [0, 3]
    np.testing.assert_allclose(bound.posterior(far)[[0, 1], [0, 3]], 1, rtol=1e-3)


@pytest.mark.parametrize("name", ["ising-periodic", "ising-antiferro", "ising-antiperiodic", "ising-skewed"])
def test_ceilings_at_the_papers_size(name: str) -> None:
    """Breaks when the ceiling strays from the design's independent values: 0.976, 0.976, 0.977 (skewed: from its
    exact cylinder, within 0.001 of the others)."""
    bound = ceiling(get_system(name, 100))
    expected = {"ising-periodic": 0.976, "ising-antiferro": 0.976, "ising-antiperiodic": 0.977, "ising-skewed": 0.977}
    assert bound.macro_f1 == pytest.approx(expected[name], abs=1e-3)
    assert bound.bayes.macro_f1 <= bound.macro_f1 < bound.bayes.macro_f1 + 1e-4
    assert (bound.method, bound.error) == (EXACT, 0.0)


def test_the_ceiling_is_what_its_classifier_reaches_and_no_other_beats() -> None:
    """Breaks when the expected confusion is not that of `classify`, or another decision would be more accurate."""
    system, recipe = get_system("ising-periodic", 8), parse_recipe({})
    bound = ceiling(system)
    joint = np.zeros((4, len(bound.levels)))
    for t in GRID:
        label = int(recipe.classes.label(t))
        share = recipe.counts.test[label] / 400 / len(recipe.classes.values(label))
        joint[label] += share * exact.energy_distribution(system, float(t))[1]
    chosen = bound.classify(bound.levels)
    confusion = np.stack([joint[:, chosen == k].sum(1) for k in range(4)], 1)
    np.testing.assert_allclose(confusion, bound.bayes.confusion, atol=1e-12)
    assert bound.accuracy == pytest.approx(joint.max(0).sum(), abs=1e-12)


def test_simulated_densities_agree_with_exact_ones() -> None:
    """Breaks when reweighting is biased: mean energies over the whole range within 4 standard errors of the blocks."""
    system = get_system("ising-skewed", 12)
    levels, log_counts = estimated_density_of_states(Temperature(system), GRID)
    for t in (0.5, 1.0, 2.0, 2.3, 3.0, 3.9):
        means = [float(levels @ boltzmann(levels, t, row)) for row in log_counts]
        error = np.std(means[1:], ddof=1) / np.sqrt(len(means) - 1)
        assert abs(means[0] - exact.mean_energy(system, t)) < 4 * error + 1e-6


@pytest.mark.slow
def test_the_frames_ceiling_comes_with_an_error() -> None:
    """Breaks when the simulated ceiling is far from the solved systems', whose bulk is the same."""
    bound = ceiling(get_system("ising-skewed-frame", 100))
    assert bound.method == SIMULATED
    assert 0 < bound.error < 0.001
    assert bound.macro_f1 == pytest.approx(0.976, abs=0.002)


def test_thresholds_make_the_fewest_errors() -> None:
    """Breaks when a cut is not optimal: every possible cut tried."""
    rng = np.random.default_rng(3)
    label = np.repeat([0, 1, 2], [30, 20, 40])
    feature = label + rng.normal(0, 0.5, 90)
    cuts = learn_thresholds(feature, label)
    for k, cut in enumerate(cuts):
        errors = [((feature > c) != (label > k)).sum() for c in np.concatenate([[feature.min() - 1], feature])]
        assert ((feature > cut) != (label > k)).sum() == min(errors)
    assert (np.diff(cuts) >= 0).all()


@pytest.mark.parametrize("name", ["ising-periodic", "ising-antiferro", "ising-antiperiodic", "ising-skewed"])
def test_pseudo_likelihood_finds_the_temperature(name: str) -> None:
    """Breaks when local fields are wrong: it is consistent, so the mean of 64 estimates at size 64 is within 4 of its
    standard errors, each below 1 % of T."""
    system = get_system(name, 64)
    for t in (2.4, 3.0):
        estimates = pseudo_likelihood_temperature(system, sample(system, [t] * 64, seed=1).spins)
        error = estimates.std(ddof=1) / 8
        assert error < 0.01 * t
        assert abs(estimates.mean() - t) < 4 * error
    ground = sample(system, [0.0], seed=1).spins
    assert pseudo_likelihood_temperature(system, ground)[0] < 0.5


def test_the_error_of_a_score_is_the_scatter_over_test_sets() -> None:
    """Breaks when the delta method is wrong: against 20000 simulated test sets, each with an error of its standard
    deviation of 0.5 %, and the 0.009 of the paper's 400 images at the ceiling."""
    bound, images = ceiling(get_system("ising-periodic", 100)), np.array([150, 50, 70, 130])
    rough = np.array([[120, 20, 10, 0], [5, 30, 15, 0], [0, 20, 40, 10], [10, 0, 20, 100]])
    for confusion in (bound.scores.confusion / bound.scores.confusion.sum(1, keepdims=True) * images[:, None], rough):
        rng, share = np.random.default_rng(0), confusion / images[:, None]
        drawn = np.stack([rng.multinomial(n, p, 20_000) for n, p in zip(images, share, strict=True)], 1)
        scores = [Scores(one.astype(float)) for one in drawn]
        stated = Scores(confusion)
        # the delta method leaves out terms of relative order 1 / images of the smallest class
        assert stated.macro_f1_error == pytest.approx(np.std([s.macro_f1 for s in scores]), rel=0.02 + 4 * 0.005)
        assert stated.accuracy_error == pytest.approx(np.std([s.accuracy for s in scores]), rel=4 * 0.005)
    exact = Scores(bound.scores.confusion / bound.scores.confusion.sum(1, keepdims=True) * images[:, None])
    assert exact.macro_f1_error == pytest.approx(0.009, abs=0.0005)
    assert Scores(np.diag(images)).macro_f1_error == 0


def test_chance_is_the_probability_of_a_score_as_high() -> None:
    """Breaks when the tail is taken on the wrong side or for normal: two classes of one and two images, every test set
    by hand: the image of class 0 is right with 0.9, those of class 1 with 0.8 each."""
    share = np.array([[0.9, 0.1], [0.2, 0.8]])
    outcomes = {}
    for right, hits in itertools.product((0, 1), (0, 1, 2)):
        p = (0.9 if right else 0.1) * {0: 0.04, 1: 0.32, 2: 0.64}[hits]
        f1 = Scores(np.array([[right, 1 - right], [2 - hits, hits]], float)).macro_f1
        outcomes[f1] = outcomes.get(f1, 0) + p
    for f1 in outcomes:
        exactly = sum(p for other, p in outcomes.items() if other >= f1 - 1e-9)
        assert abs(chance(Scores(share), (1, 2), f1) - exactly) < 4 * (exactly * (1 - exactly) / 20_000) ** 0.5 + 1e-4
    assert chance(Scores(np.eye(2)), (1, 2), 1.0) == 1
