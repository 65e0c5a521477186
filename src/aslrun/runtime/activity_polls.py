"""Workers of activities that wait for work on the line of GetActivityTask."""

from __future__ import annotations

from collections.abc import Callable

import anyio
from anyio.lowlevel import checkpoint

from ..resources.activities import ActivityWork
from .activity_task import ActivityTask
from .clock import Clock
from .host import Host

LONGEST_POLL = 60.0  # seconds that GetActivityTask holds the line


class ActivityPolls:
    """The polls of one interpreter.

    ``turn`` applies what was told, ``waits`` is called when a worker begins to wait.
    """

    def __init__(self, host: Host, clock: Clock, turn: Callable[[], None], waits: Callable[[], None]) -> None:
        self._host, self._clock, self._turn, self._waits = host, clock, turn, waits
        self._polls: set[anyio.CancelScope] = set()

    def close(self) -> None:
        """No work will come any more."""
        for poll in self._polls:
            poll.cancel()

    async def next_task(self, arn: str, worker: str | None, wait: float) -> ActivityTask | None:
        """The next task of an activity; ``None`` if none came within ``wait`` seconds.

        Raises ``ActivityDoesNotExist``.
        """
        await checkpoint()  # a worker that never runs out of work must not starve the others
        while (work := self._host.desk.take_work(arn) or await self._await_work(arn, wait)) is not None:
            if self._host.desk.work_taken(work, worker):
                self._turn()
                return ActivityTask(work.token, work.input)
        return None

    async def _await_work(self, arn: str, wait: float) -> ActivityWork | None:
        taken: list[ActivityWork] = []

        def poller(work: ActivityWork) -> bool:
            taken.append(work)
            poll.cancel()
            return True

        try:
            with anyio.CancelScope() as poll:
                self._polls.add(poll)
                self._host.activities.wait(arn, poller)
                self._waits()
                await self._clock.sleep(wait)
        except BaseException:  # whoever asked is gone: the next one gets the work
            if taken:
                self._host.activities.put_back(arn, taken[0])
            raise
        finally:
            self._polls.discard(poll)
            self._host.activities.leave(arn, poller)
        return taken[0] if taken else None
