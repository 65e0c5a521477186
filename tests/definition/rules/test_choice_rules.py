"""The shape of Choice rules; their operators are the business of the compiler of conditions."""

from __future__ import annotations

from typing import Any

import pytest

from aslrun.definition.documents import MAX_DEPTH
from tests.definition.machines import PASS, RULE, check, machine, said


@pytest.mark.parametrize(
    ("choices", "problem"),
    [
        ([], "empty-value : Value cannot be empty"),
        ({}, "wrong-type : Expected value of type Array"),
        ([5], "wrong-type [0]: Expected value of type Object"),
        ([{"Variable": "$.a", "IsNull": True}], "required-field [0]: These fields are required: [Next]"),
        ([{**RULE, "Next": 5}], "wrong-type [0].Next: Expected value of type String"),
        ([{"And": [], "Next": "B"}], "empty-value [0].And: Value cannot be empty"),
        ([{"Or": {}, "Next": "B"}], "wrong-type [0].Or: Expected value of type Array"),
        ([{"Not": [], "Next": "B"}], "wrong-type [0].Not: Expected value of type Object"),
        ([{"And": [RULE], "Next": "B"}], "unsupported-field [0].And[0].Next: Field 'Next' is not supported"),
        ([{"Not": {"Or": [5]}, "Next": "B"}], "wrong-type [0].Not.Or[0]: Expected value of type Object"),
        ([{"Not": {"Or": []}, "Next": "B"}], "empty-value [0].Not.Or: Value cannot be empty"),
        (
            [{"Condition": True, "Next": "B"}],
            (
                "query-language-mix [0].Condition: The QueryLanguage is set to 'JSONPath', "
                "but field 'Condition' is only supported for the 'JSONata' QueryLanguage"
            ),
        ),
    ],
)
def test_a_choice_holds_rules(choices: Any, problem: str) -> None:
    found = said(machine({"Type": "Choice", "Choices": choices, "Default": "B"}, PASS))
    assert [text.replace("States.A.Choices", "", 1) for text in found] == [problem]


@pytest.mark.parametrize("condition", [True, "{% $x > 1 %}"])
def test_a_jsonata_rule_has_a_condition(condition: Any) -> None:
    rule = {"Condition": condition, "Next": "B", "Output": 1, "Assign": {"x": 1}}
    assert said(machine({"Type": "Choice", "Choices": [rule]}, PASS, QueryLanguage="JSONata")) == []


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({}, ("required-field", "States.A.Choices[0]")),
        ({"Condition": "yes"}, ("wrong-type", "States.A.Choices[0].Condition")),
        ({"Condition": True, "Variable": "$.a"}, ("query-language-mix", "States.A.Choices[0].Variable")),
    ],
)
def test_a_jsonata_rule_keeps_to_its_fields(rule: dict[str, Any], problem: tuple[str, str]) -> None:
    choice = {"Type": "Choice", "Choices": [{**rule, "Next": "B"}]}
    (found,) = check(machine(choice, PASS, QueryLanguage="JSONata"))
    assert (found.rule, found.path) == problem


def test_deeply_nested_rules_are_checked() -> None:
    rule: dict[str, Any] = {"And": []}
    for _ in range(MAX_DEPTH - 10):
        rule = {"Not": rule}
    found = check(machine({"Type": "Choice", "Choices": [{**rule, "Next": "B"}]}, PASS))
    assert [problem.rule for problem in found] == ["empty-value"]
