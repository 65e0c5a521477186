"""ItemBatcher: items become batches, each the input of one child execution.

It stands in the engine, because it comes after ItemSelector and BatchInput, which the core evaluates.

Rules that a change must keep (developer guide, "ItemBatcher (Map)", and recordings):

1. A batch is as large as both limits allow; without MaxInputBytesPerBatch the quota of an input counts, 256 KiB.
2. The bytes of a batch are those of the whole input, BatchInput and punctuation included.
3. Items are never split nor reordered; an item that is too large even alone gets a batch of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..values import JSON, size

MAX_BATCH_BYTES = 262_144

_NO_INPUT = object()


class ItemBatcher:
    """Collects items; ``add`` gives the batch that is full before the new item, ``rest`` the last one.

    ``items`` is what is waiting, ``head`` what stands before it: with the limits, all that a dump has to keep.
    """

    __slots__ = ("_base", "_size", "head", "items", "max_bytes", "max_items")

    def __init__(
        self, max_items: int | None = None, max_bytes: int | None = None, batch_input: JSON | object = _NO_INPUT
    ) -> None:
        self.max_items = max_items or 0
        self.max_bytes = min(max_bytes or MAX_BATCH_BYTES, MAX_BATCH_BYTES)
        self.head: dict[str, JSON] = {}
        if batch_input is not _NO_INPUT:
            self.head["BatchInput"] = batch_input  # type: ignore[assignment]
        self._base = size({**self.head, "Items": []})
        self._size = self._base
        self.items: list[JSON] = []

    def add(self, item: JSON) -> JSON:
        """Take an item; the input of a child if a batch is full, else ``None``.

        >>> batcher = ItemBatcher(max_items=2)
        >>> [batcher.add(item) for item in (1, 2, 3)], batcher.rest()
        ([None, {'Items': [1, 2]}, None], {'Items': [3]})
        """
        length = size(item) + bool(self.items)  # a comma
        if self.items and self._size + length > self.max_bytes:
            batch = self.rest()
            self.items.append(item)
            self._size += length - 1
            return batch
        self.items.append(item)
        self._size += length
        return self.rest() if len(self.items) == self.max_items else None

    def rest(self) -> JSON:
        """The input of the child that gets what is waiting; ``None`` if that is nothing."""
        if not self.items:
            return None
        batch: JSON = {**self.head, "Items": self.items}
        self.items = []
        self._size = self._base
        return batch


def batches(
    items: Iterable[JSON],
    max_items: int | None = None,
    max_bytes: int | None = None,
    batch_input: JSON | object = _NO_INPUT,
) -> Iterator[JSON]:
    """The inputs of the children, lazily.

    >>> list(batches(["a", "b", "c"], max_items=2, batch_input={"day": 1}))
    [{'BatchInput': {'day': 1}, 'Items': ['a', 'b']}, {'BatchInput': {'day': 1}, 'Items': ['c']}]
    """
    batcher = ItemBatcher(max_items, max_bytes, batch_input)
    for item in items:
        if (batch := batcher.add(item)) is not None:
            yield batch
    if (batch := batcher.rest()) is not None:
        yield batch
