"""Reports that are written to files: JSON, HTML, and the graph of each machine as SVG or Mermaid."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..diagram import mermaid, svg
from .html import html
from .report import as_document

if TYPE_CHECKING:
    from .collecting import Coverage, Covered
    from .report import Ways

DEFAULTS = {"json": "aslrun-coverage.json", "html": "aslrun-coverage.html", "svg": "aslrun-coverage", "mermaid": ""}


def write_report(
    coverage: Coverage, kind: str, path: str | None, ways: Mapping[str, Ways] | None = None
) -> Iterator[Path]:
    """Write a report; gives the files. ``path`` is a folder for ``svg`` and ``mermaid``, which have one per machine."""
    place = Path(path or DEFAULTS[kind] or "aslrun-coverage")
    if kind in ("svg", "mermaid"):
        place.mkdir(parents=True, exist_ok=True)
        for each in coverage:
            yield _written(place / f"{_file_name(each)}.{'svg' if kind == 'svg' else 'mmd'}", drawn(each, kind))
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    if kind == "html":
        yield _written(place, html(coverage, ways))
    else:
        text = json.dumps(as_document(coverage, ways), ensure_ascii=False, indent=2)
        yield _written(place, text + "\n")


def drawn(covered: Covered, kind: str) -> str:
    """The graph of a machine with its coverage, as ``svg`` or ``mermaid``."""
    if kind == "mermaid":
        return mermaid(covered.machine, covered.hits) + "\n"
    return svg(covered.machine, covered.hits, f"{covered.percent:g}% covered")


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def _file_name(covered: Covered) -> str:
    return "".join(each if each.isalnum() or each in "-_." else "_" for each in covered.machine.name)
