"""``aslrun coverage``: reports of what tests have reached of state machines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from .graph import read_coverage
from .output import output_option, write_result, writing
from .terminal import Terminal, columns, stderr, stdout, visible, wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..testing.coverage.collecting import Coverage, Covered
    from ..testing.coverage.report import Missed, Ways

HELP = """What tests have reached of state machines. Tests write the data: pytest --aslrun-cov."""
REPORT = """Report what FILEs have counted, together (by default .aslrun-coverage.json).

\b
Examples:
  aslrun coverage report
  aslrun coverage report --format html -o coverage.html
  aslrun coverage report unit.json integration.json --fail-under 90
"""
EPILOG = """Exit codes: 0, or 1 if less was reached than --fail-under says; 2 the data or the command are wrong."""
WAY = "  ↳ "
ROOM = 30  # columns that a text needs beside its head


@click.group("coverage", help=HELP, short_help="Report what tests have reached.")
def coverage() -> None:
    pass


@coverage.command("report", help=REPORT, epilog=EPILOG, short_help="Report what was reached and what was not.")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option(
    "-f", "--format", "shape", type=click.Choice(["pretty", "json", "html"]), default="pretty", help="[default: pretty]"
)
@output_option
@click.option("--fail-under", type=float, metavar="PERCENT", help="Exit with 1 if less was reached.")
@click.option("--ways/--no-ways", default=True, help="Explore what would reach that which was missed.  [default: ways]")
def report(files: tuple[str, ...], shape: str, output: str | None, fail_under: float | None, ways: bool) -> int:
    collected = _collected(files)
    known = _ways(collected) if ways else {}
    if shape == "pretty" and output is None:
        tell(stdout(), list(collected), known)
    else:
        write_result(_text(collected, shape, known), output)
    if fail_under is None or collected.percent >= fail_under:
        return 0
    stderr().line(f"✗ {collected.percent:g}% was reached, less than {fail_under:g}%")
    return 1


@coverage.command("merge", help="Add up FILEs into one.", short_help="Add up several files into one.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("-o", "--output", required=True, metavar="FILE", help="The file to write.")
def merge(files: tuple[str, ...], output: str) -> int:
    from ..testing.coverage.data import write

    collected = _collected(files)
    with writing(output):
        write(collected, output)
    return 0


def _collected(files: Sequence[str]) -> Coverage:
    from ..testing.coverage.collecting import Coverage
    from ..testing.coverage.data import DATA_FILE

    collected = Coverage()
    for each in read_coverage(*(files or (DATA_FILE,))):
        collected.add(each.machine, each.hits.items())
    return collected


def _ways(collected: Coverage) -> dict[str, Ways]:
    from ..testing.coverage.ways import ways_of

    return {each.machine.name: ways_of(each) for each in collected if each.missed}


def _text(collected: Coverage, shape: str, ways: dict[str, Ways]) -> str:
    from ..testing.coverage.html import html
    from ..testing.coverage.report import as_document, report_text

    if shape == "html":
        return html(collected, ways)
    if shape == "json":
        return json.dumps(as_document(collected, ways), indent=2, ensure_ascii=False) + "\n"
    return report_text(collected, ways) + "\n"


# --------------------------------------------------------------------------- on a terminal


def tell(terminal: Terminal, every: Sequence[Covered], ways: dict[str, Ways]) -> None:
    """The table, then what was missed of each machine."""
    from ..testing.coverage.report import missed_of

    _tell_table(terminal, every)
    for each in every:
        if each.missed:
            terminal.line()
            terminal.line(terminal.style(f"{visible(each.machine.name)}: never reached", "strong"))
            _tell_missed(terminal, missed_of(each, ways.get(each.machine.name)))


def _tell_table(terminal: Terminal, every: Sequence[Covered]) -> None:
    """A line for each machine, or a few where the table is too wide."""
    from ..testing.coverage.report import table, table_rows

    lines = [visible(line) for line in table(every)]
    if not every or max(map(columns, lines)) <= terminal.width:
        for number, line in enumerate(lines):
            terminal.line(terminal.style(line, "strong") if number == 0 else _coloured(terminal, line))
        return
    heads, *rows = table_rows(every)
    for name, percent, *shares in rows:
        terminal.line(_coloured(terminal, f"{visible(name)} {percent} covered"))
        told = ", ".join(f"{head} {share}" for head, share in zip(heads[2:], shares, strict=True))
        for line in wrapped(told, terminal.width - 4):
            terminal.line(f"    {line}")


def _coloured(terminal: Terminal, line: str) -> str:
    return terminal.style(line, "good") if " 100%" in line else line


def _tell_missed(terminal: Terminal, missed: Sequence[Missed]) -> None:
    width = max(len(each.item.kind) for each in missed)
    digits = max(len(str(each.line or "")) for each in missed)
    indent = 2 + (digits + 2 if digits else 0) + width + 2
    beside = terminal.width - indent >= ROOM
    for each in missed:
        place = terminal.style(f"{each.line or '':>{digits}}  " if digits else "", "dim")
        kind = terminal.style(f"{each.item.kind:<{width}}", "bad")
        more = f" (and {each.within} more of it)" if each.within else ""
        first, *others = wrapped(visible(each.item.text + more), terminal.width - (indent if beside else 6))
        if beside:
            terminal.line(f"  {place}{kind}  {first}")
        else:
            terminal.line(f"  {place}{kind}")
            others = [first, *others]
        for other in others:
            terminal.line(" " * (indent + 2 if beside else 6) + other)
        if each.way:
            _tell_way(terminal, each.way, indent - 2 if beside else 4)


def _tell_way(terminal: Terminal, way: str, indent: int) -> None:
    for number, text in enumerate(wrapped(visible(way), terminal.width - indent - len(WAY))):
        head = WAY if number == 0 else " " * len(WAY)
        terminal.line(" " * indent + terminal.style(head + text, "dim"))
