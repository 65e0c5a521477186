"""Task tokens: minted, read, and told from forged ones."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslrun.errors import InvalidToken
from aslrun.stores.signing import PlainTokens, SignedTokens, TaskAddress, TokenSigner

EXECUTION = "arn:aws:states:us-east-1:111111111111:execution:order:7"
INVALID = "^Invalid Token: 'Invalid token'$"
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=160)


def signed() -> SignedTokens:
    return SignedTokens(b"a secret of 16 b")


@pytest.fixture(params=[signed, PlainTokens])
def tokens(request: pytest.FixtureRequest) -> TokenSigner:
    made: TokenSigner = request.param()
    return made


def test_a_token_leads_to_its_task(tokens: TokenSigner) -> None:
    assert tokens.address(tokens.mint(EXECUTION, 3)) == TaskAddress(EXECUTION, 3)


def test_a_token_is_minted_the_same_again(tokens: TokenSigner) -> None:
    assert tokens.mint(EXECUTION, 3) == tokens.mint(EXECUTION, 3)


def test_every_task_has_a_token_of_its_own(tokens: TokenSigner) -> None:
    assert len({tokens.mint(execution, task) for execution in ("a", "b") for task in (1, 2)}) == 4


@pytest.mark.parametrize(
    "token", ["", "x", "é.é", ".", "token", "token-", "token-x-y", "token-²-y", "token-3", "\ud800.x", "x" * 5_000]
)
def test_a_token_that_was_never_handed_out_is_invalid(tokens: TokenSigner, token: str) -> None:
    with pytest.raises(InvalidToken, match=INVALID):
        tokens.address(token)


def test_the_refusal_of_a_token_does_not_show_it() -> None:
    with pytest.raises(InvalidToken) as caught:
        signed().address("secret")
    assert "secret" not in str(caught.value)


def test_the_secret_is_not_shown() -> None:
    assert "secret" not in repr(signed())


def test_a_forged_token_is_invalid() -> None:
    address, _, signature = signed().mint(EXECUTION, 3).partition(".")
    other, _, _ = signed().mint(EXECUTION, 4).partition(".")
    for forged in (f"{other}.{signature}", f"{address}.{signature[:-1]}", f"{address}.", f"{address}.{signature}="):
        with pytest.raises(InvalidToken):
            signed().address(forged)


@given(NAMES, st.integers(0, 10**9), st.integers(0, 10**6), st.characters())
def test_a_token_in_which_anything_is_changed_is_invalid(execution: str, task: int, place: int, other: str) -> None:
    token = signed().mint(execution, task)
    place %= len(token)
    changed = token[:place] + other + token[place + 1 :]
    if changed != token:
        with pytest.raises(InvalidToken):
            signed().address(changed)


def test_another_secret_mints_other_tokens() -> None:
    token = SignedTokens(b"b" * 16).mint(EXECUTION, 3)
    with pytest.raises(InvalidToken):
        signed().address(token)


@given(NAMES, st.integers(0, 10**9))
def test_a_token_is_url_safe_and_short_and_read_back(execution: str, task: int) -> None:
    token = signed().mint(execution, task)
    assert re.fullmatch(r"[A-Za-z0-9_.-]{40,1023}", token)
    assert signed().address(token) == (execution, task)


def test_an_execution_with_too_long_a_name_has_no_token() -> None:
    with pytest.raises(ValueError, match="too many for a task token"):
        signed().mint("x" * 1000, 1)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 16 bytes, not 3"):
        SignedTokens(b"abc")
