"""The report as one HTML file that needs nothing beside it."""

import base64
import html
from pathlib import Path
from typing import Any

from spinlens.report.table import bounded_systems, closeness_notes, closeness_rows, notes, table_rows, title

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; margin: 1rem 0; } td, th { padding: .3rem .8rem; text-align: left; }
tr { border-bottom: 1px solid #ddd; } th { border-bottom: 2px solid #444; }
.scores tr:nth-child(2) { background: #f0ecf5; font-weight: 600; }
img { max-width: 100%; } .wide { overflow-x: auto; } figure { margin: 2rem 0; } figcaption { color: #555; }
"""


def page(results: dict[str, Any], figures: list[tuple[Path, str]]) -> str:
    """HTML text with the tables, their notes and each (file, caption), pictures embedded."""
    pictures = "\n".join(
        f'<figure><img alt="{html.escape(caption)}" src="data:image/png;base64,'
        f'{base64.b64encode(file.read_bytes()).decode()}"><figcaption>{html.escape(caption)}</figcaption></figure>'
        for file, caption in figures
    )
    proofs = "\n".join(
        f"<li>{html.escape(system)}: {html.escape(detail)}</li>"
        for system, entry in results["systems"].items()
        for detail in entry["equilibrium"]
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>spinlens: {html.escape(title(results))}</title><style>{STYLE}</style></head><body>\n"
        f"<h1>{_heading(results)}</h1>\n"
        f"<p>{html.escape(title(results))}</p>\n"
        f"{_table(table_rows(results), 'scores')}\n{_paragraphs(notes(results))}\n"
        "<h2>How close to the exact posterior?</h2>\n"
        f"{_table(closeness_rows(results), 'closeness')}\n{_paragraphs(closeness_notes(results))}\n"
        f"{pictures}\n<h2>Are the data at equilibrium?</h2>\n<ul>{proofs}</ul>\n</body></html>\n"
    )


def _heading(results: dict[str, Any]) -> str:
    bounded, of = len(bounded_systems(results)), len(results["systems"])
    return f"The {'temperature ' * (not bounded)}{'gamma ' * (bounded == of)}class of a single snapshot"


def _table(rows: list[list[str]], kind: str) -> str:
    header, *body = ([html.escape(cell) for cell in row] for row in rows)
    lines = ["<tr>" + "".join(f"<th>{cell}</th>" for cell in header) + "</tr>"]
    lines += ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in body]
    return f'<div class="wide"><table class="{kind}">' + "\n".join(lines) + "</table></div>"


def _paragraphs(texts: list[str]) -> str:
    return "\n".join(f"<p>{html.escape(text)}</p>" for text in texts)
