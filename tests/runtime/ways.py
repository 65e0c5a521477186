"""The ways to send a task token: within the interpreter's process and through its file, awaited and from a thread."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import anyio.to_thread

from aslrun import Interpreter, TaskCallbacks, VirtualClock
from aslrun.runtime.execution_handle import ExecutionHandle
from aslrun.stores.sqlite_tokens import SQLiteTokenStore
from aslrun.stores.tokens import MemoryTokenStore

from .machines import Desk, State, machine

Call = Callable[..., Awaitable[None]]


@dataclass
class Way:
    """An interpreter with a desk of tokens, and callbacks to it; time stands still unless it is moved."""

    interpreter: Interpreter
    clock: VirtualClock
    desk: Desk
    callbacks: TaskCallbacks
    threaded: bool

    async def waiting(self, *states: State) -> ExecutionHandle:
        """An execution of these states whose token lies on the desk."""
        execution = await self.interpreter.start(machine(*states))
        await self.interpreter.settled()
        return execution

    async def do(self, method: str, *arguments: object, **named: object) -> None:
        """Call a method of the callbacks."""
        call = partial(getattr(self.callbacks, method), *arguments, **named)
        if self.threaded:
            await anyio.to_thread.run_sync(call)
        else:
            await call()


@asynccontextmanager
async def local(folder: Path, *, threaded: bool) -> AsyncIterator[Way]:
    desk, clock = Desk(), VirtualClock(auto=False)
    async with Interpreter(desk.resources, clock=clock, tokens=MemoryTokenStore()) as interpreter:
        yield Way(interpreter, clock, desk, TaskCallbacks.local(interpreter), threaded)


@asynccontextmanager
async def file(folder: Path, *, threaded: bool) -> AsyncIterator[Way]:
    desk, clock = Desk(), VirtualClock(auto=False)
    with closing(SQLiteTokenStore(folder / "runs.db")) as tokens:
        async with Interpreter(desk.resources, clock=clock, tokens=tokens) as interpreter:
            with closing(TaskCallbacks.file(folder / "runs.db", wait=20)) as callbacks:
                yield Way(interpreter, clock, desk, callbacks, threaded)


WAYS = {
    "local": partial(local, threaded=False),
    "local from a thread": partial(local, threaded=True),
    "file": partial(file, threaded=False),
    "file from a thread": partial(file, threaded=True),
}
