"""Choice: where it goes, and what it hands on. (Operators have tests of their own, in tests/language.)"""

from __future__ import annotations

from typing import Any

import pytest

from aslrun.errors import InvalidDefinition
from aslrun.values import JSON

from .drive import Story, drive, machine_of
from .shapes import passing

SEES = passing(Parameters={"in.$": "$", "v.$": "$v"})


def rule(next: str, equals: JSON = 1, **fields: Any) -> dict[str, Any]:
    return {"Variable": "$.x", "NumericEquals": equals, "Next": next, **fields}


def chosen(input: JSON, *rules: dict[str, Any], **fields: Any) -> Story:
    states = {
        "Choice": {"Type": "Choice", "Choices": list(rules), "Default": "C", **fields},
        "A": passing(Result="A"),
        "B": passing(Result="B"),
        "C": passing(Result="C"),
    }
    targets = {each["Next"] for each in rules} | {states["Choice"]["Default"], "Choice"}
    return drive(machine_of({name: state for name, state in states.items() if name in targets}), input)


def test_the_first_rule_that_holds_is_taken() -> None:
    assert chosen({"x": 1}, rule("A", 2), rule("B"), rule("A")).execution.output == "B"


def test_default_is_taken_when_no_rule_holds() -> None:
    assert chosen({"x": 5}, rule("A")).execution.output == "C"


def test_without_default_no_rule_is_a_runtime_error() -> None:
    states = {"Choice": {"Type": "Choice", "Choices": [rule("A")]}, "A": passing()}
    story = drive(machine_of(states), {"x": 5})
    assert story.execution.error == "States.Runtime"
    assert (story.execution.cause or "").endswith(
        "Failed to transition out of the state. The state does not point to a next state."
    )
    assert story.types[1:] == ["ChoiceStateEntered", "ExecutionFailed"]


def test_a_missing_variable_fails_the_execution_and_does_not_fall_to_default() -> None:
    story = chosen({}, rule("A"))
    assert story.execution.error == "States.Runtime"
    assert (story.execution.cause or "").endswith(
        "Invalid path '$.x': The choice state's condition path references an invalid value."
    )


def test_rules_after_the_one_that_holds_are_not_looked_at() -> None:
    assert chosen({"x": 1}, rule("A"), rule("B", Variable="$.missing")).execution.output == "A"


def test_rules_see_the_effective_input_and_the_output_is_filtered_by_output_path() -> None:
    states = {
        "Choice": {"Type": "Choice", "Choices": [rule("A")], "InputPath": "$.in", "OutputPath": "$.out"},
        "A": passing(),
    }
    assert drive(machine_of(states), {"in": {"x": 1, "out": [7]}}).execution.output == [7]


def test_the_input_goes_on_as_it_is() -> None:
    states = {"Choice": {"Type": "Choice", "Choices": [rule("A")]}, "A": {"Type": "Succeed"}}
    story = drive(machine_of(states), {"x": 1})
    assert story.execution.output == {"x": 1}
    assert story.chain[1:4] == ["2<0 ChoiceStateEntered", "3<2 ChoiceStateExited", "4<3 SucceedStateEntered"]


def assigning(input: JSON) -> JSON:
    """Each rule has an Assign of its own, and Default the state's."""
    states = {
        "Choice": {
            "Type": "Choice",
            "Choices": [rule("See", 1, Assign={"v": "one"}), rule("See", 2, Assign={"v.$": "$.x"})],
            "Default": "See",
            "Assign": {"v": "default"},
        },
        "See": SEES,
    }
    return drive(machine_of(states), input).execution.output


def test_the_rule_that_holds_assigns_its_own_variables() -> None:
    assert assigning({"x": 1}) == {"in": {"x": 1}, "v": "one"}
    assert assigning({"x": 2}) == {"in": {"x": 2}, "v": 2}


def test_default_assigns_the_variables_of_the_state() -> None:
    assert assigning({"x": 3}) == {"in": {"x": 3}, "v": "default"}


def test_conditions_see_variables() -> None:
    states = {
        "Set": passing(Assign={"v": 7}, Next="Choice"),
        "Choice": {"Type": "Choice", "Choices": [{"Variable": "$v", "NumericEquals": 7, "Next": "A"}]},
        "A": passing(Result="A"),
    }
    assert drive(machine_of(states), {}).execution.output == "A"


@pytest.mark.parametrize("field", ["InputPath", "OutputPath"])
def test_a_malformed_path_of_the_state_is_one_problem_however_many_rules_there_are(field: str) -> None:
    with pytest.raises(InvalidDefinition) as raised:
        chosen({}, rule("A"), rule("B"), **{field: "$.["})
    assert [problem.path for problem in raised.value.diagnostics] == [f"States.Choice.{field}"]
