"""The structure of a definition: what is refused, where, with which words and code."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aslrun.definition.documents import MAX_DEPTH, read_document
from aslrun.definition.structure import MAX_DEFINITION, check_structure
from aslrun.definition.structure.fields import STATES
from aslrun.errors import Diagnostic

LAMBDA = "arn:aws:lambda:us-east-1:111122223333:function:charge"
PASS = {"Type": "Pass", "End": True}
TASK = {"Type": "Task", "Resource": LAMBDA, "End": True}
BRANCH = {"StartAt": "P", "States": {"P": PASS}}
MAP = {"Type": "Map", "ItemProcessor": BRANCH, "End": True}
DISTRIBUTED = {**BRANCH, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
RULE = {"Variable": "$.a", "IsNull": True, "Next": "B"}


def machine(*states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A machine whose states are called A, B, C ..."""
    names = "ABCDEFGH"
    return {"StartAt": "A", "States": dict(zip(names, states, strict=False)), **fields}


def check(definition: dict[str, Any], type: str = "STANDARD") -> list[Diagnostic]:
    return check_structure(read_document(definition), type)


def said(definition: dict[str, Any], type: str = "STANDARD") -> list[str]:
    return [str(problem) for problem in check(definition, type)]


def said_of(state: dict[str, Any], **fields: Any) -> list[str]:
    """The problems of a machine with this one state, without the place of the state."""
    return [text.removeprefix("States.A.").removeprefix("States.A") for text in said(machine(state, **fields))]


# --------------------------------------------------------------------------- the machine


def test_a_machine_with_one_state_has_no_problem() -> None:
    assert said(machine(PASS)) == []


def test_an_empty_document_lacks_both_fields() -> None:
    assert said({}) == ["definition: must have the field StartAt", "definition: must have the field States"]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"StartsAt": "A"}, "StartsAt: is not a field of a state machine; did you mean StartAt?"),
        ({"Comment": 1}, "Comment: must be text, not 1"),
        ({"Version": 1.0}, "Version: must be text, not 1.0"),
        ({"TimeoutSeconds": 0}, "TimeoutSeconds: must be a whole number from 1 to 99999999, not 0"),
        ({"TimeoutSeconds": "10"}, 'TimeoutSeconds: must be a whole number from 1 to 99999999, not "10"'),
        ({"QueryLanguage": "jsonata"}, 'QueryLanguage: must be "JSONPath" or "JSONata", not "jsonata"'),
        ({"StartAt": 5}, "StartAt: must be text, not 5"),
        ({"StartAt": "a"}, 'StartAt: there is no state "a"; did you mean A?'),
    ],
)
def test_a_machine_has_the_fields_of_a_machine(fields: dict[str, Any], problem: str) -> None:
    assert said(machine(PASS, **fields)) == [problem]


@pytest.mark.parametrize(
    ("states", "problem"),
    [
        ({}, "States: must hold at least one state"),
        ([], "States: must be an object, not an empty array"),
        ({"A": None}, "States.A: must be an object: a state"),
    ],
)
def test_states_holds_states(states: Any, problem: str) -> None:
    assert said({"StartAt": "A", "States": states}) == [problem]


@pytest.mark.parametrize("name", ["x" * 81, ""])
def test_the_name_of_a_state_has_1_to_80_characters(name: str) -> None:
    assert "must have 1 to 80 characters" in said({"StartAt": name, "States": {name: PASS}})[0]


def test_a_name_of_80_characters_is_allowed() -> None:
    name = "é" * 80
    assert said({"StartAt": name, "States": {name: PASS}}) == []


def test_a_definition_has_at_most_a_mebibyte() -> None:
    assert "must have at most 1048576 characters" in said(machine(PASS, Comment="x" * MAX_DEFINITION))[0]


def test_line_and_column_are_those_of_the_value() -> None:
    text = '{"StartAt": "A",\n "States": {"A": {"Type": "Wait",\n  "Seconds": "three", "End": true}}}'
    problem = check_structure(read_document(text))[0]
    assert problem == Diagnostic(
        "ERROR",
        "SCHEMA_VALIDATION_FAILED",
        'must be a whole number from 0 to 99999999, not "three"',
        "/States/A/Seconds",
        3,
        14,
        path="States.A.Seconds",
    )


def test_problems_come_in_the_order_of_the_text() -> None:
    text = '{"Comment": 1, "States": {"A": {"Type": "Wait", "End": 1}}, "StartAt": "B"}'
    lines = [(problem.line, problem.column) for problem in check_structure(read_document(text))]
    assert len(lines) == 4
    assert lines == sorted(lines)


