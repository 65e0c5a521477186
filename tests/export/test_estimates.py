"""The estimates of the report against AWS: every recorded history in which nothing failed is as long as estimated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from aslrun.export.arguments import is_distributed, states_of
from aslrun.export.roads import events, loops, transitions
from tests.conformance.cases import Case, read_cases


class History(NamedTuple):
    """What AWS recorded of one Standard execution."""

    case: str
    document: dict[str, Any]
    types: Counter[str]
    items: int  # of its one Map


@pytest.fixture(scope="module")
def histories(shared_dir: Path) -> list[History]:
    found = [
        history
        for case in read_cases(shared_dir / "aws-recorded")
        for execution in case.raw["executions"]
        if execution["type"] == "STANDARD"
        for key in execution["recorded_keys"]
        for history in _history(case, execution["definition"], key)
    ]
    assert len(found) > 250
    return found


def _history(case: Case, name: str, key: str) -> Iterator[History]:
    """The history, if it is one that succeeded at once, of a machine without loops and with at most one Map."""
    definition, recorded = case.raw["definitions"][name], case.raw["recorded"].get(key)
    told = recorded.get("events") if isinstance(recorded, dict) else None
    if not told or told[-1]["type"] != "ExecutionSucceeded" or "json" not in definition:
        return
    types = Counter(event["type"] for event in told)
    failed = any(word in kind for kind in types for word in ("Failed", "TimedOut", "Aborted"))
    document = definition["json"]
    if not failed and types["MapStateStarted"] < 2 and not any(loops(document, 1)):
        counts = [
            event["mapStateStartedEventDetails"]["length"] for event in told if event["type"] == "MapStateStarted"
        ]
        yield History(case.id, document, types, sum(counts))


def test_a_recorded_history_has_as_many_events_as_estimated(histories: list[History]) -> None:
    # The recorder swallows what ends a Parallel, so those histories are shorter than AWS's.
    wrong = [
        (history.case, total, estimated)
        for history in histories
        if "ParallelStateEntered" not in history.types
        for total, estimated in [(history.types.total(), events(history.document, history.items))]
        if not estimated.least <= total <= estimated.most
    ]
    assert wrong == []


def test_a_recorded_history_has_as_many_transitions_as_estimated(histories: list[History]) -> None:
    wrong = []
    for history in histories:
        entered = sum(count for kind, count in history.types.items() if kind.endswith("StateEntered"))
        estimated = transitions(history.document, history.items, catching=True)
        children = any(is_distributed(state) for _, state, _ in states_of(history.document))
        if not children and not estimated.least <= entered <= estimated.most:
            wrong.append((history.case, entered, estimated))
    assert wrong == []
