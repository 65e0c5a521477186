"""Task: has a resource do the work, in one of three patterns.

- request-response: the answer of the call is the result;
- ``.sync``: the call only submits the job, the result comes when the job is done;
- ``.waitForTaskToken`` and activities: the result comes from whoever holds the token.

The time-out and the heartbeat are two deadlines of the frame. Task ids are per attempt: a late first answer can
never complete the second attempt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...values import JSON
from .. import failure, task_arguments
from ..effects import Role, ScheduleTask
from ..events import News, TaskFailed, TaskHeartbeat, TaskStarted, TaskSubmitted, TaskSucceeded
from ..failure import Failure
from .behaviour import Behaviour, leave_with, whole_number

if TYPE_CHECKING:
    from ...definition.model import Resource, TaskState
    from ...language.dataflow import FieldValue
    from ..context_object import FrameScope
    from ..deadlines import Kind
    from ..execution import Execution
    from ..frame import Frame


@dataclass(frozen=True, slots=True)
class Family:
    """The types of one family of history events."""

    scheduled: str
    started: str
    submitted: str
    succeeded: str
    failed: str
    timed_out: str


def _family(prefix: str) -> Family:
    return Family(*(prefix + end for end in ("Scheduled", "Started", "Submitted", "Succeeded", "Failed", "TimedOut")))


FAMILIES = {"service": _family("Task"), "lambda": _family("LambdaFunction"), "activity": _family("Activity")}


def enter(execution: Execution, frame: Frame, state: TaskState) -> None:
    resource, by_worker, task = state.resource, state.resource.kind == "activity", execution.next_task
    execution.next_task = task + 1
    if resource.has_token:
        frame.token = execution.mint(execution.identity.arn, task)
    enter = state.dataflow.enter
    arguments = frame.input if enter is None else enter(execution.scope(frame))
    if arguments is not frame.input and execution.over_quota(arguments):
        return execution.fail(frame, failure.parameters_too_large(resource.short_name))
    if resource.kind == "service" and (reason := task_arguments.refused(resource, arguments)) is not None:
        return execution.fail(frame, failure.runtime(frame, reason))
    timeout = credentials = frame.heartbeat = None
    if state.has_terms:
        timeout, credentials = _terms(execution, frame, state)
    _record_scheduled(execution, frame, resource, arguments, timeout, credentials)
    frame.task = task
    if state.has_terms and not by_worker:
        _start_clocks(execution, frame, timeout)
    role: Role = "activity" if by_worker else "task"
    return execution.schedule(
        frame,
        ScheduleTask(
            task,
            role,
            state.name,
            resource.arn,
            resource.pattern,
            arguments,
            frame.token,
            frame.retries,
            timeout,
            credentials,
        ),
    )


def _terms(execution: Execution, frame: Frame, state: TaskState) -> tuple[int | None, JSON]:
    """Time-out and credentials of the task; its heartbeat is kept by the frame."""
    scope = execution.scope(frame)
    if state.dataflow.input is not None:
        scope.input = state.dataflow.input(scope)
    credentials = None if state.credentials is None else state.credentials(scope)
    timeout, frame.heartbeat = _seconds(state.timeout, scope), _seconds(state.heartbeat, scope)
    return timeout, credentials


def _start_clocks(execution: Execution, frame: Frame, timeout: int | None) -> None:
    """Time-out and heartbeat run from now on: from the call of a handler, from a worker's taking of an activity."""
    if timeout is not None:
        execution.wait_until(frame, "due", execution.now + timeout)
    if frame.heartbeat is not None:
        execution.wait_until(frame, "heartbeat_due", execution.now + frame.heartbeat)


def _seconds(field: FieldValue | None, scope: FrameScope) -> int | None:
    return None if field is None else whole_number(field.name, field.evaluate(scope), field.path or "")


def _record_scheduled(
    execution: Execution, frame: Frame, resource: Resource, arguments: JSON, timeout: int | None, credentials: JSON
) -> None:
    scheduled, heartbeat = FAMILIES[resource.kind].scheduled, frame.heartbeat
    role = credentials.get("RoleArn") if isinstance(credentials, dict) else None
    if resource.kind == "service":
        region = execution.identity.region
        execution.record(frame, scheduled, (*resource.names, region, arguments, timeout, heartbeat, role))
    else:
        execution.record(frame, scheduled, (resource.arn, arguments, timeout, heartbeat, role))


