"""systems."""


def systems() -> None:
    """List the named systems, and for which of them p(E | T) is known exactly."""
    from rich.table import Table

    from spinlens.cli.progress import make_console
    from spinlens.physics.exact import is_solved
    from spinlens.physics.systems import SYSTEMS, get_system

    table = Table()
    table.add_column("name", no_wrap=True)
    table.add_column("what it is")
    table.add_column("exact", justify="right")
    for name, (description, *_) in SYSTEMS.items():
        table.add_row(name, description, "yes" if is_solved(get_system(name)) else "no")
    make_console(least=max(map(len, SYSTEMS)) + 32).print(table)
    print("exact: p(E | T), and so the ceiling, is known exactly; elsewhere from simulation")


COMMANDS = (systems,)
