"""Who makes the calls of handlers in an interpreter: workers on the event loop, one after the other.

One worker takes the jobs and runs each handler to its first wait; at the first wait another worker takes over, and this
one stays with its handler. So a handler that never waits costs no task and no cancel scope. Where jobs come one by one,
as they do when everything is written first, one worker stays and rests between them.

Rules that a change must keep:

1. No more than ``most`` handlers are at work at a time, in threads or not, sleeping ones too.
2. Nobody is starved: a chain of handlers that never wait gives way now and then.
3. A worker whose handler was cancelled when it was just over takes no more jobs: they would be cancelled with it.
4. Quick calls are made round by round, between turns: the same histories as in ``simulate``.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Awaitable, Callable

import anyio
from anyio.abc import TaskGroup
from anyio.lowlevel import checkpoint

from ..resources.invocation import Outcome
from .handler_calls import Awaits, HandlerCalls, Pending
from .host import Host, Job
from .in_place import announced
from .wakeup import Wakeup

CALLS_IN_A_ROW = 100  # calls of handlers that never wait, before others have their turn


class Workers:
    """The workers of one interpreter.

    ``apply`` has the host apply what was told, and brings the jobs that come of it back to ``accept``; ``changed`` is
    called when there may be nothing left to do.
    """

    def __init__(
        self, host: Host, most: int, apply: Callable[[], None], changed: Callable[[], None], *, stays: bool = False
    ) -> None:
        self._host = host
        self._stays = stays
        self._resting: anyio.CancelScope | None = None  # the worker that has stayed
        self._called = Wakeup()
        self._most = most
        self._apply = apply
        self._changed = changed
        self._calls: HandlerCalls | None = None
        self._group: TaskGroup | None = None
        self._at_work = 0
        self._asleep = 0
        self._in_charge: anyio.CancelScope | None = None  # the worker that takes the jobs
        self._backlog: deque[tuple[Job, Awaits | None]] = deque()
        self.quick: list[Job] = []  # calls that are to be made in place

    def open(self, calls: HandlerCalls, group: TaskGroup) -> None:
        """From now on jobs are taken."""
        self._calls, self._group = calls, group

    def close(self) -> None:
        """No job is taken any more."""
        self._group = None

    @property
    def is_idle(self) -> bool:
        """Whether no handler is at work, nor will be at once; one that sleeps is not."""
        return self._at_work == self._asleep and not (self._backlog or self.quick)

    async def sleep(self, pause: Awaitable[None]) -> None:
        """A handler lets time pass; meanwhile it is not at work."""
        self._asleep += 1
        self._changed()
        try:
            await pause
        finally:
            self._asleep -= 1

    # ------------------------------------------------------------------ jobs

    def accept(self, jobs: list[Job]) -> None:
        """Jobs that are to be done as soon as there is room."""
        assert self._calls is not None
        together = len(jobs) > 1 and self._at_work + len(self._backlog) + len(jobs) <= self._most
        for job in jobs:
            if self._calls.is_quick(job):
                self.quick.append(job)
                continue
            self._backlog.append((job, None))
            if together:  # they begin together
                self._host.started(job)

    def dispatch(self) -> None:
        """See to it that somebody takes the jobs: one worker, which sends for the next when its handler waits."""
        if self._backlog and self._in_charge is None and self._at_work < self._most and self._group is not None:
            if self._resting is None:
                self._in_charge = anyio.CancelScope()
                self._group.start_soon(self._work, self._in_charge)
            else:
                self._in_charge, self._resting = self._resting, None
                self._called.ring()

    async def _work(self, scope: anyio.CancelScope) -> None:
        """Make calls of handlers, and those that they bring forth, one after the other."""
        assert self._calls is not None
        calls = 0
        with scope:
            while self._takes_a_job(scope) or await self._is_called(scope):
                job, begun = self._backlog.popleft()
                outcome = self._calls.begin(job, begun)
                if isinstance(outcome, Pending):
                    outcome = await self._finished(scope, job, outcome)
                if outcome is not None:
                    self._host.returned(job, outcome)
                self._apply()
                calls += 1
                if calls % CALLS_IN_A_ROW == 0:
                    await checkpoint()
        self._pass_on(scope)

    def _pass_on(self, worker: anyio.CancelScope) -> None:
        """This worker takes no more jobs; if there are any, somebody else does."""
        if self._in_charge is worker:
            self._in_charge = None
        self.dispatch()
        if self.is_idle:
            self._changed()

    async def _is_called(self, worker: anyio.CancelScope) -> bool:
        """Whether this worker stays until there is a job, and has one to take."""
        busy = self._resting is not None or self._backlog
        if not self._stays or busy or self._group is None or worker.cancel_called:
            return False
        self._resting = worker
        self._pass_on(worker)
        try:
            while self._resting is worker:
                await self._called.wait()
        except anyio.get_cancelled_exc_class():
            if anyio.current_effective_deadline() == -math.inf:
                raise
            if self._resting is worker:  # its last handler has cancelled the task and not waited for that
                self._resting = None
        return self._takes_a_job(worker)

    def _takes_a_job(self, worker: anyio.CancelScope) -> bool:
        """Whether this worker is the one to take the next job, and there is one that may be taken."""
        if not self._backlog or self._at_work >= self._most or self._group is None or worker.cancel_called:
            return False
        in_charge = self._in_charge
        if in_charge is None:
            self._in_charge = in_charge = worker
        return in_charge is worker

    async def _finished(self, worker: anyio.CancelScope, job: Job, call: Pending) -> Outcome:
        """Wait for a call; meanwhile another worker takes the jobs."""
        assert self._calls is not None
        self._host.started(job)
        self._in_charge = None
        self._at_work += 1
        self.dispatch()
        try:
            return await self._calls.finish(job, call, worker)
        finally:
            self._at_work -= 1

    # ------------------------------------------------------------------ in place

    async def work_in_place(self, turn: Callable[[], None]) -> None:
        """Make the quick calls, round by round, with a turn after each."""
        calls = 0
        while self.quick:
            jobs, self.quick = self.quick, []
            together = announced(self._host, jobs)
            for job in jobs:
                self._call_in_place(job, together)
                calls += 1
                if calls % CALLS_IN_A_ROW == 0:
                    await checkpoint()
            turn()

    def _call_in_place(self, job: Job, started: bool) -> None:
        assert self._calls is not None
        begun = self._calls.make_in_place(job, started)
        if begun is not None:
            self._backlog.appendleft((job, begun))
            self.dispatch()
