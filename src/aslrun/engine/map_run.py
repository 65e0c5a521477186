"""What is known of a map run: its settings and its counts, as DescribeMapRun tells them.

Rules that a change must keep:

1. The counts are moved, never recounted: a map run may have ten million items. Each child is in one place only, so
   ``total`` is the sum of the others.
2. Executions and items are counted alike; a batch counts once as an execution and as many times as it has items.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..values import JSON

ENDS = {"SUCCEEDED": "succeeded", "FAILED": "failed", "TIMED_OUT": "timed_out", "ABORTED": "aborted"}
"""The count that a child with this status belongs to."""


@dataclass(slots=True)
class Counts:
    """How many are where.

    ``results_written`` counts those among the ended whose results are in the output, ``pending_redrive`` those among
    the pending that have run before.
    """

    pending: int = 0
    running: int = 0
    succeeded: int = 0
    failed: int = 0
    timed_out: int = 0
    aborted: int = 0
    results_written: int = 0
    failures_not_redrivable: int = 0
    pending_redrive: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.pending + self.running + self.succeeded + self.failed + self.timed_out + self.aborted

    def redriven(self) -> None:
        """Those without success are pending again."""
        lost = self.failed + self.timed_out + self.aborted
        self.pending += lost
        self.pending_redrive += lost
        self.failed = self.timed_out = self.aborted = 0
        self.results_written = min(self.results_written, self.succeeded)

    def describe(self, redriven: bool = False) -> dict[str, JSON]:
        """The counts as DescribeMapRun has them; those about redrives only after one (recorded).

        >>> Counts(succeeded=2, results_written=2).describe()["total"]
        2
        """
        counts: dict[str, JSON] = {
            "pending": self.pending,
            "running": self.running,
            "succeeded": self.succeeded,
            "failed": self.failed,
            "timedOut": self.timed_out,
            "aborted": self.aborted,
            "total": self.total,
            "resultsWritten": self.results_written,
        }
        if redriven or self.failures_not_redrivable or self.pending_redrive:
            counts["failuresNotRedrivable"] = self.failures_not_redrivable
            counts["pendingRedrive"] = self.pending_redrive
        return counts


@dataclass(slots=True)
class MapRun:
    """A map run. Dates are in epoch seconds; ``max_concurrency`` is 0 where there is no limit of its own.

    >>> run = MapRun("arn:run", "arn:execution", started_at=1.0, max_concurrency=1)
    >>> run.added(items=2); run.began(items=2); run.ended("SUCCEEDED", items=2)
    >>> run.executions.succeeded, run.items.succeeded, run.items.total
    (1, 2, 2)
    """

    arn: str
    execution_arn: str
    started_at: float
    max_concurrency: int = 0
    tolerated_failure_count: int = 0
    tolerated_failure_percentage: float = 0.0
    status: str = "RUNNING"
    stopped_at: float | None = None
    executions: Counts = field(default_factory=Counts)
    items: Counts = field(default_factory=Counts)
    redrive_count: int = 0
    redriven_at: float | None = None

    @property
    def machine_arn(self) -> str:
        """The ARN of the state machine with the label of the map, which the children run.

        >>> MapRun("arn:aws:states:us-east-1:1:mapRun:Orders/Each:6d-b0", "", 0.0).machine_arn
        'arn:aws:states:us-east-1:1:stateMachine:Orders/Each'
        """
        return self.arn.rpartition(":")[0].replace(":mapRun:", ":stateMachine:", 1)

    @property
    def id(self) -> str:
        """The last part of the ARN: the folder that the results are written to."""
        return self.arn.rpartition(":")[2]

    def added(self, items: int = 1, executions: int = 1) -> None:
        """Children wait for their turn; items may be known before it is known which child they go to."""
        self.executions.pending += executions
        self.items.pending += items

    def redriven(self, at: float) -> None:
        """The run goes on: children without success wait for their turn once more."""
        self.status, self.stopped_at = "RUNNING", None
        self.redrive_count, self.redriven_at = self.redrive_count + 1, at
        for counts in (self.executions, self.items):
            counts.redriven()

    def began_again(self, items: int = 1) -> None:
        """A child that waited to be redriven runs."""
        for counts, number in self._both(items):
            counts.pending_redrive -= number
        self.began(items)

    def began(self, items: int = 1) -> None:
        """A child that was waiting runs."""
        for counts, number in self._both(items):
            counts.pending -= number
            counts.running += number

    def ended(self, status: str, items: int = 1, written: bool = True) -> None:
        """A child that was running is over; ``written``: its result is in the state's output, or will be exported."""
        place = ENDS[status]
        for counts, number in self._both(items):
            counts.running -= number
            setattr(counts, place, getattr(counts, place) + number)
            if written:
                counts.results_written += number

    def finish(self, status: str, at: float) -> None:
        """The run is over: SUCCEEDED, FAILED or ABORTED. Children that still ran are aborted."""
        self.status, self.stopped_at = status, at
        self.cancelled()

    def cancelled(self) -> None:
        """Children that ran are aborted."""
        for counts in (self.executions, self.items):
            counts.aborted += counts.running
            counts.running = 0

    def _both(self, items: int) -> tuple[tuple[Counts, int], tuple[Counts, int]]:
        return (self.executions, 1), (self.items, items)

    def describe(self) -> dict[str, JSON]:
        """The answer of DescribeMapRun."""
        redriven = self.redrive_count > 0
        description: dict[str, JSON] = {
            "mapRunArn": self.arn,
            "executionArn": self.execution_arn,
            "status": self.status,
            "startDate": self.started_at,
            "maxConcurrency": self.max_concurrency,
            "toleratedFailurePercentage": self.tolerated_failure_percentage,
            "toleratedFailureCount": self.tolerated_failure_count,
            "itemCounts": self.items.describe(redriven),
            "executionCounts": self.executions.describe(redriven),
        }
        if self.stopped_at is not None:
            description["stopDate"] = self.stopped_at
        if redriven:
            description["redriveCount"] = self.redrive_count
            description["redriveDate"] = self.redriven_at
        return description

    def listed(self) -> dict[str, JSON]:
        """The entry of ListMapRuns."""
        entry: dict[str, JSON] = {
            "executionArn": self.execution_arn,
            "mapRunArn": self.arn,
            "stateMachineArn": self.machine_arn,
            "startDate": self.started_at,
        }
        if self.stopped_at is not None:
            entry["stopDate"] = self.stopped_at
        return entry
