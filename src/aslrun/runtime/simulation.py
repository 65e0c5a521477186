"""The world of ``simulate``: executions whose time is a number that jumps, and handlers that are called in place.

``settle`` does all that needs no time, ``finish`` lets time pass until an execution is over. What a handler says
about its task (``sleep``, ``heartbeat``, ``submitted``) happens at its own virtual instant.
"""

from __future__ import annotations

from collections.abc import Awaitable

from ..engine.events import Event, TaskHeartbeat, TaskSubmitted
from ..engine.limits import Limits
from ..errors import TaskTimedOut
from ..resources.invocation import Failed, Outcome, invoke_sync
from ..resources.registry import Resources
from ..resources.task_context import ACKNOWLEDGED
from ..stores.tokens import PlainTokenStore
from ..values import JSON
from .host import Host, Job, Run, called_back
from .naming import DEFAULT_PLACE, Place

SIMULATION_EPOCH = 1_704_067_200.0  # 2024-01-01T00:00:00Z: where virtual time begins unless it is told


class Simulation:
    """Any number of executions in virtual time; ``now`` is in seconds since the epoch.

    >>> from aslrun import Resources, load
    >>> simulation = Simulation(Resources())
    >>> machine = load({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}})
    >>> run = simulation.host.begin(machine, {}, DEFAULT_PLACE.identity(machine, "one"))
    >>> simulation.finish(run)
    True
    >>> simulation.now - SIMULATION_EPOCH
    60.0
    """

    def __init__(
        self,
        resources: Resources,
        *,
        start: float = SIMULATION_EPOCH,
        place: Place = DEFAULT_PLACE,
        limits: Limits | None = None,
        host: type[Host] = Host,
    ) -> None:
        self.now = start
        self.host = host(resources, lambda: self.now, PlainTokenStore(), place, limits)
        self.host.hooks = lambda run, task: SimulatedTask(self, run, task)

    def settle(self) -> None:
        """Let everything happen that needs no time."""
        while True:
            jobs = self.host.turn()
            self._work(jobs)
            due = self.host.next_deadline()
            if not jobs and (due is None or due > self.now):
                return

    def finish(self, run: Run) -> bool:
        """Let time pass until an execution is over; ``False`` if only news from outside can move it."""
        self.settle()
        while not run.finished:
            if not self._jump():
                return False
            self.settle()
        return True

    def _work(self, jobs: list[Job]) -> None:
        together = len(jobs) > 1  # of a single one the core sees by itself that it began when it ended
        if together:
            for job in jobs:
                self.host.started(job)
        for job in jobs:
            self._call(job, together)

    def _call(self, job: Job, started: bool) -> None:
        driver = _driver_of(job)
        outcome: Outcome = job.call if isinstance(job.call, Failed) else invoke_sync(job.call)
        if driver is None or not driver.active:
            self.host.returned(job, outcome)
            return
        if not started:
            self.host.started(job)
        self.host.tell_at(job.run, self.host.ending(job, outcome, driver.now()))

    def _jump(self) -> bool:
        """To the next instant at which something happens; whether there is one."""
        at = self.host.next_deadline()
        if at is None:
            return False
        self.now = max(self.now, at)
        return True


class SimulatedTask:
    """A handler's view of its task: what it does takes virtual time only if it says so.

    ``active`` is set by whatever it does; its end then has its place after that.
    """

    __slots__ = ("_run", "_simulation", "_task", "active", "elapsed")

    def __init__(self, simulation: Simulation, run: Run, task: int) -> None:
        self._simulation, self._run, self._task = simulation, run, task
        self.elapsed = 0.0
        self.active = False

    def now(self) -> float:
        return self._simulation.now + self.elapsed

    def heartbeat(self) -> None:
        self._tell(TaskHeartbeat(self._task, self.now()))

    def submitted(self, output: JSON) -> None:
        self._tell(TaskSubmitted(self._task, output, self.now()))

    def sleep(self, seconds: float) -> Awaitable[None]:
        self.elapsed += seconds
        self.active = True
        return ACKNOWLEDGED

    def call_back(self, after: float, output: JSON, error: str | None, cause: str | None) -> None:
        event = called_back(self._task, output, error, cause, self.now() + after)
        self._simulation.host.tell_at(self._run, event)

    def _tell(self, event: Event) -> None:
        if not self._simulation.host.is_waiting(self._run, self._task):
            raise TaskTimedOut("Task Timed Out: 'Provided task does not exist anymore'")
        self.active = True
        self._simulation.host.tell_at(self._run, event)


def _driver_of(job: Job) -> SimulatedTask | None:
    if isinstance(job.call, Failed):
        return None
    driver = job.call.task.driver
    assert isinstance(driver, SimulatedTask)
    return driver
