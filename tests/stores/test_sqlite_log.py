"""The log of an SQLite file whose process was killed: what was acknowledged is there, or the file is called damaged."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from aslrun.errors import StoreDamaged, StoreError
from aslrun.stores.protocols import Query
from aslrun.stores.sqlite import SQLiteStore
from aslrun.stores.sqlite_log import is_log_damaged
from aslrun.stores.sqlite_tokens import SQLiteTokenStore
from aslrun.stores.tokens import TokenStoreError

from .test_execution_stores import begun

WRITTEN = 12  # executions, a transaction each
KILLED = """\
import os, sys
from aslrun.stores.sqlite import SQLiteStore
from tests.stores.test_execution_stores import begun

store = SQLiteStore(sys.argv[1])
with store.opened():
    store.tokens().signer(b"s" * 32)
    for number in range(int(sys.argv[2])):
        store.write([begun(f"e{number}", "started", "one")])
    os.kill(os.getpid(), 9)
"""


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a killed process has left; nobody may open it but in a copy."""
    path = tmp_path_factory.mktemp("left") / "runs.db"
    subprocess.run([sys.executable, "-c", KILLED, path, str(WRITTEN)], check=False, capture_output=True)
    assert path.with_name("runs.db-wal").stat().st_size > 0
    return path


@pytest.fixture
def copied(left: Path, tmp_path: Path) -> Path:
    """A copy, with its log and the index of that."""
    for ending in ("", "-wal", "-shm"):
        shutil.copy(left.with_name(left.name + ending), tmp_path)
    return tmp_path / left.name


def flip(path: Path, where: int) -> None:
    """Turn one bit over."""
    content = bytearray(path.read_bytes())
    content[where // 8] ^= 1 << where % 8
    path.write_bytes(content)


def by_the_owner(path: Path) -> int:
    store = SQLiteStore(path)
    with store.opened():
        return len(store.list(Query()))


def by_a_reader(path: Path) -> int:
    store = SQLiteStore(path)
    try:
        return len(store.list(Query()))
    finally:
        store.close()


@pytest.mark.parametrize("read", [by_the_owner, by_a_reader])
def test_a_log_that_is_whole_is_read(copied: Path, read: Callable[[Path], int]) -> None:
    assert read(copied) == WRITTEN


@pytest.mark.parametrize("read", [by_the_owner, by_a_reader])
@pytest.mark.parametrize("seed", range(20))
def test_a_flipped_bit_in_the_log_is_an_error_for_all_who_come(
    copied: Path, seed: int, read: Callable[[Path], int]
) -> None:
    log = copied.with_name("runs.db-wal")
    flip(log, Random(seed).randrange(log.stat().st_size * 8))

    for _ in range(2):  # the first one must not put it in order
        with pytest.raises(StoreDamaged, match=r"runs\.db: its log \(-wal\) is damaged"):
            read(copied)
    with pytest.raises(TokenStoreError, match=r"runs\.db: cannot open the task tokens: its log \(-wal\) is damaged"):
        SQLiteTokenStore(copied, create=False)


def test_a_log_that_was_cut_off_is_an_error(copied: Path) -> None:
    log = copied.with_name("runs.db-wal")
    log.write_bytes(log.read_bytes()[:-4_000])

    with pytest.raises(StoreDamaged):
        by_the_owner(copied)


@pytest.mark.parametrize("seed", range(20))
def test_a_flipped_bit_in_the_index_of_the_log_makes_no_difference(copied: Path, seed: int) -> None:
    index = copied.with_name("runs.db-shm")
    flip(index, Random(seed).randrange(200 * 8))

    assert by_the_owner(copied) == WRITTEN


def test_without_its_index_a_log_is_read_as_sqlite_reads_it(copied: Path) -> None:
    copied.with_name("runs.db-shm").unlink()

    assert not is_log_damaged(copied)
    assert by_the_owner(copied) == WRITTEN


def test_a_transaction_that_was_not_acknowledged_may_be_torn(copied: Path) -> None:
    log = copied.with_name("runs.db-wal")
    log.write_bytes(log.read_bytes() + b"\1" * 3_000)

    assert by_the_owner(copied) == WRITTEN


def test_who_looks_while_others_write_is_not_alarmed(tmp_path: Path) -> None:
    store, over, problems = SQLiteStore(tmp_path / "runs.db"), threading.Event(), []

    def look() -> None:
        while not over.is_set():
            try:
                by_a_reader(store.path)
            except StoreError as problem:
                problems.append(problem)

    with store.opened():
        assert store._writer is not None
        store._writer.connection.execute("PRAGMA wal_autocheckpoint = 20")  # the log begins anew very often
        store._writer.connection.execute("PRAGMA synchronous = OFF")
        lookers = [threading.Thread(target=look) for _ in range(2)]
        for looker in lookers:
            looker.start()
        for number in range(400):
            store.write([begun(f"e{number}", "started", "one")])
        over.set()
        for looker in lookers:
            looker.join()

    assert problems == []


def test_threads_that_look_at_logs_which_come_and_go_get_along(tmp_path: Path) -> None:
    problems: list[OSError] = []

    def look(path: Path) -> None:
        index = path.with_name(path.name + "-shm")
        for _ in range(500):
            index.write_bytes(b"no index")
            try:
                is_log_damaged(path)
            except OSError as problem:
                problems.append(problem)
            index.unlink()

    lookers = [threading.Thread(target=look, args=(tmp_path / f"{number}.db",)) for number in range(4)]
    for looker in lookers:
        looker.start()
    for looker in lookers:
        looker.join()
    assert problems == []
