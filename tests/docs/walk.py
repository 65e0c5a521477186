"""Follows a page literally, in an empty folder: writes its files, runs its commands, and compares what they print.

- ``<!-- file: NAME -->`` above a block: the block is that file, from here on.
- ``<!-- run -->`` above a ``console`` block: its lines that begin with ``$ `` are run, one after the other; the lines
  after each are what it prints. How long pytest took is left out of both.
- ``python -m tests.docs.walk PAGE ...`` pastes into the pages what their commands print now; ``--check`` only compares.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
_MARK = re.compile(r"^<!-- (?:file: (?P<file>\S+)|(?P<run>run)) -->$")
_PYTEST_SECONDS = re.compile(r"^(=* ?\d+ (?:passed|failed).*?) in \d+\.\d+s( =*)?$", re.MULTILINE)
_RUN_SECONDS = re.compile(r"(?<=virtual time in )<?[\d.]+m?s")
_PLUGIN = "aslrun.testing.pytest_plugin"


@dataclass(slots=True)
class Block:
    """A marked block of a page: its lines are ``lines[start:end]``."""

    file: str | None
    start: int
    end: int


def marked(lines: list[str]) -> Iterator[Block]:
    """The marked blocks, in order."""
    for number, line in enumerate(lines):
        if mark := _MARK.match(line.strip()):
            start = number + 2
            yield Block(mark["file"], start, lines.index("```", start))


def plugin_options() -> list[str]:
    """How pytest is told of our plugin, where the installation does not do it."""
    installed = any(each.value == _PLUGIN for each in entry_points(group="pytest11"))
    return [] if installed else ["-p", _PLUGIN]


def environment() -> dict[str, str]:
    """Of the commands: nothing but a path, and our own source."""
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    path = os.pathsep.join([str(REPOSITORY / "src"), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    return keep | {"PYTHONPATH": path, "PYTHONUTF8": "1", "COLUMNS": "100", "PY_COLORS": "0", "NO_COLOR": "1"}


def printed(command: str, folder: Path) -> list[str]:
    """What a command of a page prints."""
    program, *arguments = shlex.split(command)
    options = ["-p", "no:cacheprovider", *plugin_options()] if program == "pytest" else []
    run = subprocess.run(
        [sys.executable, "-m", program, *options, *arguments],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    return [line.rstrip() for line in steady(run.stdout, folder).rstrip().splitlines()]


def steady(text: str, folder: Path) -> str:
    """The output without what differs from run to run."""
    text = text.replace(f"{folder.resolve()}/", "").replace(f"{folder}/", "")
    return _RUN_SECONDS.sub("<1ms", _PYTEST_SECONDS.sub(r"\1", text))


def walked(page: str, folder: Path) -> str:
    """The page with the output that its commands have now."""
    lines = page.splitlines()
    pasted: list[str] = []
    at = 0
    for block in marked(lines):
        pasted += lines[at : block.start]
        body = lines[block.start : block.end]
        if block.file is not None:
            target = folder / block.file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text("\n".join(body) + "\n", encoding="utf-8")
            pasted += body
        else:
            for command in (line for line in body if line.startswith("$ ")):
                pasted += [command, *printed(command.removeprefix("$ "), folder)]
        at = block.end
    return "\n".join([*pasted, *lines[at:]]) + "\n"


def is_walk(page: str) -> bool:
    """Whether a page has commands to run."""
    return any(block.file is None for block in marked(page.splitlines()))


def main() -> int:
    """Paste, or compare."""
    parser = argparse.ArgumentParser(prog="python -m tests.docs.walk", description=__doc__)
    parser.add_argument("pages", nargs="*", type=Path)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    stale = 0
    for page in options.pages or [each for each in (REPOSITORY / "docs").rglob("*.md") if is_walk(each.read_text())]:
        text = page.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            now = walked(text, Path(folder))
        stale += now != text
        if now != text and not options.check:
            page.write_text(now, encoding="utf-8")
        print(f"{'stale' if now != text else 'fresh'} {page}")
    return int(bool(stale) and options.check)


if __name__ == "__main__":
    sys.exit(main())
