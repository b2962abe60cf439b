"""Spoilt predictions for 16 images, such as those of the small data set's test split."""

import csv
import io
import json
from pathlib import Path
from random import Random

import numpy as np
from fuzz_mutations import spoil_bytes, spoil_json

NAMES, COUNT = ("FSbCR", "SbCR", "CR", "SpCR"), 16
CELLS = ("", "nan", "inf", "-1", "1e999", "9" * 5000, "[/x]", "a\nb", '"', "\x00", "None", "1,5", "\uff11", "SbCR", "2")


def make_predictions(folder: Path, random: Random) -> Path:
    """A table, lines of JSON or an array with odd values or spoilt bytes."""
    probability = np.random.default_rng(random.randrange(2**32)).dirichlet([1] * len(NAMES), COUNT)
    path = folder / f"spoilt{random.choice(('.csv', '.jsonl', '.json', '.npy', '.npz'))}"
    data = whole(path.suffix, probability, random if random.randrange(2) else None)
    path.write_bytes(spoil_bytes(data, random) if random.randrange(2) else data)
    return path


def whole(suffix: str, probability: np.ndarray, random: Random | None = None) -> bytes:
    """The bytes of a file of class names and probabilities (16, 4); with `random` one value or row is odd."""
    label = probability.argmax(1)
    if suffix in (".npy", ".npz"):
        if random:
            odd = random.choice((np.nan, -1, 2, np.inf, 1e308))
            probability = probability.astype(random.choice(("f2", "f4", "f8", "i8", "c16", "U8", "?")))
            probability = np.resize(probability, random.choice(((16, 4), (4, 16), (16,), (0, 4), ())))
            if probability.dtype.kind == "f":
                probability = np.where(probability > 0.9, odd, probability)
        found = io.BytesIO()
        if suffix == ".npy":
            np.save(found, probability)
        else:
            np.savez(found, label=label, probability=probability)
        return found.getvalue()
    shares = [dict(zip(NAMES, map(float, row), strict=True)) for row in probability]
    if suffix == ".csv":
        rows = [["class", *NAMES], *([NAMES[k], *share.values()] for k, share in zip(label, shares, strict=True))]
        if random:
            row = random.choice(rows)
            row[random.randrange(len(row))] = random.choice(CELLS)
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        return text.getvalue().encode()
    lines = [json.dumps({"class": NAMES[k], "probabilities": s}) for k, s in zip(label, shares, strict=True)]
    if random:
        at = random.randrange(COUNT)
        lines[at] = spoil_json(lines[at], random)
    return "\n".join(lines).encode("utf-8", "surrogatepass")
