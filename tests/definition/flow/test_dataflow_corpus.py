"""The cases of the corpus: each defect is found at its place, and nothing is said of a near miss."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .machines import said

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "asl-corpus" / "dataflow.jsonl"


def _cases() -> list[Any]:
    if not CORPUS.is_file():
        return [pytest.param(None, id="none", marks=pytest.mark.skip(reason=f"there is no {CORPUS}"))]
    rows = [json.loads(line) for line in CORPUS.read_text().splitlines()]
    return [pytest.param(row, id=row["id"]) for row in rows]


@pytest.mark.parametrize("row", _cases())
def test_a_case_of_the_corpus_is_judged_as_expected(row: dict[str, Any]) -> None:
    finding, place = row["expected"]["finding"], row["expected"]["path"]
    assert said(row["definition"], row["type"]) == ({f"{finding} {place}"} if finding else set())
