"""Replay of histories with times: what ran here once, runs again the same, however slow each step was."""

from __future__ import annotations

import copy
import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aslrun import load, simulate
from aslrun.testing import InvalidHistory, Mocks, NotReplayable, error, mocks_from_history, replay, result, silence
from aslrun.values import JSON

QUEUE = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:"


def task(resource: str, **fields: JSON) -> dict[str, JSON]:
    return {
        "Type": "Task",
        "Resource": resource,
        "ResultPath": "$.done",
        **({"End": True} if "Next" not in fields else {}),
        **fields,
    }


def branch(**states: dict[str, JSON]) -> dict[str, JSON]:
    return {"StartAt": next(iter(states)), "States": states}  # type: ignore[dict-item]


MACHINE = load(
    branch(
        Both={
            "Type": "Parallel",
            "Branches": [
                branch(
                    Charge=task(
                        FUNCTION + "charge", Retry=[{"ErrorEquals": ["Busy"], "IntervalSeconds": 7}], Next="Pause"
                    ),
                    Pause={"Type": "Wait", "Seconds": 30, "End": True},
                ),
                branch(
                    Approve=task(
                        QUEUE,
                        HeartbeatSeconds=20,
                        TimeoutSeconds=500,
                        Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "Late"}],
                    ),
                    Late={"Type": "Pass", "End": True},
                ),
                branch(
                    Each={
                        "Type": "Map",
                        "MaxConcurrency": 2,
                        "ItemsPath": "$.items",
                        "ItemSelector": {"n.$": "$$.Map.Item.Value", "id.$": "States.UUID()"},
                        "ItemProcessor": branch(Pack=task(FUNCTION + "pack")),
                        "End": True,
                    }
                ),
            ],
            "Next": "End",
        },
        End={"Type": "Pass", "Parameters": {"at.$": "$$.State.EnteredTime", "in.$": "$$.Execution.Input"}, "End": True},
    )
)


def recorded(chance: random.Random) -> tuple[list[dict[str, Any]], str]:
    """A history with the answers of a chance; some of its tasks time out."""
    approve = chance.choice(
        [
            result("yes", delay=chance.uniform(0, 19)),
            result("yes", delay=55, heartbeats=[18, 36, 54]),
            silence(heartbeats=[15, 30]),
            error("Refused", "no", delay=5),
            silence(heartbeats=[19 * n for n in range(1, 40)]),
        ]
    )
    packs = [result(n, delay=chance.uniform(0, 50)) for n in range(5)]
    charge = [error("Busy", delay=chance.uniform(0, 9)), result({"paid": True}, delay=chance.uniform(0, 9))]
    mocks = Mocks({"Charge": charge, "Approve": approve, "Pack": packs})
    run = simulate(MACHINE, {"items": [1, 2, 3, 4, 5]}, mocks.over(MACHINE), seed=chance.randrange(99))
    return run.history, run.status


def slowed(events: list[dict[str, Any]], chance: random.Random, most: float = 0.04) -> list[dict[str, Any]]:
    """The same history from a service that takes its time for every step, with times as text."""
    late, printed = 0.0, []
    for event in events:
        late += chance.uniform(0, most)
        printed.append({**event, "timestamp": datetime.fromtimestamp(event["timestamp"] + late, UTC).isoformat()})
    return printed


@pytest.mark.parametrize("seed", range(40))
def test_what_ran_once_runs_again_the_same_however_slow_it_was(seed: int) -> None:
    chance = random.Random(seed)
    events, _ = recorded(chance)
    again = replay({"events": slowed(events, chance)}, MACHINE)
    assert again.difference is None, str(again.difference)


@pytest.mark.parametrize("seed", range(10))
def test_mocks_from_the_history_end_it_the_same_way(seed: int) -> None:
    chance = random.Random(seed)
    events, status = recorded(chance)
    mocks = mocks_from_history({"events": events}, MACHINE)
    assert simulate(MACHINE, {"items": [1, 2, 3, 4, 5]}, mocks.over(MACHINE)).status == status


def test_a_history_is_a_file_a_text_or_pages_newest_first(tmp_path: Path) -> None:
    events, _ = recorded(random.Random(1))
    pages = [{"events": events[10:][::-1]}, {"events": events[:10][::-1]}]
    file = tmp_path / "history.json"
    file.write_text(json.dumps({"events": events}))
    assert all(replay(each, MACHINE).same for each in (pages, file, json.dumps(events), str(file)))


def test_another_retry_is_a_difference_where_it_begins() -> None:
    events, _ = recorded(random.Random(3))
    document: Any = copy.deepcopy(dict(MACHINE.document))
    document["States"]["Both"]["Branches"][0]["States"]["Charge"].pop("Retry")
    difference = replay({"events": events}, document).difference
    assert difference is not None
    assert str(difference.recorded and difference.recorded.place) == "Both[0] / Charge"


def test_an_incomplete_history_is_refused() -> None:
    events, _ = recorded(random.Random(1))
    with pytest.raises(InvalidHistory, match="the history has no event 4, and 1 of"):
        replay({"events": events[:3] + events[4:]}, MACHINE)
    with pytest.raises(InvalidHistory, match="is not JSON"):
        replay("{", MACHINE)


def test_results_of_a_map_run_that_the_output_hides_are_told() -> None:
    each: dict[str, JSON] = {
        "Type": "Map",
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            **branch(Pack=task(FUNCTION + "pack")),
        },
        "ResultSelector": {"count.$": "States.ArrayLength($)"},
        "End": True,
    }
    machine = load(branch(Each=each))
    run = simulate(machine, [{}, {}], Mocks({"Pack": 1}).over(machine))
    with pytest.raises(NotReplayable, match="Each: the results of its map run are not in the history"):
        replay({"events": run.history}, machine)
    del each["ResultSelector"]
    plain = load(branch(Each=each))
    run = simulate(plain, [{}, {}], Mocks({"Pack": 1}).over(plain))
    assert replay({"events": run.history}, plain).same
