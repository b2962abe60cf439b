"""Command lines that are plausible, wrong or odd: drawn from the commands themselves, so that new ones join."""

import os
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import typer

SYSTEMS = ("ising-periodic", "ising-antiferro", "ising-skewed", "ising-antiperiodic")
# what nobody means, as it arrives from a shell: no NUL, and bytes that are no UTF-8 as lone surrogates
WORDS = (
    *("", " ", "nan", "inf", "-inf", "-1", "0", "1e308", "1e999", "9" * 5000, "1" + "0" * 23, "-" + "9" * 30),
    *(os.fsdecode(b"\xff\xfe"), "[/x]", "[bold]", "[red", "a\nb", "\x1b[31mred", "~", "~/x", "--", "=", "-", ".", ":"),
    *("1.5", "1e3", "0x10", "1_0", "\uff18", "\u0661\u0662", "\u00bd", "1,2", "1,,2", "None", "true", "{}", "%s%n"),
    *(
        "ising-cubic",
        "ising periodic",
        "ISING-PERIODIC",
        "spin-vut",
        "a/b",
        "a/b/c",
        "no/model",
        "x" * 300,
        "/dev/full/x",
    ),
)
# what a number may look like
DIGITS = (
    *(
        "nan",
        "inf",
        "-inf",
        "-1",
        "0",
        "-0",
        "1e308",
        "-1e308",
        "1e999",
        "1e-320",
        "9" * 5000,
        "1" + "0" * 23,
        "",
        " 1 ",
    ),
    *("1.5", "1e3", "1_0", "\uff18", "\u0661\u0662", "0x10", str(2**31), str(2**63 - 1), str(2**63), str(-(2**63))),
)
NUMBERS = {
    "size": ("1", "1000000", "8x", "x8", "8x8x8", "0x8", "8x-8", "3x5", "2", "7", "8.0", "1" + "0" * 23),
    "temperatures": ("1:2:0", "2:1:0.1", "0:1e308:1", "0:4:1e-9", "1:2", "1:2:3:4", "nan", "1:nan:1", "1,-1", "1;2"),
    "temperature": ("-0.0", "-1e-300", "1e-300", "1e308", "2,27"),
    "fractions": ("0.6 0.2 0.1", "1 0 0", "nan nan nan", "1e308 -1e308 1", "0.5 0.5"),
    "shard": ("0/1", "2/1", "1/0", "1", "1/1/1", "-1/-1", "a/b", "1/" + "9" * 5000, "1/1000000000000"),
    "scheduler": ("nowhere", "localhost", "127.0.0.1:1", "tcp://", "http://127.0.0.1:1", ":99999"),
    "labels": ("0", "3", "20,x", "4,4", "-4", "1" + "0" * 12, "600"),
    "workers": ("0", "-1", "1000000", "1.5"),
    "average": ("0", "1001", "2"),
    "J": ("0", "-1", "1e-21", "1e308", "nan"),
    "B": ("-1", "1e308", "nan", "0"),
}
# good and small values by the name of the parameter; {world} is the folder of files
GOOD = {
    "name": SYSTEMS,
    "source": (*SYSTEMS, "{world}/recipe.toml"),
    "system": SYSTEMS,
    "size": ("4", "8", "8", "8", "10"),
    "count": ("1", "3"),
    "temperature": ("0", "1.5", "2.27", "inf"),
    "temperatures": ("1,2", "1.5:2.5:0.5", "inf"),
    "protocol": ("equilibrium", "anneal", "quench"),
    "sweeps": ("1", "2", "8"),
    "replicas": ("2", "4"),
    "seed": ("0", "7"),
    "workers": ("1",),
    "trials": ("1",),
    "threads": ("1", "2"),
    "shard": ("1/1", "2/2"),
    "scheduler": NUMBERS["scheduler"],
    "folder": ("{world}/data", "{world}/markup"),
    "data": ("{world}/data", "{world}/markup"),
    "sources": ("{world}/run {world}/data", "{world}/run-markup {world}/markup", "{world}/data"),
    "predictions": ("{world}/predictions.csv", "{world}/predictions.jsonl", "{world}/predictions.npy"),
    "run": ("{world}/run", "{world}/run-markup", "spin-vit", "resnet-small-pretrained"),
    "files": ("{world}/good.npz", "{world}/ten.npz", "{world}/good.npy", "{world}/good.png", "{world}/folder"),
    "path": ("{world}/good.npz", "{world}/good.npz", "{world}/ten.npz", "{world}/folder"),
    "recipe": ("{world}/pretrain.toml",),
    "model": ("spin-vit-scratch", "resnet-small", "{world}/run"),
    "preset": ("fine-tune", "transfer", "scratch", "paper"),
    "epochs": ("1",),
    "learning_rate": ("1e-4",),
    "labels": ("8",),
    "split": ("train", "validation", "test"),
    "average": ("1", "2"),
    "format": ("npz", "hdf5", "images"),
    "profile": ("quick",),
    "fractions": ("0.4 0.3 0.3",),
    "J": ("1", "-1"),
    "B": ("0", "0.5"),
    "out": ("out", "out.npz", "out.h5", "deep/er/out", "{world}/empty.npz"),
}
STRAY = ("--sise", "--help=1", "-x", "--out", "--resume=yes", "extra", "--", "--no-merge", "")
# parameters that keep a command short, always given
ALWAYS = {
    "sample": ("size", "count"),
    "build": ("size",),
    "measure": ("size", "temperatures", "replicas", "sweeps"),
    "ceiling": ("size",),
    "train": ("epochs", "labels", "model"),
    "curve": ("labels", "model", "epochs", "trials", "size", "workers", "out"),
    "reproduce": ("size", "trials", "workers", "out", "profile"),
    "import": ("size",),
}
OUT = {"sample": "out.npz", "export": "out.npz"}
# one of these makes a command fail that would run for minutes
DOOMED = {
    "reproduce": {"profile": "fast", "trials": "0", "size": "1", "system": "ising-nowhere", "workers": "0"},
    "curve": {"labels": "4,x", "trials": "0", "size": "1", "source": "ising-nowhere", "workers": "0"},
}


