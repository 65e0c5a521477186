"""Stepping: an execution in virtual time that stops before each state and before each call, and can be changed there.

::

    run = testing.step(machine, {"total": 7}, {"Charge": {"paid": True}})
    run.break_at("Ship")
    run.go_on()                       # runs to the breakpoint
    run.input["express"] = True       # what Ship is about to get
    run.step()

Rules that a change must keep:

1. It is the engine and the host of ``simulate``, driven more slowly: an execution that nobody changes gives the same
   result. Only tasks that end at the same instant may have their events in another order.
2. It stops where something may be changed, and only there: before a state is entered or tried again (its input and the
   variables), before a task is called (its result), and where nothing goes on by itself.
3. Time is virtual, and passes only when nothing else can happen.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from typing import TypeVar

from ..definition.model import Machine
from ..engine.context_object import context_object
from ..engine.events import TimePassed
from ..engine.execution import Execution
from ..engine.frame import OVER, RETRY, Frame
from ..engine.identity import Identity
from ..engine.limits import DEFAULT_LIMITS
from ..language.errors import ExpressionError, ExpressionSyntaxError
from ..resources.invocation import Failed, Invocation, Outcome, Succeeded, invoke, invoke_sync
from ..resources.registry import Resources
from ..runtime.admission import checked_input
from ..runtime.host import Host, Job
from ..runtime.in_place import announced, call_in_place
from ..runtime.naming import DEFAULT_PLACE
from ..runtime.result import Result
from ..runtime.runs import Run
from ..runtime.simulate import Definition, loaded
from ..runtime.simulation import SIMULATION_EPOCH, Simulation
from ..values import JSON
from .answers import Reply, computed
from .mocks import Mock, Mocks
from .nearest import hint
from .stops import Breakpoint, Condition, NotPossible, Stop, condition_of, describe, read_at, written_at

T = TypeVar("T")


class Stepper:
    """An execution that goes on when it is told to. ``stop`` says where it stands."""

    def __init__(self, machine: Machine, input: JSON, mocks: Mocks, resources: Resources, seed: int = 0) -> None:
        self.machine = machine
        self.breakpoints: list[Breakpoint] = []
        missing = mocks.missing(machine, resources)
        self._unanswered = frozenset(each.location for each in missing)
        served = _with_gaps(mocks, self._unanswered).over(machine, resources)
        self._world = Simulation(served, host=_SlowHost)
        self._host = self._world.host
        self._jobs: deque[Job] = deque()
        self._together = False
        self._root = self._host.begin(machine, checked_input(input, DEFAULT_LIMITS), _identity(machine), seed)
        self._host.apply()
        self.stop = self._next_stop()

    # ------------------------------------------------------------------ how it stands

    @property
    def over(self) -> bool:
        """Whether the execution has ended."""
        return self._root.finished

    @property
    def result(self) -> Result:
        """How the execution stands: its result, once it is over."""
        return self._root.result()

    @property
    def elapsed(self) -> float:
        """Virtual seconds since the start."""
        return self._world.now - SIMULATION_EPOCH

    def where(self) -> list[tuple[Run, Frame]]:
        """Every thread of control that stands somewhere, the innermost after those around it."""
        return [(run, frame) for run in self._host.runs.values() for frame in _frames(run.execution)]

    @property
    def context(self) -> JSON:
        """The context object (``$$``) at this stop. Raises ``NotPossible`` at the end."""
        frame = self._frame("look at the context object")
        return context_object(self.stop.run.execution, frame)

    # ------------------------------------------------------------------ looking at and changing the data

    @property
    def input(self) -> JSON:
        """The input of the state that is next. What is assigned is what it gets."""
        return self.stop.input

    @input.setter
    def input(self, value: JSON) -> None:
        if self.stop.kind not in ("state", "retry"):
            raise NotPossible(f"the input of {self.stop.state or 'the end'} cannot be changed any more")
        self._frame("change the input").input = checked_input(value, DEFAULT_LIMITS)

    @property
    def variables(self) -> Mapping[str, JSON]:
        """The variables that the state sees. A mapping that is assigned takes their place."""
        return self.stop.variables

    @variables.setter
    def variables(self, values: Mapping[str, JSON]) -> None:
        checked = {name: checked_input(value, DEFAULT_LIMITS) for name, value in values.items()}
        self._frame("change variables").variables = checked

    def look(self, path: str) -> JSON:
        """What a JSONPath leads to: ``$.total`` in the state's input, ``$$.State.Name``, or ``$name``, a variable.

        Raises ``NotPossible`` for what is no path, or leads nowhere.
        """
        return self._at(path, lambda: read_at(self.stop, path))

    def put(self, path: str, value: JSON) -> None:
        """Change what a path leads to: the input, a place in it, a variable, or a place in one.

        Raises ``NotPossible`` for what cannot be changed here.
        """
        written = self._at(path, lambda: written_at(self.stop, path, value))
        if written.variable is None:
            self.input = written.value
        else:
            self.variables = {**self.variables, written.variable: written.value}

    def _at(self, path: str, look: Callable[[], T]) -> T:
        self._frame("look at or change")
        try:
            return look()
        except (ExpressionError, ExpressionSyntaxError, ValueError) as error:
            raise NotPossible(f"{path}: {getattr(error, 'message', error)}") from None

    def answer(self, result: JSON = None) -> Stop:
        """The task that is next, or is waited for, succeeds with this result, instead of being called."""
        return self._answered(Succeeded(checked_input(result, DEFAULT_LIMITS)))

    def fail(self, error: str, cause: str | None = None) -> Stop:
        """The task that is next, or is waited for, fails."""
        return self._answered(Failed(error, cause))

    def _answered(self, outcome: Outcome) -> Stop:
        task = self.stop.task
        if task is None:
            raise NotPossible(f"no task is to be answered here: {describe(self.stop)}")
        if self.stop.kind == "task":
            self._take_job()
        self._host.over(self.stop.run, task.task, outcome)
        self._host.apply()
        return self._arrive()

    def _frame(self, what: str) -> Frame:
        if self.stop.frame is None:
            raise NotPossible(f"the execution is over: there is nothing to {what}")
        return self.stop.frame

    # ------------------------------------------------------------------ breakpoints

    def break_at(self, state: str, when: Condition | str | None = None) -> Breakpoint:
        """Stop before a state (``*``: each) when the execution goes on, if ``when(stop)`` says so.

        ``when`` may also be written, as ``$.total > 50``. Raises ``NotPossible`` for a state that the machine has not,
        or a condition that is none.
        """
        if state != "*" and state not in self.machine.states:
            raise NotPossible(f"there is no state {state!r}{hint(state, self.machine.states)}")
        self.breakpoints.append(Breakpoint(state, condition_of(when) if isinstance(when, str) else when))
        return self.breakpoints[-1]

    # ------------------------------------------------------------------ going on

    def step(self) -> Stop:
        """Do what is next and stop before what follows, wherever it is. Raises ``NotPossible`` if nobody knows how."""
        kind = self.stop.kind
        if kind in ("state", "retry"):
            self._run_state()
        elif kind == "task":
            self._call()
        elif kind == "waiting" and not self._let_time_pass():
            raise NotPossible(f"{describe(self.stop)}, and nothing else will ever happen: give one")
        return self._arrive()

    def next(self) -> Stop:
        """Go on until this thread of control is before another state, or is over; do not stop inside of this state."""
        frame = self.stop.frame
        return self._until([] if frame is None else [frame, *_around(frame)])

    def out(self) -> Stop:
        """Go on until the Parallel or Map state around this place is over."""
        frame = self.stop.frame
        return self._until([] if frame is None else list(_around(frame)))

    def _until(self, frames: Sequence[Frame]) -> Stop:
        """Go on until one of these frames is before a state, or something else stops the execution."""
        while self.stop.kind != "end":
            self.step()
            if self._must_stop() or (self.stop.kind == "state" and self.stop.frame in frames):
                break
        return self.stop

    def go_on(self) -> Stop:
        """Run to the next breakpoint, to a task that nobody answers, or to the end."""
        return self._until([])

    def _must_stop(self) -> bool:
        return self.stop.unanswered or any(each.holds(self.stop) for each in self.breakpoints)

    # ------------------------------------------------------------------ one thing after the other

    def _run_state(self) -> None:
        run = self.stop.run
        run.execution.stride = 1
        self._host.tell(run, TimePassed(self._world.now))
        self._keep(self._host.apply())
        run.execution.stride = 0

    def _call(self) -> None:
        if self.stop.unanswered:
            raise NotPossible(f"{describe(self.stop)}: it has neither a mock nor a handler, give an answer")
        call_in_place(self._host, self._take_job(), self._together, _invoked)
        self._keep(self._host.apply())

    def _take_job(self) -> Job:
        if not self._together:
            self._together = announced(self._host, self._jobs)
        return self._jobs.popleft()

    def _keep(self, jobs: list[Job]) -> None:
        self._jobs.extend(jobs)
        if not self._jobs:
            self._together = False

    def _arrive(self) -> Stop:
        self.stop = self._next_stop()
        return self.stop

    def _next_stop(self) -> Stop:
        while not self._root.finished:
            for run in self._host.runs.values():
                if (frame := _ready(run.execution)) is not None:
                    return Stop("retry" if frame.phase == RETRY else "state", run, frame)
            while self._jobs and not self._host.is_waiting(self._jobs[0].run, self._jobs[0].scheduled.task):
                self._take_job()
            if self._jobs:
                return self._before_call(self._jobs[0])
            self._together = False
            waiting = self._waiting()
            if waiting is not None:
                return waiting
            if not self._let_time_pass():
                break
        return Stop("end", self._root)

    def _before_call(self, job: Job) -> Stop:
        frame, _ = job.run.execution.tasks[job.scheduled.task]
        unanswered = job.run is self._root and job.scheduled.state in self._unanswered
        return Stop("task", job.run, frame, job.scheduled, unanswered)

    def _waiting(self) -> Stop | None:
        """A task that somebody else is to answer, by its token; or any at all, if nothing would ever happen."""
        stuck = self._host.next_deadline() is None
        for run in self._host.runs.values():
            for task in run.execution.outstanding():
                if stuck or (task.token is not None and (task.submitted or task.role == "activity")):
                    return Stop("waiting", run, run.execution.tasks[task.task][0], task, unanswered=stuck)
        return None

    def _let_time_pass(self) -> bool:
        at = self._host.next_deadline()
        if at is None:
            return False
        self._world.time.pass_until(at)
        self._keep(self._host.turn())
        return True


class _SlowHost(Host):
    """A host whose executions take no step by themselves."""

    def create(self, machine: Machine, identity: Identity, parent: tuple[Run, int] | None = None) -> Run:
        run = super().create(machine, identity, parent)
        run.execution.stride = 0
        return run


def step(
    machine: Definition,
    input: JSON = None,
    mocks: Mocks | Mapping[str, Reply] | None = None,
    resources: Resources | None = None,
    *,
    seed: int = 0,
) -> Stepper:
    """Begin an execution that stops before its first state; it goes on by ``step``, ``next``, ``out`` and ``go_on``.

    Mocks answer before ``resources``. A task that neither answers is no mistake here: ``answer`` it when it comes.
    Raises ``InvalidDefinition``, ``InvalidMocks`` or ``InvalidExecutionInput``.

    >>> pay = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:pay", "Next": "Done"}
    >>> run = step({"StartAt": "Pay", "States": {"Pay": pay, "Done": {"Type": "Succeed"}}}, {"total": 7})
    >>> run.stop.state, run.step().kind, run.answer({"paid": True}).state, run.input
    ('Pay', 'task', 'Done', {'paid': True})
    >>> run.go_on().kind, run.result.output
    ('end', {'paid': True})
    """
    given = mocks if isinstance(mocks, Mocks) else Mocks(mocks)
    return Stepper(loaded(machine), {} if input is None else input, given, resources or Resources(), seed)


# --------------------------------------------------------------------------- frames


def _ready(execution: Execution) -> Frame | None:
    return next((frame for frame in execution.ready if frame.phase != OVER), None)


def _frames(execution: Execution) -> Iterator[Frame]:
    yield from (frame for frame in execution.frames.values() if frame.id)


def _around(frame: Frame) -> Iterator[Frame]:
    while frame.parent is not None:
        frame = frame.parent
        yield frame


def _identity(machine: Machine) -> Identity:
    return DEFAULT_PLACE.identity(machine, "stepped", lambda: "0")


# --------------------------------------------------------------------------- calls


def _with_gaps(mocks: Mocks, states: Iterable[str]) -> Mocks:
    """Mocks for everything; what is missing is never called, as a stop asks for an answer."""
    both = copy(mocks)
    both.mocks = [*mocks.mocks, *(Mock(state, [computed(_never_called)]) for state in states)]
    return both


def _never_called(input: JSON) -> JSON:
    raise AssertionError("a task without mock or handler is answered at its stop")


def _invoked(call: Invocation) -> Outcome:
    if not call.handler.is_async:
        return invoke_sync(call)
    import anyio  # imported here: few handlers need a loop

    return anyio.run(invoke, call)
