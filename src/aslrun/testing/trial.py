"""One state, run by the engine and by nothing else: what ``testing.state`` is made of.

A trial is an execution that begins in one state and ends when that state has been left or has failed. It says what came
of the state, how its Retry and Catch took a failure, and what the data was after each step of the data flow.

Rules that a change must keep (recorded from AWS's TestState unless they name another source):

1. The state does what it does in an execution: the engine's own functions, tables and words. Only Map and Parallel do
   not run what is inside them; the mock is their result.
2. No time passes. A Wait is over at once, and a task has its answer at the instant at which it began.
3. Causes have no "An error occurred while executing the state": TestState leaves that sentence out.
4. ``noted`` holds values under the names of AWS's inspection data; a step that was not reached is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from ..definition.model import MapState, ParallelState, State, TaskState, WaitState
from ..engine import failure
from ..engine.context_object import FrameScope, context_object
from ..engine.events import TaskFailed, TaskSucceeded
from ..engine.execution import Execution
from ..engine.failure import Failure
from ..engine.frame import Frame, Join
from ..engine.states import BEHAVIOURS, ENTER, distributed_map, map_fields
from ..engine.states.behaviour import effective_input, leave_with
from ..engine.variables import assigned_to
from ..language.errors import ExpressionError
from ..resources.invocation import Outcome, Succeeded
from ..values import JSON, is_number, joined
from .inspection import Steps, steps_of

if TYPE_CHECKING:
    from ..definition.model import Machine
    from ..engine.effects import ScheduleTask
    from ..engine.identity import Identity
    from ..engine.limits import Limits

STATE_NAME = "StateName"  # what TestState's context object calls every state


@dataclass(slots=True)
class Situation:
    """What a state finds when it is entered, beside its input.

    ``context`` replaces the whole context object; ``retries`` is how often the retrier that takes the error has done so
    before; ``failed_iterations`` and ``read_items`` are for Map.
    """

    variables: Mapping[str, JSON] = field(default_factory=dict)
    context: Mapping[str, JSON] | None = None
    retries: int = 0
    failed_iterations: int = 0
    read_items: list[JSON] | None = None


class TooManyFailedIterations(Exception):
    """More iterations are said to have failed than there are."""


class Trial(Execution):
    """A state on trial. ``verdict`` is AWS's status: SUCCEEDED, FAILED, RETRIABLE or CAUGHT_ERROR."""

    def __init__(
        self, machine: Machine, identity: Identity, limits: Limits, situation: Situation, input: JSON, now: float
    ) -> None:
        super().__init__(machine, identity, limits)
        self.situation = situation
        self.input = input
        self.now = self.started_at = now
        self.frame = self._first_frame(machine.program.start, input)
        self.steps: Steps = steps_of(self.frame.state, machine.query_language)
        self.noted: dict[str, JSON] = {}
        self.view = _TrialScope(self, situation.context)
        self.verdict = ""
        self.next_state: str | None = None
        self.scheduled: ScheduleTask | None = None

    def _first_frame(self, state: State, input: JSON) -> Frame:
        frame = self._frame(state, input)
        self.ready.clear()
        frame.variables = dict(self.situation.variables)
        frame.retries = self.situation.retries
        frame.entered_at = self.now
        return frame

    def conclude(self, answer: Callable[[ScheduleTask | None], Outcome]) -> None:
        """Run the state; ``answer`` is asked for what its work gives (of a Map or Parallel with ``None``)."""
        frame = self.frame
        try:
            self._note_input(frame)
            _CONDUCT.get(type(frame.state), _plain)(self, frame, answer)
        except failure.EXPRESSION_PROBLEMS as problem:
            self.fail(frame, _failure(problem))

    # ------------------------------------------------------------------ the verbs that end a trial

    def leave(
        self, frame: Frame, output: JSON, assigned: Mapping[str, JSON] | None = None, target: State | None = None
    ) -> None:
        if output is not frame.input and self.over_quota(output):
            return self.fail(frame, failure.result_too_large(frame.state.name))
        if assigned is not None:
            frame.variables = assigned_to(frame.variables, assigned, self.limits)
        following = target or frame.state.next
        self.output, self.next_state = output, None if following is None else following.name
        self.verdict = "SUCCEEDED"
        return None

    def fail(self, frame: Frame, problem: Failure, from_child: bool = False) -> None:
        self.verdict, self.error, self.cause = "FAILED", problem.error, problem.cause
        if not self._is_retried(frame, problem):
            self._catch(frame, problem)

    def schedule(self, frame: Frame, scheduled: ScheduleTask) -> None:
        super().schedule(frame, scheduled)
        self.scheduled = scheduled

    def _is_retried(self, frame: Frame, problem: Failure) -> bool:
        for index, retrier in enumerate(frame.state.retriers):
            if failure.matches(retrier.error_equals, problem):
                details = self._error_details()
                details["retryIndex"] = index
                if self.situation.retries >= retrier.max_attempts:
                    return False
                details["retryBackoffIntervalSeconds"] = int(retrier.delay(self.situation.retries + 1))
                self.verdict = "RETRIABLE"
                return True
        return False

    def _catch(self, frame: Frame, problem: Failure) -> None:
        for index, catcher in enumerate(frame.state.catchers):
            if failure.matches(catcher.error_equals, problem):
                assert catcher.next is not None
                output, assigned = cast(JSON, problem.output()), None
                try:
                    if catcher.dataflow.complete is not None:
                        output, assigned = catcher.dataflow.complete(self.scope(frame), frame.input, output)
                    self.leave(frame, output, assigned, catcher.next)
                except failure.EXPRESSION_PROBLEMS as other:
                    self.error, self.cause = (told := _failure(other)).error, told.cause
                    return
                self._error_details()["catchIndex"] = index
                self.verdict = "CAUGHT_ERROR"
                return

    def _error_details(self) -> dict[str, JSON]:
        return cast("dict[str, JSON]", self.noted.setdefault("errorDetails", {}))

    # ------------------------------------------------------------------ what is noted

    def note(self, name: str, value: JSON) -> None:
        """Keep what the data is now."""
        self.noted[name] = value

    def _note_input(self, frame: Frame) -> None:
        self.note("input", frame.input)
        if self.steps.after_input is not None:
            self.note("afterInputPath", self.steps.after_input(self.scope(frame)))

    def note_result(self, frame: Frame, result: JSON) -> None:
        """The steps after the work; they draw the same random numbers as the data flow itself will."""
        draws = self.draws
        if self.steps.shows_result:
            self.note("result", result)
        for name, step in self.steps.after_result:
            self.note(name, step(self.scope(frame), frame.input, result)[0])
            self.draws = draws


