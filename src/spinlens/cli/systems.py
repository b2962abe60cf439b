"""systems."""

LEAST = 80  # columns of the table, however narrow the terminal


def systems() -> None:
    """List the named systems, and for which of them p(E | T) is known exactly."""
    from spinlens.cli.tables import table_lines, terminal_width
    from spinlens.physics.catalogue import SYSTEMS, get_system
    from spinlens.physics.exact.density import is_solved

    rows = [["name", "exact", "what it is"]]
    for name, (description, *_) in SYSTEMS.items():
        rows.append([name, "yes" if is_solved(get_system(name)) else "no", description])
    print("\n".join(table_lines(rows, max(terminal_width(), LEAST), keys=2)))  # folds no name
    print()
    print("exact: p(E | T), and so the ceiling, is known exactly; elsewhere from simulation")


COMMANDS = (systems,)
