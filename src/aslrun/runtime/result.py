"""What came of an execution: status, output or error, and the history that AWS would answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..engine.effects import ScheduleTask, Status
from ..engine.history import HistoryEvent, Record, render
from ..engine.map_run import MapRun
from ..errors import ExecutionFailed
from ..values import JSON

if TYPE_CHECKING:
    from ..definition.model import Machine


@dataclass(slots=True)
class Result:
    """The state of an execution at one instant; of a finished one, its end.

    ``status`` is AWS's word (RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED), times are seconds since the epoch.
    ``waiting`` are the tasks that an unfinished execution waits for, ``map_runs`` the runs of its distributed Maps.
    """

    status: Status
    output: JSON = field(repr=False)
    error: str | None
    cause: str | None
    arn: str
    name: str
    machine: Machine = field(repr=False)
    input: JSON = field(repr=False)
    started_at: float = field(repr=False)
    stopped_at: float | None = field(repr=False)
    records: Sequence[Record] = field(repr=False)
    waiting: tuple[ScheduleTask, ...] = field(repr=False, default=())
    map_runs: tuple[MapRun, ...] = field(repr=False, default=())

    @property
    def succeeded(self) -> bool:
        """Whether the execution ended with an output."""
        return self.status == "SUCCEEDED"

    @property
    def history(self) -> list[HistoryEvent]:
        """The events of GetExecutionHistory, rendered now."""
        return list(render(self.records))

    @property
    def path(self) -> list[str]:
        """Names of the states in the order in which they were entered.

        >>> from aslrun import simulate
        >>> simulate({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}).path
        ['A']
        """
        return [record[3] for record in self.records if record[0].endswith("StateEntered")]

    def raise_for_status(self) -> Result:
        """This result, if the execution succeeded.

        Raises ``ExecutionFailed`` with its status, error and cause otherwise.
        """
        if not self.succeeded:
            raise ExecutionFailed(self.status, self.error, self.cause)
        return self

    def find(self, path: str) -> list[JSON]:
        """Every value of the output that a JSONPath (jsonpath-ng's dialect) leads to.

        >>> from aslrun import simulate
        >>> simulate({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}, {"items": [{"id": 1}]}).find("$..id")
        [1]
        """
        return find(path, self.output)


def find(path: str, document: JSON) -> list[JSON]:
    """Every value of a document that a JSONPath (jsonpath-ng's dialect) leads to.

    Raises ``ValueError`` if the path is none.
    """
    from jsonpath_ng.exceptions import JSONPathError  # imported here: it costs 50 ms and few need it
    from jsonpath_ng.ext.parser import parse

    try:
        return [match.value for match in parse(path).find(document)]
    except JSONPathError as error:
        raise ValueError(f"{path!r} is not a JSONPath: {error}") from error