# --------------------------------------------------------------------------- types and fields


def test_a_state_has_a_type() -> None:
    assert said_of({"End": True}) == [": must have the field Type"]


def test_an_unknown_type_is_refused_with_the_nearest() -> None:
    assert said_of({"Type": "Psas", "End": True})[0].endswith('not "Psas"; did you mean Pass?')


def test_a_typo_in_a_field_is_refused_with_the_nearest() -> None:
    assert said_of({**PASS, "ResutlPath": "$"}) == [
        "ResutlPath: is not a field of a Pass state; did you mean ResultPath?"
    ]


@pytest.mark.parametrize(
    ("type", "field"),
    [
        ("Pass", "Retry"),
        ("Pass", "Catch"),
        ("Pass", "TimeoutSeconds"),
        ("Pass", "ResultSelector"),
        ("Wait", "Retry"),
        ("Wait", "Parameters"),
        ("Choice", "Next"),
        ("Choice", "ResultPath"),
        ("Succeed", "Next"),
        ("Succeed", "ResultPath"),
        ("Succeed", "Assign"),
        ("Fail", "End"),
        ("Fail", "InputPath"),
        ("Fail", "Assign"),
        ("Task", "Branches"),
        ("Parallel", "TimeoutSeconds"),
        ("Map", "Resource"),
    ],
)
def test_a_field_of_another_type_is_refused(type: str, field: str) -> None:
    assert f"{field}: is not a field of a {type} state" in "\n".join(said_of({"Type": type, field: {}}))


@pytest.mark.parametrize(
    ("state", "problem"),
    [
        ({"Type": "Task", "End": True}, ": must have the field Resource"),
        ({"Type": "Choice"}, ": must have the field Choices"),
        ({"Type": "Parallel", "End": True}, ": must have the field Branches"),
        ({"Type": "Map", "End": True}, ": must have ItemProcessor or Iterator"),
        (
            {"Type": "Wait", "End": True},
            ": must have one of Seconds, SecondsPath, Timestamp or TimestampPath",
        ),
        ({"Type": "Pass"}, ': must have Next or "End": true'),
        ({"Type": "Pass", "End": False}, ': must have Next or "End": true'),
    ],
)
def test_a_required_field_must_stand(state: dict[str, Any], problem: str) -> None:
    assert problem in said_of(state)


@pytest.mark.parametrize(
    ("state", "problem"),
    [
        (
            {**TASK, "TimeoutSeconds": 1, "TimeoutSecondsPath": "$.t"},
            "TimeoutSecondsPath: must not stand beside TimeoutSeconds",
        ),
        (
            {**TASK, "HeartbeatSecondsPath": "$.t", "HeartbeatSeconds": 1},
            "HeartbeatSecondsPath: must not stand beside HeartbeatSeconds",
        ),
        (
            {"Type": "Wait", "Seconds": 1, "Timestamp": "2030-01-01T00:00:00Z", "End": True},
            "Timestamp: must not stand beside Seconds",
        ),
        (
            {"Type": "Fail", "Error": "E", "ErrorPath": "$.e"},
            "ErrorPath: must not stand beside Error",
        ),
        (
            {**MAP, "Iterator": {"StartAt": "Q", "States": {"Q": PASS}}},
            "Iterator: must not stand beside ItemProcessor",
        ),
        (
            {**MAP, "ItemSelector": {}, "Parameters": {}},
            "Parameters: must not stand beside ItemSelector",
        ),
    ],
)
def test_of_two_forms_of_a_field_only_one_may_stand(state: dict[str, Any], problem: str) -> None:
    assert said_of(state) == [problem]


def test_a_state_goes_on_or_ends() -> None:
    assert "End: must not stand beside Next: a state goes on or ends" in said_of({**PASS, "Next": "A"})


def test_end_false_beside_next_says_nothing() -> None:
    assert said(machine({"Type": "Pass", "Next": "B", "End": False}, PASS)) == []


