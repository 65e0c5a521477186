"""Work of activities: what waits for a worker, and which workers wait for work.

Rules that a change must keep:

1. First come, first served, on both sides: the oldest work goes first, and to the poller that has waited longest.
2. Either work waits or pollers do, never both: work that finds a poller is handed over at once.
3. Bookkeeping only. How long a poller waits (60 s on AWS), what a token is and whether a worker's answer comes
   too late are not known here.
"""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias

from ..errors import ActivityDoesNotExist
from ..values import JSON

_ACTIVITY = re.compile(r"arn:[^:]+:states:[^:]*:[^:]*:activity:.+")


def is_activity_arn(resource: str) -> bool:
    """Whether the resource is an activity, declared or not."""
    return _ACTIVITY.fullmatch(resource) is not None


class ActivityWork(NamedTuple):
    """A scheduled activity task: whose it is, and what its worker is told."""

    execution: str
    task: int
    token: str
    input: JSON

    def __repr__(self) -> str:
        return f"ActivityWork(execution={self.execution!r}, task={self.task})"


Poller: TypeAlias = Callable[[ActivityWork], bool]
"""Takes work for a waiting worker; ``False``: the worker is gone, and the next in the line is asked."""


class _Activity:
    __slots__ = ("pollers", "work")

    def __init__(self) -> None:
        self.work: OrderedDict[tuple[str, int], ActivityWork] = OrderedDict()
        self.pollers: deque[Poller] = deque()


class Activities:
    """The activities of one driver, each with its line of work or of pollers.

    >>> activities = Activities(["arn:aws:states:us-east-1:111111111111:activity:approve"])
    >>> [arn] = activities.known
    >>> activities.enqueue(arn, ActivityWork("order-7", 3, "token", {"total": 7}))
    False
    >>> activities.take(arn).input
    {'total': 7}
    """

    __slots__ = ("_activities",)

    def __init__(self, arns: Iterable[str] = ()) -> None:
        self._activities: dict[str, _Activity] = {}
        for arn in arns:
            self.declare(arn)

    @property
    def known(self) -> tuple[str, ...]:
        """ARNs in the order of declaration."""
        return tuple(self._activities)

    def declare(self, arn: str) -> None:
        """Make an activity known; again is no change, as with CreateActivity."""
        self._activities.setdefault(arn, _Activity())

    def forget(self, arn: str) -> list[ActivityWork]:
        """Delete an activity, known or not; the work that had waited for it is handed back."""
        activity = self._activities.pop(arn, None)
        return [] if activity is None else list(activity.work.values())

    def enqueue(self, arn: str, work: ActivityWork) -> bool:
        """Hand the work to the poller that has waited longest, or let it wait; whether a poller took it.

        Raises ``ActivityDoesNotExist``.
        """
        activity = self._activity(arn)
        while activity.pollers:
            if activity.pollers.popleft()(work):
                return True
        activity.work[work.execution, work.task] = work
        return False

    def take(self, arn: str) -> ActivityWork | None:
        """The oldest work, which is then the taker's; ``None`` if none waits.

        Raises ``ActivityDoesNotExist``.
        """
        work = self._activity(arn).work
        return work.popitem(last=False)[1] if work else None

    def put_back(self, arn: str, work: ActivityWork) -> None:
        """Hand back work that its taker will not do: it is the first in the line again.

        Raises ``ActivityDoesNotExist``.
        """
        if not self.enqueue(arn, work):
            self._activity(arn).work.move_to_end((work.execution, work.task), last=False)

    def wait(self, arn: str, poller: Poller) -> None:
        """Put a poller at the end of the line; it is called once, with the first work that reaches it.

        Raises ``ActivityDoesNotExist``. Call it only after ``take`` has given ``None``.
        """
        self._activity(arn).pollers.append(poller)

    def leave(self, arn: str, poller: Poller) -> None:
        """Take a poller out of the line, if it is still in it."""
        activity = self._activities.get(arn)
        if activity is not None and poller in activity.pollers:
            activity.pollers.remove(poller)

    def withdraw(self, arn: str, execution: str, task: int) -> bool:
        """Take back work that nobody needs any more; whether it was still waiting."""
        activity = self._activities.get(arn)
        return activity is not None and activity.work.pop((execution, task), None) is not None

    def waiting(self, arn: str) -> tuple[int, int]:
        """How much work waits, and how many pollers.

        Raises ``ActivityDoesNotExist``.
        """
        activity = self._activity(arn)
        return len(activity.work), len(activity.pollers)

    def _activity(self, arn: str) -> _Activity:
        try:
            return self._activities[arn]
        except KeyError:
            raise ActivityDoesNotExist(f"Activity Does Not Exist: '{arn}'") from None
