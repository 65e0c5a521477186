"""The process that is killed: an interpreter over an SQLite file, driven by lines on a socket.

A command is ``start NAME``, ``answer TOKEN NONCE``, ``stop NAME``, ``redrive NAME`` or ``look NAME``. Every one is
answered: ``ok`` and the command, when the interpreter has acknowledged it, or ``no``, the command and the error. By
themselves come ``ready COUNT``, with the number of executions that were recovered, and ``ended NAME STATUS``.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
from anyio.abc import TaskGroup

from aslrun import AslrunError, Interpreter
from aslrun.engine.effects import Status
from aslrun.runtime.execution_handle import ExecutionHandle
from aslrun.stores.protocols import ExecutionStore
from aslrun.stores.sqlite import SQLiteStore

from .machines import ACTIVITY, SHAPES, definition
from .world import Handlers, Log, NotingStore

WORKERS = 4

Wrap = Callable[[ExecutionStore], ExecutionStore]


def shape_of(name: str) -> tuple[str, int]:
    """The shape and the variant of an execution: ``chain-2-17`` is the 17th execution, a chain."""
    shape, variant, _ = name.split("-")
    return shape, int(variant)


def arn_of(name: str) -> str:
    """The ARN of an execution."""
    return f"arn:aws:states:us-east-1:123456789012:execution:{shape_of(name)[0]}:{name}"


class Process:
    """One life."""

    def __init__(self, folder: Path, channel: socket.socket, max_awake: int, wrap: Wrap | None) -> None:
        self._folder, self._channel, self._max_awake = folder, channel, max_awake
        self._wrap = wrap or (lambda store: store)
        self._machines = {shape: _loaded(shape) for shape in SHAPES}
        self._interpreter: Interpreter | None = None

    async def live(self) -> None:
        """Until the socket is closed, or somebody kills us."""
        log = Log(self._folder / "world.log")
        store = NotingStore(self._wrap(SQLiteStore(self._folder / "runs.db", check=False)), log)
        async with (
            Interpreter(
                Handlers(log).resources(), store=store, max_awake=self._max_awake, on_status=self._on_status
            ) as self._interpreter,
            anyio.create_task_group() as group,
        ):
            self._say("ready", str(self._interpreter.recovered.executions))
            for number in range(WORKERS):
                group.start_soon(self._work, f"worker {number}")
            await self._listen(group)
            group.cancel_scope.cancel()

    def _say(self, *words: str) -> None:
        self._channel.sendall((" ".join(words) + "\n").encode())

    def _on_status(self, execution: ExecutionHandle, status: Status) -> None:
        if status != "RUNNING":
            self._say("ended", execution.name, status)

    async def _listen(self, group: TaskGroup) -> None:
        rest = b""
        while True:
            await anyio.wait_readable(self._channel)
            data = self._channel.recv(65_536)
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                group.start_soon(self._obey, line.decode())

    async def _obey(self, line: str) -> None:
        verb, *words = line.split(" ")
        try:
            await self._verbs[verb](self, *words)
        except AslrunError as error:
            self._say("no", line, type(error).__name__)
        else:
            self._say("ok", line)

    async def _start(self, name: str) -> None:
        shape, variant = shape_of(name)
        assert self._interpreter is not None
        await self._interpreter.start(self._machines[shape], SHAPES[shape].input(variant), name=name, seed=1)

    async def _answer(self, token: str, nonce: str) -> None:
        assert self._interpreter is not None
        await self._interpreter.send_task_success(token, {"nonce": nonce})

    async def _stop(self, name: str) -> None:
        assert self._interpreter is not None
        await self._interpreter.stop(arn_of(name), "Stopped", "by the client")

    async def _redrive(self, name: str) -> None:
        assert self._interpreter is not None
        await self._interpreter.redrive(arn_of(name))

    async def _look(self, name: str) -> None:
        assert self._interpreter is not None
        execution = self._interpreter.execution(arn_of(name))
        if execution.run.finished:  # to ask for the status would wake one that sleeps
            self._on_status(execution, execution.status)

    _verbs: dict[str, Callable[..., Awaitable[None]]] = {  # noqa: RUF012
        "start": _start,
        "answer": _answer,
        "stop": _stop,
        "redrive": _redrive,
        "look": _look,
    }

    async def _work(self, name: str) -> None:
        """A worker of the activity, who dies with the process."""
        assert self._interpreter is not None
        while True:
            task = await self._interpreter.get_activity_task(ACTIVITY, name)
            if task is None:
                continue
            await anyio.sleep(0.02)
            try:
                await self._interpreter.send_task_success(task.task_token, {"n": 7, "worked": True})
            except AslrunError:
                pass  # too late: it is done again


def _loaded(shape: str) -> object:
    from aslrun import load

    return load(definition(shape), name=shape)


def main(folder: Path, channel: socket.socket, max_awake: int, wrap: Wrap | None = None) -> None:
    """Live in this process."""
    anyio.run(Process(folder, channel, max_awake, wrap).live)
