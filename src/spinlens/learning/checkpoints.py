"""Checkpoints: loading every weight or none, and which systems a network can read."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from spinlens.errors import InputError
from spinlens.learning.shipped import is_among
from spinlens.learning.spinresnet import SpinResNetForImageClassification
from spinlens.learning.spinvit import SpinViTForImageClassification
from spinlens.physics.systems import System


def hush() -> None:
    """Leave what is said, and the progress bars, to spinlens: one line an error, however often the Hub was tried."""
    from huggingface_hub.utils import logging as hub
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    hub.set_verbosity_error()


def unseen(pretraining: dict[str, Any], named: System | None, system: System) -> str | None:
    """How a system differs from those a network has seen, in a few words; None where it does not.

    Between sizes a network reads any, and up to twice the largest, as what edges do to the energy falls as 1 / side.
    """
    names = [named.name] if named else pretraining["systems"]
    known = replace(named, lattice=system.lattice).physics == system.physics if named else is_among(system, names)
    if not known:
        return f"has seen {', '.join(names)}, not {system.name}"
    sides = sorted({*pretraining.get("sizes", ()), *(named.lattice.shape if named else ())})
    if sides[0] <= min(system.lattice.shape) and max(system.lattice.shape) <= sides[-1] * (1 + (len(sides) > 1)):
        return None
    m, n = system.lattice.shape
    return f"has seen sides of {', '.join(map(str, sides))} spins, not {m} x {n}"


def check_fits(model: Any, system: System, named: System | None) -> None:
    """Raises InputError where the network cannot read lattices of that size, or tells T in other units."""
    if named is None and (abs(system.model.J) != 1 or system.model.B != 0):
        given = f"J = {system.model.J:g}, B = {system.model.B:g}"
        raise InputError("system", given, "|J| = 1 without a field, for weights that were not trained on the system")
    shape, patch = system.lattice.shape, getattr(model.config, "patch_size", 1)
    if isinstance(model, SpinViTForImageClassification | SpinResNetForImageClassification):
        if shape[0] % patch or shape[1] % patch:
            raise InputError("size", f"{shape[0]} x {shape[1]}", f"a multiple of the patch size {patch}")
    elif named is None or shape != named.lattice.shape:
        raise InputError("size", shape, f"{named and named.lattice.shape}, that of the network")


def load_strictly(source: str | Path) -> Any:
    """A model whose every weight comes from the checkpoint. Raises InputError otherwise."""
    from transformers import AutoModelForImageClassification

    try:
        model, info = AutoModelForImageClassification.from_pretrained(
            source, output_loading_info=True, use_safetensors=True, ignore_mismatched_sizes=True
        )
    except Exception as error:  # a truncated file raises one of many types
        reason = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0][:120]}"
        raise InputError("model", str(source), f"an undamaged safetensors checkpoint ({reason})") from None
    lost = lost_weights(info, "missing_keys", "unexpected_keys", "mismatched_keys")
    if lost:
        raise InputError("model", str(source), "a complete checkpoint", f"{len(lost)} weights such as {lost[0]} differ")
    return model


def lost_weights(info: dict[str, Any], *kinds: str) -> list[str]:
    """The names of the weights of these kinds in what `from_pretrained` tells of loading."""
    found = [key for kind in kinds for key in info[kind]]
    return [key if isinstance(key, str) else key[0] for key in found]  # mismatched ones come with their shapes


def save_model(model: Any, folder: Path) -> None:
    """Write weights and configuration, readable alike: safetensors keeps its file to its owner."""
    model.save_pretrained(folder)
    mode = (folder / "config.json").stat().st_mode
    for file in folder.glob("*.safetensors"):
        file.chmod(mode)
