"""What a map run knows of its items until they are the input of a child, and what it does with the results."""

from __future__ import annotations

from copy import copy
from typing import cast

from ..values import JSON
from .effects import ScheduleTask
from .item_batches import ItemBatcher


class Intake:
    """``reader`` and ``writer`` are what the driver is told to read and write, ``None`` where there is nothing to do.

    ``last`` says that no item is to come, ``started`` counts children, ``failed`` items; ``tolerated_count`` and
    ``tolerated_percentage`` are limits of ``failed``, ``None`` where there is none. ``failure`` is the error and cause
    with which the run will fail when the results so far are written.

    ``lost`` are the children without success, ``again`` those that a redrive has yet to start again, the next one last:
    for each its task, its index, how often it was redriven before, and its input.
    """

    __slots__ = (
        "again",
        "batcher",
        "failed",
        "failure",
        "last",
        "lost",
        "reader",
        "started",
        "tolerated_count",
        "tolerated_percentage",
        "writer",
    )

    def __init__(
        self,
        reader: dict[str, JSON] | None,
        batcher: ItemBatcher | None,
        writer: dict[str, JSON] | None,
        tolerated: tuple[float | None, float | None],
    ) -> None:
        self.reader = reader
        self.batcher = batcher
        self.writer = writer
        self.last = reader is None
        self.started = 0
        self.failed = 0
        self.failure: list[str | None] | None = None
        self.lost: list[JSON] = []
        self.again: list[JSON] = []
        self.tolerated_count, self.tolerated_percentage = tolerated

    def is_over_tolerance(self, total: int) -> bool:
        """Whether too many items failed; of how many it is a percentage is known when the last one is."""
        count, percentage = self.tolerated_count, self.tolerated_percentage
        if count is not None and self.failed > count:
            return True
        return percentage is not None and self.last and self.failed > percentage * total / 100

    def lose(self, scheduled: ScheduleTask) -> None:
        """A child has ended without success, or ends with its parent: a redrive starts it again."""
        self.lost.append([scheduled.task, scheduled.index, scheduled.attempt, scheduled.arguments])

    def kept(self) -> Intake:
        """What a redrive goes on with: whoever was lost comes first, in the order of the items."""
        other = copy(self)
        other.again = sorted(self.again + self.lost, key=lambda child: cast("list[int]", child)[1], reverse=True)
        other.lost, other.failed, other.failure = [], 0, None
        return other
