"""The fields of machines and states: which there are, which must be, of what kind and within what range they are."""

from __future__ import annotations

from typing import Any

import pytest

from tests.definition.machines import (
    BRANCH,
    DISTRIBUTED,
    MAP,
    PASS,
    TASK,
    WAIT,
    check,
    hints,
    machine,
    said,
    said_of,
)


def test_a_machine_with_one_state_has_no_problem() -> None:
    assert said(machine(PASS)) == []


def test_an_empty_document_lacks_both_fields() -> None:
    assert said({}) == ["required-field : These fields are required: [States, StartAt]"]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"StartsAt": "A"}, "unknown-field StartsAt: Field 'StartsAt' is not supported"),
        ({"Comment": 1}, "wrong-type Comment: Expected value of type String"),
        ({"Version": 1.0}, "wrong-type Version: Expected value of type String"),
        ({"TimeoutSeconds": 0}, "number-range TimeoutSeconds: Minimum value is 1"),
        ({"TimeoutSeconds": "10"}, "wrong-type TimeoutSeconds: Expected value of type Integer"),
        (
            {"QueryLanguage": "jsonata"},
            'enum QueryLanguage: Value must be one of [JSONPath, JSONata], not "jsonata"',
        ),
        ({"StartAt": 5}, "wrong-type StartAt: Expected value of type String"),
    ],
)
def test_a_machine_has_the_fields_of_a_machine(fields: dict[str, Any], problem: str) -> None:
    assert said(machine(PASS, **fields)) == [problem]


@pytest.mark.parametrize(
    ("states", "problem"),
    [
        ({}, "empty-value States: Value cannot be empty"),
        ([], "wrong-type States: Expected value of type Object"),
        ({"A": None}, "wrong-type States.A: Expected value of type Object"),
    ],
)
def test_states_holds_states(states: Any, problem: str) -> None:
    assert said({"StartAt": "A", "States": states}) == [problem]


# --------------------------------------------------------------------------- required


@pytest.mark.parametrize(
    ("state", "problem"),
    [
        ({"End": True}, "These fields are required: [Type]"),
        ({"Type": "Task", "End": True}, "These fields are required: [Resource]"),
        ({"Type": "Choice"}, "These fields are required: [Choices]"),
        ({"Type": "Parallel", "End": True}, "These fields are required: [Branches]"),
        ({"Type": "Map", "End": True}, "One of these fields is required: [ItemProcessor, Iterator]"),
        (WAIT, "One of these fields is required: [Seconds, SecondsPath, Timestamp, TimestampPath]"),
    ],
)
def test_a_required_field_must_stand(state: dict[str, Any], problem: str) -> None:
    assert f"required-field : {problem}" in said_of(state)


@pytest.mark.parametrize("state", [{"Type": "Pass"}, {"Type": "Pass", "End": False}])
def test_a_state_says_what_comes_next(state: dict[str, Any]) -> None:
    assert said_of(state) == ["next-or-end : One of these fields is required: [Next, End]"]


@pytest.mark.parametrize("credentials", [{}, {"roleArn": "arn"}])
def test_credentials_have_a_role(credentials: dict[str, str]) -> None:
    told = said_of({**TASK, "Credentials": credentials})
    assert "required-field Credentials: The field 'RoleArn' is required but was missing" in told


# --------------------------------------------------------------------------- known


def test_an_unknown_type_is_refused_with_the_nearest() -> None:
    (problem,) = check(machine({"Type": "Psas", "End": True}))
    assert (problem.rule, problem.location, problem.hint) == ("enum", "/States/A/Type", "did you mean Pass?")


def test_a_typo_in_a_field_is_refused_with_the_nearest() -> None:
    (problem,) = check(machine({**PASS, "ResutlPath": "$"}))
    assert str(problem) == "States.A.ResutlPath: Field 'ResutlPath' is not supported; did you mean ResultPath?"
    assert (problem.rule, problem.location) == ("unknown-field", "/States/A")


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
def test_a_field_of_another_type_is_told_at_the_state(type: str, field: str) -> None:
    found = [problem for problem in check(machine({"Type": type, field: {}})) if problem.rule == "unsupported-field"]
    told = [(problem.message, problem.location, problem.path) for problem in found]
    assert told == [(f"Field '{field}' is not supported", "/States/A", f"States.A.{field}")]


def test_a_field_of_a_state_is_no_field_of_a_retrier() -> None:
    told = said_of({**TASK, "Retry": [{"ErrorEquals": ["E"], "Next": "A"}]})
    assert told == ["unknown-field Retry[0].Next: Field 'Next' is not supported"]


