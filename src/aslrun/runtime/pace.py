"""Whether a write is made on the event loop, where it holds up everybody, or by a thread, which takes time to wake up.

What counts is how long a write takes on the loop itself. In a thread it cannot be told from waiting for the
interpreter's lock, which a busy loop makes long on the quickest disk. So now and then one is tried.

Rules that a change must keep:

1. A write that took long is followed by twice as many in a thread as the last such one was, up to ``MOST``; only
   after ``TRUST`` quick ones in a row it is half as many again.
2. What may take long by its size never goes on the loop.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..stores.protocols import Change

QUICK = 0.0005  # seconds: to hand a write over to a thread and back takes a third of it
FEW = 16  # changes: with more of them the loop has so much to do that it is better done while a thread writes
SMALL = 65_536  # characters of them all
LEAST, MOST = 4, 1_024  # writes in a thread before the next one is tried on the loop
TRUST = 32  # quick writes in a row


class Pace:
    """How quick writes are. ``is_quick`` is asked before each of them.

    >>> pace = Pace()
    >>> pace.is_quick
    True
    >>> pace.took(2 * QUICK)
    >>> pace.is_quick
    False
    """

    __slots__ = ("_in_a_row", "_punishment", "_to_go")

    def __init__(self) -> None:
        self._to_go = 0
        self._punishment = LEAST
        self._in_a_row = 0

    @property
    def is_quick(self) -> bool:
        """Whether the next write may be made on the event loop."""
        return self._to_go == 0

    def took(self, seconds: float) -> None:
        """A write on the event loop took so long."""
        if seconds >= QUICK:
            self._in_a_row = 0
            self._to_go = self._punishment
            self._punishment = min(2 * self._punishment, MOST)
            return
        self._in_a_row += 1
        if self._in_a_row == TRUST:
            self._in_a_row = 0
            self._punishment = max(self._punishment // 2, LEAST)

    def handed_over(self) -> None:
        """A write was given to a thread."""
        if self._to_go:
            self._to_go -= 1


def is_small(changes: Sequence[Change]) -> bool:
    """Whether changes take no longer than the disk does."""
    if len(changes) > FEW:
        return False
    length = 0
    for change in changes:
        if change.snapshot is not None or change.forget:
            return False
        length += sum(map(len, change.events))
        if change.birth is not None:
            length += len(change.birth.definition)
    return length <= SMALL
