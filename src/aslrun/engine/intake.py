"""What a map run knows of its items until they are the input of a child, and what it does with the results."""

from __future__ import annotations

from ..values import JSON
from .item_batches import ItemBatcher


class Intake:
    """``reader`` and ``writer`` are what the driver is told to read and write, ``None`` where there is nothing to do.

    ``last`` says that no item is to come, ``started`` counts children, ``failed`` items; ``tolerated_count`` and
    ``tolerated_percentage`` are limits of ``failed``, ``None`` where there is none. ``failure`` is the error and cause
    with which the run will fail when the results so far are written.
    """

    __slots__ = (
        "batcher",
        "failed",
        "failure",
        "last",
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
        self.tolerated_count, self.tolerated_percentage = tolerated

    def is_over_tolerance(self, total: int) -> bool:
        """Whether too many items failed; of how many it is a percentage is known when the last one is."""
        count, percentage = self.tolerated_count, self.tolerated_percentage
        if count is not None and self.failed > count:
            return True
        return percentage is not None and self.last and self.failed > percentage * total / 100
