"""Object stores in the box: buckets of objects in memory, and buckets that are folders on a disk.

They serve as what a Distributed Map reads and writes where AWS has S3 (the protocol is ``ObjectStore`` in
``resources.objects``; this floor does not import that one).

Rules that a change must keep:

1. Reading is lazy, in chunks: an object never has to fit in memory.
2. An object appears whole or not at all: what is written shows up when its ``with`` block ends without an error.
3. Listings come in the order of the keys' UTF-8 bytes, as S3's do.
4. A key never leads out of its bucket: not by ``..``, not by an absolute path, not by a symbolic link.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path

from ..errors import AslrunError

CHUNK = 65_536


class ObjectStoreError(AslrunError):
    """The store refused a request; the message is the one that S3 would give."""


class NoSuchBucket(ObjectStoreError):
    """There is no bucket of this name."""

    def __init__(self, bucket: str) -> None:
        self.bucket = bucket
        super().__init__("The specified bucket does not exist")


class NoSuchKey(ObjectStoreError):
    """The bucket has no object of this key."""

    def __init__(self, bucket: str, key: str) -> None:
        self.bucket, self.key = bucket, key
        super().__init__("The specified key does not exist.")


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """What a listing says of an object; ``last_modified`` is in epoch seconds, ``etag`` has no quotes."""

    key: str
    size: int
    etag: str
    last_modified: float = 0.0
    storage_class: str = "STANDARD"


class MemoryObjectStore:
    """Buckets in a dictionary: for tests. ``now`` gives the time of writing, in epoch seconds.

    >>> store = MemoryObjectStore({"data": {"numbers.json": b"[1, 2]"}})
    >>> b"".join(store.read("data", "numbers.json"))
    b'[1, 2]'
    """

    __slots__ = ("_buckets", "_now")

    def __init__(
        self, buckets: dict[str, dict[str, bytes]] | None = None, now: Callable[[], float] = lambda: 0.0
    ) -> None:
        self._now = now
        self._buckets: dict[str, dict[str, tuple[bytes, float]]] = {}
        for bucket, objects in (buckets or {}).items():
            self.create_bucket(bucket)
            for key, content in objects.items():
                self.put(bucket, key, content)

    def create_bucket(self, bucket: str) -> None:
        """Make an empty bucket, unless it is there already."""
        self._buckets.setdefault(bucket, {})

    def put(self, bucket: str, key: str, content: bytes) -> None:
        """Store an object. Raises ``NoSuchBucket``."""
        self._bucket(bucket)[key] = (content, self._now())

    def read(self, bucket: str, key: str, version: str | None = None) -> Iterator[bytes]:
        """The object in chunks; there is one version of each. Raises ``NoSuchBucket`` or ``NoSuchKey``."""
        found = self._bucket(bucket).get(key)
        if found is None:
            raise NoSuchKey(bucket, key)
        content = found[0]
        return (content[start : start + CHUNK] for start in range(0, len(content), CHUNK))

    def list(self, bucket: str, prefix: str = "") -> Iterator[ObjectInfo]:
        """The objects whose keys have the prefix. Raises ``NoSuchBucket``."""
        objects = self._bucket(bucket)
        keys = sorted((key for key in objects if key.startswith(prefix)), key=str.encode)
        return (_information(key, *objects[key]) for key in keys)

    @contextmanager
    def write(self, bucket: str, key: str) -> Iterator[Callable[[bytes], object]]:
        """A function that takes the chunks of a new object. Raises ``NoSuchBucket``."""
        self._bucket(bucket)
        content = bytearray()
        yield content.extend
        self.put(bucket, key, bytes(content))

    def _bucket(self, bucket: str) -> dict[str, tuple[bytes, float]]:
        try:
            return self._buckets[bucket]
        except KeyError:
            raise NoSuchBucket(bucket) from None


def _information(key: str, content: bytes, at: float) -> ObjectInfo:
    return ObjectInfo(key, len(content), md5(content, usedforsecurity=False).hexdigest(), at)


class FolderObjectStore:
    """Each folder under ``root`` is a bucket, each file below it an object; ``/`` in a key is a folder.

    A listing reads every file that it names, for the ETag. Raises ``NoSuchBucket``, ``NoSuchKey`` or
    ``ObjectStoreError``.
    """

    __slots__ = ("_root",)

    def __init__(self, root: Path | str) -> None:
        self._root = Path(root).resolve()

    def read(self, bucket: str, key: str, version: str | None = None) -> Iterator[bytes]:
        """The object in chunks; there is one version of each. Raises ``NoSuchBucket`` or ``NoSuchKey``."""
        path = self._path(bucket, key)
        if not path.is_file():
            raise NoSuchKey(bucket, key)
        return _chunks(path)

    def list(self, bucket: str, prefix: str = "") -> Iterator[ObjectInfo]:
        """The objects whose keys have the prefix. Raises ``NoSuchBucket``."""
        folder = self._folder(bucket)
        keys = sorted((key for key in _keys(folder) if key.startswith(prefix)), key=str.encode)
        return (_file_information(folder, key) for key in keys)

    def write(self, bucket: str, key: str) -> AbstractContextManager[Callable[[bytes], object]]:
        """A function that takes the chunks of a new object. Raises ``NoSuchBucket`` or ``ObjectStoreError``."""
        return _written(self._path(bucket, key))

    def _folder(self, bucket: str) -> Path:
        folder = self._root / bucket
        if bucket in {"", ".", ".."} or folder.parent != self._root or not folder.is_dir():
            raise NoSuchBucket(bucket)
        return folder

    def _path(self, bucket: str, key: str) -> Path:
        folder = self._folder(bucket)
        parts = key.split("/")
        if not key or "\0" in key or any(part in {"", ".", ".."} or "\\" in part for part in parts):
            raise ObjectStoreError(f"the key {key!r} cannot be a file below the folder of its bucket")
        path = folder.joinpath(*parts)
        if not path.resolve().is_relative_to(folder.resolve()):
            raise ObjectStoreError(f"the key {key!r} leads out of the folder of its bucket")
        return path


_UNFINISHED = ".unfinished-"  # begins the name of a file that is still being written


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except OSError as error:
        raise ObjectStoreError(f"cannot read {path}: {error.strerror}") from error


def _keys(folder: Path) -> Iterator[str]:
    """Files under symbolic links are left out, as reading them is refused."""
    inside = folder.resolve()
    for path in folder.rglob("*"):
        if path.is_file() and not path.name.startswith(_UNFINISHED) and path.resolve().is_relative_to(inside):
            yield path.relative_to(folder).as_posix()


def _file_information(folder: Path, key: str) -> ObjectInfo:
    path = folder / key
    digest = md5(usedforsecurity=False)
    for chunk in _chunks(path):
        digest.update(chunk)
    status = path.stat()
    return ObjectInfo(key, status.st_size, digest.hexdigest(), status.st_mtime)


@contextmanager
def _written(path: Path) -> Iterator[Callable[[bytes], object]]:
    """Written beside its place and moved there at the end."""
    from tempfile import NamedTemporaryFile  # imported here: few need it, and bz2 and lzma come with it

    unfinished: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, prefix=_UNFINISHED, delete=False) as file:
            unfinished = Path(file.name)
            yield file.write
        unfinished.replace(path)
    except OSError as error:
        raise ObjectStoreError(f"cannot write {path}: {error.strerror}") from error
    finally:
        if unfinished is not None:
            unfinished.unlink(missing_ok=True)
