"""The names that `import spinlens` offers."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import spinlens

NO_LEARN = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "transformers", "accelerate", "safetensors", "sklearn", "datasets"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name.partition(".")[0])

sys.meta_path.insert(0, Absent())
import spinlens
"""


def test_every_public_name_is_there() -> None:
    """Breaks when a name is listed that does not exist, has no docstring, or is missing from dir()."""
    assert set(spinlens.__all__) < set(dir(spinlens))
    for name in spinlens.__all__:
        assert getattr(spinlens, name).__doc__, name


def test_one_version() -> None:
    """Breaks when the version in the code is not the one of the package."""
    assert spinlens.__version__ == version("spinlens")
    assert f"version: {spinlens.__version__}" in Path(spinlens.__file__).parents[2].joinpath("CITATION.cff").read_text()


def test_without_the_extra_learn() -> None:
    """Breaks when simulating, or a ceiling, needs a network library, or networks do not say what to install."""
    code = """
for name in spinlens.__all__:
    if name not in ("load_classifier", "train", "TrainingRecipe"):
        getattr(spinlens, name)
print(spinlens.ceiling(spinlens.get_system("ising-periodic", 4)).macro_f1 > 0.3)
try:
    spinlens.load_classifier
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", NO_LEARN + code], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    expected = "spinlens.load_classifier needs torch: pip install 'spinlens[learn]'"
    assert done.stdout.splitlines() == ["True", expected]
