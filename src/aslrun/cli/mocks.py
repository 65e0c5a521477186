"""A mock file: what tasks answer, by the name of the state or by the resource.

::

    {
      "Charge": [{"error": "CardBusy", "cause": "try later"}, {"result": {"paid": true}}],
      "arn:aws:lambda:*:*:function:pack": {"result": {"boxes": 1}, "delay": 30},
      "Notify": null
    }

Rules that a change must keep:

1. A list is one answer for each call, retries among them, in the order of the calls; the last one repeats. An object
   with ``result`` or ``error`` and nothing but ``cause`` and ``delay`` is an answer; anything else is the result.
2. A state's mock stands for the whole task, as in AWS's TestState: ``lambda:invoke`` answers with its ``Payload``. A
   function's mock stands for the function.
3. The name of a state goes before a resource, a mock before a handler. What a mock does not serve, the handler does.
4. Nothing in the file is ignored: a key that names nothing in the machine is a mistake.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import NAMESPACE_OID, uuid5

from ..definition.documents import Document, Location, read_document
from ..definition.model import TaskState
from ..definition.problem import Problem as Finding
from ..errors import Diagnostic, InvalidDefinition, TaskError
from ..resources.invocation import Failed, Invocation, Outcome, invoke, invoke_sync, prepare
from ..resources.machines import started_by
from ..resources.registry import Resources, TaskReference, is_lambda_invoke
from ..values import JSON, is_number, type_name
from .inputs import NamedFile, tasks_of
from .problems import InvalidDocument, Problem, missing_handlers, near

if TYPE_CHECKING:
    from ..definition.model import Machine
    from ..resources.task_context import TaskContext

_ANSWER = frozenset({"result", "error", "cause", "delay"})
_CODE = "INVALID_MOCK"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one call answers after ``delay`` seconds: a result, or an error where ``error`` is given."""

    result: JSON = None
    error: str | None = None
    cause: str | None = None
    delay: float = 0.0


class Answers:
    """The answers of one mock, one call after the other."""

    __slots__ = ("_next", "answers")

    def __init__(self, answers: Sequence[Answer]) -> None:
        self.answers = answers
        self._next = 0

    def next(self) -> Answer:
        """The answer of the next call; the last one repeats."""
        answer = self.answers[min(self._next, len(self.answers) - 1)]
        self._next += 1
        return answer

    def play(self, input: JSON, task: TaskContext) -> JSON:
        """Answer a call, as a handler does."""
        answer = self.next()
        if _calls_back(answer, task):
            return {}
        if answer.delay:
            task.sleep(answer.delay)
        return _given(answer)

    async def play_async(self, input: JSON, task: TaskContext) -> JSON:
        """The same beside handlers that are async."""
        answer = self.next()
        if _calls_back(answer, task):
            return {}
        if answer.delay:
            await task.sleep(answer.delay)
        return _given(answer)


def _given(answer: Answer) -> JSON:
    if answer.error is not None:
        raise TaskError(answer.error, answer.cause)
    return answer.result


def _calls_back(answer: Answer, task: TaskContext) -> bool:
    """Whether the answer comes by the task's token: the call itself is only submitted."""
    if not task.resource.endswith(".waitForTaskToken"):
        return False
    task.call_back(answer.result, error=answer.error, cause=answer.cause, after=answer.delay)
    return True


# --------------------------------------------------------------------------- reading


@dataclass(frozen=True, slots=True)
class Mocks:
    """The mocks of a file, sorted by what they stand for."""

    source: str
    states: dict[str, Answers]
    resources: dict[str, Answers]
    hints: tuple[str, ...] = ()

    def served_states(self, machine: Machine) -> frozenset[str]:
        """Names of the states that a mock answers."""
        others = _unserved(machine, self._patterns(False))
        return frozenset(self.states) | {each.location for each in tasks_of(machine)} - others

    def over(self, machine: Machine, real: Resources) -> Resources:
        """Resources in which mocks answer first. Raises ``Problem`` for tasks that nothing serves."""
        is_async = any(handler.is_async for handler in real)
        layers = (self._patterns(is_async), real)
        missing = [each for each in (layers[0] | real).missing(tasks_of(machine)) if each.location not in self.states]
        if missing:
            raise missing_handlers(machine, missing, has_mocks=True)
        dispatcher = _Dispatcher(self.states, layers)
        dispatch = dispatcher.call_async if is_async else dispatcher.call
        combined = Resources(objects=real.objects)
        for activity in real.activities:
            combined.activity(activity)
        for name, started in real.machines.items():
            combined.machine(started, name=name)
        tasks = [each for one in (machine, *real.machines.values()) for each in tasks_of(one)]
        left = (self._left_to_workers, self._left_to_machines)
        for resource in {each.resource for each in tasks if not any(leaves(each, layers) for leaves in left)}:
            combined.task(resource, dispatch, name="mocks", pure=True)
        return combined

    def _left_to_machines(self, task: TaskReference, layers: tuple[Resources, Resources]) -> bool:
        """Whether the task really starts an execution: nobody answers for it."""
        answered = task.location in self.states or any(layer.find(task.resource) is not None for layer in layers)
        return started_by(task.resource) is not None and not answered

    def _left_to_workers(self, task: TaskReference, layers: tuple[Resources, Resources]) -> bool:
        mocked = task.location in self.states or layers[0].find(task.resource) is not None
        return layers[1].is_activity(task.resource) and not mocked

    def _patterns(self, is_async: bool) -> Resources:
        resources = Resources()
        for pattern, answers in self.resources.items():
            resources.task(pattern, answers.play_async if is_async else answers.play, name=f"mock {pattern}")
        return resources


