"""What all commands share: their list, options that are given once, ~ in paths, and the extra that they need."""

import inspect
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from spinlens.cli.failures import parameter_name
from spinlens.errors import LEARN, InputError

PANELS = {  # as `spinlens --help` lists them
    "Simulate": ("systems", "sample", "measure", "ceiling"),
    "Data sets": ("build", "check", "import", "export"),
    "Networks (extra: learn)": ("train", "evaluate", "predict", "pretrain", "curve", "reproduce"),
}
NEEDS_LEARN = PANELS["Networks (extra: learn)"]
RESUMED = ("train", "pretrain")  # with --resume
INTERRUPTED = {
    **dict.fromkeys(("build", "reproduce", "curve"), "the same command resumes"),
    **dict.fromkeys(RESUMED, "the same command with --resume resumes"),
    **dict.fromkeys(("sample", "import", "export"), "nothing was written"),
}


class Command(TyperCommand):
    """A command whose options are given once, whose paths may begin with ~, and which names the extra that it lacks."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Raises InputError for an option given twice, for empty text, and for a ~ without a home folder."""
        args = [self._full(word) for word in args]
        given, _, order = self.make_parser(ctx).parse_args(args=list(args))
        for parameter in order:
            if order.count(parameter) > 1 and not _is_repeatable(parameter):
                joined = "join several by commas" if "commas" in (getattr(parameter, "help", "") or "") else ""
                times = "it twice" if order.count(parameter) == 2 else f"it {order.count(parameter)} times"
                raise InputError(parameter_name(parameter), times, "given once", joined)
        for parameter in order:
            for text in _texts(given.get(str(parameter.name))):
                if not text or "\0" in text:
                    raise InputError(parameter_name(parameter), text, "text that is not empty and has no NUL")
        rest: list[str] = super().parse_args(ctx, args)
        for parameter in order:
            if parameter.name in ctx.params:
                ctx.params[parameter.name] = _expanded(ctx.params[parameter.name], parameter_name(parameter))
        return rest

    def _full(self, word: str) -> str:
        """The option that a word stands for, --temperatures for --temperature; any other word as it is."""
        name, equals, value = word.partition("=")
        known = any(name + "s" in parameter.opts for parameter in self.params)
        return f"{name}s{equals}{value}" if name == "--temperature" and known else word

    def invoke(self, ctx: Any) -> Any:
        """Raises MissingExtraError before anything heavy is imported."""
        name = str(self.name)
        own = ctx.params.get("predictions") is not None and len(ctx.params.get("sources", ())) < 2  # without a run
        if name in NEEDS_LEARN and not own:
            require_learn(name)
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as stop:
            raise KeyboardInterrupt(str(stop) or _advice(name, ctx.params.get("out"))) from None


def _advice(name: str, out: Path | None) -> str:
    """What to do after Ctrl-C; there is nothing to resume before the run has written its recipe."""
    if name in RESUMED and out is not None and not (out / "recipe.json").is_file():
        return "nothing was written"
    return INTERRUPTED.get(name, "")


class MissingExtraError(InputError):
    """A command needs packages that are not installed."""

    def __str__(self) -> str:
        command, module, _, extra = self.args
        return f"{command} needs {module}, which is not installed; pip install 'spinlens[{extra}]'"


def require_learn(command: str) -> None:
    """Raises MissingExtraError that names the first package of the extra `learn` that is not installed."""
    for module in LEARN:
        if _is_missing(module):
            raise MissingExtraError(command, module, "installed", "learn")


def make_app() -> typer.Typer:
    """The application with every command."""
    from spinlens.cli import (
        ceiling,
        curve,
        dataset,
        evaluate,
        observables,
        predict,
        reproduce,
        sampling,
        systems,
        training,
        transfer,
    )

    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.callback(
        help="Estimate the thermodynamic state of a spin system from a single snapshot.",
        epilog="Exit codes: 0 done, 1 a check failed, 2 bad input, 3 a fault of spinlens (SPINLENS_DEBUG=1 shows the "
        "traceback), 130 interrupted. Temperatures, energies and fields are in one unit, k_B = 1.",
    )(_root)
    modules = (
        systems,
        sampling,
        observables,
        ceiling,
        dataset,
        transfer,
        training,
        evaluate,
        predict,
        curve,
        reproduce,
    )
    found = {
        command.__name__.rstrip("_").replace("_", "-"): command  # import_ is named import
        for module in modules
        for command in module.COMMANDS
    }
    panel = {name: title for title, names in PANELS.items() for name in names}
    for name in sorted(found, key=lambda each: list(panel).index(each) if each in panel else len(panel)):
        shown: dict[str, Any] = {"rich_help_panel": panel.get(name, "More"), "help": _reflowed(found[name])}
        app.command(name, cls=Command, **shown)(found[name])
    return app


def _reflowed(command: Callable[..., Any]) -> str:
    """The docstring with its paragraphs on one line each, for the terminal to break."""
    paragraphs = inspect.cleandoc(command.__doc__ or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def run_command(arguments: list[str]) -> int:
    """Run one command line; returns its exit code. Raises whatever the command raises."""
    command: Any = typer.main.get_command(make_app())
    try:  # not command.main(), which takes an EOFError for Ctrl-C
        with command.make_context("spinlens", list(arguments)) as context:
            return int(command.invoke(context) or 0)
    except typer.Exit as ended:
        return int(ended.exit_code)


def _show_version(asked: bool) -> None:
    if asked:
        from spinlens import __version__

        print(f"spinlens {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    modules: Annotated[
        list[str] | None,
        typer.Option(
            "--module", "-m", metavar="<name>", help="Import a module of yours that registers models; again for more."
        ),
    ] = None,
) -> None:
    from spinlens.physics.extensions import load_extensions, name_modules

    name_modules(modules or [])
    load_extensions()


def _is_repeatable(parameter: Any) -> bool:
    """Whether giving it again is meant: a list, or a flag, which says the same again."""
    return parameter.multiple or getattr(parameter, "is_flag", False) or parameter.param_type_name == "argument"


def _texts(raw: Any) -> list[str]:
    if isinstance(raw, list | tuple):
        return [text for part in raw for text in _texts(part)]
    return [raw] if isinstance(raw, str) else []


def _expanded(value: Any, name: str) -> Any:
    """The value with ~ and ~user at the beginning of paths replaced; what begins with ~ is a path."""
    if isinstance(value, list | tuple):
        return type(value)(_expanded(part, name) for part in value)
    if not isinstance(value, Path | str) or not str(value).startswith("~"):
        return value
    try:
        return type(value)(Path(value).expanduser())
    except RuntimeError:
        raise InputError(
            name, str(value), "a path whose home folder is known", "set HOME, or write it in full"
        ) from None


def _is_missing(module: str) -> bool:
    try:
        return find_spec(module) is None
    except (ImportError, ValueError):
        return True