@pytest.mark.parametrize(
    ("state", "field", "value", "expected"),
    [
        ({"Type": "Wait", "End": True}, "Seconds", -1, "a whole number from 0 to 99999999"),
        ({"Type": "Wait", "End": True}, "Seconds", True, "a whole number from 0 to 99999999"),
        ({"Type": "Wait", "End": True}, "Seconds", 1.5, "a whole number from 0 to 99999999"),
        ({"Type": "Wait", "End": True}, "Timestamp", "2030-01-01", "an RFC 3339 timestamp"),
        ({"Type": "Wait", "End": True}, "SecondsPath", 5, "a path"),
        (TASK, "TimeoutSeconds", 0, "a whole number from 1 to 99999999"),
        (TASK, "TimeoutSeconds", 100_000_000, "a whole number from 1 to 99999999"),
        (TASK, "HeartbeatSeconds", "{% 1 %}", "a whole number from 1 to 99999999"),
        (TASK, "Resource", "charge", "the ARN of a resource"),
        (TASK, "Resource", 1, "the ARN of a resource"),
        (TASK, "ResultSelector", "$", "an object"),
        (TASK, "Retry", {}, "an array"),
        (TASK, "Credentials", "role", "an object"),
        (PASS, "InputPath", 5, "a path or null"),
        (PASS, "Assign", [1], "an object"),
        (PASS, "Comment", None, "text"),
        (MAP, "MaxConcurrency", -1, "a whole number of at least 0"),
        (MAP, "ItemsPath", None, "a path"),
        (MAP, "ToleratedFailurePercentage", 101, "a number from 0 to 100"),
        (MAP, "ToleratedFailureCount", 0.5, "a whole number of at least 0"),
        ({"Type": "Fail"}, "Cause", 1, "text"),
    ],
)
def test_a_value_is_of_the_kind_of_its_field(state: dict[str, Any], field: str, value: Any, expected: str) -> None:
    assert f"{field}: must be {expected}" in "\n".join(said_of({**state, field: value}))


def test_end_is_a_boolean() -> None:
    assert said_of({"Type": "Pass", "End": "true"})[0] == 'End: must be true or false, not "true"'


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Wait", "Seconds": 0, "End": True},
        {"Type": "Wait", "Timestamp": "2030-01-01T00:00:00+02:00", "End": True},
        {**TASK, "TimeoutSeconds": 99_999_999, "HeartbeatSeconds": 1},
        {**TASK, "Retry": [], "Catch": []},
        {**PASS, "InputPath": None, "OutputPath": None, "ResultPath": None, "Result": None},
        {**MAP, "MaxConcurrency": 0, "ToleratedFailurePercentage": 12.5, "ToleratedFailureCount": 3},
        {"Type": "Map", "Iterator": BRANCH, "Parameters": {"a.$": "$"}, "End": True},
        {"Type": "Fail"},
        {"Type": "Fail", "ErrorPath": "$.e", "Cause": "c"},
        {"Type": "Succeed", "InputPath": "$.a", "Comment": "done"},
    ],
)
def test_what_the_language_allows_is_no_problem(state: dict[str, Any]) -> None:
    assert said_of(state) == []


def test_a_heartbeat_is_below_the_timeout() -> None:
    state = {**TASK, "TimeoutSeconds": 10, "HeartbeatSeconds": 10}
    assert said_of(state) == ["HeartbeatSeconds: must be below TimeoutSeconds"]


def test_credentials_have_a_role() -> None:
    assert said_of({**TASK, "Credentials": {}}) == ["Credentials: must have RoleArn or RoleArn.$"]


# --------------------------------------------------------------------------- query languages


@pytest.mark.parametrize(
    ("state", "field"),
    [(PASS, "Output"), (TASK, "Arguments"), (MAP, "Items")],
)
def test_a_jsonpath_state_has_no_field_of_jsonata(state: dict[str, Any], field: str) -> None:
    problem = f"{field}: is a field of JSONata only, but the QueryLanguage of this state is JSONPath"
    assert said_of({**state, field: []}) == [problem]


@pytest.mark.parametrize(
    ("state", "field"),
    [(PASS, "InputPath"), (PASS, "Result"), (TASK, "Parameters"), (TASK, "TimeoutSecondsPath"), (MAP, "ItemsPath")],
)
def test_a_jsonata_state_has_no_field_of_jsonpath(state: dict[str, Any], field: str) -> None:
    problem = f"{field}: is a field of JSONPath only, but the QueryLanguage of this state is JSONata"
    assert said_of({**state, field: "$"}, QueryLanguage="JSONata") == [problem]


def test_a_state_of_a_jsonpath_machine_may_be_jsonata() -> None:
    assert said_of({**PASS, "QueryLanguage": "JSONata", "Output": 1}) == []


def test_a_state_of_a_jsonata_machine_may_not_be_jsonpath() -> None:
    assert said_of({**PASS, "QueryLanguage": "JSONPath"}, QueryLanguage="JSONata") == [
        'QueryLanguage: must not be "JSONPath" where the whole state machine is "JSONata"'
    ]


