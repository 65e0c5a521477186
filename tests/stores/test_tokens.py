"""Token stores: the contract that each of them keeps, in memory, in an SQLite file and in a DynamoDB table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Barrier, Thread

import pytest

from aslrun.stores.dynamodb import DynamoDBTokenStore, create_token_table
from aslrun.stores.sqlite_tokens import SQLiteTokenStore
from aslrun.stores.tokens import MemoryTokenStore, PlainTokenStore, StoredToken, TokenStore, check_key
from tests.amazon import clients

EXECUTION = "arn:aws:states:us-east-1:111111111111:execution:order:7"
FIRST, SECOND = StoredToken("first", 1_000.0), StoredToken("second", 2_000.0)
USED = StoredToken("first", 1_000.0, used=True)

Reopen = Callable[[], TokenStore]


@contextmanager
def memory(folder: Path) -> Iterator[Reopen]:
    store = MemoryTokenStore()
    yield lambda: store


@contextmanager
def plain(folder: Path) -> Iterator[Reopen]:
    store = PlainTokenStore()
    yield lambda: store


@contextmanager
def sqlite(folder: Path) -> Iterator[Reopen]:
    with closing(SQLiteTokenStore(folder / "runs.db")) as one, closing(SQLiteTokenStore(folder / "runs.db")) as other:
        stores = [other, one]
        yield stores.pop


@contextmanager
def dynamodb(folder: Path) -> Iterator[Reopen]:
    with clients() as client:
        create_token_table("tokens", client("dynamodb"))
        yield lambda: DynamoDBTokenStore("tokens", client("dynamodb"))


@pytest.fixture(params=[memory, plain, sqlite, dynamodb], ids=lambda kind: kind.__name__)
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Reopen]:
    """Opens the same place; twice at most."""
    with request.param(tmp_path) as opened:
        yield opened


@pytest.fixture
def store(reopen: Reopen) -> TokenStore:
    return reopen()


def test_there_is_nothing_under_a_key_at_first(store: TokenStore) -> None:
    assert store.find("PROJ-1") is None


def test_what_is_stored_is_found(store: TokenStore) -> None:
    assert store.put("PROJ-1", FIRST, None, now=0.0)
    assert store.find("PROJ-1") == FIRST
    assert store.find("PROJ-2") is None


@pytest.mark.parametrize("key", ["PROJ-1", "Straße 7", "a'b\"c", "x" * 1_024, "a\0b", " "])
def test_a_key_is_any_text(store: TokenStore, key: str) -> None:
    assert check_key(key) == key
    store.put(key, FIRST, None, now=0.0)
    assert store.find(key) == FIRST


def test_what_is_stored_is_not_overwritten(store: TokenStore) -> None:
    store.put("PROJ-1", FIRST, None, now=0.0)
    assert not store.put("PROJ-1", SECOND, None, now=0.0)
    assert store.find("PROJ-1") == FIRST


def test_what_was_seen_is_replaced(store: TokenStore) -> None:
    store.put("PROJ-1", FIRST, None, now=0.0)
    assert store.put("PROJ-1", SECOND, FIRST, now=0.0)
    assert store.find("PROJ-1") == SECOND


@pytest.mark.parametrize("there", [SECOND, USED])
def test_what_was_not_seen_is_not_replaced(store: TokenStore, there: StoredToken) -> None:
    store.put("PROJ-1", there, None, now=0.0)
    assert not store.put("PROJ-1", StoredToken("third", 3_000.0), FIRST, now=0.0)
    assert store.find("PROJ-1") == there


def test_nothing_is_not_replaced(store: TokenStore) -> None:
    assert not store.put("PROJ-1", SECOND, FIRST, now=0.0)
    assert store.find("PROJ-1") is None


def test_a_used_token_stays_and_says_so(store: TokenStore) -> None:
    store.put("PROJ-1", FIRST, None, now=0.0)
    assert store.put("PROJ-1", USED, FIRST, now=0.0)
    assert store.find("PROJ-1") == USED


def test_what_has_expired_can_be_replaced_by_who_has_seen_it(store: TokenStore) -> None:
    store.put("PROJ-1", FIRST, None, now=0.0)
    seen = store.find("PROJ-1")
    assert store.put("PROJ-1", SECOND, seen, now=5_000.0)
    assert store.find("PROJ-1") == SECOND


def test_a_store_opened_again_has_the_same_secret_and_keys(reopen: Reopen) -> None:
    here, there = reopen(), reopen()
    token = here.signer(b"0123456789abcdef").mint(EXECUTION, 3)
    here.put("PROJ-1", StoredToken(token, 60.0), None, now=0.0)
    assert there.signer(b"another 16 bytes").address(token) == (EXECUTION, 3)
    assert there.find("PROJ-1") == StoredToken(token, 60.0)


def test_of_many_threads_one_gets_the_key(reopen: Reopen) -> None:
    here, there = reopen(), reopen()
    start, winners = Barrier(16), []

    def race(number: int) -> None:
        start.wait()
        if (here if number % 2 else there).put("PROJ-1", StoredToken(str(number), 60.0), None, now=0.0):
            winners.append(str(number))

    threads = [Thread(target=race, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = here.find("PROJ-1")
    assert found is not None
    assert winners == [found.token]


def test_tokens_and_secrets_are_not_shown(store: TokenStore) -> None:
    store.signer(b"swordfish-sixteen")
    store.put("PROJ-1", StoredToken("the-token", 60.0), None, now=0.0)
    shown = repr(store) + repr(store.find("PROJ-1"))
    assert "the-token" not in shown
    assert "swordfish" not in shown


# --------------------------------------------------------------------------- keys, and each store alone


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("", "from 1 to 1024 characters, not 0"),
        ("x" * 1_025, "from 1 to 1024 characters, not 1025"),
        ("aslrun:secret", "must not begin with 'aslrun:'"),
        ("a\ud800", "must be Unicode text"),
        (7, "must be text, not int"),
        (None, "must be text, not NoneType"),
    ],
)
def test_a_key_that_cannot_be_stored_is_refused(key: object, problem: str) -> None:
    with pytest.raises((ValueError, TypeError), match=problem):
        check_key(key)


def test_in_memory_what_has_expired_is_dropped() -> None:
    store = MemoryTokenStore()
    for number in range(10_000):
        store.put(f"PROJ-{number}", StoredToken("t", expires=number + 10.0), None, now=float(number))
    assert len(store) <= 1_001


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 16 bytes, not 3"):
        MemoryTokenStore(b"abc")


def test_a_table_has_its_time_to_live_and_the_key_name_that_is_asked_for() -> None:
    with clients() as client:
        dynamodb = client("dynamodb")
        create_token_table("stories", dynamodb, key_name="jiraStoryId")
        DynamoDBTokenStore("stories", dynamodb, key_name="jiraStoryId").put("PROJ-1", FIRST, None, now=0.0)
        item = dynamodb.get_item(TableName="stories", Key={"jiraStoryId": {"S": "PROJ-1"}})["Item"]
        lives = dynamodb.describe_time_to_live(TableName="stories")["TimeToLiveDescription"]
    assert item == {
        "jiraStoryId": {"S": "PROJ-1"},
        "token": {"S": "first"},
        "expires": {"N": "1000"},
        "used": {"BOOL": False},
    }
    assert lives == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}


def test_an_item_that_somebody_else_has_written_is_an_error_that_names_it() -> None:
    with clients() as client:
        create_token_table("tokens", client("dynamodb"))
        client("dynamodb").put_item(TableName="tokens", Item={"key": {"S": "PROJ-1"}, "token": {"S": "secret"}})
        with pytest.raises(Exception, match="table tokens: the item 'PROJ-1' must have 'token'") as caught:
            DynamoDBTokenStore("tokens", client("dynamodb")).find("PROJ-1")
    assert "secret" not in str(caught.value)
