"""Pages that somebody follows with their hands are followed literally, in an empty folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.docs.snippets import pages
from tests.docs.walk import is_walk, walked

WALKS = [page for page in pages(REPOSITORY) if page.is_file() and is_walk(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("page", WALKS, ids=lambda page: page.name)
def test_whoever_follows_the_page_sees_what_it_shows(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert walked(text, tmp_path) == text, f"python -m tests.docs.walk {page.relative_to(REPOSITORY)} pastes it anew"


def test_the_tutorial_on_testing_is_followed() -> None:
    assert "test-your-state-machine.md" in {page.name for page in WALKS}
