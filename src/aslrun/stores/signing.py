"""What task tokens look like, and whose they are.

Rules that a change must keep:

1. ``mint`` is a pure function of (execution, task) and the secret: a replay mints the same token, in any process.
2. A token says itself which task it stands for, so nothing is kept for it: an open token costs no memory and needs no
   recovery. Whether the task still waits is the execution's to know.
3. What was not minted here is ``InvalidToken``. A signature is compared in constant time.
4. Tokens are secrets: no message and no ``repr`` shows one, nor what it was signed with.
"""

from __future__ import annotations

import base64
from typing import NamedTuple, Protocol

from ..errors import InvalidToken

LONGEST_TOKEN = 1_023
"""Characters; AWS allows 2,048, older versions of its API 1,024."""

SHORTEST_SECRET = 16  # bytes


class TaskAddress(NamedTuple):
    """The task that a token stands for: the execution's ARN and the number of the task in it."""

    execution: str
    task: int


class TokenSigner(Protocol):
    """Makes task tokens, and reads those that it made."""

    def mint(self, execution: str, task: int) -> str:
        """The token of a task; always the same one."""
        ...

    def address(self, token: str) -> TaskAddress:
        """The task of a token. Raises ``InvalidToken`` for one that was not minted here."""
        ...


class SignedTokens:
    """Tokens that nobody can guess: an address with its HMAC-SHA-256.

    >>> tokens = SignedTokens(b"0123456789abcdef")
    >>> token = tokens.mint("arn:aws:states:us-east-1:111111111111:execution:order:7", 3)
    >>> tokens.address(token).task
    3
    >>> tokens.address(token[:-1] + "_")
    Traceback (most recent call last):
    ...
    aslrun.errors.InvalidToken: Invalid Token: 'Invalid token'
    """

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) < SHORTEST_SECRET:
            raise ValueError(f"the secret of task tokens must have at least 16 bytes, not {len(secret)}")
        self._secret = secret

    def mint(self, execution: str, task: int) -> str:
        """The token of a task, URL safe and shorter than 1,024 characters.

        Raises ``ValueError`` if the name of the execution is too long for that.
        """
        address = _encoded(f"{task}:{execution}".encode())
        token = f"{address}.{_encoded(self._signature(address))}"
        if len(token) > LONGEST_TOKEN:
            raise ValueError(f"the name of an execution has {len(execution)} characters, too many for a task token")
        return token

    def address(self, token: str) -> TaskAddress:
        """The task of a token. Raises ``InvalidToken``."""
        address, _, signature = token.partition(".")
        import hmac  # imported here, as below: hashlib is slow to load, and simulations have no need of it

        expected = _encoded(self._signature(address)).encode()
        if not hmac.compare_digest(expected, signature.encode("utf-8", "replace")):
            raise InvalidToken(INVALID)
        task, _, execution = base64.urlsafe_b64decode(address + "=" * (-len(address) % 4)).decode().partition(":")
        return TaskAddress(execution, int(task))

    def _signature(self, address: str) -> bytes:
        import hmac

        return hmac.digest(self._secret, address.encode("utf-8", "replace"), "sha256")


class PlainTokens:
    """Tokens for tests and simulations: they can be read, written down and guessed.

    >>> PlainTokens().mint("order-7", 3)
    'token-3-order-7'
    """

    __slots__ = ()

    def mint(self, execution: str, task: int) -> str:
        """The token of a task, readable."""
        return f"token-{task}-{execution}"

    def address(self, token: str) -> TaskAddress:
        """The task of a token. Raises ``InvalidToken``."""
        word, _, rest = token.partition("-")
        task, dash, execution = rest.partition("-")
        if word != "token" or not dash or not (task.isascii() and task.isdecimal() and len(task) < 20):
            raise InvalidToken(INVALID)
        return TaskAddress(execution, int(task))


INVALID = "Invalid Token: 'Invalid token'"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
