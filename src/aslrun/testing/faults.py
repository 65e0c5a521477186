"""Faults on purpose: handlers that throttle, fail at the n-th call, hang or die; and crashes between any two events.

Rules that a change must keep:

1. Which call is hit depends on the execution and the number of the call alone: the same run hits the same ones.
2. A fault stands around a handler; the definition and the handler stay as they are, and serve others as before.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal, cast

from ..definition.model import Machine
from ..engine.dump import dump, load
from ..errors import TaskError
from ..resources.handler import Handler
from ..resources.registry import Resources
from ..resources.task_context import TaskContext
from ..runtime.admission import admitted
from ..runtime.naming import DEFAULT_PLACE
from ..runtime.result import Result
from ..runtime.runs import Run
from ..runtime.simulate import Definition, loaded
from ..runtime.simulation import Simulation
from ..values import JSON
from .outcomes import transient_errors
from .tasks import function_of, means_function

FOREVER = 99_999_999.0  # seconds: what a task may take on AWS at most


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong: at the calls from number ``call`` on, counted from 1, ``times`` of them in each execution.

    ``where`` is a state, a resource, the last part of one (a function's name), or a glob of them.
    """

    where: str
    kind: Literal["fail", "hang", "die"]
    error: str | None = None
    cause: str | None = None
    call: int = 1
    times: int = 1

    def hits(self, number: int) -> bool:
        """Whether the call of this number is hit."""
        return self.call <= number < self.call + self.times

    def is_at(self, handler: Handler, task: TaskContext, input: JSON) -> bool:
        """Whether it is about a call of this handler on this input."""
        function = function_of(task.resource, input)
        if means_function(self.where, function):
            return True
        names = (task.state, task.resource, handler.pattern.text, function or "")
        return any(fnmatchcase(name, self.where) or name.rpartition(":")[2] == self.where for name in names)


def throttles(where: str, *, call: int = 1, times: int = 1) -> Fault:
    """The service is busy and says so, with its own error."""
    return Fault(where, "fail", None, "Rate exceeded", call, times)


def fails(where: str, error: str, cause: str | None = None, *, call: int = 1, times: int = 1) -> Fault:
    """A call fails with this error.

    >>> fails("charge", "CardBusy", call=3).hits(3)
    True
    """
    return Fault(where, "fail", error, cause, call, times)


def hangs(where: str, *, call: int = 1, times: int = 1) -> Fault:
    """A call does not come back: the task times out, if it has a time-out."""
    return Fault(where, "hang", call=call, times=times)


def dies(where: str, *, call: int = 1, times: int = 1) -> Fault:
    """The process dies when the handler has done its work and nobody knows it yet: after recovery it is called again,
    with the same idempotency key. What it does twice then, it would do twice in production."""
    return Fault(where, "die", call=call, times=times)


def injected(resources: Resources, *faults: Fault) -> Resources:
    """Resources with the same handlers, around which these faults happen.

    >>> from aslrun import simulate
    >>> resources = Resources()
    >>> _ = resources.task("arn:aws:states:::sns:publish", lambda message: {"MessageId": "1"})
    >>> states = {"T": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": True}}
    >>> simulate({"StartAt": "T", "States": states}, {}, injected(resources, throttles("T"))).error
    'SNS.ThrottledException'
    """
    return around(resources, faults)[0]


def around(resources: Resources, faults: Sequence[Fault]) -> tuple[Resources, set[int]]:
    """What ``injected`` gives, and the places of the faults that have happened, as they do."""
    happened: set[int] = set()
    world = resources.copy()
    calls: dict[tuple[str, int], int] = {}
    surrounded = Resources(objects=resources.objects)
    for handler in resources:
        served = _Around(handler, faults, calls, happened)
        function = served.call_async if handler.is_async else served.call
        surrounded.task(
            handler.pattern.text,
            function,
            name=handler.name,
            inline=handler.inline,
            pure=handler.pure,
            on_recovery=handler.on_recovery,
        )
    return world | surrounded, happened


