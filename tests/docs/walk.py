"""Follows a page literally, in an empty folder: writes its files, runs its commands, and compares what they print.

- ``<!-- file: NAME -->`` above a block: the block is that file, from here on. ``<!-- files of: PAGE -->`` on a line of
  its own writes those of another page in the same folder.
- ``<!-- run -->`` above a ``console`` block: its lines that begin with ``$ `` are run by the shell, one after the other
  (one that ends in a backslash goes on in the next); the lines after each are what it prints.
- Among them, a line that begins with ``(aslrun) `` is typed at a prompt of the debugger. ``^C`` stands for Ctrl-C, once
  an execution in the file of ``--store`` waits.
- What no run repeats (how long pytest took, how long virtual time really took) stays in the page as it is, where
  nothing else differs. Below ``<!-- run: real time -->`` that is every length of time and every time of the day.
- ``python -m tests.docs.walk PAGE ...`` pastes into the pages what their commands print now; ``--check`` only compares,
  ``--fresh`` does it with a wheel of this tree in a new environment, into which goes what the page installs.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.docs import fresh
from tests.docs.snippets import blocks, pages
from tests.testing.plugins import COVERAGE, RUNS

REPOSITORY = Path(__file__).resolve().parents[2]
SECONDS_AT_MOST = 120
PROMPT = "(aslrun) "

_MARK = re.compile(r"^<!-- (?:file: (?P<file>\S+)|(?P<run>run)(?P<real>: real time)?|files of: (?P<page>\S+)) -->$")
_VARIES = re.compile(r"(?<=virtual time in )<?[\d.]+m?s|(?<=passed) in \d+\.\d+s( =*)?|(?<=failed) in \d+\.\d+s( =*)?")
_TIME_OF_DAY = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_LENGTH = re.compile(r" *(<1ms|\b(\d+h)?(\d+m)?\d+(\.\d+)?(ms|s|m)\b)")


@dataclass(slots=True)
class Block:
    """A marked block of a page: its lines are ``lines[start:end]``."""

    file: str | None
    start: int
    end: int
    real_time: bool = False


@dataclass(slots=True)
class Step:
    """A command of a page, as it stands there, and what the page shows below it."""

    head: list[str]
    shown: list[str] = field(default_factory=list)

    @property
    def command(self) -> str:
        """What the shell gets."""
        return "\n".join(self.head).removeprefix("$ ")

    @property
    def typed(self) -> str:
        """What is typed at the prompts of the command."""
        return "".join(f"{each.removeprefix(PROMPT)}\n" for each in self.shown if each.startswith(PROMPT))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page is followed: an empty folder, and the folder of the programs."""

    folder: Path
    programs: Path = Path(sys.executable).parent
    more: Mapping[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """Of the commands: nothing but where the programs are."""
        path = os.pathsep.join([str(self.programs), "/usr/bin", "/bin"])
        plain = {"PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "80", "NO_COLOR": "1", "PY_COLORS": "0"}
        return plain | {"PATH": path, "HOME": str(self.folder), "LANG": "C.UTF-8"} | dict(self.more)


def here(folder: Path) -> Place:
    """A place with the programs of this environment, and our own source; of pytest's plugins ours alone, for speed."""
    options = shlex.join(["-p", "no:cacheprovider", "-p", RUNS, "-p", COVERAGE])
    more = {"PYTHONPATH": str(REPOSITORY / "src"), "PYTEST_ADDOPTS": options, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return Place(folder, more=more)


# --------------------------------------------------------------------------- what stands in a page


def marked(lines: list[str]) -> Iterator[Block]:
    """The marked blocks, in order."""
    for number, line in enumerate(lines):
        mark = _MARK.match(line.strip())
        if mark and not mark["page"]:
            yield Block(mark["file"], number + 2, lines.index("```", number + 2), bool(mark["real"]))


def steps(body: list[str]) -> list[Step]:
    """The commands of a block."""
    found: list[Step] = []
    for line in body:
        if line.startswith("$ "):
            found.append(Step([line]))
        elif found and found[-1].head[-1].endswith("\\"):
            found[-1].head.append(line)
        elif found:
            found[-1].shown.append(line)
    return found


def write_files(page: Path, folder: Path) -> None:
    """Write all files of a page."""
    lines = page.read_text(encoding="utf-8").splitlines()
    for block in marked(lines):
        if block.file is not None:
            write_file(folder / block.file, lines[block.start : block.end])


def write_file(target: Path, lines: list[str]) -> None:
    """Write a file of a page."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


def is_walk(page: str) -> bool:
    """Whether a page has commands to run."""
    return any(block.file is None for block in marked(page.splitlines()))


def unmarked(page: str) -> list[str]:
    """The commands of a page below which stands what they print, though nothing runs them."""
    return [
        step.command
        for block in blocks(page)
        if block.language in ("console", "text") and not block.skipped
        for step in steps(block.text.splitlines())
        if step.shown
    ]


# --------------------------------------------------------------------------- what its commands print


def printed(step: Step, place: Place) -> list[str]:
    """What a command of a page prints."""
    text = _interrupted(step, place) if "^C" in step.shown else _finished(step.command, place, step.typed)
    text = text.replace(f"{place.folder.resolve()}/", "").replace(f"{place.folder}/", "")
    return [line.rstrip() for line in text.rstrip().splitlines()]


def _finished(command: str, place: Place, typed: str = "") -> str:
    run = subprocess.run(
        ["sh", "-c", command],
        cwd=place.folder,
        env=place.environment(),
        input=typed,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=SECONDS_AT_MOST,
    )
    return run.stdout


def _hears_ctrl_c() -> None:
    """A shell that starts the tests in the background lets them, and their children, ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _interrupted(step: Step, place: Place) -> str:
    """What a command prints that gets Ctrl-C when an execution waits for somebody."""
    words = shlex.split(step.command)
    store, name = (words[words.index(option) + 1] for option in ("--store", "--name"))
    look = f"aslrun executions describe {name} --store {store}"
    with subprocess.Popen(
        ["sh", "-c", f"exec {step.command}"],
        cwd=place.folder,
        env=place.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        preexec_fn=_hears_ctrl_c,
    ) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        while "waits for its" not in _finished(look, place):
            assert program.poll() is None, program.stdout.read() + program.stderr.read()
        program.send_signal(signal.SIGINT)
        program.wait(SECONDS_AT_MOST)
        return f"{program.stdout.read()}^C\n{program.stderr.read()}"


def steady(lines: list[str], real_time: bool) -> list[str]:
    """The lines without what differs from run to run."""
    text = _VARIES.sub("", "\n".join(lines).rstrip())
    if real_time:
        text = _LENGTH.sub(" (length)", _TIME_OF_DAY.sub("(time)", text))
    return [re.sub("==+", "==", line.rstrip()) for line in text.splitlines()]


def _walked_block(body: list[str], block: Block, place: Place) -> Iterator[str]:
    for step in steps(body):
        now = printed(step, place)
        same = steady(now, block.real_time) == steady(step.shown, block.real_time)
        yield from [*step.head, *(step.shown if same else now)]


def walked(page: Path, place: Place) -> str:
    """The page with the output that its commands have now."""
    lines = page.read_text(encoding="utf-8").splitlines()
    for mark in filter(None, map(_MARK.match, lines)):
        if mark["page"]:
            write_files(page.parent / mark["page"], place.folder)
    pasted: list[str] = []
    at = 0
    for block in marked(lines):
        body = lines[block.start : block.end]
        if block.file is not None:
            write_file(place.folder / block.file, body)
        pasted += lines[at : block.start]
        pasted += body if block.file is not None else _walked_block(body, block, place)
        at = block.end
    return "\n".join([*pasted, *lines[at:]]) + "\n"


# --------------------------------------------------------------------------- the command


def main() -> int:
    """Paste, or compare."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.docs.walk", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pages", nargs="*", type=Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--fresh", action="store_true")
    options = parser.parse_args()
    known = [each for each in pages(REPOSITORY) if is_walk(each.read_text(encoding="utf-8"))]
    stale = 0
    with tempfile.TemporaryDirectory() as environments:
        installed = fresh.Environments(Path(environments)) if options.fresh else None
        for page in options.pages or known:
            stale += _follow(page.resolve(), installed, options.check)
    return int(bool(stale) and options.check)


def _follow(page: Path, installed: fresh.Environments | None, only_check: bool) -> bool:
    """Follow one page, and paste; whether it was stale."""
    text = page.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        place = here(folder) if installed is None else Place(folder, installed.programs(fresh.requirements(text)))
        now = walked(page, place)
    if now != text and not only_check:
        page.write_text(now, encoding="utf-8")
    print(f"{'stale' if now != text else 'fresh'} {page.relative_to(REPOSITORY)}")
    return now != text


if __name__ == "__main__":
    sys.exit(main())
