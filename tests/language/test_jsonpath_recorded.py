"""JSONPath against recorded answers: AWS's own, and those of two releases of Jayway to queries in the style of ASL.

Where the releases differ, 2.0.0 is the model; where we depart from it, or from both, a rule below says so.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest

from aslrun.language.errors import ExpressionSyntaxError, PathNotFound
from aslrun.language.jsonpath import compile_path
from aslrun.language.scope import Scope
from aslrun.values import equal

DATA = Path(__file__).resolve().parents[3] / "shared" / "jsonpath-jayway"

OUTSIDE_ASL = {
    "a path of ASL starts with '$', nothing before it": re.compile(r"[^$]"),
    "$$ is the context object": re.compile(r"\$\$"),
    "the States Language lists an escaped bracket as valid": re.compile(r".*\\\["),
}
"""Texts whose meaning the States Language decides, not Jayway."""

LENIENT = {
    "AWS's documentation counts from the end": re.compile(r".*\[(\d+,)*-\d+(:-\d+)?\]"),
    "2.0.0 reads quotes inside double quotes, to no use": re.compile(r""".*\["[^"]*'"""),
}
"""Where the releases differ and we do not follow 2.0.0."""


def _load(name: str) -> Any:
    path = DATA / name
    return json.loads(path.read_text()) if path.is_file() else None


def _recorded_by_aws() -> list[Any]:
    cases = _load("aws-recorded.json") or []
    return [pytest.param(case, id=case["id"]) for case in cases if case["kind"] == "jsonpath-in-Parameters"]


def _asl_cases(*, agree: bool) -> list[Any]:
    data = _load("asl-cases.json") or {"cases": []}
    return [
        pytest.param(case, data["documents"][case["document"]["$ref"]], id=f"{case['id']} {case['selector']!r}")
        for case in data["cases"]
        if case["versions_agree"] is agree and not _rule(OUTSIDE_ASL, case["selector"])
    ]


def _rule(rules: dict[str, re.Pattern[str]], selector: str) -> str | None:
    return next((rule for rule, pattern in rules.items() if pattern.match(selector)), None)


def _scope(document: Any) -> Scope:
    return Scope(document, dict, {}, Random)


def _refused_when_compiled(outcome: dict[str, Any]) -> bool:
    """Jayway says whether a path is definite as soon as it has understood it."""
    return outcome["status"] != "ok" and "definite" not in outcome


def _check(outcome: dict[str, Any], selector: str, document: Any) -> None:
    if _refused_when_compiled(outcome):
        with pytest.raises(ExpressionSyntaxError):
            compile_path(selector)
        return
    path = compile_path(selector)
    assert (path.kind != "indefinite") is outcome["definite"]
    if outcome["status"] == "ok":
        assert equal(path.evaluate(_scope(document)), outcome["value"])
        return
    with pytest.raises(PathNotFound) as failure:
        path.evaluate(_scope(document))
    if outcome["status"] != "error":  # a Java exception: its text is nobody's rule
        assert failure.value.reason == outcome["msg"]


def _check_lenient(case: dict[str, Any], document: Any) -> None:
    if '["' in case["selector"]:
        with pytest.raises(ExpressionSyntaxError, match="single quotes"):
            compile_path(case["selector"])
        return
    assert equal(compile_path(case["selector"]).evaluate(_scope(document)), case["jayway"]["value"])


needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"needs the recorded data in {DATA}, which is not there")


@needs_data
@pytest.mark.parametrize("case", _recorded_by_aws())
def test_a_path_in_parameters_gives_what_aws_gave(case: dict[str, Any]) -> None:
    value = compile_path(case["expr"]).evaluate(_scope(case["input"]))
    assert equal(value, case["expected"]["value"])


@needs_data
@pytest.mark.parametrize(("case", "document"), _asl_cases(agree=True))
def test_where_the_releases_of_jayway_agree_so_do_we(case: dict[str, Any], document: Any) -> None:
    outcome = case.get("jayway_2_0_0") or case["jayway"]
    if outcome["status"] == "error":  # 2.0.0 found out too late what the newer release refuses at once
        outcome = case["jayway"]
    _check(outcome, case["selector"], document)


@needs_data
@pytest.mark.parametrize(("case", "document"), _asl_cases(agree=False))
def test_where_the_releases_of_jayway_differ_we_answer_like_2_0(case: dict[str, Any], document: Any) -> None:
    if _rule(LENIENT, case["selector"]):
        _check_lenient(case, document)
    else:
        _check(case["jayway_2_0_0"], case["selector"], document)
