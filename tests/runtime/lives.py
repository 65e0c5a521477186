"""Lives of a process over one store: each may be killed, and the next one goes on."""

from __future__ import annotations

from typing import Any

from anyio.lowlevel import checkpoint

from aslrun import Interpreter, Resources, VirtualClock
from aslrun.errors import StoreUnavailable
from aslrun.stores.protocols import ExecutionStore
from aslrun.values import JSON

from .machines import State, machine

NOW = 1_000_000.0


class Killed(StoreUnavailable):
    """The process is gone."""


class Mortal:
    """A store that can be cut off: nothing that happens afterwards is kept, as when the process is killed."""

    def __init__(self, behind: ExecutionStore) -> None:
        self.behind = behind
        self.opened, self.load, self.list = behind.opened, behind.load, behind.list
        self.alive = True

    def write(self, changes: Any, *, wait: bool = True) -> None:
        if not self.alive:
            raise Killed("the store", "the process was killed")
        self.behind.write(changes, wait=wait)

    def tokens(self) -> Any:
        return self.behind.tokens()  # type: ignore[attr-defined]


class Life:
    """One life of a process, from ``at`` on; killed at its end unless it is to be left in peace."""

    def __init__(
        self,
        store: ExecutionStore,
        resources: Resources | None = None,
        at: float = NOW,
        peace: bool = False,
        **options: Any,
    ) -> None:
        self.store, self.peace = Mortal(store), peace
        self.clock = VirtualClock(start=at, auto=False)
        self.interpreter = Interpreter(resources, store=self.store, clock=self.clock, **options)

    async def __aenter__(self) -> Life:
        await self.interpreter.__aenter__()
        await self.quiet()
        return self

    async def quiet(self) -> None:
        """Wait until all that was told is written, though handlers may be at work."""
        rounds = 0
        while rounds < 10:
            await checkpoint()
            journal = self.interpreter._journal
            rounds = rounds + 1 if journal is None or journal.is_idle else 0

    async def __aexit__(self, *error: Any) -> None:
        await self.quiet()
        self.store.alive = self.peace
        try:
            await self.interpreter.__aexit__(*error)
        except Killed:
            pass

    async def begin(self, *states: State, input: JSON = None, name: str = "one") -> str:
        execution = await self.interpreter.start(machine(*states), input, name=name)
        await self.quiet()
        return execution.arn

    async def output(self, arn: str) -> JSON:
        return (await self.interpreter.execution(arn).result()).output

    def stopped(self, arn: str) -> float:
        at = self.interpreter.describe(arn).stopped_at
        assert at is not None
        return at - NOW
