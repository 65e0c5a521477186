"""What a driver asks of the place where executions live.

Rules that a change must keep:

1. Journal first: an event is appended before the core is told of it, and ``append`` returns only when the event
   would survive the process.
2. The journal is the truth. A snapshot is a shortcut to a position in it; with the events that follow, it gives
   the same execution as the whole journal does. A store may drop the events before a snapshot.
3. One writer: an append says at which position it writes. A position that is taken is a ``JournalConflict``,
   so two processes cannot drive the same execution, and position 0 is how a name is claimed.
4. Names of executions are not reused: a finished execution keeps its place, and with it its history.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ..errors import AslrunError
from ..values import JSON


class JournalConflict(AslrunError):
    """Another writer has written at this position: the execution, or its name, is taken."""

    def __init__(self, execution: str, position: int, expected: int) -> None:
        self.execution, self.position, self.expected = execution, position, expected
        super().__init__(execution, position, expected)

    def __str__(self) -> str:
        return f"{self.execution}: cannot append at position {self.position}, the journal goes on at {self.expected}"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An execution as it stood after the first ``position`` events of its journal.

    ``state`` is what the core dumps, ``record`` what the driver wants to know without loading it (definition, input,
    status, dates, output, error and cause), ``history`` the history events so far, rendered.
    """

    position: int
    state: JSON = field(repr=False)  # payloads and task tokens are in all three
    record: JSON = field(repr=False)
    history: tuple[JSON, ...] = field(default=(), repr=False)
    finished: bool = False


@dataclass(frozen=True, slots=True)
class StoredExecution:
    """What is known of an execution: the last snapshot, if there is one, and the events that came after it."""

    snapshot: Snapshot | None
    events: tuple[JSON, ...] = field(repr=False)

    @property
    def position(self) -> int:
        """Where the journal goes on."""
        return (self.snapshot.position if self.snapshot else 0) + len(self.events)

    @property
    def finished(self) -> bool:
        """Whether the execution is over (and has not been redriven since)."""
        return self.snapshot is not None and self.snapshot.finished and not self.events


class ExecutionStore(Protocol):
    """Journals and snapshots of executions, running and finished."""

    async def append(self, execution: str, position: int, events: Sequence[JSON]) -> None:
        """Write events to the journal, all or none.

        Raises ``JournalConflict`` unless the journal has exactly ``position`` events.
        """
        ...

    async def save(self, execution: str, snapshot: Snapshot) -> None:
        """Keep a snapshot instead of an earlier one and of the events before it.

        Raises ``JournalConflict`` if the journal does not reach to the snapshot's position.
        """
        ...

    async def load(self, execution: str) -> StoredExecution | None:
        """The execution, or ``None`` if there is none of this name."""
        ...

    def unfinished(self) -> AsyncIterator[str]:
        """Names of the executions that a driver has to take up again after a restart, oldest first."""
        ...
