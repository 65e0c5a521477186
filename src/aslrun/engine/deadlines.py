"""One heap of deadlines for all frames of an execution. Stale entries are recognised, never searched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from heapq import heappop, heappush
from typing import Literal, TypeAlias

from .frame import Frame

Kind: TypeAlias = Literal["wake", "due", "heartbeat_due"]
Entry: TypeAlias = tuple[float, int, int, Kind]
"""``(instant, order of setting, frame, kind)``: what is due first, and among equals what was set first."""


class Deadlines:
    """A heap whose entries count only while the frame still has that instant in its slot of that kind.

    Where ``heap`` is empty nothing is due, ever.
    """

    __slots__ = ("_frames", "_order", "heap")

    def __init__(self, frames: Mapping[int, Frame], entries: Iterable[Entry] = ()) -> None:
        self._frames = frames
        self.heap = sorted(entries) if entries else []
        self._order = max(entry[1] for entry in self.heap) if self.heap else 0

    def set(self, frame: Frame, kind: Kind, at: float) -> None:
        """Something of the frame is due at an instant; the earlier setting of the same kind is void."""
        setattr(frame, kind, at)
        self._order += 1
        heappush(self.heap, (at, self._order, frame.id, kind))

    def first(self) -> Entry | None:
        """The earliest entry that counts."""
        heap = self.heap
        while heap:
            at, _, frame_id, kind = heap[0]
            frame = self._frames.get(frame_id)
            if frame is not None and getattr(frame, kind) == at:
                return heap[0]
            heappop(heap)
        return None

    def take(self, entry: Entry) -> Frame:
        """Take the first entry off and void its slot."""
        heappop(self.heap)
        frame = self._frames[entry[2]]
        setattr(frame, entry[3], None)
        return frame

    def shift(self, by: float, is_absolute: Callable[[Frame, Kind], bool]) -> None:
        """The clock was set: what is due after so many seconds has another instant, what is absolute has not."""
        entries = []
        for at, order, frame_id, kind in self.entries():
            frame = self._frames[frame_id]
            instant = at if is_absolute(frame, kind) else at + by
            setattr(frame, kind, instant)
            entries.append((instant, order, frame_id, kind))
        self.heap = sorted(entries)

    def entries(self) -> list[Entry]:
        """The entries that count, in order."""
        return sorted(
            entry
            for entry in self.heap
            if (frame := self._frames.get(entry[2])) is not None and getattr(frame, entry[3]) == entry[0]
        )
