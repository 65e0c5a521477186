"""The pages about the command line tell the truth: their files are written, their commands called, in order."""

from __future__ import annotations

import os
import re
import shlex
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import Call, Folder, timeless
from .test_process import process
from .test_stored import described
from .test_stored import timeless as of_this_day

DOCS = Path(__file__).resolve().parents[2] / "docs"
FILE = re.compile(r"^`([\w.-]+)`:\n\n(?:<!-- no-run -->\n)?```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"(?<!<!-- no-run -->\n)^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(page: str, silent: bool = False) -> Iterator[tuple[str, str]]:
    """Every call of aslrun on a page, and the output that stands below it."""
    for block in CONSOLE.findall(page):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            if command.startswith("aslrun ") and (output or silent):
                yield command, output


PAGES = ("run-from-the-terminal", "explore-a-machine", "validate-in-ci", "deploy-to-aws", "least-privilege")


def interrupted(command: str, folder: Folder) -> str:
    """What a command prints that is interrupted when an execution waits for its token."""
    with process(*shlex.split(command)[1:]) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        while "waits for its" not in described(folder, "order-7"):
            assert program.poll() is None
        program.send_signal(signal.SIGINT)
        program.wait(30)
        return f"{program.stdout.read()}^C\n{program.stderr.read()}"


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_the_page_about_a_file_shows_what_the_commands_print(call: Call, folder: Folder) -> None:
    page = (DOCS / "how-to/keep-executions-from-the-terminal.md").read_text(encoding="utf-8")
    for file, content in FILE.findall(page):
        folder.write(file, content)

    for command, shown in commands(page, silent=True):
        printed = interrupted(command, folder) if "^C" in shown else call(*shlex.split(command)[1:]).output
        assert of_this_day(printed) == of_this_day(shown), command


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
