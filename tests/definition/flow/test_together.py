"""What is known passes through states of all types, in both languages, and what is said of it is this and no more."""

from __future__ import annotations

from typing import Any

import pytest

from .machines import PASS, SUCCEED, TASK, case, choice, chosen, data_test, end, inner, jsonata, machine, said, to

CASES = [
    case(
        "and types",
        chosen(choice({"And": [data_test("StringEquals", "a"), data_test("NumericEquals", 1)]})),
        "choice-rule-dead /States/C/Choices[0]",
    ),
    case(
        "isstring isnumeric",
        chosen(choice({"And": [data_test("IsString", True), data_test("IsNumeric", True)]})),
        "choice-rule-dead /States/C/Choices[0]",
    ),
    case(
        "absent and compare",
        chosen(choice({"And": [data_test("IsPresent", False), data_test("NumericEquals", 1)]})),
        "choice-rule-dead /States/C/Choices[0]",
    ),
    case(
        "present and compare ok",
        chosen(
            choice(
                {"And": [data_test("IsPresent", True), data_test("NumericEquals", 1)]}, data_test("IsPresent", False)
            )
        ),
    ),
    case("compare then isnull", chosen(choice(data_test("StringEquals", "a"), data_test("IsNull", True)))),
    case(
        "compare then absent",
        chosen(choice(data_test("StringEquals", "a"), data_test("IsPresent", False))),
        "choice-rule-dead /States/C/Choices[1]",
    ),
    case(
        "parallel parameters",
        machine(
            Q=end(
                {"Type": "Parallel", "Parameters": {"a": 1}, "Branches": [inner(X=end({**PASS, "InputPath": "$.b"}))]}
            )
        ),
        "path-never-produced /States/Q/Branches[0]/States/X/InputPath",
    ),
    case(
        "catch fail errorpath ok",
        machine(
            A={**TASK, "End": True, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "F"}]},
            F={"Type": "Fail", "ErrorPath": "$.Error", "CausePath": "$.Cause"},
        ),
    ),
    case(
        "catch fail errorpath bad",
        machine(
            A={**TASK, "End": True, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "F"}]},
            F={"Type": "Fail", "ErrorPath": "$.error", "CausePath": "$.Cause"},
        ),
        "path-never-produced /States/F/ErrorPath",
    ),
    case(
        "catch cause parse ok",
        machine(
            A={**TASK, "End": True, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}]},
            B=end({**PASS, "Parameters": {"c.$": "States.StringToJson($.Cause)"}}),
        ),
    ),
    case(
        "cause field",
        machine(
            A={**TASK, "End": True, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}]},
            B=end({**PASS, "Parameters": {"c.$": "$.Cause.errorMessage"}}),
        ),
        "path-never-produced /States/B/Parameters/c.$",
    ),
    case(
        "jsonata fail errorOutput",
        jsonata(
            A={**TASK, "End": True, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "F"}]},
            F={"Type": "Fail", "Error": "x", "Cause": "{% $states.input.Cause %}"},
        ),
    ),
    case(
        "mixed language",
        machine(
            A=to({**PASS, "Result": {"a": 1}}, "B"),
            B=end({**PASS, "QueryLanguage": "JSONata", "Output": "{% $states.input.b %}"}),
        ),
        "path-never-produced /States/B/Output",
    ),
    case(
        "waiting sum loop",
        machine(
            TimeoutSeconds=100,
            A=to({"Type": "Wait", "Seconds": 40}, "C"),
            C=choice(data_test("StringEquals", "x"), default="A"),
            Y=SUCCEED,
        ),
    ),
    case(
        "heartbeat gt machine",
        machine(TimeoutSeconds=60, A=end({**TASK, "TimeoutSeconds": 120, "HeartbeatSeconds": 90})),
        "timeout-longer-than-parent /States/A/TimeoutSeconds",
        "timeout-longer-than-parent /States/A/HeartbeatSeconds",
    ),
    case(
        "express wait",
        machine(A=end({"Type": "Wait", "Seconds": 301})),
        "timeout-longer-than-parent /States/A/Seconds",
        type="EXPRESS",
    ),
    case(
        "map output elements",
        machine(
            A=to({"Type": "Map", "ItemProcessor": inner(I=end({**PASS, "Result": {"ok": 1}}))}, "B"),
            B=end({**PASS, "Parameters": {"x.$": "$[0].bad"}}),
        ),
        "path-never-produced /States/B/Parameters/x.$",
    ),
    case(
        "map output elements ok",
        machine(
            A=to({"Type": "Map", "ItemProcessor": inner(I=end({**PASS, "Result": {"ok": 1}}))}, "B"),
            B=end({**PASS, "Parameters": {"x.$": "$[0].ok"}}),
        ),
    ),
    case(
        "map resultpath",
        machine(
            A=to({"Type": "Map", "ItemsPath": "$.l", "ResultPath": "$.r", "ItemProcessor": inner(I=end(PASS))}, "B"),
            B=end({**PASS, "InputPath": "$.r.x"}),
        ),
        "path-never-produced /States/B/InputPath",
    ),
    case(
        "choice passes on",
        machine(
            A=to({**PASS, "Result": {"a": 1}}, "C"),
            C=choice(data_test("NumericEquals", 1, "$.a")),
            Y=end({**PASS, "InputPath": "$.b"}),
            Z=SUCCEED,
        ),
        "path-never-produced /States/Y/InputPath",
    ),
    case(
        "wait passes on",
        machine(
            A=to({**PASS, "Result": {"a": 1}}, "W"),
            W=to({"Type": "Wait", "Seconds": 1}, "B"),
            B=end({**PASS, "InputPath": "$.b"}),
        ),
        "path-never-produced /States/B/InputPath",
    ),
    case(
        "loop widening",
        machine(
            A=to({**PASS, "Result": {"n": 0}}, "B"),
            B=to({**PASS, "Parameters": {"n.$": "States.MathAdd($.n,1)"}}, "C"),
            C=choice(data_test("NumericLessThan", 3), default="Z"),
            Y=to(PASS, "B"),
            Z=end({**PASS, "InputPath": "$.m"}),
        ),
        "path-never-produced /States/Z/InputPath",
    ),
    case(
        "task result kept",
        machine(
            A=to({**PASS, "Result": {"a": 1}}, "T"),
            T=to({**TASK, "ResultPath": "$.r"}, "B"),
            B=end({**PASS, "Parameters": {"x.$": "$.r.any", "y.$": "$.a"}}),
        ),
    ),
    case(
        "task result other",
        machine(
            A=to({**PASS, "Result": {"a": 1}}, "T"),
            T=to({**TASK, "ResultPath": "$.r"}, "B"),
            B=end({**PASS, "Parameters": {"y.$": "$.b"}}),
        ),
        "path-never-produced /States/B/Parameters/y.$",
    ),
    case(
        "selector resultpath",
        machine(
            T=to({**TASK, "ResultSelector": {"c.$": "$.x"}, "ResultPath": "$.r"}, "B"),
            B=end({**PASS, "Parameters": {"y.$": "$.r.d"}}),
        ),
        "path-never-produced /States/B/Parameters/y.$",
    ),
    case(
        "no_dollar", machine(A=end({**TASK, "Parameters": {"id": "$.order.id"}})), "NO_DOLLAR /States/A/Parameters/id"
    ),
    case("static", machine(A=end({**PASS, "Result": {"id": "$.x"}})), "PASS_RESULT_IS_STATIC /States/A/Result/id"),
    case(
        "catch duplicate jsonata",
        jsonata(
            A={
                **TASK,
                "Catch": [{"ErrorEquals": ["X"], "Next": "Z"}, {"ErrorEquals": ["X"], "Next": "Z"}],
                "End": True,
            },
            Z=SUCCEED,
        ),
        "catch-never-matches /States/A/Catch[1]",
    ),
    case(
        "qee parallel nested jsonata",
        machine(
            Q={
                "Type": "Parallel",
                "Branches": [inner(X=end({**PASS, "QueryLanguage": "JSONata", "Output": "{% 1 %}"}))],
                "Catch": [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "Z"}],
                "Next": "Z",
            },
            Z=SUCCEED,
        ),
    ),
    case(
        "jsonata lambda undefined var",
        jsonata(A=end({**PASS, "Output": "{% $map([1], function($v) { $w }) %}"})),
        "variable-never-assigned /States/A/Output",
    ),
    case("jsonata transform", jsonata(A=end({**PASS, "Output": "{% $states.input ~> |a|{'b': 1}| %}"}))),
    case("jsonata chain", jsonata(A=end({**PASS, "Output": "{% $states.input.a ~> $uppercase() ~> $trim() %}"}))),
    case("jsonata regex", jsonata(A=end({**PASS, "Output": "{% $match($states.input.a, /x/).match %}"}))),
    case("jsonata group", jsonata(A=end({**PASS, "Output": "{% $states.input.l{k: $sum(v)} %}"}))),
    case("jsonata sort filter", jsonata(A=end({**PASS, "Output": "{% $states.input.l[x = 1]^(y).z %}"}))),
    case(
        "var object field",
        machine(A=to({**PASS, "Assign": {"v": {"a": 1}}}, "B"), B=end({**PASS, "Parameters": {"x.$": "$v.b"}})),
        "path-never-produced /States/B/Parameters/x.$",
    ),
    case(
        "var object field jsonata",
        jsonata(A=to({**PASS, "Assign": {"v": {"a": 1}}}, "B"), B=end({**PASS, "Output": "{% $v.b %}"})),
        "path-never-produced /States/B/Output",
    ),
    case(
        "fail branch",
        machine(
            Q={"Type": "Parallel", "Branches": [inner(X={"Type": "Fail", "Error": "E"})], "Next": "B"},
            B=end({**PASS, "InputPath": "$.x"}),
        ),
    ),
]


@pytest.mark.parametrize(("definition", "type", "expected"), CASES)
def test_what_is_said_of_a_machine_is_this_and_nothing_else(
    definition: dict[str, Any], type: str, expected: set[str]
) -> None:
    assert said(definition, type) == expected
