"""Tokens and callbacks in an SQLite file: other processes, older and newer libraries, files that are damaged."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from aslrun.errors import InvalidToken
from aslrun.stores.protocols import Change
from aslrun.stores.sqlite import SQLiteStore
from aslrun.stores.sqlite_tokens import CallbackInbox, SQLiteTokenStore
from aslrun.stores.tokens import StoredToken, TokenStoreError

from .test_execution_stores import begun

SECRET = b"0123456789abcdef"
ENTRY = StoredToken("a-token", 60.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.db"


@pytest.fixture
def store(path: Path) -> Iterator[SQLiteTokenStore]:
    with closing(SQLiteTokenStore(path)) as opened:
        yield opened


@pytest.fixture
def inbox(store: SQLiteTokenStore) -> Iterator[CallbackInbox]:
    with closing(store.inbox()) as opened:
        yield opened


def changed(path: Path, *statements: str) -> None:
    """The file, as somebody else has written it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


# --------------------------------------------------------------------------- the file


def test_the_tables_stand_beside_those_of_others(path: Path) -> None:
    changed(path, "CREATE TABLE orders (id)", "PRAGMA user_version = 7")
    with closing(SQLiteTokenStore(path)) as store:
        store.put("PROJ-1", ENTRY, None, now=0.0)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (7,)
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (0,)


def test_tables_of_a_newer_version_are_refused_by_name(path: Path, store: SQLiteTokenStore) -> None:
    changed(path, "UPDATE aslrun_tokens SET version = 8")
    with pytest.raises(TokenStoreError, match=r"runs\.db: its tables .* have version 8, .* this one knows version 1"):
        SQLiteTokenStore(path)


def test_a_file_that_is_not_there_is_made_only_if_that_is_wanted(path: Path) -> None:
    with pytest.raises(TokenStoreError, match=r"runs\.db: there is no such file"):
        SQLiteTokenStore(path, create=False)
    assert not path.exists()


def test_a_file_that_is_no_database_is_an_error_that_names_it(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(TokenStoreError, match=r"runs\.db: cannot open the task tokens: file is not a database"):
        SQLiteTokenStore(path)


def test_a_folder_that_is_not_there_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(TokenStoreError, match=r"runs\.db: cannot open the task tokens: unable to open"):
        SQLiteTokenStore(tmp_path / "nowhere" / "runs.db")


def test_a_table_that_is_gone_is_an_error_that_shows_no_token(path: Path, store: SQLiteTokenStore) -> None:
    changed(path, "DROP TABLE aslrun_token_keys")
    with pytest.raises(TokenStoreError, match="cannot write the task tokens: no such table") as caught:
        store.put("PROJ-1", ENTRY, None, now=0.0)
    assert "a-token" not in str(caught.value)


@pytest.mark.parametrize("damage", ["x'00'", "'text'", "7"])
def test_a_damaged_secret_is_an_error(path: Path, store: SQLiteTokenStore, damage: str) -> None:
    changed(path, f"UPDATE aslrun_tokens SET secret = {damage}")
    with pytest.raises(TokenStoreError, match=r"runs\.db: the secret of the task tokens is damaged"):
        store.signer(SECRET)


def test_a_damaged_entry_is_an_error_that_names_its_key(path: Path, store: SQLiteTokenStore) -> None:
    store.put("PROJ-1", ENTRY, None, now=0.0)
    changed(path, "UPDATE aslrun_token_keys SET expires = 'soon'")
    with pytest.raises(TokenStoreError, match=r"runs\.db: the task token under the key 'PROJ-1' is damaged"):
        store.find("PROJ-1")


def test_a_damaged_token_is_not_shown(path: Path, store: SQLiteTokenStore) -> None:
    store.put("PROJ-1", ENTRY, None, now=0.0)
    changed(path, "UPDATE aslrun_token_keys SET token = CAST(x'612d746f6b656eff' AS TEXT)")  # a-token and no UTF-8
    with pytest.raises(TokenStoreError, match=r"runs\.db: the task token under the key 'PROJ-1' is damaged") as caught:
        store.find("PROJ-1")
    assert "a-token" not in str(caught.value)


def test_a_key_that_was_changed_is_not_just_missing(path: Path, store: SQLiteTokenStore) -> None:
    store.put("PROJ-1", ENTRY, None, now=0.0)
    changed(path, "UPDATE aslrun_token_keys SET key = 'PROJ-3'")
    with pytest.raises(TokenStoreError, match="under the key 'PROJ-3' is damaged"):
        store.find("PROJ-1")


def test_a_full_disk_is_an_error_and_what_was_there_stays(store: SQLiteTokenStore) -> None:
    store.put("PROJ-1", ENTRY, None, now=0.0)
    store._file._connection.execute("PRAGMA max_page_count = 1")  # as small as it is
    with pytest.raises(TokenStoreError, match=r"runs\.db: cannot write the task tokens: database or disk is full"):
        store.put("PROJ-2", StoredToken("t" * 100_000, 60.0), None, now=0.0)
    assert store.find("PROJ-1") == ENTRY
    assert store.find("PROJ-2") is None


def test_what_has_expired_is_dropped(path: Path, store: SQLiteTokenStore) -> None:
    for number in range(10):
        store.put(f"PROJ-{number}", StoredToken("t", number + 1.0), None, now=float(number))
    assert store.find("PROJ-8") is None
    assert store.find("PROJ-9") is not None


def test_a_store_that_was_closed_says_so(path: Path) -> None:
    store = SQLiteTokenStore(path)
    store.close()
    with pytest.raises(TokenStoreError, match="cannot read the task tokens: Cannot operate on a closed database"):
        store.find("PROJ-1")


OPEN = """
import sys
from aslrun.stores.sqlite_tokens import SQLiteTokenStore
sys.stdin.readline()
print(SQLiteTokenStore(sys.argv[1]).signer(sys.argv[2].encode()).mint("order-7", 1))
"""


def test_processes_that_make_the_file_at_the_same_time_get_the_same_secret(path: Path) -> None:
    openers = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore::ResourceWarning", "-c", OPEN, str(path), f"secret number {number:03}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        for number in range(4)
    ]
    for opener in openers:
        assert opener.stdin is not None
        opener.stdin.write("now\n")
        opener.stdin.flush()
    tokens = {opener.communicate()[0] for opener in openers}
    assert len(tokens) == 1
    assert tokens.pop()


