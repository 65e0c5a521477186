"""Mocks: what the tasks of a machine answer, by the name of a state or by a resource.

::

    mocks = Mocks({
        "Charge": [error("CardBusy"), {"paid": True}],              # one answer for each call
        "arn:aws:lambda:*:*:function:pack": lambda order: {"boxes": order["items"]},
        "Approve": result("yes", delay=7200),                        # by the task's token, two hours later
    })
    simulate(machine, order, mocks.over(machine))
    mocks.verify()

Rules that a change must keep:

1. A sequence is one answer for each call, retries among them, in the order of the calls. The last one repeats, unless
   the sequence says how many calls there are (``exact``: AWS's mock file, a recorded history).
2. A state's mock stands for the whole task, as in AWS's TestState: ``lambda:invoke`` answers with its ``Payload``. A
   function's mock stands for the function.
3. The name of a state goes before a resource, a mock before a handler. What a mock does not serve, the handler does.
4. Nothing is ignored: a key that names nothing, a mock that is never asked, a call that no answer is left for.
5. ``over`` begins every sequence anew; what was called stays known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from ..definition.model import TaskState
from ..errors import CallerError, TaskError
from ..resources.handler import Handler
from ..resources.lambda_function import is_lambda_invoke
from ..resources.registry import Resources
from ..resources.task_reference import MissingHandler, TaskReference
from ..values import JSON
from .answers import Answer, Reply, as_answers
from .mock_dispatch import Dispatcher, Played
from .nearest import hint, near
from .shapes import Mode, problems
from .tasks import function_of, means_function, tasks_of

if TYPE_CHECKING:
    from ..definition.model import Machine
    from ..resources.task_context import TaskContext


class InvalidMocks(CallerError):
    """Mocks name what the machine has not, or answer what its services never do; ``problems`` has each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


class MocksNotKept(AssertionError):
    """A run has not used its mocks as they were meant: one was never asked, or a call found no answer."""


@dataclass(slots=True)
class Call:
    """One call that a mock has answered: which task, on what input, after how many retries; ``function`` if it is one
    of a Lambda function."""

    state: str
    resource: str
    input: JSON = field(repr=False)
    attempt: int
    at: float
    function: str | None = field(default=None, repr=False)

    def is_of(self, name: str) -> bool:
        """Whether a name means this call: its state, its resource or the end of it, or the function."""
        known = (self.state, self.resource, self.resource.rpartition(":")[2])
        return name in known or means_function(name, self.function)


@dataclass(slots=True)
class Mock:
    """The answers of one mock, one call after the other; ``exact`` if there are no more calls than answers."""

    key: str
    answers: Sequence[Answer]
    exact: bool = False
    calls: list[Call] = field(default_factory=list, repr=False)
    chosen: Callable[[JSON, TaskContext], Answer | None] | None = field(default=None, repr=False)
    _next: int = 0

    def next(self, input: JSON, task: TaskContext) -> Answer | None:
        """The answer of the next call; ``None`` if none is left."""
        if self.chosen is not None:
            return self.chosen(input, task)
        place = self._next
        self._next += 1
        if place >= len(self.answers) and self.exact:
            return None
        return self.answers[min(place, len(self.answers) - 1)]

    def rewind(self) -> None:
        """Begin anew."""
        self._next = 0

    @property
    def is_async(self) -> bool:
        """Whether a function of it needs an event loop."""
        return any(each.function is not None and Handler("mock", each.function).is_async for each in self.answers)


