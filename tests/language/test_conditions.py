"""Choice rules: what each operator says of which value, how tests are joined, and what is no rule."""

from __future__ import annotations

import re
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslrun.language.conditions import (
    OPERATORS,
    InvalidCondition,
    compile_condition,
    compile_pattern,
    condition_paths,
)
from aslrun.language.errors import ExpressionError, ExpressionSyntaxError
from aslrun.language.scope import Scope

MISSING = object()
NOON, LATER = "2025-01-01T12:00:00Z", "2025-01-01T12:00:01Z"


def scope_of(input: Any = None, **variables: Any) -> Scope:
    return Scope(input, lambda: {"Execution": {"Name": "run"}}, variables, Random)


def holds(rule: dict[str, Any], input: Any = None, **variables: Any) -> bool:
    return compile_condition(rule)(scope_of(input, **variables))


def verdict(operator: str, value: Any, operand: Any) -> bool:
    """The verdict of a data test, the operand as a constant or at the end of a path."""
    if OPERATORS[operator].is_path:
        return holds({"Variable": "$.value", operator: "$.operand"}, {"value": value, "operand": operand})
    return holds({"Variable": "$.value", operator: operand}, {"value": value})


def failure(rule: dict[str, Any], input: Any = None, **variables: Any) -> str:
    with pytest.raises(ExpressionError) as caught:
        holds(rule, input, **variables)
    assert caught.value.error == "States.Runtime"
    return caught.value.message


def refused(rule: Any) -> InvalidCondition:
    with pytest.raises(InvalidCondition) as caught:
        compile_condition(rule)
    return caught.value


# --------------------------------------------------------------------------- comparisons


def test_there_are_thirty_nine_operators() -> None:
    assert len(OPERATORS) == 39
    assert OPERATORS["NumericLessThanPath"].is_path
    assert OPERATORS["TimestampEquals"].operand == "timestamp"


ORDERS = {"Equals": "=", "LessThan": "<", "GreaterThan": ">", "LessThanEquals": "<=", "GreaterThanEquals": ">="}
FAMILIES = {"String": ("a", "b"), "Numeric": (1, 2.5), "Timestamp": (NOON, LATER)}
BELOW, SAME, ABOVE = {"<", "<="}, {"=", "<=", ">="}, {">", ">="}


@pytest.mark.parametrize("suffix", ["", "Path"])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("family", FAMILIES)
def test_values_of_one_type_are_compared_by_their_order(family: str, order: str, suffix: str) -> None:
    operator, (small, large) = family + order + suffix, FAMILIES[family]
    assert verdict(operator, small, large) is (ORDERS[order] in BELOW)
    assert verdict(operator, small, small) is (ORDERS[order] in SAME)
    assert verdict(operator, large, small) is (ORDERS[order] in ABOVE)


STRANGERS = {
    "String": [None, 1, True, [], ["a"], {}, {"a": "a"}],
    "Numeric": [None, "1", "", True, False, [], [1], {}],
    "Timestamp": [None, 1735732800, True, "", "noon", "2025-01-01", "2025-01-01 12:00:00Z", [], {}],
}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    ("family", "stranger"), [(family, stranger) for family, values in STRANGERS.items() for stranger in values]
)
def test_a_comparison_of_unlike_types_is_false(family: str, stranger: Any, order: str) -> None:
    value = FAMILIES[family][0]
    assert verdict(family + order, stranger, value) is False
    assert verdict(f"{family}{order}Path", stranger, value) is False
    assert verdict(f"{family}{order}Path", value, stranger) is False
    assert verdict(f"{family}{order}Path", stranger, stranger) is False


@pytest.mark.parametrize("operator", ["BooleanEquals", "BooleanEqualsPath"])
@pytest.mark.parametrize("value", [True, False, None, 0, 1, "true", []])
def test_only_a_boolean_equals_a_boolean(operator: str, value: Any) -> None:
    assert verdict(operator, value, True) is (value is True)
    assert verdict(operator, value, False) is (value is False)


def test_a_boolean_is_no_number() -> None:
    assert not verdict("NumericEquals", True, 1)
    assert not verdict("NumericLessThan", False, 1)


def test_numbers_are_equal_by_value() -> None:
    assert verdict("NumericEquals", 1.0, 1)
    assert verdict("NumericEqualsPath", 0, -0.0)
    assert not verdict("NumericEquals", 2**53, 2**53 + 1)


