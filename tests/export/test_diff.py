"""The semantic diff: what changed, and what becomes of an execution that stands in a state."""

from __future__ import annotations

from typing import Any

import aslrun
from aslrun.export.diff import diff

from .conftest import fleet

CALL = "arn:aws:states:::sns:publish"


def load(**states: dict[str, Any]) -> aslrun.Machine:
    return aslrun.load({"StartAt": next(iter(states)), "States": states})


def state(kind: str = "Pass", to: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"Type": kind, **({"Next": to} if to else {"End": True}), **fields}


def test_the_order_of_keys_and_a_comment_are_no_change() -> None:
    old = load(A=state(to="B"), B=state(Comment="old"))
    new = load(A={"Next": "B", "Type": "Pass"}, B=state(Comment="new"))

    found = diff(old, new)

    assert (found.changes, found.verdict, bool(found)) == ((), "safe", False)


def test_states_that_come_and_go_are_told() -> None:
    found = diff(load(A=state(to="B"), B=state()), load(A=state(to="C"), C=state("Wait", Seconds=1)))

    assert [(change.kind, change.state) for change in found.changes] == [
        ("removed", "B"), ("rewired", "A"), ("added", "C"),
    ]  # fmt: skip
    assert found.verdicts == {"A": "changes course", "B": "would fail"}
    assert found.reasons["B"] == "there is no such state any more"


def test_each_kind_of_change_has_its_name_and_says_from_what_to_what() -> None:
    old = load(A=state("Task", Resource=CALL, Parameters={"TopicArn": "t", "Message": {"a": 1}}, TimeoutSeconds=5,
                       Retry=[{"ErrorEquals": ["X"], "MaxAttempts": 1}]))  # fmt: skip
    new = load(A=state("Task", Resource="arn:aws:states:::sqs:sendMessage", Parameters={"TopicArn": "t", "Message": {
        "a": 2}}, TimeoutSeconds=6, Retry=[{"ErrorEquals": ["X"], "MaxAttempts": 2}]))  # fmt: skip

    assert {(change.kind, change.what) for change in diff(old, new).changes} == {
        ("call", f"Resource: {CALL} → arn:aws:states:::sqs:sendMessage"),
        ("payload", "Parameters.Message.a: 1 → 2"),
        ("timing", "TimeoutSeconds: 5 → 6"),
        ("retry", "Retry[0].MaxAttempts: 1 → 2"),
    }


def test_an_execution_that_has_passed_the_change_is_safe() -> None:
    found = diff(load(A=state(Result=1, to="B"), B=state()), load(A=state(Result=2, to="B"), B=state()))
    assert found.verdicts == {"A": "changes course", "B": "safe"}


def test_a_change_in_a_branch_is_met_by_who_stands_before_and_beside_it() -> None:
    def parallel(result: int) -> aslrun.Machine:
        branches = [{"StartAt": name, "States": {name: state(Result=result)}} for name in ("X", "Y")]
        branches[1]["States"]["Y"]["Result"] = 0  # type: ignore[index]
        return load(A=state(to="P"), P=state("Parallel", to="Z", Branches=branches), Z=state())

    found = diff(parallel(1), parallel(2))

    assert [change.state for change in found.changes] == ["X"]
    assert found.verdicts["A"] == found.verdicts["X"] == "changes course"
    assert found.verdicts["Z"] == "safe"


def test_a_state_that_moved_into_a_branch_is_no_place_to_go_on_from() -> None:
    branch = {"StartAt": "B", "States": {"B": state()}}
    found = diff(load(A=state(to="B"), B=state()), load(A=state("Parallel", Branches=[branch])))

    assert ("moved", "B", "from the top to A") in found.changes
    assert found.verdicts["B"] == "would fail"


def test_a_variable_that_is_only_assigned_behind_the_execution_would_fail() -> None:
    old = load(A=state(to="B"), B=state("Wait", to="C", Seconds=9), C=state())
    new = load(A=state(to="B", Assign={"x": 1}), B=state("Wait", to="C", Seconds=9), C=state(Parameters={"y.$": "$x"}))

    found = diff(old, new)

    assert found.verdicts == {"A": "changes course", "B": "would fail", "C": "would fail"}
    assert found.reasons["B"] == "C reads $x, which nothing has assigned"


def test_the_two_examples_have_everything_to_tell() -> None:
    found = diff(fleet("emergency"), fleet("business"))
    assert {change.kind for change in found.changes} >= {"machine", "removed", "added"}
    assert found.verdict == "would fail"