class Mocks:
    """What tasks answer. Use ``over(machine)`` as the resources of a run, and ``verify()`` after it.

    ``validate`` checks results against botocore's model of the service, as TestState's ``fieldValidationMode`` does.

    >>> from aslrun import load, simulate
    >>> pay = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:pay", "End": True}
    >>> machine = load({"StartAt": "Pay", "States": {"Pay": pay}})
    >>> mocks = Mocks({"Pay": {"paid": 7}})
    >>> simulate(machine, {}, mocks.over(machine)).output
    {'paid': 7}
    >>> mocks.calls("Pay")
    [Call(state='Pay', resource='arn:aws:lambda:us-east-1:123456789012:function:pay', attempt=0, at=1704067200.0)]
    """

    def __init__(
        self,
        replies: Mapping[str, Reply] | None = None,
        *,
        exact: bool = False,
        validate: Mode = "NONE",
        source: str = "",
    ) -> None:
        self.source = source
        self.validate: Mode = validate
        self.mocks = [Mock(key, _answers_of(key, reply), exact) for key, reply in (replies or {}).items()]
        self.unmocked: dict[str, None] = {}
        """The states that called what neither a mock nor a handler serves."""
        self.functions: dict[str, str] = {}
        """The function of each call that is on its way to its mock, by the key of the task."""
        self._unanswered: list[str] = []

    def add(self, key: str, *replies: Reply) -> None:
        """Mock one more state or resource; several replies are a sequence."""
        self.mocks.append(Mock(key, [answer for reply in replies for answer in _answers_of(key, reply)]))

    def __iter__(self) -> Iterator[Mock]:
        return iter(self.mocks)

    def __repr__(self) -> str:
        return f"<Mocks of {', '.join(mock.key for mock in self.mocks) or 'nothing'}>"

    # ------------------------------------------------------------------ before a run

    def over(self, machine: Machine, real: Resources | None = None) -> Resources:
        """Resources in which these mocks answer first, and ``real`` handlers what they leave.

        A task that nothing serves fails when it is called, and ``verify`` tells it. Raises ``InvalidMocks``.
        """
        __tracebackhide__ = True
        real = real or Resources()
        if wrong := list(self.problems(machine)):
            raise InvalidMocks(wrong)
        for mock in self.mocks:
            mock.rewind()
        return Dispatcher(self, machine, real).resources()

    def problems(self, machine: Machine) -> Iterator[str]:
        """What is wrong with these mocks for a machine, one sentence each."""
        for mock in self.mocks:
            if (wrong := unfit(mock.key, machine)) is not None:
                yield f"{mock.key} {wrong}"
            else:
                yield from (f"{mock.key}: {each}" for each in self._result_problems(mock, machine))

    def _result_problems(self, mock: Mock, machine: Machine) -> Iterator[str]:
        state = machine.states.get(mock.key)
        resource = state.resource.arn if isinstance(state, TaskState) else mock.key
        if self.validate == "NONE" or not resource.startswith("arn:"):
            return
        for answer in mock.answers:
            if answer.error is None and answer.function is None and not answer.silent:
                yield from (each.message for each in problems(resource, answer.result, self.validate))

    def missing(self, machine: Machine, real: Resources) -> list[MissingHandler]:
        """The tasks that neither a mock nor a handler serves."""
        by_resource = self.patterns(machine) | real
        states = self.states(machine)
        return [each for each in by_resource.missing(tasks_of(machine)) if each.location not in states]

    def states(self, machine: Machine) -> dict[str, Mock]:
        """The mocks that stand for states."""
        return {mock.key: mock for mock in self.mocks if isinstance(machine.states.get(mock.key), TaskState)}

    def patterns(self, machine: Machine) -> Resources:
        """The mocks that stand for resources, as handlers."""
        states = self.states(machine)
        resources = Resources()
        is_async = self.needs_loop
        for mock in self.mocks:
            if mock.key not in states:
                function = Played(self, mock)
                handler = function.call_async if is_async else function.call
                resources.task(mock.key, handler, name=f"mock {mock.key}")
        return resources

    @property
    def needs_loop(self) -> bool:
        """Whether a mock's function is async."""
        return any(mock.is_async for mock in self.mocks)

    def served_states(self, machine: Machine) -> frozenset[str]:
        """Names of the states that a mock answers."""
        unserved = {each.location for each in self.patterns(machine).missing(tasks_of(machine))}
        return frozenset(self.states(machine)) | {each.location for each in tasks_of(machine)} - unserved

    def hints(self, machine: Machine) -> Iterator[str]:
        """What somebody may have got wrong whose execution failed."""
        for name, mock in self.states(machine).items():
            state = cast(TaskState, machine.states[name])
            if is_lambda_invoke(state.resource.arn) and any(_lacks_payload(answer) for answer in mock.answers):
                yield (
                    f"The mock of {name} stands for lambda:invoke as a whole, which answers with "
                    '{"Payload": ...}. To mock what the function returns, name the function: '
                    '"arn:aws:lambda:*:*:function:NAME".'
                )

    # ------------------------------------------------------------------ after a run

    def calls(self, name: str | None = None) -> list[Call]:
        """What the mocks were asked: all of it in order, or the calls of one state, resource or function."""
        every = (call for mock in self.mocks for call in mock.calls)
        return sorted((call for call in every if name is None or call.is_of(name)), key=lambda call: call.at)

    def verify(self) -> None:
        """Raise ``MocksNotKept`` if a mock was never asked, or a call found no answer."""
        __tracebackhide__ = True  # pytest shows the test
        called = [call.state for mock in self.mocks for call in mock.calls]
        told = list(dict.fromkeys(self._unanswered))
        for mock in self.mocks:
            if not mock.calls:
                told.append(f"the mock of {mock.key} was never asked{hint(mock.key, called)}")
            elif mock.exact and mock.chosen is None and mock._next < len(mock.answers):
                told.append(f"the mock of {mock.key} has {len(mock.answers)} answers, and {mock._next} were asked for")
        if told:
            raise MocksNotKept("\n".join(told))

    def answer(self, mock: Mock, input: JSON, task: TaskContext) -> Answer:
        """The answer to a call, noted. Raises ``TaskError`` where none is left."""
        function = self.functions.pop(task.idempotency_key, None) or function_of(task.resource, input)
        mock.calls.append(Call(task.state, task.resource, input, task.attempt, task.time, function))
        answer = mock.next(input, task)
        if answer is None:
            told = f"{task.state} was called more often than its mock has answers ({len(mock.answers)})"
            self._unanswered.append(told)
            raise TaskError("MockExhausted", told)
        return answer

    def refuse(self, task: TaskContext) -> TaskError:
        """Note a call that nothing answers; the failure of its task."""
        near = hint(task.state, [mock.key for mock in self.mocks])
        told = f"{task.state} calls {task.resource}, for which there is neither a mock nor a handler{near}"
        self._unanswered.append(told)
        self.unmocked[task.state] = None
        return TaskError("UnmockedCall", told)

    def check_result(self, task: TaskContext, value: object) -> None:
        """Note what is wrong with a result that a function gave."""
        if self.validate != "NONE":
            for each in problems(task.resource, cast(JSON, value), self.validate):
                self._unanswered.append(f"{task.state}: {each}")


