"""Predictions from files: every format gives the same, and what does not fit its images is refused by name."""

import json
from pathlib import Path

import numpy as np
import pytest

from spinlens.errors import InputError
from spinlens.metrics.prediction_files import read_predictions
from spinlens.metrics.predictions import check_predictions

NAMES = ("FSbCR", "SbCR", "CR")
LABEL = np.array([0, 2, 1, 2])
PROBABILITY = np.array([[0.7, 0.2, 0.1], [0.0, 0.4, 0.6], [0.25, 0.5, 0.25], [0.1, 0.1, 0.8]])


def write(path: Path, kind: str) -> Path:
    """LABEL, PROBABILITY or both as a file."""
    names = [NAMES[k] for k in LABEL]
    shares = [",".join(map(str, row)) for row in PROBABILITY.tolist()]
    lines = [
        {"class": n, "probabilities": dict(zip(NAMES, p, strict=True))}
        for n, p in zip(names, PROBABILITY.tolist(), strict=True)
    ]
    texts = {
        "names.csv": "class\n" + "\n".join(names) + "\n",
        "indices.csv": "class\n0\n2\n1\n2\n",
        "probabilities.csv": "CR,FSbCR,SbCR\n" + "\n".join(f"{c},{a},{b}" for a, b, c in PROBABILITY.tolist()) + "\n",
        "both.csv": "\ufeffclass,"
        + ",".join(NAMES)
        + "\n"
        + "\n".join(f"{n},{p}" for n, p in zip(names, shares, strict=True)),
        "both.jsonl": "\n".join(json.dumps(line | {"energy": {"value": 1}}) for line in lines) + "\n",
        "names.jsonl": "\n".join(json.dumps({"class": line["class"]}) for line in lines),
    }
    arrays = {"label.npy": LABEL, "words.npy": np.array(names), "probability.npy": PROBABILITY}
    if kind in texts:
        (path / kind).write_text(texts[kind], encoding="utf-8")
    elif kind in arrays:
        np.save(path / kind, arrays[kind])
    else:
        np.savez(path / kind, label=LABEL, probability=PROBABILITY, names=np.array(NAMES))
    return path / kind


@pytest.mark.parametrize(
    "kind",
    [
        "names.csv",
        "indices.csv",
        "probabilities.csv",
        "both.csv",
        "both.jsonl",
        "names.jsonl",
        "label.npy",
        "words.npy",
        "probability.npy",
        "both.npz",
    ],
)
def test_every_format_says_the_same(kind: str, tmp_path: Path) -> None:
    """Breaks when a format loses, mixes up or reorders classes, columns or rows."""
    found = read_predictions(write(tmp_path, kind), NAMES, 4)
    np.testing.assert_array_equal(found.label, LABEL)
    if "both" in kind or "probabilit" in kind:
        np.testing.assert_allclose(found.probability, PROBABILITY)
    else:
        assert found.probability is None


def test_file_names_that_end_in_numbers_give_the_order(tmp_path: Path) -> None:
    """Breaks when pictures that `export` wrote, read class by class, are taken for images in the data set's order."""
    rows = [("test/CR/000001.png", "CR"), ("test/CR/000003.png", "CR"), ("test/FSbCR/000000.png", "FSbCR")]
    rows += [("test/SbCR/000002.png", "SbCR")]
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps({"file": f, "class": c}) for f, c in rows))
    (tmp_path / "b.csv").write_text("file,class\n" + "\n".join(f"x.npz[{f[-5]}],{c}" for f, c in rows))
    for name in ("a.jsonl", "b.csv"):
        np.testing.assert_array_equal(read_predictions(tmp_path / name, NAMES, 4).label, LABEL)
    (tmp_path / "c.csv").write_text("file,class\n" + "\n".join(f"photo.png,{c}" for _, c in rows))
    with pytest.raises(InputError, match=r"row 1\) file must be .*, got photo\.png; without `file`"):
        read_predictions(tmp_path / "c.csv", NAMES, 4)
    (tmp_path / "d.csv").write_text("file,class\n" + "\n".join(f"1.png,{c}" for _, c in rows))
    with pytest.raises(InputError, match=r"row 2\) file"):
        read_predictions(tmp_path / "d.csv", NAMES, 4)