def test_strings_are_ordered_as_in_java() -> None:
    assert verdict("StringLessThan", "Z", "a")
    assert verdict("StringLessThan", "A", "A ")
    assert verdict("StringLessThan", "\U00010000", "\uffff")  # by units of UTF-16: D800 comes before FFFF
    assert verdict("StringGreaterThanPath", "\uffff", "\U00010000")


def test_timestamps_are_compared_by_instant() -> None:
    assert verdict("TimestampEquals", "2025-01-01T07:00:00.000-05:00", NOON)
    assert verdict("TimestampLessThan", "2025-01-01T12:00:00.000000001Z", "2025-01-01T12:00:00.000000002Z")
    assert verdict("TimestampEqualsPath", NOON, "2025-01-01T13:00:00+01:00")


# --------------------------------------------------------------------------- tests of type


TYPES: dict[str, list[Any]] = {
    "IsNull": [None],
    "IsNumeric": [0, 0.0, -1.5],
    "IsString": ["", "text", NOON],
    "IsBoolean": [True, False],
    "IsTimestamp": [NOON, "2012-10-09T19:00:55+02:00"],
    "IsPresent": [None, 0, "", False, [], {}],
}
VALUES = [
    None,
    0,
    0.0,
    -1.5,
    "",
    "text",
    "2023-02-24",
    "2012-10-09T19:00:55",
    NOON,
    True,
    False,
    [],
    [""],
    {},
    {"A": 0},
]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("operator", [name for name in TYPES if name != "IsPresent"])
def test_a_test_of_type_says_whether_the_value_belongs_to_it(operator: str, value: Any) -> None:
    belongs = any(value is one or (value == one and type(value) is type(one)) for one in TYPES[operator])
    assert verdict(operator, value, True) is (belongs or (operator == "IsString" and isinstance(value, str)))
    assert verdict(operator, value, False) is not verdict(operator, value, True)


@pytest.mark.parametrize("value", TYPES["IsPresent"])
def test_whatever_is_there_is_present(value: Any) -> None:
    assert verdict("IsPresent", value, True)
    assert not verdict("IsPresent", value, False)


@pytest.mark.parametrize("path", ["$.no", "$.a.b.c", "$.list[3]", "$.list[0].x", "$$.Execution.Nope", "$unknown"])
def test_what_is_not_there_is_not_present(path: str) -> None:
    document = {"a": {"b": 1}, "list": [1]}
    assert not holds({"Variable": path, "IsPresent": True}, document)
    assert holds({"Variable": path, "IsPresent": False}, document)


# --------------------------------------------------------------------------- paths


def test_a_variable_may_be_in_the_context_object_or_among_the_variables() -> None:
    assert holds({"Variable": "$$.Execution.Name", "StringEquals": "run"})
    assert holds({"Variable": "$order.total", "NumericEquals": 7}, None, order={"total": 7})
    assert holds({"Variable": "$limit", "NumericEqualsPath": "$.limit"}, {"limit": 3}, limit=3)


@pytest.mark.parametrize("operator", [name for name in OPERATORS if name != "IsPresent"])
def test_a_variable_that_leads_nowhere_fails_the_state(operator: str) -> None:
    operands = {"string": "a", "number": 1, "boolean": True, "timestamp": NOON}
    operand = "$.there" if OPERATORS[operator].is_path else operands[OPERATORS[operator].operand]
    assert failure({"Variable": "$.no.such", operator: operand}, {"there": 1}) == (
        "Invalid path '$.no.such': The choice state's condition path references an invalid value."
    )


@pytest.mark.parametrize("operator", [name for name, found in OPERATORS.items() if found.is_path])
def test_a_path_to_compare_with_that_leads_nowhere_fails_the_state(operator: str) -> None:
    assert failure({"Variable": "$.left", operator: "$.right"}, {"left": None}) == (
        "Invalid path '$.right': The choice state's condition path references an invalid value."
    )


def test_a_missing_variable_is_named_as_it_was_written() -> None:
    assert failure({"Variable": "$order.total", "IsNull": True}).startswith("Invalid path '$order.total': ")
    assert failure({"Variable": "$$.Nope", "IsNull": True}).startswith("Invalid path '$$.Nope': ")


