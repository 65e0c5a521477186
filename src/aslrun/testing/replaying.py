"""Replay: a recorded execution run again by our interpreter, with the recorded results of its tasks.

The recording is the script: what it says happened next is told next, in virtual time. Our history is then compared with
it place by place; the first difference is what somebody wants to see.

Rules that a change must keep:

1. The order of the script is kept. A deadline of ours that the script has later waits for its turn: what comes before
   it is told just before it.
2. Heartbeats are in no history. A task that ended in time had them; one that timed out had none since then.
3. Branches that run at once are compared each by itself. Ids of events are not compared, nor what a branch did while it
   was being stopped.
4. What cannot be known from a history is said (``NotReplayable``), never guessed.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from types import EllipsisType
from typing import TYPE_CHECKING, cast

from ..definition.model import MapState
from ..engine.effects import ScheduleTask
from ..engine.events import (
    Aborted,
    Event,
    Redriven,
    Started,
    TaskFailed,
    TaskHeartbeat,
    TaskStarted,
    TaskSubmitted,
    TaskSucceeded,
    TimePassed,
)
from ..engine.execution import Execution
from ..engine.history import render
from ..engine.identity import Identity
from ..engine.limits import DEFAULT_LIMITS, EXPRESS_LIMITS
from ..errors import CallerError
from ..runtime.fresh_stack import on_fresh_stack
from ..runtime.naming import DEFAULT_PLACE
from ..runtime.naming import Place as Where
from ..runtime.simulate import Definition, loaded
from ..runtime.simulation import SIMULATION_EPOCH
from ..values import JSON, equal
from .answers import Answer
from .compared import Difference, first_difference
from .likeness import Likeness
from .mocks import Mock, Mocks
from .recorded import (
    FAILED,
    NEWS,
    SCHEDULED,
    Attempt,
    HistoryEvent,
    InvalidHistory,
    Place,
    Placing,
    Recording,
    Source,
    Way,
    read_recording,
)

if TYPE_CHECKING:
    from ..definition.model import Machine
    from ..engine.frame import Frame
    from ..engine.history import HistoryEvent as Rendered
    from ..resources.task_context import TaskContext

BEFORE = 0.001  # seconds: so long before a deadline is told what the script has before it
_NAME = "aslrun-replay"
_DUE = (
    "StateExited",
    "MapStateStarted",
    "ParallelStateStarted",
    "ExecutionTimedOut",
)  # what a deadline may bring about


class NotReplayable(CallerError):
    """The history does not say what is needed to run the execution again."""


@dataclass(slots=True)
class Replayed:
    """What came of a replay. ``difference`` is the first, ``None`` if there is none."""

    recording: Recording
    execution: Execution = field(repr=False)
    history: list[Rendered] = field(repr=False)
    difference: Difference | None = None

    @property
    def same(self) -> bool:
        """Whether our interpreter did what was recorded."""
        return self.difference is None


def replay(
    history: Source,
    definition: Definition,
    *,
    input: JSON | EllipsisType = ...,
    likeness: Callable[[list[str]], Likeness] = Likeness,
    execution: str | None = None,
) -> Replayed:
    """Run a recorded execution again, with its recorded task results, and compare.

    ``history`` is what ``aws stepfunctions get-execution-history`` printed (a file, text, or the answer itself; pages
    may be merged). ``input`` replaces the recorded input, ``execution`` is the ARN that the execution had.

    Raises ``InvalidDefinition``, ``InvalidHistory``, ``NotReplayable``.

    >>> from aslrun import simulate
    >>> machine = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": 7, "End": True}}}
    >>> replay({"events": simulate(machine, {}).history}, machine).same
    True
    """
    machine = loaded(definition)
    recording = read_recording(history, machine)
    run = _Run(machine, recording, recording.input if isinstance(input, EllipsisType) else input, execution)
    run.play()
    found = first_difference(recording, Recording(run.events, []), likeness(run.own_texts()))
    return Replayed(recording, run.execution, run.history, found)


# --------------------------------------------------------------------------- the driver


class _Run:
    """Drives one execution by a script."""

    def __init__(self, machine: Machine, recording: Recording, input: JSON, arn: str | None) -> None:
        identity = _identity(machine, arn)
        role = recording.events[0].details.get("roleArn")
        if isinstance(role, str):
            identity.role_arn = role
        limits = EXPRESS_LIMITS if machine.type == "EXPRESS" else DEFAULT_LIMITS
        self.machine = machine
        self.execution = Execution(machine, identity, limits, self._mint)
        self.execution.fresh_stack = on_fresh_stack
        self.history: list[Rendered] = []
        self.events: list[HistoryEvent] = []
        self._placing = Placing(machine)
        self._seen: Counter[tuple[str, Place]] = Counter()
        self._told_name = arn is not None
        self._tokens: list[str] = []
        self._recording = recording
        self._input = input
        self._open: dict[tuple[Way, str], deque[Attempt]] = {}
        for attempt in recording.attempts:
            self._open.setdefault((attempt.place.way, attempt.place.state or ""), deque()).append(attempt)
        self._tasks: dict[int, Attempt] = {}  # scheduled by our execution, by task
        self._nth = _numbered(recording.events)
        self._by_event = {id(event): attempt for attempt in recording.attempts for event in attempt.news}

    def _mint(self, execution: str, task: int) -> str:
        token = f"aslrun-replay-token-{task}"
        self._tokens.append(token)
        return token

    def own_texts(self) -> list[str]:
        """Texts that stand for others of the recorded execution."""
        identity = self.execution.identity
        names = [identity.arn, identity.name, identity.machine_arn, identity.machine_name]
        names = [] if self._told_name else names
        return [*self._tokens, *names, *self.execution.map_runs]

    # ------------------------------------------------------------------ the script

    def play(self) -> None:
        """Tell the whole script."""
        first = self._recording.events[0]
        start = SIMULATION_EPOCH if first.at is None else first.at
        self._tell(Started(self._input, start, 0))
        for event in self._recording.events[1:]:
            self._catch_up()
            if event.type in NEWS:
                self._tell_news(event)
            elif event.type == "ExecutionAborted":
                self._tell(Aborted(_text(event, "error"), _text(event, "cause"), self.execution.now))
            elif event.type == "ExecutionRedriven":
                self._tell(Redriven(event.at or self.execution.now))
            elif event.type in SCHEDULED or event.type.endswith(_DUE):
                self._wait_for(event)
        self._catch_up()

    def _tell_news(self, event: HistoryEvent) -> None:
        """A task began, was submitted, or ended."""
        attempt = self._by_event.get(id(event))
        if attempt is None:
            return
        if event.type.endswith("TimedOut"):
            return self._wait_for(event)
        self._wait_for(attempt.scheduled)
        task = next((task for task, each in self._tasks.items() if each is attempt), None)
        if task is not None and task in self.execution.tasks:
            self._tell(_news(event, task, self._instant(event, task)))

    def _instant(self, event: HistoryEvent, task: int) -> float:
        """When an event is told: as recorded, but before every deadline that the script has not come to."""
        at = max(self.execution.now, self.execution.now if event.at is None else event.at)
        while (due := self.execution.deadline) is not None and due <= at:
            if not self._keep_alive(due):
                return max(self.execution.now, due - BEFORE)
        return at

    def _wait_for(self, event: HistoryEvent) -> None:
        """Let time pass until our execution has come to what the script has now."""
        wanted, kind = self._nth[event.id], (event.type, event.place)
        while self._seen[kind] < wanted and self._pass_time():
            self._catch_up()

    def _pass_time(self) -> bool:
        """To the next deadline; whether there is one."""
        due = self.execution.deadline
        if due is None:
            return False
        if not self._keep_alive(due):
            self._tell(TimePassed(due))
        return True

    def _catch_up(self) -> None:
        """Everything that needs no time."""
        while self.execution.deadline == self.execution.now:
            self._tell(TimePassed(self.execution.now))

    # ------------------------------------------------------------------ heartbeats

    def _keep_alive(self, due: float) -> bool:
        """Send a heartbeat if a task would miss it that ended otherwise."""
        for frame in self.execution.frames.values():
            if frame.heartbeat_due == due and frame.due != due and frame.task in self._tasks:
                if self._missed(self._tasks[frame.task], due):
                    continue
                self._tell(TaskHeartbeat(frame.task, max(self.execution.now, due - BEFORE)))
                return self.execution.deadline != due
        return False

    def _missed(self, attempt: Attempt, due: float) -> bool:
        """Whether the recorded task timed out at about this time, or was never heard of again."""
        end = attempt.end
        if end is None or not end.type.endswith("TimedOut"):
            return end is None
        return end.at is None or end.at <= due + 1.0

    # ------------------------------------------------------------------ effects

    def _tell(self, event: Event) -> None:
        execution = self.execution
        effects = execution.handle(event)
        for rendered in render(execution.take_history(), len(self.history) + 1):
            self.history.append(rendered)
            self.events.append(seen := self._placing.placed(rendered))
            self._seen[seen.type, seen.place] += 1
        for effect in effects:
            if isinstance(effect, ScheduleTask):
                self._schedule(effect)

    def _schedule(self, effect: ScheduleTask) -> None:
        if effect.task not in self.execution.tasks:
            return
        frame = self.execution.tasks[effect.task][0]
        if effect.role not in ("task", "activity"):
            self._tell(_MAP_ANSWERS[effect.role](self, effect, frame))
            return
        waiting = self._open.get((way_of(frame), effect.state))
        if waiting:
            self._tasks[effect.task] = waiting.popleft()

    # ------------------------------------------------------------------ distributed Maps

    def _read(self, effect: ScheduleTask, frame: Frame) -> Event:
        """The items are not in the history: as many are made up as there are results."""
        now = self.execution.now
        if (failed := self._map_event(frame, "MapRunFailed")) is not None:
            return TaskFailed(effect.task, _text(failed, "error"), _text(failed, "cause"), now)
        results = self._results(frame)
        items: list[JSON] = [[each, "", None] for each in (results if isinstance(results, list) else [])]
        return TaskSucceeded(effect.task, {"Items": items, "Last": True}, now)

    def _child(self, effect: ScheduleTask, frame: Frame) -> Event:
        now = self.execution.now
        if (failed := self._map_event(frame, "MapRunFailed")) is not None:
            return TaskFailed(effect.task, _text(failed, "error"), _text(failed, "cause"), now)
        if cast(MapState, frame.state).writer is not None:
            return TaskSucceeded(effect.task, None, now)
        results = self._results(frame)
        index = effect.index or 0
        return TaskSucceeded(effect.task, results[index] if isinstance(results, list) else None, now)

    def _write(self, effect: ScheduleTask, frame: Frame) -> Event:
        return TaskSucceeded(effect.task, self._results(frame), self.execution.now)

    def _map_event(self, frame: Frame, kind: str) -> HistoryEvent | None:
        place = Place(way_of(frame), frame.state.name)
        return next((each for each in self._recording.events if each.type == kind and each.place == place), None)

    def _results(self, frame: Frame) -> JSON:
        """What the map run gave: the state's output, where nothing was done with it."""
        state = frame.state
        left = self._map_event(frame, "MapStateExited")
        if left is None:
            return []
        output, path = left.details.get("output"), state.document.get("ResultPath")
        changed = {"ResultSelector", "OutputPath", "Output"} & state.document.keys()
        if changed:
            told = f"{state.name}: the results of its map run are not in the history, and {min(changed)} hides them"
            raise NotReplayable(told)
        if isinstance(path, str) and path != "$":
            for name in path.removeprefix("$.").split("."):
                output = output.get(name) if isinstance(output, dict) else None
        return output


