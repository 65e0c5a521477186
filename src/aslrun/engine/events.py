"""Events: what happened, told to the core. Times (``at``) are seconds since the epoch, UTC.

Every event is plain data: ``to_dict`` and ``from_dict`` go to JSON and back, so a driver can journal it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TypeAlias, cast

from ..values import JSON


@dataclass(slots=True)
class Started:
    """The execution begins. ``seed`` is the source of everything random in it."""

    input: JSON = field(repr=False)
    at: float
    seed: int = 0


@dataclass(slots=True)
class TaskStarted:
    """A handler, worker or child has begun with the task."""

    task: int
    at: float
    worker: str | None = None


@dataclass(slots=True)
class TaskSubmitted:
    """The call of a ``.sync`` or ``.waitForTaskToken`` task was answered; the task goes on."""

    task: int
    output: JSON = field(repr=False)
    at: float


@dataclass(slots=True)
class TaskSucceeded:
    """A task has its result."""

    task: int
    output: JSON = field(repr=False)
    at: float


@dataclass(slots=True)
class TaskFailed:
    """A task failed; both texts may be absent."""

    task: int
    error: str | None
    cause: str | None
    at: float


@dataclass(slots=True)
class TaskHeartbeat:
    """A task is still alive: its heartbeat clock starts anew."""

    task: int
    at: float


@dataclass(slots=True)
class TimePassed:
    """It is ``at`` now: deadlines up to then fire."""

    at: float


@dataclass(slots=True)
class ClockMoved:
    """At ``at`` the wall clock was set: it is ``at + by`` now. What waits for a time of day waits for the new one."""

    by: float
    at: float


@dataclass(slots=True)
class Aborted:
    """The caller stops the execution."""

    error: str | None
    cause: str | None
    at: float


@dataclass(slots=True)
class Redriven:
    """An execution that ended without success goes on from where it failed."""

    at: float


News: TypeAlias = TaskStarted | TaskSubmitted | TaskSucceeded | TaskFailed | TaskHeartbeat
"""Events about one task."""

Event: TypeAlias = Started | News | TimePassed | ClockMoved | Aborted | Redriven

_KINDS: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        Started,
        TaskStarted,
        TaskSubmitted,
        TaskSucceeded,
        TaskFailed,
        TaskHeartbeat,
        TimePassed,
        ClockMoved,
        Aborted,
        Redriven,
    )
}
_FIELDS = {kind: tuple(each.name for each in fields(kind)) for kind in _KINDS.values()}


def to_dict(event: Event) -> dict[str, JSON]:
    """The event as JSON.

    >>> to_dict(TimePassed(12.5))
    {'event': 'TimePassed', 'at': 12.5}
    """
    kind = type(event)
    return {"event": kind.__name__, **{name: getattr(event, name) for name in _FIELDS[kind]}}


def from_dict(document: dict[str, JSON]) -> Event:
    """The event that ``to_dict`` wrote. Raises ``KeyError`` for an unknown kind.

    >>> from_dict({"event": "TimePassed", "at": 12.5})
    TimePassed(at=12.5)
    """
    values = dict(document)
    kind = _KINDS[cast(str, values.pop("event"))]
    return kind(**values)  # type: ignore[arg-type]
