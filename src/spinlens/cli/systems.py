"""systems."""

LEAST = 80  # columns of the table, however narrow the terminal


def systems() -> None:
    """List the named systems, with T_c where it is known, and for which of them p(E | T) is known exactly."""
    from spinlens.cli.tables import table_lines, terminal_width
    from spinlens.physics.catalogue import SYSTEMS, VARIANTS, get_system
    from spinlens.physics.exact.density import is_solved

    rows, suffixes = [["name", "T_c", "exact", "what it is"]], [suffix for suffix in VARIANTS if suffix]
    for name, (description, model, *_) in SYSTEMS.items():
        if any(name.endswith(suffix) and name.removesuffix(suffix) in SYSTEMS for suffix in suffixes):
            continue
        known = f"{model.transition.temperature:.4f}" if model.transition else ""
        rows.append([name, known, "yes" if is_solved(get_system(name)) else "no", description])
    print("\n".join(table_lines(rows, max(terminal_width(), LEAST), keys=4)))  # folds no name
    print()
    print("T_c: of the infinite lattice without a field, in the unit of J, k_B = 1")
    print("exact: p(E | T), and so the ceiling, is known exactly; elsewhere from simulation")
    print(f"All but the Ising systems also with {', '.join(suffixes[:-1])} and {suffixes[-1]},")
    print("such as potts-3-open; recipes, and --set, change their parameters and edges")


COMMANDS = (systems,)
