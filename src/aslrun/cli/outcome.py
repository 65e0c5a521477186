"""The end of an execution, in the three formats: for people, as one JSON document, as AWS's event list."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..values import JSON
from .causes import report
from .terminal import Style, Terminal, counted, cut, duration, visible, wrapped

if TYPE_CHECKING:
    from ..runtime.result import Result
    from .lanes import Step
    from .story import Story

OUTPUT_LINES, OUTPUT_COLUMNS = 40, 400  # more of an output is cut
CAUSE_LINES = 12

VERDICTS: dict[str, tuple[str, Style, str]] = {
    "SUCCEEDED": ("✓", "good", "succeeded"),
    "FAILED": ("✗", "bad", "failed"),
    "TIMED_OUT": ("✗", "bad", "timed out"),
    "ABORTED": ("–", "bad", "aborted"),
    "RUNNING": ("…", "warn", "not finished"),
}


def as_document(result: Result) -> dict[str, JSON]:
    """What ``--format json`` shows."""
    return {"status": result.status, "output": result.output, "error": result.error, "cause": result.cause}


def as_history(result: Result) -> dict[str, JSON]:
    """What ``--format history`` shows: the answer of GetExecutionHistory, with times as the AWS CLI writes them."""
    return {"events": [{**event, "timestamp": _time(event["timestamp"])} for event in result.history]}


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def json_text(value: JSON, terminal: Terminal) -> str:
    """A value as indented JSON, in characters that the terminal has."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return text if terminal.can_show(text) else json.dumps(value, indent=2)


# --------------------------------------------------------------------------- for people


def tell_end(terminal: Terminal, result: Result, story: Story, seconds: float, *, virtual: bool, full: bool) -> None:
    """Output or error, and the verdict."""
    terminal.line()
    if result.succeeded:
        for line in _shortened(json_text(result.output, terminal).split("\n"), terminal, full):
            terminal.line(line)
        terminal.line()
    elif result.error is not None or result.cause is not None:
        _tell_error(terminal, result.error, result.cause, full)
        terminal.line()
    if result.status == "RUNNING":
        for line in _waiting(story, virtual):
            terminal.line(line)
        terminal.line()
    mark, style, word = VERDICTS[result.status]
    facts = [_times(result, story, seconds, virtual), counted(story.transitions, "transition")]
    terminal.line(f"{terminal.style(f'{mark} {word}', style)} · {' · '.join(facts)}")


def _times(result: Result, story: Story, seconds: float, virtual: bool) -> str:
    passed = duration((result.stopped_at or story.now) - result.started_at)
    return f"{passed} of virtual time in {duration(seconds)}" if virtual else duration(seconds)


def _shortened(lines: Sequence[str], terminal: Terminal, full: bool) -> Iterator[str]:
    if full:
        yield from lines
        return
    yield from (cut(line, OUTPUT_COLUMNS) for line in lines[:OUTPUT_LINES])
    if len(lines) > OUTPUT_LINES or any(len(line) > OUTPUT_COLUMNS for line in lines):
        more = f"… {counted(len(lines) - OUTPUT_LINES, 'more line')}" if len(lines) > OUTPUT_LINES else "… cut"
        yield terminal.style(f"{more} (--full shows all of it, --format json is for programs)", "dim")


def _tell_error(terminal: Terminal, error: str | None, cause: str | None, full: bool) -> None:
    """The error in red, its cause wrapped below it, the traceback of a handler dimmed."""
    told = report(cause)
    terminal.line(terminal.style(visible(error) if error else "(an error without a name)", "bad"))
    lines = [line for each in told.message.split("\n") for line in wrapped(visible(each), terminal.width - 2)]
    shown = lines if full else lines[:CAUSE_LINES]
    for line in shown if told.message else ():
        terminal.line(f"  {line}")
    if len(lines) > len(shown):
        terminal.line(terminal.style(f"  … {counted(len(lines) - len(shown), 'more line')} (--full)", "dim"))
    for line in told.trace:
        terminal.line(terminal.style(f"  {visible(line)}", "dim"))


def _for_what(step: Step) -> str:
    """What an open state waits for, where the definition does not say it."""
    return f" for {step.waits_for}" if step.type == "Task" else ""


def _waiting(story: Story, virtual: bool) -> Iterator[str]:
    for step in story.open_steps():
        if virtual:
            yield f"{visible(step.name)} waits for {step.waits_for}, and in a simulation nobody gives it."
        else:
            yield f"{visible(step.name)} waits{_for_what(step)}."
    if not virtual:
        return
    yield "A mock can: see --mock in aslrun run --help."
