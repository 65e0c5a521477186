"""The official suite of JSONata 2.0.6 and the recorded outcomes of the reference, run as data."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aslrun.language import jsonata
from aslrun.language.jsonata import UNDEFINED, JsonataError, Limits

from .support import SUITE, load, same

GROUPS = sorted(path.stem for path in (SUITE / "groups").glob("*.json")) or ["absent"]


def outcome(case: dict[str, Any], datasets: dict[str, Any], bindings: dict[str, Any]) -> Any:
    """The value of a case's expression, or its error."""
    dataset = case.get("dataset")
    input = case["data"] if "data" in case else UNDEFINED if dataset is None else datasets[dataset]
    limits = Limits(depth=case["depth"]) if "depth" in case else Limits()
    try:
        return jsonata.compile(case["expr"], eval=True, limits=limits)(input, {**bindings, **case.get("bindings", {})})
    except JsonataError as error:
        return error


def is_expected(case: dict[str, Any], result: Any) -> bool:
    """Whether the outcome is the one that the case states."""
    if "code" in case or "error" in case:
        expected = case.get("error", {"code": case.get("code")})
        return isinstance(result, JsonataError) and all(_has(result, *item) for item in expected.items())
    if isinstance(result, JsonataError) or jsonata.is_function(result):
        return False
    if case.get("undefinedResult"):
        return result is UNDEFINED
    return result is not UNDEFINED and same(result, case["result"])


def _has(error: JsonataError, field: str, value: Any) -> bool:
    if field == "code" and value == "U1001":
        return error.code in ("D1011", "D1012")
    return bool(getattr(error, field, error.details.get(field)) == value)


@pytest.mark.parametrize("group", GROUPS)
def test_every_case_of_the_official_suite(group: str) -> None:
    datasets = load("datasets.json")
    wrong = [case["id"] for case in load(f"groups/{group}.json") if not is_expected(case, outcome(case, datasets, {}))]
    assert wrong == []


def test_expressions_of_step_functions_give_what_the_reference_gives() -> None:
    recorded = load("states-fuzz.json")
    cases = recorded["cases"]
    wrong = [case["id"] for case in cases if not is_expected(case, outcome(case, {}, recorded["bindings"]))]
    assert wrong == []


def test_what_later_versions_do_otherwise_is_done_as_in_2_0_6() -> None:
    datasets = load("datasets.json")
    wildcards_of_functions = {"wildcards/case010#0", "wildcards/case010#1"}  # the insides of the reference's objects
    wrong = []
    for case in load("delta-2.2.2.json"):
        expected = case["in_2_0_6"]
        result = outcome(case, datasets, {})
        if expected["status"] == "ok":
            right = not isinstance(result, JsonataError) and same(result, expected["value"])
        elif expected["status"] == "hang":
            right = isinstance(result, JsonataError)
        else:
            right = isinstance(result, JsonataError) and result.code == expected["code"]
        if not right and case["id"] not in wildcards_of_functions:
            wrong.append(case["id"])
    assert wrong == []


def test_recorded_functions_of_aws_give_what_aws_gave() -> None:
    path = SUITE.parent / "jsonpath-jayway" / "aws-recorded.json"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    cases = [case for case in json.loads(path.read_text(encoding="utf-8")) if case["kind"] == "jsonata"]
    for case in cases:
        expression = jsonata.compile(case["expr"].removeprefix("{%").removesuffix("%}").strip())
        bindings = {"states": {"input": case["input"]}}
        if "output" in case["expected"]:
            assert same(expression(bindings=bindings), case["expected"]["output"]), case["id"]
        else:
            with pytest.raises(JsonataError) as caught:
                expression(bindings=bindings)
            assert case["expected"]["cause"].endswith(str(caught.value))
