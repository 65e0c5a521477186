"""Callbacks from one process to the interpreter of another, through the inbox in the SQLite file of its tokens.

The sender writes a callback into the file and waits for the interpreter's verdict: acknowledged, or the error that a
call in the interpreter's own process would have raised. So what a sender learns is always the truth of the one who
runs the task, and an acknowledgement means that the event is stored.

Rules that a change must keep:

1. A sender who was told an error has changed nothing, with one exception that its message names: the interpreter has
   taken the callback and died, or hangs, before its verdict.
2. A token that is garbage, or that another file has signed, is refused by the sender itself, without the interpreter.
3. Trouble with the file is the senders' to hear about, in time; it never ends the interpreter.
"""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup

from ..errors import (
    CallbackUnanswered,
    CallerError,
    InvalidOutput,
    InvalidToken,
    TaskDoesNotExist,
    TaskTimedOut,
)
from ..stores.sqlite_tokens import CallbackInbox, SentCallback, SQLiteTokenStore
from ..stores.tokens import TokenStoreError
from .callback_channels import aside, pause

if TYPE_CHECKING:
    from .interpreter import Interpreter

GLANCE = 0.02  # seconds between two looks of the interpreter into its inbox
SHORTEST_PAUSE, LONGEST_PAUSE = 0.002, 0.05  # seconds between two looks of a sender for the verdict
RECOVERY = 1.0  # seconds until the interpreter tries again after trouble with the file
ACKNOWLEDGED = "ok"

_ERRORS: dict[str, type[CallerError]] = {
    each.__name__: each for each in (CallbackUnanswered, InvalidOutput, InvalidToken, TaskDoesNotExist, TaskTimedOut)
}
_ENDINGS = ("success", "failure")
_WITHDRAWN = ", and it was withdrawn: is one running?"
_LEFT = "; it stays there for the next one, and counts if its task still waits then"
_UNSURE = "the interpreter has taken the callback and given no answer: it may have counted: send it again to find out"


# --------------------------------------------------------------------------- who sends


class FileChannel:
    """To the interpreter whose token store is in this file; ``wait`` is in seconds.

    With ``leave`` what ends a task stays in the inbox when nobody has taken it in time.
    """

    __slots__ = ("_inbox", "_leave", "_tokens", "_wait")

    def __init__(self, tokens: SQLiteTokenStore, wait: float, leave: bool = False) -> None:
        self._tokens, self._wait, self._leave = tokens, wait, leave
        self._inbox = tokens.inbox()

    async def success(self, token: str, output: str) -> None:
        """End the task with an output."""
        await self._send(token, "success", output)

    async def failure(self, token: str, error: str | None, cause: str | None) -> None:
        """Let the task fail."""
        await self._send(token, "failure", json.dumps([error, cause]))

    async def heartbeat(self, token: str) -> None:
        """The task is alive."""
        await self._send(token, "heartbeat", "")

    async def is_open(self, token: str) -> bool:
        """Whether somebody still waits for this token."""
        try:
            await self._send(token, "question", "")
        except (InvalidToken, TaskDoesNotExist, TaskTimedOut):
            return False
        return True

    def close(self) -> None:
        """Let go of the file."""
        self._inbox.close()
        self._tokens.close()

    async def _send(self, token: str, kind: str, body: str) -> None:
        await aside(self._tokens.check, token)
        id = await aside(self._inbox.send, token, kind, body)
        verdict = await self._verdict(id)
        if verdict is None:
            verdict = await self._last_chance(id, self._leave and kind in _ENDINGS)
        await aside(self._inbox.remove, id)
        _raise(verdict)

    async def _last_chance(self, id: int, leave: bool) -> str:
        """The verdict on a callback that was taken at the last moment, or is being acted upon."""
        taken = await aside(self._inbox.is_taken, id) if leave else not await aside(self._inbox.withdraw, id)
        if not taken:
            where = f"no interpreter has taken the callback from {self._tokens} within {self._wait:g} s"
            raise CallbackUnanswered(where + (_LEFT if leave else _WITHDRAWN))
        verdict = await self._verdict(id)
        if verdict is None:
            raise CallbackUnanswered(_UNSURE)
        return verdict

    async def _verdict(self, id: int) -> str | None:
        until, step = time.monotonic() + self._wait, SHORTEST_PAUSE
        while (verdict := await aside(self._inbox.verdict, id)) is None and time.monotonic() < until:
            await pause(step)
            step = min(2 * step, LONGEST_PAUSE)
        return verdict


