"""Mocks as the resources of a run: which of them, or which handler, serves a call.

Rules that a change must keep:

1. The mock of the state goes before that of the resource, and both before a handler (``mocks``, rule 3).
2. Which function ``lambda:invoke`` calls is known here only: its mock is given the payload.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import NAMESPACE_OID, uuid5

from ..errors import TaskError
from ..resources.invocation import Failed, Invocation, Outcome, invoke, invoke_sync, prepare
from ..resources.machines import started_by
from ..resources.own_calls import own_call
from ..resources.registry import Resources
from ..resources.task_reference import TaskReference
from ..values import JSON
from .playing import play, play_async
from .tasks import function_of, tasks_of

if TYPE_CHECKING:
    from ..definition.model import Machine
    from ..resources.task_context import TaskContext
    from .answers import Answer
    from .mocks import Mock, Mocks


class Played:
    """A mock as a handler."""

    __slots__ = ("_mock", "_mocks")

    def __init__(self, mocks: Mocks, mock: Mock) -> None:
        self._mocks, self._mock = mocks, mock

    def call(self, input: JSON, task: TaskContext) -> object:
        answer = self._mocks.answer(self._mock, input, task)
        value = play(answer, input, task)
        self._check(answer, task, value)
        return value

    async def call_async(self, input: JSON, task: TaskContext) -> object:
        answer = self._mocks.answer(self._mock, input, task)
        value = await play_async(answer, input, task)
        self._check(answer, task, value)
        return value

    def _check(self, answer: Answer, task: TaskContext, value: object) -> None:
        if answer.function is not None:
            self._mocks.check_result(task, value)


class Dispatcher:
    """Serves every resource of a machine: by the mock of the state, of the resource, or by the real handler."""

    def __init__(self, mocks: Mocks, machine: Machine, real: Resources) -> None:
        self._mocks = mocks
        self._states = {name: Played(mocks, mock) for name, mock in mocks.states(machine).items()}
        self._layers = (mocks.patterns(machine), real)
        self._machine = machine
        self._is_async = mocks.needs_loop or any(handler.is_async for handler in real)

    def resources(self) -> Resources:
        """Everything through this dispatcher, but what is left to activity workers and to nested machines."""
        real = self._layers[1]
        combined = Resources(objects=real.objects)
        for activity in real.activities:
            combined.activity(activity)
        for name, started in real.machines.items():
            combined.machine(started, name=name)
        dispatch = self.call_async if self._is_async else self.call
        tasks = [each for one in (self._machine, *real.machines.values()) for each in tasks_of(one)]
        for resource in {each.resource for each in tasks if not self._is_left(each)}:
            combined.task(resource, dispatch, name="mocks", pure=True)
        return combined

    def _is_left(self, task: TaskReference) -> bool:
        if task.location in self._states or self._layers[0].find(task.resource) is not None:
            return False
        if self._layers[1].is_activity(task.resource):
            return True
        real = self._layers[1]
        here = started_by(task.resource) is not None or own_call(task.resource) is not None
        return bool(real.machines) and here and real.find(task.resource) is None

    def call(self, input: JSON, task: TaskContext) -> object:
        if played := self._states.get(task.state):
            return played.call(input, task)
        return _result(invoke_sync(self._invocation(input, task)))

    async def call_async(self, input: JSON, task: TaskContext) -> object:
        if played := self._states.get(task.state):
            return await played.call_async(input, task)
        call = self._invocation(input, task)
        return _result(await invoke(call) if call.handler.is_async else invoke_sync(call))

    def _invocation(self, input: JSON, task: TaskContext) -> Invocation:
        serving = next((layer for layer in self._layers if layer.find(task.resource, input)), None)
        if serving is None:
            raise self._mocks.refuse(task)
        request = str(uuid5(NAMESPACE_OID, task.idempotency_key))
        call = prepare(serving, task.resource, input, task, request)
        if isinstance(call, Failed):
            raise TaskError(call.error or "", call.cause)
        if serving is self._layers[0] and (function := function_of(task.resource, input)) is not None:
            self._mocks.functions[task.idempotency_key] = function
        return call


def _result(outcome: Outcome) -> JSON:
    if isinstance(outcome, Failed):
        raise TaskError(outcome.error or "", outcome.cause)
    return outcome.output
