"""The pages about the command line tell the truth: their files are written, their commands called, in order."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import Call, Folder, timeless

DOCS = Path(__file__).resolve().parents[2] / "docs"
FILE = re.compile(r"^`([\w.-]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"(?<!<!-- no-run -->\n)^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(page: str) -> Iterator[tuple[str, str]]:
    """Every call of aslrun on a page, and the output that stands below it."""
    for block in CONSOLE.findall(page):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            if command.startswith("aslrun") and output:
                yield command, output


PAGES = ("run-from-the-terminal", "validate-in-ci", "deploy-to-aws", "least-privilege")


@pytest.mark.parametrize("name", [f"how-to/{page}.md" for page in PAGES])
def test_a_page_shows_what_the_command_prints(call: Call, folder: Folder, name: str) -> None:
    page = (DOCS / name).read_text(encoding="utf-8")
    for file, content in FILE.findall(page):
        folder.write(file, content)
    shown = list(commands(page))

    printed = [(command, call(*shlex.split(command)[1:]).output) for command, _ in shown]

    assert shown
    assert [(command, timeless(text)) for command, text in printed] == [
        (command, timeless(text)) for command, text in shown
    ]
