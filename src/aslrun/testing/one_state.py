"""``testing.state``: one state as AWS's TestState runs it, without AWS.

What is asked is written in Python values; ``state_request`` puts the same into the API's requests and answers.

Rules that a change must keep:

1. A single state may go anywhere: the states that it names need not exist.
2. What TestState refuses, this refuses, with its code and its words (``InvalidStateTest``).
3. Everything here is virtual: no task waits, and no quota of five minutes is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from types import EllipsisType
from typing import TypeAlias, cast

from ..definition.loading import load
from ..definition.model import (
    FailState,
    Machine,
    MapState,
    ParallelState,
    PassState,
    Program,
    State,
    SucceedState,
    TaskState,
)
from ..engine.effects import ScheduleTask
from ..engine.identity import Identity
from ..engine.limits import DEFAULT_LIMITS
from ..errors import CallerError
from ..resources.invocation import Failed, Invocation, Outcome, Succeeded, invoke_sync, prepare
from ..resources.registry import Resources
from ..resources.task_context import TaskContext
from ..runtime.naming import DEFAULT_PLACE, Place
from ..runtime.simulation import SIMULATION_EPOCH
from ..values import JSON, parse
from .answers import Answer, Reply, as_answers
from .nearest import near
from .shapes import Mode, problem
from .trial import STATE_NAME, Situation, TooManyFailedIterations, Trial

Definition: TypeAlias = Machine | str | PathLike[str] | Mapping[str, JSON]

_UNTESTABLE = (
    "TestState API does not support Map or Parallel states. "
    "Supported state types include: [Task, Wait, Pass, Succeed, Fail, Choice]"
)
_UNMOCKABLE = (PassState, FailState, SucceedState)


class InvalidStateTest(CallerError):
    """TestState refuses what is asked; ``code`` is the name of its exception, ``near`` names that may be meant."""

    def __init__(self, message: str, code: str = "ValidationException", near: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.near = tuple(near)
        if near:
            self.add_note(f"near: {', '.join(near)}")  # the message is AWS's


@dataclass(slots=True)
class StateResult:
    """What came of one state.

    ``status`` is AWS's word: SUCCEEDED, FAILED, RETRIABLE or CAUGHT_ERROR. ``inspection`` has the data after each step
    under the names of AWS's inspectionData, ``error_details`` which retrier or catcher took the error.
    """

    status: str
    output: JSON = field(default=None, repr=False)
    error: str | None = None
    cause: str | None = None
    next_state: str | None = None
    inspection: dict[str, JSON] = field(default_factory=dict, repr=False)
    variables: dict[str, JSON] = field(default_factory=dict, repr=False)

    @property
    def error_details(self) -> dict[str, JSON]:
        """``retryIndex``, ``retryBackoffIntervalSeconds`` (seconds) and ``catchIndex``, as far as they apply."""
        return cast("dict[str, JSON]", self.inspection.get("errorDetails", {}))

    @property
    def is_retried(self) -> bool:
        """Whether a retrier would run the state again."""
        return self.status == "RETRIABLE"


def state(
    definition: Definition,
    name: str | None = None,
    input: JSON = None,
    *,
    mock: Reply | EllipsisType = ...,
    context: Mapping[str, JSON] | None = None,
    variables: Mapping[str, JSON] | None = None,
    retrier_retry_count: int = 0,
    error_caused_by_state: str | None = None,
    map_iteration_failure_count: int | None = None,
    map_item_reader_data: str | None = None,
    field_validation_mode: Mode | None = None,
    resources: Resources | None = None,
    role_arn: str | None = DEFAULT_PLACE.role_arn,
    place: Place = DEFAULT_PLACE,
) -> StateResult:
    """Run one state on an input and give what came of it, as AWS's TestState does.

    ``definition`` is a state, or a state machine of which ``name`` is a state (at any depth). ``mock`` is what the work
    of a Task, Map or Parallel gives: a result, ``testing.error(...)``, or a function of the arguments; without it
    ``resources`` do the task. ``context`` replaces the context object. ``retrier_retry_count`` says how often the
    retrier has taken the error before, ``map_iteration_failure_count`` how many iterations failed,
    ``map_item_reader_data`` what an ItemReader read (JSON text). ``field_validation_mode`` says how a result is checked
    against the model of the service, by default ``STRICT`` where botocore (the extra ``aws``) is installed.

    Raises ``InvalidDefinition``, ``InvalidStateTest`` where TestState would refuse, and ``ImportError`` for a mode that
    needs botocore.

    >>> charge = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True,
    ...           "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "BackoffRate": 3}]}
    >>> from aslrun.testing import error
    >>> tried = state(charge, input={"total": 7}, mock=error("Busy"), retrier_retry_count=1)
    >>> tried.status, tried.error_details
    ('RETRIABLE', {'retryIndex': 0, 'retryBackoffIntervalSeconds': 6})
    """
    tested = one_state(definition, name)
    machine = tested.machine
    given = None if isinstance(mock, EllipsisType) else as_answers(mock)[0]
    situation = Situation(
        variables or {},
        context,
        retrier_retry_count,
        map_iteration_failure_count or 0,
        _read_items(map_item_reader_data),
    )
    if given is None and map_iteration_failure_count is not None:
        raise InvalidStateTest("TestState does not support MapIterationFailureCount when a mock is not specified.")
    check_mock(tested.state, given, field_validation_mode)
    check_caused_by(tested.state, error_caused_by_state)
    trial = Trial(machine, _identity(place, role_arn), DEFAULT_LIMITS, situation, input, SIMULATION_EPOCH)
    asked = _Asked(trial, given, resources)
    try:
        trial.conclude(asked.answer)
    except TooManyFailedIterations:
        raise InvalidStateTest(
            "Map iteration failure count must be less than or equal to the number of Map iterations"
        ) from None
    return _result_of(trial)


def _identity(place: Place, role_arn: str | None) -> Identity:
    machine, name = "test-state", "test-state-execution"
    return Identity(
        place.arn("express", machine, name),
        name,
        place.arn("stateMachine", machine),
        machine,
        role_arn or "",
        place.region,
        place.account,
    )


def _read_items(text: str | None) -> list[JSON] | None:
    if text is None:
        return None
    try:
        value = parse(text)
    except ValueError as problem:
        raise InvalidStateTest(f"mapItemReaderData must be a JSON array: {problem}") from None
    return value if isinstance(value, list) else [value]


def _result_of(trial: Trial) -> StateResult:
    variables = dict(trial.frame.variables)
    if variables:
        trial.note("variables", variables)
    failed = trial.verdict in ("FAILED", "RETRIABLE")
    shows_error = trial.verdict != "SUCCEEDED"
    return StateResult(
        trial.verdict,
        None if failed else trial.output,
        trial.error if shows_error else None,
        trial.cause if shows_error else None,
        None if failed else trial.next_state,
        trial.noted,
        variables,
    )


# --------------------------------------------------------------------------- which state


@dataclass(slots=True)
class Tested:
    """A state, and a machine that is nothing but it."""

    machine: Machine
    state: State


def one_state(definition: Definition, name: str | None) -> Tested:
    """The state that is asked for. Raises ``InvalidDefinition`` or ``InvalidStateTest``."""
    if isinstance(definition, Machine):
        return _of_machine(definition, name)
    document = load_document(definition)
    if name is None and "Type" in document:
        return _of_machine(load(around(document)), STATE_NAME)
    return _of_machine(load(definition), name)


def load_document(definition: Definition) -> Mapping[str, JSON]:
    """The definition as a mapping."""
    from ..definition.documents import read_document

    assert not isinstance(definition, Machine)
    return read_document(definition).value


def _of_machine(machine: Machine, name: str | None) -> Tested:
    if name is None and len(machine.states) == 1:
        name = next(iter(machine.states))
    found = machine.states.get(name or "")
    if found is None:
        raise InvalidStateTest("State not found in definition", near=near(name or "", machine.states))
    program = Program(found, {found.name: found})
    language = machine.query_language
    return Tested(Machine("test-state", program, machine.document, type="EXPRESS", query_language=language), found)


def around(fields: Mapping[str, JSON]) -> dict[str, JSON]:
    """A machine around a single state, with states for everything that it goes to.

    >>> list(around({"Type": "Pass", "Next": "B"})["States"])
    ['StateName', 'B']
    """
    others: dict[str, JSON] = {name: {"Type": "Succeed"} for name in _targets(fields)}
    return {"StartAt": STATE_NAME, "States": {STATE_NAME: dict(fields), **others}}


def _targets(fields: Mapping[str, JSON]) -> Iterator[str]:
    for name in ("Next", "Default"):
        if isinstance(target := fields.get(name), str) and target != STATE_NAME:
            yield target
    for name in ("Choices", "Catch"):
        rules = fields.get(name)
        for rule in rules if isinstance(rules, list) else ():
            if isinstance(rule, dict):
                yield from _targets(rule)


# --------------------------------------------------------------------------- what is refused


def check_mock(state: State, mock: Answer | None, mode: Mode | None = None) -> None:
    """Raise ``InvalidStateTest`` for a mock that the state cannot have, or for one that it lacks."""
    if mock is None:
        if isinstance(state, (MapState, ParallelState)):
            raise InvalidStateTest(_UNTESTABLE, "InvalidDefinition")
        if isinstance(state, TaskState) and (state.resource.submits or state.resource.kind == "activity"):
            what = "an activity" if state.resource.kind == "activity" else f".{state.resource.pattern}"
            raise InvalidStateTest(f"a task with {what} can only be tested with a mock", "InvalidDefinition")
        return
    if isinstance(state, _UNMOCKABLE) or not isinstance(state, (TaskState, MapState, ParallelState)):
        raise InvalidStateTest(f"State type '{state.type}' is not supported when a mock is specified")
    if mock.error is None and mock.function is None:
        check_result(state, mock.result, mode)


def check_result(state: State, result: JSON, mode: Mode | None) -> None:
    """Raise ``InvalidStateTest`` for a result that the state's work never gives."""
    if isinstance(state, MapState):
        if state.writer is not None and not isinstance(result, dict):
            raise InvalidStateTest("Mocked result must be a JSON object.")
        if state.writer is None and not isinstance(result, list):
            raise InvalidStateTest("Mocked result must be an array.")
    elif isinstance(state, ParallelState):
        if not isinstance(result, list):
            raise InvalidStateTest("Mocked result must be an array.")
        if len(result) != len(state.branches):
            raise InvalidStateTest(
                f"Mocked result must have an element for each of the {len(state.branches)} branches, not {len(result)}."
            )
    elif isinstance(state, TaskState):
        try:
            wrong = problem(state.resource.arn, result, mode or "STRICT")
        except ImportError:  # botocore has the models
            if mode is not None:
                raise
            return
        if wrong is not None:
            raise InvalidStateTest(f"Mock result schema validation error: {wrong}")


