"""The token store in an SQLite file, and the inbox in it for callbacks from other processes.

Rules that a change must keep:

1. A callback in the inbox has no effect until the owner of the executions has taken it, and is acknowledged by the
   owner's verdict only. Until it is taken, its sender can withdraw it; the two exclude each other.
2. The secret and every key have a checksum: what does not agree is an error, never another answer.
3. The owner takes before it acts and gives the verdict after. A callback that was taken by an owner who died in between
   may have counted or not, and its sender is told that.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from zlib import crc32

from ..errors import InvalidToken
from .signing import INVALID, SHORTEST_SECRET, SignedTokens, TokenSigner
from .sqlite_file import Row, SQLiteFile, Value
from .tokens import StoredToken, TokenStoreError

CRC = 4  # bytes behind the secret
_COLUMNS = "token, expires, used, crc"
KEPT = 3_600.0  # seconds that a verdict waits for a sender who may be dead


class SQLiteTokenStore:
    """A token store that survives the process; several processes may use one file at a time.

    Raises ``TokenStoreError`` if the file cannot be opened, also later if it cannot be read or written.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     store = SQLiteTokenStore(f"{folder}/runs.db")
    ...     store.put("PROJ-1", StoredToken("secret", expires=60.0), None, now=0.0)
    ...     store.find("PROJ-1")
    ...     store.close()
    True
    StoredToken(expires=60.0, used=False)
    """

    __slots__ = ("_checked", "_file")

    def __init__(self, path: os.PathLike[str] | str, *, create: bool = True) -> None:
        self._file = SQLiteFile(path, create)
        self._checked = False

    def __repr__(self) -> str:
        return f"SQLiteTokenStore({str(self._file.path)!r})"

    def signer(self, fresh: bytes) -> TokenSigner:
        """What makes the tokens, with the secret in the file; ``fresh`` is stored if there is none."""
        if self._secret() is None:
            kept = fresh + crc32(fresh).to_bytes(CRC)
            self._file.write(("UPDATE aslrun_tokens SET secret = ? WHERE secret IS NULL", (kept,)))
        return SignedTokens(self._secret() or b"")

    def check(self, token: str) -> None:
        """Raise ``InvalidToken`` unless the token is signed with the secret in the file."""
        secret = self._secret()
        if secret is None:  # no interpreter has ever used the file
            raise InvalidToken(INVALID)
        SignedTokens(secret).address(token)

    def _secret(self) -> bytes | None:
        ((kept,),) = self._file.read("SELECT secret FROM aslrun_tokens")
        if kept is None:
            return None
        secret = kept[:-CRC] if isinstance(kept, bytes) else b""
        if len(secret) < SHORTEST_SECRET or kept != secret + crc32(secret).to_bytes(CRC):
            raise TokenStoreError(f"{self._file.path}: the secret of the task tokens is damaged")
        return secret

    def find(self, key: str) -> StoredToken | None:
        """What lies under a key, expired or not."""
        for row in self._file.read(f"SELECT {_COLUMNS} FROM aslrun_token_keys WHERE key = ?", key):
            return self._entry(key, row)
        self._check_all()
        return None

    def _entry(self, key: Value, row: Row) -> StoredToken:
        token, expires, used, crc = row
        if crc != _crc(key, token, expires, used):
            raise TokenStoreError(f"{self._file.path}: the task token under the key {key!r} is damaged")
        return StoredToken(token, expires, bool(used))  # type: ignore[arg-type]

    def _check_all(self) -> None:
        """A key that is not there may be one that is damaged; asked once."""
        if not self._checked:
            for key, *row in self._file.read(f"SELECT key, {_COLUMNS} FROM aslrun_token_keys"):
                self._entry(key, row)
            self._checked = True

    def put(self, key: str, entry: StoredToken, instead_of: StoredToken | None, now: float) -> bool:
        """Store an entry if the key holds ``instead_of``; whether it did."""
        values = _row(key, entry)
        if instead_of is not None:
            query = """UPDATE aslrun_token_keys SET token = ?, expires = ?, used = ?, crc = ?
                       WHERE key = ? AND token = ? AND expires = ? AND used = ?"""
            seen = (key, instead_of.token, instead_of.expires, instead_of.used)
            return self._file.write((query, (*values, *seen))) == 1
        expired = ("DELETE FROM aslrun_token_keys WHERE expires <= ? AND key != ?", (now, key))
        insert = f"INSERT INTO aslrun_token_keys ({_COLUMNS}, key) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
        return self._file.write(expired, (insert, (*values, key))) == 1

    def inbox(self) -> CallbackInbox:
        """The callbacks of other processes, on a connection of its own."""
        return CallbackInbox(SQLiteFile(self._file.path, create=False))

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _row(key: str, entry: StoredToken) -> Row:
    """The columns of an entry."""
    said = (entry.token, float(entry.expires), int(entry.used))
    return (*said, _crc(key, *said))


def _crc(*said: Value) -> int:
    return crc32(repr(said).encode("utf-8", "surrogatepass"))


@dataclass(frozen=True, slots=True)
class SentCallback:
    """A callback in the inbox: ``success`` with JSON text, ``failure`` with its two texts as JSON, or ``heartbeat``."""

    id: int
    token: str = field(repr=False)
    kind: str
    body: str = field(repr=False)


class CallbackInbox:
    """Callbacks on their way from one process to another."""

    __slots__ = ("_file",)

    def __init__(self, file: SQLiteFile) -> None:
        self._file = file

    # ------------------------------------------------------------------ who sends

    def send(self, token: str, kind: str, body: str) -> int:
        """Leave a callback for the owner; its number."""
        query = "INSERT INTO aslrun_callbacks (token, kind, body) VALUES (?, ?, ?) RETURNING id"
        ((id,),) = self._file.returning(query, token, kind, body.encode("utf-8", "surrogatepass"))
        assert isinstance(id, int)
        return id

    def verdict(self, id: int) -> str | None:
        """What the owner has said to it; ``None``: nothing yet."""
        for (said,) in self._file.read("SELECT verdict FROM aslrun_callbacks WHERE id = ?", id):
            return said if isinstance(said, str) else None
        return None

    def withdraw(self, id: int) -> bool:
        """Take it back; ``False`` if the owner has it already."""
        return self._file.write(("DELETE FROM aslrun_callbacks WHERE id = ? AND taken = 0", (id,))) == 1

    def is_taken(self, id: int) -> bool:
        """Whether the owner has it."""
        return not self._file.read("SELECT 1 FROM aslrun_callbacks WHERE id = ? AND taken = 0", id)

    def remove(self, id: int) -> None:
        """The sender knows the verdict."""
        self._file.write(("DELETE FROM aslrun_callbacks WHERE id = ?", (id,)))

    # ------------------------------------------------------------------ who owns the executions

    def has_new(self) -> bool:
        """Whether there is something to take; this costs little."""
        return bool(self._file.read("SELECT 1 FROM aslrun_callbacks WHERE taken = 0 LIMIT 1"))

    def take(self) -> list[SentCallback]:
        """All that is new, in the order in which it came; nobody can withdraw it any more."""
        query = "UPDATE aslrun_callbacks SET taken = 1 WHERE taken = 0 RETURNING id, token, kind, body"
        taken = [
            SentCallback(id, token, kind, body.decode("utf-8", "surrogatepass"))
            for id, token, kind, body in self._file.returning(query)
            if isinstance(id, int) and isinstance(token, str) and isinstance(kind, str) and isinstance(body, bytes)
        ]
        return sorted(taken, key=lambda each: each.id)

    def answer(self, verdicts: dict[int, str], now: float) -> None:
        """Tell the senders; what was answered long ago and never read is removed."""
        said = "UPDATE aslrun_callbacks SET verdict = ?, answered = ? WHERE id = ?"
        old = ("DELETE FROM aslrun_callbacks WHERE answered < ?", (now - KEPT,))
        self._file.write(*((said, (verdict, now, id)) for id, verdict in verdicts.items()), old)

    def abandoned(self) -> list[int]:
        """What an owner has taken that died before its verdict. To be asked by a new owner, first."""
        rows = self._file.read("SELECT id FROM aslrun_callbacks WHERE taken = 1 AND verdict IS NULL")
        return [id for (id,) in rows if isinstance(id, int)]

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
