"""A recorded history: what ``aws stepfunctions get-execution-history`` printed, read and understood.

Rules that a change must keep:

1. Everything that AWS prints is taken: one page or several, in either order, times as ISO text or as seconds or
   milliseconds. What is missing is said.
2. An event belongs to a *place*: the way through Parallel branches and Map iterations, and the state. It is found by
   previousEventId, as ids alone say nothing where branches run at once.
3. Inputs, outputs and parameters are values here, however they were written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from os import PathLike
from typing import TYPE_CHECKING, TypeAlias, cast

from ..definition.model import MapState, ParallelState
from ..errors import CallerError
from ..values import JSON, parse

if TYPE_CHECKING:
    from ..definition.model import Machine

Document: TypeAlias = "Mapping[str, object] | Sequence[Mapping[str, object]]"
Source: TypeAlias = "str | PathLike[str] | Document"
Way: TypeAlias = "tuple[tuple[str, int], ...]"
"""The Map or Parallel states around a state, each with the iteration or branch."""


class InvalidHistory(CallerError):
    """What was given is no history of an execution, or not all of it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event happened."""

    way: Way = ()
    state: str | None = None

    def __str__(self) -> str:
        return " / ".join([*(f"{name}[{index}]" for name, index in self.way), self.state or ""]).rstrip(" /")


@dataclass(slots=True)
class HistoryEvent:
    """One event; ``details`` have values in place of JSON text, ``at`` is seconds since the epoch."""

    id: int
    type: str
    previous: int
    at: float | None
    details: dict[str, JSON] = field(repr=False)
    place: Place = Place()


@dataclass(slots=True)
class Attempt:
    """One call of a task: what it was given, and the events that tell what came of it."""

    place: Place
    scheduled: HistoryEvent
    news: list[HistoryEvent] = field(default_factory=list)

    @property
    def arguments(self) -> JSON:
        """What the task was called with."""
        details = self.scheduled.details
        return details.get("parameters", details.get("input"))

    @property
    def end(self) -> HistoryEvent | None:
        """The event that ended it; ``None`` if nothing did."""
        return next((each for each in self.news if each.type.endswith(ENDS)), None)

    def after(self, event: HistoryEvent) -> float:
        """Seconds from the call to an event; 0 where the history has no times."""
        if event.at is None or self.scheduled.at is None:
            return 0.0
        return max(0.0, event.at - self.scheduled.at)


FAILED = ("Failed", "StartFailed", "SubmitFailed", "ScheduleFailed")
ENDS = ("Succeeded", "TimedOut", *FAILED)
_FAMILIES = ("Task", "LambdaFunction", "Activity")
SCHEDULED = frozenset(f"{family}Scheduled" for family in _FAMILIES)
NEWS = frozenset(f"{family}{news}" for family in _FAMILIES for news in ("Started", "Submitted", *ENDS))
_TEXTS = frozenset({"input", "output", "parameters"})


@dataclass(slots=True)
class Recording:
    """A history, and the attempts of its tasks in the order in which they were made."""

    events: list[HistoryEvent]
    attempts: list[Attempt]

    @property
    def input(self) -> JSON:
        """The execution's input."""
        return self.events[0].details.get("input", {})


def read_recording(source: Source, machine: Machine) -> Recording:
    """Read a history: a file, a JSON text, an answer of GetExecutionHistory, a list of events or of pages.

    Raises ``InvalidHistory``.
    """
    placing = Placing(machine)
    events = [placing.placed(event) for event in _merged(_pages(source))]
    return Recording(events, list(_attempts(events)))


# --------------------------------------------------------------------------- reading


def _pages(source: Source) -> Iterable[Mapping[str, object]]:
    document = _loaded(source) if isinstance(source, (str, PathLike)) else source
    if isinstance(document, Mapping):
        return [document]
    if document and all("events" in each for each in document):
        return document
    return [{"events": document}]