def test_a_nested_state_speaks_the_language_of_the_machine_not_of_the_map_around_it() -> None:
    inner = {"StartAt": "P", "States": {"P": {**PASS, "InputPath": "$.a"}}}
    assert said_of({**MAP, "QueryLanguage": "JSONata", "ItemProcessor": inner}) == []


@pytest.mark.parametrize(
    ("state", "field", "value"),
    [
        ({"Type": "Wait", "End": True}, "Seconds", "{% 1 %}"),
        ({"Type": "Wait", "End": True}, "Timestamp", "{% $x %}"),
        (TASK, "TimeoutSeconds", "{% 1 %}"),
        (TASK, "Arguments", "{% $states.input %}"),
        (MAP, "Items", "{% [1] %}"),
        (MAP, "Items", {"a": 1}),
        (MAP, "MaxConcurrency", "{% 1 %}"),
        (MAP, "ToleratedFailurePercentage", "{% 1 %}"),
        ({"Type": "Fail"}, "Error", "{% 'E' %}"),
    ],
)
def test_a_jsonata_expression_may_stand_for_the_value(state: dict[str, Any], field: str, value: Any) -> None:
    assert said_of({**state, field: value}, QueryLanguage="JSONata") == []


def test_text_that_is_no_expression_may_not_stand_for_a_number() -> None:
    state = {"Type": "Wait", "Seconds": " {% 1 %}", "End": True}
    assert "Seconds: must be a whole number" in said_of(state, QueryLanguage="JSONata")[0]


def test_a_branch_has_no_query_language_of_its_own() -> None:
    branches = [{**BRANCH, "QueryLanguage": "JSONata"}]
    problem = "Branches[0].QueryLanguage: is not a field of a branch"
    assert said_of({"Type": "Parallel", "Branches": branches, "End": True}) == [problem]


# --------------------------------------------------------------------------- transitions


@pytest.mark.parametrize(
    ("state", "field"),
    [
        ({"Type": "Pass", "Next": "X"}, "Next"),
        ({**TASK, "Catch": [{"ErrorEquals": ["E"], "Next": "X"}]}, "Catch[0].Next"),
        ({"Type": "Choice", "Choices": [{**RULE, "Next": "X"}]}, "Choices[0].Next"),
        ({"Type": "Choice", "Choices": [{**RULE, "Next": "A"}], "Default": "X"}, "Default"),
    ],
)
def test_a_transition_to_nowhere_is_refused(state: dict[str, Any], field: str) -> None:
    problems = [problem for problem in check(machine(state)) if problem.code == "MISSING_TRANSITION_TARGET"]
    assert [str(problem) for problem in problems] == [f'States.A.{field}: there is no state "X"']


def test_a_typo_in_a_transition_is_refused_with_the_nearest() -> None:
    states = {"A": {"Type": "Pass", "Next": "ship order"}, "Ship Order": PASS}
    assert 'there is no state "ship order"; did you mean Ship Order?' in said({"StartAt": "A", "States": states})[0]


@pytest.mark.parametrize("target", ["A", "B"])
def test_a_branch_may_not_lead_out_of_itself(target: str) -> None:
    branch = {"StartAt": "P", "States": {"P": {"Type": "Pass", "Next": target}, "Q": {"Type": "Succeed"}}}
    parallel = {"Type": "Parallel", "Branches": [branch], "Next": "B"}
    found = said(machine(parallel, PASS))
    assert f'States.A.Branches[0].States.P.Next: there is no state "{target}" in States.A.Branches[0]' in found


def test_a_state_that_cannot_be_reached_is_refused() -> None:
    problem = check(machine(PASS, PASS))[0]
    assert (str(problem), problem.code) == (
        "States.B: cannot be reached from StartAt",
        "MISSING_TRANSITION_TARGET",
    )


def test_a_state_that_only_leads_to_itself_is_not_reached() -> None:
    assert said(machine(PASS, {"Type": "Pass", "Next": "B"})) == ["States.B: cannot be reached from StartAt"]


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


def test_a_machine_in_which_nothing_ends_is_refused() -> None:
    problem = check(machine({"Type": "Pass", "Next": "B"}, {"Type": "Choice", "Choices": [{**RULE, "Next": "A"}]}))[0]
    assert (problem.code, problem.path) == ("MISSING_END_STATE", "States")


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
    assert {problem.code for problem in found} == {"DUPLICATE_STATE_NAME"}


# --------------------------------------------------------------------------- Retry and Catch


