"""A trained network with the system it reads: save, load strictly, predict."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from spinlens.data.recipe import SystemRecipe
from spinlens.data.render import from_image
from spinlens.errors import InputError, UnseenWarning
from spinlens.learning.checkpoints import load_strictly, read_config, save_model
from spinlens.learning.classes import class_names
from spinlens.learning.device import best_device, evaluation_batch
from spinlens.learning.fit import check_states
from spinlens.learning.image_processor import SpinImageProcessor
from spinlens.learning.inputs import Rendering, check_spins
from spinlens.learning.networks.heads import STATE
from spinlens.learning.outputs import run_network
from spinlens.learning.provenance import read_provenance, record
from spinlens.learning.scope import check_average, check_fits, check_recorded, difference, unnamed
from spinlens.learning.shipped import SHIPPED, check_run, weights_folder
from spinlens.physics.catalogue import get_system
from spinlens.physics.models.protocol import energy_bounds
from spinlens.physics.symmetry import symmetry_group
from spinlens.physics.systems import System, find_system


@dataclass(frozen=True)
class Prediction:
    """label (count,) class indices; names of the classes; probability (count, classes).

    state: {"temperature", "energy_per_site", "order_parameter": (value, standard deviation)}, (count,) each, named as
    `measure_spins` names what is exact; empty unless the network was pre-trained to predict them. No value is beyond
    what a state can have.
    """

    label: NDArray[np.int64]
    names: tuple[str, ...]
    probability: NDArray[np.float64]
    state: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]


@dataclass(frozen=True)
class Classifier:
    """A network, what it is shown, and the system whose snapshots it reads."""

    model: Any
    rendering: Rendering
    system: System

    @property
    def names(self) -> tuple[str, ...]:
        """The class names in the order of the labels."""
        labels = self.model.config.id2label
        return tuple(labels[k] for k in range(len(labels)))

    def predict(self, spins_or_images: ArrayLike | list[Any], average: int = 1) -> Prediction:
        """Classes and state of snapshots: spins (count, m, n) or (m, n), or a list of PIL images.

        average: how many random symmetries of each snapshot to average over; 1 takes the snapshot as it is. Raises
        InputError for another shape or values that are no spins, and where an output of the network is not finite.
        """
        check_average(average)
        if isinstance(spins_or_images, list) and spins_or_images and hasattr(spins_or_images[0], "convert"):
            spins_or_images = [from_image(image, self.system) for image in spins_or_images]
        spins, group = check_spins(spins_or_images, self.system), symmetry_group(self.system)
        rng, outputs = np.random.default_rng(0), []
        for _ in range(average):
            seen = spins if average == 1 else np.stack([group.apply(group.draw(rng), s) for s in spins])
            outputs.append(self._outputs(seen))
        probability = np.mean([p for p, _ in outputs], 0)
        state = {}
        if getattr(self.model.config, "spinlens", {}).get("pretraining"):
            location, scale = np.mean([s for _, s in outputs], 0).transpose(2, 1, 0)
            deviation = np.exp(scale) * np.pi / np.sqrt(3)  # of a logistic distribution
            bounds = energy_bounds(self.system.model)
            ranges = {"temperature": (0, np.inf), "energy_per_site": bounds, "order_parameter": (0, 1)}
            state = {name: (location[k].clip(*ranges[name]), deviation[k]) for k, name in enumerate(STATE)}
        return Prediction(probability.argmax(1), self.names, probability, state)

    def _outputs(self, spins: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Class probabilities (count, classes), and state (count, 3, 2) or, where the network has none, (count, 0)."""
        device = next(self.model.parameters()).device
        size = evaluation_batch(device)
        outputs = [
            run_network(self.model, self.rendering(self.system, spins[k : k + size]).to(device))
            for k in range(0, len(spins), size)
        ]
        probability = torch.softmax(torch.cat([out.logits for out in outputs]).cpu().double(), 1).numpy()
        states = [getattr(out, "state", torch.empty(len(out.logits), 0)) for out in outputs]
        state = torch.cat(states).cpu().double().numpy()
        if not (np.isfinite(probability).all() and np.isfinite(state).all()):
            raise InputError(
                "model (outputs)", "NaN or infinite ones", "finite", "its weights are damaged: train again"
            )
        return probability, state

    def save(self, folder: Path, system: SystemRecipe) -> None:
        """Write weights (safetensors), configuration, image processor and the hashes of all into a folder.

        `load_classifier` reads everything back, and a pipeline of transformers what it needs.
        """
        record(self.model.config, self.rendering, system=system.model_dump(mode="json"))
        SpinImageProcessor.of(self.rendering, system).save_pretrained(folder)
        save_model(self.model, folder)


def load_classifier(source: str | Path, system: System | str | None = None) -> Classifier:
    """The classifier in a folder that `spinlens train` or `spinlens pretrain` wrote, on the Hub, or with spinlens.

    source: "spin-vit" for the weights that come with spinlens. system: whose snapshots to read, instead of those that
    the checkpoint names; pre-trained weights name none. A name stands for that system at the size that the network was
    trained on, the first where there are several. Networks of ours read any size that their patches divide.
    Raises InputError where there is no checkpoint, where its files are not those of its hashes, where its weights are
    damaged or incomplete, and where the system is missing or does not fit. Issues an UnseenWarning where the network
    was not trained on such a system.
    """
    name = str(source)
    if system is not None and not isinstance(system, str):
        find_system(system)
    if name in SHIPPED:
        if system is None:
            raise unnamed()
        wanted = get_system(system) if isinstance(system, str) else system
        check_states(name, wanted)
        source = weights_folder(name, wanted)
    check_run(str(source))
    config = read_config(source)
    provenance = check_recorded(read_provenance(config, name), name)
    class_names(config, name)
    named = provenance.system.system() if provenance.system else None
    system = (get_system(system, provenance.own_size) if isinstance(system, str) else system) or named
    if system is None:
        raise unnamed()
    model = load_strictly(source, config)
    check_fits(config, system, named)
    if doubt := difference(provenance, system):
        warnings.warn(f"{name} {doubt}: test it before you trust it there", UnseenWarning, stacklevel=2)
    return Classifier(model.to(best_device()), provenance.rendering.rendering(), system)
