"""Executions that tasks start: ``states:startExecution`` in its patterns, and both calls of the AWS SDK.

A nested execution is one like any other in the same host; what is here is the call that starts it and what its end
means for the ``.sync`` task that waits for it.

Rules that a change must keep:

1. The task hears that the call was answered before the child is told to begin: its history is in order.
2. Whatever is wrong with the call is the task's failure, under the name and in the words of the service.
3. The child's own name, seed and ARN come from the task, so that a task that is called again finds its child.

Sources: API reference of StartExecution, StartSyncExecution and DescribeExecution; results and causes as recorded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from ..definition.model import Machine
from ..engine.effects import ScheduleTask
from ..engine.events import TaskSubmitted
from ..engine.execution import Execution
from ..engine.identity import Identity
from ..errors import ExecutionNotRedrivable, InvalidExecutionInput, InvalidName
from ..language.timestamps import format_timestamp
from ..resources.invocation import Failed, Outcome, Succeeded, failed
from ..resources.machines import MachineReference, Start, machine_reference, started_by
from ..values import JSON, equal, parse, to_text
from .admission import checked_input
from .naming import Place, check_name

if TYPE_CHECKING:
    from .host import Host, Job
    from .runs import Run

_NAMES = UUID("4b8f4c55-0a4e-5f63-9d0b-6f7b1f0d2c37")  # namespace of the names that tasks leave open
LONGEST_CHAIN = 1_000  # executions that start one another without any time passing
COMPLETE: dict[str, JSON] = {"Included": True}


@dataclass(slots=True)
class _Request:
    """A call that the service takes."""

    machine: Machine
    identity: Identity
    input: JSON


class _Refused(Exception):
    """The service refuses the call, by the name of its exception."""

    def __init__(self, name: str, message: str) -> None:
        self.name, self.message = name, message


def start(host: Host, job: Job, how: Start) -> None:
    """Make the call: start the execution, and tell the task what was answered."""
    run, scheduled = job.run, job.scheduled
    if not host.is_waiting(run, scheduled.task):
        return
    if (child := _resumed(host, run, scheduled)) is not None:
        _answer(host, job, how, child.arn, child.execution.started_at)
        host.redrive(child)
        host.begun(child)
        _wait_for(child, run, scheduled)
        return
    try:
        request = _request(host, run, scheduled, how)
        known = _known(host, request)
        generation = _generation(host, run)
    except _Refused as refused:
        host.returned(job, _refusal(how, refused, run.request_id(scheduled.task)))
        return
    started_at = host.now() if known is None else known.execution.started_at
    _answer(host, job, how, request.identity.arn, started_at)
    if known is None:
        seed = run.execution.seed + scheduled.task
        known = host.begin(request.machine, request.input, request.identity, seed)
        known.generation = generation
        host.begun(known)
    if how.synchronous or scheduled.pattern.startswith("sync"):
        _wait_for(known, run, scheduled)
        if known.finished:  # before a crash, of which the task had not heard
            host.over(run, scheduled.task, ended(known, scheduled))


def _wait_for(child: Run, run: Run, scheduled: ScheduleTask) -> None:
    run.tasks[scheduled.task] = child
    child.waiters = (*child.waiters, (run, scheduled))
    run.nested = {**(run.nested or {}), place(run.execution, scheduled): child.arn}


def _answer(host: Host, job: Job, how: Start, arn: str, started_at: float) -> None:
    task = job.scheduled.task
    if how.synchronous:
        host.started(job)
    elif how.sdk:
        host.returned(job, Succeeded({"ExecutionArn": arn, "StartDate": format_timestamp(started_at)}))
    else:
        answer = _started(arn, started_at, host.now(), job.run.request_id(task))
        if job.scheduled.pattern.startswith("sync"):
            host.tell(job.run, TaskSubmitted(task, answer, host.now()))
        else:
            host.returned(job, Succeeded(answer))


def ended(run: Run, scheduled: ScheduleTask) -> Outcome:
    """What the end of a nested execution means for the task that waits for it."""
    arguments = scheduled.arguments
    given = arguments.get("Input") if isinstance(arguments, dict) else None
    input = given if isinstance(given, str) else to_text(run.execution.input)
    how = started_by(scheduled.resource)
    if how is not None and how.synchronous:
        return Succeeded(_sync_description(run, input))
    description = _description(run, arguments, input)
    if run.execution.status != "SUCCEEDED":
        return failed("States.TaskFailed", to_text(description))
    if scheduled.pattern == "sync:2":
        description |= {"Input": run.execution.input, "Output": run.execution.output}
    return Succeeded(description)


# --------------------------------------------------------------------------- redrive

LONGEST_PAUSE = 14 * 86_400.0  # seconds after its end in which an execution can be redriven
MOST_REDRIVES = 1_000
MOST_HISTORY = 24_999


def is_redrivable(run: Run, now: float) -> bool:
    """Whether the execution can be redriven together with the one that waits for it."""
    try:
        check_redrivable(run, now, with_parent=True)
    except ExecutionNotRedrivable:
        return False
    return True


def check_redrivable(run: Run, now: float, with_parent: bool = False) -> None:
    """Raise ``ExecutionNotRedrivable`` if Step Functions would not redrive this execution."""
    execution = run.execution
    if execution.status in ("RUNNING", "SUCCEEDED") or execution.rest is None:
        what = execution.status if execution.machine.type != "EXPRESS" else "EXPRESS"
        raise ExecutionNotRedrivable(f"Execution is {what} and cannot be redriven")
    if run.parent is not None and not with_parent:
        raise ExecutionNotRedrivable("Execution is the child of a map run and cannot be redriven by itself")
    if now - (execution.stopped_at or now) > LONGEST_PAUSE:
        raise ExecutionNotRedrivable("Execution ended more than 14 days ago and cannot be redriven")
    if execution.redrive_count >= MOST_REDRIVES or (execution.limits.history and execution.event_id >= MOST_HISTORY):
        raise ExecutionNotRedrivable("Execution has reached a quota and cannot be redriven")


def take_up(run: Run) -> None:
    """Of the nested executions that a run waited for where it failed, those that failed are redriven with it."""
    run.resumable = places_of(run.execution, run.nested or {})
    run.nested = None


def places_of(execution: Execution, nested: dict[tuple[int, str], str]) -> dict[tuple[int, str], str]:
    """Of the executions that were waited for somewhere, those where a redrive goes on."""
    places = {(frame.id, frame.state.name) for frame in (execution.rest or {}).values()}
    return {where: arn for where, arn in nested.items() if where in places}


def place(execution: Execution, scheduled: ScheduleTask) -> tuple[int, str]:
    """Where in the execution a task was asked for: the same before and after a redrive."""
    return execution.tasks[scheduled.task][0].id, scheduled.state


def _resumed(host: Host, run: Run, scheduled: ScheduleTask) -> Run | None:
    """The nested execution that goes on instead of a new one."""
    arn = run.resumable.pop(place(run.execution, scheduled), None) if run.resumable else None
    child = None if arn is None else host.known(arn)
    if child is not None:
        try:
            check_redrivable(child, host.now())
        except ExecutionNotRedrivable:
            return None
    return child


# --------------------------------------------------------------------------- the call


def _request(host: Host, run: Run, scheduled: ScheduleTask, how: Start) -> _Request:
    arguments = scheduled.arguments if isinstance(scheduled.arguments, dict) else {}
    machine, reference = _machine(host, arguments.get("StateMachineArn"))
    if how.synchronous and machine.type != "EXPRESS":
        raise _Refused("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine")
    if scheduled.pattern.startswith("sync") and machine.type == "EXPRESS":
        raise _Refused("InvalidArn", "Invalid Arn: 'Resource type not valid in this context: express'")
    unique = str(uuid5(_NAMES, f"{run.arn}/{scheduled.task}"))
    name = _name(arguments.get("Name"), unique)
    place = replace(host.place, region=reference.region, account=reference.account)
    return _Request(machine, _identity(place, machine, name, unique), _input(host, arguments.get("Input")))


def _identity(place: Place, machine: Machine, name: str, unique: str) -> Identity:
    return place.identity(machine, name, lambda: unique)


def _machine(host: Host, arn: JSON) -> tuple[Machine, MachineReference]:
    text = arn if isinstance(arn, str) else to_text(arn)
    reference = machine_reference(text)
    if reference is None:
        raise _Refused("InvalidArn", f"Invalid Arn: '{_not_a_machine(text)}'")
    machine = host.resources.find_machine(text)
    if machine is None:
        raise _Refused("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{text}'")
    return machine, reference


def _not_a_machine(arn: str) -> str:
    parts = arn.split(":")
    if parts[0] != "arn":
        return f"Invalid ARN prefix: {arn}"
    return f"Resource type not valid in this context: {parts[5] if len(parts) > 5 else ''}"


def _name(name: JSON, unique: str) -> str:
    if name is None:
        return unique
    text = name if isinstance(name, str) else to_text(name)
    try:
        return check_name(text)
    except InvalidName:
        raise _Refused("InvalidName", f"Invalid Name: '{text}'") from None


def _input(host: Host, given: JSON) -> JSON:
    """The input, which may be JSON text or any other JSON value; none is an empty object."""
    try:
        value: JSON = parse(given) if isinstance(given, str) else {} if given is None else given
        return checked_input(value, host.limits_of_input())
    except (ValueError, InvalidExecutionInput) as problem:
        raise _Refused("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{problem}'") from None


def _known(host: Host, request: _Request) -> Run | None:
    """The execution that has the name already, if it was started alike and still runs."""
    known = host.known(request.identity.arn)
    if known is not None and known.execution.machine.type == "EXPRESS":  # one of a task of this very name
        return known
    if known is not None and (known.finished or not is_start_of(known.execution, request.machine, request.input)):
        raise _Refused("ExecutionAlreadyExists", f"Execution Already Exists: '{request.identity.arn}'")
    return known


def is_start_of(execution: Execution, machine: Machine, input: JSON) -> bool:
    """Whether the execution runs this very definition on this very input."""
    return equal(execution.input, input) and (
        execution.machine is machine or execution.machine.document == machine.document
    )


def _generation(host: Host, run: Run) -> int:
    """How many executions have started one another at this instant. Raises for machines that do so without end."""
    if run.execution.started_at != host.now():
        return 1
    if run.generation >= LONGEST_CHAIN:
        message = f"{LONGEST_CHAIN} executions have started one another at the same instant"
        raise _Refused("ExecutionLimitExceeded", message)
    return run.generation + 1


def _refusal(how: Start, refused: _Refused, request_id: str) -> Failed:
    if how.sdk:
        details = f"(Service: Sfn, Status Code: 400, Request ID: {request_id}) (SDK Attempt Count: 1)"
        return failed(f"Sfn.{refused.name}Exception", f"{refused.message} {details}")
    details = (
        f"(Service: AWSStepFunctions; Status Code: 400; Error Code: {refused.name}; "
        f"Request ID: {request_id}; Proxy: null)"
    )
    return failed(f"StepFunctions.{refused.name}Exception", f"{refused.message} {details}")


# --------------------------------------------------------------------------- answers


def _milliseconds(at: float) -> int:
    return round(at * 1000)


def _started(arn: str, started_at: float, now: float, request_id: str) -> dict[str, JSON]:
    """The answer of StartExecution as the optimized integration shows it."""
    from email.utils import formatdate  # imported here: it loads the whole of email

    length = len(to_text({"executionArn": arn, "startDate": started_at}))
    headers = {
        "x-amzn-RequestId": request_id,
        "connection": "keep-alive",
        "Content-Length": str(length),
        "Date": formatdate(now, usegmt=True),
        "Content-Type": "application/x-amz-json-1.0",
    }
    return {
        "ExecutionArn": arn,
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in headers.items()},
            "HttpHeaders": {name: headers[name] for name in sorted(headers, key=str.lower)},
            "HttpStatusCode": 200,
        },
        "SdkResponseMetadata": {"RequestId": request_id},
        "StartDate": _milliseconds(started_at),
    }


def _description(run: Run, arguments: JSON, input: str) -> dict[str, JSON]:
    """The answer of DescribeExecution, its names in the order in which the service writes them."""
    execution = run.execution
    description: dict[str, JSON] = {
        **outcome_of(execution),
        "ExecutionArn": run.arn,
        "Input": input,
        "InputDetails": COMPLETE,
        "Name": execution.identity.name,
        "RedriveCount": execution.redrive_count,
        **redrive_of(execution),
        "StartDate": _milliseconds(execution.started_at),
        "StateMachineArn": execution.identity.machine_arn,
        **_qualified(arguments),
        "Status": execution.status,
        "StopDate": _milliseconds(execution.stopped_at or execution.now),
    }
    return dict(sorted(description.items()))


def _sync_description(run: Run, input: str) -> dict[str, JSON]:
    """The answer of StartSyncExecution, which comes for failures too."""
    execution = run.execution
    stopped_at = execution.stopped_at or execution.now
    billed = max(100, -(-_milliseconds(stopped_at - execution.started_at) // 100) * 100)
    description: dict[str, JSON] = {
        **outcome_of(execution),
        "BillingDetails": {"BilledDurationInMilliseconds": billed, "BilledMemoryUsedInMB": 64},
        "ExecutionArn": run.arn,
        "Input": input,
        "InputDetails": COMPLETE,
        "Name": execution.identity.name,
        "StartDate": format_timestamp(execution.started_at),
        "StateMachineArn": execution.identity.machine_arn,
        "Status": execution.status,
        "StopDate": format_timestamp(stopped_at),
    }
    return dict(sorted(description.items()))


def outcome_of(execution: Execution) -> dict[str, JSON]:
    """How a description says that an execution ended; one that timed out shows neither error nor cause."""
    if execution.status == "SUCCEEDED":
        return {"Output": to_text(execution.output), "OutputDetails": COMPLETE}
    if execution.status == "TIMED_OUT":
        return {}
    told = (("Cause", execution.cause), ("Error", execution.error))
    return {name: text for name, text in told if text is not None}


def redrive_of(execution: Execution) -> dict[str, JSON]:
    """What a description says of redriving an execution."""
    if execution.status not in ("RUNNING", "SUCCEEDED"):
        return {"RedriveStatus": "REDRIVABLE"}
    reason = f"Execution is {execution.status} and cannot be redriven"
    return {"RedriveStatus": "NOT_REDRIVABLE", "RedriveStatusReason": reason}


def _qualified(arguments: JSON) -> dict[str, JSON]:
    """The version or alias by which the machine was started."""
    arn = arguments.get("StateMachineArn") if isinstance(arguments, dict) else None
    reference = machine_reference(arn) if isinstance(arn, str) else None
    if reference is None or reference.qualifier is None:
        return {}
    kind = "Version" if reference.qualifier.isdecimal() else "Alias"
    return {f"StateMachine{kind}Arn": arn}
