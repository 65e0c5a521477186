"""Stores that break their promise, each in one way: what the checker must find."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from aslrun.stores.protocols import Change, ExecutionStore

from .world import Wrapped


class AcknowledgesBeforeWriting(Wrapped):
    """Writes a batch when it gets the ones after it: who is killed in between has lost it."""

    LATE = 20  # batches

    def __init__(self, behind: ExecutionStore) -> None:
        super().__init__(behind)
        self._held: list[Sequence[Change]] = []

    @contextmanager
    def opened(self) -> Iterator[None]:
        with self.behind.opened():
            try:
                yield
            finally:
                for changes in self._held:
                    self.behind.write(changes)

    def write(self, changes: Sequence[Change], *, wait: bool = True) -> None:
        self._held.append(changes)
        if len(self._held) > self.LATE:
            self.behind.write(self._held.pop(0))


class WritesOtherOutputs(Wrapped):
    """What is read again is not what was told."""

    def write(self, changes: Sequence[Change], *, wait: bool = True) -> None:
        forged = [replace(change, events=[_forged(event) for event in change.events]) for change in changes]
        self.behind.write(forged, wait=wait)


class LosesRecords(Wrapped):
    """A snapshot lacks a part of the history."""

    def write(self, changes: Sequence[Change], *, wait: bool = True) -> None:
        self.behind.write(
            [
                change if change.snapshot is None else replace(change, snapshot=replace(change.snapshot, records=()))
                for change in changes
            ],
            wait=wait,
        )


def _forged(event: str) -> str:
    # an output is a text in the text of an event: its quotes are escaped
    return event.replace(r"path\": \"A", r"path\": \"X") if '"TaskSucceeded"' in event else event
