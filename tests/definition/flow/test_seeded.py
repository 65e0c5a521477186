"""Seeded defects, each with all that is to be said of it, and machines that are right, of which nothing is.

The machines stand in ``defects.jsonl`` and ``right.jsonl``, one in a line.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .machines import said


def read(name: str) -> list[Any]:
    """The cases of a file."""
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    cases = map(json.loads, lines)
    return [pytest.param(it["definition"], it.get("type", "STANDARD"), it["expected"], id=it["name"]) for it in cases]


@pytest.mark.parametrize(("definition", "type", "expected"), read("defects.jsonl"))
def test_a_seeded_defect_is_found_where_it_is_and_nothing_else(
    definition: dict[str, Any], type: str, expected: list[str]
) -> None:
    assert said(definition, type) == set(expected)


@pytest.mark.parametrize(("definition", "type", "expected"), read("right.jsonl"))
def test_nothing_is_said_of_a_machine_that_is_right(definition: dict[str, Any], type: str, expected: list[str]) -> None:
    assert said(definition, type) == set(expected)
