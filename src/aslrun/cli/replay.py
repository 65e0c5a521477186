"""``aslrun replay``: a recorded execution run again by this interpreter, and the first difference shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from ..testing.recorded import InvalidHistory
from ..testing.replaying import NotReplayable
from ..testing.replaying import replay as run_again
from . import inputs
from .problems import Problem
from .terminal import Terminal, counted, duration, stdout, visible

if TYPE_CHECKING:
    from ..testing.compared import Difference
    from ..testing.replaying import Replayed
    from ..values import JSON

HELP = """Run the execution again whose HISTORY was recorded, and show the first difference.

HISTORY is what "aws stepfunctions get-execution-history" printed; several files are pages of one history. The results
of the tasks are the recorded ones, at their recorded times; nothing is called, and nothing waits.

\b
Example:
  aws stepfunctions get-execution-history --execution-arn $ARN > history.json
  aslrun replay history.json --definition order.asl.json --execution $ARN
"""
EPILOG = """Exit codes: 0 no difference, 1 a difference, 2 the history, the definition or the command are wrong."""


@click.command("replay", help=HELP, epilog=EPILOG, short_help="Run a recorded execution again, and compare.")
@click.argument("history", nargs=-1, required=True)
@click.option("-d", "--definition", required=True, metavar="FILE|-", help="The state machine that it was, or is to be.")
@click.option("-i", "--input", "given", metavar="JSON|@FILE|-", help="Another input.  [default: the recorded one]")
@click.option("-e", "--execution", metavar="ARN", help="The execution's ARN, where its name flows through the data.")
@click.option(
    "--type", "kind", type=click.Choice(["standard", "express"]), default="standard", help="[default: standard]"
)
@click.option(
    "-f", "--format", "shape", type=click.Choice(["pretty", "json"]), default="pretty", help="[default: pretty]"
)
def replay(
    history: tuple[str, ...], definition: str, given: str | None, execution: str | None, kind: str, shape: str
) -> int:
    machine = inputs.read_machine(definition, kind.upper())
    pages = [_page(path) for path in history]
    options = {} if given is None else {"input": inputs.read_input(given)}
    try:
        replayed = run_again(pages, machine, execution=execution, **options)  # type: ignore[arg-type]
    except (InvalidHistory, NotReplayable) as error:
        raise Problem(str(error)) from None
    terminal = stdout()
    if shape == "json":
        terminal.verbatim(json.dumps(_document(replayed), indent=2))
    else:
        terminal.line(terminal.style(visible(" · ".join([machine.name, "replayed", *history])), "strong"))
        terminal.line()
        tell(terminal, replayed)
    return 0 if replayed.same else 1


def _page(path: str) -> dict[str, object]:
    try:
        with open(path, encoding="utf-8-sig") as file:
            page = json.load(file)
    except OSError as error:
        raise Problem(f"the history {path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise Problem(f"the history {path} is not JSON: {error}") from None
    if isinstance(page, list):
        return {"events": page}
    if not isinstance(page, dict) or "events" not in page:
        raise Problem(f'the history {path} has no "events": it must be what get-execution-history prints')
    return page


def tell(terminal: Terminal, replayed: Replayed) -> None:
    """The difference, and the verdict."""
    recording, difference = replayed.recording, replayed.difference
    for line in difference.lines() if difference is not None else ():
        style = {"-": "bad", "+": "good"}.get(line.lstrip()[:1])
        terminal.line(terminal.style(visible(line), style) if style else visible(line))  # type: ignore[arg-type]
    if difference is not None:
        terminal.line()
    facts = [counted(len(recording.events), "event"), counted(len(recording.attempts), "task call")]
    first, last = recording.events[0].at, recording.events[-1].at
    if first is not None and last is not None:
        facts.append(f"{duration(last - first)} recorded")
    verdict = ("✓ no difference", "good") if difference is None else ("✗ a difference", "bad")
    terminal.line(f"{terminal.style(verdict[0], verdict[1])} · {' · '.join(facts)}")  # type: ignore[arg-type]


def _document(replayed: Replayed) -> dict[str, JSON]:
    difference = replayed.difference
    return {"same": replayed.same, "difference": None if difference is None else _of(difference)}


def _of(difference: Difference) -> dict[str, JSON]:
    recorded, observed = difference.recorded, difference.observed
    return {
        "event": difference.id,
        "place": str((recorded or observed).place),  # type: ignore[union-attr]
        "recorded": None if recorded is None else recorded.type,
        "observed": None if observed is None else observed.type,
        "values": [
            {"path": each.path, "recorded": each.recorded, "observed": each.observed} for each in difference.values
        ],
    }