@cache
def commands() -> dict[str, Any]:
    """Every command of spinlens with its parameters."""
    from spinlens.cli.frame import make_app

    return dict(typer.main.get_command(make_app()).commands)  # type: ignore[attr-defined]


def command_line(world: Path, command: str, random: Random) -> list[str]:
    """Arguments of one command, most with one or two faults."""
    paths = sorted("{world}/" + entry.name for entry in world.iterdir())
    words = _line(command, commands()[command].params, paths, random)
    return [word.replace("{world}", str(world)) for word in words]


def _line(command: str, params: list[Any], paths: list[str], random: Random) -> list[str]:
    flags = [p for p in params if getattr(p, "is_flag", False)]
    valued = [p for p in params if p not in flags]
    given: dict[str, list[str]] = {}
    for param in valued:
        if param.required or param.name in ALWAYS.get(command, ()) or random.random() < 0.25:
            given[param.name] = [_good(command, param.name, random)]
    for param in random.sample(valued, min(random.choice((0, 1, 1, 1, 2)), len(valued))):
        given[param.name] = [_hostile(param, paths, random)]
        if random.random() < 0.15:  # given twice
            given[param.name].append(random.choice((given[param.name][0], _good(command, param.name, random))))
    if command in DOOMED:
        name = random.choice(sorted(DOOMED[command]))
        given[name] = [DOOMED[command][name]]
    elif random.random() < 0.05 and (required := [param.name for param in valued if param.required]):
        del given[random.choice(required)]
    asked = [(param, value) for param in valued for value in given.get(param.name, [])]
    words = [_words(param, value, random) for param, value in asked]
    words += [[flag.opts[0]] for flag in flags if random.random() < 0.15]
    if random.random() < 0.05:
        words.append([random.choice(STRAY)])
    if random.random() < 0.3:
        random.shuffle(words)
    return [command, *(word for group in words for word in group)]


def _good(command: str, name: str, random: Random) -> str:
    if name == "out" and random.random() < 0.8:
        return OUT.get(command, "out")
    return random.choice(GOOD.get(name, ("1", "2", "out")))


def _hostile(param: Any, paths: list[str], random: Random) -> str:
    """A value that the parameter can hardly mean: mostly one that gets past the first look."""
    kind, chance = str(param.type_descriptor.annotation), random.random()
    if param.name in NUMBERS and chance < 0.7:
        return random.choice(NUMBERS[param.name])
    if ("int" in kind or "float" in kind) and chance < 0.9:
        return random.choice(DIGITS)
    if "Path" in kind or param.name in ("source", "sources", "run", "model"):
        if chance < 0.6:
            likely = [path for path in paths if path.endswith(".toml") == (param.name in ("source", "recipe"))]
            return random.choice(likely)
        if chance < 0.75:
            return random.choice(
                (random.choice(paths) + "/x", "missing", "missing.npz", "missing.toml", "missing/x.npz")
            )
    return random.choice(random.choice((WORDS, WORDS, WORDS, paths)))


def _words(param: Any, value: str, random: Random) -> list[str]:
    """A parameter as words of the command line."""
    parts = value.split(" ") if param.nargs > 1 or value in GOOD["sources"] else [value]
    if not param.opts[0].startswith("-"):
        return parts
    return [f"{param.opts[0]}={value}"] if random.random() < 0.5 and len(parts) == 1 else [param.opts[0], *parts]