# --------------------------------------------------------------------------- one of several


@pytest.mark.parametrize(
    ("state", "group", "second"),
    [
        (
            {**TASK, "TimeoutSeconds": 1, "TimeoutSecondsPath": "$.t"},
            "TimeoutSeconds, TimeoutSecondsPath",
            "TimeoutSecondsPath",
        ),
        (
            {**TASK, "HeartbeatSecondsPath": "$.t", "HeartbeatSeconds": 1},
            "HeartbeatSeconds, HeartbeatSecondsPath",
            "HeartbeatSecondsPath",
        ),
        ({**WAIT, "Seconds": 1, "Timestamp": "2030-01-01T00:00:00Z"}, "Seconds, Timestamp", "Timestamp"),
        ({"Type": "Fail", "Error": "E", "ErrorPath": "$.e"}, "Error, ErrorPath", "ErrorPath"),
        (
            {**MAP, "Iterator": {"StartAt": "Q", "States": {"Q": PASS}}},
            "ItemProcessor, Iterator",
            "Iterator",
        ),
        ({**MAP, "ItemSelector": {}, "Parameters": {}}, "ItemSelector, Parameters", "Parameters"),
    ],
)
def test_of_two_forms_of_a_field_only_one_may_stand(state: dict[str, Any], group: str, second: str) -> None:
    (problem,) = check(machine(state))
    assert (problem.rule, problem.message) == ("mutually-exclusive", f"There should only be one of [{group}]")
    assert (problem.location, problem.path) == ("/States/A", f"States.A.{second}")


def test_a_state_goes_on_or_ends() -> None:
    assert said(machine({**PASS, "Next": "B"}, PASS)) == [
        "next-and-end States.A.End: There should only be one of [Next, End]"
    ]


def test_end_false_beside_next_says_nothing() -> None:
    assert said(machine({"Type": "Pass", "Next": "B", "End": False}, PASS)) == []


# --------------------------------------------------------------------------- of which kind


@pytest.mark.parametrize(
    ("state", "field", "value", "problem"),
    [
        (WAIT, "Seconds", -1, "number-range Seconds: Minimum value is 0"),
        (WAIT, "Seconds", True, "wrong-type Seconds: Expected value of type Integer"),
        (WAIT, "Seconds", 1.5, "wrong-type Seconds: Expected value of type Integer"),
        (WAIT, "Timestamp", "2030-01-01", "timestamp Timestamp: String does not match RFC3339 timestamp"),
        (WAIT, "Timestamp", 1767225600, "timestamp Timestamp: String does not match RFC3339 timestamp"),
        (WAIT, "SecondsPath", 5, "wrong-type SecondsPath: Expected value of type String"),
        (TASK, "TimeoutSeconds", 0, "number-range TimeoutSeconds: Minimum value is 1"),
        (TASK, "TimeoutSeconds", 100_000_000, "number-range TimeoutSeconds: Maximum value is 99999999"),
        (TASK, "HeartbeatSeconds", "{% 1 %}", "wrong-type HeartbeatSeconds: Expected value of type Integer"),
        (TASK, "Resource", 1, "wrong-type Resource: Expected value of type String"),
        (TASK, "ResultSelector", "$", "wrong-type ResultSelector: Expected value of type Object"),
        (TASK, "Retry", {}, "wrong-type Retry: Expected value of type Array"),
        (TASK, "Credentials", "role", "wrong-type Credentials: Expected value of type Object"),
        (PASS, "InputPath", 5, "wrong-type InputPath: Expected value of type String or Null"),
        (PASS, "Assign", [1], "wrong-type Assign: Expected value of type Object"),
        (PASS, "Comment", None, "wrong-type Comment: Expected value of type String"),
        (MAP, "MaxConcurrency", -1, "number-range MaxConcurrency: Minimum value is 0"),
        (MAP, "ItemsPath", None, "wrong-type ItemsPath: Expected value of type String"),
        (MAP, "ToleratedFailurePercentage", 101, "number-range ToleratedFailurePercentage: Maximum value is 100.0"),
        (MAP, "ToleratedFailurePercentage", -1, "number-range ToleratedFailurePercentage: Minimum value is 0"),
        (MAP, "ToleratedFailureCount", 0.5, "wrong-type ToleratedFailureCount: Expected value of type Integer"),
        ({"Type": "Fail"}, "Cause", 1, "wrong-type Cause: Expected value of type String"),
    ],
)
def test_a_value_is_of_the_kind_of_its_field(state: dict[str, Any], field: str, value: Any, problem: str) -> None:
    assert said_of({**state, field: value}) == [problem]


