"""The page on AWS services names every integration there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from aslrun.resources.aws.jobs import JOBS
from aslrun.resources.aws.optimized import ACTIONS

PAGE = (Path(__file__).parents[2] / "docs/reference/aws-services.md").read_text()
ROWS = [line for line in PAGE.splitlines() if line.startswith("| `")]


@pytest.mark.parametrize(("service", "action"), [(s, a) for s, actions in ACTIONS.items() for a in actions])
def test_the_table_has_every_optimized_action(service: str, action: str) -> None:
    assert any(row.startswith(f"| `{service}`") and f"`{action}`" in row for row in ROWS)


@pytest.mark.parametrize(("service", "action"), JOBS)
def test_the_table_says_when_a_job_is_over(service: str, action: str) -> None:
    plain = action.partition(".")[0]
    (row,) = [row for row in ROWS if row.startswith(f"| `{service}`") and f"`{plain}`" in row]
    assert row.split("|")[3].strip() != "-"
