"""spin-vit and its head: distributions that are ones, any lattice size, the torus, reloading, symmetric averages."""

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import logistic
from transformers import AutoConfig, AutoModelForImageClassification

from conftest import small_recipe
from spinlens import get_system, sample
from spinlens.data.recipe import parse_recipe
from spinlens.errors import InputError
from spinlens.learning.classes import class_values
from spinlens.learning.classifier import Classifier
from spinlens.learning.inputs import Rendering
from spinlens.learning.networks.heads import log_shares, logistic_nll
from spinlens.learning.networks.make import make_model
from spinlens.learning.networks.spinresnet import SpinResNetConfig, SpinResNetForImageClassification
from spinlens.learning.networks.spinvit import SpinViTConfig, SpinViTForImageClassification, torus_waves

EDGES = [1.055, 2.119, 2.32]


def spin_vit(**changes: object) -> SpinViTForImageClassification:
    torch.manual_seed(1)
    config = SpinViTConfig(**{"num_labels": 4, "class_edges": EDGES, "patch_size": 5} | changes)
    return SpinViTForImageClassification(config).eval()


def test_heads_count_in_the_range_of_their_classes() -> None:
    """Breaks when classes of another range, such as those of ten colours, are trained at other effective rates.

    Classes at 0.3 + 0.1 T in place of T: equal fresh weights give equal losses and gradients; states are 0.3 + 0.1 T.
    """
    other = {"class_edges": [0.3 + 0.1 * edge for edge in EDGES], "origin": 0.3, "unit": 0.1}
    pixels, found = torch.randn(3, 3, 30, 30), []
    for changes in ({}, other):
        model = spin_vit(**changes)
        out = model(pixels, torch.tensor([0, 1, 3]))
        out.loss.backward()
        found.append((out, model.head.cuts.grad, model.head.state.weight.grad))
    (plain, *gradients), (scaled, *others) = found
    torch.testing.assert_close(plain.logits, scaled.logits, rtol=1e-4, atol=1e-4)
    for a, b in zip(gradients, others, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(0.3 + 0.1 * plain.state[:, 0, 0], scaled.state[:, 0, 0])
    torch.testing.assert_close(plain.state[:, 0, 1] + np.log(0.1), scaled.state[:, 0, 1], rtol=1e-4, atol=1e-4)


def test_shares_are_differences_of_the_logistic_distribution() -> None:
    """Breaks when an interval's probability is wrong, or lost in a tail where the plain difference is 0."""
    edges = torch.tensor([[-1.0, 0.2, 2.0], [-60.0, -50.0, 40.0]], dtype=torch.float64)
    shares = log_shares(edges).numpy()
    ends = np.concatenate([[-np.inf], edges[0].numpy(), [np.inf]])
    np.testing.assert_allclose(np.exp(shares[0]), np.diff(logistic.cdf(ends)), rtol=1e-9)
    np.testing.assert_allclose(np.exp(shares).sum(1), 1, rtol=1e-9)
    np.testing.assert_allclose(shares[1, 3], logistic.logsf(40.0), rtol=1e-9)


def test_the_likelihood_is_scipys() -> None:
    """Breaks with a slip in the density, when unknown values count, or when a weight is not the root of the scale."""
    location, log_scale = torch.tensor([[1.0, 0.0, 0.5]] * 2), torch.tensor([[-1.0, -2.0, 0.0]] * 2)
    values = torch.tensor([[1.3, 0.1, 0.2], [torch.nan, 0.1, 0.2]])
    density = logistic.logpdf([1.3, 0.1, 0.2], [1.0, 0.0, 0.5], np.exp([-1.0, -2.0, 0.0]))
    expected = -(density * [1, np.exp(-1.0), 1]).sum()
    assert float(logistic_nll(location, log_scale, values)) == pytest.approx(expected, rel=1e-5)


def test_the_size_counts_only_away_from_the_reference() -> None:
    """Breaks when the extents are not 0 at 100 x 100 and those of each direction elsewhere, or reach no output."""
    model = spin_vit()
    outputs = {}
    for spread in (0.0, 0.1):
        torch.nn.init.normal_(model.embeddings.extent, std=spread)
        for shape in ((100, 100), (50, 100), (100, 50), (200, 50)):
            outputs[spread, shape] = model(pixel_values=torch.ones(1, 3, *shape)).logits
    torch.testing.assert_close(outputs[0.0, (100, 100)], outputs[0.1, (100, 100)], rtol=0, atol=0)
    for shape in ((50, 100), (100, 50), (200, 50)):
        assert not torch.equal(outputs[0.0, shape], outputs[0.1, shape])


@pytest.mark.parametrize("products", [0, 8])
def test_any_size_that_the_patch_divides(products: int) -> None:
    """Breaks when positions or patches are tied to one lattice size, or when another size is cut silently."""
    model = spin_vit(products=products, num_channels=1 if products else 3)
    for shape in ((20, 20), (10, 35)):
        border = 2 if products else 0
        pixels = torch.ones(2, 1 if products else 3, shape[0] + border, shape[1] + border)
        out = model(pixel_values=pixels)
        assert out.logits.shape == (2, 4)
        assert out.state.shape == (2, 3, 2)
    with pytest.raises(ValueError, match="no whole patches"):
        model(pixel_values=torch.ones(1, 1 if products else 3, 22 + border, 20 + border))


def test_positions_have_no_seam() -> None:
    """Breaks when the last row is not as close to the first as to the one before it."""
    waves = torus_waves(8, 6).reshape(8, 6, -1)
    steps = (waves - waves.roll(1, 0)).norm(dim=-1)
    torch.testing.assert_close(steps, steps[:1].expand_as(steps))
    assert float(steps.min()) > 0.1


@pytest.mark.parametrize("name", ["ising-periodic", "ising-antiperiodic", "ising-open", "ising-screw"])
def test_fresh_products_see_the_energy(name: str) -> None:
    """Breaks when a fresh stem's first two channels are not broken bonds, (s - s')^2 / 2 = 2 for each, or when the
    surroundings are not what the boundary shows: E = -(bonds) + 2 broken where every site has both bonds, and missing
    bonds, where s' = 0, give 1/2."""
    data = parse_recipe(small_recipe(system={"name": name, "size": 12}))
    system = data.system.system()
    model, rendering = make_model("spin-vit-spins", data)
    batch = sample(system, [1.0, 2.0, 3.0], seed=0)
    with torch.inference_mode():
        seen = model.embeddings.stem(rendering(system, batch.spins))[:, :2].sum((1, 2, 3)).numpy()
    missing = 24 if name == "ising-open" else 0
    broken = (batch.energy + 288 - missing) / 2
    np.testing.assert_allclose(seen, 2 * broken + missing / 2, rtol=1e-5)


def test_saving_and_auto_classes(tmp_path: Path) -> None:
    """Breaks when a registration is lost, a weight is not saved, or other classes reset more than the classes."""
    torch.manual_seed(2)
    resnet = SpinResNetForImageClassification(
        SpinResNetConfig(num_labels=4, embedding_size=4, hidden_sizes=[4, 8], depths=[1, 1], layer_type="basic")
    )
    for model in (spin_vit(), spin_vit(products=8, num_channels=1), resnet):
        with torch.no_grad():
            for weight in model.parameters():
                weight.normal_()
        folder = tmp_path / f"{model.config.model_type}-{getattr(model.config, 'products', 0)}"
        model.save_pretrained(folder)
        assert AutoConfig.from_pretrained(folder).model_type == model.config.model_type
        whole = AutoModelForImageClassification.from_pretrained(folder)
        assert all(
            torch.equal(a, b) for a, b in zip(whole.state_dict().values(), model.state_dict().values(), strict=True)
        )
        two = AutoModelForImageClassification.from_pretrained(
            folder, id2label={0: "cold", 1: "hot"}, label2id={"cold": 0, "hot": 1}, ignore_mismatched_sizes=True
        )
        old, new = model.state_dict(), two.state_dict()
        assert {key for key in old if not torch.equal(old[key], new[key])} == {"head.cuts", "head.bias"}


def test_class_values_are_the_priors() -> None:
    """Breaks when the prior density is wrong: shares of the test split over shares of the grid's 401 temperatures."""
    values = class_values(parse_recipe({}))
    assert values["class_edges"] == EDGES
    share = np.array([150, 50, 70, 130]) / 400
    width = np.array([106, 106, 20, 169]) / 401  # 0 to 1.05, 1.06 to 2.11, 2.12 to 2.31, 2.32 to 4.00
    np.testing.assert_allclose(values["class_bias"], np.log(share / width), atol=1e-5)


def test_averages_over_the_group_are_symmetric_and_repeatable() -> None:
    """Breaks when averaging adds nothing, draws from a global state, or uses maps that are no symmetries: over 400
    of the 2 x 36 x 8 elements a snapshot and its mirror image agree better than without."""
    system = get_system("ising-periodic", 10)
    with torch.no_grad():
        model = spin_vit()
        model.embeddings.readout.weight.normal_()  # looks the same from no two sides
        model.head.state.weight.normal_()
    classifier = Classifier(model, Rendering(), system)
    spins = sample(system, [2.5], seed=1).spins[0]
    pair = np.stack([spins, spins[::-1]])
    plain, mean = classifier.predict(pair).probability, classifier.predict(pair, average=400).probability
    np.testing.assert_array_equal(mean, classifier.predict(pair, average=400).probability)
    assert np.abs(mean[0] - mean[1]).max() < 0.5 * np.abs(plain[0] - plain[1]).max()
    for bad in (0, 2.5, True):
        with pytest.raises(InputError, match="average"):
            classifier.predict(pair, average=bad)