@pytest.mark.parametrize(
    ("value", "hint"),
    [("three", '"three" is a string'), (True, "true is a boolean"), ([], "it is an empty array"), (None, "it is null")],
)
def test_what_a_value_is_instead_is_told(value: Any, hint: str) -> None:
    assert hints(machine({**WAIT, "Seconds": value})) == [hint]


def test_a_long_value_is_cut_in_the_hint() -> None:
    (hint,) = hints(machine({**WAIT, "Seconds": "x" * 1000}))
    assert len(hint) < 100


def test_end_is_a_boolean() -> None:
    assert said_of({"Type": "Pass", "End": "true"}) == ["wrong-type End: Expected value of type Boolean"]


@pytest.mark.parametrize(
    "state",
    [
        {**WAIT, "Seconds": 0},
        {**WAIT, "Timestamp": "2030-01-01T00:00:00+02:00"},
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


# --------------------------------------------------------------------------- query languages


@pytest.mark.parametrize(("state", "field"), [(PASS, "Output"), (TASK, "Arguments"), (MAP, "Items")])
def test_a_jsonpath_state_has_no_field_of_jsonata(state: dict[str, Any], field: str) -> None:
    (problem,) = check(machine({**state, field: []}))
    assert problem.message == (
        f"The QueryLanguage is set to 'JSONPath', but field '{field}' is only supported for the 'JSONata' QueryLanguage"
    )
    assert (problem.rule, problem.location) == ("query-language-mix", "/States/A")
    assert problem.path == f"States.A.{field}"


@pytest.mark.parametrize(
    ("state", "field"),
    [(PASS, "InputPath"), (PASS, "Result"), (TASK, "Parameters"), (TASK, "TimeoutSecondsPath"), (MAP, "ItemsPath")],
)
def test_a_jsonata_state_has_no_field_of_jsonpath(state: dict[str, Any], field: str) -> None:
    assert said_of({**state, field: "$"}, QueryLanguage="JSONata") == [
        (
            f"query-language-mix {field}: The QueryLanguage is set to 'JSONata', but field '{field}' is only supported "
            "for the 'JSONPath' QueryLanguage"
        )
    ]


def test_a_state_of_a_jsonpath_machine_may_be_jsonata() -> None:
    assert said_of({**PASS, "QueryLanguage": "JSONata", "Output": 1}) == []


def test_a_state_of_a_jsonata_machine_may_not_be_jsonpath() -> None:
    (problem,) = check(machine({**PASS, "QueryLanguage": "JSONPath"}, QueryLanguage="JSONata"))
    assert problem.message == "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"
    assert (problem.rule, problem.location) == ("language-downgrade", "/States/A")


def test_a_nested_state_speaks_the_language_of_the_machine_not_of_the_map_around_it() -> None:
    inner = {"StartAt": "P", "States": {"P": {**PASS, "InputPath": "$.a"}}}
    assert said_of({**MAP, "QueryLanguage": "JSONata", "ItemProcessor": inner}) == []


@pytest.mark.parametrize(
    ("state", "field", "value"),
    [
        (WAIT, "Seconds", "{% 1 %}"),
        (WAIT, "Timestamp", "{% $x %}"),
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
    state = {**WAIT, "Seconds": " {% 1 %}"}
    assert said_of(state, QueryLanguage="JSONata") == ["wrong-type Seconds: Expected value of type Integer"]


def test_a_branch_has_no_query_language_of_its_own() -> None:
    branches = [{**BRANCH, "QueryLanguage": "JSONata"}]
    (problem,) = check(machine({"Type": "Parallel", "Branches": branches, "End": True}))
    assert (problem.rule, problem.message) == ("query-language-mix", "Field 'QueryLanguage' is not supported")
    assert (problem.location, problem.path) == (
        "/States/A/Branches[0]",
        "States.A.Branches[0].QueryLanguage",
    )


# --------------------------------------------------------------------------- Parallel and Map


@pytest.mark.parametrize(
    ("branches", "problem"),
    [
        ([], "empty-value Branches: Value cannot be empty"),
        ({}, "wrong-type Branches: Expected value of type Array"),
        ([5], "wrong-type Branches[0]: Expected value of type Object"),
        ([{}], "required-field Branches[0]: These fields are required: [States, StartAt]"),
        (
            [{**BRANCH, "TimeoutSeconds": 1}],
            "unknown-field Branches[0].TimeoutSeconds: Field 'TimeoutSeconds' is not supported",
        ),
    ],
)
def test_a_parallel_holds_branches(branches: Any, problem: str) -> None:
    assert said_of({"Type": "Parallel", "Branches": branches, "End": True}) == [problem]


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"Mode": "SPREAD"}, 'enum X.Mode: Value must be one of [INLINE, DISTRIBUTED], not "SPREAD"'),
        ({"Mode": "DISTRIBUTED"}, "execution-type X: These fields are required: [ExecutionType]"),
        (
            {"Mode": "DISTRIBUTED", "ExecutionType": "FAST"},
            'enum X.ExecutionType: Value must be one of [STANDARD, EXPRESS], not "FAST"',
        ),
        (5, "wrong-type X: Expected value of type Object"),
    ],
)
def test_a_processor_says_how_it_runs(config: Any, problem: str) -> None:
    found = said_of({**MAP, "ItemProcessor": {**BRANCH, "ProcessorConfig": config}})
    assert found == [problem.replace("X", "ItemProcessor.ProcessorConfig", 1) if " X" in problem else problem]


