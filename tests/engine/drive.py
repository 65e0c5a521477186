"""A tiny driver of the core: virtual time, no handlers, every event kept.

``drive`` tells an execution what a *world* says: for a state, what becomes of its task, as news with delays. What the
execution asks for at an instant comes before what is told at that instant, as every driver does it. ``Story`` is what
two runs are compared by. ``rebuilt`` may replace the execution after every event, as a crash does.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aslrun.definition.loading import load
from aslrun.definition.model import Machine
from aslrun.engine import dump as snapshots
from aslrun.engine.effects import Effect, ScheduleTask
from aslrun.engine.events import (
    Aborted,
    Event,
    Started,
    TaskFailed,
    TaskHeartbeat,
    TaskStarted,
    TaskSubmitted,
    TaskSucceeded,
    TimePassed,
)
from aslrun.engine.execution import Execution
from aslrun.engine.fork import fork
from aslrun.engine.history import HistoryEvent, Record, render
from aslrun.engine.identity import Identity
from aslrun.engine.limits import DEFAULT_LIMITS, Limits
from aslrun.values import JSON

START = 1_000.0  # seconds since the epoch at which every execution begins
ARN = "arn:aws:states:us-east-1:123456789012"
ME = Identity(f"{ARN}:execution:machine:run", "run", f"{ARN}:stateMachine:machine", "machine")

Saying = Callable[[int, float], Event]  # (task, instant of its scheduling) -> what is told of it
World = Mapping[str, Callable[[ScheduleTask], Sequence[Saying]]]


# --------------------------------------------------------------------------- what is told of a task


def ok(delay: float, output: JSON = None) -> Saying:
    return lambda task, now: TaskSucceeded(task, output, now + delay)


def failed(delay: float, error: str | None = "Boom", cause: str | None = "it broke") -> Saying:
    return lambda task, now: TaskFailed(task, error, cause, now + delay)


def begun(delay: float, worker: str | None = None) -> Saying:
    return lambda task, now: TaskStarted(task, now + delay, worker)


def submitted(delay: float, output: JSON = None) -> Saying:
    return lambda task, now: TaskSubmitted(task, output, now + delay)


def beat(delay: float) -> Saying:
    return lambda task, now: TaskHeartbeat(task, now + delay)


def always(*sayings: Saying) -> Callable[[ScheduleTask], Sequence[Saying]]:
    return lambda scheduled: sayings


def by_attempt(*attempts: Sequence[Saying]) -> Callable[[ScheduleTask], Sequence[Saying]]:
    """One list of sayings for each attempt; the last one for those after it."""
    return lambda scheduled: attempts[min(scheduled.attempt, len(attempts) - 1)]


# --------------------------------------------------------------------------- stories


@dataclass
class Story:
    """One run: its end, its history records, its events and, after each, its dump and what was outstanding."""

    execution: Execution
    records: list[Record] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    dumps: list[dict[str, JSON]] = field(default_factory=list)
    effects: list[list[Effect]] = field(default_factory=list)

    @property
    def history(self) -> list[HistoryEvent]:
        return list(render(self.records))

    @property
    def types(self) -> list[str]:
        return [record[0] for record in self.records]

    @property
    def chain(self) -> list[str]:
        """The history as ``id<previous type``."""
        return [f"{number}<{record[2]} {record[0]}" for number, record in enumerate(self.records, 1)]

    @property
    def scheduled(self) -> list[tuple[float, ScheduleTask]]:
        """Every task that was asked for, with the instant."""
        told = zip(self.events, self.effects, strict=True)
        return [(event.at, each) for event, asked in told for each in asked if isinstance(each, ScheduleTask)]

    def end(self) -> tuple[object, ...]:
        execution = self.execution
        return execution.status, execution.output, execution.error, execution.cause, execution.stopped_at, self.history

    def of(self, type: str) -> list[HistoryEvent]:
        return [event for event in self.history if event["type"] == type]


def machine_of(states: Mapping[str, Any], **fields: Any) -> Machine:
    """A machine that starts at its first state."""
    return load({"StartAt": next(iter(states)), "States": dict(states), **fields}, name="machine")


def execution_of(machine: Machine, limits: Limits = DEFAULT_LIMITS) -> Execution:
    return Execution(machine, ME, limits)


def drive(
    machine: Machine,
    input: JSON = None,
    world: World | None = None,
    *,
    seed: int = 7,
    limits: Limits = DEFAULT_LIMITS,
    told: Sequence[Event] = (),
    rebuilt: Callable[[Execution], Execution] = lambda execution: execution,
    dumping: bool = False,
) -> Story:
    """Run until nothing is left to tell and nothing is due."""
    story = Story(execution_of(machine, limits))
    later: list[tuple[float, int, Event]] = []
    for first in (Started(input, START, seed), *told):
        heapq.heappush(later, (first.at, len(later), first))
    said = len(later)
    while (event := _next(story.execution, later)) is not None:
        effects = story.execution.handle(event)
        story.events.append(event)
        story.effects.append(effects)
        for effect in effects:
            if isinstance(effect, ScheduleTask):
                for saying in (world or {}).get(effect.state, always())(effect):
                    said += 1
                    news = saying(effect.task, event.at)
                    heapq.heappush(later, (news.at, said, news))
        story.execution = rebuilt(story.execution)
        story.records.extend(story.execution.take_history())
        if dumping:
            story.dumps.append(snapshots.dump(story.execution))
    return story


def _next(execution: Execution, later: list[tuple[float, int, Event]]) -> Event | None:
    deadline = execution.deadline
    if deadline is not None and (not later or deadline <= later[0][0]):
        return TimePassed(deadline)
    return heapq.heappop(later)[2] if later else None


# --------------------------------------------------------------------------- rebuilding


def by_dump(execution: Execution) -> Execution:
    """The execution, through JSON text and back. What is outstanding must be the same before and after."""
    before = snapshots.dump(execution)
    text = json.dumps(before)
    after = snapshots.load(execution.machine, json.loads(text), execution.identity, execution.limits, execution.mint)
    assert after.outstanding() == execution.outstanding()
    assert after.deadline == execution.deadline
    assert json.dumps(snapshots.dump(after)) == text
    return after


def by_fork(execution: Execution) -> Execution:
    """The execution as a fork; the one that it was forked from goes another way."""
    other = fork(execution)
    assert json.dumps(snapshots.dump(other)) == json.dumps(snapshots.dump(execution))
    execution.handle(Aborted("Gone", None, execution.now + 1_000_000))
    return other


def by_replay(machine: Machine, events: Sequence[Event], limits: Limits = DEFAULT_LIMITS) -> Story:
    """A new execution that is told the same events."""
    story = Story(execution_of(machine, limits))
    for event in events:
        story.events.append(event)
        story.effects.append(story.execution.handle(event))
        story.records.extend(story.execution.take_history())
    return story


def abort(at: float, error: str | None = "Stopped", cause: str | None = None) -> Event:
    return Aborted(error, cause, START + at)
