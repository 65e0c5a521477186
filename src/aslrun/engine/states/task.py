"""Task: has a resource do the work, in one of three patterns.

- request-response: the answer of the call is the result;
- ``.sync``: the call only submits the job, the result comes when the job is done;
- ``.waitForTaskToken`` and activities: the result comes from whoever holds the token.

The time-out and the heartbeat are two deadlines of the frame. Task ids are per attempt: a late first answer can
never complete the second attempt.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from ...values import JSON
from .. import failure, task_arguments
from ..effects import ScheduleTask
from ..events import News, TaskFailed, TaskHeartbeat, TaskStarted, TaskSubmitted, TaskSucceeded
from ..failure import Failure
from .behaviour import Behaviour, effective_input, leave_with, whole_number

if TYPE_CHECKING:
    from ...definition.model import Resource, TaskState
    from ...language.dataflow import FieldValue
    from ..context_object import FrameScope
    from ..deadlines import Kind
    from ..execution import Execution
    from ..frame import Frame


class Family(NamedTuple):
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
    resource = state.resource
    task = execution.new_task()
    frame.token = execution.mint(execution.identity.arn, task) if resource.has_token else None
    arguments = effective_input(execution, frame)
    if arguments is not frame.input and execution.over_quota(arguments):
        return execution.fail(frame, failure.parameters_too_large(resource.short_name))
    if resource.kind == "service" and (reason := task_arguments.refused(resource, arguments)) is not None:
        return execution.fail(frame, failure.runtime(frame, reason))
    scope = execution.scope(frame)
    if state.dataflow.input is not None:
        scope.input = state.dataflow.input(scope)
    credentials = None if state.credentials is None else state.credentials(scope)
    timeout, frame.heartbeat = _seconds(state.timeout, scope), _seconds(state.heartbeat, scope)
    _record_scheduled(execution, frame, resource, arguments, timeout, credentials)
    frame.task = task
    by_worker = resource.kind == "activity"
    if not by_worker:
        _start_clocks(execution, frame, timeout)
    return execution.schedule(
        frame,
        ScheduleTask(
            task,
            "activity" if by_worker else "task",
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
    names = (resource.type, resource.action, execution.identity.region)
    what = names if resource.kind == "service" else (resource.arn,)
    role = credentials.get("RoleArn") if isinstance(credentials, dict) else None
    scheduled = FAMILIES[resource.kind].scheduled
    execution.record(frame, scheduled, *what, arguments, timeout, frame.heartbeat, role)


# --------------------------------------------------------------------------- what becomes of it


def news(execution: Execution, frame: Frame, scheduled: ScheduleTask, event: News) -> None:
    state: TaskState = frame.state  # type: ignore[assignment]
    _NEWS[type(event)](execution, frame, state.resource, scheduled, event)


def _on_started(
    execution: Execution, frame: Frame, resource: Resource, scheduled: ScheduleTask, event: TaskStarted
) -> None:
    if not scheduled.started:
        scheduled.started = True
        details = (event.worker,) if resource.kind == "activity" else _names(resource)
        execution.record(frame, FAMILIES[resource.kind].started, *details)
        if resource.kind == "activity":
            _start_clocks(execution, frame, scheduled.timeout)


def _on_submitted(
    execution: Execution, frame: Frame, resource: Resource, scheduled: ScheduleTask, event: TaskSubmitted
) -> None:
    _ensure_started(execution, frame, resource, scheduled)
    if resource.submits and not scheduled.submitted:
        scheduled.submitted = True
        execution.record(frame, FAMILIES[resource.kind].submitted, *_names(resource), event.output)


def _on_heartbeat(
    execution: Execution, frame: Frame, resource: Resource, scheduled: ScheduleTask, event: TaskHeartbeat
) -> None:
    if frame.heartbeat is not None:
        execution.wait_until(frame, "heartbeat_due", execution.now + frame.heartbeat)


def _on_succeeded(
    execution: Execution, frame: Frame, resource: Resource, scheduled: ScheduleTask, event: TaskSucceeded
) -> None:
    _ensure_started(execution, frame, resource, scheduled)
    if resource.submits and not scheduled.submitted:
        _on_submitted(execution, frame, resource, scheduled, TaskSubmitted(event.task, {}, event.at))
    if execution.over_quota(event.output):
        return _fail(execution, frame, resource, failure.result_too_large(resource.short_name, terminal=False))
    _close(execution, frame)
    execution.record(frame, FAMILIES[resource.kind].succeeded, *_names(resource), event.output)
    return leave_with(execution, frame, event.output)


def _on_failed(
    execution: Execution, frame: Frame, resource: Resource, scheduled: ScheduleTask, event: TaskFailed
) -> None:
    _ensure_started(execution, frame, resource, scheduled)
    limits = execution.limits
    _fail(execution, frame, resource, Failure(_cut(event.error, limits.error), _cut(event.cause, limits.cause)))


def _cut(text: str | None, limit: int) -> str | None:
    return text if text is None or not limit else text[:limit]


def _fail(execution: Execution, frame: Frame, resource: Resource, problem: Failure) -> None:
    _close(execution, frame)
    execution.record(frame, FAMILIES[resource.kind].failed, *_names(resource), problem.error, problem.cause)
    execution.fail(frame, problem)


def due(execution: Execution, frame: Frame, kind: Kind) -> None:
    if kind == "wake":
        return execution.repeat(frame)
    state: TaskState = frame.state  # type: ignore[assignment]
    problem = failure.TIMED_OUT if kind == "due" else failure.HEARTBEAT_MISSED
    _, scheduled = execution.tasks[frame.task or 0]
    if state.resource.kind != "activity":
        _ensure_started(execution, frame, state.resource, scheduled)
    execution.record(frame, FAMILIES[state.resource.kind].timed_out, *_names(state.resource), problem.error, None)
    return execution.fail(frame, problem)


def _ensure_started(execution: Execution, frame: Frame, resource: Resource, scheduled: ScheduleTask) -> None:
    """A driver may tell the result of a task at once: it has then begun at the same instant."""
    if not scheduled.started:
        _on_started(execution, frame, resource, scheduled, TaskStarted(scheduled.task, execution.now))


def _close(execution: Execution, frame: Frame) -> None:
    """The task is over by itself: nothing is left to cancel."""
    assert frame.task is not None
    del execution.tasks[frame.task]
    frame.task = frame.due = frame.heartbeat_due = None


def _names(resource: Resource) -> tuple[str, ...]:
    return (resource.type, resource.action) if resource.kind == "service" else ()


_NEWS: dict[type[News], Callable[..., None]] = {
    TaskStarted: _on_started,
    TaskSubmitted: _on_submitted,
    TaskHeartbeat: _on_heartbeat,
    TaskSucceeded: _on_succeeded,
    TaskFailed: _on_failed,
}

BEHAVIOUR = Behaviour(enter, due, news)