def _loaded(source: str | PathLike[str]) -> Document:
    import json
    from pathlib import Path

    is_text = isinstance(source, str) and source.lstrip()[:1] in ("{", "[")
    try:
        text = str(source) if is_text else Path(source).read_text(encoding="utf-8-sig")
        value = json.loads(text)
    except OSError as error:
        raise InvalidHistory(f"the history {source} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise InvalidHistory(f"the history{'' if is_text else f' {source}'} is not JSON: {error}") from None
    if not isinstance(value, (dict, list)):
        raise InvalidHistory("the history must be an object with events, or an array of them")
    return cast(Document, value)


def _merged(pages: Iterable[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """All events by id, each once."""
    found: dict[int, Mapping[str, object]] = {}
    for page in pages:
        events = page.get("events")
        if not isinstance(events, list):
            raise InvalidHistory('a history is what get-execution-history prints: an object with "events"')
        for event in events:
            if not isinstance(event, Mapping) or not isinstance(event.get("id"), int) or "type" not in event:
                raise InvalidHistory("every event of a history must have an id and a type")
            found[cast(int, event["id"])] = event
    if not found:
        raise InvalidHistory("the history has no events")
    missing = sorted(set(range(1, max(found) + 1)) - found.keys())
    if missing:
        raise InvalidHistory(
            f"the history has no event {missing[0]}, and {len(missing)} of {max(found)} in all are missing: "
            "every page of get-execution-history is needed"
        )
    return [found[id] for id in sorted(found)]


def _event(event: Mapping[str, object]) -> HistoryEvent:
    details = next((each for name, each in event.items() if name.endswith("EventDetails")), {})
    values = {
        name: _value(value) if name in _TEXTS else value for name, value in cast("dict[str, JSON]", details).items()
    }
    assigned = values.get("assignedVariables")
    if isinstance(assigned, dict):
        values["assignedVariables"] = {name: _value(value) for name, value in assigned.items()}
    previous = cast(int, event.get("previousEventId", 0))
    return HistoryEvent(cast(int, event["id"]), str(event["type"]), previous, _time(event.get("timestamp")), values)


def _value(text: JSON) -> JSON:
    if not isinstance(text, str):
        return text
    try:
        return parse(text)
    except (ValueError, RecursionError):
        return text


def _time(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return value / 1000 if value > 1e11 else float(value)
    if isinstance(value, datetime):
        return value.timestamp()
    try:
        return datetime.fromisoformat(str(value)).timestamp() if value else None
    except ValueError:
        return None


# --------------------------------------------------------------------------- places


class Placing:
    """Reads events in the order of their ids, and gives each its place."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._known = {0: HistoryEvent(0, "", 0, None, {})}

    def placed(self, rendered: Mapping[str, object]) -> HistoryEvent:
        """The event, with its place."""
        event = _event(rendered)
        before = self._known.get(event.previous, self._known[0])
        event.place = _place(event, before, self._machine)
        self._known[event.id] = event
        return event


def _place(event: HistoryEvent, before: HistoryEvent, machine: Machine) -> Place:
    name, kind, place = cast("str | None", event.details.get("name")), event.type, before.place
    if kind.startswith("Execution"):
        return Place()
    if kind == "EvaluationFailed":
        return _of_state(place, cast("str | None", event.details.get("state")), machine)
    if kind.endswith("StateEntered"):
        return _entered(before, name, machine)
    if kind.startswith("MapIteration"):
        return Place((*_around(place, name).way, (name or "", cast(int, event.details.get("index", 0)))), None)
    if kind.endswith("StateExited"):
        return Place(_around(place, name).way, name)
    if kind.startswith(("ParallelState", "MapState", "MapRun")) and not kind.endswith("Aborted"):
        return _joined(place, ParallelState if kind.startswith("Parallel") else MapState, machine)
    return place


def _entered(before: HistoryEvent, name: str | None, machine: Machine) -> Place:
    place = before.place
    if before.type == "ParallelStateStarted":
        state = machine.states.get(place.state or "")
        starts = [branch.start.name for branch in state.branches] if isinstance(state, ParallelState) else []
        branch = starts.index(name) if name in starts else len(starts)
        return Place((*place.way, (place.state or "", branch)), name)
    return Place(place.way, name)


def _of_state(place: Place, name: str | None, machine: Machine) -> Place:
    around = _around(place, name)
    return replace(around, state=name) if around.way != place.way or place.state == name else Place(place.way, name)


def _around(place: Place, name: str | None) -> Place:
    """The place of a Map or Parallel of this name that is around a place, or that is the place itself."""
    for depth, (state, _) in enumerate(place.way):
        if state == name:
            return Place(place.way[:depth], name)
    return Place(place.way, name)


def _joined(place: Place, kind: type, machine: Machine) -> Place:
    if isinstance(machine.states.get(place.state or ""), kind):
        return place
    for depth in range(len(place.way) - 1, -1, -1):
        name = place.way[depth][0]
        if isinstance(machine.states.get(name), kind):
            return Place(place.way[:depth], name)
    return place


# --------------------------------------------------------------------------- attempts


def _attempts(events: Iterable[HistoryEvent]) -> Iterator[Attempt]:
    running: dict[int, Attempt] = {}  # by its latest event
    made = []
    for event in events:
        if event.type in SCHEDULED:
            attempt = running[event.id] = Attempt(event.place, event)
            made.append(attempt)
        elif event.type in NEWS and event.previous in running:
            attempt = running.pop(event.previous)
            attempt.news.append(event)
            running[event.id] = attempt
    yield from made
