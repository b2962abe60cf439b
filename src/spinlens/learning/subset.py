"""The labels that a network is trained on where it is to use a part of them."""

from dataclasses import replace

import numpy as np

from spinlens.data.read import Snapshots
from spinlens.errors import InputError


def first(snapshots: Snapshots, labels: int | None) -> Snapshots:
    """The first snapshots of every class, `labels` in all and in the classes' shares; fewer are a part of more.

    They begin one order of all: one of each class, then always one of the class furthest behind its share
    (Sainte-Lague). Raises InputError for more than there are, or fewer than classes.
    """
    if labels is None:
        return snapshots
    place = np.empty(len(snapshots.label))
    classes = np.unique(snapshots.label)
    for k in classes:
        own = np.flatnonzero(snapshots.label == k)
        place[own] = (np.arange(len(own)) + 0.5) / len(own)
        place[own[0]] = 0
    if not len(classes) <= labels <= len(place):
        raise InputError("labels", labels, f"a number from {len(classes)}, one a class, to {len(place)}")
    chosen = np.sort(np.argsort(place, kind="stable")[:labels])
    columns = ("spins", "label", "temperature", "energy", "chain", "value", "statistic")
    return replace(snapshots, **{name: getattr(snapshots, name)[chosen] for name in columns})