READER = {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"}}


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"InputType": "XML"}, "enum InputType"),
        ({"MaxItems": 100_000_001}, "number-range MaxItems"),
        ({"MaxItems": 1, "MaxItemsPath": "$.n"}, "mutually-exclusive MaxItemsPath"),
        ({"InputType": "CSV", "CSVHeaderLocation": "GIVEN"}, "reader-config "),
        ({"CSVDelimiter": ","}, "enum CSVDelimiter"),
        ({"Transformation": "LOAD_AND_FLATTEN"}, "reader-config "),
        ({"InputType": "CSV", "ManifestType": "S3_INVENTORY"}, "reader-config InputType"),
        ({"Delimiter": "TAB"}, "unknown-field Delimiter"),
    ],
)
def test_a_reader_config_keeps_to_its_fields(config: dict[str, Any], problem: str) -> None:
    (found,) = check(machine({**MAP, "ItemProcessor": DISTRIBUTED, "ItemReader": {**READER, "ReaderConfig": config}}))
    place = found.path.removeprefix("States.A.ItemReader.ReaderConfig").lstrip(".")
    assert f"{found.rule} {place}" == problem


@pytest.mark.parametrize(
    ("writer", "problem"),
    [
        ({}, "required-field : One of these fields is required: [Resource, WriterConfig]"),
        ({"Resource": "arn:aws:states:::s3:putObject"}, "result-writer : These fields are required: [Parameters]"),
        (
            {"WriterConfig": {"Transformation": "NONE"}},
            "required-field .WriterConfig: These fields are required: [OutputType]",
        ),
    ],
)
def test_a_result_writer_says_what_and_where(writer: dict[str, Any], problem: str) -> None:
    found = said_of({**MAP, "ItemProcessor": DISTRIBUTED, "ResultWriter": writer})
    assert [text.replace("ResultWriter", "", 1) for text in found] == [problem]


def test_a_batcher_has_a_limit() -> None:
    (problem,) = check(machine({**MAP, "ItemProcessor": DISTRIBUTED, "ItemBatcher": {"BatchInput": {}}}))
    assert problem.message.startswith("One of these fields is required: [MaxItemsPerBatch, ")


def test_a_batcher_has_one_form_of_each_limit() -> None:
    batcher = {"MaxItemsPerBatch": 1, "MaxItemsPerBatchPath": "$.n"}
    (problem,) = check(machine({**MAP, "ItemProcessor": DISTRIBUTED, "ItemBatcher": batcher}))
    assert problem.message == "There should only be one of [MaxItemsPerBatch, MaxItemsPerBatchPath]"
    assert problem.location == "/States/A/ItemBatcher"


@pytest.mark.parametrize("label", ["Orders", "a" * 40, "größe_1-x.y"])
def test_a_label_is_plain_text(label: str) -> None:
    assert said_of({**MAP, "ItemProcessor": DISTRIBUTED, "Label": label}) == []


@pytest.mark.parametrize("label", ["", "a" * 41, *'?*<>{}[]:;,\\|^~$#%&`" \t\x00\x85'])
def test_a_label_has_no_odd_character(label: str) -> None:
    (problem,) = check(machine({**MAP, "ItemProcessor": DISTRIBUTED, "Label": label}))
    assert (problem.rule, problem.code, problem.location) == ("label", "INVALID_LABEL_NAME", "/States/A/Label")
