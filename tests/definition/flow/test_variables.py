"""Variables: never, not yet or only maybe assigned; scopes, guards and loops."""

from __future__ import annotations

from typing import Any

import pytest

from .machines import PASS, SUCCEED, TASK, case, end, inner, jsonata, machine, said, to

CASES = [
    case(
        "var use after", machine(A=to({**PASS, "Assign": {"v": 1}}, "B"), B=end({**PASS, "Parameters": {"x.$": "$v"}}))
    ),
    case(
        "var used before",
        machine(A=to({**PASS, "Parameters": {"x.$": "$v"}}, "B"), B=end({**PASS, "Assign": {"v": 1}})),
        "variable-not-yet-assigned /States/A/Parameters/x.$",
    ),
    case(
        "var same state jsonpath",
        machine(A=end({**PASS, "Assign": {"a": 1, "b.$": "$a"}})),
        "variable-not-yet-assigned /States/A/Assign/b.$",
    ),
    case(
        "var one path jsonpath",
        machine(
            C={"Type": "Choice", "Choices": [{"Variable": "$.k", "BooleanEquals": True, "Next": "A"}], "Default": "B"},
            A=to({**PASS, "Assign": {"v": 1}}, "B"),
            B=end({**PASS, "Parameters": {"x.$": "$v"}}),
        ),
        "variable-maybe-unassigned /States/B/Parameters/x.$",
    ),
    case(
        "var both",
        machine(
            C={"Type": "Choice", "Choices": [{"Variable": "$.k", "BooleanEquals": True, "Next": "A"}], "Default": "D"},
            A=to({**PASS, "Assign": {"v": 1}}, "B"),
            D=to({**PASS, "Assign": {"v": 2}}, "B"),
            B=end({**PASS, "Parameters": {"x.$": "$v"}}),
        ),
    ),
    case(
        "var rule assign",
        machine(
            C={
                "Type": "Choice",
                "Choices": [{"Variable": "$.k", "BooleanEquals": True, "Assign": {"v": 1}, "Next": "B"}],
                "Default": "B",
                "Assign": {"v": 2},
            },
            B=end({**PASS, "Parameters": {"x.$": "$v"}}),
        ),
    ),
    case(
        "var rule assign only",
        machine(
            C={
                "Type": "Choice",
                "Choices": [{"Variable": "$.k", "BooleanEquals": True, "Assign": {"v": 1}, "Next": "B"}],
                "Default": "B",
            },
            B=end({**PASS, "Parameters": {"x.$": "$v"}}),
        ),
        "variable-maybe-unassigned /States/B/Parameters/x.$",
    ),
    case(
        "var branch inner",
        machine(
            A=to({"Type": "Parallel", "Branches": [inner(X=end({**PASS, "Assign": {"v": 1}}))]}, "B"),
            B=end({**PASS, "Parameters": {"x.$": "$v"}}),
        ),
        "variable-never-assigned /States/B/Parameters/x.$",
    ),
    case(
        "var outer read in branch",
        machine(
            S=to({**PASS, "Assign": {"v": 1}}, "A"),
            A=end({"Type": "Parallel", "Branches": [inner(X=end({**PASS, "Parameters": {"x.$": "$v"}}))]}),
        ),
    ),
    case(
        "var outer read in map",
        machine(
            S=to({**PASS, "Assign": {"v": 1}}, "A"),
            A=end({"Type": "Map", "ItemProcessor": inner(X=end({**PASS, "Parameters": {"x.$": "$v"}}))}),
        ),
    ),
    case(
        "var distributed",
        machine(
            S=to({**PASS, "Assign": {"v": 1}}, "A"),
            A=end(
                {
                    "Type": "Map",
                    "ItemProcessor": {
                        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                        **inner(X=end({**PASS, "Parameters": {"x.$": "$v"}})),
                    },
                }
            ),
        ),
        "variable-never-assigned /States/A/ItemProcessor/States/X/Parameters/x.$",
    ),
    case(
        "var distributed selector ok",
        machine(
            S=to({**PASS, "Assign": {"v": 1}}, "A"),
            A=end(
                {
                    "Type": "Map",
                    "ItemSelector": {"v.$": "$v"},
                    "ItemProcessor": {
                        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                        **inner(X=end(PASS)),
                    },
                }
            ),
        ),
    ),
    case(
        "var catch assign",
        machine(
            A={
                **TASK,
                "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"e.$": "$.Cause"}, "Next": "B"}],
                "Next": "B",
            },
            B=end({**PASS, "Parameters": {"x.$": "$e"}}),
        ),
        "variable-maybe-unassigned /States/B/Parameters/x.$",
    ),
    case(
        "var catch assign ok",
        machine(
            A={
                **TASK,
                "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"e.$": "$.Cause"}, "Next": "B"}],
                "End": True,
            },
            B=end({**PASS, "Parameters": {"x.$": "$e"}}),
        ),
    ),
    case(
        "var task assign on catch",
        machine(
            A={**TASK, "Assign": {"r.$": "$.x"}, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}], "Next": "Z"},
            B=end({**PASS, "Parameters": {"x.$": "$r"}}),
            Z=SUCCEED,
        ),
        "variable-not-yet-assigned /States/B/Parameters/x.$",
    ),
    case(
        "var guard",
        machine(
            C={"Type": "Choice", "Choices": [{"Variable": "$.k", "BooleanEquals": True, "Next": "A"}], "Default": "G"},
            A=to({**PASS, "Assign": {"v": 1}}, "G"),
            G={"Type": "Choice", "Choices": [{"Variable": "$v", "IsPresent": True, "Next": "B"}], "Default": "Z"},
            B=end({**PASS, "Parameters": {"x.$": "$v"}}),
            Z=SUCCEED,
        ),
    ),
    case(
        "var counter loop ok",
        machine(
            I=to({**PASS, "Assign": {"n": 0}}, "L"),
            L=to({**PASS, "Assign": {"n.$": "States.MathAdd($n, 1)"}}, "C"),
            C={"Type": "Choice", "Choices": [{"Variable": "$n", "NumericLessThan": 5, "Next": "L"}], "Default": "Z"},
            Z=SUCCEED,
        ),
    ),
    case(
        "var counter loop unset",
        machine(
            L=to({**PASS, "Assign": {"n.$": "States.MathAdd($n, 1)"}}, "C"),
            C={"Type": "Choice", "Choices": [{"Variable": "$n", "NumericLessThan": 5, "Next": "L"}], "Default": "Z"},
            Z=SUCCEED,
        ),
        "variable-not-yet-assigned /States/L/Assign/n.$",
    ),
    case(
        "jsonata accumulate",
        jsonata(
            L=to({**TASK, "Assign": {"l": "{% $append($l, $states.result.x) %}"}}, "C"),
            C={"Type": "Choice", "Choices": [{"Condition": "{% $count($l) < 5 %}", "Next": "L"}], "Default": "Z"},
            Z=SUCCEED,
        ),
    ),
    case("jsonata bind", jsonata(A=end({**PASS, "Output": "{% ($x := 1; $x + 1) %}"}))),
    case("jsonata lambda bind", jsonata(A=end({**PASS, "Output": "{% ($f := function($y) { $y * 2 }; $f(3)) %}"}))),
    case("jsonata builtin", jsonata(A=end({**PASS, "Output": "{% $sum([1,2]) + $millis() %}"}))),
    case("jsonata exists var", jsonata(A=end({**PASS, "Output": "{% $exists($v) ? $v : 1 %}"}))),
    case("jsonata reduce", jsonata(A=end({**PASS, "Output": "{% $reduce([1,2], function($i, $j){$i + $j}) %}"}))),
    case("jsonata focus", jsonata(A=end({**PASS, "Output": "{% $states.input.a@$q.{'x': $q.b} %}"}))),
    case(
        "jsonata maybe in concat",
        jsonata(
            C={"Type": "Choice", "Choices": [{"Condition": "{% $states.input.k = 1 %}", "Next": "A"}], "Default": "B"},
            A=to({**PASS, "Assign": {"v": 1}}, "B"),
            B=end({**PASS, "Output": "{% $v + 1 %}"}),
        ),
        "variable-maybe-unassigned /States/B/Output",
    ),
    case(
        "jsonata catch maybe",
        jsonata(
            A={
                **TASK,
                "Assign": {"r": "{% $states.result %}"},
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}],
                "Next": "B",
            },
            B=end({**PASS, "Output": "{% $r %}"}),
        ),
        "variable-maybe-unassigned /States/B/Output",
    ),
    case(
        "jsonata condition var",
        jsonata(
            C={"Type": "Choice", "Choices": [{"Condition": "{% $nope = 1 %}", "Next": "Z"}], "Default": "Z"}, Z=SUCCEED
        ),
        "variable-never-assigned /States/C/Choices[0]/Condition",
    ),
]


@pytest.mark.parametrize(("definition", "type", "expected"), CASES)
def test_what_is_said_of_a_machine_is_this_and_nothing_else(
    definition: dict[str, Any], type: str, expected: set[str]
) -> None:
    assert said(definition, type) == expected