def _raise(verdict: str) -> None:
    if verdict == ACKNOWLEDGED:
        return
    name, message = json.loads(verdict)
    raise _ERRORS.get(name, CallerError)(message)


# --------------------------------------------------------------------------- who runs the tasks


def serve_other_processes(interpreter: Interpreter, group: TaskGroup) -> None:
    """Let the group act upon the inbox of the interpreter's token store, if it has one."""
    if isinstance(interpreter.tokens, SQLiteTokenStore):
        group.start_soon(serve, interpreter.tokens, interpreter)


async def serve(tokens: SQLiteTokenStore, interpreter: Interpreter) -> None:
    """Act upon callbacks from other processes, until cancelled."""
    with closing(tokens.inbox()) as inbox:
        await _untroubled(_give_up, inbox)
        while True:
            await _untroubled(_serve_new, inbox, interpreter)
            await anyio.sleep(GLANCE)


async def _untroubled(work: Callable[..., Awaitable[None]], *arguments: object) -> None:
    """Do it as soon as the file allows it."""
    while True:
        try:
            return await work(*arguments)
        except TokenStoreError:
            await anyio.sleep(RECOVERY)


async def _give_up(inbox: CallbackInbox) -> None:
    """What an interpreter has taken that died."""
    unsure = json.dumps([CallbackUnanswered.__name__, _UNSURE])
    await _answer(inbox, dict.fromkeys(inbox.abandoned(), unsure))


async def _serve_new(inbox: CallbackInbox, interpreter: Interpreter) -> None:
    while inbox.has_new():
        with anyio.CancelScope(shield=True):  # what was taken is answered, also if the interpreter is left meanwhile
            taken = await anyio.to_thread.run_sync(inbox.take)
            await _answer(inbox, await _act(taken, interpreter))


async def _answer(inbox: CallbackInbox, verdicts: dict[int, str]) -> None:
    if verdicts:
        await anyio.to_thread.run_sync(inbox.answer, verdicts, time.time())


async def _act(taken: list[SentCallback], interpreter: Interpreter) -> dict[int, str]:
    """All at once, for an interpreter may store many events in one transaction; the verdicts by number."""
    verdicts: dict[int, str] = {}

    async def one(sent: SentCallback) -> None:
        verdicts[sent.id] = await _verdict(sent, interpreter)

    async with anyio.create_task_group() as group:
        for sent in taken:
            group.start_soon(one, sent)
    return verdicts


async def _verdict(sent: SentCallback, interpreter: Interpreter) -> str:
    try:
        await _ACTIONS[sent.kind](interpreter, sent)
    except CallerError as error:
        return json.dumps([type(error).__name__, str(error)])
    return ACKNOWLEDGED


async def _success(interpreter: Interpreter, sent: SentCallback) -> None:
    await interpreter.send_task_success(sent.token, sent.body)


async def _failure(interpreter: Interpreter, sent: SentCallback) -> None:
    await interpreter.send_task_failure(sent.token, *json.loads(sent.body))


async def _heartbeat(interpreter: Interpreter, sent: SentCallback) -> None:
    await interpreter.send_task_heartbeat(sent.token)


async def _question(interpreter: Interpreter, sent: SentCallback) -> None:
    if not await interpreter.waits_for_token(sent.token):
        raise TaskTimedOut


_ACTIONS = {"success": _success, "failure": _failure, "heartbeat": _heartbeat, "question": _question}
