"""Failures have one road: this state's retriers, its catchers, the parent frame, the execution.

Sources: developer guide, "Handling errors in Step Functions workflows". Where recordings of AWS say otherwise, they
count: States.ALL does match the States.DataLimitExceeded of a task's result.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..definition.model import Catcher, MapState, ParallelState, WaitState
from ..language.errors import ExpressionError
from ..values import JSON
from .frame import Frame

if TYPE_CHECKING:
    from .execution import Execution


@dataclass(slots=True)
class Failure:
    """An error on its way. ``also`` are further names under which Retry and Catch may know it.

    ``terminal`` is set where nobody may take it, though others of its name can be taken.
    """

    error: str | None
    cause: str | None = None
    also: tuple[str, ...] = ()
    terminal: bool = False

    def output(self) -> dict[str, JSON]:
        """The error output that a catcher hands on; a time-out has an empty cause, others none (recorded)."""
        absent = "" if self.error == TIMEOUT else None
        return {"Error": self.error, "Cause": absent if self.cause is None else self.cause}


TIMEOUT = "States.Timeout"
TIMED_OUT = Failure(TIMEOUT)
HEARTBEAT_MISSED = Failure(TIMEOUT, also=("States.HeartbeatTimeout",))

# Never caught and never retried, not even by their own name.
TERMINAL = frozenset(
    {"States.Runtime", "States.NoChoiceMatched", "States.IntrinsicFailure", "States.ParameterPathFailure"}
)
# What the wildcard States.TaskFailed leaves out.
NOT_TASK_FAILED = frozenset({TIMEOUT, "States.HeartbeatTimeout", "States.DataLimitExceeded"})


def runtime(frame: Frame, message: str) -> Failure:
    """States.Runtime with AWS's opening sentence."""
    return Failure("States.Runtime", _at_entry(frame, message))


EXPRESSION_PROBLEMS = (ExpressionError, RecursionError)
"""What the evaluation of a state's expressions may raise; JSON nested deeper than Python can follow is one of it."""


def has_event(problem: ExpressionError | RecursionError) -> bool:
    """Whether the history has an event of its own for it: those of JSONata have."""
    return isinstance(problem, ExpressionError) and problem.location is not None


def of_expression(execution: Execution, frame: Frame, problem: ExpressionError | RecursionError) -> Failure:
    """The failure of a state whose expression could not be evaluated; a JSONata one has a history event of its own.

    Recorded: before the state has done anything that event follows the one before the state's entry, but in Wait.
    """
    if isinstance(problem, RecursionError):
        return runtime(frame, "A value is nested too deep.")
    failure = Failure(problem.error, _at_entry(frame, problem.message))
    if has_event(problem):
        if frame.last == frame.entered and not isinstance(frame.state, WaitState):
            frame.last = frame.before
        execution.record(frame, "EvaluationFailed", (failure.error, failure.cause, problem.location, frame.state.name))
    return failure


def _at_entry(frame: Frame, message: str) -> str:
    return (
        f"An error occurred while executing the state '{frame.state.name}' "
        f"(entered at the event id #{frame.entered}). {message}"
    )


def history_full(quota: int) -> Failure:
    """The execution has no room for what happens next."""
    return Failure("States.Runtime", f"The execution reached the maximum number of history events ({quota}).")


def endless(quota: int) -> Failure:
    """The execution goes on and on without ever waiting."""
    return Failure("States.Runtime", f"The execution had {quota} history events without waiting for anything.")


def result_too_large(name: str, terminal: bool = True) -> Failure:
    """A result over the payload quota; ``name`` is the state's, or how the task is called."""
    return _too_large(name, "returned a result", terminal)


def parameters_too_large(name: str) -> Failure:
    """Parameters over the payload quota."""
    return _too_large(name, "provided parameters", terminal=True)


def _too_large(name: str, what: str, terminal: bool) -> Failure:
    cause = f"The state/task '{name}' {what} with a size exceeding the maximum number of bytes service limit."
    return Failure("States.DataLimitExceeded", cause, terminal=terminal)


