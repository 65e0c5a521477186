"""Task tokens: the doorman between a callback and the task that waits for it.

Rules that a change must keep:

1. ``mint`` is a pure function of (execution, task) and the store's key: a replay mints the same token, and
   minting alone opens nothing.
2. A token opens one task and does so until ``close``. What is outstanding is the execution's to know; the store
   keeps the open tokens only, so closed ones cost nothing.
3. Three answers, as the API has them: an open token is resolved; one of ours that is not open belongs to a task
   that is over (``TaskTimedOut``); anything else was never handed out (``InvalidToken``). An execution that is
   gone is ``TaskDoesNotExist``, which the driver finds out, not the doorman.
4. Tokens are secrets: no message and no ``repr`` shows one.

A token may later also be found by a key of the application (an order number): ``open`` is where it would be given.
"""

from __future__ import annotations

import base64
from typing import NamedTuple, Protocol

from ..errors import InvalidToken, TaskTimedOut

LONGEST_TOKEN = 1_023
"""Characters; AWS allows 2,048, older versions of its API 1,024."""


class TaskAddress(NamedTuple):
    """The task that a token stands for: the execution's ARN and the number of the task in it."""

    execution: str
    task: int


class TokenStore(Protocol):
    """Which task waits under which token."""

    def mint(self, execution: str, task: int) -> str:
        """The token of a task; always the same one, and not open yet."""
        ...

    def open(self, token: str, execution: str, task: int) -> None:
        """From now on the token can be used; opening it again is no change."""
        ...

    def resolve(self, token: str) -> TaskAddress:
        """The task of an open token.

        Raises ``TaskTimedOut`` if the task is over and ``InvalidToken`` if the token was never handed out.
        """
        ...

    def close(self, token: str) -> None:
        """The task is over; closing a closed token is no change."""
        ...


class _OpenTokens:
    """The open tokens of a store, which says itself what its tokens look like."""

    __slots__ = ("_open",)

    def __init__(self) -> None:
        self._open: dict[str, TaskAddress] = {}

    def open(self, token: str, execution: str, task: int) -> None:
        """From now on the token can be used."""
        self._open[token] = TaskAddress(execution, task)

    def resolve(self, token: str) -> TaskAddress:
        """The task of an open token; raises ``TaskTimedOut`` or ``InvalidToken``."""
        address = self._open.get(token)
        return address if address is not None else _refuse(self._is_ours(token))

    def close(self, token: str) -> None:
        """The task is over."""
        self._open.pop(token, None)

    def __len__(self) -> int:
        """How many tokens are open."""
        return len(self._open)

    def _is_ours(self, token: str) -> bool:
        """Whether the store may have minted the token."""
        raise NotImplementedError


class MemoryTokenStore(_OpenTokens):
    """A token store for one process; its tokens are signed, so nobody can guess one.

    The tokens of a store with the same ``key`` (at least 16 bytes, kept secret) are the same, which is what makes
    callbacks possible after a restart.

    >>> store = MemoryTokenStore(key=b"0123456789abcdef")
    >>> token = store.mint("arn:aws:states:us-east-1:111111111111:execution:order:7", 3)
    >>> store.open(token, "arn:aws:states:us-east-1:111111111111:execution:order:7", 3)
    >>> store.resolve(token).task
    3
    >>> store.close(token)
    >>> store.resolve(token)
    Traceback (most recent call last):
    ...
    aslrun.errors.TaskTimedOut: Task Timed Out: 'Provided task does not exist anymore'
    """

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        if len(key) < 16:
            raise ValueError(f"the key of a token store must have at least 16 bytes, not {len(key)}")
        super().__init__()
        self._key = key

    def mint(self, execution: str, task: int) -> str:
        """The token of a task, URL safe and shorter than 1,024 characters.

        Raises ``ValueError`` if the name of the execution is too long for that.
        """
        address = _encoded(f"{task}:{execution}".encode())
        token = f"{address}.{_encoded(self._signature(address))}"
        if len(token) > LONGEST_TOKEN:
            raise ValueError(f"the name of an execution has {len(execution)} characters, too many for a task token")
        return token

    def _is_ours(self, token: str) -> bool:
        address, _, signature = token.partition(".")
        import hmac  # imported here, as below: hashlib is slow to load, and simulations have no need of it

        return hmac.compare_digest(_encoded(self._signature(address)).encode(), signature.encode("utf-8", "replace"))

    def _signature(self, address: str) -> bytes:
        import hmac

        return hmac.digest(self._key, address.encode("utf-8", "replace"), "sha256")


class PlainTokenStore(_OpenTokens):
    """A token store for tests and simulations: its tokens can be read, written down and guessed.

    >>> PlainTokenStore().mint("order-7", 3)
    'token-3-order-7'
    """

    __slots__ = ()

    def mint(self, execution: str, task: int) -> str:
        """The token of a task, readable."""
        return f"token-{task}-{execution}"

    def _is_ours(self, token: str) -> bool:
        word, _, address = token.partition("-")
        task, dash, _ = address.partition("-")
        return word == "token" and task.isdecimal() and bool(dash)


def _refuse(ours: bool) -> TaskAddress:
    if ours:
        raise TaskTimedOut
    raise InvalidToken("Invalid Token: 'Invalid token'")


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
