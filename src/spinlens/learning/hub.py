"""Checkpoints that are not ours: which names can mean one, and loading them without other libraries' messages."""

from pathlib import Path


def can_be_checkpoint(name: str) -> bool:
    """Whether it is a folder, or has the form owner/name of the Hub, so that a misspelt name asks no network.

    Where the folder `owner` exists here, the name is taken for one inside it.
    """
    return Path(name).is_dir() or (name.count("/") == 1 and not Path(name).parent.exists())


def hush() -> None:
    """Leave what is said, and the progress bars, to spinlens: one line an error, however often the Hub was tried."""
    from huggingface_hub.utils import logging as hub
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    hub.set_verbosity_error()
