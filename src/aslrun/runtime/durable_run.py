"""An execution that is kept in a store, and that may sleep there.

Rules that a change must keep:

1. Of one that sleeps stay its name, its place in the journal and its next deadline: less than a kilobyte.
2. Whoever looks at one that sleeps wakes it, and finds everything there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..engine.effects import ScheduleTask
from ..resources.registry import Resources
from .runs import Run

if TYPE_CHECKING:
    from ..stores.protocols import StoredExecution
    from .durable_host import DurableHost
    from .stored import About, Rebuilt

PATIENCE = 100  # events of a journal, at least, before a snapshot is worth its while
EVENT_SIZE = 100  # bytes of a snapshot that cost as much as an event that is told again
NO_TASKS: dict[int, ScheduleTask | Run] = {}  # of those that sleep; never changed


class DurableRun(Run):
    """An execution that is kept in a store.

    ``told`` counts the events that were written, ``applied`` those that the core was told, ``waiting`` those that are
    to be written or applied; ``cut`` are those before the snapshot, ``recorded`` its history records, and ``patience``
    is how many events may follow it. While it is ``asleep``, it has no ``execution`` and no ``records``; asking for one
    wakes it. ``way`` leads from its ``definition`` to what it runs.
    """

    __slots__ = (
        "__weakref__",
        "_arn",
        "applied",
        "asleep",
        "cut",
        "definition",
        "host",
        "patience",
        "recorded",
        "told",
        "waiting",
        "way",
    )

    def __init__(self, host: DurableHost, arn: str, parent: tuple[Run, int] | None = None) -> None:
        self.parent = parent
        self.place = None
        self.tasks = NO_TASKS
        self.alarm = None
        self.finished = False
        self.waiters = ()
        self.generation = 1
        self.nested = self.resumable = None
        self._arn = arn
        self.host = host
        self.told = self.applied = self.cut = self.recorded = self.waiting = 0
        self.patience = PATIENCE
        self.asleep = True
        self.definition = ""
        self.way: tuple[str, ...] = ()

    @property
    def arn(self) -> str:
        return self._arn

    def fall_asleep(self) -> None:
        """Let go of all that is in the store."""
        self.asleep = True
        del self.execution, self.records
        self.tasks, self.nested, self.resumable = NO_TASKS, None, None

    def wake_up(self, rebuilt: Rebuilt, stored: StoredExecution, about: About) -> None:
        """Have everything again."""
        self.asleep = False
        self.execution, self.records = rebuilt.execution, rebuilt.records
        self.tasks = {scheduled.task: scheduled for scheduled in rebuilt.execution.outstanding()}
        self.nested, self.resumable = rebuilt.nested or None, rebuilt.resumable or None
        self.definition, self.way, self.place = stored.birth.definition, about.way, about.place
        self.cut = self.recorded = 0
        if stored.snapshot is not None:
            self.cut, self.recorded = stored.snapshot.position, rebuilt.recorded
            self.patience = patience(stored.snapshot.state)

    def __getattr__(self, name: str) -> object:
        if name in ("execution", "records") and self.asleep:
            self.host.wake(self)
            return getattr(self, name)
        raise AttributeError(name)


def patience(state: str) -> int:
    """How many events may follow a snapshot before the next one: the larger it is, the more."""
    return max(PATIENCE, len(state) // EVENT_SIZE)


def can_sleep(run: DurableRun) -> bool:
    """Whether nothing is at work for the execution: it waits for an instant, for a token or for a worker's answer."""
    if run.finished or run.waiting or run.asleep or run.execution.ready:
        return False
    resources = run.host.resources
    return all(type(work) is ScheduleTask and _waits_for_news(work, resources) for work in run.tasks.values())


def _waits_for_news(scheduled: ScheduleTask, resources: Resources) -> bool:
    if scheduled.role == "activity":  # unless a handler stands for the workers
        return scheduled.started and resources.find(scheduled.resource) is None
    return scheduled.pattern == "waitForTaskToken" and scheduled.submitted