@pytest.mark.parametrize(
    ("retrier", "problem"),
    [
        ({}, "Retry[0]: must have the field ErrorEquals"),
        ({"ErrorEquals": []}, "Retry[0].ErrorEquals: must be a non-empty array of error names, not an empty array"),
        ({"ErrorEquals": "E"}, 'Retry[0].ErrorEquals: must be a non-empty array of error names, not "E"'),
        ({"ErrorEquals": [5]}, "Retry[0].ErrorEquals: must be a non-empty array of error names, not an array"),
        ({"IntervalSeconds": 0}, "Retry[0].IntervalSeconds: must be a whole number from 1 to 99999999, not 0"),
        ({"MaxAttempts": "three"}, 'Retry[0].MaxAttempts: must be a whole number from 0 to 99999999, not "three"'),
        ({"MaxAttempts": -1}, "Retry[0].MaxAttempts: must be a whole number from 0 to 99999999, not -1"),
        ({"BackoffRate": 0.5}, "Retry[0].BackoffRate: must be a number of at least 1, not 0.5"),
        ({"BackoffRate": True}, "Retry[0].BackoffRate: must be a number of at least 1, not true"),
        ({"MaxDelaySeconds": 31_622_400}, "Retry[0].MaxDelaySeconds: must be a whole number from 1 to 31622399"),
        ({"IntervalSeconds": 5, "MaxDelaySeconds": 5}, "Retry[0].MaxDelaySeconds: must be above IntervalSeconds"),
        ({"JitterStrategy": "HALF"}, 'Retry[0].JitterStrategy: must be "NONE" or "FULL", not "HALF"'),
        ({"Next": "A"}, "Retry[0].Next: is not a field of a retrier"),
    ],
)
def test_a_retrier_keeps_to_its_fields(retrier: dict[str, Any], problem: str) -> None:
    given_names = {} if retrier == {} else {"ErrorEquals": ["E"]}
    assert problem in "\n".join(said_of({**TASK, "Retry": [{**given_names, **retrier}]}))


def test_a_retrier_with_every_field_is_no_problem() -> None:
    retrier = {
        "ErrorEquals": ["States.ALL"],
        "IntervalSeconds": 1,
        "MaxAttempts": 0,
        "BackoffRate": 1,
        "MaxDelaySeconds": 2,
        "JitterStrategy": "FULL",
        "Comment": "c",
    }
    assert said_of({**TASK, "Retry": [retrier]}) == []


def test_a_catcher_has_a_next() -> None:
    assert said_of({**TASK, "Catch": [{"ErrorEquals": ["E"]}]}) == ["Catch[0]: must have the field Next"]


@pytest.mark.parametrize("field", ["Retry", "Catch"])
def test_states_all_stands_alone_and_last(field: str) -> None:
    entries = [{"ErrorEquals": ["States.ALL", "E"]}, {"ErrorEquals": ["E"]}]
    found = said_of({**TASK, field: [{**entry, "Next": "A"} if field == "Catch" else entry for entry in entries]})
    assert found == [
        f"{field}[0].ErrorEquals: States.ALL must stand alone",
        f"{field}[0].ErrorEquals: States.ALL must stand in the last entry of {field}",
    ]


# --------------------------------------------------------------------------- variables


@pytest.mark.parametrize("name", ["x", "X_1", "größe", "变量", "x.$", "a" * 80])
def test_an_identifier_names_a_variable(name: str) -> None:
    assert said_of({**PASS, "Assign": {name: "$"}}) == []


@pytest.mark.parametrize("name", ["", "1x", "$x", "a-b", "a.b", "_x", "states", "states.$", "a" * 81, "a b"])
def test_what_is_no_identifier_names_no_variable(name: str) -> None:
    assert len(said_of({**PASS, "Assign": {name: "$"}})) == 1


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Choice", "Choices": [{**RULE, "Next": "A", "Assign": {"1x": 1}}]},
        {**TASK, "Catch": [{"ErrorEquals": ["E"], "Next": "A", "Assign": {"1x": 1}}]},
    ],
)
def test_names_are_checked_in_rules_and_catchers_too(state: dict[str, Any]) -> None:
    assert any("Assign['1x']" in text for text in said_of(state))


# --------------------------------------------------------------------------- Choice


