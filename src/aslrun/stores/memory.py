"""The execution store that forgets everything with the process: for tests, and for those who need no more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from ..values import JSON
from .protocols import JournalConflict, Snapshot, StoredExecution


class _Execution:
    __slots__ = ("events", "snapshot")

    def __init__(self) -> None:
        self.snapshot: Snapshot | None = None
        self.events: list[JSON] = []  # those after the snapshot

    @property
    def start(self) -> int:
        return self.snapshot.position if self.snapshot else 0


class MemoryExecutionStore:
    """Journals and snapshots in dictionaries; values are kept as they are, so they must not be changed later."""

    __slots__ = ("_executions", "_unfinished")

    def __init__(self) -> None:
        self._executions: dict[str, _Execution] = {}
        self._unfinished: dict[str, None] = {}  # a set that keeps its order

    async def append(self, execution: str, position: int, events: Sequence[JSON]) -> None:
        """Write events to the journal; raises ``JournalConflict`` unless it has exactly ``position`` of them."""
        kept = self._executions.get(execution)
        expected = kept.start + len(kept.events) if kept else 0
        if position != expected:
            raise JournalConflict(execution, position, expected)
        if kept is None:
            kept = self._executions[execution] = _Execution()
        kept.events.extend(events)
        self._unfinished.setdefault(execution)  # also a finished one: it is redriven

    async def save(self, execution: str, snapshot: Snapshot) -> None:
        """Keep a snapshot instead of the events before it; raises ``JournalConflict`` if they are not there."""
        kept = self._executions.get(execution)
        expected = kept.start + len(kept.events) if kept else 0
        if kept is None or not kept.start <= snapshot.position <= expected:
            raise JournalConflict(execution, snapshot.position, expected)
        del kept.events[: snapshot.position - kept.start]
        kept.snapshot = snapshot
        if snapshot.finished and not kept.events:
            self._unfinished.pop(execution, None)

    async def load(self, execution: str) -> StoredExecution | None:
        """The execution, or ``None``."""
        kept = self._executions.get(execution)
        return StoredExecution(kept.snapshot, tuple(kept.events)) if kept else None

    async def unfinished(self) -> AsyncIterator[str]:
        """Names of the executions that are not finished, in the order in which they began."""
        for execution in list(self._unfinished):
            yield execution
