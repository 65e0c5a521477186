"""Calls of Step Functions that tasks make by the AWS SDK, answered by the interpreter that they run in.

A definition that completes the task of another execution by its token works here as it does on AWS, and so do calls
that describe or stop an execution, and machines that do the work of activities.

Rules that a change must keep:

1. Whatever is wrong with the call is the task's failure, under the name and in the words of the service.
2. What a call does is told before its answer: a task that has succeeded has done what it says, whatever comes then.
3. A poll for work waits in the line of all pollers, and in the time of its execution; nothing blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ..engine.events import News
from ..errors import (
    ActivityDoesNotExist,
    CallerError,
    ExecutionDoesNotExist,
    InvalidOutput,
    InvalidToken,
    TaskDoesNotExist,
    TaskError,
    TaskTimedOut,
)
from ..language.timestamps import format_timestamp
from ..resources.activities import ActivityWork
from ..resources.invocation import Failed, Outcome, Succeeded, failed
from ..resources.machines import Start, started_by
from ..resources.own_calls import OwnCall, own_call
from ..values import JSON, to_text
from .nested import COMPLETE, outcome_of, redrive_of
from .task_news import returned

if TYPE_CHECKING:
    from ..engine.effects import ScheduleTask
    from .host import Host, Job
    from .runs import Run

Request = dict[str, str]

_REFUSALS: Mapping[type[CallerError], str] = {
    InvalidToken: "InvalidToken",
    InvalidOutput: "InvalidOutput",
    TaskDoesNotExist: "TaskDoesNotExist",
    TaskTimedOut: "TaskTimedOut",
    ExecutionDoesNotExist: "ExecutionDoesNotExist",
    ActivityDoesNotExist: "ActivityDoesNotExist",
}
LONGEST_POLL = 60.0  # seconds that GetActivityTask holds the line


class _InvalidArn(CallerError):
    """The ARN is none of an execution that the call could be about."""


def is_of_step_functions(resource: str) -> bool:
    """Whether the resource is a call of Step Functions, which may be for the host itself."""
    return ":states:::states:" in resource or ":states:::aws-sdk:sfn:" in resource


def call_for(host: Host, scheduled: ScheduleTask) -> Start | OwnCall | None:
    """The call of Step Functions that a task makes, if it is for this host and for no handler."""
    start = started_by(scheduled.resource)
    if start is not None and host.resources.is_started_here(scheduled.resource, scheduled.arguments):
        return start
    own = own_call(scheduled.resource)
    if own is None:
        return None
    handler = host.resources.find(scheduled.resource)
    if handler is None or (handler.pattern.has_wildcard and is_about_us(host, own, scheduled.arguments)):
        return own
    return None


def is_about_us(host: Host, call: OwnCall, arguments: JSON) -> bool:
    """Whether the token, the execution or the activity that a call is about is one of this host's."""
    subject = call.about(arguments)
    if call.subject == "ExecutionArn":
        return host.known(subject) is not None
    if call.subject == "ActivityArn":
        return subject in host.activities.known
    try:
        host.tokens.address(subject)
    except InvalidToken:
        return False
    return True


def answer(host: Host, job: Job, call: OwnCall) -> None:
    """Do what the call says, and tell the task what was answered."""
    if host.is_waiting(job.run, job.scheduled.task):
        outcome = _outcome(host, call, job)
        if outcome is not None:
            host.returned(job, outcome)


def _outcome(host: Host, call: OwnCall, job: Job) -> Outcome | None:
    """What the call comes to; ``None``: the answer comes later."""
    try:
        request = call.request(job.scheduled.arguments)
        if call.action == "getActivityTask":
            return _next_task(host, job, request)
        return Succeeded(_ACTIONS[call.action](host, request))
    except TaskError as unfit:
        return failed(unfit.error, unfit.cause)
    except _InvalidArn as refused:
        return _refused("InvalidArn", refused, job)
    except tuple(_REFUSALS) as refused:
        return _refused(_REFUSALS[type(refused)], refused, job)


def _refused(name: str, refused: CallerError, job: Job) -> Failed:
    request_id = job.run.request_id(job.scheduled.task)
    details = f"(Service: Sfn, Status Code: 400, Request ID: {request_id}) (SDK Attempt Count: 1)"
    return failed(f"Sfn.{name}Exception", f"{refused} {details}")


