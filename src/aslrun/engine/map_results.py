"""What the children of a map run gave, in the shapes that a ResultWriter's WriterConfig knows.

Rules that a change must keep (developer guide, "ResultWriter (Map)"):

1. NONE is the execution with its metadata, COMPACT its output, FLATTEN the elements of an output that is an array.
2. A child without success is shown as NONE shows it, whatever the transformation.
3. Input and output are JSON text inside the metadata; its keys stand in alphabetical order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from ..language.timestamps import format_timestamp
from ..values import JSON, to_text

PENDING = "PENDING"
REDRIVABLE = "REDRIVABLE_BY_MAP_RUN"


@dataclass(slots=True, frozen=True)
class ChildResult:
    """A child execution of a map run when the run is over.

    ``status`` is that of DescribeExecution, or ``PENDING`` for a child that never started; instants are in epoch
    seconds. ``items`` is the number of items in its batch, 1 without ItemBatcher.
    """

    arn: str
    name: str
    machine_arn: str
    status: str
    input: JSON
    output: JSON = None
    error: str | None = None
    cause: str | None = None
    started_at: float | None = None
    stopped_at: float | None = None
    redrive_count: int = 0
    items: int = 1


Transform: TypeAlias = Callable[[ChildResult], Iterable[JSON]]


def metadata(child: ChildResult) -> dict[str, JSON]:
    """The execution with its metadata, as the result files show it.

    >>> done = ChildResult("arn", "n", "machine", "SUCCEEDED", {"a": 1}, [2], started_at=0.0, stopped_at=1.5)
    >>> metadata(done)["Output"], metadata(done)["StopDate"]
    ('[2]', '1970-01-01T00:00:01.500Z')
    """
    included: JSON = {"Included": True}
    succeeded = child.status == "SUCCEEDED"
    ended = child.status != PENDING
    shown: dict[str, JSON | None] = {
        "Cause": child.cause,
        "Error": child.error,
        "ExecutionArn": child.arn,
        "Input": to_text(child.input),
        "InputDetails": included,
        "Name": child.name,
        "Output": to_text(child.output) if succeeded else None,
        "OutputDetails": included if ended else None,
        "RedriveCount": child.redrive_count if ended else None,
        "RedriveStatus": ("NOT_REDRIVABLE" if succeeded else REDRIVABLE) if ended else None,
        "RedriveStatusReason": "Execution is SUCCEEDED and cannot be redriven" if succeeded else None,
        "StartDate": _date(child.started_at),
        "StateMachineArn": child.machine_arn,
        "Status": child.status,
        "StopDate": _date(child.stopped_at),
    }
    return {name: value for name, value in shown.items() if value is not None}


def _date(at: float | None) -> str | None:
    return None if at is None else format_timestamp(at)


def _none(child: ChildResult) -> Iterable[JSON]:
    return (metadata(child),)


def _compact(child: ChildResult) -> Iterable[JSON]:
    return (child.output if child.status == "SUCCEEDED" else metadata(child),)


def _flatten(child: ChildResult) -> Iterable[JSON]:
    if child.status == "SUCCEEDED" and isinstance(child.output, list):
        return child.output
    return _compact(child)


TRANSFORMATIONS: dict[str, Transform] = {"NONE": _none, "COMPACT": _compact, "FLATTEN": _flatten}


def transformed(children: Iterable[ChildResult], transformation: str) -> Iterator[JSON]:
    """The results in the shape that ``Transformation`` names; the state's output where nothing is exported.

    Raises ``KeyError`` for an unknown transformation.

    >>> child = ChildResult("arn", "n", "machine", "SUCCEEDED", None, [1, 2])
    >>> list(transformed([child], "FLATTEN")), list(transformed([child], "COMPACT"))
    ([1, 2], [[1, 2]])
    """
    transform = TRANSFORMATIONS[transformation]
    return (result for child in children for result in transform(child))
