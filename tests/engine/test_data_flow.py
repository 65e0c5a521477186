"""The data flow of a state: what each of its fields does, and the texts that are kept as they came."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from aslrun import values
from aslrun.values import JSON

from .drive import Story, always, drive, machine_of, ok
from .shapes import passing, task, wait

DOCUMENT: dict[str, JSON] = {"a": {"b": 1}, "list": [1, {"c": 2}], "x": "text"}


def passed(input: JSON = None, **fields: Any) -> Story:
    return drive(machine_of({"S": passing(**fields)}), DOCUMENT if input is None else input)


def worked(result: JSON, input: JSON = None, **fields: Any) -> Story:
    return drive(machine_of({"S": task(**fields)}), DOCUMENT if input is None else input, {"S": always(ok(1, result))})


@pytest.mark.parametrize(
    ("fields", "output"),
    [
        ({}, DOCUMENT),
        ({"InputPath": None}, {}),
        ({"OutputPath": None}, {}),
        ({"ResultPath": None}, DOCUMENT),
        ({"Result": 7, "ResultPath": None}, DOCUMENT),
        ({"Result": None}, None),
        ({"Result": 7}, 7),
        ({"InputPath": "$"}, DOCUMENT),
        ({"InputPath": "$.a"}, {"b": 1}),
        ({"InputPath": "$.list[1].c"}, 2),
        ({"OutputPath": "$.a"}, {"b": 1}),
        ({"InputPath": "$.a", "ResultPath": "$.r"}, {**DOCUMENT, "r": {"b": 1}}),
        ({"InputPath": "$.a", "Parameters": {"p.$": "$.b"}}, {"p": 1}),
        ({"Parameters": {"p.$": "$.a"}, "OutputPath": "$.p"}, {"b": 1}),
        ({"InputPath": None, "ResultPath": "$.a"}, {**DOCUMENT, "a": {}}),
        ({"Result": 1, "ResultPath": "$.r", "OutputPath": "$.r"}, 1),
        ({"InputPath": "$..c"}, [2]),
        ({"InputPath": "$.list[7:]"}, []),
    ],
)
def test_the_fields_of_a_pass_in_their_order(fields: dict[str, Any], output: JSON) -> None:
    assert passed(**fields).execution.output == output


@pytest.mark.parametrize(
    ("fields", "output"),
    [
        ({}, {"r": 1}),
        ({"ResultSelector": {"s.$": "$.r"}}, {"s": 1}),
        ({"ResultSelector": {"s.$": "$.r"}, "ResultPath": "$.a"}, DOCUMENT | {"a": {"s": 1}}),
        ({"InputPath": "$.a", "ResultPath": "$.a.d"}, DOCUMENT | {"a": {"b": 1, "d": {"r": 1}}}),
        ({"Parameters": {}, "ResultPath": None}, DOCUMENT),
    ],
)
def test_the_result_of_a_task_is_selected_and_then_joins_the_raw_input(fields: dict[str, Any], output: JSON) -> None:
    assert worked({"r": 1}, **fields).execution.output == output


@pytest.mark.parametrize(
    ("path", "output"),
    [
        ("$", 9),
        ("$.a", {"a": 9, "l": [1, 2]}),
        ("$.new", {"a": {"b": 1}, "l": [1, 2], "new": 9}),
        ("$.n.e.w", {"a": {"b": 1}, "l": [1, 2], "n": {"e": {"w": 9}}}),
        ("$['a']['b']", {"a": {"b": 9}, "l": [1, 2]}),
        ("$.l[1]", {"a": {"b": 1}, "l": [1, 9]}),
    ],
)
def test_result_path_writes_where_it_leads_and_makes_missing_objects(path: str, output: JSON) -> None:
    assert passed({"a": {"b": 1}, "l": [1, 2]}, Result=9, ResultPath=path).execution.output == output


@pytest.mark.parametrize(("input", "path"), [([1], "$.a"), ({"l": [1]}, "$.l[1]"), ({"a": 1}, "$.a.b"), (7, "$.a")])
def test_result_path_that_cannot_be_applied_fails_the_execution(input: JSON, path: str) -> None:
    story = passed(input, Result=9, ResultPath=path)
    assert (story.execution.status, story.execution.error) == ("FAILED", "States.ResultPathMatchFailure")


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"InputPath": "$.no"}, "Invalid path '$.no' : No results for path: $['no']"),
        ({"OutputPath": "$.no"}, "Invalid path '$.no' : No results for path: $['no']"),
        ({"InputPath": "$.no.such"}, "Invalid path '$.no.such' : Missing property in path $['no']"),
        (
            {"Parameters": {"v.$": "$.no"}},
            "The JSONPath '$.no' specified for the field 'v.$' could not be found in the input '{ \"a\":1 }'",
        ),
        (
            {"Parameters": {"v.$": "$$.Execution.Input.x"}},
            (
                "The JSONPath '$$.Execution.Input.x' specified for the field 'v.$' could not be found in the input "
                "'{ \"a\":1 }'"
            ),
        ),
    ],
)
def test_a_path_that_leads_nowhere_fails_in_the_words_of_the_service(fields: dict[str, Any], complaint: str) -> None:
    story = passed(values.parse('{ "a":1 }'), **fields)
    assert story.execution.error == "States.Runtime"
    assert story.execution.cause == (
        f"An error occurred while executing the state 'S' (entered at the event id #2). {complaint}"
    )


def test_an_input_that_no_field_touches_keeps_its_white_space_to_the_end() -> None:
    text = '{ "b" : [1,  2],\n "a": null }'
    story = drive(
        machine_of({"A": passing(Next="B"), "B": wait(1, Next="C"), "C": {"Type": "Succeed"}}), values.parse(text)
    )
    assert {event["stateExitedEventDetails"]["output"] for event in story.history if "Exited" in event["type"]} == {
        text
    }
    assert story.history[-1]["executionSucceededEventDetails"]["output"] == text


def test_a_result_that_came_as_text_keeps_it() -> None:
    story = worked(values.parse("[1,   2]"))
    assert story.of("TaskSucceeded")[0]["taskSucceededEventDetails"]["output"] == "[1,   2]"
    assert story.history[-1]["executionSucceededEventDetails"]["output"] == "[1,   2]"


def test_what_a_field_has_made_anew_is_compact() -> None:
    story = passed(values.parse('{ "a" : 1 }'), ResultPath="$.r", InputPath="$.a")
    assert story.history[-1]["executionSucceededEventDetails"]["output"] == '{"a":1,"r":1}'


def test_a_template_gives_its_literal_keys_first_as_they_stand() -> None:
    output = passed(Parameters={"z.$": "$.x", "m": 1, "b": {"y.$": "$.x"}, "a": 2}).execution.output
    assert list(output) == ["m", "b", "a", "z"]  # type: ignore[arg-type]


def test_input_result_and_definition_are_never_changed() -> None:
    definition = {
        "StartAt": "A",
        "States": {
            "A": passing(Result={"deep": {"n": [1]}}, ResultPath="$.r", Next="B"),
            "B": passing(Parameters={"k": {"c": [2]}, "v.$": "$.r.deep"}, ResultPath="$.r.deep.n[0]", Next="C"),
            "C": task(ResultPath="$.a.b", ResultSelector={"t.$": "$"}),
        },
    }
    kept, input, result = copy.deepcopy(definition), copy.deepcopy(DOCUMENT), {"q": [1]}
    story = drive(machine_of(definition["States"]), input, {"C": always(ok(1, result))})  # type: ignore[arg-type]
    assert story.execution.status == "SUCCEEDED"
    assert (definition, input, result) == (kept, DOCUMENT, {"q": [1]})


def test_the_history_shows_each_payload_as_it_was_at_that_time() -> None:
    states = {"A": passing(Result=1, ResultPath="$.n", Next="B"), "B": passing(Result=2, ResultPath="$.n")}
    story = drive(machine_of(states), {"n": 0})
    entered = [json.loads(event["stateEnteredEventDetails"]["input"]) for event in story.of("PassStateEntered")]
    assert entered == [{"n": 0}, {"n": 1}]