# --------------------------------------------------------------------------- the calls


def _success(host: Host, request: Request) -> JSON:
    host.desk.send_success(request["TaskToken"], request["Output"])
    return {}


def _failure(host: Host, request: Request) -> JSON:
    host.desk.send_failure(request["TaskToken"], request.get("Error"), request.get("Cause"))
    return {}


def _heartbeat(host: Host, request: Request) -> JSON:
    host.desk.send_heartbeat(request["TaskToken"])
    return {}


def _stop(host: Host, request: Request) -> JSON:
    """An execution that is over stays as it is, and no error is made of it."""
    run = _execution(host, request)
    if not run.finished:
        host.abort(run, request.get("Error"), request.get("Cause"))
        return {"StopDate": format_timestamp(host.now())}
    return {"StopDate": format_timestamp(run.execution.stopped_at or host.now())}


def _describe(host: Host, request: Request) -> JSON:
    run = _execution(host, request)
    execution = run.execution
    description: dict[str, JSON] = {
        "ExecutionArn": run.arn,
        "Name": execution.identity.name,
        "RedriveCount": execution.redrive_count,
        **redrive_of(execution),
        "StartDate": format_timestamp(execution.started_at),
        "StateMachineArn": execution.identity.machine_arn,
        "Status": execution.status,
        **({} if execution.stopped_at is None else {"StopDate": format_timestamp(execution.stopped_at)}),
    }
    if request.get("IncludedData") != "METADATA_ONLY":
        description |= {**outcome_of(execution), "Input": to_text(execution.input), "InputDetails": COMPLETE}
    return dict(sorted(description.items()))


def _execution(host: Host, request: Request) -> Run:
    arn = request["ExecutionArn"]
    if not arn.startswith("arn:"):
        raise _InvalidArn(f"Invalid Arn: 'Invalid ARN prefix: {arn}'")
    run = host.known(arn)
    if run is None:
        raise ExecutionDoesNotExist(f"Execution Does Not Exist: '{arn}'")
    if run.execution.machine.type == "EXPRESS":
        raise _InvalidArn("Invalid Arn: 'Resource type not valid in this context: express'")
    return run


def _next_task(host: Host, job: Job, request: Request) -> Succeeded | None:
    """The oldest work of an activity, or the first that comes within a minute, or nothing then."""
    arn, worker = request["ActivityArn"], request.get("WorkerName")
    if not arn.startswith("arn:"):
        raise _InvalidArn(f"Invalid Arn: 'Invalid ARN prefix: {arn}'")
    while (work := host.desk.take_work(arn)) is not None:
        if host.desk.work_taken(work, worker):
            return Succeeded(_told(work))
    nothing = returned(job.scheduled, Succeeded({}), host.now() + LONGEST_POLL)
    host.desk.wait_for_work(_Poll(host, job, arn, worker, nothing))
    host.tell_at(job.run, nothing)
    return None


class _Poll:
    """A task in the line of those who wait for work, until ``nothing`` will have happened."""

    __slots__ = ("_host", "_job", "_nothing", "_worker", "activity")

    def __init__(self, host: Host, job: Job, activity: str, worker: str | None, nothing: News) -> None:
        self._host, self._job, self.activity = host, job, activity
        self._worker, self._nothing = worker, nothing

    @property
    def is_over(self) -> bool:
        """Whether it has its answer: nothing, if that has been told and is yet to be applied."""
        return self._host.now() >= self._nothing.at or not self._host.is_waiting(self._job.run, self._nothing.task)

    def __call__(self, work: ActivityWork) -> bool:
        if self.is_over or not self._host.desk.work_taken(work, self._worker):
            return False
        self._host.returned(self._job, Succeeded(_told(work)))
        return True


def _told(work: ActivityWork) -> dict[str, JSON]:
    return {"Input": to_text(work.input), "TaskToken": work.token}


_ACTIONS: Mapping[str, Callable[[Host, Request], JSON]] = {
    "sendTaskSuccess": _success,
    "sendTaskFailure": _failure,
    "sendTaskHeartbeat": _heartbeat,
    "describeExecution": _describe,
    "stopExecution": _stop,
}
