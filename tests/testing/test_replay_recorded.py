"""Every recorded history of ``../shared/aws-recorded`` is replayed by its own task results: no difference."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from aslrun import load
from aslrun.runtime.naming import Place
from aslrun.testing.replaying import Replayed, replay
from aslrun.values import parse
from tests.conformance.cases import RECORDED, Case, read_cases
from tests.conformance.player import NAMES_SINCE, _instance

ACTIVITY = "arn:aws:states:us-east-1:111111111111:activity:worker"
NOT_OBTAINABLE: dict[str, str] = {
    "services/apigetway_task_service/test_invoke_with_headers_singleStringHeader/get_execution_history": (
        "AWS refused the parameters by a rule of API Gateway's own; there is no result of a task to replay"
    ),
    "logs/logs/test_log_group_with_multiple_runs/logged_execution_events": "lines of CloudWatch Logs are no history",
}


class Recorded(NamedTuple):
    """One recorded history."""

    case: Case
    key: str
    definition: str
    type: str
    call: int

    @property
    def id(self) -> str:
        return f"{self.case.id}/{self.key}"


def histories() -> Iterator[Recorded]:
    for case in read_cases(RECORDED) if RECORDED.is_dir() else ():
        for execution in case.raw["executions"]:
            for key in execution["recorded_keys"]:
                recorded = case.raw["recorded"].get(key)
                events = recorded.get("events") if isinstance(recorded, dict) else recorded
                if isinstance(events, list) and events and isinstance(events[0], dict) and "type" in events[0]:
                    yield Recorded(case, key, execution["definition"], execution["type"], execution["call"])


ALL = list({each.id: each for each in histories()}.values())
needs_recordings = pytest.mark.skipif(
    not RECORDED.is_dir(), reason=f"needs the recorded answers in {RECORDED}, which are not there"
)


def events_of(recorded: Recorded) -> list[dict[str, Any]]:
    """The events as AWS prints them: causes are text, whatever the recorder made of them."""
    found = recorded.case.raw["recorded"][recorded.key]
    events = copy.deepcopy(found["events"] if isinstance(found, dict) else found)
    for event in events:
        for details in event.values():
            if isinstance(details, dict) and isinstance(details.get("cause"), dict):
                details["cause"] = json.dumps(details["cause"], separators=(",", ":"))
    return events


def not_obtainable(recorded: Recorded) -> str | None:
    """Why the history cannot be replayed; ``None`` if it can."""
    if any(not isinstance(event["id"], int) for event in events_of(recorded)) and recorded.id not in NOT_OBTAINABLE:
        return "the recorder wrote over the ids of the events inside Parallel, which say what follows what"
    return NOT_OBTAINABLE.get(recorded.id)


def replayed(recorded: Recorded) -> Replayed:
    instance = _instance(recorded.case)
    calls = instance.case["calls"]
    started = calls[recorded.call]["request"]
    name = started["stateMachineArn"].split(":")[6].partition("#")[0]
    text = recorded.case.comparator.definition_text(instance.case, recorded.definition)
    machine = load(text.replace('"activity_arn"', f'"{ACTIVITY}"'), name=name, type=recorded.type)
    events = json.loads(json.dumps(events_of(recorded)).replace('"activity_arn"', f'"{ACTIVITY}"'))
    place = Place(instance.region, instance.account)
    arn = _execution(calls, recorded.call, name) or place.arn("execution", name, started.get("name", "one"))
    return replay({"events": events}, machine, input=parse(started.get("input", "{}")), execution=arn)


def _execution(calls: list[dict[str, Any]], after: int, machine: str) -> str | None:
    """The ARN that the client asked for after it had started the execution."""
    asked = (call["request"].get("executionArn", "") for call in calls[after:])
    return next((arn for arn in asked if f":execution:{machine}:" in arn), None)


def differences(recorded: Recorded) -> list[object]:
    """What differs; the recorder wrote over what differs from run to run, so its own comparison counts too."""
    again = replayed(recorded)
    if again.same:
        return []
    instance = _instance(recorded.case)
    raw = recorded.case.raw
    shape = raw["recorded"][recorded.key]
    history = json.loads(json.dumps(again.history).replace(ACTIVITY, "activity_arn"))
    observed = {**shape, "events": history} if isinstance(shape, dict) else history
    found = recorded.case.comparator.compare(
        raw, recorded.key, observed, names=instance.names, account=instance.account, region=instance.region
    )
    found = [each for each in found if not _is_younger(recorded.case, *each)]
    return [again.difference, *found] if found else []


def _is_younger(case: Case, path: str, told: object, observed: object) -> bool:
    """Whether AWS did not have the field yet on the day of the recording."""
    since = next((day for field, day in NAMES_SINCE.items() if path.endswith(field)), None)
    return told == case.comparator.MISSING and since is not None and case.recorded_on < since


@needs_recordings
@pytest.mark.parametrize("recorded", ALL, ids=lambda recorded: recorded.id)
def test_a_recorded_history_replays_with_no_difference(recorded: Recorded) -> None:
    if reason := not_obtainable(recorded):
        pytest.skip(reason)
    assert not differences(recorded)