def matches(error_equals: Iterable[str], failure: Failure) -> bool:
    """Whether a retrier or catcher with these names takes the failure.

    >>> matches(["States.ALL"], Failure("States.Runtime"))
    False
    >>> matches(["States.TaskFailed"], Failure("CardDeclined"))
    True
    """
    if failure.terminal or failure.error in TERMINAL:
        return False
    error, also = failure.error, failure.also
    for name in error_equals:
        if name == error or name == "States.ALL" or name in also:
            return True
        if name == "States.TaskFailed" and error not in NOT_TASK_FAILED:
            return True
    return False


def propagate(execution: Execution, frame: Frame, failure: Failure, from_child: bool = False) -> None:
    """Send a failure of the frame's state down its road; ``from_child`` is set where it came up from below."""
    retrier = _open_retrier(frame, failure)
    if retrier is None and _is_final(frame, failure):
        execution.keep_rest()
    while True:
        execution.prune(frame)
        if retrier is not None:
            return _back_off(execution, frame, retrier)
        if from_child:
            execution.record(frame, f"{frame.state.type}StateFailed")
        try:
            if _caught(execution, frame, failure):
                return None
        except EXPRESSION_PROBLEMS as problem:
            failure = of_expression(execution, frame, problem)
        if frame.parent is None:
            return execution.end_in_failure(frame, failure)
        frame, failure = _to_parent(execution, frame, failure)
        retrier, from_child = _open_retrier(frame, failure), True


def _is_final(frame: Frame, failure: Failure) -> bool:
    """Whether nobody on the road of this failure will take it: the execution is about to fail."""
    while _open_retrier(frame, failure) is None and not _has_catcher(frame, failure):
        if frame.parent is None:
            return True
        frame = frame.parent
        if isinstance(frame.state, ParallelState):
            failure = Failure(failure.error, failure.cause, (*failure.also, "States.BranchFailed"), failure.terminal)
    return False


def _has_catcher(frame: Frame, failure: Failure) -> bool:
    return any(matches(catcher.error_equals, failure) for catcher in frame.state.catchers)


# --------------------------------------------------------------------------- Retry


def _open_retrier(frame: Frame, failure: Failure) -> int | None:
    """The place of the retrier that takes the failure.

    Only the first one that matches counts; when it is exhausted, Catch is next.
    """
    for index, retrier in enumerate(frame.state.retriers):
        if matches(retrier.error_equals, failure):
            made = frame.attempts.get(index, 0) if frame.attempts else 0
            return index if made < retrier.max_attempts else None
    return None


def _back_off(execution: Execution, frame: Frame, index: int) -> None:
    retrier, attempts = frame.state.retriers[index], frame.attempts or {}
    retry = attempts[index] = attempts.get(index, 0) + 1
    frame.attempts = attempts
    if execution.watch is not None:
        execution.watch(frame.state.name, "retrier", index)
    frame.retries += 1
    frame.join = None
    delay = retrier.delay(retry)
    if retrier.full_jitter:
        delay = execution.random().uniform(0, delay)
    execution.wait_until(frame, "wake", execution.now + delay)


# --------------------------------------------------------------------------- Catch


def _caught(execution: Execution, frame: Frame, failure: Failure) -> bool:
    for index, catcher in enumerate(frame.state.catchers):
        if matches(catcher.error_equals, failure):
            if execution.watch is not None:
                execution.watch(frame.state.name, "catcher", index)
            _catch(execution, frame, catcher, failure.output())
            return True
    return False


def _catch(execution: Execution, frame: Frame, catcher: Catcher, output: JSON) -> None:
    assigned = None
    if catcher.dataflow.complete is not None:
        output, assigned = catcher.dataflow.complete(execution.scope(frame), frame.input, output)
    assert catcher.next is not None
    execution.leave(frame, output, assigned, catcher.next)


# --------------------------------------------------------------------------- to the parent


def _to_parent(execution: Execution, frame: Frame, failure: Failure) -> tuple[Frame, Failure]:
    parent = frame.parent
    assert parent is not None
    execution.retire(frame)
    parent.last = frame.last
    if isinstance(parent.state, MapState):
        execution.remark(parent, "MapIterationFailed", (parent.state.name, frame.index))
    elif "States.BranchFailed" not in failure.also:
        failure = Failure(failure.error, failure.cause, (*failure.also, "States.BranchFailed"), failure.terminal)
    return parent, failure
