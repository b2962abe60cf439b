"""The greatest macro F1 that any rule on the energy has on the whole population.

Macro F1 depends on a rule through the hits h_k and the predictions P_k of each class, F = mean of 2 h_k / (n_k + P_k).
Its gradient gives an energy E to the class with the largest 2 p(k, E) / t_k - 2 h_k p(E) / t_k^2, t_k = n_k + P_k. A
classifier sees the spins and may divide the states of one energy among classes, so mixtures of rules count as well:
on small lattices, where a single energy holds much of the population, they are better than every single rule.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Array = NDArray[np.float64]
STARTS, STEPS = 24, 60  # random starts beside those by reason; steps of each
ENOUGH = 1e-10  # a step that gains less ends the ascent


def maximise_macro_f1(joint: Array) -> Array:
    """The shares (classes, levels) of each energy that the rule of greatest macro F1 gives to each class.

    joint (classes, levels): p(class, E). The ascent of Frank and Wolfe (1956), fully corrective: the best rule for the
    gradient joins the mixture, whose weights are then set anew. Macro F1 is not concave, so that it ends in a local
    maximum: the best of many starts is taken, the Bayes classifier the first of them.
    """
    found = [_ascend(joint, start) for start in _starts(joint)]
    _, rules, weights = max(found, key=lambda one: one[0])
    shares = np.zeros(joint.shape)
    for rule, weight in zip(rules, weights, strict=True):
        shares[rule, np.arange(joint.shape[1])] += weight
    return shares


def _starts(joint: Array) -> Array:
    """Weights (starts, classes): of the first rules, which take the class of the largest weighted posterior."""
    prior, rng = joint.sum(1), np.random.default_rng(0)
    safe = np.where(prior > 0, prior, 1)
    boosted = (1 + 9 * np.eye(len(prior))) / safe
    return np.concatenate(
        [np.ones((1, len(prior))), [1 / safe], boosted, np.exp(rng.normal(0, 1.5, (STARTS, len(prior)))) / safe]
    )


def _ascend(joint: Array, start: Array) -> tuple[float, list[NDArray[np.int64]], Array]:
    """(macro F1, rules, their weights) of the local maximum that is reached from a start."""
    everything, prior = joint.sum(0), joint.sum(1)
    rule = (start[:, None] * joint).argmax(0)
    rules, weights = [rule], np.ones(1)
    counted = _count(joint, rule)[None]
    value = _macro_f1(counted[0], prior)
    for _ in range(STEPS):
        hits, total = weights @ counted[:, 0], prior + weights @ counted[:, 1]
        safe = np.where(total > 0, total, 1)
        rule = ((2 / safe)[:, None] * joint - (2 * hits / safe**2)[:, None] * everything).argmax(0)
        rules, counted = [*rules, rule], np.concatenate([counted, _count(joint, rule)[None]])
        found, mixed = _mix(counted, prior, weights)
        if found <= value + ENOUGH:
            return value, rules[:-1], weights
        kept = mixed > 0
        value, weights, counted = found, mixed[kept], counted[kept]
        rules = [one for one, keep in zip(rules, kept, strict=True) if keep]
    return value, rules, weights


def _count(joint: Array, rule: NDArray[np.int64]) -> Array:
    """(2, classes): the share of all images that is rightly given to each class, and that is given to it at all."""
    hits = np.bincount(rule, joint[rule, np.arange(len(rule))], len(joint))
    return np.stack([hits, np.bincount(rule, joint.sum(0), len(joint))])


def _macro_f1(counted: Array, prior: Array) -> float:
    total = prior + counted[1]
    return float((2 * counted[0] / np.where(total > 0, total, 1)).mean())


def _mix(counted: Array, prior: Array, weights: Array) -> tuple[float, Array]:
    """(macro F1, weights) of the best mixture of rules that an ascent from two mixtures finds.

    counted (rules, 2, classes): what each has. weights (rules - 1,): of the mixture before the last rule came.
    """

    def loss(w: Array) -> tuple[float, Array]:
        hits, total = w @ counted[:, 0], prior + w @ counted[:, 1]
        safe = np.where(total > 0, total, 1)
        slope = 2 * counted[:, 0] / safe - 2 * hits / safe**2 * counted[:, 1]
        return -float((2 * hits / safe).mean()), -slope.mean(1)

    best, last = (-np.inf, weights), np.eye(len(counted))[-1]
    for share in (1.0, 0.3):
        start = np.append((1 - share) * weights, share)
        whole = {"type": "eq", "fun": lambda w: w.sum() - 1, "jac": np.ones_like}
        found = minimize(loss, start, jac=True, method="SLSQP", bounds=[(0, 1)] * len(last), constraints=whole,
                         options={"ftol": 1e-14, "maxiter": 200})  # fmt: skip
        for w in (start, found.x):
            w = np.where(w > 1e-9, w, 0.0)
            w = w / w.sum()
            best = max(best, (-loss(w)[0], w), key=lambda one: one[0])
    return best
