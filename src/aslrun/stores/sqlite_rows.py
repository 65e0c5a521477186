"""The rows of a store in an SQLite file: their columns, their checksums, and what is wrong with them.

Rules that a change must keep:

1. A checksum is over the place of a row and all that it says. It is part of the format: what was written by an older
   version has the same.
2. An error names the file and the execution, and never what a row says.
"""

from __future__ import annotations

import sqlite3
from hashlib import sha256
from types import TracebackType
from zlib import crc32

from ..errors import StoreBusy, StoreDamaged, StoreUnavailable
from .protocols import Standing

BIRTH = "name, machine, parent, started, definition, about, born"
STANDING = "status, stopped, due, asleep, ending, position, crc"
NO_FOLDER = "its folder may not be written to, and even to read the file SQLite keeps a log there: read a copy of it"


def hash_of(text: str) -> str:
    """Under which a definition is kept."""
    return sha256(text.encode()).hexdigest()


def crc_of(*said: object) -> int:
    """The checksum of a row."""
    return crc32(repr(said).encode("utf-8", "surrogatepass"))


def standing_row(number: int, standing: Standing, position: int) -> tuple[object, ...]:
    """The columns of ``STANDING``."""
    stopped = None if standing.stopped is None else float(standing.stopped)
    due = None if standing.due is None else float(standing.due)
    said = (standing.status, stopped, due, int(standing.asleep), standing.end, position)
    return (*said, crc_of(number, *said))


class Damage:
    """What is said of the rows of one file."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def to(self, arn: str, what: str) -> StoreDamaged:
        """An execution is not what was written."""
        return StoreDamaged(self.name, f"the execution {arn} is damaged: {what}")

    def standing(self, arn: str, number: object, row: tuple[object, ...]) -> Standing:
        """How an execution stands, from the columns of ``STANDING``. Raises ``StoreDamaged``."""
        *said, crc = row
        if crc_of(number, *said) != crc:
            raise self.to(arn, "how it stands is not what was written")
        status, stopped, due, asleep, ending, _ = said
        return Standing(status, stopped, due, bool(asleep), ending)  # type: ignore[arg-type]

    def check_born(self, arn: str, row: tuple[object, ...]) -> None:
        """Raise ``StoreDamaged`` unless the columns of ``BIRTH`` are what was written."""
        *said, born = row
        if crc_of(arn, *said) != born:
            raise self.to(arn, "what it is is not what was written")


class FileErrors:
    """Makes what SQLite and the file system raise within it errors that name the file."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if isinstance(error, sqlite3.DatabaseError):
            known = getattr(error, "sqlite_errorname", "")
            if known == "SQLITE_READONLY_DIRECTORY":
                raise StoreUnavailable(self._name, NO_FOLDER) from error
            if known.startswith("SQLITE_BUSY"):
                raise StoreBusy(self._name, str(error)) from error
            meant = StoreUnavailable if isinstance(error, sqlite3.OperationalError) else StoreDamaged
            raise meant(self._name, str(error)) from error
        if isinstance(error, (OSError, UnicodeDecodeError)):
            raise StoreUnavailable(self._name, str(error)) from error