def test_the_paths_of_a_rule_can_be_listed_with_their_places() -> None:
    rule = {
        "And": [
            {"Variable": "$.a", "NumericEqualsPath": "$limit"},
            {"Not": {"Variable": "$$.Execution.Name", "StringEquals": "$.literal"}},
        ],
        "Next": "S",
    }
    assert [(place, path.text) for place, path in condition_paths(rule)] == [
        (("And", 0, "Variable"), "$.a"),
        (("And", 0, "NumericEqualsPath"), "$limit"),
        (("And", 1, "Not", "Variable"), "$$.Execution.Name"),
    ]


# --------------------------------------------------------------------------- StringMatches


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("log-*.txt", "log-2024.txt", True),
        ("log-*.txt", "log-.txt", True),
        ("log-*.txt", "log.txt", False),
        ("log-*.txt", "a log-1.txt", False),
        ("*", "", True),
        ("*", "two\nlines", True),
        ("", "", True),
        ("", "a", False),
        ("a*a", "a", False),
        ("a*a", "aa", True),
        ("*b*", "abc", True),
        ("a*b*c", "acb", False),
        ("logs-*-*-done", "logs-2025-04-done", True),
        ("**", "x", True),
        (r"file\*name.txt", "file*name.txt", True),
        (r"file\*name.txt", "file-name.txt", False),
        (r"a\\*", "a\\b", True),
        (r"a\\*", "ab", False),
        (r"a\b", r"a\b", True),
        ("a\\", "a\\", True),
        ("a.c?[x]", "a.c?[x]", True),
        ("a.c", "abc", False),
    ],
)
def test_a_star_stands_for_any_run_of_characters(pattern: str, text: str, matches: bool) -> None:
    assert verdict("StringMatches", text, pattern) is matches


@pytest.mark.parametrize("value", [123, None, True, ["123"], {}])
def test_only_a_string_matches(value: Any) -> None:
    assert not verdict("StringMatches", value, "*")


@given(st.text())
def test_a_text_whose_marks_are_escaped_matches_itself_alone(text: str) -> None:
    matches = compile_pattern(re.sub(r"([*\\])", r"\\\1", text))
    assert matches(text)
    assert not matches(text + "x")
    assert not matches("x" + text)


@given(st.text("ab*", max_size=8), st.text("ab", max_size=12))
def test_a_pattern_matches_what_the_same_regular_expression_matches(pattern: str, text: str) -> None:
    assert compile_pattern(pattern)(text) is bool(re.fullmatch(pattern.replace("*", ".*"), text))


def test_many_stars_take_no_longer_than_the_text() -> None:
    assert not compile_pattern("a*" * 40 + "b")("a" * 50_000)


# --------------------------------------------------------------------------- And, Or, Not


IS_ONE, IS_TWO = {"Variable": "$", "NumericEquals": 1}, {"Variable": "$", "NumericEquals": 2}
ABOVE_ZERO = {"Variable": "$", "NumericGreaterThan": 0}
FAILS = {"Variable": "$.no", "IsNull": True}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"And": [IS_ONE]}, True),
        ({"And": [IS_ONE, ABOVE_ZERO]}, True),
        ({"And": [ABOVE_ZERO, IS_TWO]}, False),
        ({"Or": [IS_TWO]}, False),
        ({"Or": [IS_TWO, IS_ONE]}, True),
        ({"Not": IS_TWO}, True),
        ({"Not": {"Not": IS_ONE}}, True),
        ({"And": [{"Or": [IS_TWO, IS_ONE]}, {"Not": IS_TWO}]}, True),
    ],
)
def test_tests_are_joined(rule: dict[str, Any], expected: bool) -> None:
    assert holds(rule, 1) is expected


def test_a_joined_test_is_not_looked_at_once_the_verdict_is_clear() -> None:
    assert holds({"Or": [IS_ONE, FAILS]}, 1)
    assert not holds({"And": [IS_TWO, FAILS]}, 1)


def test_a_failure_inside_is_no_false() -> None:
    assert "Invalid path '$.no'" in failure({"Not": FAILS}, 1)
    assert "Invalid path '$.no'" in failure({"Or": [FAILS, IS_ONE]}, 1)


def test_a_comparison_of_unlike_types_is_turned_by_not() -> None:
    assert holds({"Not": IS_ONE}, "1")


# --------------------------------------------------------------------------- what is no rule


def test_next_assign_and_comment_stand_beside_the_test() -> None:
    assert holds({**IS_ONE, "Next": "S", "Assign": {"a": 1}, "Comment": "why"}, 1)
    assert holds({"Not": {**IS_TWO, "Comment": "why"}, "Next": "S"}, 1)


