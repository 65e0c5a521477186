"""Where states lead, and what their names are."""

from __future__ import annotations

from typing import Any

import pytest

from tests.definition.machines import BRANCH, PASS, RULE, TASK, check, machine, said


@pytest.mark.parametrize(
    ("state", "field"),
    [
        ({"Type": "Pass", "Next": "X"}, "Next"),
        ({**TASK, "Catch": [{"ErrorEquals": ["E"], "Next": "X"}]}, "Catch[0]/Next"),
        ({"Type": "Choice", "Choices": [{**RULE, "Next": "X"}]}, "Choices[0]/Next"),
        ({"Type": "Choice", "Choices": [{**RULE, "Next": "A"}], "Default": "X"}, "Default"),
    ],
)
def test_a_transition_to_nowhere_is_refused(state: dict[str, Any], field: str) -> None:
    (problem,) = (problem for problem in check(machine(state)) if problem.rule == "missing-target")
    assert (problem.message, problem.location) == ("Missing 'Next' target: X", f"/States/A/{field}")
    assert problem.code == "MISSING_TRANSITION_TARGET"


def test_the_beginning_must_exist_too() -> None:
    (problem,) = check({"StartAt": "a", "States": {"A": PASS}})
    assert str(problem) == "StartAt: Missing 'Next' target: a; did you mean A?"


def test_a_typo_in_a_transition_is_refused_with_the_nearest() -> None:
    states = {"A": {"Type": "Pass", "Next": "ship order"}, "Ship Order": PASS}
    problem = check({"StartAt": "A", "States": states})[0]
    assert str(problem) == "States.A.Next: Missing 'Next' target: ship order; did you mean Ship Order?"


@pytest.mark.parametrize("target", ["A", "B"])
def test_a_branch_may_not_lead_out_of_itself(target: str) -> None:
    branch = {"StartAt": "P", "States": {"P": {**TASK, "Catch": [{"ErrorEquals": ["E"], "Next": target}]}}}
    (problem,) = check(machine({"Type": "Parallel", "Branches": [branch], "Next": "B"}, PASS))
    assert (problem.rule, problem.message) == ("scope", f"Missing 'Next' target: {target}")
    assert problem.location == "/States/A/Branches[0]/States/P/Catch[0]/Next"
    assert problem.hint == "it is not one of States.A.Branches[0], which may lead to its own states only"


def test_the_machine_may_not_lead_into_a_branch() -> None:
    parallel = {"Type": "Parallel", "Branches": [BRANCH], "Next": "P"}
    assert "scope States.A.Next: Missing 'Next' target: P" in said(machine(parallel, {"Type": "Succeed"}))


def test_a_state_that_cannot_be_reached_is_refused() -> None:
    (problem,) = check(machine(PASS, PASS))
    assert (problem.message, problem.location) == ('State "B" is not reachable.', "/States/B")
    assert (problem.rule, problem.code) == ("unreachable", "MISSING_TRANSITION_TARGET")


def test_a_state_that_only_leads_to_itself_is_not_reached() -> None:
    assert said(machine(PASS, {"Type": "Pass", "Next": "B"})) == ['unreachable States.B: State "B" is not reachable.']


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Choice", "Choices": [RULE]},
        {"Type": "Choice", "Choices": [{**RULE, "Next": "A"}], "Default": "B"},
        {**TASK, "Catch": [{"ErrorEquals": ["E"], "Next": "B"}]},
    ],
)
def test_rules_default_and_catchers_reach_a_state(state: dict[str, Any]) -> None:
    assert said(machine(state, PASS)) == []


def test_a_machine_in_which_nothing_ends_is_refused_without_a_location() -> None:
    loop = machine({"Type": "Pass", "Next": "B"}, {"Type": "Choice", "Choices": [{**RULE, "Next": "A"}]})
    (problem,) = check(loop)
    assert (problem.code, problem.message) == ("MISSING_END_STATE", "Workflow has no terminal state")
    assert (problem.location, problem.path) == ("", "States")


def test_where_nothing_ends_nothing_is_said_of_what_is_not_reached() -> None:
    """As AWS does: a loop with a state beside it that leads into the loop has one problem."""
    states = [{"Type": "Pass", "Next": "B"}, {"Type": "Pass", "Next": "A"}, {"Type": "Pass", "Next": "A"}]
    assert [problem.rule for problem in check(machine(*states))] == ["no-terminal"]


def test_a_missing_target_is_told_beside_the_missing_end() -> None:
    found = check(machine({"Type": "Pass", "Next": "NOPE"}))
    assert sorted(problem.code for problem in found) == ["MISSING_END_STATE", "MISSING_TRANSITION_TARGET"]


def test_a_loop_with_a_way_out_is_no_problem() -> None:
    loop = {"Type": "Choice", "Choices": [RULE], "Default": "A"}
    assert said(machine(loop, {"Type": "Fail"})) == []


def test_a_name_stands_once_in_the_whole_document() -> None:
    parallel = {"Type": "Parallel", "Branches": [BRANCH, BRANCH], "Next": "P"}
    found = check({"StartAt": "A", "States": {"A": parallel, "P": PASS}})
    assert [problem.path for problem in found] == [
        "States.A.Branches[0].States.P",
        "States.A.Branches[1].States.P",
    ]
    assert {(problem.code, problem.message) for problem in found} == {
        ("DUPLICATE_STATE_NAME", "Duplicate State name: P")
    }


@pytest.mark.parametrize("name", ["x" * 81, ""])
def test_the_name_of_a_state_has_1_to_80_characters(name: str) -> None:
    (problem,) = check({"StartAt": name, "States": {name: PASS}})
    assert (problem.code, problem.hint) == ("INVALID_STATE_NAME", f"it has {len(name)}")


def test_a_name_of_80_characters_is_allowed() -> None:
    name = "é" * 80
    assert said({"StartAt": name, "States": {name: PASS}}) == []


def test_of_very_many_missing_targets_only_the_first_ones_are_told_what_was_meant() -> None:
    states = {f"State {index}": {"Type": "Pass", "Next": f"Stat {index}"} for index in range(100)}
    found = check({"StartAt": "State 0", "States": states})
    assert len([problem for problem in found if "did you mean" in problem.hint]) == 20
