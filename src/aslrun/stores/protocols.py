"""What a driver asks of the place where executions live.

Rules that a change must keep:

1. Journal first: an event is written before the core is told of it, and ``write`` returns only when all of its
   changes would survive the process.
2. The journal is the truth. A snapshot is a shortcut to a position in it; with the events that follow, it gives
   the same execution as the whole journal does. A store drops the events before a snapshot.
3. One owner: whoever has ``opened`` a store is the only one who writes. A change says at which position it goes on;
   another position is a ``JournalConflict``, and position 0 is how a name is claimed.
4. What is read is what was written, or an error: a store never answers with an execution that lost a part.
5. A store understands none of the texts that it keeps. It searches by what a ``Birth`` and a ``Standing`` say openly.

The four methods are plain functions. ``write`` is called in a worker thread, one call at a time, and on the event loop
where it has shown to be quick; ``load`` and ``list`` are called on the event loop meanwhile and have to be quick.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

RUNNING = "RUNNING"


@dataclass(frozen=True, slots=True)
class Birth:
    """What is known of an execution from its first event on.

    ``definition`` is the text of what it runs, ``about`` whatever else the driver needs to build it. ``machine`` is the
    name of its state machine, ``parent`` the ARN of the execution whose task it does (children of distributed Maps).
    """

    name: str
    machine: str
    started: float
    definition: str = field(repr=False)
    about: str = field(repr=False)
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An execution as it stood after the first ``position`` events of its journal.

    ``records`` are the history records since the snapshot before this one; ``load`` gives those of all of them.
    """

    position: int
    state: str = field(repr=False)  # payloads and task tokens are in both
    records: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Standing:
    """How an execution stands, as far as one can know without building it.

    ``asleep`` says that nothing is to be done for it before ``due`` (never, if that is ``None``) unless there is news
    for it. ``end`` is what the driver wants to know of the end of a finished one.
    """

    status: str = RUNNING
    stopped: float | None = None
    due: float | None = None
    asleep: bool = False
    end: str | None = field(default=None, repr=False)


@dataclass(slots=True)
class Change:
    """What is new of one execution: events go to the journal at ``position``, all or none.

    The first one has a ``birth``. ``forget`` drops the execution and everything it has, its children too; another
    of the same name may begin in the same batch. Apart from that an execution has one change in a batch.
    """

    arn: str
    position: int = 0
    events: Sequence[str] = field(default=(), repr=False)
    birth: Birth | None = None
    standing: Standing = Standing()
    snapshot: Snapshot | None = None
    forget: bool = False


@dataclass(frozen=True, slots=True)
class StoredExecution:
    """All that is known of an execution; ``events`` are those after the snapshot, ``position`` is where they end."""

    birth: Birth
    standing: Standing
    snapshot: Snapshot | None
    events: tuple[str, ...] = field(repr=False)

    @property
    def position(self) -> int:
        """Where the journal goes on."""
        return (self.snapshot.position if self.snapshot else 0) + len(self.events)


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a list; ``number`` counts executions in the order in which they began."""

    number: int
    arn: str
    name: str
    machine: str
    parent: str | None
    started: float
    status: str
    stopped: float | None
    due: float | None
    asleep: bool
    position: int


@dataclass(frozen=True, slots=True)
class Query:
    """Which executions, oldest first or newest first; what is ``None`` does not matter.

    Times are seconds since the epoch: ``started_from`` and ``started_before``, ``stopped_before``. Children of
    distributed Maps are left out unless their ``parent`` is given, or ``children`` says that all are wanted. The next
    page begins ``after`` the number of the last line.
    """

    machine: str | None = None
    status: str | None = None
    started_from: float | None = None
    started_before: float | None = None
    stopped_before: float | None = None
    parent: str | None = None
    children: bool = False
    newest_first: bool = True
    after: int | None = None
    limit: int = 100


class ExecutionStore(Protocol):
    """Journals and snapshots of executions, running and finished."""

    def opened(self) -> AbstractContextManager[None]:
        """Be the owner within the block. Raises ``StoreInUse`` if somebody else is."""
        ...

    def write(self, changes: Sequence[Change], *, wait: bool = True) -> None:
        """Make all changes or none; on return they are durable.

        Raises ``JournalConflict`` if a change goes on at another position than the journal does, and ``StoreError``.
        Without ``wait``, what would have to wait (for another process, or for housekeeping) is a ``StoreBusy``, nothing
        is changed, and it will be called again with it.
        """
        ...

    def load(self, arn: str) -> StoredExecution | None:
        """The execution, or ``None`` if there is none with this ARN. Raises ``StoreError``."""
        ...

    def list(self, query: Query) -> list[Listed]:
        """One page of executions. Raises ``StoreError``."""
        ...
