"""The tables of a store in an SQLite file, and how an older file becomes a new one.

Rules that a change must keep:

1. ``VERSION`` grows by one with every change of a table, and a step in ``_STEPS`` makes it; no step is ever changed.
2. All steps of an opening are one transaction: a file has the tables of one version, whatever happens meanwhile.
3. The version is SQLite's own ``user_version``. Tables of others in the same file are left alone.
"""

from __future__ import annotations

import sqlite3

from ..errors import StoreTooNew

_FIRST = """
CREATE TABLE definitions (
    hash TEXT PRIMARY KEY, text TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE executions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    arn TEXT NOT NULL UNIQUE, name TEXT NOT NULL, machine TEXT NOT NULL, parent TEXT, started REAL NOT NULL,
    definition TEXT NOT NULL, about TEXT NOT NULL, born INTEGER NOT NULL,
    status TEXT NOT NULL, stopped REAL, due REAL, asleep INTEGER NOT NULL, ending TEXT, position INTEGER NOT NULL,
    crc INTEGER NOT NULL
);
CREATE INDEX executions_unfinished ON executions (id) WHERE status = 'RUNNING';
CREATE INDEX executions_by_machine ON executions (machine, id);
CREATE INDEX executions_by_parent ON executions (parent, id) WHERE parent IS NOT NULL;
CREATE INDEX executions_stopped ON executions (stopped) WHERE stopped IS NOT NULL;
CREATE TABLE journal (
    execution INTEGER NOT NULL, position INTEGER NOT NULL, event TEXT NOT NULL, crc INTEGER NOT NULL,
    PRIMARY KEY (execution, position)
) WITHOUT ROWID;
CREATE TABLE snapshots (
    execution INTEGER PRIMARY KEY, position INTEGER NOT NULL, state TEXT NOT NULL, records INTEGER NOT NULL,
    crc INTEGER NOT NULL
);
CREATE TABLE history (
    execution INTEGER NOT NULL, part INTEGER NOT NULL, records TEXT NOT NULL, crc INTEGER NOT NULL,
    PRIMARY KEY (execution, part)
) WITHOUT ROWID;
"""

_STEPS = (_FIRST,)
VERSION = len(_STEPS)


def version_of(connection: sqlite3.Connection, path: str) -> int:
    """The version of the tables in a file, 0 for a new one. Raises ``StoreTooNew``."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise StoreTooNew(path, f"it has schema version {version}; this version of aslrun knows {VERSION} at most")
    return version


def migrate(connection: sqlite3.Connection, path: str) -> None:
    """Bring the tables to the newest version. Raises ``StoreTooNew`` for newer ones."""
    if version_of(connection, path) == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for step in _STEPS[version_of(connection, path) :]:
            for statement in step.split(";\n"):
                if statement.strip():
                    connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
