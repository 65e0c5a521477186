"""The record of an execution as GetExecutionHistory answers it.

In the hot path a history event is a bare tuple ``(type, at, previous id, *details)``; its id is its place.
``render`` turns tuples into AWS's shapes, by one table, when somebody asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, TypeAlias, overload

from ..values import JSON, to_text

Record: TypeAlias = tuple[Any, ...]
HistoryEvent: TypeAlias = dict[str, Any]
Details: TypeAlias = dict[str, Any]

_COMPLETE = {"truncated": False}


class PackedRecords(Sequence[Record]):
    """The records of an execution that is over, in one flat tuple.

    An application keeps thousands of them, and the cyclic garbage collector looks at every tuple: one per execution
    instead of one per event makes short executions a fifth cheaper.

    A record may have 255 details; none has a tenth of that.

    >>> PackedRecords([("ExecutionStarted", 0.0, 0, {}, "role"), ("PassStateEntered", 0.0, 0, "A", {})])[1][3]
    'A'
    """

    __slots__ = ("_flat", "_lengths")

    def __init__(self, records: Sequence[Record]) -> None:
        self._lengths = bytes(map(len, records))
        self._flat = tuple(chain.from_iterable(records))

    def __len__(self) -> int:
        return len(self._lengths)

    def __iter__(self) -> Iterator[Record]:
        flat, start = self._flat, 0
        for length in self._lengths:
            yield flat[start : start + length]
            start += length

    @overload
    def __getitem__(self, index: int) -> Record: ...

    @overload
    def __getitem__(self, index: slice) -> list[Record]: ...

    def __getitem__(self, index: int | slice) -> Record | list[Record]:
        return list(self)[index]


def render(records: Iterable[Record], first_id: int = 1) -> Iterator[HistoryEvent]:
    """History events in AWS's shape; ``timestamp`` is in seconds since the epoch.

    >>> next(render([("WaitStateEntered", 1.5, 0, "Sleep", {"a": 1})], first_id=2))["stateEnteredEventDetails"]
    {'name': 'Sleep', 'input': '{"a":1}', 'inputDetails': {'truncated': False}}
    """
    for number, (kind, at, previous, *details) in enumerate(records, first_id):
        event: HistoryEvent = {"timestamp": at, "type": kind, "id": number, "previousEventId": previous}
        name, shape = _SHAPES[kind]
        if shape is not None:
            event[name] = shape(*details)
        yield event


def _entered(name: str, input: JSON) -> Details:
    return {"name": name, "input": to_text(input), "inputDetails": _COMPLETE}


def _exited(name: str, output: JSON, assigned: dict[str, JSON] | None = None) -> Details:
    details: Details = {"name": name, "output": to_text(output), "outputDetails": _COMPLETE}
    if assigned:
        details["assignedVariables"] = {variable: to_text(value) for variable, value in assigned.items()}
        details["assignedVariablesDetails"] = _COMPLETE
    return details


def _started(input: JSON, role: str) -> Details:
    return {"input": to_text(input), "inputDetails": _COMPLETE, "roleArn": role}


def _output(output: JSON) -> Details:
    return {"output": to_text(output), "outputDetails": _COMPLETE}


def _failure(error: str | None, cause: str | None) -> Details:
    return _given(error=error, cause=cause)


def _given(**details: Any) -> Details:
    return {name: value for name, value in details.items() if value is not None}


def _scheduled(
    type: str, action: str, region: str, arguments: JSON, timeout: int | None, heartbeat: int | None, role: str | None
) -> Details:
    details = _given(resourceType=type, resource=action, region=region, parameters=to_text(arguments))
    return details | _limits(timeout, heartbeat, role)


def _function_scheduled(
    resource: str, input: JSON, timeout: int | None, heartbeat: int | None, role: str | None
) -> Details:
    details = {"resource": resource, "input": to_text(input), "inputDetails": _COMPLETE}
    return details | _limits(timeout, None, role)


def _activity_scheduled(
    resource: str, input: JSON, timeout: int | None, heartbeat: int | None, role: str | None
) -> Details:
    details = {"resource": resource, "input": to_text(input), "inputDetails": _COMPLETE}
    return details | _limits(timeout, heartbeat, None)


def _limits(timeout: int | None, heartbeat: int | None, role: str | None) -> Details:
    credentials = None if role is None else {"roleArn": role}
    return _given(timeoutInSeconds=timeout, heartbeatInSeconds=heartbeat, taskCredentials=credentials)


def _task(type: str, action: str) -> Details:
    return {"resourceType": type, "resource": action}


def _task_output(type: str, action: str, output: JSON) -> Details:
    return {"resourceType": type, "resource": action} | _output(output)


def _task_failure(type: str, action: str, error: str | None, cause: str | None) -> Details:
    return {"resourceType": type, "resource": action} | _failure(error, cause)


def _iteration(name: str, index: int) -> Details:
    return {"name": name, "index": index}


def _evaluation_failed(error: str, cause: str, location: str, state: str) -> Details:
    return {"error": error, "cause": cause, "location": location, "state": state}


Shape: TypeAlias = tuple[str, Callable[..., Details] | None]
_BARE: Shape = ("", None)
_SHAPES: dict[str, Shape] = {
    "ExecutionStarted": ("executionStartedEventDetails", _started),
    "ExecutionSucceeded": ("executionSucceededEventDetails", _output),
    "ExecutionFailed": ("executionFailedEventDetails", _failure),
    "ExecutionTimedOut": ("executionTimedOutEventDetails", _failure),
    "ExecutionAborted": ("executionAbortedEventDetails", _failure),
    "ExecutionRedriven": ("executionRedrivenEventDetails", lambda count: {"redriveCount": count}),
    "TaskScheduled": ("taskScheduledEventDetails", _scheduled),
    "TaskStarted": ("taskStartedEventDetails", _task),
    "TaskSubmitted": ("taskSubmittedEventDetails", _task_output),
    "TaskSucceeded": ("taskSucceededEventDetails", _task_output),
    "TaskFailed": ("taskFailedEventDetails", _task_failure),
    "TaskTimedOut": ("taskTimedOutEventDetails", _task_failure),
    "LambdaFunctionScheduled": ("lambdaFunctionScheduledEventDetails", _function_scheduled),
    "LambdaFunctionStarted": _BARE,
    "LambdaFunctionSucceeded": ("lambdaFunctionSucceededEventDetails", _output),
    "LambdaFunctionFailed": ("lambdaFunctionFailedEventDetails", _failure),
    "LambdaFunctionTimedOut": ("lambdaFunctionTimedOutEventDetails", _failure),
    "ActivityScheduled": ("activityScheduledEventDetails", _activity_scheduled),
    "ActivityStarted": ("activityStartedEventDetails", lambda worker: _given(workerName=worker)),
    "ActivitySucceeded": ("activitySucceededEventDetails", _output),
    "ActivityFailed": ("activityFailedEventDetails", _failure),
    "ActivityTimedOut": ("activityTimedOutEventDetails", _failure),
    "ParallelStateStarted": _BARE,
    "ParallelStateSucceeded": _BARE,
    "ParallelStateFailed": _BARE,
    "MapStateStarted": ("mapStateStartedEventDetails", lambda length: {"length": length}),
    "MapStateSucceeded": _BARE,
    "MapStateFailed": _BARE,
    "MapIterationStarted": ("mapIterationStartedEventDetails", _iteration),
    "MapIterationSucceeded": ("mapIterationSucceededEventDetails", _iteration),
    "MapIterationFailed": ("mapIterationFailedEventDetails", _iteration),
    "MapIterationAborted": ("mapIterationAbortedEventDetails", _iteration),
    "MapRunStarted": ("mapRunStartedEventDetails", lambda arn: {"mapRunArn": arn}),
    "MapRunRedriven": ("mapRunRedrivenEventDetails", lambda arn, count: {"mapRunArn": arn, "redriveCount": count}),
    "MapRunSucceeded": _BARE,
    "MapRunFailed": ("mapRunFailedEventDetails", _failure),
    "MapRunAborted": _BARE,
    "EvaluationFailed": ("evaluationFailedEventDetails", _evaluation_failed),
}
for _state in ("Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"):
    _SHAPES[f"{_state}StateEntered"] = ("stateEnteredEventDetails", _entered)
    if _state != "Fail":
        _SHAPES[f"{_state}StateExited"] = ("stateExitedEventDetails", _exited)
    if _state in ("Task", "Wait", "Parallel", "Map"):
        _SHAPES[f"{_state}StateAborted"] = _BARE
