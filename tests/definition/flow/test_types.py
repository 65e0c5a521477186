"""Values of a type that cannot be used, instants in the past, texts that look like paths."""

from __future__ import annotations

from typing import Any

import pytest

import aslrun

from .machines import PASS, SUCCEED, TASK, case, choice, end, inner, jsonata, machine, query, said, to

CASES = [
    case(
        "secs text",
        machine(A=to({**PASS, "Result": {"s": "5"}}, "W"), W=end({"Type": "Wait", "SecondsPath": "$.s"})),
        "type-mismatch /States/W/SecondsPath",
    ),
    case("secs ok", machine(A=to({**PASS, "Result": {"s": 5}}, "W"), W=end({"Type": "Wait", "SecondsPath": "$.s"}))),
    case(
        "ts bad",
        machine(A=to({**PASS, "Result": {"s": "tomorrow"}}, "W"), W=end({"Type": "Wait", "TimestampPath": "$.s"})),
        "type-mismatch /States/W/TimestampPath",
    ),
    case(
        "ts number",
        machine(A=to({**PASS, "Result": {"s": 5}}, "W"), W=end({"Type": "Wait", "TimestampPath": "$.s"})),
        "type-mismatch /States/W/TimestampPath",
    ),
    case("ts future", machine(W=end({"Type": "Wait", "Timestamp": "2099-01-01T00:00:00Z"}))),
    case(
        "ts past jsonata",
        jsonata(W=end({"Type": "Wait", "Timestamp": "2019-01-01T00:00:00Z"})),
        "timestamp-in-the-past /States/W/Timestamp",
    ),
    case(
        "mathadd path",
        machine(
            A=to({**PASS, "Result": {"s": "5"}}, "B"), B=end({**PASS, "Parameters": {"x.$": "States.MathAdd($.s, 1)"}})
        ),
        "type-mismatch /States/B/Parameters/x.$",
    ),
    case("mathadd ok", machine(B=end({**PASS, "Parameters": {"x.$": "States.MathAdd($.s, 1)"}}))),
    case(
        "arraylen obj",
        machine(
            A=to({**PASS, "Result": {"s": {}}}, "B"), B=end({**PASS, "Parameters": {"x.$": "States.ArrayLength($.s)"}})
        ),
        "type-mismatch /States/B/Parameters/x.$",
    ),
    case("jsonata plus", jsonata(A=end({**PASS, "Output": "{% 'a' + 'b' %}"})), "type-mismatch /States/A/Output"),
    case("jsonata concat ok", jsonata(A=end({**PASS, "Output": "{% 'a' & 1 %}"}))),
    case("jsonata cmp", jsonata(A=end({**PASS, "Output": "{% 'a' < 1 %}"})), "type-mismatch /States/A/Output"),
    case("jsonata eq ok", jsonata(A=end({**PASS, "Output": "{% 'a' = 1 %}"}))),
    case("jsonata secs", jsonata(A=end({"Type": "Wait", "Seconds": "{% 'x' %}"})), "type-mismatch /States/A/Seconds"),
    case(
        "jsonata secs neg", jsonata(A=end({"Type": "Wait", "Seconds": "{% -1 %}"})), "type-mismatch /States/A/Seconds"
    ),
    case(
        "jsonata cond type",
        jsonata(C=choice(query("'x'")), Y=end(PASS), Z=SUCCEED),
        "type-mismatch /States/C/Choices[0]/Condition",
    ),
    case(
        "jsonata items",
        jsonata(M=end({"Type": "Map", "Items": "{% 'abc' %}", "ItemProcessor": inner(I=end(PASS))})),
        "type-mismatch /States/M/Items",
    ),
    case(
        "jsonata items ok", jsonata(M=end({"Type": "Map", "Items": "{% [1,2] %}", "ItemProcessor": inner(I=end(PASS))}))
    ),
    case(
        "jsonata var type",
        jsonata(A=to({**PASS, "Assign": {"v": "x"}}, "B"), B=end({**PASS, "Output": "{% $v * 2 %}"})),
        "type-mismatch /States/B/Output",
    ),
    case("jsonata upper", jsonata(A=end({**PASS, "Output": "{% $uppercase(1) %}"})), "type-mismatch /States/A/Output"),
    case(
        "resultpath nonobject",
        machine(A=to({**PASS, "Result": [1]}, "B"), B=end({**TASK, "ResultPath": "$.x"})),
        "type-mismatch /States/B/ResultPath",
    ),
    case("no_path error", machine(W={"Type": "Fail", "Error": "$.e", "Cause": "x"}), "NO_PATH /States/W/Error"),
    case(
        "no_path intrinsic",
        machine(W={"Type": "Fail", "Error": "x", "Cause": "States.Format('{}', $.a)"}),
        "NO_PATH /States/W/Cause",
    ),
    case("no_path ok", machine(W={"Type": "Fail", "Error": "x", "CausePath": "$.cause"})),
    case("no_path dollars", machine(W={"Type": "Fail", "Error": "x", "Cause": "costs $5.00"})),
    case("no_path jsonata", jsonata(W={"Type": "Fail", "Error": "x", "Cause": "{% $states.input.cause %}"})),
]


@pytest.mark.parametrize(("definition", "type", "expected"), CASES)
def test_what_is_said_of_a_machine_is_this_and_nothing_else(
    definition: dict[str, Any], type: str, expected: set[str]
) -> None:
    assert said(definition, type) == expected


def test_an_item_of_a_map_that_is_entered_again_may_be_of_either_kind() -> None:
    inner = {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "SecondsPath": "$$.Map.Item.Value", "End": True}}}
    each = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemSelector": {"x": 1},
        "ItemProcessor": inner,
        "ResultPath": "$.r",
    }
    again = {"Type": "Choice", "Choices": [{"Variable": "$.again", "BooleanEquals": True, "Next": "Numbers"}]}
    definition = {
        "StartAt": "Texts",
        "States": {
            "Texts": {"Type": "Pass", "Result": ["a"], "ResultPath": "$.items", "Next": "Each"},
            "Each": {**each, "Next": "Again"},
            "Again": {**again, "Default": "Done"},
            "Numbers": {"Type": "Pass", "Result": [1], "ResultPath": "$.items", "Next": "Each"},
            "Done": {"Type": "Succeed"},
        },
    }
    assert [found.rule for found in aslrun.validate(definition) if found.rule == "type-mismatch"] == []
