"""Task tokens: minted, opened, used once."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslrun.errors import InvalidToken, TaskTimedOut
from aslrun.stores.tokens import MemoryTokenStore, PlainTokenStore, TaskAddress, TokenStore

EXECUTION = "arn:aws:states:us-east-1:111111111111:execution:order:7"
OVER = "^Task Timed Out: 'Provided task does not exist anymore'$"
INVALID = "^Invalid Token: 'Invalid token'$"


def signed() -> MemoryTokenStore:
    return MemoryTokenStore(key=b"a key of 16 byte")


@pytest.fixture(params=[signed, PlainTokenStore])
def store(request: pytest.FixtureRequest) -> TokenStore:
    made: TokenStore = request.param()
    return made


def test_an_open_token_leads_to_its_task(store: TokenStore) -> None:
    token = store.mint(EXECUTION, 3)
    store.open(token, EXECUTION, 3)
    assert store.resolve(token) == TaskAddress(EXECUTION, 3)
    assert store.resolve(token) == TaskAddress(EXECUTION, 3)


def test_a_token_is_minted_the_same_again(store: TokenStore) -> None:
    assert store.mint(EXECUTION, 3) == store.mint(EXECUTION, 3)


def test_every_task_has_a_token_of_its_own(store: TokenStore) -> None:
    assert len({store.mint(execution, task) for execution in ("a", "b") for task in (1, 2)}) == 4


def test_the_token_of_a_finished_task_has_timed_out(store: TokenStore) -> None:
    token = store.mint(EXECUTION, 3)
    store.open(token, EXECUTION, 3)
    store.close(token)
    store.close(token)
    with pytest.raises(TaskTimedOut, match=OVER):
        store.resolve(token)


def test_minting_opens_nothing(store: TokenStore) -> None:
    token = store.mint(EXECUTION, 3)
    with pytest.raises(TaskTimedOut, match=OVER):
        store.resolve(token)


@pytest.mark.parametrize("token", ["", "x", "é.é", ".", "token", "\ud800.x"])
def test_a_token_that_was_never_handed_out_is_invalid(store: TokenStore, token: str) -> None:
    with pytest.raises(InvalidToken, match=INVALID):
        store.resolve(token)


def test_the_refusal_of_a_token_does_not_show_it() -> None:
    with pytest.raises(InvalidToken) as caught:
        signed().resolve("secret")
    assert "secret" not in str(caught.value)


def test_a_forged_token_is_invalid() -> None:
    address, _, signature = signed().mint(EXECUTION, 3).partition(".")
    other, _, _ = signed().mint(EXECUTION, 4).partition(".")
    for forged in (f"{other}.{signature}", f"{address}.{signature[:-1]}", f"{address}.", f"{address}.{signature}="):
        with pytest.raises(InvalidToken):
            signed().resolve(forged)


def test_another_key_mints_other_tokens() -> None:
    token = MemoryTokenStore(key=b"b" * 16).mint(EXECUTION, 3)
    with pytest.raises(InvalidToken):
        signed().resolve(token)


def test_a_store_with_the_same_key_knows_tokens_from_before_a_restart() -> None:
    token = signed().mint(EXECUTION, 3)
    restarted = signed()
    restarted.open(token, EXECUTION, 3)
    assert restarted.resolve(token).task == 3


def test_closed_tokens_cost_nothing() -> None:
    store = signed()
    for task in range(100):
        token = store.mint(EXECUTION, task)
        store.open(token, EXECUTION, task)
        store.close(token)
    assert len(store) == 0


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=160), st.integers(min_value=0))
def test_a_token_is_url_safe_and_short(execution: str, task: int) -> None:
    token = signed().mint(execution, task % 10**9)
    assert re.fullmatch(r"[A-Za-z0-9_.-]{40,1023}", token)


def test_an_execution_with_too_long_a_name_has_no_token() -> None:
    with pytest.raises(ValueError, match="too many for a task token"):
        signed().mint("x" * 1000, 1)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 16 bytes, not 3"):
        MemoryTokenStore(key=b"abc")
