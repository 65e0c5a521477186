"""One execution of a state machine, sans IO: events go in, effects come out.

Three rules stand above everything here:

1. **The core is told, it never asks.** Time, seed, tokens and results come in with events. Same definition and same
   events: same effects and same history, bit for bit.
2. **Deadlines before news.** Before an event at time *t* is applied, every deadline <= *t* fires, in order, at its
   own instant. A late result *is* late, on every driver, on replay too.
3. **Journal first.** A driver stores an event before it hands it over. Effects are never stored: what is outstanding
   can be asked.

The files in ``states/`` say what each state type does, over seven verbs: ``leave``, ``goto``, ``fail``,
``wait_until``, ``schedule``, ``spawn`` and ``prune``; besides, they record history events and look at the scope.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from ..definition.model import Machine, MapState, ParallelState, Program, State, WaitState
from ..language.scope import FreshStack
from ..values import JSON, exceeds
from . import events, failure, redrive
from .context_object import FrameScope, Mint
from .deadlines import Deadlines, Kind
from .effects import CancelTask, Effect, Finish, ScheduleTask, Status
from .failure import Failure
from .frame import BUSY, OVER, RETRY, RUN, Frame
from .history import Record
from .limits import DEFAULT_LIMITS, Limits
from .map_run import MapRun
from .states import BEHAVIOURS, ENTER
from .variables import assigned_to

QUANTUM = 1_000  # transitions of one call of handle: an endless loop must not starve the others
_ENDS: dict[Status, str] = {
    "SUCCEEDED": "ExecutionSucceeded",
    "FAILED": "ExecutionFailed",
    "TIMED_OUT": "ExecutionTimedOut",
    "ABORTED": "ExecutionAborted",
}


class HistoryFull(Exception):
    """Only the end of the execution fits into its history; ``frame`` is where it stood."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame


@dataclass(slots=True)
class Identity:
    """Who an execution is: ARNs and names, as its context object and its history show them."""

    arn: str
    name: str
    machine_arn: str
    machine_name: str
    role_arn: str = "arn:aws:iam::123456789012:role/aslrun"
    region: str = "us-east-1"
    account: str = "123456789012"


def plain_token(execution: str, task: int) -> str:
    """The task token of tests and dry runs: readable, and the same in every run."""
    return f"token:{execution}:{task}"