class _TrialScope(FrameScope):
    """The scope of a trial, whose context object may be given."""

    __slots__ = ("given",)

    def __init__(self, execution: Trial, given: Mapping[str, JSON] | None) -> None:
        super().__init__(execution)
        self.given = given

    @property
    def context(self) -> JSON:
        if self.given is not None:
            return dict(self.given)
        assert self.frame is not None
        built = context_object(self.execution, self.frame, self.item)
        built["State"] = {**cast("dict[str, JSON]", built["State"]), "Name": STATE_NAME}
        execution = cast("dict[str, JSON]", built["Execution"])
        execution["RoleArn"] = execution["RoleArn"] or None
        return built


def _failure(problem: ExpressionError | RecursionError) -> Failure:
    if isinstance(problem, RecursionError):
        return Failure("States.Runtime", "A value is nested too deep.")
    return Failure(problem.error, problem.message)


# --------------------------------------------------------------------------- one function, one kind of state

Ask = Callable[["ScheduleTask | None"], Outcome]


def _plain(trial: Trial, frame: Frame, answer: Ask) -> None:
    steps = trial.steps
    if steps.after_parameters is not None:
        draws = trial.draws
        trial.note("afterParameters", steps.after_parameters(trial.scope(frame)))
        trial.draws = draws
    if steps.after_result:
        draws = trial.draws
        result = effective_input(trial, frame) if steps.fixed is None else steps.fixed(trial.scope(frame))
        trial.draws = draws
        trial.note_result(frame, result)
        trial.draws = draws
    ENTER[type(frame.state)](trial, frame, frame.state)


def _wait(trial: Trial, frame: Frame, answer: Ask) -> None:
    ENTER[WaitState](trial, frame, frame.state)
    if not trial.verdict:
        BEHAVIOURS[WaitState].due(trial, frame, "wake")


