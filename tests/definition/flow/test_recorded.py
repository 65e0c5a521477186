"""What AWS has recorded must not be called impossible: a state that was left as it should be had no such mistake."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

import aslrun
from aslrun import Diagnostic
from tests.conformance.cases import RECORDED, read_cases

CERTAIN = ("path-never-produced", "type-mismatch", "variable-never-assigned", "variable-not-yet-assigned")
"""Findings that mean: the state fails whenever it is reached."""

Events = list[dict[str, Any]]

pytestmark = pytest.mark.skipif(not RECORDED.is_dir(), reason=f"no recordings of AWS in {RECORDED}")


def executions() -> Iterator[tuple[str, dict[str, Any], str, Events]]:
    """Every recorded history: case, definition, type, events."""
    for case in read_cases(RECORDED):
        for execution in case.raw.get("executions") or []:
            definition = case.raw["definitions"].get(execution["definition"], {}).get("json")
            for key in execution["recorded_keys"]:
                recorded = case.raw["recorded"].get(key)
                if isinstance(recorded, dict) and isinstance(recorded.get("events"), list) and definition:
                    yield case.id, definition, execution["type"], recorded["events"]


def left(events: Events) -> set[str]:
    """The states that were left without an expression of theirs having failed."""
    failed = {event.get("evaluationFailedEventDetails", {}).get("state") for event in events}
    exited = {event.get("stateExitedEventDetails", {}).get("name") for event in events}
    return exited - failed - {None}


def transitions(events: Events) -> set[tuple[str, str]]:
    """Which state came right after which."""
    found = set()
    for before, after in itertools.pairwise(events):
        if "stateExitedEventDetails" in before and "stateEnteredEventDetails" in after:
            found.add((before["stateExitedEventDetails"]["name"], after["stateEnteredEventDetails"]["name"]))
    return found


def state_of(finding: Diagnostic) -> str:
    """The innermost state that a finding is about."""
    steps = finding.location.split("/States/")
    return steps[-1].split("/")[0]


def is_in_a_later_rule(finding: Diagnostic) -> bool:
    """Whether a rule before it may have been taken."""
    return "/Choices[" in finding.location and "/Choices[0]" not in finding.location


def test_no_state_that_aws_left_is_said_to_fail() -> None:
    wrong = [
        (case, str(finding))
        for case, definition, type, events in executions()
        for finding in aslrun.validate(json.dumps(definition), type=type)
        if finding.rule in CERTAIN and state_of(finding) in left(events) and not is_in_a_later_rule(finding)
    ]
    assert not wrong


def test_no_choice_rule_and_no_catcher_that_aws_took_is_said_to_be_dead() -> None:
    wrong = []
    for case, definition, type, events in executions():
        for finding in aslrun.validate(json.dumps(definition), type=type):
            state = definition["States"].get(state_of(finding), {})
            if finding.rule == "choice-rule-dead" and "/Branches" not in finding.location:
                index = int(finding.location.rsplit("[", 1)[1].rstrip("]"))
                targets = [rule["Next"] for rule in state["Choices"]]
                others = [*targets[:index], *targets[index + 1 :], state.get("Default")]
                if targets[index] not in others and (state_of(finding), targets[index]) in transitions(events):
                    wrong.append((case, str(finding)))
    assert not wrong


def test_most_recorded_definitions_have_no_findings_at_all() -> None:
    quiet = loud = 0
    for _, definition, type, _ in executions():
        found = {finding.rule for finding in aslrun.validate(json.dumps(definition), type=type)}
        quiet, loud = quiet + (not found), loud + bool(found)
    assert quiet > 8 * loud
