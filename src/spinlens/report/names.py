"""What the rows of tables and figures are called."""

THRESHOLDS = "energy-thresholds"  # the row of the baseline that learns from energies

NAMES = {
    "spin-vit": "spin-vit",
    "spin-vit-others": "spin-vit, other systems' weights",
    "spin-vit-scratch": "spin-vit from scratch",
    "spin-vit-spins": "spin-vit from scratch, products of spins",
    "spin-vit-zero": "spin-vit, no labels",
    "resnet-small-pretrained": "small ResNet",
    "resnet-small": "small ResNet from scratch",
    "vit": "plain ViT from scratch",
    "vit-spins": "plain ViT from scratch, spins alone",
    "vit-base": "ViT-Base",
    "resnet-18": "ResNet-18",
    "resnet-50": "ResNet-50",
    "bayes-classifier": "Bayes classifier on the same images",
    THRESHOLDS: "energy thresholds",
    "magnetization-thresholds": "order parameter thresholds",
    "pseudo-likelihood": "pseudo-likelihood temperature",
}


def display(name: str) -> str:
    """What a row is called in tables and figures."""
    return NAMES.get(name, name)
