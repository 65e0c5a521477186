"""Writes executions into an SQLite file: a batch is a transaction.

Rules that a change must keep:

1. A step of an execution that goes on changes two pages, its journal's and that of its standing: no column of an index
   is set that stays as it was. Each page more is more to wait for at the disk.
2. Row numbers are never used again, as those who list executions page by them.
3. Nothing that is remembered of the file outlives a write that failed.
4. Who is not patient waits for nobody, and copies no log back either, which takes an fsync or two more.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from ..errors import JournalConflict
from .protocols import RUNNING, Birth, Change, Snapshot
from .sqlite_rows import BIRTH, STANDING, crc_of, hash_of, standing_row

LOG = 800  # pages of a log that are copied back: some more fit into its room until the next patient transaction
KNOWN = 20_000  # executions whose row numbers are remembered

_BEAR = f"INSERT INTO executions (id, arn, {BIRTH}, {STANDING}) VALUES (?, ?{', ?' * 14})"
_MOVE = (
    "UPDATE executions SET due = ?, asleep = ?, ending = ?, position = ?, crc = ? "
    "WHERE id = ? AND position = ? AND status = 'RUNNING'"
)
_STAND = (
    "UPDATE executions SET status = ?, stopped = ?, due = ?, asleep = ?, ending = ?, position = ?, crc = ? "
    "WHERE id = ? AND position = ?"
)
_TELL = "INSERT INTO journal VALUES (?, ?, ?, ?)"

Row = tuple[object, ...]


class SQLiteWriter:
    """The one who writes, with a connection of its own.

    ``hurried`` counts the transactions in a row without patience.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.hurried = 0
        self._patience: float | None = None
        self._numbers: dict[str, int] = {}
        self._running: set[int] = set()  # those of whom the file says that they run
        self._definitions: set[str] = set()
        self._next: int | None = None  # the number of the next execution that begins

    def write(self, changes: Sequence[Change], patience: float) -> None:
        """Make all changes in one transaction. Raises ``JournalConflict`` and what SQLite raises.

        That is an error of its kind ``SQLITE_BUSY`` if others write for longer than ``patience`` seconds.
        """
        connection = self.connection
        try:
            if patience != self._patience:
                self._be_patient(patience)
            connection.execute("BEGIN IMMEDIATE")
            _Batch(self, changes).make()
            connection.execute("COMMIT")
        except BaseException:
            self._forget_all()
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        self.hurried = 0 if patience else self.hurried + 1

    def _be_patient(self, seconds: float) -> None:
        self.connection.execute(f"PRAGMA busy_timeout = {seconds * 1000:.0f}")
        self.connection.execute(f"PRAGMA wal_autocheckpoint = {LOG if seconds else 0}")
        self._patience = seconds

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def _forget_all(self) -> None:
        self._numbers.clear()
        self._running.clear()
        self._definitions.clear()
        self._next = None

    def number(self, arn: str, position: int) -> int:
        """The row of an execution that is there. Raises ``JournalConflict`` if it is not."""
        number = self._numbers.get(arn)
        if number is None:
            row = self.connection.execute("SELECT id FROM executions WHERE arn = ?", (arn,)).fetchone()
            if row is None:
                raise JournalConflict(arn, position, 0)
            number = row[0]
            self._know(arn, number)
        return number

    def new_number(self, arn: str) -> int:
        """The row of an execution that begins."""
        if self._next is None:
            row = self.connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'executions'").fetchone()
            self._next = 1 if row is None else row[0] + 1
        number, self._next = self._next, self._next + 1
        self._know(arn, number)
        return number

    def _know(self, arn: str, number: int) -> None:
        if len(self._numbers) >= KNOWN:
            self._numbers.clear()
            self._running.clear()
        self._numbers[arn] = number

    def goes_on(self, number: int, status: str) -> bool:
        """Whether the file says of an execution that it runs, and is to say so."""
        if status != RUNNING:
            self._running.discard(number)
            return False
        if number in self._running:
            return True
        self._running.add(number)
        return False

    def definition(self, text: str) -> str:
        """The name of a definition, which is in the file."""
        name = hash_of(text)
        if name not in self._definitions:
            self.connection.execute("INSERT OR IGNORE INTO definitions VALUES (?, ?)", (name, text))
            self._definitions.add(name)
        return name

    def forget(self, arn: str) -> None:
        """Drop an execution and its children."""
        execute = self.connection.execute
        for (child,) in execute("SELECT arn FROM executions WHERE parent = ?", (arn,)).fetchall():
            self.forget(child)
        row = execute("SELECT id FROM executions WHERE arn = ?", (arn,)).fetchone()
        if row is not None:
            for table in ("journal", "snapshots", "history"):
                execute(f"DELETE FROM {table} WHERE execution = ?", row)
            execute("DELETE FROM executions WHERE id = ?", row)
            self._numbers.pop(arn, None)


