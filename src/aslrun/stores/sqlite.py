"""The execution store in an SQLite file: durable, for one process at a time.

Here is whose the file is, and how it is opened; ``sqlite_writer`` and ``sqlite_reader`` do the rest.

Rules that a change must keep:

1. A batch is one transaction, and with ``synchronous=FULL`` it is on the disk when ``write`` returns.
2. Every row has a checksum over its place and all that it says, and an execution knows how many events it has. What
   does not agree is ``StoreDamaged``, never an answer.
3. The owner holds a lock beside the file (``-owner``), not on the database: others may read, and may write to tables of
   their own, while executions run.
4. Every error of SQLite becomes a ``StoreError`` that names the file, and never a payload.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal

from ..errors import StoreBusy, StoreDamaged, StoreUnavailable
from .file_lock import FileLock
from .protocols import Change, Listed, Query, StoredExecution
from .sqlite_log import LOG_DAMAGED, is_log_damaged
from .sqlite_reader import SQLiteReader
from .sqlite_room import WORTH, give_room
from .sqlite_rows import FileErrors
from .sqlite_schema import VERSION, migrate, version_of
from .sqlite_tokens import SQLiteTokenStore
from .sqlite_writer import SQLiteWriter

HURRIED = 64  # transactions in a row that did not wait: the next one has to, and copies the log back if it is long
BUSY = 10.0  # seconds that others may keep us waiting with a transaction of theirs
CHECKED = 64 * 1024 * 1024  # bytes of a file that is checked as a whole when it is opened


class SQLiteStore:
    """Executions in an SQLite file, which is made when it is not there.

    ``synchronous`` is ``"FULL"`` (what is acknowledged survives a power cut) or ``"NORMAL"`` (it survives the end of
    the process, and several times as much can be done). ``check`` has a file of up to 64 MiB checked as a whole
    when it is opened; its log and the rows that are read are always checked. Raises ``StoreError`` when it is used,
    not before.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = SQLiteStore(folder + "/runs.db")
    ...     with store.opened():
    ...         store.list(Query())
    []
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        synchronous: Literal["FULL", "NORMAL"] = "FULL",
        check: bool = True,
    ) -> None:
        if synchronous not in ("FULL", "NORMAL"):
            raise ValueError(f'synchronous must be "FULL" or "NORMAL", not {synchronous!r}')
        self._tokens: SQLiteTokenStore | None = None
        self.path = Path(path)
        self._name = str(self.path)
        self._synchronous, self._check = synchronous, check
        self._lock = FileLock(self.path.with_name(self.path.name + "-owner"), self._name)
        self._errors = FileErrors(self._name)
        self._writer: SQLiteWriter | None = None
        self._written = 0  # transactions
        self._reader: SQLiteReader | None = None

    def __repr__(self) -> str:
        return f"SQLiteStore({self._name!r})"

    def __del__(self) -> None:
        if getattr(self, "_tokens", None) or getattr(self, "_reader", None):
            self.close()

    # ------------------------------------------------------------------ owning

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Be the owner within the block.

        Raises ``StoreInUse``, ``StoreTooNew``, ``StoreDamaged`` or ``StoreUnavailable``.
        """
        with ExitStack() as closing:
            self._lock.acquire()
            closing.callback(self._lock.release)
            closing.callback(self.close)
            with self._errors:
                connection = self.connect()
                self._writer, self._written = SQLiteWriter(connection), 0
                connection.execute(f"PRAGMA synchronous = {self._synchronous}")
                migrate(connection, self._name)
                self._check_file(connection)
            yield

    def owner(self) -> int | None:
        """The number of the process that owns the store now, if one does and is known."""
        return self._lock.owner()

    def close(self) -> None:
        """Close the file; what is read later opens it again."""
        for opened in (self._tokens, self._reader, self._writer):
            if opened is not None:
                opened.close()
        self._tokens = self._reader = self._writer = None

    def connect(self) -> sqlite3.Connection:
        """A new connection to the file, for whoever keeps tables of their own in it; the caller closes it."""
        with self._errors:
            self._check_log()
            connection = sqlite3.connect(self._name, timeout=BUSY, isolation_level=None, check_same_thread=False)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except BaseException:
                connection.close()
                raise
            return connection

    def _check_log(self) -> None:
        """What SQLite would take for the end of its log, and drop, is not always that."""
        is_first = self._writer is None and self._reader is None
        if is_first and self._synchronous == "FULL" and is_log_damaged(self.path):
            raise StoreDamaged(self._name, LOG_DAMAGED)

    def _check_file(self, connection: sqlite3.Connection) -> None:
        if not self._check:
            return
        how = "integrity_check" if self.path.stat().st_size <= CHECKED else None
        if how and (found := connection.execute(f"PRAGMA {how}(1)").fetchone()[0]) != "ok":
            raise StoreDamaged(self._name, f"SQLite finds it damaged: {found.splitlines()[0]}")

    def tokens(self) -> SQLiteTokenStore:
        """The task tokens that are kept in the same file; to be used until ``close``."""
        if self._tokens is None:
            self._tokens = SQLiteTokenStore(self.path)
        return self._tokens

    # ------------------------------------------------------------------ writing and reading

    def write(self, changes: Sequence[Change], *, wait: bool = True) -> None:
        """Make all changes in one transaction. Raises ``JournalConflict`` or another ``StoreError``."""
        writer = self._writer
        if writer is None:
            raise StoreUnavailable(self._name, "the store is not open for writing")
        wants_room = self._written + 1 == WORTH and self._synchronous == "FULL"
        if not wait and (wants_room or writer.hurried >= HURRIED):
            raise StoreBusy(self._name, "its log is to be looked after")
        with self._errors:
            writer.write(changes, BUSY if wait else 0.0)
            self._written += 1
            if wants_room:
                give_room(writer.connection, self.path)

    def load(self, arn: str) -> StoredExecution | None:
        """The execution, or ``None``. Raises ``StoreError``."""
        with self._errors:
            return self._reading().load(arn)

    def list(self, query: Query) -> list[Listed]:
        """One page of executions. Raises ``StoreError``."""
        with self._errors:
            return self._reading().list(query)

    def _reading(self) -> SQLiteReader:
        if self._reader is None:
            self._reader = SQLiteReader(self._new_reader(), self._name)
        return self._reader

    def _new_reader(self) -> sqlite3.Connection:
        if not self.path.is_file():
            raise StoreUnavailable(self._name, "there is no such file")
        reader = self.connect()
        try:
            if version_of(reader, self._name) < VERSION:
                raise StoreUnavailable(self._name, "no executions were ever kept in it by this version of aslrun")
            if self._writer is None:  # a damaged index would hide executions
                self._check_file(reader)
        except BaseException:
            reader.close()
            raise
        return reader
