"""``${Name}`` in a definition: open, filled, or left as text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import aslrun
from aslrun.definition.sources import read_definition
from aslrun.definition.validation import validate


def machine(**fields: Any) -> dict[str, Any]:
    return {"StartAt": "A", "States": {"A": {"End": True, **fields}}}


OPEN: list[dict[str, Any]] = [
    machine(Type="Task", Resource="${Charge}"),
    machine(Type="Task", Resource="arn:aws:states:::${Service}:${Action}"),
    machine(Type="Task", Resource="arn:aws:states:::sns:publish", TimeoutSeconds="${T}", Parameters={"Message": "m"}),
    machine(Type="Task", Resource="${Charge}", TimeoutSeconds="${T}", HeartbeatSeconds=60),
    machine(Type="Task", Resource="${Charge}", TimeoutSeconds=60, HeartbeatSeconds="${H}"),
    machine(Type="Wait", Seconds="${Seconds}"),
    machine(Type="Wait", Timestamp="${When}"),
    machine(Type="Pass", Parameters={"a.$": "$.${Field}"}),
    machine(Type="Pass", InputPath="${Path}"),
    machine(Type="Task", Resource="${R}", Retry=[{"ErrorEquals": ["X"], "MaxAttempts": "${N}", "BackoffRate": "${B}"}]),
    {
        "StartAt": "A",
        "States": {
            "A": {
                "Type": "Choice",
                "Default": "B",
                "Choices": [{"Variable": "$.a", "NumericEquals": "${N}", "Next": "B"}],
            },
            "B": {"Type": "Succeed"},
        },
    },
    {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "${Target}"}, "B": {"Type": "Succeed"}}},
    {"StartAt": "${First}", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}}},
]


@pytest.mark.parametrize("definition", OPEN, ids=range(len(OPEN)))
def test_nothing_is_said_about_an_open_value(definition: dict[str, Any]) -> None:
    assert validate(definition) == []


def test_what_stands_beside_an_open_value_is_still_checked() -> None:
    found = validate(machine(Type="Wait", Seconds="${Seconds}", Sekonds=1))
    assert [each.path for each in found] == ["States.A.Sekonds"]


def test_a_placeholder_without_an_end_is_text() -> None:
    assert [each.path for each in validate(machine(Type="Task", Resource="${Charge"))] == ["States.A.Resource"]


def test_with_a_mapping_a_name_that_it_lacks_is_text_as_for_cloudformation() -> None:
    assert [each.path for each in validate(machine(Type="Task", Resource="${Charge}"), substitutions={})] == [
        "States.A.Resource"
    ]


def test_a_filled_value_is_checked() -> None:
    definition = '{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": ${N}, "End": true}}}'
    assert validate(definition, substitutions={"N": "5"}) == []
    assert [each.path for each in validate(definition, substitutions={"N": -5})] == ["States.A.Seconds"]


def test_a_placeholder_without_quotes_keeps_every_place() -> None:
    definition = '{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": ${N}, "Nxet": "B"}}}'
    found = [each for each in validate(definition) if each.path == "States.A.Nxet"]
    assert [(each.line, each.column) for each in found] == [(1, definition.index('"B"') + 1)]


def test_a_value_that_is_no_json_does_not_fit_where_no_quotes_stand() -> None:
    definition = '{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": ${N}, "End": true}}}'
    assert [str(each) for each in validate(definition, substitutions={"N": "five"})] == [
        "1:62 States.A.Seconds: the value of the substitution N must be JSON, since no quotes stand around it"
    ]


def test_text_is_filled_wherever_it_stands() -> None:
    definition = machine(Type="Task", Resource="arn:aws:lambda:${Region}:123456789012:function:${Name}")
    document = read_definition(definition, substitutions={"Region": "eu-west-1", "Name": "charge"})
    assert document.value["States"]["A"]["Resource"] == "arn:aws:lambda:eu-west-1:123456789012:function:charge"  # type: ignore[index,call-overload]


def test_a_bare_scalar_of_yaml_becomes_what_its_value_is(tmp_path: Path) -> None:
    file = tmp_path / "wait.asl.yaml"
    file.write_text(
        "StartAt: A\nStates:\n  A: {Type: Wait, Seconds: '${N}', Comment: x, End: true}\n".replace("'", '"')
    )
    assert [each.path for each in validate(file, substitutions={"N": "5"})] == ["States.A.Seconds"]
    file.write_text("StartAt: A\nStates:\n  A:\n    Type: Wait\n    Seconds: ${N}\n    End: true\n")
    assert validate(file, substitutions={"N": "5"}) == []


def test_in_a_mapping_a_number_may_be_filled_into_a_text() -> None:
    definition = machine(Type="Wait", Seconds="${N}")
    assert validate(definition, substitutions={"N": 30}) == []
    assert [each.rule for each in validate(json.dumps(definition), substitutions={"N": 30})] == ["wrong-type"]


def test_a_definition_whose_resources_are_open_can_be_loaded() -> None:
    assert aslrun.load(machine(Type="Task", Resource="${Charge}")).states["A"].document["Resource"] == "${Charge}"


def test_a_number_that_is_open_must_be_filled_to_be_loaded() -> None:
    definition = machine(Type="Wait", Seconds="${N}")
    with pytest.raises(
        aslrun.InvalidDefinition, match=r"States\.A\.Seconds: must be known: fill the placeholder with substit"
    ):
        aslrun.load(definition)


def test_a_filled_definition_can_be_loaded() -> None:
    definition = '{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": ${N}, "End": true}}}'
    assert aslrun.simulate(aslrun.load(definition, substitutions={"N": 5}), {}).succeeded


def test_nothing_is_said_about_the_flow_of_data_that_is_open() -> None:
    states = {
        "Set": {"Type": "Pass", "Assign": {"env": "${Env}"}, "Next": "Ask"},
        "Ask": {
            "Type": "Choice",
            "Choices": [{"Variable": "$env", "StringEquals": "prod", "Next": "Done"}],
            "Default": "Done",
        },
        "Done": {"Type": "Succeed"},
    }
    assert validate({"StartAt": "Set", "States": states}) == []


def test_a_placeholder_in_the_arguments_of_a_task_leaves_the_flow_of_data_known() -> None:
    states = {
        "Call": {
            "Type": "Task",
            "Resource": "${Charge}",
            "Parameters": {"table": "${Table}"},
            "ResultSelector": {"id.$": "$.id"},
            "Next": "Use",
        },
        "Use": {"Type": "Pass", "InputPath": "$.order", "End": True},
    }
    assert [each.rule for each in validate({"StartAt": "Call", "States": states})] == ["path-never-produced"]


def test_a_placeholder_with_an_escaped_dollar_is_filled_too() -> None:
    text = r'{"Comment": "\u0024{N}", "StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'
    assert read_definition(text, substitutions={"N": "here"}).value["Comment"] == "here"
