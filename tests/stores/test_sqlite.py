"""The execution store in an SQLite file: whose it is, what survives, and what happens when the file is not well."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FuturesTimeoutError
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from aslrun.errors import StoreBusy, StoreDamaged, StoreError, StoreTooNew, StoreUnavailable
from aslrun.stores.protocols import Change, Query, Snapshot, Standing
from aslrun.stores.sqlite import HURRIED, SQLiteStore
from aslrun.stores.sqlite_reader import SQLiteReader
from aslrun.stores.sqlite_room import ROOM, WORTH, give_room

from .test_execution_stores import begun


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.db"


def filled(path: Path, executions: int = 20) -> None:
    with SQLiteStore(path).opened():
        pass
    store = SQLiteStore(path)
    with store.opened():
        store.write([begun(f"e{number}", "started", "one") for number in range(executions)])
        store.write([Change(f"e{number}", 2, [f"two {number}" * 5]) for number in range(executions)])
        over = Standing("SUCCEEDED", 9.0)
        store.write([Change(f"e{number}", 3, ["three"], standing=over) for number in range(0, executions, 2)])
        store.write(
            [Change(f"e{number}", 3, ["x"], snapshot=Snapshot(3, "s", ("r",))) for number in range(1, executions, 2)]
        )


def found(path: Path) -> object:
    try:
        return everything(path)
    except StoreError as error:
        return "an error that names the file" if str(path) in str(error) else error


def everything(path: Path) -> list[object]:
    store = SQLiteStore(path)
    with store.opened():
        listed = store.list(Query(limit=1_000))
        return [listed, [store.load(each.arn) for each in listed]]


def test_what_was_written_is_there_when_the_file_is_opened_again(path: Path) -> None:
    filled(path)
    store = SQLiteStore(path)
    with store.opened():
        loaded = store.load("e3")
        assert loaded is not None
        assert (loaded.events, loaded.snapshot) == (("x",), Snapshot(3, "s", ("r",)))
        assert len(store.list(Query(status="SUCCEEDED"))) == 10


def test_a_file_may_be_read_while_it_has_an_owner(path: Path) -> None:
    store = SQLiteStore(path)
    with store.opened():
        store.write([begun("a")])
        assert [each.arn for each in SQLiteStore(path).list(Query())] == ["a"]


def test_another_process_is_told_whose_the_file_is(path: Path) -> None:
    with SQLiteStore(path).opened():
        code = f"from aslrun.stores.sqlite import HURRIED, SQLiteStore\nwith SQLiteStore({str(path)!r}).opened(): pass"
        ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f"StoreInUse: {path}: the process {os.getpid()} runs executions of it" in ended.stderr


def test_a_process_that_was_killed_owns_nothing(path: Path) -> None:
    code = (
        "import os\nfrom aslrun.stores.sqlite import HURRIED, SQLiteStore\n"
        f"with SQLiteStore({str(path)!r}).opened(): os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    store = SQLiteStore(path)
    with store.opened():
        assert store.owner() == os.getpid()
    assert store.owner() is None


def test_a_newer_schema_is_refused_by_name(path: Path) -> None:
    filled(path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreTooNew, match=r"runs.db: it has schema version 99; this version of aslrun knows 1 at most"):
        everything(path)


def test_tables_of_others_are_left_alone(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE mine (x)")
    connection.close()
    filled(path)
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM mine").fetchone() == (0,)
    connection.close()


def test_a_file_that_is_no_database_is_named(path: Path) -> None:
    path.write_bytes(b"no database" * 1_000)
    with pytest.raises(StoreDamaged, match=r"runs\.db"):
        everything(path)


def test_a_file_that_is_not_there_cannot_be_read(path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="there is no such file"):
        SQLiteStore(path).list(Query())
    assert not path.exists()


def test_a_folder_that_is_not_there_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"nowhere/runs\.db"):
        everything(tmp_path / "nowhere" / "runs.db")


def test_a_full_disk_is_an_error_and_the_batch_leaves_nothing(path: Path) -> None:
    store = SQLiteStore(path)
    with store.opened():
        store.write([begun("a")])
        assert store._writer is not None
        store._writer.connection.execute("PRAGMA max_page_count = 1")
        with pytest.raises(StoreUnavailable, match=r"runs\.db: database or disk is full"):
            store.write([begun("b"), Change("a", 1, ["x" * 100_000])])
        store._writer.connection.execute("PRAGMA max_page_count = 1000000")
        assert store.load("b") is None
        store.write([Change("a", 1, ["two"])])
    assert len(everything(path)[0]) == 1  # type: ignore[arg-type]


def test_a_file_that_may_only_be_read_is_an_error_when_it_is_written(path: Path) -> None:
    store = SQLiteStore(path)
    with store.opened():
        assert store._writer is not None
        store._writer.connection.execute("PRAGMA query_only = ON")
        with pytest.raises(StoreUnavailable, match=r"runs\.db: attempt to write a readonly database"):
            store.write([begun("a")])


@pytest.mark.parametrize("seed", range(60))
def test_a_flipped_bit_is_an_error_or_makes_no_difference(path: Path, seed: int) -> None:
    filled(path)
    expected = everything(path)
    content = bytearray(path.read_bytes())
    where = Random(seed).randrange(len(content) * 8)
    content[where // 8] ^= 1 << where % 8
    path.write_bytes(content)
    assert found(path) in ("an error that names the file", expected)


def test_a_row_that_was_changed_is_not_believed(path: Path) -> None:
    filled(path)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE journal SET event = 'forged' WHERE execution = 3 AND position = 1")
    connection.execute("UPDATE executions SET status = 'FAILED' WHERE id = 5")
    connection.execute("DELETE FROM journal WHERE execution = 7 AND position = 2")
    connection.execute("UPDATE executions SET arn = 'other' WHERE id = 9")
    connection.commit()
    connection.close()
    store = SQLiteStore(path)
    for arn in ("e2", "e4", "e6", "other"):
        with pytest.raises(StoreDamaged, match=f"the execution {arn} is damaged"):
            store.load(arn)
    assert store.load("e0") is not None


def test_a_damaged_index_hides_nothing_from_who_only_looks(path: Path) -> None:
    filled(path)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA writable_schema = ON")
    root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'executions_by_machine'").fetchone()[0]
    connection.close()
    content = bytearray(path.read_bytes())
    content[(root - 1) * 4_096 + 3] ^= 1  # one cell more or less
    path.write_bytes(content)
    store = SQLiteStore(path)
    for _ in range(2):
        with pytest.raises(StoreDamaged, match=r"runs\.db: SQLite finds it damaged"):
            store.list(Query(machine="m"))


def test_only_its_two_ways_of_syncing_are_taken(path: Path) -> None:
    with pytest.raises(ValueError, match="synchronous must be"):
        SQLiteStore(path, synchronous="OFF")  # type: ignore[arg-type]


def size_of_log(path: Path) -> int:
    return path.with_name("runs.db-wal").stat().st_size


def test_a_step_changes_two_pages(path: Path) -> None:
    store = SQLiteStore(path)
    with store.opened():
        store.write([begun("a")])
        store.write([Change("a", 1, ["one"])])
        before = size_of_log(path)
        store.write([Change("a", 2, ["two"])])
        assert size_of_log(path) - before == 2 * (4096 + 24)


def test_a_new_status_is_found_by_its_index_after_many_steps(path: Path) -> None:
    store = SQLiteStore(path)
    with store.opened():
        store.write([begun("a"), begun("b")])
        for number in range(1, 5):
            store.write([Change("a", number, ["on"])])
        store.write([Change("a", 5, standing=Standing("FAILED", 9.0))])
        assert [each.arn for each in store.list(Query(status="RUNNING"))] == ["b"]
        store.write([Change("a", 5, ["redriven"])])
        store.write([Change("a", 6, ["on"])])
        assert {each.arn for each in store.list(Query(status="RUNNING"))} == {"a", "b"}
        assert store.list(Query(stopped_before=10.0)) == []


def test_the_log_gets_its_size_and_what_stands_in_it_outlives_the_process(path: Path) -> None:
    code = (
        "import os\nfrom aslrun.stores.protocols import Change\nfrom aslrun.stores.sqlite import HURRIED, SQLiteStore\n"
        "from tests.stores.test_execution_stores import begun\n"
        f"store = SQLiteStore({str(path)!r})\n"
        "with store.opened():\n"
        "    store.write([begun('a')])\n"
        "    for number in range(1, 80): store.write([Change('a', number, [f'event {number}'])])\n"
        "    os.kill(os.getpid(), 9)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code], check=False, env=environment)
    assert size_of_log(path) >= ROOM
    store = SQLiteStore(path)
    with store.opened():
        loaded = store.load("a")
    assert loaded is not None
    assert loaded.events[1:] == tuple(f"event {number}" for number in range(1, 80))


def test_a_log_that_others_keep_busy_is_left_as_it_is(path: Path) -> None:
    store = SQLiteStore(path)
    with store.opened():
        store.write([begun("a")])
        ours, other = sqlite3.connect(path, timeout=0, isolation_level=None), store.connect()
        before = size_of_log(path)
        other.execute("BEGIN IMMEDIATE")
        give_room(ours, path)
        assert size_of_log(path) == before
        other.execute("ROLLBACK")
        give_room(ours, path)
        assert size_of_log(path) == ROOM
        ours.close()
        other.close()


def test_who_does_not_want_to_wait_for_another_process_is_told_at_once_and_nothing_is_written(path: Path) -> None:
    store = SQLiteStore(path)
    with store.opened():
        store.write([begun("a")], wait=False)
        other = store.connect()
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="database is locked"):
            store.write([begun("b")], wait=False)
        other.execute("ROLLBACK")
        other.close()
        assert [each.arn for each in store.list(Query())] == ["a"]
        store.write([begun("b")])
        assert [each.arn for each in store.list(Query())] == ["b", "a"]


def test_who_waits_for_another_process_writes_after_it_also_if_nobody_waited_before(path: Path) -> None:
    store = SQLiteStore(path)
    with store.opened(), ThreadPoolExecutor() as pool:
        store.write([begun("a")], wait=False)
        other = store.connect()
        other.execute("BEGIN IMMEDIATE")
        waiting = pool.submit(store.write, [begun("b")])
        with pytest.raises(FuturesTimeoutError):
            waiting.result(timeout=0.05)
        other.execute("COMMIT")
        other.close()
        waiting.result()
        assert [each.arn for each in store.list(Query())] == ["b", "a"]


def test_the_log_gets_its_size_when_somebody_can_wait_for_it(path: Path) -> None:
    store = SQLiteStore(path)
    with store.opened():
        store.write([begun("a")])
        for number in range(1, WORTH - 1):
            store.write([Change("a", number, ["on"])], wait=False)
        with pytest.raises(StoreBusy, match="its log"):
            store.write([Change("a", WORTH - 1, ["on"])], wait=False)
        assert size_of_log(path) < ROOM
        store.write([Change("a", WORTH - 1, ["on"])])
        assert size_of_log(path) == ROOM
        store.write([Change("a", WORTH, ["on"])], wait=False)


def test_who_never_waits_copies_no_log_back_and_the_log_keeps_its_size_all_the_same(path: Path) -> None:
    store, busy = SQLiteStore(path), []
    with store.opened():
        store.write([begun("a")])
        for number in range(1, 1_500):
            try:
                store.write([Change("a", number, ["on"])], wait=False)
            except StoreBusy:
                busy.append(number)
                store.write([Change("a", number, ["on"])])
        assert size_of_log(path) == ROOM
    assert {after - before for before, after in pairwise(busy[1:])} == {HURRIED + 1}


def test_an_execution_that_is_forgotten_while_it_is_read_is_not_there(path: Path) -> None:
    store = SQLiteStore(path)
    with store.opened():
        store.write([begun("a")])
        store.write([Change("a", 1, ["one"], snapshot=Snapshot(2, "s", ("r",)))])
        connection = store.connect()
        reader = SQLiteReader(connection, "runs.db")
        assert reader.load("a") is not None
        forgotten = [Change("a", forget=True)]
        connection.set_trace_callback(lambda said: store.write(forgotten) if said == "BEGIN" else None)
        assert reader.load("a") is None
        reader.close()
