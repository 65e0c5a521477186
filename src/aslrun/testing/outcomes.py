"""What a task may answer: given, or guessed from the definition.

The vocabulary is that of mocks, and ``answers`` reads it: an object with ``result``, ``error`` or ``silent`` is an
answer, anything else is a result. Here a list means *any of these*, not one after the other, and what says when an
answer comes says nothing: a task may take any time.

Rules that a change must keep:

1. Keys are states, resources or globs of resources; the state goes before the resource. A key that names nothing in
   the machine is an error, and so is an answer that is malformed, before anything is explored.
2. Of errors that the machine cannot tell apart (same retrier, same catcher) one stands for all.
3. The same definition gives the same outcomes in the same order, results before errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TypeAlias

from ..definition.model import Machine, MapState, Program, State, TaskState
from ..engine.effects import ScheduleTask
from ..engine.failure import Failure, matches
from ..values import JSON, to_text
from .answers import Answer, Location, read_answer
from .demands import Demands, demands_of
from .nearest import hint
from .path_tree import shortened

LONGEST_RESULT = 60  # characters of a result where it is told
SURPRISE = "Surprise"  # an error that no definition names


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer: a result, or an error where ``error`` is given."""

    result: JSON = field(default=None, repr=False)
    error: str | None = None
    cause: str | None = None

    def __str__(self) -> str:
        return (
            f"answers {shortened(to_text(self.result), LONGEST_RESULT)}"
            if self.error is None
            else f"fails with {self.error}"
        )


OneOutcome: TypeAlias = "JSON | Outcome | Answer"
Given: TypeAlias = "Mapping[str, OneOutcome | Sequence[OneOutcome]] | Callable[[ScheduleTask], Iterable[OneOutcome]]"
"""Outcomes by state or resource, or a function of the scheduled task that gives them."""

_LAMBDA = (
    "Lambda.TooManyRequestsException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
)
_DYNAMODB = (
    "DynamoDB.ThrottlingException",
    "DynamoDB.ProvisionedThroughputExceededException",
    "DynamoDB.RequestLimitExceeded",
    "DynamoDB.InternalServerError",
)
TRANSIENT: Mapping[str, tuple[str, ...]] = {
    "lambda": _LAMBDA,
    "dynamodb": _DYNAMODB,
    "sns": ("SNS.ThrottledException", "SNS.InternalErrorException", "SNS.SdkClientException"),
    "sqs": ("SQS.SdkClientException",),
    "s3": ("S3.SdkClientException",),
    "states": ("StepFunctions.ExecutionLimitExceededException",),
    "events": ("EventBridge.ThrottlingException",),
    "glue": ("Glue.ConcurrentRunsExceededException",),
    "ecs": ("ECS.ServerException", "ECS.AmazonECSException"),
    "aws-sdk:dynamodb": (  # an SDK integration spells the service, and the end of the name, in its own way
        "DynamoDb.ThrottlingException",
        "DynamoDb.ProvisionedThroughputExceededException",
        "DynamoDb.RequestLimitExceededException",
        "DynamoDb.InternalServerErrorException",
    ),
    "aws-sdk:sns": ("Sns.ThrottledException", "Sns.InternalErrorException", "Sns.SdkClientException"),
    "aws-sdk:sqs": ("Sqs.SdkClientException",),
    "aws-sdk:sfn": ("Sfn.ExecutionLimitExceededException",),
    "aws-sdk:eventbridge": ("EventBridge.InternalException",),
    "aws-sdk:ecs": ("Ecs.ServerException",),
}
"""Errors of services that pass by themselves: who calls again soon may succeed. By the type of the resource."""


def transient_errors(service: str) -> tuple[str, ...]:
    """What a service fails with when it is busy, as the type of a resource names it.

    >>> transient_errors("dynamodb")[0], transient_errors("aws-sdk:dynamodb")[0]
    ('DynamoDB.ThrottlingException', 'DynamoDb.ThrottlingException')
    """
    return TRANSIENT.get(service) or TRANSIENT.get(service.removeprefix("aws-sdk:"), ())


def is_transient(error: str) -> bool:
    """Whether an error passes by itself.

    >>> is_transient("SNS.ThrottledException"), is_transient("CardDeclined")
    (True, False)
    """
    return any(error in errors for errors in TRANSIENT.values())


def outcomes_in(value: OneOutcome | Sequence[OneOutcome], name: str = "") -> list[Outcome]:
    """The outcomes that a value of the vocabulary stands for: none for silence. ``name`` is for the ``ValueError``.

    >>> outcomes_in([{"result": 1}, {"error": "Busy"}, {"plain": True}])
    [Outcome(error=None, cause=None), Outcome(error='Busy', cause=None), Outcome(error=None, cause=None)]
    >>> outcomes_in({"silent": True})
    []
    """
    if not isinstance(value, (list, tuple)):
        return list(_outcomes(value, (name,)))
    if not value:
        _refuse((name,), 'needs at least one outcome; an empty array as the result is {"result": []}')
    return [outcome for index, each in enumerate(value) for outcome in _outcomes(each, (name, index))]