@pytest.mark.parametrize(
    ("choices", "problem"),
    [
        ([], "Choices: must be a non-empty array of rules, not an empty array"),
        ({}, "Choices: must be a non-empty array of rules, not an empty object"),
        ([5], "Choices[0]: must be an object: a rule, not 5"),
        ([{"Variable": "$.a", "IsNull": True}], "Choices[0]: must have the field Next"),
        ([{**RULE, "Next": 5}], "Choices[0].Next: must be text, not 5"),
        ([{"And": [], "Next": "B"}], "Choices[0].And: must be a non-empty array of rules, not an empty array"),
        ([{"Or": {}, "Next": "B"}], "Choices[0].Or: must be a non-empty array of rules, not an empty object"),
        ([{"Not": [], "Next": "B"}], "Choices[0].Not: must be an object: a rule, not an empty array"),
        ([{"And": [RULE], "Next": "B"}], "Choices[0].And[0].Next: must stand at the top of the rule only"),
        ([{"Not": {"Or": [5]}, "Next": "B"}], "Choices[0].Not.Or[0]: must be an object: a rule, not 5"),
        ([{"Condition": True, "Next": "B"}], "Choices[0].Condition: is a field of JSONata only"),
    ],
)
def test_a_choice_holds_rules(choices: Any, problem: str) -> None:
    assert problem in "\n".join(said(machine({"Type": "Choice", "Choices": choices, "Default": "B"}, PASS)))


@pytest.mark.parametrize("condition", [True, "{% $x > 1 %}"])
def test_a_jsonata_rule_has_a_condition(condition: Any) -> None:
    rule = {"Condition": condition, "Next": "B", "Output": 1, "Assign": {"x": 1}}
    assert said(machine({"Type": "Choice", "Choices": [rule]}, PASS, QueryLanguage="JSONata")) == []


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({}, "must have the field Condition"),
        ({"Condition": "yes"}, 'Condition: must be true, false or a JSONata expression, not "yes"'),
        ({"Condition": True, "Variable": "$.a"}, "Variable: is a field of JSONPath only"),
    ],
)
def test_a_jsonata_rule_keeps_to_its_fields(rule: dict[str, Any], problem: str) -> None:
    choice = {"Type": "Choice", "Choices": [{**rule, "Next": "B"}]}
    assert problem in "\n".join(said(machine(choice, PASS, QueryLanguage="JSONata")))


# --------------------------------------------------------------------------- Parallel and Map


@pytest.mark.parametrize(
    ("branches", "problem"),
    [
        ([], "Branches: must be a non-empty array of branches, not an empty array"),
        ({}, "Branches: must be a non-empty array of branches, not an empty object"),
        ([5], "Branches[0]: must be an object, not 5"),
        ([{}], "Branches[0]: must have the field StartAt"),
        ([{**BRANCH, "TimeoutSeconds": 1}], "Branches[0].TimeoutSeconds: is not a field of a branch"),
    ],
)
def test_a_parallel_holds_branches(branches: Any, problem: str) -> None:
    assert problem in said_of({"Type": "Parallel", "Branches": branches, "End": True})


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"Mode": "SPREAD"}, 'ProcessorConfig.Mode: must be "INLINE" or "DISTRIBUTED", not "SPREAD"'),
        ({"Mode": "DISTRIBUTED"}, 'ProcessorConfig: must have ExecutionType where Mode is "DISTRIBUTED"'),
        (
            {"Mode": "DISTRIBUTED", "ExecutionType": "FAST"},
            'ProcessorConfig.ExecutionType: must be "STANDARD" or "EXPRESS", not "FAST"',
        ),
        (5, "ProcessorConfig: must be an object, not 5"),
    ],
)
def test_a_processor_says_how_it_runs(config: Any, problem: str) -> None:
    found = said_of({**MAP, "ItemProcessor": {**BRANCH, "ProcessorConfig": config}})
    assert found == [f"ItemProcessor.{problem}"]


@pytest.mark.parametrize("label", ["Orders", "a" * 40, "größe_1-x.y"])
def test_a_label_is_plain_text(label: str) -> None:
    assert said_of({**MAP, "ItemProcessor": DISTRIBUTED, "Label": label}) == []


@pytest.mark.parametrize("label", ["", "a" * 41, *'?*<>{}[]:;,\\|^~$#%&`" \t\x00\x85'])
def test_a_label_has_no_odd_character(label: str) -> None:
    assert len(said_of({**MAP, "ItemProcessor": DISTRIBUTED, "Label": label})) == 1


