"""Every recorded history of ``../shared/aws-recorded`` is replayed by its own task results: no difference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from aslrun import InvalidDefinition, load
from aslrun.testing.replay import NotReplayable, Replayed, replay

from ..conformance.cases import RECORDED, Case, read_cases
from ..conformance.player import _instance

NOT_OBTAINABLE: dict[str, str] = {}


class Recorded(NamedTuple):
    """One recorded history."""

    case: Case
    key: str
    definition: str
    type: str

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
                    yield Recorded(case, key, execution["definition"], execution["type"])


ALL = list({each.id: each for each in histories()}.values())
needs_recordings = pytest.mark.skipif(
    not RECORDED.is_dir(), reason=f"needs the recorded answers in {RECORDED}, which are not there"
)


def events_of(recorded: Recorded) -> list[dict[str, Any]]:
    found = recorded.case.raw["recorded"][recorded.key]
    return found["events"] if isinstance(found, dict) else found


def replayed(recorded: Recorded) -> Replayed:
    instance = _instance(recorded.case)
    text = recorded.case.comparator.definition_text(instance.case, recorded.definition)
    machine = load(text, type=recorded.type)
    return replay({"events": events_of(recorded)}, machine)


def differences(recorded: Recorded) -> list[object]:
    """What differs; the recorder wrote over what differs from run to run, so its own comparison counts too."""
    again = replayed(recorded)
    if again.same:
        return []
    instance = _instance(recorded.case)
    raw = recorded.case.raw
    shape = raw["recorded"][recorded.key]
    observed = {**shape, "events": again.history} if isinstance(shape, dict) else again.history
    found = recorded.case.comparator.compare(
        raw, recorded.key, observed, names=instance.names, account=instance.account, region=instance.region
    )
    return [again.difference, *found] if found else []


@needs_recordings
@pytest.mark.parametrize("recorded", ALL, ids=lambda recorded: recorded.id)
def test_a_recorded_history_replays_with_no_difference(recorded: Recorded) -> None:
    if recorded.id in NOT_OBTAINABLE:
        pytest.skip(NOT_OBTAINABLE[recorded.id])
    assert not differences(recorded)
