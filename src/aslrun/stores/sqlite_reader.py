"""Reads executions out of an SQLite file, and checks every row.

Rules that a change must keep:

1. What belongs together is read in one view of the file, whatever is written meanwhile.
2. A definition is checked when it is first read, and remembered: many executions run the same.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from .protocols import Birth, Listed, Query, Snapshot, StoredExecution
from .sqlite_rows import BIRTH, STANDING, Damage, crc_of, hash_of

MOST_DEFINITIONS = 256  # that are remembered

_LISTED = f"id, arn, {BIRTH}, {STANDING}"
_SNAPSHOT = "snapshots.position, snapshots.state, snapshots.records, snapshots.crc"
_FULL_NAMES = ", ".join(f"executions.{name}" for name in f"id, {BIRTH}, {STANDING}".split(", "))
_LOADED = (  # the execution in the first row, its events in the others: one statement sees the file as it is at once
    f"SELECT {_FULL_NAMES}, {_SNAPSHOT} FROM executions "
    "LEFT JOIN snapshots ON snapshots.execution = executions.id WHERE arn = ?1 UNION ALL "
    f"SELECT position, event, crc{', NULL' * 16} FROM journal "
    "WHERE execution = (SELECT id FROM executions WHERE arn = ?1)"
)
_CUT = 15  # the first column of the snapshot
_PARTS = "SELECT part, records, crc FROM history WHERE execution = ? ORDER BY part"


Row = tuple[Any, ...]


class SQLiteReader:
    """One who reads, with a connection of its own."""

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self._connection = connection
        self._damage = Damage(name)
        self._definitions: dict[str, str] = {}

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def load(self, arn: str) -> StoredExecution | None:
        """The execution, or ``None``. Raises ``StoreDamaged`` and what SQLite raises."""
        rows = self._connection.execute(_LOADED, (arn,)).fetchall()
        if not rows:
            return None
        snapshot = None
        if rows[0][_CUT] is not None:
            rows, snapshot = self._cut(arn)
        if not rows:  # it has been forgotten meanwhile
            return None
        row, *journal = rows
        number, position = row[0], row[13]
        birth = self._birth(arn, row[1:8])
        standing = self._damage.standing(arn, number, row[8:_CUT])
        events = self._events(arn, number, journal, 0 if snapshot is None else snapshot.position)
        stored = StoredExecution(birth, standing, snapshot, events)
        if stored.position != position:
            raise self._damage.to(arn, f"it has {position} events, of which {stored.position} are there")
        return stored

    def _birth(self, arn: str, row: tuple[object, ...]) -> Birth:
        self._damage.check_born(arn, row)
        name, machine, parent, started, definition, about, _ = row
        text = self._definition(arn, str(definition))
        return Birth(name, machine, started, text, about, parent)  # type: ignore[arg-type]

    def _definition(self, arn: str, name: str) -> str:
        text = self._definitions.get(name)
        if text is None:
            found = self._connection.execute("SELECT text FROM definitions WHERE hash = ?", (name,)).fetchone()
            if found is None or hash_of(str(found[0])) != name:
                raise self._damage.to(arn, "what it runs is not what was written")
            if len(self._definitions) >= MOST_DEFINITIONS:
                self._definitions.clear()
            text = self._definitions[name] = str(found[0])
        return text

    def _cut(self, arn: str) -> tuple[list[Row], Snapshot | None]:
        """The rows again, and in the same view of the file the snapshot with its history."""
        self._connection.execute("BEGIN")
        try:
            rows = self._connection.execute(_LOADED, (arn,)).fetchall()
            return rows, self._snapshot(arn, rows[0][0], rows[0][_CUT:]) if rows else None
        finally:
            self._connection.execute("COMMIT")

    def _snapshot(self, arn: str, number: int, row: tuple[object, ...]) -> Snapshot:
        position, state, count, crc = row
        if crc_of(number, position, state, count) != crc:
            raise self._damage.to(arn, "its snapshot is not what was written")
        parts = self._connection.execute(_PARTS, (number,)).fetchall()
        if len(parts) != count or any(crc_of(number, part, records) != crc for part, records, crc in parts):
            raise self._damage.to(arn, "its history is not what was written")
        return Snapshot(position, state, tuple(records for _, records, _ in parts))  # type: ignore[arg-type]

    def _events(self, arn: str, number: int, rows: list[Row], start: int) -> tuple[str, ...]:
        for expected, (position, event, crc, *_) in enumerate(rows, start):
            if position != expected or crc_of(number, position, event) != crc:
                raise self._damage.to(arn, f"event {expected} of its journal is not what was written")
        return tuple([row[1] for row in rows])

    def list(self, query: Query) -> list[Listed]:
        """One page of executions. Raises ``StoreDamaged`` and what SQLite raises."""
        conditions, values = _conditions(query)
        where = " AND ".join(conditions) or "TRUE"
        order = "DESC" if query.newest_first else "ASC"
        rows = self._connection.execute(
            f"SELECT {_LISTED} FROM executions WHERE {where} ORDER BY id {order} LIMIT ?", (*values, query.limit)
        ).fetchall()
        return [self._listed(row) for row in rows]

    def _listed(self, row: tuple[object, ...]) -> Listed:
        number, arn, name, machine, parent, started = row[:6]
        self._damage.check_born(str(arn), row[2:9])
        standing = self._damage.standing(str(arn), number, row[9:])
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
