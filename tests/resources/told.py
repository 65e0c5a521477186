"""A driver that writes down what a handler's context tells it, and is asked for the time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aslrun.errors import TaskTimedOut
from aslrun.resources.task_context import ACKNOWLEDGED
from aslrun.values import JSON


class Told:
    """Keeps heartbeats, submissions and sleeps in order; ``over`` refuses them, as for a task that has ended."""

    def __init__(self, clock: Callable[[], float] = lambda: 0.0, *, over: bool = False) -> None:
        self.now = clock
        self.told: list[JSON] = []
        self._over = over

    def heartbeat(self) -> None:
        self._note("heartbeat")

    def submitted(self, output: JSON) -> None:
        self._note(output)

    def sleep(self, seconds: float) -> Awaitable[None]:
        self._note(seconds)
        return ACKNOWLEDGED

    def _note(self, what: JSON) -> None:
        if self._over:
            raise TaskTimedOut("Task Timed Out: 'Provided task does not exist anymore'")
        self.told.append(what)
