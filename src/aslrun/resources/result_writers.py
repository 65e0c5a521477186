"""Result writers: the results of a map run in files, with a manifest that names them.

Rules that a change must keep (developer guide, "ResultWriter (Map)", and a recording):

1. Writing streams: of the results only the one at hand is in memory.
2. Children of one outcome go to files of their own, numbered from 0, none larger than 5 GB:
   ``<prefix>/<map run id>/SUCCEEDED_0.json``. What failed, timed out or was aborted is FAILED.
3. The manifest comes last: where it is, the result files are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field

from ..engine.map_results import TRANSFORMATIONS, ChildResult
from ..errors import AslrunError
from ..values import JSON, to_text
from .objects import ObjectStore

MAX_FILE_BYTES = 5 * 1024**3
_SUFFIXES = {"JSON": ".json", "JSONL": ".jsonl"}
_GROUPS = ("FAILED", "PENDING", "SUCCEEDED")  # in the order of the manifest


class ResultWriterFailed(AslrunError):
    """The results cannot be written; ``cause`` is the text for the history."""

    error = "States.ResultWriterFailed"

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


@dataclass(slots=True, frozen=True)
class Destination:
    """Where and how the results of a map run are written.

    ``transformation`` is NONE, COMPACT or FLATTEN, ``output_type`` JSON or JSONL.
    """

    bucket: str
    prefix: str
    map_run_arn: str
    transformation: str = "NONE"
    output_type: str = "JSON"
    max_file_bytes: int = MAX_FILE_BYTES

    @property
    def folder(self) -> str:
        """The beginning of every key.

        >>> Destination("b", "jobs", "arn:aws:states:us-east-1:1:mapRun:M/L:6d-b0").folder
        'jobs/6d-b0/'
        """
        run = self.map_run_arn.rpartition(":")[2]
        return f"{self.prefix.rstrip('/')}/{run}/".lstrip("/")


def write_results(store: ObjectStore, destination: Destination, children: Iterable[ChildResult]) -> JSON:
    """Write the results and their manifest; the output of the Map state.

    Raises ``ResultWriterFailed``; then no manifest was written.

    >>> from aslrun.stores.objects import MemoryObjectStore
    >>> store = MemoryObjectStore({"results": {}})
    >>> write_results(store, Destination("results", "jobs", "arn:aws:states:us-east-1:1:mapRun:M/L:6d-b0"), [])
    {'MapRunArn': 'arn:...:6d-b0', 'ResultWriterDetails': {'Bucket': 'results', 'Key': 'jobs/6d-b0/manifest.json'}}
    """
    if destination.transformation not in TRANSFORMATIONS or destination.output_type not in _SUFFIXES:
        raise ResultWriterFailed(
            f"WriterConfig must have a Transformation of {', '.join(TRANSFORMATIONS)} and an OutputType of "
            f"{', '.join(_SUFFIXES)}, not {destination.transformation} and {destination.output_type}."
        )
    try:
        files = _write_files(store, destination, children)
        key = _write_manifest(store, destination, files)
    except (AslrunError, OSError) as error:
        raise ResultWriterFailed(str(error)) from error
    return {
        "MapRunArn": destination.map_run_arn,
        "ResultWriterDetails": {"Bucket": destination.bucket, "Key": key},
    }


def _write_files(
    store: ObjectStore, destination: Destination, children: Iterable[ChildResult]
) -> dict[str, list[JSON]]:
    """Write the result files; what the manifest says of them."""
    transform = TRANSFORMATIONS[destination.transformation]
    with ExitStack() as stack:
        groups = {group: _Files(store, destination, group, stack) for group in _GROUPS}
        for child in children:
            files = groups[child.status if child.status in groups else "FAILED"]
            for result in transform(child):
                files.add(result)
        for files in groups.values():
            files.close()
    return {group: files.written for group, files in groups.items()}


def _write_manifest(store: ObjectStore, destination: Destination, files: dict[str, list[JSON]]) -> str:
    manifest: JSON = {
        "DestinationBucket": destination.bucket,
        "MapRunArn": destination.map_run_arn,
        "ResultFiles": {**files},
    }
    key = f"{destination.folder}manifest.json"
    with store.write(destination.bucket, key) as write:
        write(to_text(manifest).encode())
    return key


@dataclass(slots=True)
class _Files:
    """The files of one outcome; at most one is open."""

    store: ObjectStore
    destination: Destination
    group: str
    owner: ExitStack
    written: list[JSON] = field(default_factory=list)
    _write: Callable[[bytes], object] | None = None
    _open: ExitStack = field(default_factory=ExitStack)
    _size: int = 0

    @property
    def _key(self) -> str:
        suffix = _SUFFIXES[self.destination.output_type]
        return f"{self.destination.folder}{self.group}_{len(self.written)}{suffix}"

    def add(self, result: JSON) -> None:
        """One more result, in a new file if the last one is full."""
        text = to_text(result).encode()
        if self._write is not None and self._size + len(text) + 2 > self.destination.max_file_bytes:
            self.close()
        lines = self.destination.output_type == "JSONL"
        if self._write is None:
            self._begin(b"" if lines else b"[")
            self._put(text)
        else:
            self._put((b"" if lines else b",") + text)
        if lines:
            self._put(b"\n")

    def close(self) -> None:
        """The open file is whole."""
        if self._write is None:
            return
        if self.destination.output_type == "JSON":
            self._put(b"]")
        self._open.close()
        self._write = None
        self.written.append({"Key": self._key, "Size": self._size})

    def _begin(self, head: bytes) -> None:
        self._open = ExitStack()
        self._write = self._open.enter_context(self.store.write(self.destination.bucket, self._key))
        self.owner.push(self._open)
        self._size = 0
        if head:
            self._put(head)

    def _put(self, data: bytes) -> None:
        assert self._write is not None
        self._write(data)
        self._size += len(data)
