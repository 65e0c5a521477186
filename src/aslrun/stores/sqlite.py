"""The execution store in an SQLite file: durable, for one process at a time.

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
from hashlib import sha256
from pathlib import Path
from typing import Literal
from zlib import crc32

from ..errors import JournalConflict, StoreDamaged, StoreUnavailable
from .file_lock import FileLock
from .protocols import Birth, Change, Listed, Query, Snapshot, Standing, StoredExecution
from .sqlite_log import LOG_DAMAGED, is_log_damaged
from .sqlite_schema import VERSION, migrate, version_of
from .sqlite_tokens import SQLiteTokenStore

BUSY = 10.0  # seconds that others may keep us waiting with a transaction of theirs
CHECKED = 64 * 1024 * 1024  # bytes of a file that is checked as a whole when it is opened
KNOWN = 20_000  # executions whose row numbers are remembered

_BIRTH = "name, machine, parent, started, definition, about, born"
_STANDING = "status, stopped, due, asleep, ending, position, crc"
_LISTED = f"id, arn, {_BIRTH}, {_STANDING}"


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
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        self._numbers: dict[str, int] = {}
        self._definitions: set[str] = set()

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
            with self._errors():
                self._writer = self.connect()
                self._writer.execute(f"PRAGMA synchronous = {self._synchronous}")
                migrate(self._writer, self._name)
                self._check_file(self._writer)
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
        self._numbers.clear()
        self._definitions.clear()

    def connect(self) -> sqlite3.Connection:
        """A new connection to the file, for whoever keeps tables of their own in it; the caller closes it."""
        with self._errors():
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

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """What SQLite and the file system raise, as errors that name the file."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            kind = StoreUnavailable if isinstance(error, sqlite3.OperationalError) else StoreDamaged
            raise kind(self._name, str(error)) from error
        except (OSError, UnicodeDecodeError) as error:
            raise StoreUnavailable(self._name, str(error)) from error

    def tokens(self) -> SQLiteTokenStore:
        """The task tokens that are kept in the same file; to be used until ``close``."""
        if self._tokens is None:
            self._tokens = SQLiteTokenStore(self.path)
        return self._tokens

    # ------------------------------------------------------------------ writing

    def write(self, changes: Sequence[Change]) -> None:
        """Make all changes in one transaction. Raises ``JournalConflict`` or another ``StoreError``."""
        connection = self._writer
        if connection is None:
            raise StoreUnavailable(self._name, "the store is not open for writing")
        with self._errors():
            try:
                connection.execute("BEGIN IMMEDIATE")
                self._make(connection, changes)
                connection.execute("COMMIT")
            except BaseException:
                self._numbers.clear()
                self._definitions.clear()
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _make(self, connection: sqlite3.Connection, changes: Sequence[Change]) -> None:
        journal: list[tuple[int, int, str, int]] = []
        standings: list[tuple[object, ...]] = []
        for change in changes:
            if change.forget:
                self._forget(connection, change.arn)
                continue
            if change.birth is not None:
                number = self._bear(connection, change, change.birth)
            else:
                number = self._number(connection, change)
                row = _standing_row(number, change.standing, change.position + len(change.events))
                standings.append((*row, number, change.position))
            for position, event in enumerate(change.events, change.position):
                journal.append((number, position, event, _crc(number, position, event)))
            if change.snapshot is not None:
                self._cut(connection, number, change.snapshot, journal)
        self._stand(connection, standings)
        if journal:
            connection.executemany("INSERT INTO journal VALUES (?, ?, ?, ?)", journal)

    def _stand(self, connection: sqlite3.Connection, standings: list[tuple[object, ...]]) -> None:
        if not standings:
            return
        statement = (
            "UPDATE executions SET status = ?, stopped = ?, due = ?, asleep = ?, ending = ?, position = ?, crc = ? "
            "WHERE id = ? AND position = ?"
        )
        if connection.executemany(statement, standings).rowcount != len(standings):
            raise self._conflict(connection, standings)

    def _conflict(self, connection: sqlite3.Connection, standings: list[tuple[object, ...]]) -> JournalConflict:
        for *_, number, position in standings:
            arn, there = connection.execute("SELECT arn, position FROM executions WHERE id = ?", (number,)).fetchone()
            if there != position:
                break
        return JournalConflict(arn, position, there)  # type: ignore[arg-type]

    def _bear(self, connection: sqlite3.Connection, change: Change, birth: Birth) -> int:
        if change.position:
            raise JournalConflict(change.arn, change.position, 0)
        definition = self._definition(connection, birth.definition)
        said = (birth.name, birth.machine, birth.parent, float(birth.started), definition, birth.about)
        try:
            number = connection.execute(
                f"INSERT INTO executions (arn, {_BIRTH}, {_STANDING}) VALUES (?{', ?' * 14})",
                (change.arn, *said, _crc(change.arn, *said), *_standing_row(0, change.standing, 0)),
            ).lastrowid
        except sqlite3.IntegrityError:
            row = connection.execute("SELECT position FROM executions WHERE arn = ?", (change.arn,)).fetchone()
            raise JournalConflict(change.arn, 0, row[0]) from None
        assert number is not None
        row = _standing_row(number, change.standing, len(change.events))
        connection.execute("UPDATE executions SET position = ?, crc = ? WHERE id = ?", (*row[-2:], number))
        self._know(change.arn, number)
        return number

    def _definition(self, connection: sqlite3.Connection, text: str) -> str:
        name = _hash(text)
        if name not in self._definitions:
            connection.execute("INSERT OR IGNORE INTO definitions VALUES (?, ?)", (name, text))
            self._definitions.add(name)
        return name

    def _number(self, connection: sqlite3.Connection, change: Change) -> int:
        number = self._numbers.get(change.arn)
        if number is None:
            row = connection.execute("SELECT id FROM executions WHERE arn = ?", (change.arn,)).fetchone()
            if row is None:
                raise JournalConflict(change.arn, change.position, 0)
            number = row[0]
            self._know(change.arn, number)
        return number

    def _know(self, arn: str, number: int) -> None:
        if len(self._numbers) >= KNOWN:
            self._numbers.clear()
        self._numbers[arn] = number

    def _cut(
        self,
        connection: sqlite3.Connection,
        number: int,
        snapshot: Snapshot,
        journal: list[tuple[int, int, str, int]],
    ) -> None:
        """Keep a snapshot instead of the events before it."""
        row = connection.execute("SELECT records FROM snapshots WHERE execution = ?", (number,)).fetchone()
        parts = 0 if row is None else row[0]
        for part, records in enumerate(snapshot.records, parts):
            connection.execute(
                "INSERT INTO history VALUES (?, ?, ?, ?)", (number, part, records, _crc(number, part, records))
            )
        said = (snapshot.position, snapshot.state, parts + len(snapshot.records))
        connection.execute("REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?)", (number, *said, _crc(number, *said)))
        connection.execute("DELETE FROM journal WHERE execution = ? AND position < ?", (number, snapshot.position))
        journal[:] = [each for each in journal if each[0] != number or each[1] >= snapshot.position]

    def _forget(self, connection: sqlite3.Connection, arn: str) -> None:
        for (child,) in connection.execute("SELECT arn FROM executions WHERE parent = ?", (arn,)).fetchall():
            self._forget(connection, child)
        row = connection.execute("SELECT id FROM executions WHERE arn = ?", (arn,)).fetchone()
        if row is not None:
            for table in ("journal", "snapshots", "history"):
                connection.execute(f"DELETE FROM {table} WHERE execution = ?", row)
            connection.execute("DELETE FROM executions WHERE id = ?", row)
            self._numbers.pop(arn, None)

    # ------------------------------------------------------------------ reading

    def load(self, arn: str) -> StoredExecution | None:
        """The execution, or ``None``. Raises ``StoreError``."""
        with self._errors(), self._reading() as connection:
            row = connection.execute(
                f"SELECT id, {_BIRTH}, {_STANDING} FROM executions WHERE arn = ?", (arn,)
            ).fetchone()
            if row is None:
                return None
            number, position = row[0], row[13]
            birth = self._birth(connection, arn, row[1:8])
            standing = self._standing(arn, number, row[8:])
            snapshot = self._snapshot(connection, arn, number)
            events = self._events(connection, arn, number, 0 if snapshot is None else snapshot.position)
        stored = StoredExecution(birth, standing, snapshot, events)
        if stored.position != position:
            raise self._damaged(arn, f"it has {position} events, of which {stored.position} are there")
        return stored

    def list(self, query: Query) -> list[Listed]:
        """One page of executions. Raises ``StoreError``."""
        conditions, values = _conditions(query)
        where = " AND ".join(conditions) or "TRUE"
        order = "DESC" if query.newest_first else "ASC"
        with self._errors(), self._reading() as connection:
            rows = connection.execute(
                f"SELECT {_LISTED} FROM executions WHERE {where} ORDER BY id {order} LIMIT ?", (*values, query.limit)
            ).fetchall()
        return [self._listed(row) for row in rows]

    def _listed(self, row: tuple[object, ...]) -> Listed:
        number, arn, name, machine, parent, started = row[:6]
        self._check_born(str(arn), row[2:9])
        standing = self._standing(str(arn), number, row[9:])
        return Listed(
            number,  # type: ignore[arg-type]
            arn,  # type: ignore[arg-type]
            name,  # type: ignore[arg-type]
            machine,  # type: ignore[arg-type]
            parent,  # type: ignore[arg-type]
            started,  # type: ignore[arg-type]
            standing.status,
            standing.stopped,
            standing.due,
            standing.asleep,
            row[14],  # type: ignore[arg-type]
        )

    def _check_born(self, arn: str, row: tuple[object, ...]) -> None:
        *said, born = row
        if _crc(arn, *said) != born:
            raise self._damaged(arn, "what it is is not what was written")

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """One view of the file, whatever is written meanwhile."""
        if self._reader is None:
            self._reader = self._new_reader()
        self._reader.execute("BEGIN")
        try:
            yield self._reader
        finally:
            self._reader.execute("COMMIT")

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

    def _birth(self, connection: sqlite3.Connection, arn: str, row: tuple[object, ...]) -> Birth:
        self._check_born(arn, row)
        name, machine, parent, started, definition, about, _ = row
        found = connection.execute("SELECT text FROM definitions WHERE hash = ?", (definition,)).fetchone()
        if found is None or _hash(str(found[0])) != definition:
            raise self._damaged(arn, "what it runs is not what was written")
        return Birth(name, machine, started, found[0], about, parent)  # type: ignore[arg-type]

    def _standing(self, arn: str, number: object, row: tuple[object, ...]) -> Standing:
        status, stopped, due, asleep, ending, _, crc = row
        standing = Standing(status, stopped, due, bool(asleep), ending)  # type: ignore[arg-type]
        if _crc(number, *row[:-1]) != crc:
            raise self._damaged(arn, "how it stands is not what was written")
        return standing

    def _snapshot(self, connection: sqlite3.Connection, arn: str, number: int) -> Snapshot | None:
        row = connection.execute(
            "SELECT position, state, records, crc FROM snapshots WHERE execution = ?", (number,)
        ).fetchone()
        if row is None:
            return None
        *said, crc = row
        if _crc(number, *said) != crc:
            raise self._damaged(arn, "its snapshot is not what was written")
        parts = connection.execute(
            "SELECT part, records, crc FROM history WHERE execution = ? ORDER BY part", (number,)
        ).fetchall()
        if len(parts) != said[2] or any(_crc(number, part, records) != crc for part, records, crc in parts):
            raise self._damaged(arn, "its history is not what was written")
        return Snapshot(said[0], said[1], tuple(records for _, records, _ in parts))

    def _events(self, connection: sqlite3.Connection, arn: str, number: int, start: int) -> tuple[str, ...]:
        rows = connection.execute(
            "SELECT position, event, crc FROM journal WHERE execution = ? ORDER BY position", (number,)
        ).fetchall()
        for expected, (position, event, crc) in enumerate(rows, start):
            if position != expected or _crc(number, position, event) != crc:
                raise self._damaged(arn, f"event {expected} of its journal is not what was written")
        return tuple(event for _, event, _ in rows)

    def _damaged(self, arn: str, what: str) -> StoreDamaged:
        return StoreDamaged(self._name, f"the execution {arn} is damaged: {what}")


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _crc(*said: object) -> int:
    return crc32(repr(said).encode("utf-8", "surrogatepass"))


def _standing_row(number: object, standing: Standing, position: object) -> tuple[object, ...]:
    """The columns of ``_STANDING``."""
    stopped = None if standing.stopped is None else float(standing.stopped)
    due = None if standing.due is None else float(standing.due)
    said = (standing.status, stopped, due, int(standing.asleep), standing.end, position)
    return (*said, _crc(number, *said))


_FILTERS = (
    ("machine", "machine = ?"),
    ("status", "status = ?"),
    ("started_from", "started >= ?"),
    ("started_before", "started < ?"),
    ("stopped_before", "stopped < ?"),
    ("parent", "parent = ?"),
)


def _conditions(query: Query) -> tuple[list[str], list[object]]:
    given = [(condition, getattr(query, name)) for name, condition in _FILTERS if getattr(query, name) is not None]
    if query.after is not None:
        given.append(("id < ?" if query.newest_first else "id > ?", query.after))
    conditions = [condition for condition, _ in given]
    if query.parent is None and not query.children:
        conditions.append("parent IS NULL")
    return conditions, [value for _, value in given]
