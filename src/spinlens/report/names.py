"""What the rows of tables and figures are called."""

from spinlens.learning.networks.registry import NETWORKS

THRESHOLDS = "energy-thresholds"  # the row of the baseline that learns from energies

NAMES = {
    "spin-vit": "spin-vit",
    "spin-vit-others": "spin-vit, other systems' weights",
    "spin-vit-zero": "spin-vit, no labels",
    "resnet-small-pretrained": "small ResNet",
    "bayes-classifier": "Bayes classifier on the same images",
    THRESHOLDS: "energy thresholds",
    "magnetization-thresholds": "order parameter thresholds",
    "bayes-worldlines": "Bayes classifier of the worldlines",
    "statistic-thresholds": "thresholds on the sufficient statistic",
    "kink-thresholds": "thresholds on the kinks of the worldlines",
    "pseudo-likelihood": "pseudo-likelihood temperature",
}


def display(name: str) -> str:
    """What a row is called in tables and figures."""
    return NETWORKS[name].title if name in NETWORKS else NAMES.get(name, name)
