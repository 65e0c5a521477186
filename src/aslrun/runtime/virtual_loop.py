"""An asyncio event loop whose time is virtual, for simulations with async handlers.

Rules that a change must keep:

1. When nothing is ready, the loop would sleep until its next timer; this one jumps there instead.
2. It really waits, and real time passes, while a handler is at work and something outside may be working for it: a
   file descriptor is watched, or a thread is busy. A connection that is merely kept open stops no Wait state.
3. When nothing can ever happen, it says so instead of waiting for ever.
"""

from __future__ import annotations

import asyncio
import math
import selectors
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextvars import Context
from typing import Any, TypeVar, TypeVarTuple

import anyio
from anyio.lowlevel import current_token
from anyio.to_thread import current_default_thread_limiter

from ..definition.model import Machine
from ..errors import CallerError
from ..resources.registry import Resources
from ..stores.tokens import PlainTokenStore
from ..values import JSON
from .clock import LoopClock
from .interpreter import Interpreter
from .result import Result
from .simulate import Setting

Given = TypeVarTuple("Given")
T = TypeVar("T")


class VirtualTimeSelector(selectors.BaseSelector):
    """A selector that lets virtual time pass instead of sleeping."""

    def __init__(self) -> None:
        self._real = selectors.DefaultSelector()
        self.time = 0.0
        self.threads = 0  # calls that the loop has given to its executor
        self.on_stuck: Callable[[], object] | None = None  # nothing is ready, timed or watched
        self.is_idle: Callable[[], bool] = lambda: False  # no handler is at work
        self.is_threading: Callable[[], bool] = lambda: False  # another library's threads are at work

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = self._real.select(0)
        if ready or timeout == 0:
            return ready
        if self._waits_for_others() or (timeout is None and self.on_stuck is None):
            return self._really_wait(timeout)
        if timeout is not None:
            self.time += timeout
        elif self.on_stuck is not None:
            self.on_stuck()
        return []

    def _waits_for_others(self) -> bool:
        """Whether something outside may be working for a handler: more is watched than the loop's own wake-up pipe."""
        if self.is_idle():
            return False
        return self.threads > 0 or len(self._real.get_map()) > 1 or self.is_threading()

    def _really_wait(self, timeout: float | None) -> list[tuple[selectors.SelectorKey, int]]:
        since = time.monotonic()
        ready = self._real.select(timeout)
        self.time += time.monotonic() - since
        return ready

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

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Given], T], *args: *Given
    ) -> asyncio.Future[T]:
        """As ever; while the thread works, virtual time does not run away from it."""
        future = super().run_in_executor(executor, func, *args)
        self.virtual.threads += 1
        future.add_done_callback(self._thread_done)
        return future

    def _thread_done(self, future: asyncio.Future[Any]) -> None:
        self.virtual.threads -= 1

    def call_at(
        self, when: float, callback: Callable[[*Given], object], *args: *Given, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """A timer that never comes (``sleep_forever``) is no reason to let time pass."""
        if math.isinf(when):
            return asyncio.TimerHandle(when, callback, args, self, context)
        return super().call_at(when, callback, *args, context=context)


def simulate_on_loop(machine: Machine, input: JSON, resources: Resources, setting: Setting) -> Result:
    """Run one execution on a loop of its own, to its end or until it is stuck.

    Raises ``CallerError`` inside an event loop.
    """
    if _in_event_loop():
        raise CallerError(
            "simulate cannot run async handlers inside an event loop: use Interpreter(resources, clock=VirtualClock())"
        )
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
        on_history=setting.on_history,
    )
    async with interpreter:
        execution = await interpreter.start(machine, input, name=setting.name, seed=setting.seed)
        with anyio.CancelScope() as scope:
            loop.virtual.on_stuck = lambda: loop.call_soon(scope.cancel)
            loop.virtual.is_idle = interpreter.is_idle
            loop.virtual.is_threading = _threads_of_anyio()
            await execution.result()
        loop.virtual.on_stuck = None
        return execution.describe()


def _threads_of_anyio() -> Callable[[], bool]:
    limiter = current_default_thread_limiter()
    return lambda: limiter.borrowed_tokens > 0


def _in_event_loop() -> bool:
    try:
        current_token()
    except RuntimeError:
        return False
    return True