class _Dispatcher:
    """Serves every resource of a machine: by the mock of the state, of the resource, or by the real handler."""

    __slots__ = ("_layers", "_states")

    def __init__(self, states: dict[str, Answers], layers: Sequence[Resources]) -> None:
        self._states = states
        self._layers = layers

    def call(self, input: JSON, task: TaskContext) -> JSON:
        if answers := self._states.get(task.state):
            return answers.play(input, task)
        return _result(invoke_sync(self._invocation(input, task)))

    async def call_async(self, input: JSON, task: TaskContext) -> JSON:
        if answers := self._states.get(task.state):
            return await answers.play_async(input, task)
        call = self._invocation(input, task)
        return _result(await invoke(call) if call.handler.is_async else invoke_sync(call))

    def _invocation(self, input: JSON, task: TaskContext) -> Invocation:
        serving = next((layer for layer in self._layers if layer.find(task.resource, input)), self._layers[-1])
        request = str(uuid5(NAMESPACE_OID, task.idempotency_key))
        call = prepare(serving, task.resource, input, task, request)
        if isinstance(call, Failed):
            raise TaskError(call.error or "", call.cause)
        return call


def _result(outcome: Outcome) -> JSON:
    if isinstance(outcome, Failed):
        raise TaskError(outcome.error or "", outcome.cause)
    return outcome.output


def _unserved(machine: Machine, resources: Resources) -> set[str]:
    return {each.location for each in resources.missing(tasks_of(machine))}


def read_mocks(path: str, machine: Machine) -> Mocks:
    """Read a mock file for a machine. Raises ``Problem`` with every mistake in it."""
    try:
        document = read_document(NamedFile(path))
    except InvalidDefinition as error:
        unreadable = [each for each in error.diagnostics if each.code == "UNREADABLE_FILE"]
        if unreadable:
            raise Problem(f"the mock file {path} {unreadable[0].message}") from None
        raise InvalidDocument("a mock file", path, error.diagnostics) from None
    except ImportError as error:
        raise Problem(str(error)) from None
    return _Reader(document, machine).read(path)


class _Reader:
    """Turns a document into mocks and collects what is wrong with it."""

    def __init__(self, document: Document, machine: Machine) -> None:
        self._document = document
        self._machine = machine
        self._problems: list[Diagnostic] = []

    def read(self, path: str) -> Mocks:
        mocks = Mocks(path, {}, {})
        for key, value in self._document.value.items():
            answers = Answers(list(self._answers(value, (key,))))
            self._place(key, answers, mocks)
        if self._problems:
            raise InvalidDocument("a mock file of this machine", path, self._problems, self._document.text)
        return Mocks(path, mocks.states, mocks.resources, tuple(self._hints(mocks)))

    def _place(self, key: str, answers: Answers, mocks: Mocks) -> None:
        """Find out what the key stands for."""
        state = self._machine.states.get(key)
        if isinstance(state, TaskState):
            mocks.states[key] = answers
        elif state is not None:
            self._report((key,), f"is a {state.type} state; only Task states call something that can be mocked")
        elif self._is_resource(key):
            mocks.resources[key] = answers
        else:
            meant = near(key, dict.fromkeys(name for task in tasks_of(self._machine) for name in task[:2]))
            hint = f"; near: {', '.join(meant)}" if meant else ""
            self._report((key,), f"is neither a state nor a resource of the machine{hint}")

    def _is_resource(self, key: str) -> bool:
        if key != key.strip() or not key:
            return False
        resources = Resources()
        resources.task(key, lambda input: input)
        return len(_unserved(self._machine, resources)) < len(tasks_of(self._machine))

    def _answers(self, value: JSON, location: Location) -> Iterator[Answer]:
        if not isinstance(value, list):
            yield self._answer(value, location)
            return
        if not value:
            self._report(location, 'needs at least one answer; an empty array as the result is {"result": []}')
        for index, each in enumerate(value):
            yield self._answer(each, (*location, index))

    def _answer(self, value: JSON, location: Location) -> Answer:
        if not isinstance(value, dict) or not value.keys() <= _ANSWER or not value.keys() & {"result", "error"}:
            return Answer(value)
        error, cause, delay = value.get("error"), value.get("cause"), value.get("delay", 0)
        if "error" in value and "result" in value:
            self._report(location, "must have a result or an error, not both")
        elif "error" in value and not isinstance(error, str):
            self._report((*location, "error"), f"must be the name of an error, not {type_name(error)}")
        elif "cause" in value and ("error" not in value or not isinstance(cause, str)):
            self._report((*location, "cause"), "must be text beside an error")
        elif not is_number(delay) or not isinstance(delay, (int, float)) or not 0 <= delay < float("inf"):
            self._report((*location, "delay"), "must be a number of seconds, at least 0")
        else:
            return Answer(value.get("result"), *_texts(error, cause), float(delay))
        return Answer()

    def _hints(self, mocks: Mocks) -> Iterator[str]:
        for name, answers in mocks.states.items():
            state = self._machine.states[name]
            if isinstance(state, TaskState) and is_lambda_invoke(state.resource.arn) and _lacks_payload(answers):
                yield (
                    f"The mock of {name} stands for lambda:invoke as a whole, which answers with "
                    '{"Payload": ...}. To mock what the function returns, name the function: '
                    '"arn:aws:lambda:*:*:function:NAME".'
                )

    def _report(self, location: Location, message: str) -> None:
        self._problems.append(self._document.diagnostic(Finding(location, message, _CODE)))


def _texts(error: JSON, cause: JSON) -> tuple[str | None, str | None]:
    return error if isinstance(error, str) else None, cause if isinstance(cause, str) else None


def _lacks_payload(answers: Answers) -> bool:
    results = [answer.result for answer in answers.answers if answer.error is None]
    return any(not isinstance(result, dict) or "Payload" not in result for result in results)
