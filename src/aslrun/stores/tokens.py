"""Where task tokens are kept: the secret that signs them, and the keys of the application under which they lie.

An application knows an order number or the id of an issue, and no token. It stores the token under that *key* when the
task begins, and finds it by the key when the answer comes.

Rules that a change must keep:

1. A store decides nothing: who may take a key, and whether a token is still good, is said by ``TaskCallbacks``. ``put``
   writes only if the key still holds what its caller saw, which is all that racing processes need.
2. A token stays under its key after it was used, marked so: who answers twice is to hear that, and not that there was
   never such a key. Entries that have expired may be dropped at any time.
3. Tokens and the secret are secrets: no message and no ``repr`` shows one. Keys are not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol, runtime_checkable

from ..errors import AslrunError
from .signing import PlainTokens, SignedTokens, TokenSigner

LONGEST_KEY = 1_024  # characters
RESERVED = "aslrun:"  # how no key of an application begins


class TokenStoreError(AslrunError):
    """The place where tokens are kept cannot be read or written; the message says where and why."""


@dataclass(frozen=True, slots=True)
class StoredToken:
    """A token that lies under a key. ``expires`` is in seconds since the epoch; ``used`` says that it was answered."""

    token: str = field(repr=False)
    expires: float
    used: bool = False


@runtime_checkable
class KeepsTokens(Protocol):
    """An execution store that has a place for task tokens, too, so that they stay good after a restart."""

    def tokens(self) -> TokenStore:
        """The token store; the same secret whenever it is asked."""
        ...


class TokenStore(Protocol):
    """Keeps the secret of the tokens, and tokens under keys. May be asked from any thread, and may block."""

    def signer(self, fresh: bytes) -> TokenSigner:
        """What makes the tokens and reads them, with the secret that is kept; ``fresh`` is kept if there is none."""
        ...

    def find(self, key: str) -> StoredToken | None:
        """What lies under a key, expired or not."""
        ...

    def put(self, key: str, entry: StoredToken, instead_of: StoredToken | None, now: float) -> bool:
        """Store an entry if the key holds ``instead_of`` (``None``: nothing), in one step; whether it did.

        What has expired by ``now`` may be dropped.
        """
        ...


class MemoryTokenStore:
    """A token store for one process.

    The tokens of stores with the same ``secret`` (at least 16 bytes) are the same.

    >>> store = MemoryTokenStore()
    >>> store.put("PROJ-1", StoredToken("secret", expires=60.0), None, now=0.0)
    True
    >>> store.put("PROJ-1", StoredToken("other", expires=60.0), None, now=0.0)
    False
    >>> store.find("PROJ-1")
    StoredToken(expires=60.0, used=False)
    """

    __slots__ = ("_entries", "_lock", "_room", "_secret")

    def __init__(self, secret: bytes | None = None) -> None:
        if secret is not None:
            SignedTokens(secret)  # refuses what is too short
        self._secret = secret
        self._entries: dict[str, StoredToken] = {}
        self._room = 1_000
        self._lock = Lock()

    def signer(self, fresh: bytes) -> TokenSigner:
        """What makes the tokens, with the secret of this store."""
        if self._secret is None:
            self._secret = fresh
        return SignedTokens(self._secret)

    def find(self, key: str) -> StoredToken | None:
        """What lies under a key, expired or not."""
        return self._entries.get(key)

    def put(self, key: str, entry: StoredToken, instead_of: StoredToken | None, now: float) -> bool:
        """Store an entry if the key holds ``instead_of``; whether it did."""
        with self._lock:
            if self._entries.get(key) != instead_of:
                return False
            self._entries[key] = entry
            if len(self._entries) > self._room:
                self._entries = {key: each for key, each in self._entries.items() if each.expires > now}
                self._room = max(1_000, 2 * len(self._entries))
            return True

    def __len__(self) -> int:
        """How many keys there are."""
        return len(self._entries)


class PlainTokenStore(MemoryTokenStore):
    """A token store for tests and simulations: its tokens can be read, written down and guessed."""

    __slots__ = ()

    def signer(self, fresh: bytes) -> TokenSigner:
        """What makes readable tokens."""
        return PlainTokens()


def check_key(key: object) -> str:
    """The key, if tokens can be stored under it. Raises ``TypeError`` or ``ValueError``."""
    if not isinstance(key, str):
        raise TypeError(f"the key of a task token must be text, not {type(key).__name__}")
    if not 1 <= len(key) <= LONGEST_KEY:
        raise ValueError(f"the key of a task token must have from 1 to {LONGEST_KEY} characters, not {len(key)}")
    if not_unicode := next((character for character in key if "\ud800" <= character <= "\udfff"), None):
        raise ValueError(f"the key of a task token must be Unicode text: it contains {not_unicode!r}")
    if key.startswith(RESERVED):
        raise ValueError(f"the key of a task token must not begin with {RESERVED!r}: {key!r}")
    return key
