"""The seam to an object store: what item readers and result writers ask of S3, or of what stands in for it.

``stores.objects`` has one in memory and one over a folder; both floors agree by shape, neither imports the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol


class ListedObject(Protocol):
    """What a listing says of an object; ``last_modified`` is in epoch seconds, ``etag`` has no quotes."""

    @property
    def key(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def etag(self) -> str: ...
    @property
    def last_modified(self) -> float: ...
    @property
    def storage_class(self) -> str: ...


class ObjectStore(Protocol):
    """Buckets of objects. A request that fails raises an ``AslrunError`` with the message that S3 would give.

    Calls block: a driver that must not wait makes them in a worker thread.
    """

    def read(self, bucket: str, key: str, version: str | None = None) -> Iterator[bytes]:
        """The content of an object, in chunks."""
        ...

    def list(self, bucket: str, prefix: str = "") -> Iterator[ListedObject]:
        """The objects whose keys begin with the prefix, in the order of their keys."""
        ...

    def write(self, bucket: str, key: str) -> AbstractContextManager[Callable[[bytes], object]]:
        """A function that takes the chunks of a new object, which appears when the block ends without an error."""
        ...
