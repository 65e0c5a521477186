"""The world of ``simulate``: executions whose time is a number that jumps, and handlers that are called in place.

``settle`` does all that needs no time, ``finish`` lets time pass until an execution is over.
"""

from __future__ import annotations

from ..engine.limits import Limits
from ..resources.registry import Resources
from ..stores.signing import PlainTokens
from .host import Host
from .in_place import announced, call_in_place, task_in_host
from .naming import DEFAULT_PLACE, Place
from .runs import Run

SIMULATION_EPOCH = 1_704_067_200.0  # 2024-01-01T00:00:00Z: where virtual time begins unless it is told


class VirtualTime:
    """An instant that somebody moves; called, it tells the time as a clock does."""

    __slots__ = ("now",)

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def pass_until(self, at: float) -> None:
        """Let time pass; it never goes back."""
        if at > self.now:
            self.now = at


PLAIN = PlainTokens()


class Simulation:
    """Any number of executions in virtual time; ``now`` is in seconds since the epoch.

    >>> from aslrun import Resources, load
    >>> simulation = Simulation(Resources())
    >>> machine = load({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}})
    >>> run = simulation.host.begin(machine, {}, DEFAULT_PLACE.identity(machine, "one", lambda: "1"))
    >>> simulation.finish(run)
    True
    >>> simulation.now - SIMULATION_EPOCH
    60.0
    """

    def __init__(
        self,
        resources: Resources,
        *,
        start: float = SIMULATION_EPOCH,
        place: Place = DEFAULT_PLACE,
        limits: Limits | None = None,
        host: type[Host] = Host,
    ) -> None:
        self.time = VirtualTime(start)
        self.host = host(resources, self.time, PLAIN, place, limits)
        self.host.hooks = task_in_host

    @property
    def now(self) -> float:
        """The instant to which time has passed."""
        return self.time.now

    def settle(self) -> None:
        """Let everything happen that needs no time."""
        while True:
            jobs = self.host.turn()
            together = announced(self.host, jobs)
            for job in jobs:
                call_in_place(self.host, job, together)
            if jobs:
                continue
            due = self.host.next_deadline()
            if due is None or due > self.now:
                return

    def finish(self, run: Run) -> bool:
        """Let time pass until an execution is over; ``False`` if only news from outside can move it."""
        self.settle()
        while not run.finished:
            if not self._jump():
                return False
            self.settle()
        return True

    def _jump(self) -> bool:
        """To the next instant at which something happens; whether there is one."""
        at = self.host.next_deadline()
        if at is None:
            return False
        self.time.pass_until(at)
        return True
