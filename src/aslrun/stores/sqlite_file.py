"""A connection to the tables of tokens and callbacks in an SQLite file, which may have other tables as well.

Rules that a change must keep:

1. These tables have a version of their own, in a table of theirs; a version that is newer than the library is refused.
2. One statement at a time on a connection, from any thread; every write is one short transaction, for other
   processes write into the same file.
3. What SQLite has to complain about is a ``TokenStoreError`` that names the file, and never shows a token.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from .sqlite_log import LOG_DAMAGED, is_log_damaged
from .tokens import TokenStoreError

if TYPE_CHECKING:
    import sqlite3

VERSION = 1
PATIENCE = 10.0  # seconds to wait for another process that writes

Value = str | bytes | int | float | None
Row = Sequence[Value]

_TABLES = """
CREATE TABLE IF NOT EXISTS aslrun_tokens (
    id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL, secret BLOB
);
CREATE TABLE IF NOT EXISTS aslrun_token_keys (
    key TEXT PRIMARY KEY, token TEXT NOT NULL, expires REAL NOT NULL, used INTEGER NOT NULL, crc INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS aslrun_callbacks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, token TEXT NOT NULL, kind TEXT NOT NULL, body BLOB NOT NULL,
    taken INTEGER NOT NULL DEFAULT 0, verdict TEXT, answered REAL
);
CREATE INDEX IF NOT EXISTS aslrun_callbacks_new ON aslrun_callbacks (id) WHERE taken = 0;
INSERT OR IGNORE INTO aslrun_tokens VALUES (1, 1, NULL);
"""


class SQLiteFile:
    """One connection. Raises ``TokenStoreError``; without ``create`` also if the file is not there."""

    __slots__ = ("_connection", "_lock", "_path")

    def __init__(self, path: os.PathLike[str] | str, create: bool = True) -> None:
        self._path = Path(path)
        self._lock = Lock()
        if not create and not self._path.is_file():
            raise TokenStoreError(f"{self._path}: there is no such file")
        with self._complaints("open"):
            self._connection = _connected(self._path)
            self._prepare()

    @property
    def path(self) -> Path:
        return self._path

    def read(self, query: str, *values: Value) -> list[Row]:
        """The rows of a query."""
        with self._lock, self._complaints("read"):
            return self._connection.execute(query, values).fetchall()

    def write(self, *statements: tuple[str, Sequence[Value]]) -> int:
        """Make changes in one transaction; how many rows the last of them changed."""
        changed = 0
        with self._lock, self._complaints("write"), self._transaction():
            for statement, values in statements:
                changed = self._connection.execute(statement, values).rowcount
        return changed

    def returning(self, statement: str, *values: Value) -> list[Row]:
        """Make a change in a transaction; the rows that it returns."""
        with self._lock, self._complaints("write"), self._transaction():
            return self._connection.execute(statement, values).fetchall()

    def close(self) -> None:
        """Let go of the file; what is asked afterwards is a ``TokenStoreError``."""
        with self._lock:
            self._connection.close()

    def _prepare(self) -> None:
        if not self._connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'aslrun_tokens'").fetchone():
            self._connection.executescript(f"BEGIN IMMEDIATE; {_TABLES} COMMIT;")
        row = self._connection.execute("SELECT version FROM aslrun_tokens").fetchone()
        version = row[0] if row else None
        if not isinstance(version, int):
            raise TokenStoreError(f"{self._path}: its tables of task tokens are damaged")
        if version > VERSION:
            raise TokenStoreError(
                f"{self._path}: its tables of task tokens have version {version}, of a newer aslrun; "
                f"this one knows version {VERSION}"
            )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    @contextmanager
    def _complaints(self, verb: str) -> Iterator[None]:
        import sqlite3

        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise TokenStoreError(f"{self._path}: cannot {verb} the task tokens: {error}") from error


def _connected(path: Path) -> sqlite3.Connection:
    import sqlite3

    if is_log_damaged(path):
        raise sqlite3.DatabaseError(LOG_DAMAGED)
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.text_factory = _text
    return connection


def _text(stored: bytes) -> str:
    """What is damaged is no token any more; SQLite's own complaint would show it."""
    return stored.decode("utf-8", "replace")