# --------------------------------------------------------------------------- whose token it is


def test_a_token_that_the_file_has_signed_passes(store: SQLiteTokenStore) -> None:
    store.check(store.signer(SECRET).mint("order-7", 1))


@pytest.mark.parametrize("token", ["", "garbage", "a.b", "\ud800"])
def test_a_token_that_the_file_has_not_signed_is_invalid(store: SQLiteTokenStore, token: str) -> None:
    with pytest.raises(InvalidToken):  # without a secret
        store.check(token)
    store.signer(SECRET)
    with pytest.raises(InvalidToken):
        store.check(token)


# --------------------------------------------------------------------------- the inbox


def test_callbacks_are_taken_once_and_in_order(inbox: CallbackInbox) -> None:
    assert not inbox.has_new()
    for body in ("1", "2", '"\ud800"'):
        inbox.send("a-token", "success", body)
    assert inbox.has_new()
    assert [(sent.token, sent.kind, sent.body) for sent in inbox.take()] == [
        ("a-token", "success", "1"),
        ("a-token", "success", "2"),
        ("a-token", "success", '"\ud800"'),
    ]
    assert inbox.take() == []
    assert not inbox.has_new()


def test_a_sender_hears_the_verdict(inbox: CallbackInbox) -> None:
    id = inbox.send("a-token", "heartbeat", "")
    assert inbox.verdict(id) is None
    inbox.take()
    inbox.answer({id: "ok"}, now=0.0)
    assert inbox.verdict(id) == "ok"


def test_what_was_withdrawn_is_not_taken(inbox: CallbackInbox) -> None:
    id = inbox.send("a-token", "heartbeat", "")
    assert inbox.withdraw(id)
    assert inbox.take() == []


def test_what_was_taken_cannot_be_withdrawn(inbox: CallbackInbox) -> None:
    id = inbox.send("a-token", "heartbeat", "")
    assert not inbox.is_taken(id)
    inbox.take()
    assert inbox.is_taken(id)
    assert not inbox.withdraw(id)


def test_verdicts_that_nobody_reads_are_removed_after_an_hour(inbox: CallbackInbox) -> None:
    first, second = (inbox.send("a-token", "heartbeat", "") for _ in range(2))
    inbox.take()
    inbox.answer({first: "ok"}, now=0.0)
    inbox.answer({second: "ok"}, now=3_601.0)
    assert (inbox.verdict(first), inbox.verdict(second)) == (None, "ok")


def test_a_new_owner_sees_what_the_last_one_left_without_a_verdict(inbox: CallbackInbox) -> None:
    answered, abandoned, _ = (inbox.send("a-token", "heartbeat", "") for _ in range(3))
    inbox.take()
    inbox.answer({answered: "ok"}, now=0.0)
    changed_id = inbox.send("a-token", "heartbeat", "")
    assert abandoned in inbox.abandoned()
    assert not {answered, changed_id} & set(inbox.abandoned())


def test_a_callback_does_not_show_its_token_and_output(inbox: CallbackInbox) -> None:
    inbox.send("a-token", "success", "an-output")
    shown = repr(inbox.take())
    assert "success" in shown
    assert "a-token" not in shown
    assert "an-output" not in shown


SECOND = """\
import sys
from aslrun.stores.protocols import Query
from aslrun.stores.sqlite import SQLiteStore
for _ in range(int(sys.argv[2])):
    store = SQLiteStore(sys.argv[1])
    store.list(Query())
    store.close()
"""


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="locks are looked up in /proc")
def test_looking_at_the_log_takes_no_lock_away_from_a_connection(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    store = SQLiteStore(path)
    with store.opened():
        before = locks_on(path.with_name("runs.db-shm"))
        SQLiteTokenStore(path).close()
        SQLiteTokenStore(path).close()
        assert before
        assert locks_on(path.with_name("runs.db-shm")) == before


def locks_on(path: Path) -> list[str]:
    """The locks that processes have on a file."""
    inode = f":{path.stat().st_ino} "
    lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    return [line.partition(": ")[2] for line in lines if inode in line]


def test_an_owner_writes_on_while_other_processes_come_and_go(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    store = SQLiteStore(path)
    with store.opened():
        store.tokens()
        store.write([begun("a")])
        others = [subprocess.Popen([sys.executable, "-c", SECOND, path, "40"]) for _ in range(2)]
        position = 1
        while any(other.poll() is None for other in others):
            store.write([Change("a", position, ["x"])])
            position += 1
        loaded = store.load("a")
    assert [other.returncode for other in others] == [0, 0]
    assert loaded is not None
    assert loaded.position == position
