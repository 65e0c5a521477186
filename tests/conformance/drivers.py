"""The drivers on which every case is played, behind one face.

- ``simulate``: the function itself, one call per execution. It cannot be told anything from outside, so a case with
  StopExecution, task tokens or activities is played on the same loop with somebody beside it (``Stage``).
- ``asyncio`` and ``trio``: ``Interpreter``, on event loops whose time is virtual.
- ``restart``: after every single event the execution is dumped, written to JSON, read, and loaded again.

Time passes only in ``finish``: what a client does without waiting happens at one instant.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ClassVar, TypeVar

import anyio

from aslrun import Interpreter, Machine, Resources, Result, simulate
from aslrun.engine.dump import dump, load
from aslrun.engine.events import Event
from aslrun.engine.execution import Execution
from aslrun.runtime.admission import admitted
from aslrun.runtime.clock import LoopClock
from aslrun.runtime.host import Host
from aslrun.runtime.naming import Place
from aslrun.runtime.runs import Run
from aslrun.runtime.simulation import SIMULATION_EPOCH, Simulation
from aslrun.runtime.virtual_loop import VirtualTimeLoop
from aslrun.stores.tokens import PlainTokenStore
from aslrun.values import JSON

from .lambdas import NotPlayable

T = TypeVar("T")
FOREVER = 100 * 365 * 86_400.0  # seconds after which an execution that still waits is stuck


class Driver:
    """Executions, as the service sees them; every one is known by its ARN."""

    name: ClassVar[str]
    asynchronous: ClassVar[bool] = False

    def __init__(self, resources: Resources, place: Place) -> None:
        self.resources = resources
        self.place = place

    async def __aenter__(self) -> Driver:
        return self

    async def __aexit__(self, *error: object) -> None:
        return None

    def now(self) -> float:
        raise NotImplementedError

    async def start(self, machine: Machine, input: JSON, name: str) -> str:
        """Start an execution; its ARN."""
        raise NotImplementedError

    async def settle(self) -> None:
        """Let everything happen that needs no time."""

    async def finish(self, arn: str) -> None:
        """Let time pass until the execution is over, or only news can move it."""

    def describe(self, arn: str) -> Result:
        raise NotImplementedError

    async def stop(self, arn: str, error: str | None, cause: str | None) -> None:
        raise self.deaf()

    async def send_success(self, token: str, output: str) -> None:
        raise self.deaf()

    async def send_failure(self, token: str, error: str | None, cause: str | None) -> None:
        raise self.deaf()

    async def send_heartbeat(self, token: str) -> None:
        raise self.deaf()

    def deaf(self) -> NotPlayable:
        return NotPlayable(f"driver {self.name} cannot be told anything from outside")


class Simulate(Driver):
    """``aslrun.simulate``: an execution is over as soon as it has begun."""

    name = "simulate"

    def __init__(self, resources: Resources, place: Place) -> None:
        super().__init__(resources, place)
        self._now = SIMULATION_EPOCH
        self._results: dict[str, Result] = {}

    def now(self) -> float:
        return self._now

    async def start(self, machine: Machine, input: JSON, name: str) -> str:
        result = simulate(machine, input, self.resources, name=name, start=self._now, place=self.place)
        self._results[result.arn] = result
        self._now = result.stopped_at or self._now
        return result.arn

    def describe(self, arn: str) -> Result:
        return self._results[arn]


class Stage(Driver):
    """The loop of ``simulate`` for several executions and a client."""

    name = "simulate"
    host: ClassVar[type[Host]] = Host

    def __init__(self, resources: Resources, place: Place) -> None:
        super().__init__(resources, place)
        self._loop = Simulation(resources, place=place, host=self.host)

    def now(self) -> float:
        return self._loop.now

    async def start(self, machine: Machine, input: JSON, name: str) -> str:
        machine, value, _ = admitted(machine, input, self.resources, None)
        run = self._loop.host.begin(machine, value, self.place.identity(machine, name, lambda: "0"))
        self._loop.settle()
        return run.arn

    async def settle(self) -> None:
        self._loop.settle()

    async def finish(self, arn: str) -> None:
        self._loop.finish(self._loop.host.runs[arn])

    def describe(self, arn: str) -> Result:
        return self._loop.host.runs[arn].result()

    async def stop(self, arn: str, error: str | None, cause: str | None) -> None:
        self._loop.host.abort(self._loop.host.runs[arn], error, cause)
        self._loop.settle()

    async def send_success(self, token: str, output: str) -> None:
        self._loop.host.desk.send_success(token, output)
        self._loop.settle()

    async def send_failure(self, token: str, error: str | None, cause: str | None) -> None:
        self._loop.host.desk.send_failure(token, error, cause)
        self._loop.settle()

    async def send_heartbeat(self, token: str) -> None:
        self._loop.host.desk.send_heartbeat(token)
        self._loop.settle()


class _RestartingHost(Host):
    """A process that dies after every event."""

    def _apply(self, run: Run, event: Event) -> None:
        super()._apply(run, event)
        run.execution = revived(run.execution)


def revived(execution: Execution) -> Execution:
    """The execution after a dump, a trip over JSON text, and a load; what it waits for has not changed."""
    text = json.dumps(dump(execution), allow_nan=False)
    loaded = load(execution.machine, json.loads(text), execution.identity, execution.limits, execution.mint)
    loaded.fresh_stack = execution.fresh_stack
    assert loaded.outstanding() == execution.outstanding()
    assert loaded.deadline == execution.deadline
    return loaded


class Restart(Stage):
    """``Stage``, with a restart after every event."""

    name = "restart"
    host = _RestartingHost


class Live(Driver):
    """``Interpreter``, on the event loop that runs."""

    asynchronous = True

    async def __aenter__(self) -> Driver:
        clock = LoopClock()
        tokens = PlainTokenStore()
        # without threads: the functions are async, and virtual time would run away from a thread that reads a file
        self._interpreter = Interpreter(self.resources, clock=clock, tokens=tokens, place=self.place, threads=False)
        await self._interpreter.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._interpreter.__aexit__(*error)

    def now(self) -> float:
        return self._interpreter.now()

    async def start(self, machine: Machine, input: JSON, name: str) -> str:
        execution = await self._interpreter.start(machine, input, name=name, seed=0)
        return execution.arn

    async def settle(self) -> None:
        await self._interpreter.settled()

    async def finish(self, arn: str) -> None:
        with anyio.move_on_after(FOREVER):
            await self._interpreter.execution(arn).result()

    def describe(self, arn: str) -> Result:
        return self._interpreter.describe(arn)

    async def stop(self, arn: str, error: str | None, cause: str | None) -> None:
        await self._interpreter.stop(arn, error, cause)

    async def send_success(self, token: str, output: str) -> None:
        await self._interpreter.send_task_success(token, output)

    async def send_failure(self, token: str, error: str | None, cause: str | None) -> None:
        await self._interpreter.send_task_failure(token, error, cause)

    async def send_heartbeat(self, token: str) -> None:
        await self._interpreter.send_task_heartbeat(token)


class OnAsyncio(Live):
    name = "asyncio"


class OnTrio(Live):
    name = "trio"


# --------------------------------------------------------------------------- how each is run

Main = Callable[[], Coroutine[Any, Any, T]]


def _without_loop(main: Main[T]) -> T:
    """Run a coroutine that never waits."""
    coroutine: Awaitable[T] = main()
    try:
        coroutine.send(None)  # type: ignore[attr-defined]
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    raise AssertionError("a driver without an event loop waited")


def _on_asyncio(main: Main[T]) -> T:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main())


def _on_trio(main: Main[T]) -> T:
    import trio
    from trio.testing import MockClock

    return trio.run(main, clock=MockClock(autojump_threshold=0))


DRIVERS: dict[str, tuple[type[Driver], Callable[[Main[Any]], Any]]] = {
    "simulate": (Simulate, _without_loop),
    "asyncio": (OnAsyncio, _on_asyncio),
    "trio": (OnTrio, _on_trio),
    "restart": (Restart, _without_loop),
}
