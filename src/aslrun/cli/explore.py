"""``aslrun explore``: every run of a definition, and the shortest story of what goes wrong in one.

Rules that a change must keep:

1. The standard output has the result and nothing else; progress is drawn on the standard error, where it is a terminal.
2. What was only looked at in part is said to be so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import inf
from typing import TYPE_CHECKING

import click

from . import inputs, outside
from .problems import Problem
from .terminal import Terminal, columns, counted, cut, duration, padded, stderr, stdout, visible, wrapped

if TYPE_CHECKING:
    from ..definition.model import Machine
    from ..testing.exploration import Ending, Exploration
    from ..testing.story import Story
    from ..values import JSON

EXIT_SOUND, EXIT_BROKEN = 0, 1
SHOWN = 12  # ends in the table

HELP = """Look at every run of DEFINITION, a state machine in a JSON or YAML file ("-": standard input).

Tasks answer and fail in every way that the definition can tell apart, in every order, and time out. Results are made
from what the definition reads; --outcomes says better. Without --input the inputs are made from the definition too.

\b
Examples:
  aslrun explore order.asl.json
  aslrun explore order.asl.json --input @order.json --outcomes outcomes.json
  aslrun explore order.asl.json --never Refund --save failing.json
"""
EPILOG = (
    """Exit codes: 0 no run breaks an invariant, 1 one does, 2 the definition, the outcomes or the command are wrong."""
)


@click.command("explore", help=HELP, epilog=EPILOG, short_help="Look at every run of a state machine.")
@click.argument("definition")
@click.option("-i", "--input", "given", metavar="JSON|@FILE|-", help="Input of the execution.  [default: made]")
@outside.machine_type
@click.option("-o", "--outcomes", metavar="FILE", help="What tasks answer: a mock file, a list being any of these.")
@click.option(
    "--faults", type=click.IntRange(0), default=2, show_default=True, help="How many things go wrong in a run."
)
@click.option("--states", type=click.IntRange(1), default=20_000, show_default=True, help="Most states to look at.")
@click.option("--never", "nevers", metavar="STATE", multiple=True, help="No run may enter the state.")
@click.option("--eventually", "always", metavar="STATE", multiple=True, help="Every successful run enters the state.")
@click.option("--at-most-once", "once", metavar="TASK", multiple=True, help="The task may be done once only.")
@click.option("--within", "seconds", type=float, metavar="SECONDS", help="Every run is over by then.")
@click.option(
    "-s", "--save", metavar="FILE", help="Write the failing stories to FILE: JSON, or a test if it ends in .py."
)
@click.option(
    "-f", "--format", "shape", type=click.Choice(["pretty", "json"]), default="pretty", help="[default: pretty]"
)
def explore(
    definition: str,
    given: str | None,
    kind: str,
    outcomes: str | None,
    faults: int,
    states: int,
    nevers: tuple[str, ...],
    always: tuple[str, ...],
    once: tuple[str, ...],
    seconds: float | None,
    save: str | None,
    shape: str,
) -> int:
    from ..testing import exploration, invariants
    from ..testing.demands import demands_of

    machine = inputs.read_machine(definition, kind.upper())
    _check_states(machine, (*nevers, *always))
    documents = demands_of(machine).inputs() if given is None else [inputs.read_input(given)]
    asked = [*invariants.sound(), *map(invariants.never, nevers)]
    asked += [invariants.eventually(name, status="SUCCEEDED") for name in always]
    asked += [invariants.at_most_once(name) for name in once]
    asked += [] if seconds is None else [invariants.within(seconds)]
    terminal = stderr()
    try:
        found = exploration.explore(
            machine,
            None,
            _outcomes(outcomes),
            *asked,
            inputs=documents,
            faults=faults,
            states=states,
            progress=lambda known, waiting: terminal.draw(f"{known:,} states, {waiting:,} to look at"),
        )
    except ValueError as problem:
        raise Problem(str(problem)) from None
    finally:
        terminal.wipe()
    stories = found.broken
    if save is not None and stories:
        _save(save, definition, stories)
    if shape == "json":
        stdout().verbatim(json.dumps(as_document(found, stories), indent=2, ensure_ascii=False))
    else:
        _tell(stdout(), machine, found, stories, save)
    return EXIT_BROKEN if found.breaches else EXIT_SOUND


# --------------------------------------------------------------------------- before


def _check_states(machine: Machine, names: tuple[str, ...]) -> None:
    from .problems import near

    for name in names:
        if name not in machine.states:
            meant = near(name, machine.states)
            raise Problem(f"{machine.name} has no state {name!r}", *([f"near: {', '.join(meant)}"] if meant else []))


def _outcomes(path: str | None) -> dict[str, JSON] | None:
    if path is None:
        return None
    from .mocks import read_outcomes

    return read_outcomes(path)


def _save(path: str, definition: str, stories: list[Story]) -> None:
    """Write the stories as data that ``testing.play`` tells again, or as a file of tests."""
    from ..testing.story import as_tests

    if path.endswith(".py"):
        text = as_tests(stories, definition)
    else:
        text = json.dumps([story.to_document() for story in stories], indent=2, ensure_ascii=False) + "\n"
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise Problem(f"the stories cannot be written to {path}: {error.strerror}") from None


# --------------------------------------------------------------------------- after


def as_document(found: Exploration, stories: list[Story]) -> dict[str, JSON]:
    """The exploration as JSON; what has no bound is null."""
    return {
        "complete": found.complete,
        "states": found.states,
        "runs": _number(found.runs),
        "longest": _number(found.longest),
        "mostTransitions": _number(found.most_transitions),
        "ends": [
            {"status": each.end.status, "error": each.end.error, "state": each.end.state, "states": each.count}
            for each in found.ends
        ],
        "unreachable": [*found.unreachable],
        "broken": [{"invariant": each.invariant.name, "reason": each.reason} for each in found.breaches],
        "stories": [story.to_document() for story in stories],
    }


def _number(value: float) -> JSON:
    return None if value == inf else value


def _tell(terminal: Terminal, machine: Machine, found: Exploration, stories: list[Story], save: str | None) -> None:
    part = "" if found.complete else ", not all: --states was reached"
    terminal.line(terminal.style(f"{visible(machine.name)} · explored{part}", "strong"))
    terminal.line()
    _tell_rows(terminal, list(_rows(found)))
    terminal.line()
    _tell_ends(terminal, found.ends)
    terminal.line()
    if not found.breaches:
        terminal.line(terminal.style(f"✓ {counted(len(found.invariants), 'invariant')} hold in every run", "good"))
    for each in found.breaches:
        terminal.sentence("✗", "bad", visible(f"{each.invariant}: {each.reason}"))
    for story in stories[:1]:
        terminal.line()
        for line in str(story).splitlines():
            _tell_line(terminal, visible(line))
    if stories:
        kept = f"{len(stories):,} {'story' if len(stories) == 1 else 'stories'} in {save}"
        terminal.line()
        terminal.line(terminal.style(kept if save else "--save FILE keeps the stories, as JSON or tests", "dim"))


def _tell_rows(terminal: Terminal, rows: list[tuple[str, str]]) -> None:
    """Names, and beside them what there is to say of each."""
    width = max(columns(name) for name, _ in rows)
    for name, value in rows:
        first, *more = wrapped(visible(value), max(terminal.width - width - 4, 12))
        terminal.line(f"  {padded(name, width)}  {first}")
        for line in more:
            terminal.line(f"  {'':{width}}  {line}")


def _tell_line(terminal: Terminal, line: str) -> None:
    """A line of a story: broken where a person reads it, cut where a program does; an input is never cut."""
    if line.startswith("input") or not terminal.live:
        terminal.line(line if line.startswith("input") else cut(line, max(terminal.width, 100)))
        return
    text = line.lstrip()
    indent = len(line) - len(text)
    for number, part in enumerate(wrapped(text, terminal.width - indent - 4)):
        terminal.line(" " * (indent + (4 if number else 0)) + part)


def _rows(found: Exploration) -> Iterator[tuple[str, str]]:
    uncaught = found.uncaught
    yield "inputs", f"{len(found.inputs):,}"
    yield "runs", "endless" if found.runs == inf else f"{found.runs:,.0f}" if found.runs < 1e15 else "more than 1e15"
    yield "states looked at", f"{found.states:,}"
    yield "distinct ends", f"{len(found.ends):,}"
    yield "uncaught errors", ", ".join(dict.fromkeys(_error(each) for each in uncaught)) or "none"
    yield "unreachable states", ", ".join(found.unreachable) or ("none" if found.complete else "not known")
    yield "longest time", "endless" if found.longest == inf else duration(found.longest)
    yield "most transitions", "endless" if found.most_transitions == inf else f"{found.most_transitions:,.0f}"


def _error(ending: Ending) -> str:
    return ending.end.error or {"WAITING": "(waits for ever)"}.get(ending.end.status, ending.end.status)


def _tell_ends(terminal: Terminal, ends: list[Ending]) -> None:
    rows = [(_mark(each), each.end.status, each.end.error or "", each.end.state) for each in ends[:SHOWN]]
    widths = [max((columns(visible(row[place])) for row in rows), default=0) for place in range(1, 4)]
    narrow = sum(widths) + 8 > terminal.width
    for mark, *cells in rows:
        head = terminal.style(mark, "good" if mark == "✓" else "bad")
        if narrow:
            status, error, state = map(visible, cells)
            terminal.line(f"  {head} {status} {error}")
            terminal.line(f"      in {cut(state, terminal.width - 9)}")
        else:
            text = "  ".join(padded(visible(cell), width) for cell, width in zip(cells, widths, strict=True))
            terminal.line(f"  {head} {text}")
    if len(ends) > SHOWN:
        terminal.line(f"  … {len(ends) - SHOWN:,} more")


def _mark(ending: Ending) -> str:
    return "✓" if ending.end.status == "SUCCEEDED" or ending.end.deliberate else "✗"