BAD = {
    "short.csv": ("class\nCR\nCR\nCR\n", r"\(rows\) must be 4, .* got 3"),
    "name.csv": ("class\nCR\nhot\nCR\nCR\n", r"\(row 2\) class must be one of FSbCR, .*, got hot"),
    "index.csv": ("class\n0\n1\n2\n3\n", r"\(row 4\) class .* index from 0 to 2, got 3"),
    "headless.csv": ("CR\nCR\nCR\nCR\nCR\n", r"\(header\) must be with a column for each class"),
    "foreign.csv": ("class,truth\nCR,CR\nCR,CR\nCR,CR\nCR,CR\n", r"\(header\) .* got class, truth"),
    "partly.csv": ("FSbCR,CR\n1,0\n1,0\n1,0\n1,0\n", r"\(header\) must be with a column for each class"),
    "cells.csv": ("class\nCR\nCR,1\nCR\nCR\n", r"\(line 3\) must be 1 cells"),
    "sum.csv": ("FSbCR,SbCR,CR\n1,0,0\n.5,.4,0\n1,0,0\n1,0,0\n", r"\[1\] \(sum\) must be 1, got 0.9"),
    "nan.csv": ("FSbCR,SbCR,CR\n1,0,0\n1,0,0\nnan,0,1\n1,0,0\n", r"\[2\] must be probabilities"),
    "logits.csv": ("FSbCR,SbCR,CR\n3,-1,-1\n1,0,0\n1,0,0\n1,0,0\n", r"\[0\] .* softmax"),
    "words.csv": ("FSbCR,SbCR,CR\nhigh,0,0\n1,0,0\n1,0,0\n1,0,0\n", r"\(row 1\) probabilities must be numbers"),
    "apart.csv": ("class,FSbCR,SbCR,CR\nCR,0,0,1\nCR,0,1,0\nCR,0,0,1\nCR,0,0,1\n", r"\[1\] class .* index 1, got 2"),
    "cut.jsonl": ('{"class": "CR"}\n{"class": "CR"\n', r"\(line 2\) must be a JSON object"),
    "deep.jsonl": ("[" * 100_000, r"\(line 1\) must be a JSON object"),
    "other.jsonl": ('{"label": 1}\n', r"\(line 1\) must be a JSON object with class"),
    "mixed.jsonl": ('{"class": "CR"}\n' * 3 + '{"probabilities": {}}\n', r"\(row 4\) must be one with class"),
    "truth.jsonl": ('{"class": true}\n' * 4, r"\(row 1\) class"),
    "empty.jsonl": ("", r"\(rows\)"),
    "latin.csv": (b"class\n\xff\n", "UTF-8"),
    "zip.npz": (b"PK\x03\x04", "unreadable"),
    "cut.npy": (b"\x93NUMPY", "unreadable"),
    "text.txt": ("CR\n", "by its ending"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_does_not_fit_is_refused(name: str, tmp_path: Path) -> None:
    """Breaks when predictions are read wrongly, in part, or with a traceback."""
    content, message = BAD[name]
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=message):
        read_predictions(tmp_path / name, NAMES, 4)


def test_arrays_of_other_shapes_and_values_are_refused(tmp_path: Path) -> None:
    """Breaks when booleans, floats, pickles, other classes or too large files pass for predictions."""
    bad = (np.zeros(4), np.zeros((4, 2)), np.zeros(4, bool), np.array([0, 1, 2, -1]), np.zeros((3, 3)), [None] * 4)
    for values in bad:
        with pytest.raises(InputError, match="predictions"):
            check_predictions(values, NAMES, 4)
    np.save(tmp_path / "object.npy", np.array([{}] * 4), allow_pickle=True)
    np.savez(tmp_path / "names.npz", label=LABEL, names=np.array(NAMES[::-1]))
    np.savez(tmp_path / "more.npz", label=LABEL, truth=LABEL)
    np.savez_compressed(tmp_path / "bomb.npz", label=np.zeros(10_000_000))
    for name, message in (
        ("object.npy", "unreadable"),
        ("names.npz", "names"),
        ("more.npz", "arrays"),
        ("bomb.npz", "bytes"),
    ):
        with pytest.raises(InputError, match=message):
            read_predictions(tmp_path / name, NAMES, 4)


def test_classes_whose_names_are_numbers_are_read_by_name() -> None:
    """Breaks when the class named 1 is taken for the class with the index 1."""
    assert check_predictions(np.array(["1", "0"]), ("1", "0"), 2).label.tolist() == [0, 1]
    with pytest.raises(InputError, match="one of the names 1, 3, 5, got 2"):
        check_predictions(np.array(["1", "2"]), ("1", "3", "5"), 2)
