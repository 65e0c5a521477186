"""``aslrun executions``: what is in a file of executions, and the two things that can be done with one."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from ..errors import ExecutionNotRedrivable
from ..values import JSON
from . import stored
from .problems import Problem
from .subcommands import Subcommands
from .terminal import Terminal, columns, counted, cut, duration, padded, stdout, visible

if TYPE_CHECKING:
    from ..engine.history import HistoryEvent
    from ..runtime.result import Result
    from ..stores.protocols import Listed

NARROWEST_NAME = 12
LONGEST_MACHINE = 24
BESIDE = 56  # columns of a list that are neither the name nor the machine
RUNNING_ELSEWHERE = ("Stop or redrive it there (Interpreter.stop, Interpreter.redrive), or end that process first.",)

json_option = click.option("--json", "as_json", is_flag=True, help="JSON, for programs.")


@click.group("executions", cls=Subcommands, help="Look at the executions in a file, stop one, or redrive one.")
def executions() -> None:
    pass


# --------------------------------------------------------------------------- list

LIST_HELP = """List executions, the newest first.

\b
Examples:
  aslrun executions list --store runs.db --status failed --since 2h
  aslrun executions list --store runs.db --json | jq -r '.executions[].name'
"""


@executions.command("list", help=LIST_HELP, short_help="List executions, the newest first.")
@stored.store_option
@click.option("-m", "--machine", metavar="NAME", help="Only those of this state machine.")
@click.option(
    "--status",
    type=click.Choice([each.lower() for each in stored.STATUSES], case_sensitive=False),
    help="Only those that stand like this.",
)
@click.option(
    "--since", metavar="TIME", help="Started at this time or later: 30m, 2h, 7d (ago), or 2026-11-20[T10:30] (UTC)."
)
@click.option("--before", metavar="TIME", help="Started before this time.")
@click.option("--limit", type=click.IntRange(1), default=50, metavar="N", help="How many at most.  [default: 50]")
@click.option("--children", is_flag=True, help="Those of distributed Maps too.")
@json_option
def list_(
    path: str,
    machine: str | None,
    status: str | None,
    since: str | None,
    before: str | None,
    limit: int,
    children: bool,
    as_json: bool,
) -> int:
    from ..runtime.stored_executions import StoredExecutions
    from ..stores.protocols import Query

    query = Query(
        machine=machine,
        status=None if status is None else status.upper(),
        started_from=None if since is None else instant(since),
        started_before=None if before is None else instant(before),
        children=children,
        limit=limit + 1,
    )
    with closing(stored.existing_store(path)) as store:
        found = list(StoredExecutions(store).list(query))
    terminal = stdout()
    if as_json:
        print_json(
            {"executions": [stored.listed(each) for each in found[:limit]], "more": len(found) > limit}, terminal
        )
    else:
        tell_list(terminal, path, found, limit, narrowed=query != Query(children=children, limit=limit + 1))
    return 0


def tell_list(terminal: Terminal, path: str, found: Sequence[Listed], limit: int, narrowed: bool) -> None:
    """The table."""
    if not found:
        what = "no execution like this" if narrowed else "no executions"
        terminal.line(f"{visible(path)} · {what}")
        return
    shown = found[:limit]
    more = f" and more (--limit {limit * 2})" if len(found) > limit else ""
    terminal.line(terminal.style(f"{visible(path)} · {counted(len(shown), 'execution')}{more}", "strong"))
    terminal.line()
    machine = min(LONGEST_MACHINE, max(len("MACHINE"), *(columns(visible(each.machine)) for each in shown)))
    room = terminal.width - machine - BESIDE
    name = min(max(room, NARROWEST_NAME), max(len("NAME"), *(columns(visible(each.name)) for each in shown)))
    now = time.time()
    head = f"    {'NAME':<{name}}  {'MACHINE':<{machine}}  STATUS     {'STARTED (UTC)':<19}  LASTED"
    terminal.line(terminal.style(head, "dim"))
    for each in shown:
        terminal.line(_row(terminal, each, name, machine, now))


def _row(terminal: Terminal, each: Listed, name: int, machine: int, now: float) -> str:
    mark, style, word = stored.STATUSES[each.status]
    cells = (
        f"  {terminal.style(mark, style)} {padded(cut(visible(each.name), name), name)}",
        terminal.style(padded(cut(visible(each.machine), machine), machine), "dim"),
        terminal.style(padded(word, 9), style),
        stored.time_text(each.started),
        _lasted(each, now),
    )
    return "  ".join(cells)


def _lasted(each: Listed, now: float) -> str:
    """How long it took, or for how long it may go on waiting."""
    if each.stopped is not None:
        return duration(each.stopped - each.started)
    if each.due is not None:
        return f"waits, {duration(each.due - now)} left" if each.due > now else "is due"
    return "waits" if each.asleep else f"{duration(now - each.started)} so far"


def instant(text: str) -> float:
    """A time that was given: so long ago, or a date and time."""
    if ago := re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", text):
        return time.time() - float(ago[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[ago[2]]
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        what = "so long ago, as 30m, 2h or 7d, or a time, as 2026-11-20 or 2026-11-20T10:30"
        raise Problem(f"{text!r} is no time: give {what}") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


# --------------------------------------------------------------------------- describe, history


@executions.command("describe", help="Show one execution: its path, its output or error, and what it waits for.")
@click.argument("execution")
@stored.store_option
@click.option("--full", is_flag=True, help="Every iteration, and all of the output.")
@json_option
def describe(execution: str, path: str, full: bool, as_json: bool) -> int:
    result = look_at(path, execution)
    terminal = stdout()
    if as_json:
        print_json(stored.described(result), terminal)
        return 0
    from .outcome import tell_end
    from .pretty import Pretty

    started = f"started {stored.time_text(result.started_at)} UTC"
    title = " · ".join(visible(each) for each in (result.name, result.machine.name, started))
    terminal.line(terminal.style(title, "strong"))
    terminal.line(terminal.style(visible(result.arn), "dim"))
    terminal.line()
    pretty = Pretty(terminal, result.machine, virtual=False, full=full)
    pretty.feed(result.records)
    pretty.finish()
    lasted = (time.time() if result.stopped_at is None else result.stopped_at) - result.started_at
    tell_end(terminal, result, pretty.story, lasted, virtual=False, full=full)
    return 0


@executions.command("history", help="Show the history events of one execution, as GetExecutionHistory answers.")
@click.argument("execution")
@stored.store_option
@json_option
def history(execution: str, path: str, as_json: bool) -> int:
    result = look_at(path, execution)
    terminal = stdout()
    if as_json:
        from .outcome import as_history

        print_json(as_history(result), terminal)
        return 0
    events = result.history
    title = f"{result.name} · {stored.STATUSES[result.status][2]} · {counted(len(events), 'history event')}"
    terminal.line(terminal.style(visible(title), "strong"))
    terminal.line()
    for line in event_lines(terminal, events, result.started_at):
        terminal.line(line)
    return 0


def look_at(path: str, execution: str) -> Result:
    """The execution with this name or ARN, as it stands."""
    from ..runtime.stored_executions import StoredExecutions

    with closing(stored.existing_store(path)) as store:
        kept = StoredExecutions(store)
        return kept.describe(stored.find(kept, path, execution).arn)


def event_lines(terminal: Terminal, events: Sequence[HistoryEvent], start: float) -> Iterator[str]:
    """A line for each event: its number, the one before it, the time since the start, its type, what it is about."""
    number = len(str(len(events)))
    type = max(len(event["type"]) for event in events) if events else 0
    head = 2 * number + type + 20
    for event in events:
        time = f"{duration(event['timestamp'] - start):>8}"
        chain = f"{event['id']:>{number}} ← {event['previousEventId']:<{number}}"
        about = cut(visible(_about(event)), max(terminal.width - head, NARROWEST_NAME))
        yield f"{terminal.style(f'{chain} {time}', 'dim')}  {padded(event['type'], type)}  {about}"


def _about(event: HistoryEvent) -> str:
    """The name of a state, an error with its cause, or nothing."""
    for name, details in event.items():
        if not name.endswith("EventDetails") or not isinstance(details, dict):
            continue
        if "error" in details or "cause" in details:
            from .causes import one_line

            return one_line(details.get("error"), details.get("cause"))
        if isinstance(details.get("name"), str):
            index = details.get("index")
            return f"{details['name']}" if index is None else f"{details['name']} [{index}]"
        if isinstance(details.get("resource"), str):
            return str(details["resource"])
    return ""


def print_json(document: JSON, terminal: Terminal) -> None:
    """A document for programs."""
    from .outcome import json_text

    terminal.verbatim(json_text(document, terminal))


# --------------------------------------------------------------------------- stop, redrive

LATER = "It goes on with the next interpreter over {path}, or with: aslrun resume --store {path} --handlers MODULE:NAME"


@executions.command("stop", help="Stop an execution that nobody runs now; what it had started is stopped too.")
@click.argument("execution")
@stored.store_option
@click.option("--error", metavar="NAME", help="The error with which it ends.")
@click.option("--cause", metavar="TEXT", help="The cause with which it ends.")
def stop(execution: str, path: str, error: str | None, cause: str | None) -> int:
    from ..runtime.offline import owned
    from ..runtime.stored_executions import StoredExecutions

    store = stored.existing_store(path)
    with stored.telling_the_owner(path, *RUNNING_ELSEWHERE), owned(store, stored.showing_recovery(path)) as offline:
        found = stored.find(StoredExecutions(store), path, execution)
        was_running = offline.stop(found.arn, error, cause)
    terminal = stdout()
    if was_running:
        terminal.line(f"{stored.verdict(terminal, 'ABORTED')} · {visible(found.name)}")
        return 0
    terminal.line(f"{visible(found.name)} was over already: {stored.STATUSES[found.status][2]}")
    return 1


@executions.command("redrive", help="Let an execution that failed, timed out or was stopped go on from where it did.")
@click.argument("execution")
@stored.store_option
def redrive(execution: str, path: str) -> int:
    from ..runtime.offline import owned
    from ..runtime.stored_executions import StoredExecutions

    store = stored.existing_store(path)
    with stored.telling_the_owner(path, *RUNNING_ELSEWHERE), owned(store, stored.showing_recovery(path)) as offline:
        found = stored.find(StoredExecutions(store), path, execution)
        try:
            offline.redrive(found.arn)
        except ExecutionNotRedrivable as error:
            raise Problem(f"{found.name} cannot be redriven: {error}") from None
    terminal = stdout()
    terminal.line(f"{terminal.style('↻ redriven', 'good')} · {visible(found.name)}")
    terminal.line(LATER.format(path=visible(path)))
    return 0
