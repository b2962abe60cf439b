"""Where curves are written."""

from spinlens.cli.curve import folder_name


def test_curves_of_different_systems_have_folders_of_their_own() -> None:
    """Breaks when two curves write into one folder, where the second spoils the first."""
    given = [("a", None, None, None, None), ("a", "64", None, None, None), ("a", "64x96", None, None, None)]
    given += [("a", None, 2.0, None, None), ("a", None, None, 2.0, None), ("a", None, None, None, 2)]
    assert len({folder_name(*each) for each in given}) == len(given)
    assert folder_name("recipes/a.toml", None, None, None, None) == "a"
