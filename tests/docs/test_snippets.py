"""Every Python block of README.md and docs/ runs, and prints what the page says. ``make docs`` runs this."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.docs.snippets import pages, run, snippets

PAGES = [page for page in pages(REPOSITORY) if page.is_file()]
LINKED = sorted({*PAGES, *REPOSITORY.glob("*.md")})
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:|#)(?P<target>[^)#\s]+)(?:#[^)]*)?\)")


def _name(page: Path) -> str:
    return str(page.relative_to(REPOSITORY))


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory to run in, with a copy of examples/."""
    if (REPOSITORY / "examples").is_dir():
        shutil.copytree(REPOSITORY / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("workplace")
@pytest.mark.parametrize("page", [page for page in PAGES if snippets(page.read_text(encoding="utf-8"))], ids=_name)
def test_the_blocks_of_the_page_run_and_print_what_it_says(page: Path) -> None:
    assert run(_name(page), page.read_text(encoding="utf-8")) > 0


@pytest.mark.parametrize("page", LINKED, ids=_name)
def test_the_links_of_the_page_lead_to_files(page: Path) -> None:
    targets = [match["target"] for match in LINK.finditer(page.read_text(encoding="utf-8"))]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_page_of_the_docs_can_be_reached_from_the_index() -> None:
    index = REPOSITORY / "docs" / "index.md"
    seen: set[Path] = set()
    waiting = [index.resolve()]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        targets = [match["target"] for match in LINK.finditer(page.read_text(encoding="utf-8"))]
        waiting += [(page.parent / target).resolve() for target in targets]
    assert {_name(page) for page in PAGES} - {_name(page) for page in seen} <= {"README.md"}
