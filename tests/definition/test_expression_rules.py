"""Mistakes in expressions: which rule is broken, in AWS's words, with its code, and where AWS and we say it."""

from __future__ import annotations

import json
from typing import Any

import pytest

import aslrun
from aslrun.definition import loading
from aslrun.definition.checking import check_document
from aslrun.definition.documents import read_document
from aslrun.definition.rules.outline import outline
from aslrun.errors import Diagnostic

TEMPLATE = "The value for the field '{}' must be a valid JSONPath or a valid intrinsic function call"
LAMBDA = "arn:aws:lambda:us-east-1:111122223333:function:charge"
DONE = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
MAP = {"Type": "Map", "ItemProcessor": DONE, "End": True}


def machine(state: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A machine of this state, called A, and of Z where a Choice may lead."""
    states = {"A": state}
    if state.get("Type") in ("Choice", "Task"):
        states["Z"] = {"Type": "Succeed"}
    return {"StartAt": "A", "States": states, **fields}


def passing(**fields: Any) -> dict[str, Any]:
    return {"Type": "Pass", "End": True, **fields}


def found(state: dict[str, Any], **fields: Any) -> list[Diagnostic]:
    return aslrun.validate(json.dumps(machine(state, **fields)))


def only(state: dict[str, Any], **fields: Any) -> Diagnostic:
    (diagnostic,) = found(state, **fields)
    return diagnostic


def errors(definition: dict[str, Any]) -> list[Diagnostic]:
    """What is wrong, warnings left out: those are the business of others."""
    return [problem for problem in aslrun.validate(definition) if problem.severity == "ERROR"]


def of_jsonata(expression: str) -> list[Diagnostic]:
    return found(passing(Output={"v": f"{{% {expression} %}}"}), QueryLanguage="JSONata")


# --------------------------------------------------------------------------- payload templates and intrinsic functions


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("ipsum", "payload-path"),
        ("", "payload-path"),
        (5, "payload-path"),
        (None, "payload-path"),
        ("$.a[", "payload-path"),
        ("States.Format", "intrinsic-syntax"),
        ("states.Format('a')", "intrinsic-syntax"),
        (" States.Format('a')", "intrinsic-syntax"),
        ("States.Format('a)", "intrinsic-syntax"),
        ("States.StringToJson('{\\\"a\\\": 1}')", "intrinsic-syntax"),
        ("States.MathAdd(1)", "intrinsic-syntax"),
    ],
)
def test_a_template_key_with_neither_path_nor_call_is_told_at_the_template(value: Any, rule: str) -> None:
    problem = only(passing(Parameters={"deep": [{"x.$": value}]}))
    assert (problem.rule, problem.code) == (rule, "SCHEMA_VALIDATION_FAILED")
    assert problem.message == TEMPLATE.format("x.$")
    assert problem.location == "/States/A/Parameters"
    assert problem.path == "States.A.Parameters.deep[0]['x.$']"


def test_every_bad_key_of_a_template_is_told() -> None:
    problems = found(passing(Parameters={"a.$": "x", "b.$": "$.b", "c": {"d.$": "y"}}))
    assert [problem.path for problem in problems] == [
        "States.A.Parameters['a.$']",
        "States.A.Parameters.c['d.$']",
    ]


def test_a_key_with_and_without_suffix_is_told_at_the_template() -> None:
    problem = only(passing(Parameters={"a.$": "$.x", "a": 1}))
    assert (problem.rule, problem.location) == ("payload-path", "/States/A/Parameters")


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        ("States.Fromat('{}', $.a)", "did you mean States.Format?"),
        ("States.jsonToString($.a)", "did you mean States.JsonToString?"),
        ("States.Array('a\\\"')", "only \\', \\{, \\} and \\\\ are escapes (at character 16)"),
        ("States.Hash('a')", "States.Hash takes 2 arguments, found 1"),
    ],
)
def test_what_is_wrong_with_a_call_is_the_hint(call: str, hint: str) -> None:
    assert hint in only(passing(Parameters={"x.$": call})).hint


def test_a_literal_that_its_function_refuses_is_no_mistake_of_syntax() -> None:
    assert [
        problem
        for problem in found(passing(Parameters={"x.$": "States.MathAdd(1, '-1')"}))
        if problem.severity == "ERROR"
    ] == []


@pytest.mark.parametrize("function", ["States.MathAdd(1, 2)", "States.StringToJson($.a)", "States.Array(1)"])
def test_error_path_takes_no_function_that_gives_no_text(function: str) -> None:
    problem = only({"Type": "Fail", "ErrorPath": function})
    assert (problem.rule, problem.path) == ("payload-path", "States.A.ErrorPath")


@pytest.mark.parametrize(
    "function", ["States.Format('a')", "States.UUID()", "States.Hash($.a, 'MD5')", "$.cause", "$$.State.Name"]
)
def test_cause_path_takes_a_path_and_a_function_that_gives_text(function: str) -> None:
    assert errors(machine({"Type": "Fail", "CausePath": function})) == []


# --------------------------------------------------------------------------- paths


@pytest.mark.parametrize("field", ["InputPath", "OutputPath"])
@pytest.mark.parametrize("path", ["Test", "", "States.Format('a')", "$.a[", "$.."])
def test_what_is_no_path_is_told_in_the_words_for_any_path(field: str, path: str) -> None:
    problem = only(passing(**{field: path}))
    assert (problem.rule, problem.message) == ("path-syntax", "Value must be a valid JSONPath.")
    assert problem.location == f"/States/A/{field}"


@pytest.mark.parametrize(
    "path", ["$.a[*]", "$..a", "$.a[0:1]", "$.a[0,1]", "$.a[?(@.b)]", "$.a@b", "$$.a", "$name", "a", ""]
)
def test_result_path_is_a_reference_path_in_the_input(path: str) -> None:
    problem = only(passing(ResultPath=path))
    assert (problem.rule, problem.location) == ("reference-path", "/States/A/ResultPath")
    assert problem.message.startswith("Value is not a Reference Path")


@pytest.mark.parametrize("field", ["MaxConcurrencyPath", "ToleratedFailureCountPath", "ToleratedFailurePercentagePath"])
@pytest.mark.parametrize("path", ["$.limits[*]", "$$.Execution.Input.n", "$..n"])
def test_a_number_of_a_map_is_at_one_place_outside_of_the_context_object(field: str, path: str) -> None:
    problem = only({**MAP, field: path})
    assert (problem.rule, problem.location) == ("reference-path", f"/States/A/{field}")


@pytest.mark.parametrize(
    "fields", [{"MaxConcurrencyPath": "$n"}, {"ItemsPath": "$$.Execution.Input.items"}, {"ItemsPath": "$items"}]
)
def test_variables_may_be_numbers_of_a_map_and_items_may_come_from_the_context_object(fields: dict[str, str]) -> None:
    assert errors(machine({**MAP, **fields})) == []


def test_a_path_that_does_not_start_as_one_is_told_with_aws_reason() -> None:
    rule = {"Variable": "States.ArrayLength($.a)", "NumericEquals": 0, "Next": "Z"}
    problem = only({"Type": "Choice", "Choices": [rule], "Default": "Z"})
    assert problem.message == "Value is not a Reference Path: Reference path didn't start with '$'"
    assert (problem.rule, problem.location) == ("path-syntax", "/States/A/Choices[0]/Variable")


# --------------------------------------------------------------------------- Choice rules


def test_every_malformed_test_of_a_rule_is_told_in_its_own_words() -> None:
    rule = {
        "And": [
            {"Variable": "$.a", "NumericEqual": 1},
            {"Not": {"Variable": "$.a", "NumericEquals": "1"}},
            {"Or": [{"Variable": "$.a", "IsNull": True, "IsString": True}, {"Variable": "$.a"}, {"IsNull": True}]},
            {"Variable": "$.a[*]", "IsNull": True},
            {"Variable": "$.a", "TimestampEquals": "2026-01-01"},
        ],
        "Next": "Z",
    }
    told = found({"Type": "Choice", "Choices": [rule], "Default": "Z"})
    assert [(problem.rule, problem.location.removeprefix("/States/A/Choices[0]")) for problem in told] == [
        ("choice-field", "/And[0]"),
        ("choice-operand", "/And[1]/Not/NumericEquals"),
        ("choice-one-operator", "/And[2]/Or[0]"),
        ("choice-operator", "/And[2]/Or[1]"),
        ("choice-operator", "/And[2]/Or[2]"),
        ("reference-path", "/And[3]/Variable"),
        ("timestamp", "/And[4]/TimestampEquals"),
    ]
    assert told[0].hint == "did you mean NumericEquals?"


# --------------------------------------------------------------------------- JSONata: syntax


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ('"unterminated', "String literal must be terminated by a matching quote"),
        ("1 +", "Unexpected end of expression"),
        ("$x :=", "Unexpected end of expression"),
        ("$x[1,2)", 'Expected "]", got ","'),
        ('{"a":}', 'The symbol "}" cannot be used as a unary operator'),
        ('$match("a", /abc', "No terminating / in regular expression"),
        ("", "Unexpected end of expression"),
    ],
)
def test_a_malformed_expression_is_told_in_the_words_of_jsonata(expression: str, words: str) -> None:
    (problem,) = of_jsonata(expression)
    assert (problem.message, problem.rule) == (words, "jsonata-syntax")
    assert (problem.code, problem.location) == ("INVALID_JSONATA_EXPRESSION", "/States/A/Output/v")


@pytest.mark.parametrize("text", ["{% $states.input", "{% 10 %", "$states.input %}", "{% 1 %} ", "{%}"])
def test_an_expression_is_opened_and_closed(text: str) -> None:
    problem = only(passing(Output=text), QueryLanguage="JSONata")
    assert (problem.rule, problem.location) == ("jsonata-syntax", "/States/A/Output")


@pytest.mark.parametrize("text", [" {% states.input %} ", "{ % 1 % }", "100 %", "{% \n10\n %}", "{%1%}"])
def test_other_texts_are_literals_and_expressions_may_have_lines(text: str) -> None:
    assert errors(machine(passing(Output=text), QueryLanguage="JSONata")) == []


@pytest.mark.parametrize(
    ("expression", "meant"), [("$a && $b", "and"), ("$a == 1", "="), ("!$a", "$not"), ("$a ?? 1", "$exists")]
)
def test_operators_of_other_languages_are_told_what_jsonata_has(expression: str, meant: str) -> None:
    (problem,) = of_jsonata(expression)
    assert f"did you mean {meant}" in problem.hint


# --------------------------------------------------------------------------- JSONata: scope


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("phone", ["phone"]),
        ("phone[0].home", ["phone"]),
        ("aaa + bbb & aaa", ["aaa", "bbb"]),
        ("$.phone", ["$"]),
        ("{'a': [phone]}", ["phone"]),
        ("{key: 1}", ["key"]),
        ("($x := phone; $x)", ["phone"]),
        ("a ? b : c", ["a", "b", "c"]),
        ("-a", ["a"]),
        ("$count(a)", ["a"]),
        ("$states.input ~> $lookup(name)", ["name"]),
        ("$map($states.input.a, function($x){ b })", ["b"]),
    ],
)
def test_a_name_at_the_top_level_is_refused(expression: str, names: list[str]) -> None:
    problems = of_jsonata(expression)
    assert [problem.message for problem in problems] == [
        f"Reference to '{name}' at the top level is not supported." for name in names
    ]
    assert {problem.code for problem in problems} == {"UNSUPPORTED_JSONATA_EXPRESSION"}
    assert {problem.location for problem in problems} == {"/States/A/Output/v"}


@pytest.mark.parametrize(
    "expression",
    [
        "$states.input.phone",
        "$states.input.items[price > 3 and $$.x = 1].name",
        "$states.input.items[$.price > 3]",
        "$states.input.items.(price * $.quantity)",
        "$states.input.items{name: price}",
        "$states.input.items^(>price)",
        "$states.input.items@$i.($i.name)",
        "$states.input.items#$n[$n = 1]",
        "$map($states.input.items, function($item){ $item.price })",
        "$states.input.items.$map(tags, function($tag){ name & $tag })",
        "$states.input ~> |items|{'total': price * quantity}, 'price'|",
        "$phone",
        "'phone'",
        "$exists($states.context.Execution.Name)",
        "$eval('1')",
    ],
)
def test_names_elsewhere_and_variables_are_not_refused(expression: str) -> None:
    assert [problem for problem in of_jsonata(expression) if problem.severity == "ERROR"] == []


def test_the_root_is_refused_in_its_own_words() -> None:
    (problem,) = of_jsonata("$$")
    assert (problem.message, problem.code) == ("Reference to '$$' is not supported.", "UNSUPPORTED_JSONATA_EXPRESSION")


def test_the_hint_says_how_the_input_is_read() -> None:
    assert [problem.hint for problem in of_jsonata("phone & states.input")] == [
        "did you mean $states.input.phone or $phone?",
        "did you mean $states?",
    ]


TASK = {
    "Type": "Task",
    "Resource": LAMBDA,
    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z", "Output": "{% $states.errorOutput.Cause %}"}],
    "Output": "{% $states.result %}",
    "End": True,
}


def test_the_result_and_the_error_output_are_there_where_they_belong() -> None:
    assert errors(machine(TASK, QueryLanguage="JSONata")) == []


@pytest.mark.parametrize(
    ("fields", "name", "location"),
    [
        ({"Output": "{% $states.errorOutput %}"}, "errorOutput", "/States/A/Output"),
        ({"Arguments": {"x": ["{% $states.result.y %}"]}}, "result", "/States/A/Arguments/x[0]"),
        ({"TimeoutSeconds": "{% $states.result %}"}, "result", "/States/A/TimeoutSeconds"),
        (
            {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z", "Assign": {"e": "{% $states.result %}"}}]},
            "result",
            "/States/A/Catch[0]/Assign/e",
        ),
    ],
)
def test_elsewhere_they_do_not_exist(fields: dict[str, Any], name: str, location: str) -> None:
    problem = only({**TASK, **fields}, QueryLanguage="JSONata")
    assert (problem.message, problem.location) == (f"Field '$states.{name}' does not exist.", location)


# --------------------------------------------------------------------------- JSONata: functions


def test_a_function_that_there_is_not_is_a_warning_with_the_nearest_name() -> None:
    (problem,) = of_jsonata("$upercase('a')")
    assert (problem.severity, problem.rule, problem.hint) == ("WARNING", "unknown-function", "did you mean $uppercase?")
    aslrun.load(machine(passing(Output="{% $upercase('a') %}"), QueryLanguage="JSONata"))


@pytest.mark.parametrize(
    "expression",
    [
        "($twice := function($n){ $n * 2 }; $twice(2))",
        "$map([1], function($n, $f){ $f($n) })",
        "$states.input.items@$f.($f(1))",
        "$hash('a', 'MD5')",
        "$states.input.call(1)",
    ],
)
def test_a_function_that_the_expression_defines_is_known(expression: str) -> None:
    assert "unknown-function" not in [problem.rule for problem in of_jsonata(expression)]


# --------------------------------------------------------------------------- variables around a branch


def around(branch: dict[str, Any], **before: Any) -> dict[str, Any]:
    """A Parallel state whose branch assigns ``total``, after a state that does as told."""
    inner = {"StartAt": "I", "States": {"I": passing(Assign={"total": 1})}}
    parallel = {"Type": "Parallel", "Branches": [inner], "End": True, **branch}
    first = {"Type": "Pass", "Next": "Both", **before}
    return {"StartAt": "A", "States": {"A": first, "Both": parallel, "Z": {"Type": "Pass", "End": True}}}


CATCH = [{"ErrorEquals": ["States.ALL"], "Next": "Z", "Assign": {"total": 0}}]


def test_a_variable_that_is_assigned_before_a_branch_is_not_assigned_in_it() -> None:
    (problem,) = errors(around({"Catch": CATCH}, Assign={"total": 0}))
    assert (problem.rule, problem.location) == ("outer-variable", "/States/Both/Branches[0]/States/I/Assign")


@pytest.mark.parametrize("own", [{"Catch": CATCH}, {"Assign": {"total": 0}, "Catch": [{**CATCH[0], "Assign": {}}]}])
def test_what_the_parallel_state_assigns_itself_comes_later(own: dict[str, Any]) -> None:
    assert errors(around(own)) == []


def test_what_it_assigns_itself_comes_before_if_it_is_reached_again() -> None:
    definition = around({"Catch": CATCH})
    definition["States"]["Z"] = {"Type": "Choice", "Default": "End", "Choices": [
        {"Variable": "$.again", "IsPresent": True, "Next": "Both"}]}  # fmt: skip
    definition["States"]["End"] = {"Type": "Succeed"}
    assert [problem.rule for problem in errors(definition)] == ["outer-variable"]


# --------------------------------------------------------------------------- broken documents


def test_expressions_are_looked_at_where_the_structure_is_broken() -> None:
    definition = {
        "StartAt": "A",
        "States": {
            "A": {"Type": "Pass", "Nxet": "B", "Parameters": {"x.$": "foo"}},
            "B": {"Type": "Task", "InputPath": "x", "End": True},
            "C": {"Type": "Choice", "Choices": [7, {"Variable": "x", "IsNull": True}]},
            "D": {"Type": "Map", "ItemReader": 5, "ItemBatcher": [], "ItemProcessor": {"States": {
                "E": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% ( %}"}}}},
            "F": {"Type": "Nothing", "InputPath": "x"},
            "G": {"Type": "Pass", "QueryLanguage": "SQL", "InputPath": "x"},
            "H": 7,
        },
    }  # fmt: skip
    told = {(problem.rule, problem.path) for problem in aslrun.validate(json.dumps(definition))}
    assert told >= {
        ("payload-path", "States.A.Parameters['x.$']"),
        ("path-syntax", "States.B.InputPath"),
        ("path-syntax", "States.C.Choices[1].Variable"),
        ("jsonata-syntax", "States.D.ItemProcessor.States.E.Output"),
    }
    assert not any(path.startswith(("States.F.InputPath", "States.G.InputPath")) for _, path in told)


def test_load_refuses_with_what_validate_says() -> None:
    definition = machine(passing(InputPath="x", Parameters={"y.$": "z"}))
    with pytest.raises(aslrun.InvalidDefinition) as refusal:
        aslrun.load(definition)
    assert list(refusal.value.diagnostics) == aslrun.validate(definition)


EVERYWHERE: list[dict[str, Any]] = [
    passing(InputPath="x", Parameters={"a.$": "x"}, ResultPath="x", OutputPath="x", Assign={"a.$": "x"}),
    {**MAP, "ItemsPath": "x", "ItemSelector": {"a.$": "x"}, "MaxConcurrencyPath": "x"},
    {
        **MAP,
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "Parameters": {"Bucket.$": "x"},
            "ReaderConfig": {"InputType": "JSON", "MaxItemsPath": "x"},
        },
        "ItemBatcher": {"MaxItemsPerBatchPath": "x", "MaxInputBytesPerBatchPath": "x", "BatchInput": {"a.$": "x"}},
        "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket.$": "x"}},
    },
    {**TASK, "Output": 1, "Catch": TASK["Catch"], "QueryLanguage": "JSONata", "TimeoutSeconds": "{% x %}"},
    {
        "Type": "Task", "Resource": LAMBDA, "End": True, "TimeoutSecondsPath": "x", "HeartbeatSecondsPath": "x",
        "Credentials": {"RoleArn.$": "x"}, "ResultSelector": {"a.$": "x"},
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z", "ResultPath": "x", "Assign": {"a.$": "x"}}],
    },
    {
        "Type": "Choice", "Default": "Z", "Assign": {"a.$": "x"},
        "Choices": [{"Variable": "x", "IsNull": True, "Next": "Z", "Assign": {"b.$": "x"}}],
    },
    {"Type": "Wait", "SecondsPath": "x", "End": True},
    {"Type": "Wait", "TimestampPath": "x", "End": True},
    {"Type": "Fail", "ErrorPath": "x", "CausePath": "x"},
    {"Type": "Succeed", "InputPath": "x", "OutputPath": "x"},
    {
        "Type": "Parallel", "InputPath": "x", "Parameters": {"a.$": "x"}, "End": True,
        "Branches": [{"StartAt": "P", "States": {"P": passing(InputPath="x")}}],
    },
]  # fmt: skip


@pytest.mark.parametrize("state", EVERYWHERE, ids=lambda state: state["Type"])
def test_a_sound_and_a_broken_document_are_told_the_same_of_their_expressions(state: dict[str, Any]) -> None:
    sound = found(state)
    broken = found(state, Extra=1)
    assert sound
    assert {problem.rule for problem in sound} <= {"path-syntax", "payload-path", "reference-path", "jsonata-scope"}
    places = {problem.path for problem in sound}
    assert {problem.path for problem in broken if problem.path in places} == places


def test_looking_into_the_corpus_gives_what_building_it_gives(corpus: list[dict[str, Any]]) -> None:
    compared = 0
    for case in corpus:
        if not isinstance(case.get("definition"), dict) or check_document(read_document(case["definition"])):
            continue
        built, looked = (loading._Builder(read_document(case["definition"])) for _ in range(2))
        built.machine("STANDARD")
        assert sorted(map(str, looked.look_around(outline(case["definition"])))) == sorted(map(str, built.problems)), (
            case["id"]
        )
        compared += 1
    assert compared > 400


@pytest.fixture(scope="module")
def corpus(shared_dir: Any) -> list[dict[str, Any]]:
    files = sorted((shared_dir / "asl-corpus").glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
