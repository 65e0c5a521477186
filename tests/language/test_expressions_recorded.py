"""Intrinsic functions and choice rules against what AWS answered, and against definitions that AWS accepts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from aslrun.language.conditions import compile_condition
from aslrun.language.errors import ExpressionSyntaxError
from aslrun.language.intrinsics import compile_expression, compile_intrinsic, is_intrinsic
from aslrun.language.scope import Scope
from aslrun.values import equal

SHARED = Path(__file__).resolve().parents[3] / "shared"
CASES = SHARED / "aws-recorded" / "cases"
CORPUS = SHARED / "asl-corpus"

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason=f"needs the recorded data in {SHARED}, which is not there")


def scope_of(input: Any, machine: str = "machine") -> Scope:
    context = {"Execution": {"Input": input}, "StateMachine": {"Name": machine}}
    return Scope(input, lambda: context, {}, lambda: Random(7))


# --------------------------------------------------------------------------- intrinsic functions


def reshaped_calls() -> list[Any]:
    path = SHARED / "jsonpath-jayway" / "aws-recorded.json"
    cases = json.loads(path.read_text()) if path.is_file() else []
    return [
        pytest.param(case["expr"], case["input"], case["expected"]["output"]["FunctionResult"], id=case["id"])
        for case in cases
        if case["kind"] == "intrinsic"
    ]


def executed_calls() -> Iterator[Any]:
    for path in sorted((CASES / "intrinsic_functions").rglob("*.json")):
        case = json.loads(path.read_text())
        if "QueryLanguage" in json.dumps(case["definitions"]):
            continue
        for number, execution in enumerate(case["executions"]):
            (state,) = case["definitions"][execution["definition"]]["json"]["States"].values()
            events = case["recorded"][execution["recorded_keys"][0]]["events"]
            output = events[-1]["executionSucceededEventDetails"]["output"]["FunctionResult"]
            machine = execution["state_machine_arn"].rpartition(":")[2]
            yield pytest.param(
                state["Parameters"]["FunctionResult.$"],
                json.loads(execution["input"] or "{}"),
                machine,
                output,
                id=f"{path.stem}-{number}",
            )


@pytest.mark.parametrize(("text", "input", "expected"), reshaped_calls())
def test_a_function_gives_what_aws_gave(text: str, input: Any, expected: Any) -> None:
    assert equal(compile_expression(text).evaluate(scope_of(input)), expected)


@pytest.mark.parametrize(("text", "input", "machine", "expected"), list(executed_calls()))
def test_a_function_in_an_execution_gives_what_aws_gave(text: str, input: Any, machine: str, expected: Any) -> None:
    result = compile_intrinsic(text).evaluate(scope_of(input, machine))
    if expected == "generated-uuid":
        assert re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", str(result))
    else:
        assert equal(result, expected)


# --------------------------------------------------------------------------- choice rules


def decisions() -> Iterator[Any]:
    for path in sorted((CASES / "choice_operators").rglob("*.json")):
        case = json.loads(path.read_text())
        for number, (execution, answer) in enumerate(zip(case["executions"], case["recorded"]["cases"], strict=True)):
            rule = case["definitions"][execution["definition"]]["json"]["States"]["CheckValues"]["Choices"][0]
            taken = answer["output"]["TestResult.$"] == "ConditionTrue"
            yield pytest.param(rule, json.loads(execution["input"]), taken, id=f"{path.stem}-{number}")


@pytest.mark.parametrize(("rule", "input", "taken"), list(decisions()))
def test_a_choice_rule_decides_as_aws_did(rule: dict[str, Any], input: Any, taken: bool) -> None:
    assert compile_condition(rule)(scope_of(input)) is taken


# --------------------------------------------------------------------------- accepted and refused definitions


def definitions(verdict: str) -> list[dict[str, Any]]:
    lines = [line for path in sorted(CORPUS.glob("*.jsonl")) for line in path.read_text().splitlines()]
    return [case for case in map(json.loads, lines) if case["verdict"] == verdict and "definition" in case]


def members(value: Any, jsonpath: bool = True) -> Iterator[tuple[str, Any]]:
    """Every member of every object inside a value, as far as the JSONPath language reaches."""
    if isinstance(value, dict):
        jsonpath = value.get("QueryLanguage", "JSONPath" if jsonpath else "JSONata") == "JSONPath"
        for name, item in value.items():
            if jsonpath:
                yield name, item
            if name != "Result":
                yield from members(item, jsonpath)
    elif isinstance(value, list):
        for item in value:
            yield from members(item, jsonpath)


def test_every_function_call_of_an_accepted_definition_compiles() -> None:
    calls = {
        text
        for case in definitions("valid")
        for name, text in members(case["definition"])
        if name.endswith(".$") and isinstance(text, str) and is_intrinsic(text)
    }
    for text in sorted(calls):
        compile_intrinsic(text)
    assert len(calls) > 100


def test_every_choice_rule_of_an_accepted_definition_compiles() -> None:
    rules = [
        rule
        for case in definitions("valid")
        for name, choices in members(case["definition"])
        if name == "Choices" and isinstance(choices, list)
        for rule in choices
        if isinstance(rule, dict) and "Condition" not in rule
    ]
    for rule in rules:
        compile_condition(rule)
    assert len(rules) > 200


TAKEN_BY_AWS = {
    "asl-validator/invalid-math-add.json": "a literal of the wrong type fails when the call is reached",
    "spec/intrinsic-12": "'$.a.b()' is a path to a field of an odd name, and not found",
}
"""Definitions that others refuse, and AWS does not."""

OPERATOR_CASES = re.compile(r"spec/choice-(and|isnull|no-comparator|no-variable|numeric|timestamp|two|variable)")


def refused_for_a_call() -> list[Any]:
    return [
        pytest.param(case, id=case["id"])
        for case in definitions("invalid")
        if case["expected"]["class"] == "intrinsic-syntax" and case["id"] not in TAKEN_BY_AWS
    ]


def refused_for_a_choice_rule() -> list[Any]:
    return [pytest.param(case, id=case["id"]) for case in definitions("invalid") if OPERATOR_CASES.match(case["id"])]


@pytest.mark.parametrize("case", refused_for_a_call())
def test_a_definition_refused_for_a_function_call_does_not_compile(case: dict[str, Any]) -> None:
    texts = [text for name, text in members(case["definition"]) if name.endswith(".$") and isinstance(text, str)]
    with pytest.raises(ExpressionSyntaxError):
        [compile_expression(text) for text in texts]


@pytest.mark.parametrize("case", refused_for_a_choice_rule())
def test_a_definition_refused_for_a_choice_rule_does_not_compile(case: dict[str, Any]) -> None:
    rules = [rule for name, rules in members(case["definition"]) if name == "Choices" for rule in rules]
    with pytest.raises(ExpressionSyntaxError):
        [compile_condition(rule) for rule in rules]