def _identity(machine: Machine, arn: str | None) -> Identity:
    """Who the execution is: whose ARN is told, or somebody of our own."""
    if arn is None:
        return DEFAULT_PLACE.identity(machine, _NAME, lambda: "0")
    parts = arn.split(":")
    if len(parts) < 8 or parts[5] not in ("execution", "express"):
        raise InvalidHistory(f"an execution's ARN is arn:aws:states:REGION:ACCOUNT:execution:MACHINE:NAME, not {arn}")
    place = Where(parts[3], parts[4])
    identity = place.identity(machine, parts[7], lambda: "0", parts[6])
    identity.arn = arn
    return identity


_MAP_ANSWERS: dict[str, Callable[[_Run, ScheduleTask, Frame], Event]] = {
    "item_reader": _Run._read,
    "child": _Run._child,
    "result_writer": _Run._write,
}


def way_of(frame: Frame) -> Way:
    """The iterations and branches around a frame."""
    way: list[tuple[str, int]] = []
    while frame.parent is not None:
        way.append((frame.parent.state.name, frame.index))
        frame = frame.parent
    return tuple(reversed(way))


def _numbered(events: list[HistoryEvent]) -> dict[int, int]:
    """For each event, by its id, how many of its kind there are at its place up to it."""
    counts: Counter[tuple[str, Place]] = Counter()
    numbers = {}
    for event in events:
        counts[event.type, event.place] += 1
        numbers[event.id] = counts[event.type, event.place]
    return numbers


