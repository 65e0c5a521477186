"""Simulation: an execution in virtual time, to its end or until only news from outside can move it.

With plain functions as handlers there is no event loop at all; with async ones the loop's time is virtual too
(``virtual_loop``). Virtual time jumps exactly when no handler is at work.
"""

from __future__ import annotations

import heapq
import os
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass

from ..definition.loading import load
from ..definition.model import Machine
from ..engine.events import Event, TaskHeartbeat, TaskSubmitted
from ..engine.limits import Limits
from ..errors import TaskTimedOut
from ..resources.invocation import Failed, Outcome, invoke_sync
from ..resources.registry import Resources
from ..resources.task_context import ACKNOWLEDGED
from ..stores.tokens import PlainTokenStore
from ..values import JSON
from .admission import admitted
from .host import Host, Job, Run
from .naming import DEFAULT_PLACE, Place
from .result import Result

SIMULATION_EPOCH = 1_704_067_200.0  # 2024-01-01T00:00:00Z: where virtual time begins unless it is told

Definition = Machine | str | os.PathLike[str] | Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class Setting:
    """When, where and as whom an execution is simulated; ``start`` is in seconds since the epoch."""

    name: str = "simulation"
    start: float = SIMULATION_EPOCH
    seed: int = 0
    limits: Limits | None = None
    place: Place = DEFAULT_PLACE


def simulate(
    machine: Definition,
    input: JSON = None,
    resources: Resources | None = None,
    *,
    name: str = "simulation",
    seed: int = 0,
    start: float = SIMULATION_EPOCH,
    limits: Limits | None = None,
    place: Place | None = None,
) -> Result:
    """Run a state machine in virtual time and give what came of it; nothing in it really waits.

    ``machine`` is a loaded one or whatever ``load`` takes. Everything random comes from ``seed``; virtual time begins
    at ``start``, in seconds since the epoch. An execution that nothing but a task token or a worker can move comes
    back as RUNNING, with the tasks it waits for.

    Raises ``InvalidDefinition``, ``MissingHandlers`` or ``InvalidExecutionInput`` before anything runs.

    >>> wait = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 86400, "End": True}}}
    >>> result = simulate(wait, {"id": 7})
    >>> result.status, result.output, result.stopped_at - result.started_at
    ('SUCCEEDED', {'id': 7}, 86400.0)
    """
    setting = Setting(name, start, seed, limits, place or DEFAULT_PLACE)
    machine, value, served = admitted(loaded(machine), input, resources or Resources(), setting.limits)
    if any(handler.is_async for handler in served):
        from .virtual_loop import simulate_on_loop  # imported here: asyncio costs 30 ms and plain handlers need none

        return simulate_on_loop(machine, value, served, setting)
    return _Simulation(machine, value, served, setting).run()


def loaded(machine: Definition) -> Machine:
    """The machine itself, or what ``load`` makes of it."""
    return machine if isinstance(machine, Machine) else load(machine)


class _Simulation:
    """One execution, its children, and what handlers said will happen later."""

    def __init__(self, machine: Machine, input: JSON, resources: Resources, setting: Setting) -> None:
        self.now = setting.start
        self.host = Host(resources, lambda: self.now, PlainTokenStore(), setting.place, setting.limits)
        self.host.hooks = lambda run, task: _SimulatedTask(self, run, task)
        self.root = self.host.begin(machine, input, setting.place.identity(machine, setting.name, "0"), setting.seed)
        self._later: list[tuple[float, int, Run, Event]] = []
        self._said = 0

    def run(self) -> Result:
        while not self.root.finished:
            jobs = self.host.turn()
            for job in jobs:
                self.host.started(job)
            for job in jobs:
                self._work(job)
            if not jobs and not self._jump():
                break
        return self.root.result()

    def later(self, run: Run, event: Event) -> None:
        """Tell an event when its time has come."""
        self._said += 1
        heapq.heappush(self._later, (event.at, self._said, run, event))

    def _work(self, job: Job) -> None:
        driver = _driver_of(job)
        outcome: Outcome = job.call if isinstance(job.call, Failed) else invoke_sync(job.call)
        if driver is None or not driver.elapsed:
            self.host.returned(job, outcome)
        else:
            self.later(job.run, self.host.ending(job, outcome, driver.now()))

    def _jump(self) -> bool:
        """To the next instant at which something happens; whether there is one."""
        instants = (self.host.next_deadline(), self._later[0][0] if self._later else None)
        known = [at for at in instants if at is not None]
        if not known:
            return False
        self.now = max(self.now, min(known))
        while self._later and self._later[0][0] <= self.now:
            _, _, run, event = heapq.heappop(self._later)
            self.host.tell(run, event)
        return True


class _SimulatedTask:
    """A handler's view of its task: what it does takes virtual time only if it says so."""

    __slots__ = ("_run", "_simulation", "_task", "elapsed")

    def __init__(self, simulation: _Simulation, run: Run, task: int) -> None:
        self._simulation, self._run, self._task = simulation, run, task
        self.elapsed = 0.0

    def now(self) -> float:
        return self._simulation.now + self.elapsed

    def heartbeat(self) -> None:
        self._tell(TaskHeartbeat(self._task, self.now()))

    def submitted(self, output: JSON) -> None:
        self._tell(TaskSubmitted(self._task, output, self.now()))

    def sleep(self, seconds: float) -> Awaitable[None]:
        self.elapsed += seconds
        return ACKNOWLEDGED

    def _tell(self, event: Event) -> None:
        if not self._simulation.host.is_waiting(self._run, self._task):
            raise TaskTimedOut("Task Timed Out: 'Provided task does not exist anymore'")
        self._simulation.later(self._run, event)


def _driver_of(job: Job) -> _SimulatedTask | None:
    if isinstance(job.call, Failed):
        return None
    driver = job.call.task.driver
    assert isinstance(driver, _SimulatedTask)
    return driver