def check_caused_by(state: State, name: str | None) -> None:
    """Raise ``InvalidStateTest`` if the state that an error came from is not inside the tested one."""
    if name is None:
        return
    inside = {each.name for program in state.programs() for each in program.walk()}
    if name not in inside:
        raise InvalidStateTest(f"errorCausedByState must name a state inside the tested Map or Parallel, not '{name}'")


# --------------------------------------------------------------------------- who does the work


class _Asked:
    """Answers what a trial asks, by the mock or by real handlers."""

    def __init__(self, trial: Trial, mock: Answer | None, resources: Resources | None) -> None:
        self._trial, self._mock, self._resources = trial, mock, resources

    def answer(self, scheduled: ScheduleTask | None) -> Outcome:
        mock = self._mock
        if mock is None:
            assert scheduled is not None
            if self._resources is None:
                told = (
                    f"{self._trial.frame.state.name} calls {scheduled.resource}: give a mock, or resources that do it"
                )
                raise InvalidStateTest(told)
            return self._invoked(scheduled.resource, scheduled.arguments, self._resources)
        if mock.function is not None:
            only = Resources()
            resource = "mock" if scheduled is None else scheduled.resource
            only.task(resource, mock.function, pure=True)
            return self._invoked(resource, self._trial.frame.input if scheduled is None else scheduled.arguments, only)
        return Succeeded(mock.result) if mock.error is None else Failed(mock.error, mock.cause)

    def _invoked(self, resource: str, arguments: JSON, resources: Resources) -> Outcome:
        trial = self._trial
        identity = trial.identity
        task = TaskContext(
            execution=identity.arn,
            execution_name=identity.name,
            state=trial.frame.state.name,
            resource=resource,
            attempt=trial.frame.retries,
            token=trial.frame.token,
            region=identity.region,
            account=identity.account,
        )
        call = prepare(resources, resource, arguments, task, "00000000-0000-4000-8000-000000000000")
        return _made(call) if isinstance(call, Invocation) else call


def _made(call: Invocation) -> Outcome:
    if not call.handler.is_async:
        return invoke_sync(call)
    import anyio  # imported here: only async handlers need it

    from ..resources.invocation import invoke

    return anyio.run(invoke, call)