READER = {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"}}


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"InputType": "XML"}, "InputType: must be"),
        ({"MaxItems": 100_000_001}, "MaxItems: must be a whole number from 0 to 100000000"),
        ({"MaxItems": 1, "MaxItemsPath": "$.n"}, "MaxItemsPath: must not stand beside MaxItems"),
        (
            {"InputType": "CSV", "CSVHeaderLocation": "GIVEN"},
            ': must have CSVHeaders where CSVHeaderLocation is "GIVEN"',
        ),
        ({"CSVDelimiter": ","}, "CSVDelimiter: must be"),
        ({"Transformation": "LOAD_AND_FLATTEN"}, ": must have InputType"),
        ({"InputType": "CSV", "ManifestType": "S3_INVENTORY"}, "InputType: must not stand"),
        ({"Delimiter": "TAB"}, "Delimiter: is not a field of ReaderConfig; did you mean CSVDelimiter?"),
    ],
)
def test_a_reader_config_keeps_to_its_fields(config: dict[str, Any], problem: str) -> None:
    found = said_of({**MAP, "ItemProcessor": DISTRIBUTED, "ItemReader": {**READER, "ReaderConfig": config}})
    assert any(text.startswith("ItemReader.ReaderConfig") and problem in text for text in found)


@pytest.mark.parametrize(
    ("writer", "problem"),
    [
        ({}, "ResultWriter: must have Resource or WriterConfig"),
        ({"Resource": "arn:aws:states:::s3:putObject"}, "ResultWriter: must have Parameters where it has Resource"),
        ({"WriterConfig": {"Transformation": "NONE"}}, "ResultWriter.WriterConfig: must have the field OutputType"),
        (
            {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {}},
            'ResultWriter.Resource: must be arn:aws:states:::s3:putObject, not "arn:aws:states:::s3:getObject"',
        ),
    ],
)
def test_a_result_writer_says_what_and_where(writer: dict[str, Any], problem: str) -> None:
    assert said_of({**MAP, "ItemProcessor": DISTRIBUTED, "ResultWriter": writer}) == [problem]


def test_a_batcher_has_a_limit() -> None:
    found = said_of({**MAP, "ItemProcessor": DISTRIBUTED, "ItemBatcher": {"BatchInput": {}}})
    assert found[0].startswith("ItemBatcher: must have one of MaxItemsPerBatch,")


# --------------------------------------------------------------------------- resources


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "arn:aws:states:::states:startExecution.sync:2",
        "arn:aws-cn:states:::ecs:runTask.sync",
        "arn:aws:states:::aws-sdk:dynamodb:putItem.waitForTaskToken",
        "arn:aws:states:us-east-1:111122223333:aws-sdk:s3:getObject",
        "arn:aws:states:::brandnew:action.sync",
        "arn:aws:states:us-east-1:111122223333:activity:approve",
        "arn:aws:lambda:us-east-1:111122223333:function:charge:$LATEST",
        "arn:aws:lambda:us-east-1:111122223333:function:charge:live",
        "arn:aws:swf:us-east-1:123456789012:task:X",
    ],
)
def test_a_task_may_name_a_resource_of_aws(resource: str) -> None:
    assert said_of({**TASK, "Resource": resource}) == []


@pytest.mark.parametrize(
    ("resource", "problem"),
    [
        ("arn:aws:states:::dynamodb:query", "dynamodb has no action query"),
        ("arn:aws:states:::sqs:sendMesage", "sqs has no action sendMesage; did you mean sendMessage?"),
        ("arn:aws:states:::lambda:invoke.sync", "lambda:invoke has no .sync, but .waitForTaskToken"),
        ("arn:aws:states:::dynamodb:putItem.waitForTaskToken", "dynamodb:putItem has no .waitForTaskToken"),
        ("arn:aws:states:::aws-sdk:s3:putObject.sync", "aws-sdk:s3:putObject has no .sync, but .waitForTaskToken"),
        ("arn:aws:lambda:us-east-1:111122223333:function:charge:", "must end with the name of the function, and a "),
    ],
)
def test_an_action_that_does_not_exist_is_refused(resource: str, problem: str) -> None:
    assert said_of({**TASK, "Resource": resource})[0].startswith(f"Resource: {problem}")


@pytest.mark.parametrize(
    ("state", "problem"),
    [
        ({**TASK, "Resource": "arn:aws:states:::ecs:runTask.sync"}, "an Express machine has no .sync"),
        (
            {**TASK, "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken"},
            "an Express machine has no .waitForTaskToken",
        ),
        ({**TASK, "Resource": "arn:aws:states:us-east-1:1:activity:a"}, "an Express machine has no activities"),
        ({**MAP, "ItemProcessor": DISTRIBUTED}, "an Express machine has no distributed Map"),
    ],
)
def test_an_express_machine_waits_for_nobody(state: dict[str, Any], problem: str) -> None:
    assert problem in said(machine(state), "EXPRESS")[0]
    assert said(machine(state)) == []


