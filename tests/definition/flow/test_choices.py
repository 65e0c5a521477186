"""Choice rules: dead ones, and states without Default that leave something open."""

from __future__ import annotations

from typing import Any

import pytest

from .machines import PASS, SUCCEED, case, choice, chosen, data_test, end, jsonata, machine, query, said, to

CASES = [
    case(
        "bool both no default",
        chosen(choice(data_test("BooleanEquals", True), data_test("BooleanEquals", False), default=None)),
    ),
    case("present both", chosen(choice(data_test("IsPresent", True), data_test("IsPresent", False), default=None))),
    case(
        "not pair",
        chosen(choice(data_test("StringEquals", "a"), {"Not": data_test("StringEquals", "a")}, default=None)),
    ),
    case(
        "numeric cover",
        chosen(choice(data_test("NumericLessThan", 5), data_test("NumericGreaterThanEquals", 5), default=None)),
    ),
    case(
        "numeric gap",
        chosen(choice(data_test("NumericLessThan", 5), data_test("NumericGreaterThan", 5), default=None)),
        "choice-may-not-match /States/C",
    ),
    case("bool one", chosen(choice(data_test("BooleanEquals", True), default=None)), "choice-may-not-match /States/C"),
    case("present only", chosen(choice(data_test("IsPresent", True), default=None)), "choice-may-not-match /States/C"),
    case("null pair", chosen(choice(data_test("IsNull", True), data_test("IsNull", False), default=None))),
    case("isnumeric pair", chosen(choice(data_test("IsNumeric", True), data_test("IsNumeric", False), default=None))),
    case(
        "strings nodefault",
        chosen(choice(data_test("StringEquals", "a"), data_test("StringEquals", "b"), default=None)),
        "choice-may-not-match /States/C",
    ),
    case("string match star", chosen(choice(data_test("StringMatches", "*"), default=None))),
    case(
        "string contradiction",
        chosen(choice({"And": [data_test("StringEquals", "a"), data_test("StringEquals", "b")]})),
        "choice-rule-dead /States/C/Choices[0]",
    ),
    case(
        "and different var ok",
        chosen(choice({"And": [data_test("StringEquals", "a"), data_test("StringEquals", "b", "$.m")]})),
    ),
    case(
        "A and not A",
        chosen(choice({"And": [data_test("IsPresent", True), {"Not": data_test("IsPresent", True)}]})),
        "choice-rule-dead /States/C/Choices[0]",
    ),
    case(
        "subsumed string match",
        chosen(choice(data_test("StringMatches", "a*"), data_test("StringEquals", "abc"))),
        "choice-rule-dead /States/C/Choices[1]",
    ),
    case("subsumed ok order", chosen(choice(data_test("StringEquals", "abc"), data_test("StringMatches", "a*")))),
    case(
        "subsumed or",
        chosen(
            choice(
                {"Or": [data_test("NumericEquals", 1), data_test("NumericEquals", 2)]}, data_test("NumericEquals", 2)
            )
        ),
        "choice-rule-dead /States/C/Choices[1]",
    ),
    case(
        "subsumed and",
        chosen(
            choice(
                data_test("NumericGreaterThan", 5),
                {"And": [data_test("NumericGreaterThan", 5), data_test("BooleanEquals", True, "$.x")]},
            )
        ),
        "choice-rule-dead /States/C/Choices[1]",
    ),
    case(
        "union dead",
        chosen(
            choice(
                data_test("NumericLessThan", 5), data_test("NumericGreaterThanEquals", 5), data_test("NumericEquals", 7)
            )
        ),
        "choice-rule-dead /States/C/Choices[2]",
    ),
    case("overlap ok", chosen(choice(data_test("NumericGreaterThan", 10), data_test("NumericGreaterThan", 5)))),
    case("different ops ok", chosen(choice(data_test("NumericEquals", 1), data_test("StringEquals", "1")))),
    case(
        "timestamp contradiction",
        chosen(
            choice(
                {
                    "And": [
                        data_test("TimestampGreaterThan", "2024-01-02T00:00:00Z"),
                        data_test("TimestampLessThan", "2024-01-01T00:00:00Z"),
                    ]
                }
            )
        ),
        "choice-rule-dead /States/C/Choices[0]",
    ),
    case(
        "timestamp ok",
        chosen(
            choice(
                {
                    "And": [
                        data_test("TimestampGreaterThan", "2024-01-01T00:00:00Z"),
                        data_test("TimestampLessThan", "2024-01-02T00:00:00Z"),
                    ]
                }
            )
        ),
    ),
    case(
        "const true ok",
        machine(
            A=to({**PASS, "Result": {"n": 1}}, "C"), C=choice(data_test("NumericEquals", 2)), Y=end(PASS), Z=SUCCEED
        ),
    ),
    case(
        "type string const",
        machine(
            A=to({**PASS, "Result": {"n": "1"}}, "C"), C=choice(data_test("NumericEquals", 1)), Y=end(PASS), Z=SUCCEED
        ),
        "choice-rule-dead /States/C/Choices[0]",
    ),
    case(
        "type bool text",
        machine(
            A=to({**PASS, "Result": {"n": "true"}}, "C"),
            C=choice(data_test("BooleanEquals", True)),
            Y=end(PASS),
            Z=SUCCEED,
        ),
        "choice-rule-dead /States/C/Choices[0]",
    ),
    case(
        "jsonata dup",
        chosen(choice(query("$states.input.n = 1"), query("$states.input.n = 1")), True),
        "choice-rule-dead /States/C/Choices[1]",
    ),
    case(
        "jsonata subsumed",
        chosen(choice(query("$states.input.n > 5"), query("$states.input.n > 10")), True),
        "choice-rule-dead /States/C/Choices[1]",
    ),
    case("jsonata ok", chosen(choice(query("$states.input.n > 10"), query("$states.input.n > 5")), True)),
    case(
        "jsonata contradiction",
        chosen(choice(query("$states.input.n > 10 and $states.input.n < 5")), True),
        "choice-rule-dead /States/C/Choices[0]",
    ),
    case(
        "jsonata no default",
        chosen(choice(query("$states.input.n = 1"), default=None), True),
        "choice-may-not-match /States/C",
    ),
    case(
        "jsonata bool cover",
        chosen(choice(query("$states.input.b"), query("$not($states.input.b)"), default=None), True),
    ),
    case(
        "jsonata bool cover2",
        chosen(choice(query("$states.input.b = true"), query("$states.input.b = false"), default=None), True),
    ),
    case(
        "jsonata neq cover",
        chosen(choice(query("$states.input.b = 1"), query("$states.input.b != 1"), default=None), True),
    ),
    case(
        "jsonata exists cover",
        chosen(choice(query("$exists($states.input.b)"), query("$not($exists($states.input.b))"), default=None), True),
    ),
    case("jsonata true literal", chosen(choice(query("$states.input.n = 1"), query("true"), default=None), True)),
    case(
        "jsonata type",
        jsonata(
            A=to({**PASS, "Output": {"n": 1}}, "C"), C=choice(query("$states.input.n = 'x'")), Y=end(PASS), Z=SUCCEED
        ),
        "choice-rule-dead /States/C/Choices[0]",
    ),
    case("jsonata random", chosen(choice(query("$random() > 0.5"), query("$random() > 0.5")), True)),
    case(
        "jsonata count cover",
        chosen(choice(query("$count($states.input.l) > 0"), query("$count($states.input.l) = 0"), default=None), True),
    ),
    case(
        "path ops no default",
        chosen(
            choice(
                data_test("NumericGreaterThanPath", "$.m"), data_test("NumericLessThanEqualsPath", "$.m"), default=None
            )
        ),
    ),
]


@pytest.mark.parametrize(("definition", "type", "expected"), CASES)
def test_what_is_said_of_a_machine_is_this_and_nothing_else(
    definition: dict[str, Any], type: str, expected: set[str]
) -> None:
    assert said(definition, type) == expected
