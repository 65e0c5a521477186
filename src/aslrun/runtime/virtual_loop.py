"""An asyncio event loop whose time is virtual, for simulations with async handlers.

When nothing is ready, the loop would sleep until its next timer; this one jumps there instead. It really waits only
while a handler does real input or output (a file descriptor is watched), so that time does not run away from it.
"""

from __future__ import annotations

import asyncio
import math
import selectors
from collections.abc import Callable, Mapping
from contextvars import Context
from typing import Any, TypeVarTuple

import anyio

from ..definition.model import Machine
from ..resources.registry import Resources
from ..stores.tokens import PlainTokenStore
from ..values import JSON
from .clock import LoopClock
from .interpreter import Interpreter
from .result import Result
from .simulate import Setting

Given = TypeVarTuple("Given")


class VirtualTimeSelector(selectors.BaseSelector):
    """A selector that lets virtual time pass instead of sleeping."""

    def __init__(self) -> None:
        self._real = selectors.DefaultSelector()
        self.time = 0.0
        self.on_stuck: Callable[[], object] = lambda: None  # nothing is ready, timed or watched

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = self._real.select(0)
        if ready or timeout == 0:
            return ready
        if self._watches_others():
            return self._real.select(timeout)
        if timeout is None:
            self.on_stuck()
        else:
            self.time += timeout
        return []

    def _watches_others(self) -> bool:
        """Whether anything but the loop's own wake-up pipe is watched."""
        return len(self._real.get_map()) > 1

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop over a ``VirtualTimeSelector``."""

    def __init__(self) -> None:
        self.virtual = VirtualTimeSelector()
        super().__init__(self.virtual)
        self._clock_resolution = 1e-5  # a nanosecond is lost in the float of a far instant, and its timer never due

    def time(self) -> float:
        return self.virtual.time

    def call_at(
        self, when: float, callback: Callable[[*Given], object], *args: *Given, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """A timer that never comes (``sleep_forever``) is no reason to let time pass."""
        if math.isinf(when):
            return asyncio.TimerHandle(when, callback, args, self, context)
        return super().call_at(when, callback, *args, context=context)


def simulate_on_loop(machine: Machine, input: JSON, resources: Resources, setting: Setting) -> Result:
    """Run one execution on a loop of its own, to its end or until it is stuck."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(_simulate(machine, input, resources, setting))


async def _simulate(machine: Machine, input: JSON, resources: Resources, setting: Setting) -> Result:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    interpreter = Interpreter(
        resources,
        clock=LoopClock(setting.start),
        tokens=PlainTokenStore(),
        limits=setting.limits,
        place=setting.place,
        threads=False,
    )
    async with interpreter:
        execution = await interpreter.start(machine, input, name=setting.name, seed=setting.seed)
        with anyio.CancelScope() as scope:
            loop.virtual.on_stuck = lambda: loop.call_soon(scope.cancel)
            await execution.result()
        loop.virtual.on_stuck = lambda: None
        return execution.describe()