def test_express_children_of_a_distributed_map_wait_for_nobody() -> None:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
    inner = {**TASK, "Resource": "arn:aws:states:::ecs:runTask.sync"}
    processor = {"StartAt": "P", "States": {"P": inner}, "ProcessorConfig": config}
    assert "an Express machine has no .sync" in said(machine({**MAP, "ItemProcessor": processor}))[0]


# --------------------------------------------------------------------------- whatever is given

FIELDS = sorted({field for shape in STATES.values() for field in shape.fields})
PARTS = [
    "StartAt",
    "States",
    "A",
    "B",
    "ErrorEquals",
    "And",
    "Or",
    "Not",
    "Condition",
    "ProcessorConfig",
    "ReaderConfig",
]
WORDS = st.sampled_from([*FIELDS, *PARTS])
NAMES = st.sampled_from([*STATES, "A", "B", "JSONata", "JSONPath", "States.ALL", "DISTRIBUTED", "GIVEN", "{% 1 %}", ""])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-1, 3)
    | st.floats(allow_nan=False, allow_infinity=False)
    | NAMES
    | st.text(max_size=3)
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=25,
)
STATE_LIKE = st.fixed_dictionaries(
    {"Type": st.sampled_from([*STATES])},
    optional=dict.fromkeys(("Next", "Retry", "Catch", "Choices", "Branches", "ItemProcessor", "Assign"), ANYTHING),
)
MACHINE_LIKE = st.fixed_dictionaries(
    {"StartAt": st.just("A") | ANYTHING, "States": st.dictionaries(WORDS, STATE_LIKE | ANYTHING, max_size=3)},
    optional={"QueryLanguage": NAMES},
)


@given(st.dictionaries(WORDS, ANYTHING, max_size=5) | MACHINE_LIKE, st.sampled_from(["STANDARD", "EXPRESS"]))
@example({"States": {"A": {"Type": ["Pass"], "QueryLanguage": []}}}, "EXPRESS")
def test_whatever_json_is_given_it_is_checked(document: dict[str, Any], type: str) -> None:
    problems = check(document, type)
    assert all(problem.message and problem.code for problem in problems)


def test_the_deepest_document_is_checked() -> None:
    deep: dict[str, Any] = BRANCH
    for level in range(MAX_DEPTH // 4 - 1):
        parallel = {"Type": "Parallel", "Branches": [deep], "End": True}
        deep = {"StartAt": f"S{level}", "States": {f"S{level}": parallel}}
    assert said(deep) == []


def test_deeply_nested_rules_are_checked() -> None:
    rule: dict[str, Any] = {"Variable": "$.a", "IsNull": True}
    for _ in range(MAX_DEPTH - 10):
        rule = {"Not": rule}
    assert said(machine({"Type": "Choice", "Choices": [{**rule, "Next": "A"}]})) == [
        "States: no state ends the machine"
    ]


def test_of_very_many_missing_targets_only_the_first_ones_are_told_what_was_meant() -> None:
    states = {f"State {index}": {"Type": "Pass", "Next": f"Stat {index}"} for index in range(100)}
    found = check_structure(read_document({"StartAt": "State 0", "States": states}))
    hints = [problem for problem in found if "did you mean" in problem.message]
    assert len(hints) == 20


# --------------------------------------------------------------------------- variables of nested machines


def _outer_and_branch(branch_assigns: str, *, distributed: bool = False) -> list[Diagnostic]:
    inner: dict[str, Any] = {
        "StartAt": "B",
        "States": {"B": {"Type": "Pass", "Assign": {branch_assigns: 2}, "End": True}},
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"} if distributed else {"Mode": "INLINE"},
    }
    states = {
        "A": {"Type": "Pass", "Assign": {"x": 1}, "Next": "M"},
        "M": {"Type": "Map", "ItemProcessor": inner, "End": True},
    }
    return check_structure(read_document({"StartAt": "A", "States": states}))


def test_an_iteration_may_not_assign_a_variable_of_the_outer_machine() -> None:
    (problem,) = _outer_and_branch("x")
    assert problem.path == "States.M.ItemProcessor.States.B.Assign.x"


def test_an_iteration_may_assign_variables_of_its_own() -> None:
    assert _outer_and_branch("y") == []


def test_a_child_of_a_distributed_map_knows_no_outer_variables() -> None:
    assert _outer_and_branch("x", distributed=True) == []
