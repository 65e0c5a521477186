"""How an answer is given to a task: as a handler gives it, in the task's own time.

Rules that a change must keep:

1. Where the task waits for its token, the call is only submitted, and the answer comes back by the token.
2. Everything takes the time that it says, in virtual time as in real time; an async caller awaits it.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, cast

from ..errors import TaskError
from ..resources.handler import Handler
from ..values import JSON
from .answers import Answer

if TYPE_CHECKING:
    from ..resources.task_context import TaskContext

FOREVER = 99_999_999.0  # seconds: the longest that a task may take (specification, TimeoutSeconds)
_CALLBACK = ".waitForTaskToken"


def play(answer: Answer, input: JSON, task: TaskContext) -> object:
    """Answer a call of a sync handler; an awaitable where the mock's function gave one."""
    for seconds in _before(answer, task):
        task.sleep(seconds)
    return _said(answer, input, task)


async def play_async(answer: Answer, input: JSON, task: TaskContext) -> object:
    """The same for a handler that is async."""
    for seconds in _before(answer, task):
        await task.sleep(seconds)
    said = _said(answer, input, task)
    return await cast("Awaitable[object]", said) if inspect.isawaitable(said) else said


def _before(answer: Answer, task: TaskContext) -> Iterator[float]:
    """The seconds to let pass, one after the other, before the answer is due; heartbeats are sent between them."""
    waits = _waits_for_token(task)
    if answer.submitted is not None and (answer.heartbeats or not waits):
        task.submitted(answer.submitted)
    elapsed = 0.0
    for at in sorted(answer.heartbeats):
        if at > elapsed:
            yield at - elapsed
            elapsed = at
        task.heartbeat()
    end = elapsed if waits else FOREVER if answer.silent else answer.delay
    if end > elapsed:
        yield end - elapsed


def _said(answer: Answer, input: JSON, task: TaskContext) -> object:
    if not _waits_for_token(task):
        return _given(answer, input, task)
    if not answer.silent:
        _call_back(answer, input, task)
    return {} if answer.submitted is None else answer.submitted


def _call_back(answer: Answer, input: JSON, task: TaskContext) -> None:
    after = max(0.0, answer.delay - max(answer.heartbeats, default=0.0))
    try:
        output = _given(answer, input, task)
    except TaskError as failed:
        task.call_back(error=failed.error, cause=failed.cause, after=after)
    else:
        task.call_back(cast(JSON, output), after=after)


def _given(answer: Answer, input: JSON, task: TaskContext) -> object:
    if answer.silent:
        raise TaskError("States.Timeout")
    if answer.error is not None:
        raise TaskError(answer.error, answer.cause)
    if answer.function is None:
        return answer.result
    return called(answer.function, input, task)


def called(function: Callable[..., object], input: JSON, task: TaskContext) -> object:
    """What a mock's function gives: it takes ``(input)`` or ``(input, task)``, as a handler."""
    return function(input, task) if Handler("mock", function).takes_task else function(input)


def _waits_for_token(task: TaskContext) -> bool:
    return task.resource.endswith(_CALLBACK)
