"""Every recorded case on every driver; one test is one case on one driver, named by both."""

from __future__ import annotations

import pytest

from .cases import RECORDED, Case, known_failures, read_cases, select
from .drivers import DRIVERS
from .player import lines, play

ALL = read_cases(RECORDED) if RECORDED.is_dir() else []
FILES = [case for case in ALL if {"execution", "s3"} <= case.tags and case.area != "services/aws_sdk_task_service"]
CASES = [*select(ALL), *FILES] if ALL else []
KNOWN = known_failures()
STARTERS = ({"sfn"}, {"sfn", "lambda"})  # what a case needs that only starts executions
NESTED = (
    [case for case in read_cases(RECORDED) if case.raw["kind"] == "execution" and set(case.raw["needs"]) in STARTERS]
    if RECORDED.is_dir()
    else []
)

STATES = [case for case in ALL if case.raw["kind"] == "test-state"]

needs_recordings = pytest.mark.skipif(
    not RECORDED.is_dir(), reason=f"needs the recorded answers in {RECORDED}, which are not there"
)


@needs_recordings
@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_answers_as_aws_did(case: Case, driver: str) -> None:
    differences = play(case, driver)
    if case.id not in KNOWN:
        assert not differences, "\n" + "\n".join(lines(differences))


@needs_recordings
@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("case", NESTED, ids=lambda case: case.id)
def test_starts_executions_as_aws_did(case: Case, driver: str) -> None:
    assert not play(case, driver)


@needs_recordings
def test_the_list_of_known_failures_only_shrinks() -> None:
    passing = [
        case.id for case in (*CASES, *STATES) if case.id in KNOWN and not any(play(case, driver) for driver in DRIVERS)
    ]
    assert not passing, f"these pass now: strike them from known_failures.txt: {', '.join(passing)}"
    assert KNOWN.keys() <= {case.id for case in read_cases(RECORDED)}, (
        "known_failures.txt names cases that are not there"
    )


@needs_recordings
def test_at_most_three_percent_are_known_to_fail() -> None:
    assert len(KNOWN.keys() & {case.id for case in CASES}) <= 0.03 * len(CASES)


@needs_recordings
@pytest.mark.parametrize("case", STATES, ids=lambda case: case.id)
def test_a_single_state_answers_as_in_aws(case: Case) -> None:
    differences = play(case, "simulate")
    if case.id not in KNOWN:
        assert not differences, "\n" + "\n".join(lines(differences))