class Execution:
    """The state of one execution. Drive it with ``handle``; ask it for ``deadline`` and ``outstanding``."""

    __slots__ = (
        "burst",
        "cause",
        "deadlines",
        "draws",
        "effects",
        "error",
        "event_id",
        "frames",
        "fresh_stack",
        "history",
        "identity",
        "input",
        "limits",
        "machine",
        "map_runs",
        "mint",
        "next_frame",
        "next_task",
        "now",
        "output",
        "quantum",
        "ready",
        "redrive_count",
        "redriven_at",
        "rest",
        "room",
        "seed",
        "started_at",
        "status",
        "stopped_at",
        "stride",
        "tasks",
        "view",
        "watch",
    )

    def __init__(
        self, machine: Machine, identity: Identity, limits: Limits = DEFAULT_LIMITS, mint: Mint = plain_token
    ) -> None:
        self.machine = machine
        self.watch = machine.watch
        self.identity = identity
        self.limits = limits
        self.mint = mint
        self.fresh_stack: FreshStack | None = None  # a driver may give one, for expressions that recurse deeply
        self.status: Status = "RUNNING"
        self.input: JSON = None
        self.output: JSON = None
        self.error: str | None = None
        self.cause: str | None = None
        self.seed = 0
        self.draws = 0
        self.now = 0.0
        self.started_at = 0.0
        self.stopped_at: float | None = None
        self.event_id = 0
        self.burst = limits.burst or sys.maxsize  # the last history event unless it waits for something before
        self.room = limits.history - 1 if limits.history else sys.maxsize  # the last event is the execution's end
        self.next_frame = 1
        self.next_task = 1
        self.quantum = 0
        self.stride = QUANTUM  # a driver that stops between states takes fewer
        self.redrive_count = 0
        self.redriven_at: float | None = None
        self.rest: dict[int, Frame] | None = None  # of an execution that ended without success: what a redrive takes up
        self.frames: dict[int, Frame] = {}
        self.tasks: dict[int, tuple[Frame, ScheduleTask]] = {}
        self.ready: deque[Frame] = deque()
        self.deadlines = Deadlines(self.frames)
        self.history: list[Record] = []
        self.effects: list[Effect] = []
        self.map_runs: dict[str, MapRun] = {}
        self.view = FrameScope(self)

    # ------------------------------------------------------------------ for drivers

    def handle(self, event: events.Event) -> list[Effect]:
        """Apply an event and run until everything waits, or the quantum is used up (``deadline`` is then now).

        What comes after the end of the execution, or for a task that is over, changes nothing. What a quantum leaves
        over runs at the instant of the next event: time does not stand still for a loop that never waits.
        """
        self.quantum = self.stride
        try:
            self._take(event)
        except HistoryFull as full:
            self.end_in_failure(full.frame, failure.history_full(self.limits.history))
        if self.event_id > self.burst and self.status == "RUNNING":
            self.end_in_failure(next(reversed(self.frames.values())), failure.endless(self.limits.burst))
        effects, self.effects = self.effects, []
        return effects

    @property
    def deadline(self) -> float | None:
        """The instant at which the execution wants to be told the time; ``None`` if only news can move it."""
        if self.status != "RUNNING":
            return None
        if self.ready:
            return self.now
        first = self.deadlines.first()
        return None if first is None else first[0]

    def outstanding(self) -> list[ScheduleTask]:
        """The tasks that are scheduled and not over, by their ids."""
        return [scheduled for _, (_, scheduled) in sorted(self.tasks.items(), key=lambda item: item[0])]

    def take_history(self) -> list[Record]:
        """The history records since the last call; ``engine.history.render`` shows them as AWS does."""
        history, self.history = self.history, []
        return history

    # ------------------------------------------------------------------ the seven verbs

    def leave(
        self, frame: Frame, output: JSON, assigned: Mapping[str, JSON] | None = None, target: State | None = None
    ) -> None:
        """The state is done: go on to ``target`` (by default the state's Next), or end the frame."""
        state = frame.state
        if output is not frame.input and self.over_quota(output):
            return self.fail(frame, failure.result_too_large(state.name))
        if assigned is not None:
            frame.variables = assigned_to(frame.variables, assigned, self.limits)
        if self.event_id >= self.room:  # ``record``, written out: this is the hot path
            raise HistoryFull(frame)
        self.history.append((state.exited, self.now, frame.last, state.name, output, assigned))
        self.event_id = frame.last = self.event_id + 1
        if target is None:
            target = state.next
            if self.watch is not None:
                self.watch(state.name, "next", 0)
        if target is not None:
            self.goto(frame, target, output)
        elif frame.parent is None:
            self._finish("SUCCEEDED", frame.last, output=output)
        else:
            self._end_child(frame.parent, frame, output)
        return None

    def goto(self, frame: Frame, state: State, input: JSON) -> None:
        """The frame moves to a state, with this input."""
        frame.state = state
        frame.input = input
        frame.phase = RUN
        frame.token = frame.join = frame.attempts = None
        frame.retries = 0
        self.ready.append(frame)

    def fail(self, frame: Frame, problem: Failure, from_child: bool = False) -> None:
        """The state failed: its retriers, its catchers, the parent frame, the execution, in this order."""
        failure.propagate(self, frame, problem, from_child)

    def wait_until(self, frame: Frame, kind: Kind, at: float) -> None:
        """Something of this frame is due at an instant; a later call for the same kind replaces it."""
        self.deadlines.set(frame, kind, at)

    def schedule(self, frame: Frame, scheduled: ScheduleTask) -> None:
        """Have a task done."""
        self.tasks[scheduled.task] = (frame, scheduled)
        self.effects.append(scheduled)

    def spawn(self, parent: Frame, program: Program, input: JSON, index: int, last: int) -> None:
        """Start a child frame; ``last`` is the history event that it follows."""
        child = self._frame(program.start, input, parent, index)
        child.last = last
        assert parent.join is not None
        parent.join.children[index] = child

    def prune(self, frame: Frame) -> None:
        """Stop everything below a frame, its own task and its deadlines."""
        join = frame.join
        if join is not None:
            for child in list(join.children.values()):
                self._abort(child)
            for task in join.tasks.values():
                self.cancel(task)
            join.tasks.clear()
            self._end_map_run(join.run_arn, "FAILED")
        if frame.task is not None:
            self.cancel(frame.task)
            frame.task = None
        frame.wake = frame.due = frame.heartbeat_due = None

    # ------------------------------------------------------------------ what states may ask

    def record(self, frame: Frame, type: str, *details: object) -> None:
        """Add a history event to a frame's chain."""
        if self.event_id >= self.room:
            raise HistoryFull(frame)
        self.history.append((type, self.now, frame.last, *details))
        self.event_id = frame.last = self.event_id + 1

    def remark(self, frame: Frame, type: str, *details: object) -> None:
        """Add a history event beside a frame's chain: the next one has the same previous event."""
        if self.event_id >= self.room:
            raise HistoryFull(frame)
        self.history.append((type, self.now, frame.last, *details))
        self.event_id += 1

    def scope(self, frame: Frame, item: int | None = None) -> FrameScope:
        """What expressions of a frame see; valid until the next call."""
        view = self.view
        view.frame, view.input, view.variables, view.item = frame, frame.input, frame.variables, item
        return view

    def over_quota(self, value: JSON) -> bool:
        """Whether a payload is too large."""
        return self.limits.payload != 0 and exceeds(value, self.limits.payload)

    def new_task(self) -> int:
        """A task id that was never used in this execution."""
        self.next_task += 1
        return self.next_task - 1

    def cancel(self, task: int) -> None:
        """Nobody waits for this task any more."""
        if self.tasks.pop(task, None) is not None:
            self.effects.append(CancelTask(task))

    def random(self) -> Random:
        """A fresh source of random numbers, given by the seed and the number of draws before."""
        self.draws += 1
        return Random(f"{self.seed}/{self.draws}")

    def repeat(self, frame: Frame) -> None:
        """Run the frame's state once more, without entering it again."""
        frame.phase = RETRY
        self.ready.append(frame)

    def retire(self, frame: Frame) -> None:
        """A child frame is over."""
        frame.phase = OVER
        del self.frames[frame.id]
        assert frame.parent is not None
        assert frame.parent.join is not None
        del frame.parent.join.children[frame.index]

    def keep_rest(self) -> None:
        """Before the frames are unwound: keep what a redrive takes up."""
        redrive.keep(self)

    def end_in_failure(self, frame: Frame, problem: Failure) -> None:
        """No road is left: the execution fails."""
        self._finish("FAILED", frame.last, error=problem.error, cause=problem.cause)

    # ------------------------------------------------------------------ the loop

    def _take(self, event: events.Event) -> None:
        if self.deadlines and self.status == "RUNNING":
            self._fire_until(event.at)
        if self.status == "RUNNING":
            if event.at > self.now:
                self._move_on(event.at)
            _APPLY[type(event)](self, event)
            self._run()
        elif type(event) is events.Redriven:
            redrive.go_on(self, event.at)
            self._run()

    def _move_on(self, at: float) -> None:
        self.now = at
        if not self.ready:  # a loop that never waits gets no further in real time than in virtual time
            self.burst = self.event_id + (self.limits.burst or sys.maxsize)

    def _run(self) -> None:
        ready, history, room, watch = self.ready, self.history, self.room, self.watch
        while ready and self.quantum:
            frame = ready.popleft()
            if frame.phase == OVER:
                continue
            self.quantum -= 1
            state = frame.state
            if frame.phase == RUN:
                if self.event_id >= room:
                    raise HistoryFull(frame)
                history.append((state.entered, self.now, frame.last, state.name, frame.input))
                frame.before = frame.last
                self.event_id = frame.last = frame.entered = self.event_id + 1
                frame.entered_at = self.now
                if watch is not None:
                    watch(state.name, "entered", 0)
            frame.phase = BUSY
            try:
                ENTER[type(state)](self, frame, state)
            except failure.EXPRESSION_PROBLEMS as problem:
                # A Map or Parallel whose JSONata failed at its entry is recorded as failed itself.
                joins = isinstance(state, (MapState, ParallelState)) and failure.has_event(problem)
                self.fail(frame, failure.of_expression(self, frame, problem), joins)

    def _fire_until(self, at: float) -> None:
        """Every deadline up to ``at``, in order, each at its own instant."""
        while (entry := self.deadlines.first()) is not None and entry[0] <= at:
            frame, kind = self.deadlines.take(entry), entry[3]
            if entry[0] > self.now:
                self._move_on(entry[0])
            if self.watch is not None and kind != "wake":
                self.watch(frame.state.name if frame.id else "", "due", int(kind == "heartbeat_due"))
            if kind == "due" and frame.id == MACHINE_CLOCK:
                return self._finish("TIMED_OUT", error=failure.TIMEOUT)
            try:
                BEHAVIOURS[type(frame.state)].due(self, frame, kind)
            except failure.EXPRESSION_PROBLEMS as problem:
                self.fail(frame, failure.of_expression(self, frame, problem))
            self._run()
        return None

    def _frame(self, state: State, input: JSON, parent: Frame | None = None, index: int = 0) -> Frame:
        frame = Frame(self.next_frame, state, input, parent, index)
        self.next_frame += 1
        self.frames[frame.id] = frame
        self.ready.append(frame)
        return frame

    def _end_child(self, parent: Frame, child: Frame, output: JSON) -> None:
        self.retire(child)
        try:
            BEHAVIOURS[type(parent.state)].child_ended(self, parent, child, output)
        except failure.EXPRESSION_PROBLEMS as problem:
            self.fail(parent, failure.of_expression(self, parent, problem))

    def _abort(self, frame: Frame) -> None:
        """A sibling failed: record where this child stood, and end it."""
        self.prune(frame)
        if frame.phase != RUN:
            BEHAVIOURS[type(frame.state)].aborted(self, frame)
        self.retire(frame)
        assert frame.parent is not None
        BEHAVIOURS[type(frame.parent.state)].child_aborted(self, frame.parent, frame)

    def _finish(
        self,
        status: Status,
        last: int = 0,
        *,
        output: JSON = None,
        error: str | None = None,
        cause: str | None = None,
    ) -> None:
        """The execution is over. What ends it from outside follows no history event."""
        details = (output,) if status == "SUCCEEDED" else (error, cause)
        self.history.append((_ENDS[status], self.now, last, *details))
        self.event_id += 1
        self.status, self.output, self.error, self.cause = status, output, error, cause
        self.stopped_at = self.now
        if status != "SUCCEEDED":
            self.keep_rest()
        for task in sorted(self.tasks):
            self.cancel(task)
        for map_run in self.map_runs:
            self._end_map_run(map_run, "ABORTED")
        self._let_go()
        self.effects.append(Finish(status, output, error, cause))

    def _end_map_run(self, arn: str | None, status: str) -> None:
        """A map run whose state goes another way is over, unless it was already."""
        if arn is not None and (run := self.map_runs[arn]).status == "RUNNING":
            run.finish(status, self.now)

    def _let_go(self) -> None:
        """Keep nothing that only a running execution needs: an application may keep many that are over."""
        self.frames.clear()
        self.ready.clear()
        self.view.leave()
        del self.view  # the one cycle of references: without it the execution goes when its last user does

    # ------------------------------------------------------------------ events

    def _on_started(self, event: events.Started) -> None:
        self.input, self.seed = event.input, event.seed
        self.started_at = self.now = event.at
        self.history.append(("ExecutionStarted", event.at, 0, event.input, self.identity.role_arn))
        self.event_id = 1
        root = self._frame(self.machine.program.start, event.input)
        self.start_clocks(root.state)

    def start_clocks(self, state: State) -> None:
        """The time-out of the machine, or the quota where that is shorter; and none has waited yet."""
        self.burst = self.event_id + (self.limits.burst or sys.maxsize)
        seconds = [each for each in (self.machine.timeout, self.limits.execution or None) if each is not None]
        if seconds:
            clock = Frame(MACHINE_CLOCK, state, None)
            self.frames[MACHINE_CLOCK] = clock
            self.deadlines.set(clock, "due", self.now + min(seconds))

    def _on_news(self, event: events.News) -> None:
        if event.task not in self.tasks:
            return
        frame, scheduled = self.tasks[event.task]
        try:
            BEHAVIOURS[type(frame.state)].news(self, frame, scheduled, event)
        except failure.EXPRESSION_PROBLEMS as problem:
            self.fail(frame, failure.of_expression(self, frame, problem))

    def _on_time(self, event: events.TimePassed) -> None:
        """Its deadlines have fired already."""

    def _on_clock_moved(self, event: events.ClockMoved) -> None:
        """Seconds go on as they were counted; a timestamp is a time of day, which may be over now."""
        self.now += event.by
        self.deadlines.shift(event.by, _is_timestamp)
        self._fire_until(self.now)

    def _on_redriven(self, event: events.Redriven) -> None:
        """It runs: there is nothing to redrive."""

    def _on_aborted(self, event: events.Aborted) -> None:
        self._finish("ABORTED", error=event.error, cause=event.cause)


def _is_timestamp(frame: Frame, kind: Kind) -> bool:
    return kind == "wake" and isinstance(frame.state, WaitState) and frame.state.timestamp is not None


MACHINE_CLOCK = 0  # the frame that carries the machine's own time-out; it runs nothing

_APPLY: dict[type[events.Event], Callable[..., None]] = {
    events.Started: Execution._on_started,
    events.TaskStarted: Execution._on_news,
    events.TaskSubmitted: Execution._on_news,
    events.TaskSucceeded: Execution._on_news,
    events.TaskFailed: Execution._on_news,
    events.TaskHeartbeat: Execution._on_news,
    events.TimePassed: Execution._on_time,
    events.ClockMoved: Execution._on_clock_moved,
    events.Aborted: Execution._on_aborted,
    events.Redriven: Execution._on_redriven,
}
