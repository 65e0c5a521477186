"""The execution store that forgets everything with the process: for tests, and for those who need no more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import count, islice
from threading import Lock

from ..errors import JournalConflict, StoreInUse
from .protocols import Birth, Change, Listed, Query, Snapshot, Standing, StoredExecution
from .tokens import MemoryTokenStore


class _Kept:
    __slots__ = ("arn", "birth", "events", "number", "snapshot", "standing")

    def __init__(self, number: int, arn: str, birth: Birth) -> None:
        self.number, self.arn, self.birth = number, arn, birth
        self.standing = Standing()
        self.snapshot: Snapshot | None = None
        self.events: list[str] = []  # those after the snapshot

    @property
    def position(self) -> int:
        return (self.snapshot.position if self.snapshot else 0) + len(self.events)


class MemoryStore:
    """Executions in a dictionary. Interpreters may follow one another on the same store, as after a restart.

    >>> store = MemoryStore()
    >>> store.write([Change("arn:7", events=["started"], birth=Birth("7", "order", 0.0, "{}", "{}"))])
    >>> store.load("arn:7").position
    1
    """

    __slots__ = ("_executions", "_lock", "_numbers", "_opened", "_tokens")

    def __init__(self) -> None:
        self._executions: dict[str, _Kept] = {}
        self._numbers = count(1)
        self._lock = Lock()
        self._opened = False
        self._tokens = MemoryTokenStore()

    def tokens(self) -> MemoryTokenStore:
        """The task tokens, which stay good for the next interpreter."""
        return self._tokens

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Be the owner within the block; raises ``StoreInUse`` if somebody else is."""
        if self._opened:
            raise StoreInUse("this MemoryStore")
        self._opened = True
        try:
            yield
        finally:
            self._opened = False

    def write(self, changes: Sequence[Change], *, wait: bool = True) -> None:
        """Make all changes or none; raises ``JournalConflict``."""
        with self._lock:
            gone = {change.arn for change in changes if change.forget}
            for change in changes:
                self._check(change, gone)
            for change in changes:
                self._make(change)

    def _check(self, change: Change, gone: set[str]) -> None:
        if change.forget:
            return
        kept = None if change.arn in gone else self._executions.get(change.arn)
        there = 0 if kept is None else kept.position
        if there != change.position or (kept is None) != (change.birth is not None):
            raise JournalConflict(change.arn, change.position, there)

    def _make(self, change: Change) -> None:
        if change.forget:
            return self._forget(change.arn)
        if change.birth is not None:
            self._executions[change.arn] = _Kept(next(self._numbers), change.arn, change.birth)
        kept = self._executions[change.arn]
        kept.events.extend(change.events)
        kept.standing = change.standing
        if (new := change.snapshot) is not None:
            start, earlier = (kept.snapshot.position, kept.snapshot.records) if kept.snapshot else (0, ())
            del kept.events[: new.position - start]
            kept.snapshot = replace(new, records=(*earlier, *new.records))

    def _forget(self, arn: str) -> None:
        self._executions.pop(arn, None)
        for child in [each.arn for each in self._executions.values() if each.birth.parent == arn]:
            self._forget(child)

    def load(self, arn: str) -> StoredExecution | None:
        """The execution, or ``None``."""
        with self._lock:
            kept = self._executions.get(arn)
            if kept is None:
                return None
            return StoredExecution(kept.birth, kept.standing, kept.snapshot, tuple(kept.events))

    def list(self, query: Query) -> list[Listed]:
        """One page of executions."""
        with self._lock:
            everything = [_listed(kept) for kept in self._executions.values()]
        found = (each for each in (reversed(everything) if query.newest_first else everything) if _fits(each, query))
        return list(islice(found, query.limit))


def _listed(kept: _Kept) -> Listed:
    birth, standing = kept.birth, kept.standing
    return Listed(
        kept.number,
        kept.arn,
        birth.name,
        birth.machine,
        birth.parent,
        birth.started,
        standing.status,
        standing.stopped,
        standing.due,
        standing.asleep,
        kept.position,
    )


def _fits(each: Listed, query: Query) -> bool:
    after, started_from, stopped_before = query.after, query.started_from, query.stopped_before
    return (
        query.machine in (None, each.machine)
        and query.status in (None, each.status)
        and (query.children or query.parent == each.parent)
        and (after is None or (each.number < after if query.newest_first else each.number > after))
        and (started_from is None or each.started >= started_from)
        and (query.started_before is None or each.started < query.started_before)
        and (stopped_before is None or (each.stopped is not None and each.stopped < stopped_before))
    )
