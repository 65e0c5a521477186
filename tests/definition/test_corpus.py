"""Definitions with verdicts of AWS: what it accepts is not refused, what is invalid in structure is.

The cases lie beside the checkout (``shared/asl-corpus``). Expressions are compiled elsewhere, so cases about them
say nothing here.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from aslrun.definition.checking import check_document
from aslrun.definition.documents import read_document
from aslrun.errors import Diagnostic, InvalidDefinition

# Who says that it is valid: AWS itself, AWS's published samples.
OF_AWS = ("A", "S")

OF_EXPRESSIONS = {
    "payload-path",
    "intrinsic-syntax",
    "jsonata-syntax",
    "jsonata-scope",
    "reference-path",
    "path-syntax",
}

# What lies beyond the structure: operators and operands of Choice rules, template keys, the list of AWS's services.
ELSEWHERE = {
    "asl-validator/invalid-choice-state-variable.json",
    "asl-validator/invalid-dupe-fields.asl.json",
    "aws-reported/resource-unknown-sdk-service",
}
OF_CONDITIONS = re.compile(r"(spec|mutation)/choice-(two-|isnull-|no-comp|no-var|numeric-|timestamp-|variable-)")


@pytest.fixture(scope="module")
def cases(shared_dir: Path) -> list[dict[str, Any]]:
    files = sorted((shared_dir / "asl-corpus").glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def problems(case: dict[str, Any]) -> list[Diagnostic]:
    fill = re.compile(r"@@FILL (\d+)@@")
    text = fill.sub(lambda found: "x" * int(found[1]), case["raw"]) if "raw" in case else json.dumps(case["definition"])
    try:
        return check_document(read_document(text), case["type"])
    except InvalidDefinition as error:
        return list(error.diagnostics)


def test_what_aws_accepts_is_not_refused(cases: list[dict[str, Any]]) -> None:
    accepted = [case for case in cases if case["verdict"] == "valid" and case["authority"] in (*OF_AWS, "own", "C")]
    assert {case["id"]: list(map(str, found)) for case in accepted if (found := problems(case))} == {}
    assert len(accepted) > 300


def test_what_is_invalid_in_structure_is_refused(cases: list[dict[str, Any]]) -> None:
    invalid = [
        case
        for case in cases
        if case["verdict"] == "invalid"
        and case["expected"]["class"] not in OF_EXPRESSIONS
        and case["id"] not in ELSEWHERE
        and not OF_CONDITIONS.match(case["id"])
    ]
    assert [case["id"] for case in invalid if not problems(case)] == []
    assert len(invalid) > 400