def _task(trial: Trial, frame: Frame, answer: Ask) -> None:
    context = trial.situation.context
    if context is not None:
        token = context.get("Task")
        frame.token = token.get("Token") if isinstance(token, dict) else None  # type: ignore[assignment]
        trial.mint = lambda execution, task: frame.token or ""
    ENTER[TaskState](trial, frame, frame.state)
    if (scheduled := trial.scheduled) is None:  # what it would have sent is too large
        return
    if trial.steps.arguments is not None:
        trial.note(trial.steps.arguments, scheduled.arguments)
    outcome = answer(scheduled)
    news = BEHAVIOURS[TaskState].news
    if isinstance(outcome, Succeeded):
        trial.note_result(frame, outcome.output)
        news(trial, frame, scheduled, TaskSucceeded(scheduled.task, outcome.output, trial.now))
    else:
        news(trial, frame, scheduled, TaskFailed(scheduled.task, outcome.error, outcome.cause, trial.now))


def _parallel(trial: Trial, frame: Frame, answer: Ask) -> None:
    effective_input(trial, frame)
    outcome = answer(None)
    if isinstance(outcome, Succeeded):
        result = joined(outcome.output) if type(outcome.output) is list else outcome.output
        trial.note_result(frame, result)
        leave_with(trial, frame, result)
    else:
        trial.fail(frame, Failure(outcome.error, outcome.cause, ("States.BranchFailed",)), from_child=True)


# --------------------------------------------------------------------------- Map


def _map(trial: Trial, frame: Frame, answer: Ask) -> None:
    state = cast(MapState, frame.state)
    situation = trial.situation
    effective = effective_input(trial, frame)
    scope = trial.scope(frame)
    scope.input = effective
    items, keys = _items(trial, state, scope)
    concurrency = map_fields.concurrency(state, scope, trial)
    trial.note("maxConcurrency", 0 if concurrency >= _most(trial, state) else concurrency)
    tolerated = map_fields.tolerated(state, scope)
    _note_tolerated(trial, state, tolerated)
    frame.join = Join(len(items), effective, items, keys)
    _note_inputs(trial, frame, state, frame.join)
    if situation.failed_iterations > len(items):
        raise TooManyFailedIterations
    outcome = answer(None)
    if not isinstance(outcome, Succeeded):
        return trial.fail(frame, Failure(outcome.error, outcome.cause), from_child=True)
    if _is_over(tolerated, situation.failed_iterations, len(items)):
        return trial.fail(frame, distributed_map.OVER_TOLERANCE, from_child=True)
    trial.note_result(frame, outcome.output)
    return leave_with(trial, frame, outcome.output)


def _items(trial: Trial, state: MapState, scope: FrameScope) -> tuple[list[JSON], Sequence[str | None] | None]:
    if state.reader is not None:
        return list(trial.situation.read_items or []), None
    items, keys = map_fields.items(state, scope)
    if trial.steps.after_items:
        value = scope.input if state.items is None else state.items.evaluate(scope)
        trial.note("afterItemsPath", value)
    return items, keys


def _most(trial: Trial, state: MapState) -> int:
    limits = trial.limits
    return limits.distributed_concurrency if state.distributed else limits.map_concurrency


def _note_tolerated(trial: Trial, state: MapState, tolerated: tuple[float | None, float | None]) -> None:
    count, percentage = tolerated
    if state.tolerated_count is not None and is_number(count):
        trial.note("toleratedFailureCount", int(cast(float, count)))
    if state.tolerated_percentage is not None and is_number(percentage):
        trial.note("toleratedFailurePercentage", float(cast(float, percentage)))


def _note_inputs(trial: Trial, frame: Frame, state: MapState, join: Join) -> None:
    """What the iterations get: the items selected, and batched."""
    if state.item_selector is None and state.batcher is None:
        return
    selected = [map_fields.item_input(trial, frame, state, join, index) for index in range(len(join.items or ()))]
    if state.item_selector is not None:
        trial.note("afterItemSelector", selected)
    scope = trial.scope(frame)
    scope.input = join.input
    if (batcher := distributed_map.batcher_of(state, scope)) is not None:
        batches = [batch for item in selected if (batch := batcher.add(item)) is not None]
        trial.note("afterItemBatcher", [*batches, *([rest] if (rest := batcher.rest()) is not None else [])])


def _is_over(tolerated: tuple[float | None, float | None], failed: int, total: int) -> bool:
    count, percentage = tolerated
    over_count = count is not None and failed > count
    return over_count or (percentage is not None and total > 0 and failed * 100 > percentage * total)


_CONDUCT: dict[type[State], Callable[[Trial, Frame, Ask], None]] = {
    TaskState: _task,
    WaitState: _wait,
    ParallelState: _parallel,
    MapState: _map,
}
