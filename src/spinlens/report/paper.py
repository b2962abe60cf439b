"""What Kara, Sehanobish and Corzo (2021) reported, and the tiers of the rows of a table."""

from spinlens.data.recipe import Counts

SYSTEMS = ("ising-periodic", "ising-antiferro", "ising-skewed", "ising-antiperiodic")
PANELS = ("ising-antiferro", "ising-skewed", "ising-skewed-frame", "ising-antiperiodic")  # its figures 4 to 6


# Kara, Sehanobish and Corzo (2021), table 2: macro F1, mean and standard deviation over 5 trials
PAPER_TABLE = {
    "ViT": ((0.934, 0.008), (0.935, 0.012), (0.931, 0.021), (0.921, 0.013)),
    "ResNet-18": ((0.865, 0.034), (0.906, 0.016), (0.886, 0.019), (0.910, 0.021)),
    "ResNet-50": ((0.907, 0.021), (0.899, 0.026), (0.917, 0.009), (0.917, 0.008)),
}


PAPER_COUNTS = Counts()  # its images a class and split

TIERS = {
    "none": "no training labels",
    "A": "the labels of the data set alone (edges and shares of the classes are known, as in every tier)",
    "B": "weights from photographs, then the labels",
    "C": "weights from simulations of other systems only, exact equivalents left out too, then the labels",
    "D": "weights from simulations that include this system, then the labels",
    "C, no labels": "weights of tier C as they are, classes cut at the known temperatures, probabilities not scaled",
    "D, no labels": "weights of tier D as they are, classes cut at the known temperatures, probabilities not scaled",
}

GIVEN = "given"  # the tier of a checkpoint that the user names