def _answers_of(key: str, reply: Reply) -> list[Answer]:
    try:
        return as_answers(reply)
    except ValueError as problem:
        raise InvalidMocks([f"{key}: {problem}"]) from None


def _lacks_payload(answer: Answer) -> bool:
    if answer.error is not None or answer.function is not None:
        return False
    return not isinstance(answer.result, dict) or "Payload" not in answer.result


# --------------------------------------------------------------------------- what a key stands for


def unfit(key: str, machine: Machine) -> str | None:
    """What is wrong with the key of a mock; ``None`` if it is a Task state or a resource of the machine."""
    state = machine.states.get(key)
    if isinstance(state, TaskState):
        return None
    if state is not None:
        return f"is a {state.type} state; only Task states call something that can be mocked"
    if _is_resource(key, machine):
        return None
    names = dict.fromkeys(name for task in tasks_of(machine) for name in task[:2])
    short = dict(map(_short_name, tasks_of(machine)))
    told = hint(key, names) or "".join(f"; near: {short[name]}" for name in near(key, short, most=1))
    return f"is neither a state nor a resource of the machine{told}"


def _short_name(task: TaskReference) -> tuple[str, str]:
    """What people call the resource of a task, and the key that means it."""
    resource, function = task.resource, function_of(task.resource, task.arguments)
    if function is not None:
        return function, f"arn:aws:lambda:*:*:function:{function}"
    return resource.rpartition(":::" if ":::" in resource else ":")[2], resource


def _is_resource(key: str, machine: Machine) -> bool:
    if key != key.strip() or not key:
        return False
    resources = Resources()
    resources.task(key, lambda input: input)
    tasks = tasks_of(machine)
    return len({each.location for each in resources.missing(tasks)}) < len(tasks)
