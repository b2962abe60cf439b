"""Checkpoints: a configuration that is read without running anything, and every weight loaded or none."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from spinlens.errors import InputError
from spinlens.learning.folders import CONFIG, MODEL_FILES, check_network, read_configuration, write_hashes
from spinlens.learning.memory import lacks_memory
from spinlens.learning.networks import spinresnet, spinvit  # noqa: F401  their configurations become known to transformers

# entries of config.json that make transformers run code of the checkpoint, or fetch some
RUNS_CODE = ("auto_map", "quantization_config", "attn_implementation", "_attn_implementation", "experts_implementation")
MOST, MOST_LAYERS = 1_000_000, 1000  # of numbers in a configuration: beyond them it is damaged
UNBOUNDED = ("class_edges", "class_bias", "origin", "unit")  # in the user's own units


def silence_libraries() -> None:
    """Leave messages and progress bars to spinlens: one line an error, however often the Hub was tried."""
    from huggingface_hub.utils import logging as hub
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    hub.set_verbosity_error()


def read_config(source: str | Path) -> Any:
    """The configuration of a checkpoint folder, whose files are checked, or of a Hub name.

    Raises InputError for what is neither, for damaged files, and for a configuration that asks to run code.
    """
    from transformers import AutoConfig, PreTrainedConfig

    silence_libraries()
    folder = Path(source)
    try:
        if folder.is_dir():
            check_network(folder)
            values: dict[str, Any] = read_configuration(folder, str(source))
        else:
            values, _ = PreTrainedConfig.get_config_dict(str(source))
        _check_values(values, folder)
        return AutoConfig.from_pretrained(source, trust_remote_code=False)
    except InputError:
        raise
    except Exception as error:  # the loaders raise many types
        if lacks_memory(error):
            raise
        hint = f"download the checkpoint and pass its folder ({_first_line(error)})"
        if (folder / CONFIG).is_file():
            expected = f"a folder with an undamaged {CONFIG} ({_first_line(error)})"
            raise InputError("model", str(source), expected) from None
        raise InputError("model", str(source), "a checkpoint folder, or a Hub name within reach", hint) from None


def _check_values(values: dict[str, Any], folder: Path) -> None:
    for key in RUNS_CODE:
        if values.get(key) and values[key] not in ("eager", "sdpa"):
            expected = f"a network that transformers has itself, without {key} in its {CONFIG}"
            raise InputError("model", str(folder), expected, "spinlens runs no code of checkpoints")
    if (folder / "adapter_config.json").exists():
        raise InputError("model", str(folder), "a whole network", "merge the adapter into its base first")
    for key, value in ((key, value) for key, value in values.items() if key not in UNBOUNDED):
        for number in value if isinstance(value, list) else [value]:
            most = MOST_LAYERS if "layers" in key or "depth" in key else MOST
            if isinstance(number, int | float) and not abs(number) <= most:
                raise InputError(f"model ({key})", number, f"a number up to {most}", f"it stands in {folder / CONFIG}")


def load_model(source: str | Path, config: Any, **changes: Any) -> tuple[Any, dict[str, Any]]:
    """(model, what `from_pretrained` says of loading).

    config: as `read_config` returned it. changes: entries of the configuration to replace. Raises InputError where the
    weights are damaged, or far fewer than the configuration asks for.
    """
    from transformers import AutoModelForImageClassification

    try:
        _check_memory(config, Path(source))
        model, info = AutoModelForImageClassification.from_pretrained(
            source,
            output_loading_info=True,
            use_safetensors=True,
            ignore_mismatched_sizes=True,
            trust_remote_code=False,
            dtype=torch.float32,
            **changes,
        )
    except Exception as error:  # a truncated file raises one of many types
        if lacks_memory(error):
            raise
        expected = f"an undamaged safetensors checkpoint ({_first_line(error)})"
        raise InputError("model", str(source), expected) from None
    return model, info


def _check_memory(config: Any, folder: Path) -> None:
    """Raises ValueError where the configuration asks for more numbers than the files have bytes."""
    from transformers import AutoModelForImageClassification

    stored = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    if not stored:
        return
    with torch.device("meta"):
        asked = AutoModelForImageClassification.from_config(config, trust_remote_code=False).num_parameters()
    if asked > stored:
        raise ValueError(f"{CONFIG} asks for {asked} weights, the files have {stored} bytes")


def load_strictly(source: str | Path, config: Any = None) -> Any:
    """A model whose every weight comes from the checkpoint. Raises InputError otherwise.

    config: as `read_config` returned it; read where left out.
    """
    model, info = load_model(source, read_config(source) if config is None else config)
    lost = lost_weights(info, "missing_keys", "unexpected_keys", "mismatched_keys")
    if lost:
        raise InputError("model", str(source), "a complete checkpoint", f"{len(lost)} weights such as {lost[0]} differ")
    check_finite(model, "model", str(source))
    return model


def lost_weights(info: dict[str, Any], *kinds: str) -> list[str]:
    """The names of the weights of these kinds in what `from_pretrained` says of loading."""
    found = [key for kind in kinds for key in info[kind]]
    return [key if isinstance(key, str) else key[0] for key in found]  # mismatched ones come with their shapes


def check_finite(model: Any, field: str, value: object, hint: str = "") -> None:
    """Raises InputError where a weight is NaN or infinite."""
    for name, weight in model.state_dict().items():
        if weight.is_floating_point() and not bool(torch.isfinite(weight).all()):
            raise InputError(field, value, f"one with finite weights, not {name} as it is", hint)


def save_model(model: Any, folder: Path) -> None:
    """Write weights, configuration and, last, their hashes; readable alike: safetensors keeps its file to its owner.

    Raises OSError where they cannot be written.
    """
    with disk_errors(folder):
        model.save_pretrained(folder)
        mode = (folder / CONFIG).stat().st_mode
        for file in folder.glob("*.safetensors"):
            file.chmod(mode)
        write_hashes(folder, MODEL_FILES)


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Errors of torch and safetensors while they write into `folder`, as OSError; others stay."""
    from safetensors import SafetensorError

    try:
        yield
    except (RuntimeError, SafetensorError) as error:  # neither names the reason in a way that can be relied upon
        text = str(error)
        if not isinstance(error, SafetensorError) and "inline_container" not in text:  # torch's writer of archives
            raise
        above = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        full = "os error 28" in text or shutil.disk_usage(above).free < 1 << 20
        code = errno.ENOSPC if full else errno.EIO
        raise OSError(code, os.strerror(code), str(folder)) from None


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:160] if lines else 'no reason given'}"
