"""Every code block of README.md and docs/ runs as it stands, in the order of its page, in an empty folder."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(
    r"(?:<!-- (?P<mark>[^>]*) -->\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
DEFAULT = ("README.md",)  # the other pages take minutes together


def blocks(page: Path) -> list[tuple[str, str, str]]:
    """(mark, language, text) of every code block. A comment before a block is its mark: "file NAME", "not run: why"."""
    return [(b["mark"] or "", b["language"], b["text"]) for b in BLOCK.finditer(page.read_text(encoding="utf-8"))]


PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]
PAGES = [page for page in PAGES if blocks(page)]


@pytest.mark.parametrize(
    "page",
    [pytest.param(p, id=p.name, marks=[] if p.name in DEFAULT else [pytest.mark.slow]) for p in PAGES],
)
def test_every_block_runs(page: Path, tmp_path: Path) -> None:
    """Breaks when a command, an option, a name or an import that a page shows does not exist or fails."""
    shutil.copytree(ROOT / "recipes", tmp_path / "recipes")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "OMP_NUM_THREADS": "1", "COLUMNS": "80"}
    for mark, language, text in blocks(page):
        if mark.startswith("file "):
            (tmp_path / mark.removeprefix("file ")).write_text(text, encoding="utf-8")
        if mark.startswith(("file ", "not run: ")):
            continue
        command = {"python": [sys.executable, "-c", text], "sh": ["bash", "-euo", "pipefail", "-c", text]}[language]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, f"{page.name}\n{text}\n{done.stdout[-1000:]}\n{done.stderr[-3000:]}"


def test_only_what_cannot_run_is_left_out() -> None:
    """Breaks when a block is left out without a reason, or a `make` target that a page names does not exist."""
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for page in PAGES:
        for mark, language, text in blocks(page):
            assert language in ("python", "sh", "toml"), f"{page.name}: {language}"
            assert language != "toml" or mark.startswith("file "), f"{page.name}: name the file of\n{text}"
            assert not mark.startswith("not run:") or len(mark) > len("not run: ") + 8, f"{page.name}: why not\n{text}"
            assert set(re.findall(r"^make ([\w-]+)", text, re.MULTILINE)) <= set(targets), page.name


def test_links_lead_somewhere() -> None:
    """Breaks when a page links to a file that is not there."""
    for page in (ROOT / "README.md", *ROOT.glob("docs/*.md")):
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert link.startswith("http") or (page.parent / link).exists(), f"{page.name}: {link}"