def _text(event: HistoryEvent, name: str) -> str | None:
    value = event.details.get(name)
    if value is None or isinstance(value, str):
        return value
    from ..values import to_text

    return to_text(value)


def _news(event: HistoryEvent, task: int, at: float) -> Event:
    if event.type.endswith("Started"):
        return TaskStarted(task, at, _text(event, "workerName"))
    if event.type.endswith("Submitted"):
        return TaskSubmitted(task, event.details.get("output", {}), at)
    if event.type.endswith(FAILED):
        return TaskFailed(task, _text(event, "error"), _text(event, "cause"), at)
    return TaskSucceeded(task, event.details.get("output"), at)


# --------------------------------------------------------------------------- mocks


def mocks_from_history(history: Source, definition: Definition) -> Mocks:
    """Mocks that answer as a recorded execution's tasks did: results, errors, time-outs, and how long each took.

    A call gets the answer of the recorded call with the same arguments, so that Map iterations and branches may come
    in another order; otherwise that of the next recorded call of its state. Raises ``InvalidHistory``.
    """
    machine = loaded(definition)
    recording = read_recording(history, machine)
    mocks = Mocks(source="recorded history")
    by_state: dict[str, list[Attempt]] = {}
    for attempt in recording.attempts:
        by_state.setdefault(attempt.place.state or "", []).append(attempt)
    for name, attempts in by_state.items():
        answers = [_answer(attempt) for attempt in attempts]
        mock = Mock(name, answers, exact=True)
        mock.chosen = _Chosen(attempts, answers)
        mocks.mocks.append(mock)
    return mocks


def _answer(attempt: Attempt) -> Answer:
    end = attempt.end
    submitted = next((each for each in attempt.news if each.type.endswith("Submitted")), None)
    given = None if submitted is None else submitted.details.get("output", {})
    if end is None or end.type.endswith("TimedOut"):
        return Answer(silent=True, submitted=given)
    delay = attempt.after(end)
    if end.type.endswith(FAILED):
        return Answer(error=_text(end, "error") or "", cause=_text(end, "cause"), delay=delay, submitted=given)
    return Answer(end.details.get("output"), delay=delay, submitted=given)


class _Chosen:
    """Chooses among recorded answers by the arguments of a call."""

    def __init__(self, attempts: list[Attempt], answers: list[Answer]) -> None:
        self._left = list(zip(attempts, answers, strict=True))

    def __call__(self, input: JSON, task: TaskContext) -> Answer | None:
        for place, (attempt, _) in enumerate(self._left):
            if equal(attempt.arguments, input):
                return self._left.pop(place)[1]
        return self._left.pop(0)[1] if self._left else None
