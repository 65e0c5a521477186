"""Measures a distributed Map over a CSV file beside an inline Map of as many items; both do a Task and a Pass.

Rules that a change must keep:

1. The file, its batches, the failures that are tolerated and the result files are those that a user would have.
2. The bar is the least rate, in items per CPU second, as a share of the inline Map's; it was given for batches.
"""

from __future__ import annotations

from typing import Any

import aslrun
from aslrun import Resources, TaskError
from aslrun.stores.objects import MemoryObjectStore

from .measure import REPEATS, Contender, samples, simulated
from .workloads import FUNCTION, map_tasks

BAR = 1 / 3
BATCH = 10
S3 = "arn:aws:states:::s3:"


def shares(batch: int = BATCH, items: int = 10_000, repeats: int = REPEATS) -> tuple[float, ...]:
    """The rate of a file in batches, in rates of an inline Map; per pair of samples, ascending."""
    pairs = zip(*samples(over_a_file(items, batch), simulated(map_tasks(items)), repeats), strict=True)
    return tuple(sorted(inline / ours for ours, inline in pairs))


def over_a_file(items: int, batch: int) -> Contender:
    """A distributed Map over the lines of a file; one batch of a hundred fails."""
    text = "id,price\n" + "".join(f"{row},{row % 97}\n" for row in range(items))
    machine = aslrun.load(_machine(batch))

    def times(runs: int) -> list[Any]:
        for _ in range(runs):
            resources = Resources(objects=MemoryObjectStore({"in": {"k": text.encode()}, "out": {}}))
            resources.task(f"{FUNCTION}add", _add_up, inline=True)
            aslrun.simulate(machine, {}, resources).raise_for_status()
        return []

    return times


def _add_up(batch: Any) -> int:
    if int(batch["Items"][0]["id"]) % 1_000 == 990:
        raise TaskError("Unlucky")
    return sum(int(item["price"]) for item in batch["Items"])


def _machine(batch: int) -> dict[str, Any]:
    each = {"Type": "Task", "Resource": f"{FUNCTION}add", "Next": "Done"}
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Add up",
        "States": {"Add up": each, "Done": {"Type": "Pass", "End": True}},
    }
    prices = {
        "Type": "Map",
        "ItemReader": {
            "Resource": f"{S3}getObject",
            "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
            "Parameters": {"Bucket": "in", "Key": "k"},
        },
        "ItemBatcher": {"MaxItemsPerBatch": batch},
        "ItemProcessor": processor,
        "ToleratedFailurePercentage": 5,
        "ResultWriter": {"Resource": f"{S3}putObject", "Parameters": {"Bucket": "out", "Prefix": "prices"}},
        "End": True,
    }
    return {"StartAt": "Prices", "States": {"Prices": prices}}
