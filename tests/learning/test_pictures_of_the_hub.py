"""How checkpoints of the Hub say that their pictures were normalised."""

import huggingface_hub
import pytest
from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError, OfflineModeIsEnabled
from transformers.image_processing_base import ImageProcessingMixin

from spinlens.errors import InputError
from spinlens.learning.starts import HALF, _normalisation


def answer(error: Exception) -> object:
    def download(*_: object, **__: object) -> str:
        raise error

    return download


@pytest.mark.parametrize("error", [LocalEntryNotFoundError("x"), OfflineModeIsEnabled("x"), ConnectionError("x")])
def test_a_hub_out_of_reach_gives_no_colours(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when half is taken for mean and std because the Hub could not be asked."""
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", answer(error))
    monkeypatch.setattr(ImageProcessingMixin, "get_image_processor_dict", answer(OSError("unreachable")))
    with pytest.raises(InputError, match="within reach, got nobody/network"):
        _normalisation("nobody/network")


def test_a_checkpoint_known_to_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when a checkpoint that is known to have no such file cannot be used."""
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", answer(EntryNotFoundError("404")))
    monkeypatch.setattr(ImageProcessingMixin, "get_image_processor_dict", answer(OSError("none")))
    assert _normalisation("nobody/network") == (HALF, HALF)
