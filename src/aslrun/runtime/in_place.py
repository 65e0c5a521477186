"""Calls of handlers in place: without an event loop, or on it for those that are quick.

Rules that a change must keep:

1. Such a handler cannot wait. Its ``task.sleep`` only says how long it takes: what it reports after that, and its
   end, are told for their own instants.
2. Of tasks that are scheduled together, all begin before the first one ends; the drivers' histories agree by this.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

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
    event = answered(host, job, started, caller)
    if event is not None:
        host.tell(job.run, event)
    return None


def answered(host: Host, job: Job, started: bool = False, caller: Caller = invoke_sync) -> News | None:
    """Make one call of a handler; what ends it at once, or ``None`` if that is told for a later instant."""
    call = job.call
    driver: TaskInPlace | None = None
    if isinstance(call, Invocation):
        if call.handler.takes_task:
            driver = call.task.driver  # type: ignore[assignment]  # by Host.hooks
        outcome = caller(call)
    else:
        assert isinstance(call, Failed)
        outcome = call
    if driver is None or not driver.active:
        return returned(job.scheduled, outcome, host.now())
    if not started:
        host.started(job)
    host.tell_at(job.run, returned(job.scheduled, outcome, driver.now()))
    return None


class TaskInPlace:
    """A handler's view of its task: what it does takes time only if it says so.

    ``active`` is set by whatever it does; its end then has its place after that.
    """

    __slots__ = ("_host", "_run", "_task", "active", "elapsed")

    def __init__(self, host: Host, run: Run, task: int) -> None:
        self._host, self._run, self._task = host, run, task
        self.elapsed = 0.0
        self.active = False

    def now(self) -> float:
        return self._host.now() + self.elapsed

    def heartbeat(self) -> None:
        self._tell(TaskHeartbeat(self._task, self.now()))

    def submitted(self, output: JSON) -> None:
        self._tell(TaskSubmitted(self._task, output, self.now()))

    def sleep(self, seconds: float) -> Awaitable[None]:
        self.elapsed += seconds
        self.active = True
        return ACKNOWLEDGED

    def call_back(self, after: float, output: JSON, error: str | None, cause: str | None) -> None:
        self._host.tell_at(self._run, called_back(self._task, output, error, cause, self.now() + after))

    def _tell(self, event: News) -> None:
        if not self._host.is_waiting(self._run, self._task):
            raise TaskTimedOut
        self.active = True
        self._host.tell_at(self._run, event)
