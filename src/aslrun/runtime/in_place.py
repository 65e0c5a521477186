"""Calls of handlers in place: without an event loop, or on it for those that are quick.

Rules that a change must keep:

1. Such a handler cannot wait. Its ``task.sleep`` only says how long it takes: what it reports after that, and its
   end, are told for their own instants.
2. Of tasks that are scheduled together, all begin before the first one ends; the drivers' histories agree by this.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from ..engine.events import News, TaskHeartbeat, TaskSubmitted
from ..errors import TaskTimedOut
from ..resources.invocation import Failed, Invocation, Outcome, invoke_sync
from ..resources.machines import Start
from ..resources.own_calls import OwnCall
from ..resources.task_context import ACKNOWLEDGED
from ..values import JSON
from . import nested, own_service
from .host import Host, Job
from .runs import Run
from .task_news import called_back, returned

Caller = Callable[[Invocation], Outcome]


def announced(host: Host, jobs: Sequence[Job]) -> bool:
    """Tell that several jobs begin; of a single one the core sees by itself that it began when it ended."""
    if len(jobs) < 2:
        return False
    for job in jobs:
        host.started(job)
    return True


def call_in_place(host: Host, job: Job, started: bool, caller: Caller = invoke_sync) -> None:
    """Make one call, and tell what comes of it."""
    if isinstance(job.call, Start):
        return nested.start(host, job, job.call)
    if isinstance(job.call, OwnCall):
        return own_service.answer(host, job, job.call)
    outcome, driver = made(job.call, caller)
    if driver is None:
        return host.returned(job, outcome)
    if not started:
        host.started(job)
    host.tell_at(job.run, returned(job.scheduled, outcome, driver.now()))
    return None


def made(call: Invocation | Failed, caller: Caller = invoke_sync) -> tuple[Outcome, TaskInPlace | None]:
    """The outcome of a call, and the handler's view of its task if what it did there has instants of its own."""
    if isinstance(call, Failed):
        return call, None
    if not call.handler.takes_task:
        return caller(call), None
    driver: TaskInPlace = call.task.driver  # type: ignore[assignment]  # by Host.hooks
    outcome = caller(call)
    return outcome, driver if driver.active else None


class World(Protocol):
    """Where an execution is at work: in a host, or alone on the straight road."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    def waits_for(self, task: int) -> bool:
        """Whether the result of a task still matters."""
        ...

    def tell_at(self, event: News) -> None:
        """Something will have happened at ``event.at``."""
        ...


class InHost:
    """The world of an execution in a host."""

    __slots__ = ("_host", "_run")

    def __init__(self, host: Host, run: Run) -> None:
        self._host, self._run = host, run

    def now(self) -> float:
        return self._host.now()

    def waits_for(self, task: int) -> bool:
        return self._host.is_waiting(self._run, task)

    def tell_at(self, event: News) -> None:
        self._host.tell_at(self._run, event)


def task_in_host(host: Host, run: Run, task: int) -> TaskInPlace:
    """What ``Host.hooks`` makes where handlers are called in place."""
    return TaskInPlace(InHost(host, run), task)


class TaskInPlace:
    """A handler's view of its task: what it does takes time only if it says so.

    ``active`` is set by whatever it does; its end then has its place after that.
    """

    __slots__ = ("_task", "_world", "active", "elapsed")

    def __init__(self, world: World, task: int) -> None:
        self._world, self._task = world, task
        self.elapsed = 0.0
        self.active = False

    def now(self) -> float:
        return self._world.now() + self.elapsed

    def heartbeat(self) -> None:
        self._tell(TaskHeartbeat(self._task, self.now()))

    def submitted(self, output: JSON) -> None:
        self._tell(TaskSubmitted(self._task, output, self.now()))

    def sleep(self, seconds: float) -> Awaitable[None]:
        self.elapsed += seconds
        self.active = True
        return ACKNOWLEDGED

    def call_back(self, after: float, output: JSON, error: str | None, cause: str | None) -> None:
        self._world.tell_at(called_back(self._task, output, error, cause, self.now() + after))

    def _tell(self, event: News) -> None:
        if not self._world.waits_for(self._task):
            raise TaskTimedOut
        self.active = True
        self._world.tell_at(event)
