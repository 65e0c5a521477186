"""After a restart: executions are found in the store, and what was at work for them is taken up again.

Rules that a change must keep:

1. Executions that slept are only listed; nothing of them is built before their deadline or news.
2. Deadlines before news: what became due while nobody was there fires first, at its own instants. A task that timed
   out meanwhile is not called again.
3. A handler that was at work is called again with the same ``idempotency_key``, or its task fails if its resource says
   ``on_recovery="fail"``. What waits for a token or for a worker's answer goes on waiting.
4. A parent and its children find each other again by name, as they do in a redrive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from anyio.lowlevel import checkpoint

from ..engine.effects import ScheduleTask
from ..engine.events import TimePassed
from ..resources.invocation import Failed
from ..resources.machines import started_by
from ..stores.protocols import RUNNING, Query
from . import children, nested
from .durable_host import DurableHost
from .durable_run import DurableRun
from .runs import Run
from .stored import started_execution

PAGE = 1_000  # executions of one look into the store
AT_A_TIME = 50  # executions that are rebuilt before others have their turn

Progress = Callable[[int, int], None]
"""Is told how many executions are recovered, of how many."""


@dataclass(slots=True)
class Recovered:
    """What an interpreter has taken up when it was entered.

    ``counts`` says how many executions were found ``asleep``, and how many waits of each kind the others had: ``task``
    (called again), ``failed`` (not called again, as ``on_recovery`` says), ``callback``, ``activity``, ``child``,
    ``execution`` (one that was started by a task), ``file`` (of a distributed Map), ``time`` (nothing else); those
    that were ``over`` had ended.
    """

    counts: Counter[str] = field(default_factory=Counter)
    _arns: dict[str, list[str]] = field(default_factory=dict, repr=False)

    @property
    def executions(self) -> int:
        """How many executions were not over."""
        return len({arn for arns in self._arns.values() for arn in arns})

    def arns(self, kind: str | None = None) -> list[str]:
        """ARNs of the executions that waited like this, or of all, oldest first."""
        if kind is not None:
            return list(self._arns.get(kind, ()))
        return list(dict.fromkeys(arn for arns in self._arns.values() for arn in arns))

    def note(self, kind: str, arn: str) -> None:
        """One more wait of this kind."""
        self.counts[kind] += 1
        arns = self._arns.setdefault(kind, [])
        if not arns or arns[-1] != arn:
            arns.append(arn)


class Recovery:
    """One recovery of a host: ``find``, ``reconnect``, ``tell_time`` and ``take_up``, in this order."""

    def __init__(self, host: DurableHost, progress: Progress | None) -> None:
        self.recovered = Recovered()
        self._host = host
        self._progress = progress
        self._runs: list[DurableRun] = []
        self._children: list[DurableRun] = []  # of distributed Maps, if their parents still want them
        self._tasks: dict[DurableRun, list[ScheduleTask]] = {}

    async def find(self) -> None:
        """List all that is not over, and rebuild what did not sleep."""
        async for awake in self._listed():
            self._runs.append(awake)
        total = len(self._runs) + self.recovered.counts["asleep"]
        for number, run in enumerate(self._runs, 1):
            run.finished = run.execution.status != RUNNING
            if run.finished:
                self._host.changed[run] = None
            if number % AT_A_TIME == 0 or number == len(self._runs):
                self._tell_progress(self.recovered.counts["asleep"] + number, total)
                await checkpoint()

    async def _listed(self) -> AsyncIterator[DurableRun]:
        last: int | None = None
        while page := self._host.store.list(
            Query(status=RUNNING, children=True, newest_first=False, after=last, limit=PAGE)
        ):
            for listed in page:
                run = self._host.enlist(listed)
                if listed.parent is not None:
                    self._children.append(run)
                if listed.asleep:
                    self.recovered.note("asleep", listed.arn)
                else:
                    yield run
            last = page[-1].number
            await checkpoint()

    def _tell_progress(self, done: int, total: int) -> None:
        if self._progress is not None:
            self._progress(done, total)

    def reconnect(self) -> None:
        """Parents know their children again, and those who wait for an execution know it."""
        for run in self._unfinished():
            self._host.find_results(run)
            self._tasks[run] = run.execution.outstanding()
            for scheduled in self._tasks[run]:
                child = self._child(run, scheduled)
                if child is not None:
                    run.tasks[scheduled.task] = child
        self._stop_orphans()

    def _stop_orphans(self) -> None:
        """Who waited for a child may have ended, and the process before it could say so."""
        for child in self._children:
            if child.parent is None and not child.finished:
                self._host.abort(child)
        for run in self._runs:
            for arn in (run.nested or {}).values():
                started = self._host.known(arn)
                if started is not None and not started.finished and not _waits_for(run, started):
                    self._host.abort(started)

    def _child(self, run: DurableRun, scheduled: ScheduleTask) -> Run | None:
        """The execution that does a task, if there is one already."""
        host = self._host
        if scheduled.role == "child":
            child = host.known(children.of_task(run, scheduled)[1].arn)
            if child is not None:
                child.parent = run, scheduled.task
            return child
        arn = started_execution(run.nested, run.execution, scheduled.task)
        child = None if arn is None else host.known(arn)
        if child is not None:
            child.waiters = (*child.waiters, (run, scheduled))
        return child

    def tell_time(self) -> None:
        """What became due meanwhile fires."""
        now = self._host.now()
        for run in self._unfinished():
            deadline = run.execution.deadline
            if deadline is not None and deadline <= now:
                self._host.tell(run, TimePassed(now))
            elif deadline is not None:
                self._host.agenda.set_alarm(run, deadline)
        self._host.apply()

    def take_up(self) -> Recovered:
        """Do again what was being done."""
        for run in self._runs:
            if run.finished:
                self.recovered.note("over", run.arn)
                continue
            waits = [each for each in self._tasks[run] if self._host.is_waiting(run, each.task)]
            for scheduled in waits:
                self.recovered.note(self._take_up(run, scheduled), run.arn)
            if not waits:
                self.recovered.note("time", run.arn)
            self._host.rest(run)
        return self.recovered

    def _take_up(self, run: DurableRun, scheduled: ScheduleTask) -> str:
        work = run.tasks[scheduled.task]
        if isinstance(work, Run):
            return self._take_up_child(run, scheduled, work)
        return _ROLES[scheduled.role](self, run, scheduled)

    def _take_up_child(self, run: DurableRun, scheduled: ScheduleTask, child: Run) -> str:
        is_child = scheduled.role == "child"
        if child.finished:
            end = children.outcome(child.execution) if is_child else nested.ended(child, scheduled)
            self._host.over(run, scheduled.task, end)
        return "child" if is_child else "execution"

    def _task(self, run: DurableRun, scheduled: ScheduleTask) -> str:
        host = self._host
        if scheduled.pattern == "waitForTaskToken" and scheduled.submitted:
            return "callback"
        handler = host.resources.find(scheduled.resource, scheduled.arguments)
        if handler is not None and handler.on_recovery == "fail" and started_by(scheduled.resource) is None:
            cause = "The process ended while the task was at work, and its resource is not to be called again."
            host.over(run, scheduled.task, Failed("States.TaskFailed", cause))
            return "failed"
        host.perform(run, scheduled)
        return "task"

    def _activity(self, run: DurableRun, scheduled: ScheduleTask) -> str:
        if self._host.resources.find(scheduled.resource) is not None:  # a handler stands for the workers
            return self._task(run, scheduled)
        if not scheduled.started:
            self._host.perform(run, scheduled)
        return "activity"

    def _spawn(self, run: DurableRun, scheduled: ScheduleTask) -> str:
        self._host.perform(run, scheduled)
        return "child"

    def _file(self, run: DurableRun, scheduled: ScheduleTask) -> str:
        self._host.perform(run, scheduled)
        return "file"

    def _unfinished(self) -> list[DurableRun]:
        return [run for run in self._runs if not run.finished]


def _waits_for(run: Run, started: Run) -> bool:
    return any(run is waiter for waiter, _ in started.waiters)


_ROLES = {
    "task": Recovery._task,
    "activity": Recovery._activity,
    "child": Recovery._spawn,
    "item_reader": Recovery._file,
    "result_writer": Recovery._file,
}


async def recover(host: DurableHost, stored: Callable[[], Awaitable[None]], progress: Progress | None) -> Recovered:
    """Take up everything that a store has of executions that are not over.

    ``stored`` waits until what the host was told is written and applied. Raises ``StoreError``.
    """
    recovery = Recovery(host, progress)
    await recovery.find()
    recovery.reconnect()
    recovery.tell_time()
    await stored()
    return recovery.take_up()
