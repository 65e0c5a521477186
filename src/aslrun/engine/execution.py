"""One execution of a state machine, sans IO: events go in, effects come out.

Three rules stand above everything here:

1. **The core is told, it never asks.** Time, seed, tokens and results come in with events. Same definition and same
   events: same effects and same history, bit for bit.
2. **Deadlines before news.** Before an event at time *t* is applied, every deadline <= *t* fires, in order, at its
   own instant. A late result *is* late, on every driver, on replay too.
3. **Journal first.** A driver stores an event before it hands it over. Effects are never stored: what is outstanding
   can be asked.

The files in ``states/`` say what each state type does, over six verbs: ``leave``, ``fail``, ``wait_until``,
``schedule``, ``spawn`` and ``prune``; besides, they record history events and look at the scope.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from ..definition.model import MapState, ParallelState, Program, State, WaitState
from ..values import JSON, exceeds
from . import events, failure, redrive
from .deadlines import Kind
from .effects import CancelTask, Effect, Finish, ScheduleTask, Status
from .execution_state import ExecutionState, HistoryFull
from .failure import Failure
from .frame import BUSY, OVER, RETRY, RUN, Frame
from .states import BEHAVIOURS, ENTER, NEWS
from .variables import assigned_to

_ENDS: dict[Status, str] = {
    "SUCCEEDED": "ExecutionSucceeded",
    "FAILED": "ExecutionFailed",
    "TIMED_OUT": "ExecutionTimedOut",
    "ABORTED": "ExecutionAborted",
}


class Execution(ExecutionState):
    """The state of one execution. Drive it with ``handle``; ask it for ``deadline`` and ``outstanding``."""

    __slots__ = ()

    # ------------------------------------------------------------------ for drivers

    def handle(self, event: events.Event) -> list[Effect]:
        """Apply an event and run until everything waits, or the quantum is used up (``deadline`` is then now).

        What comes after the end of the execution, or for a task that is over, changes nothing. What a quantum leaves
        over runs at the instant of the next event: time does not stand still for a loop that never waits.
        """
        self.quantum = self.stride
        try:
            if self.status == "RUNNING" and self.deadlines.heap:
                self._fire_until(event.at)
            if self.status == "RUNNING":
                if event.at > self.now:
                    self._move_on(event.at)
                _APPLY[type(event)](self, event)
            elif type(event) is events.Redriven:
                redrive.go_on(self, event.at)
            if self.ready:
                self._run()
        except HistoryFull as full:
            self.end_in_failure(full.frame, failure.history_full(self.limits.history))
        if self.event_id > self.burst and self.status == "RUNNING":
            self.end_in_failure(next(reversed(self.frames.values())), failure.endless(self.limits.burst))
        effects, self.effects = self.effects, []
        return effects

    # ------------------------------------------------------------------ the six verbs

    def leave(
        self, frame: Frame, output: JSON, assigned: Mapping[str, JSON] | None = None, target: State | None = None
    ) -> None:
        """The state is done: go on to ``target`` (by default the state's Next), or end the frame."""
        state = frame.state
        if output is not frame.input and self.payload and exceeds(output, self.payload):
            return self.fail(frame, failure.result_too_large(state.name))
        if assigned is not None:
            frame.variables = assigned_to(frame.variables, assigned, self.limits)
        number, last = self.event_id, frame.last  # ``record``, written out: every state comes here
        if number >= self.room:
            raise HistoryFull(frame)
        self.history.append((state.exited, self.now, last, state.name, output, assigned))
        self.event_id = frame.last = number + 1
        if target is None:
            target = state.next
            if self.watch is not None:
                self.watch(state.name, "next", 0)
        if target is not None:
            frame.state = target
            frame.input = output
            frame.phase = RUN
            frame.retries = 0
            frame.token = frame.join = frame.attempts = None
            self.ready.append(frame)
        elif frame.parent is None:
            self._finish("SUCCEEDED", frame.last, output=output)
        else:
            self._end_child(frame.parent, frame, output)
        return None

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

    # ------------------------------------------------------------------ what states may ask besides

    def cancel(self, task: int) -> None:
        """Nobody waits for this task any more."""
        if self.tasks.pop(task, None) is not None:
            self.effects.append(CancelTask(task))

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

    def _move_on(self, at: float) -> None:
        self.now = at
        if not self.ready:  # a loop that never waits gets no further in real time than in virtual time
            self.burst = self.event_id + (self.limits.burst or sys.maxsize)

    def _run(self) -> None:
        ready, watch, history = self.ready, self.watch, self.history
        now, left = self.now, self.quantum
        while ready and left:
            frame = ready.popleft()
            state, phase = frame.state, frame.phase
            if phase == RUN:
                number, last = self.event_id, frame.last
                if number >= self.room:
                    raise HistoryFull(frame)
                history.append((state.entered, now, last, state.name, frame.input))
                self.event_id = frame.last = frame.entered = number + 1
                frame.before, frame.entered_at = last, now
                if watch is not None:
                    watch(state.name, "entered", 0)
            elif phase == OVER:
                continue
            left -= 1
            frame.phase = BUSY
            try:
                ENTER[type(state)](self, frame, state)
            except failure.EXPRESSION_PROBLEMS as problem:
                # A Map or Parallel whose JSONata failed at its entry is recorded as failed itself.
                joins = isinstance(state, (MapState, ParallelState)) and failure.has_event(problem)
                self.fail(frame, failure.of_expression(self, frame, problem), joins)
        self.quantum = left

    def _fire_until(self, at: float) -> None:
        """Every deadline up to ``at``, in order, each at its own instant."""
        deadlines = self.deadlines
        while deadlines.heap and (entry := deadlines.first()) is not None and entry[0] <= at:
            frame, kind = deadlines.take(entry), entry[3]
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
            if self.ready:
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
        if self.tasks:
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
        seconds, quota = self.machine.timeout, self.limits.execution or None
        if seconds is None or (quota is not None and quota < seconds):
            seconds = quota
        if seconds is not None:
            clock = Frame(MACHINE_CLOCK, state, None)
            self.frames[MACHINE_CLOCK] = clock
            self.deadlines.set(clock, "due", self.now + seconds)

    def _on_news(self, event: events.News) -> None:
        waiting = self.tasks.get(event.task)
        if waiting is None:
            return
        frame, scheduled = waiting
        try:
            NEWS[type(frame.state)](self, frame, scheduled, event)
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