# --------------------------------------------------------------------------- what becomes of it


def news(execution: Execution, frame: Frame, scheduled: ScheduleTask, event: News) -> None:
    state: TaskState = frame.state  # type: ignore[assignment]
    _NEWS[type(event)](execution, frame, state.resource, scheduled, event)


def _on_started(
    execution: Execution, frame: Frame, resource: Resource, scheduled: ScheduleTask, event: TaskStarted
) -> None:
    if not scheduled.started:
        _begin(execution, frame, resource, scheduled, event.worker)


def _begin(
    execution: Execution, frame: Frame, resource: Resource, scheduled: ScheduleTask, worker: str | None = None
) -> None:
    """Somebody works at the task. A driver may tell its end at once: it has then begun at the same instant."""
    scheduled.started = True
    if resource.kind != "activity":
        return execution.record(frame, FAMILIES[resource.kind].started, resource.names)
    execution.record(frame, FAMILIES["activity"].started, (worker,))
    return _start_clocks(execution, frame, scheduled.timeout)


def _on_submitted(
    execution: Execution, frame: Frame, resource: Resource, scheduled: ScheduleTask, event: TaskSubmitted
) -> None:
    if not scheduled.started:
        _begin(execution, frame, resource, scheduled)
    if resource.submits and not scheduled.submitted:
        scheduled.submitted = True
        execution.record(frame, FAMILIES[resource.kind].submitted, resource.names + (event.output,))  # noqa: RUF005


def _on_heartbeat(
    execution: Execution, frame: Frame, resource: Resource, scheduled: ScheduleTask, event: TaskHeartbeat
) -> None:
    if frame.heartbeat is not None:
        execution.wait_until(frame, "heartbeat_due", execution.now + frame.heartbeat)


def _on_succeeded(
    execution: Execution, frame: Frame, resource: Resource, scheduled: ScheduleTask, event: TaskSucceeded
) -> None:
    if not scheduled.started:
        _begin(execution, frame, resource, scheduled)
    if resource.submits and not scheduled.submitted:
        _on_submitted(execution, frame, resource, scheduled, TaskSubmitted(event.task, {}, event.at))
    if execution.over_quota(event.output):
        return _fail(execution, frame, resource, failure.result_too_large(resource.short_name, terminal=False))
    _close(execution, frame)
    execution.record(frame, FAMILIES[resource.kind].succeeded, resource.names + (event.output,))  # noqa: RUF005
    return leave_with(execution, frame, event.output)


def _on_failed(
    execution: Execution, frame: Frame, resource: Resource, scheduled: ScheduleTask, event: TaskFailed
) -> None:
    if not scheduled.started:
        _begin(execution, frame, resource, scheduled)
    error, cause, limits = event.error, event.cause, execution.limits
    if error is not None and limits.error:
        error = error[: limits.error]
    if cause is not None and limits.cause:
        cause = cause[: limits.cause]
    _fail(execution, frame, resource, Failure(error, cause))


def _fail(execution: Execution, frame: Frame, resource: Resource, problem: Failure) -> None:
    _close(execution, frame)
    execution.record(frame, FAMILIES[resource.kind].failed, resource.names + (problem.error, problem.cause))  # noqa: RUF005
    execution.fail(frame, problem)


def due(execution: Execution, frame: Frame, kind: Kind) -> None:
    if kind == "wake":
        return execution.repeat(frame)
    state: TaskState = frame.state  # type: ignore[assignment]
    problem = failure.TIMED_OUT if kind == "due" else failure.HEARTBEAT_MISSED
    _, scheduled = execution.tasks[frame.task or 0]
    if state.resource.kind != "activity" and not scheduled.started:
        _begin(execution, frame, state.resource, scheduled)
    execution.record(frame, FAMILIES[state.resource.kind].timed_out, (*state.resource.names, problem.error, None))
    return execution.fail(frame, problem)


def _close(execution: Execution, frame: Frame) -> None:
    """The task is over by itself: nothing is left to cancel."""
    assert frame.task is not None
    del execution.tasks[frame.task]
    frame.task = frame.due = frame.heartbeat_due = None


_NEWS: dict[type[News], Callable[..., None]] = {
    TaskStarted: _on_started,
    TaskSubmitted: _on_submitted,
    TaskHeartbeat: _on_heartbeat,
    TaskSucceeded: _on_succeeded,
    TaskFailed: _on_failed,
}

BEHAVIOUR = Behaviour(enter, due, news)