class _Batch:
    """The rows of one transaction; those of a kind are written together."""

    __slots__ = ("_born", "_changes", "_journal", "_moved", "_stood", "_writer")

    def __init__(self, writer: SQLiteWriter, changes: Sequence[Change]) -> None:
        self._writer, self._changes = writer, changes
        self._born: list[Row] = []
        self._moved: list[Row] = []
        self._stood: list[Row] = []
        self._journal: list[tuple[int, int, str, int]] = []

    def make(self) -> None:
        for change in self._changes:
            if change.forget:
                self._writer.forget(change.arn)
            else:
                self._note(change)
        self._bear()
        self._stand(_MOVE, self._moved)
        self._stand(_STAND, self._stood)
        if self._journal:
            self._writer.connection.executemany(_TELL, self._journal)

    def _note(self, change: Change) -> None:
        position = change.position
        after = position + len(change.events)
        if change.birth is not None:
            number = self._birth(change, change.birth, after)
        else:
            number = self._writer.number(change.arn, position)
            row = standing_row(number, change.standing, after)
            if self._writer.goes_on(number, change.standing.status):
                self._moved.append((*row[2:], number, position))
            else:
                self._stood.append((*row, number, position))
        for at, event in enumerate(change.events, position):
            self._journal.append((number, at, event, crc_of(number, at, event)))
        if change.snapshot is not None:
            self._cut(number, change.snapshot)

    def _birth(self, change: Change, birth: Birth, after: int) -> int:
        if change.position:
            raise JournalConflict(change.arn, change.position, 0)
        definition = self._writer.definition(birth.definition)
        said = (birth.name, birth.machine, birth.parent, float(birth.started), definition, birth.about)
        number = self._writer.new_number(change.arn)
        self._writer.goes_on(number, change.standing.status)
        born = crc_of(change.arn, *said)
        self._born.append((number, change.arn, *said, born, *standing_row(number, change.standing, after)))
        return number

    def _bear(self) -> None:
        if not self._born:
            return
        connection = self._writer.connection
        try:
            connection.executemany(_BEAR, self._born)
        except sqlite3.IntegrityError:
            for number, arn, *_ in self._born:
                found = connection.execute(
                    "SELECT position FROM executions WHERE arn = ? AND id != ?", (arn, number)
                ).fetchone()
                if found is not None:
                    raise JournalConflict(str(arn), 0, found[0]) from None
            raise

    def _stand(self, statement: str, rows: list[Row]) -> None:
        if rows and self._writer.connection.executemany(statement, rows).rowcount != len(rows):
            raise self._conflict(rows)

    def _conflict(self, rows: list[Row]) -> JournalConflict:
        connection = self._writer.connection
        for *_, after, _, number, position in rows:
            arn, there = connection.execute("SELECT arn, position FROM executions WHERE id = ?", (number,)).fetchone()
            if there not in (position, after):
                break
        return JournalConflict(arn, position, there)  # type: ignore[arg-type]

    def _cut(self, number: int, snapshot: Snapshot) -> None:
        """Keep a snapshot instead of the events before it."""
        execute = self._writer.connection.execute
        row = execute("SELECT records FROM snapshots WHERE execution = ?", (number,)).fetchone()
        parts = 0 if row is None else row[0]
        for part, records in enumerate(snapshot.records, parts):
            execute("INSERT INTO history VALUES (?, ?, ?, ?)", (number, part, records, crc_of(number, part, records)))
        said = (snapshot.position, snapshot.state, parts + len(snapshot.records))
        execute("REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?)", (number, *said, crc_of(number, *said)))
        execute("DELETE FROM journal WHERE execution = ? AND position < ?", (number, snapshot.position))
        self._journal = [each for each in self._journal if each[0] != number or each[1] >= snapshot.position]
