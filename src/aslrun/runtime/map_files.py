"""What a driver reads and writes for map runs: items from the object store, results of children into it.

Reading and writing are calls like those of handlers, so they are made in a worker thread where there are any, and in
place in a simulation.

Rules that a change must keep:

1. An open file is kept between two reads of a map run. Whoever asks for other items than the next ones, as after a
   crash, gets them from a file that is opened anew.
2. Results of children are on disk, not in memory, until they are written; there they stand in the order of items.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import cast

from ..engine.effects import ScheduleTask
from ..engine.map_results import ChildResult, transformed
from ..errors import TaskError
from ..resources.handler import Handler
from ..resources.invocation import AboutTask, Invocation
from ..resources.item_readers import Item, ItemReaderFailed, read_chunk, read_items
from ..resources.objects import ObjectStore
from ..resources.registry import Resources
from ..resources.result_writers import Destination, ResultWriterFailed, write_results
from ..values import JSON, parse, to_text

AT_A_TIME = 250  # items of one read: their children may all run in one turn of an event loop
IN_MEMORY = 1024 * 1024  # bytes of results of a map run, before they go to disk


class MapFiles:
    """The open files of the map runs of one driver; the object store is that of its ``resources``, if there is one."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._open: dict[str, tuple[Iterator[Item], int]] = {}
        self._results: dict[str, Results] = {}
        self._handlers: dict[str, Handler] = {}  # made when they are needed: a simulation is short

    def call(self, scheduled: ScheduleTask, about: AboutTask) -> Invocation:
        """The call that does an ``item_reader`` or ``result_writer`` task."""
        return Invocation(self._handler(scheduled.role), scheduled.resource, _with_resource(scheduled), about)

    def _handler(self, role: str) -> Handler:
        if role not in self._handlers:
            work = self._read if role == "item_reader" else self._write
            self._handlers[role] = Handler(role, work, pure=True)
        return self._handlers[role]

    def keep(self, map_run: str, index: int, child: ChildResult) -> None:
        """Keep the result of a child until it is written."""
        results = self._results.get(map_run)
        if results is None:
            results = self._results[map_run] = Results()
        results.add(index, child)

    def rest(self, map_run: str) -> None:
        """The map run is over, but may be redriven: only its results are kept."""
        self._open.pop(map_run, None)

    def forget(self, map_run: str) -> None:
        """The map run is over for good."""
        self.rest(map_run)
        results = self._results.pop(map_run, None)
        if results is not None:
            results.close()

    def close(self) -> None:
        """Nothing more will be read or written."""
        for map_run in {*self._open, *self._results}:
            self.forget(map_run)

    # ------------------------------------------------------------------ reading

    def _read(self, request: dict[str, JSON]) -> JSON:
        run, skip = cast(str, request["MapRun"]), cast(int, request["Skip"])
        try:
            items = self._items(run, skip, request)
            chunk, last = read_chunk(items, AT_A_TIME)
        except ItemReaderFailed as failed:
            self._open.pop(run, None)
            raise TaskError(failed.error, failed.cause) from failed
        if last:
            self._open.pop(run, None)
        else:
            self._open[run] = (items, skip + len(chunk))
        return {"Items": [[item.value, item.source, item.key] for item in chunk], "Last": last}

    def _items(self, run: str, skip: int, request: dict[str, JSON]) -> Iterator[Item]:
        """The items after those that the map run has."""
        known = self._open.pop(run, None)
        if known is not None and known[1] == skip:
            return known[0]
        items = read_items(
            self._store(), cast(str, request["Resource"]), _object(request["Arguments"]), _object(request["Config"])
        )
        next(islice(items, skip, skip), None)
        return items

    def _store(self) -> ObjectStore:
        store = self._resources.objects
        if store is None:
            raise ItemReaderFailed("There is no object store: give one as Resources(objects=...).")
        return store

    # ------------------------------------------------------------------ writing

    def _write(self, request: dict[str, JSON]) -> JSON:
        run, form = cast(str, request["MapRun"]), cast(str, request["Transformation"])
        children = self._results.get(run) or ()
        if not request["Resource"]:
            return list(transformed(children, form))
        try:
            return write_results(*self._destination(run, request), children)
        except ResultWriterFailed as failed:
            raise TaskError(failed.error, failed.cause) from failed

    def _destination(self, run: str, request: dict[str, JSON]) -> tuple[ObjectStore, Destination]:
        store, arguments = self._resources.objects, _object(request["Arguments"])
        bucket, prefix = arguments.get("Bucket"), arguments.get("Prefix", "")
        if store is None:
            raise ResultWriterFailed("There is no object store: give one as Resources(objects=...).")
        if not isinstance(bucket, str) or not isinstance(prefix, str):
            raise ResultWriterFailed("The fields Bucket and Prefix of the ResultWriter must be texts.")
        form, type = cast(str, request["Transformation"]), cast(str, request["OutputType"])
        return store, Destination(bucket, prefix, run, form, type)


def _with_resource(scheduled: ScheduleTask) -> JSON:
    return {**cast("dict[str, JSON]", scheduled.arguments), "Resource": scheduled.resource}


def _object(value: JSON) -> dict[str, JSON]:
    return value if isinstance(value, dict) else {}


class Results:
    """Results of the children of a map run, in a file that is on disk if it is large; read in the order of items."""

    __slots__ = ("_file", "_places")

    def __init__(self) -> None:
        from tempfile import SpooledTemporaryFile  # imported here: few need it, and bz2 and lzma come with it

        self._file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # closed by its owner
        self._places: dict[int, int] = {}

    def add(self, index: int, child: ChildResult) -> None:
        """One more; ``index`` is the child's place among its siblings."""
        self._places[index] = self._file.seek(0, 2)
        self._file.write(to_text([getattr(child, name) for name in ChildResult.__slots__]).encode() + b"\n")

    def __iter__(self) -> Iterator[ChildResult]:
        for index in sorted(self._places):
            self._file.seek(self._places[index])
            yield ChildResult(*cast("list[object]", parse(self._file.readline().decode())))  # type: ignore[arg-type]

    def close(self) -> None:
        """They are needed no more."""
        self._file.close()

    def __del__(self) -> None:
        self._file.close()
