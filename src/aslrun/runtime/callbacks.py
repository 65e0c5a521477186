"""Answers to tasks that wait, from whoever holds a token or the key under which it lies: one front, several ways.

The same webhook runs beside an interpreter in its process, beside one in another process, and beside Step Functions.

Rules that a change must keep:

1. All four methods may be called from anywhere. Off an event loop they act before they return; on one they act when
   they are awaited, and whatever blocks does so in a thread.
2. Whether a token is good is asked of whoever runs the task, never concluded from the store: of racers with one token
   exactly one is acknowledged.
3. A key is marked as used after its token was accepted, not before: between the two a process may die, and the token
   must not be lost by that.
4. Tokens and outputs are in no message and no ``repr``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import AlreadyAnswered, CallerError, TaskDoesNotExist, TaskKeyInUse, TaskTimedOut, check_texts
from ..resources.task_context import ACKNOWLEDGED
from ..stores.sqlite_tokens import SQLiteTokenStore
from ..stores.tokens import MemoryTokenStore, StoredToken, TokenStore, check_key
from ..values import JSON
from .callback_aws import StepFunctionsChannel, StepFunctionsClient
from .callback_channels import CallbackChannel, LocalChannel, aside, on_event_loop
from .callback_file import FileChannel
from .task_output import text_of

if TYPE_CHECKING:
    from .interpreter import Interpreter

LONGEST_EXECUTION = 31_536_000.0  # seconds: a year
WAIT_FOR_OWNER = 10.0  # seconds

Send = Callable[[str], Awaitable[None]]


class TaskCallbacks:
    """Ends tasks by their token or by a key, and keeps them alive.

    Made by ``local``, ``file`` or ``aws``. On an event loop every method is awaited; elsewhere, as in a worker thread
    or in a Lambda function, it is just called.
    """

    __slots__ = ("_channel", "_now", "_tokens")

    def __init__(
        self, channel: CallbackChannel, tokens: Callable[[], TokenStore | None], now: Callable[[], float] = time.time
    ) -> None:
        self._channel, self._tokens, self._now = channel, tokens, now

    @classmethod
    def local(cls, interpreter: Interpreter) -> TaskCallbacks:
        """For the tasks of an interpreter in this process, from any thread; keys lie in its token store."""
        # asked for each time: an interpreter may find its token store only when it is entered
        return cls(LocalChannel(interpreter), lambda: interpreter.tokens, interpreter.now)

    @classmethod
    def file(cls, path: os.PathLike[str] | str, *, wait: float = WAIT_FOR_OWNER, leave: bool = False) -> TaskCallbacks:
        """For the tasks of an interpreter in another process, by the SQLite file of its tokens.

        Every callback waits for that interpreter's answer, at most ``wait`` seconds; if none comes in time it is
        withdrawn and raises ``CallbackUnanswered``. With ``leave`` it raises that too, but a success or failure stays
        in the file for the next interpreter. Raises ``TokenStoreError`` if there is no such file.
        """
        tokens = SQLiteTokenStore(path, create=False)
        return cls(FileChannel(tokens, wait, leave), lambda: tokens)

    @classmethod
    def aws(cls, client: StepFunctionsClient | None = None, *, tokens: TokenStore | None = None) -> TaskCallbacks:
        """For the tasks of Step Functions, by a boto3 client of ``stepfunctions``, made if it is not given.

        Keys lie in ``tokens``, usually a ``DynamoDBTokenStore``. Needs the extra ``aws``.
        """
        return cls(StepFunctionsChannel(client), lambda: tokens)

    # ------------------------------------------------------------------ the four methods

    def send_task_success(
        self, output: JSON | str = None, *, token: str | None = None, key: str | None = None
    ) -> Awaitable[None]:
        """End a task with an output: JSON text, or a JSON value other than text.

        Give ``token`` or ``key``. Raises ``InvalidOutput``, ``InvalidToken``, ``TaskDoesNotExist`` (also if nothing
        lies under the key) or ``TaskTimedOut`` if the task is over, by a key that was answered its subclass
        ``AlreadyAnswered``. ``TypeError`` if both or neither are given.
        """
        text = text_of(output)
        return self._act(self._end(*_named(token, key), lambda token: self._channel.success(token, text)))

    def send_task_failure(
        self, error: str | None = None, cause: str | None = None, *, token: str | None = None, key: str | None = None
    ) -> Awaitable[None]:
        """Let a task fail. Raises as ``send_task_success`` does, and ``TypeError`` for what is no text."""
        check_texts(error, cause)
        return self._act(self._end(*_named(token, key), lambda token: self._channel.failure(token, error, cause)))

    def send_task_heartbeat(self, *, token: str | None = None, key: str | None = None) -> Awaitable[None]:
        """A task is alive: its HeartbeatSeconds begin anew. Raises as ``send_task_success`` does."""
        return self._act(self._beat(*_named(token, key)))

    def store_token(self, key: str, token: str, *, ttl: float = LONGEST_EXECUTION) -> Awaitable[None]:
        """Store the token of a task under a key of the application, for ``ttl`` seconds.

        Give it longer than the task's TimeoutSeconds: who comes too late then hears so. To store the same token again
        is no change. Raises ``TaskKeyInUse`` while another task waits under the key.
        """
        if not ttl > 0:
            raise ValueError(f"a task token can be stored for more than 0 seconds, not {ttl}")
        return self._act(self._store(check_key(key), token, ttl))

    def close(self) -> None:
        """Let go of the file that ``file`` has opened; the others need no closing."""
        self._channel.close()

    # ------------------------------------------------------------------ how

    def _act(self, doing: Coroutine[object, None, None]) -> Awaitable[None]:
        """At once where nothing can be awaited; ``doing`` then comes to its end in one step."""
        if on_event_loop():
            return doing
        try:
            doing.send(None)
        except StopIteration:
            return ACKNOWLEDGED
        raise AssertionError("a callback waited for an event loop where there is none")

    async def _end(self, token: str | None, key: str | None, send: Send) -> None:
        if token is not None:
            return await send(token)
        assert key is not None
        entry = await self._unused(key)
        try:
            await send(entry.token)
        except TaskTimedOut:
            await self._unused(key)  # somebody may have been faster
            raise
        await self._put(key, replace(entry, used=True), entry)

    async def _beat(self, token: str | None, key: str | None) -> None:
        if token is None:
            assert key is not None
            token = (await self._unused(key)).token
        await self._channel.heartbeat(token)

    async def _store(self, key: str, token: str, ttl: float) -> None:
        while True:  # if another is faster, it has the key: the next round says so
            known, now = await self._find(key), self._now()
            if known is not None and not known.used and known.expires > now:
                if known.token == token:
                    return
                if await self._channel.is_open(known.token):
                    raise TaskKeyInUse(key)
            if await self._put(key, StoredToken(token, now + ttl), known):
                return

    async def _unused(self, key: str) -> StoredToken:
        """What lies under the key."""
        entry = await self._find(key)
        if entry is None or entry.expires <= self._now():
            raise TaskDoesNotExist(f"Task Does Not Exist: there is no task token under the key {key!r}")
        if entry.used:
            raise AlreadyAnswered(key)
        return entry

    def _keys(self) -> TokenStore:
        tokens = self._tokens()
        if tokens is None:
            raise CallerError("these callbacks have no token store, and know no keys: give one as tokens=...")
        return tokens

    async def _find(self, key: str) -> StoredToken | None:
        tokens = self._keys()
        if isinstance(tokens, MemoryTokenStore):  # does not block; and a virtual clock must not run on meanwhile
            return tokens.find(key)
        return await aside(tokens.find, key)

    async def _put(self, key: str, entry: StoredToken, instead_of: StoredToken | None) -> bool:
        tokens, now = self._keys(), self._now()
        if isinstance(tokens, MemoryTokenStore):
            return tokens.put(key, entry, instead_of, now)
        return await aside(tokens.put, key, entry, instead_of, now)


def _named(token: str | None, key: str | None) -> tuple[str | None, str | None]:
    """One of the two."""
    if (token is None) == (key is None):
        raise TypeError("give either the token of a task or the key under which it is stored")
    if token is not None and not isinstance(token, str):
        raise TypeError(f"a task token must be text, not {type(token).__name__}")
    return token, None if key is None else check_key(key)