@pytest.mark.parametrize(
    ("rule", "message", "location"),
    [
        (7, "a choice rule must be an object, not 7", ()),
        ({"Next": "S"}, "a choice rule must have an operator such as StringEquals, or And, Or or Not", ()),
        ({"Variable": "$.a"}, "a choice rule must have an operator such as StringEquals, or And, Or or Not", ()),
        (
            {"Variable": "$.a", "StringEquals": "1", "NumericGreaterThan": 0},
            "a choice rule must have one operator, not StringEquals and NumericGreaterThan",
            (),
        ),
        ({"IsNull": True}, "Variable is missing beside IsNull", ()),
        ({"Variable": 7, "IsNull": True}, "Variable must be a reference path, not 7", ("Variable",)),
        ({"Variable": "a", "IsNull": True}, "Variable must be a reference path: ", ("Variable",)),
        ({"Variable": "$.a[*]", "IsNull": True}, "Variable must be a reference path: ", ("Variable",)),
        (
            {"Variable": "$.a", "StringEqualsPath": "b"},
            "StringEqualsPath must be a reference path: ",
            ("StringEqualsPath",),
        ),
        (
            {"Variable": "$.a", "NumericEqualsPath": 1},
            "NumericEqualsPath must be a reference path, not 1",
            ("NumericEqualsPath",),
        ),
        ({"Variable": "$.a", "NumericEquals": "1"}, 'NumericEquals must be a number, not "1"', ("NumericEquals",)),
        ({"Variable": "$.a", "NumericEquals": True}, "NumericEquals must be a number, not true", ("NumericEquals",)),
        ({"Variable": "$.a", "StringEquals": 1}, "StringEquals must be a string, not 1", ("StringEquals",)),
        ({"Variable": "$.a", "StringMatches": None}, "StringMatches must be a string, not null", ("StringMatches",)),
        (
            {"Variable": "$.a", "BooleanEquals": "true"},
            'BooleanEquals must be true or false, not "true"',
            ("BooleanEquals",),
        ),
        ({"Variable": "$.a", "IsPresent": 1}, "IsPresent must be true or false, not 1", ("IsPresent",)),
        (
            {"Variable": "$.a", "TimestampEquals": "2025-01-01"},
            'TimestampEquals must be a timestamp such as 2016-03-14T01:59:00Z, not "2025-01-01"',
            ("TimestampEquals",),
        ),
        ({"Variable": "$.a", "StringEquals": {}}, "StringEquals must be a string, not an object", ("StringEquals",)),
        ({"Variable": "$.a", "Equals": 1}, "Equals is no field of a choice rule", ("Equals",)),
        ({"And": []}, "And must be a list of choice rules that is not empty", ("And",)),
        ({"Or": {}}, "Or must be a list of choice rules that is not empty", ("Or",)),
        ({"Not": [IS_ONE]}, "a choice rule must be an object, not an array", ("Not",)),
        ({"Not": {"Or": []}}, "Or must be a list of choice rules that is not empty", ("Not", "Or")),
        ({"Variable": "$.a", "And": [IS_ONE]}, "Variable does not go with And", ("Variable",)),
        (
            {"And": [IS_ONE, {"Not": {"Variable": "$.a", "IsNull": "no"}}]},
            'IsNull must be true or false, not "no"',
            ("And", 1, "Not", "IsNull"),
        ),
        ({"Not": {**IS_ONE, "Next": "S"}}, "Next belongs to the top of a choice rule", ("Not", "Next")),
    ],
)
def test_a_malformed_rule_is_refused_with_the_field_and_its_place(
    rule: Any, message: str, location: tuple[str | int, ...]
) -> None:
    error = refused(rule)
    assert error.message.startswith(message)
    assert error.location == location
    assert isinstance(error, ExpressionSyntaxError)


def test_rules_nested_without_end_are_refused() -> None:
    rule: dict[str, Any] = IS_ONE
    for _ in range(5000):
        rule = {"Not": rule}
    assert refused(rule).message == "And, Or and Not may be nested to 100 levels"


@pytest.mark.parametrize("joiner", ["And", "Or"])
def test_rules_may_be_joined_to_the_same_depth_as_they_may_be_negated(joiner: str) -> None:
    rule: dict[str, Any] = {"Variable": "$.a", "IsNull": True}
    for _ in range(100):
        rule = {joiner: [rule]}
    compile_condition(rule)
    assert refused({joiner: [rule]}).message == "And, Or and Not may be nested to 100 levels"