def _outcomes(value: object, location: Location) -> Iterator[Outcome]:
    if isinstance(value, Outcome):
        yield value
        return
    answer = read_answer(value, location, _refuse)
    if answer.function is not None:
        _refuse(location, "is a function; one function of the scheduled task may give the outcomes of all tasks")
    if not answer.silent:
        yield Outcome(answer.result, answer.error, answer.cause)


def _refuse(location: Location, message: str) -> None:
    raise ValueError(f"outcomes: {'.'.join(str(part) for part in location if part != '')} {message}")


class Outcomes:
    """Knows for every task of a machine what it may answer."""

    def __init__(self, machine: Machine, given: Given | None = None, demands: Demands | None = None) -> None:
        self.machine = machine
        self._function = given if callable(given) else None
        by_name = {} if given is None or callable(given) else given
        self._by_name = {name: outcomes_in(value, name) for name, value in by_name.items()}
        self._known: dict[tuple[str, str], list[Outcome]] = {}
        self._demands = demands
        self.around = dict(_around(machine.program, ()))
        """The states around each state, the nearest first."""
        _check_names(machine, self._by_name)

    def of(self, scheduled: ScheduleTask) -> list[Outcome]:
        """What a scheduled task may answer."""
        if self._function is not None:
            return [each for value in self._function(scheduled) for each in _outcomes(value, (scheduled.state,))]
        key = scheduled.state, scheduled.role
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._of(self.machine.states[scheduled.state], scheduled)
        return known

    def _of(self, state: State, scheduled: ScheduleTask) -> list[Outcome]:
        given = self._given(scheduled.state, scheduled.resource)
        if given is not None:
            return given
        return [*self._results(state, scheduled), *errors_of(state, self.around.get(state.name, ()))]

    def _given(self, state: str, resource: str) -> list[Outcome] | None:
        if state in self._by_name:
            return self._by_name[state]
        return next((found for key, found in self._by_name.items() if fnmatchcase(resource, key)), None)

    def _results(self, state: State, scheduled: ScheduleTask) -> list[Outcome]:
        if scheduled.role == "item_reader":
            items: list[JSON] = [[{"item": number}, "S3://bucket/key", None] for number in (1, 2)]
            return [Outcome({"Items": items, "Last": True})]
        if self._demands is None:
            self._demands = demands_of(self.machine)
        return [Outcome(result) for result in self._demands.results(state.name)]


def errors_of(state: State, around: Sequence[State] = ()) -> list[Outcome]:
    """Errors that a task may fail with, one of each kind that its state, and those around it, treat alike."""
    if isinstance(state, MapState):
        return [Outcome(error="States.TaskFailed", cause="a child failed")]
    assert isinstance(state, TaskState)
    handling = (state, *around)
    names = [*_transient(state), *(name for each in handling for name in _named(each)), SURPRISE]
    kinds: dict[tuple[object, ...], str] = {}
    for name in names:
        kinds.setdefault((is_transient(name), *(_takers(each, name) for each in handling)), name)
    return [Outcome(error=name, cause="explored") for name in dict.fromkeys(kinds.values())]


def _transient(state: TaskState) -> Sequence[str]:
    resource = state.resource
    return transient_errors("lambda" if resource.kind == "lambda" else resource.type)


def _named(state: State) -> list[str]:
    """Errors that the state's Retry and Catch name, but those that only time brings."""
    lists = [*(each.error_equals for each in state.retriers), *(each.error_equals for each in state.catchers)]
    return [name for names in lists for name in names if not name.startswith("States.")]


def _around(program: Program, outer: tuple[State, ...]) -> Iterator[tuple[str, tuple[State, ...]]]:
    """The states around each state, the nearest first."""
    for state in program.states.values():
        yield state.name, outer
        for inner in state.programs():
            yield from _around(inner, (state, *outer))


def _takers(state: State, error: str) -> tuple[int, int]:
    """Which retrier and which catcher take an error."""
    failure = Failure(error)
    return (
        next((index for index, each in enumerate(state.retriers) if matches(each.error_equals, failure)), -1),
        next((index for index, each in enumerate(state.catchers) if matches(each.error_equals, failure)), -1),
    )


def _check_names(machine: Machine, names: Iterable[str]) -> None:
    resources = [state.resource.arn for state in machine.states.values() if isinstance(state, TaskState)]
    for name in names:
        if name not in machine.states and not any(fnmatchcase(resource, name) for resource in resources):
            near = hint(name, [*machine.states, *resources])
            raise ValueError(f"outcomes: {name!r} is neither a state nor a resource of the machine{near}")
