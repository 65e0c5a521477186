"""Gives SQLite's write-ahead log its whole size at once.

A log that grows has its new length written to the disk with every transaction; one that is written over has not, which
takes about half as long. SQLite itself writes over its log once it has been copied back, and never reads behind what
it has written: so zeros at its end change nothing but this.

Rules that a change must keep:

1. Nobody else writes meanwhile: zeros over the frame of another process would take away what it has acknowledged.
2. Nothing is said by it: what was written before is written, and a disk that has no room for the zeros may well have
   some for the next transaction.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path

ROOM = 4 * 1024 * 1024 + 256 * 1024  # bytes: a thousand pages, after which SQLite copies them back, and some more
WORTH = 50  # transactions of one process that show that there will be more


def give_room(connection: sqlite3.Connection, path: Path) -> None:
    """Let the log of a file have its size, if nobody else keeps the file to themselves."""
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return
    try:
        with suppress(OSError), path.with_name(path.name + "-wal").open("r+b") as log:
            missing = ROOM - log.seek(0, os.SEEK_END)
            if missing > 0:
                log.write(bytes(missing))
                log.flush()
                os.fsync(log.fileno())
    finally:
        connection.execute("ROLLBACK")