class _Around:
    """A handler among faults."""

    __slots__ = ("_calls", "_faults", "_function", "_handler", "_happened")

    def __init__(
        self, handler: Handler, faults: Sequence[Fault], calls: dict[tuple[str, int], int], happened: set[int]
    ) -> None:
        self._handler = handler
        self._function = cast("Callable[..., Any]", handler.function)
        self._faults = faults
        self._calls = calls
        self._happened = happened

    def call(self, input: JSON, task: TaskContext) -> JSON:
        fault = self._fault(task, input)
        if fault is None or fault.kind == "die":
            if fault is not None:
                self._own(input, task)
            return cast("JSON", self._own(input, task))
        if fault.kind == "hang":
            task.sleep(FOREVER)
        return _end(fault, task)

    async def call_async(self, input: JSON, task: TaskContext) -> JSON:
        fault = self._fault(task, input)
        if fault is None or fault.kind == "die":
            if fault is not None:
                await cast("Awaitable[JSON]", self._own(input, task))
            return await cast("Awaitable[JSON]", self._own(input, task))
        if fault.kind == "hang":
            await task.sleep(FOREVER)
        return _end(fault, task)

    def _own(self, input: JSON, task: TaskContext) -> object:
        return self._function(input, task) if self._handler.takes_task else self._function(input)

    def _fault(self, task: TaskContext, input: JSON) -> Fault | None:
        found = None
        for place, fault in enumerate(self._faults):
            if fault.is_at(self._handler, task, input):
                key = task.execution, place
                number = self._calls[key] = self._calls.get(key, 0) + 1
                if found is None and fault.hits(number):
                    self._happened.add(place)
                    found = fault
        return found


def _end(fault: Fault, task: TaskContext) -> JSON:
    if fault.kind == "hang":
        return None
    raise TaskError(fault.error or _busy(task.resource), fault.cause)


def _busy(resource: str) -> str:
    """How the service of a resource says that it is busy."""
    service = resource.partition(":::")[2].rpartition(":")[0] or resource.split(":")[2]
    return next(iter(transient_errors(service)), "ThrottlingException")


# --------------------------------------------------------------------------- crashes


class CrashShows(AssertionError):
    """An execution that was killed and rebuilt ends in another way than one that was not."""

    def __init__(self, event: int, whole: Result, crashed: Result) -> None:
        self.event, self.whole, self.crashed = event, whole, crashed
        super().__init__(event, whole, crashed)

    def __str__(self) -> str:
        return (
            f"killed after event {self.event} the execution ends {_shown(self.crashed)}; "
            f"left alone it ends {_shown(self.whole)}"
        )


def _shown(result: Result) -> str:
    return ": ".join(part for part in (result.status, result.error) if part)


def crash_anywhere(
    machine: Definition, input: JSON = None, resources: Callable[[], Resources] = Resources, *, seed: int = 0
) -> int:
    """Kill an execution between any two events, rebuild it from its dump, and see that it ends as if nothing was.

    ``resources`` makes the handlers anew for each run, for they may remember. Gives the number of crashes; raises
    ``CrashShows`` where one shows: the end, or the history, differs.

    >>> wait = {"Type": "Wait", "Seconds": 60, "End": True}
    >>> crash_anywhere({"StartAt": "W", "States": {"W": wait}}, {"id": 7})
    2
    """
    known = loaded(machine)
    whole, events = _simulated(known, input, resources(), seed, 0)
    for event in range(1, events + 1):
        crashed, _ = _simulated(known, input, resources(), seed, event)
        if _essence(crashed) != _essence(whole):
            raise CrashShows(event, whole, crashed)
    return events


def _essence(result: Result) -> tuple[object, ...]:
    return result.status, result.output, result.error, result.cause, result.history


def _simulated(machine: Machine, input: JSON, resources: Resources, seed: int, crash: int) -> tuple[Result, int]:
    """One run that is killed after an event (0: never), and the number of its events."""
    machine, value, served = admitted(machine, input, resources, None)
    simulation, seen = Simulation(served), 0

    def applied(run: Run) -> None:
        nonlocal seen
        seen += 1
        if seen == crash:
            _rebuild(run)

    simulation.host.applied = applied
    identity = DEFAULT_PLACE.identity(machine, "crashing", lambda: "0")
    run = simulation.host.begin(machine, value, identity, seed)
    simulation.finish(run)
    return run.result(), seen


def _rebuild(run: Run) -> None:
    """What is left of an execution after a crash: its dump, as text."""
    old = run.execution
    text = json.dumps(dump(old))
    run.execution = load(old.machine, json.loads(text), old.identity, old.limits, old.mint)
    run.execution.fresh_stack = old.fresh_stack
