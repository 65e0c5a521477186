"""The runner itself, on small cases made here: what it plays, what it refuses, what it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from . import __main__ as command
from .cases import RECORDED, Case, Unusable, known_failures, load_comparator, read_cases, select
from .drivers import DRIVERS
from .player import lines, play

pytestmark = pytest.mark.skipif(not RECORDED.is_dir(), reason=f"needs the comparator of {RECORDED}, which is not there")

MACHINE = "arn:aws:states:us-east-1:111111111111:stateMachine:<ArnPart_0idx>"
EXECUTION = "arn:aws:states:us-east-1:111111111111:execution:<ArnPart_0idx>:<ExecArnPart_0idx>"
WAIT = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}
CREATE = {
    "operation": "CreateStateMachine",
    "request": {"name": "<ArnPart_0idx>", "definition": {"$ref": "D0"}, "roleArn": "r"},
}
START = {"operation": "StartExecution", "request": {"stateMachineArn": MACHINE, "input": "{}"}}
HISTORY = {"operation": "GetExecutionHistory", "request": {"executionArn": EXECUTION}}
STOP = {"operation": "StopExecution", "request": {"executionArn": EXECUTION, "error": "E", "cause": "C"}}
DESCRIBE = {"operation": "DescribeExecution", "request": {"executionArn": EXECUTION}}
LIST_RUNNING = {"operation": "ListExecutions", "request": {"stateMachineArn": MACHINE, "statusFilter": "RUNNING"}}


def case_of(
    calls: list[dict[str, Any]], recorded: dict[str, tuple[int, Any]], definition: Any = WAIT, **more: Any
) -> Case:
    raw = {
        "id": "made/here",
        "area": "made",
        "kind": "execution",
        "pure": True,
        "needs": [],
        "definitions": {"D0": {"json": definition}},
        "calls": calls,
        "executions": [],
        "lambda_functions": [],
        "recorded": {key: answer for key, (_, answer) in recorded.items()},
        "recorded_order": [{"key": key, "after_call": call} for key, (call, _) in recorded.items()],
        "recorded_date": "01-06-2025, 12:00:00",
        "skip": {"paths": [], "whole_recording": False, "localstack_skipped": []},
        **more,
    }
    return Case(raw, load_comparator(RECORDED))


def types(*names: str) -> dict[str, Any]:
    return {"events": [{"type": name} for name in names]}


def of_types(case: Case) -> Case:
    """The same case, compared by the types of its events alone."""
    fields = ("id", "previousEventId", "timestamp", "stateEnteredEventDetails", "stateExitedEventDetails")
    ends = ("executionStartedEventDetails", "executionSucceededEventDetails", "executionAbortedEventDetails")
    case.raw["skip"]["paths"] = [f"$..{field}" for field in (*fields, *ends)]
    return case


@pytest.mark.parametrize("driver", DRIVERS)
def test_time_passes_until_the_execution_is_over(driver: str) -> None:
    events = types("ExecutionStarted", "WaitStateEntered", "WaitStateExited", "ExecutionSucceeded")
    assert play(of_types(case_of([CREATE, START, HISTORY], {"history": (2, events)})), driver) == []


@pytest.mark.parametrize("driver", DRIVERS)
def test_no_time_passes_before_an_execution_is_stopped(driver: str) -> None:
    recorded = {
        "running": (2, types("ExecutionStarted", "WaitStateEntered")),
        "stopped": (3, {"stopDate": "datetime"}),
        "history": (4, types("ExecutionStarted", "WaitStateEntered", "ExecutionAborted")),
    }
    assert play(of_types(case_of([CREATE, START, HISTORY, STOP, HISTORY], recorded)), driver) == []


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_listing_shows_what_runs_before_and_after(driver: str) -> None:
    running = {"executions": [{"status": "RUNNING"}]}
    names = ("executionArn", "name", "stateMachineArn", "startDate", "redriveCount")
    case = case_of(
        [CREATE, START, LIST_RUNNING, HISTORY, LIST_RUNNING], {"before": (2, running), "after": (4, {"executions": []})}
    )
    case.raw["skip"]["paths"] = [f"$..{name}" for name in names]
    assert play(case, driver) == []


def test_a_stopped_execution_is_described_with_error_and_cause() -> None:
    case = case_of([CREATE, START, STOP, DESCRIBE], {"end": (3, {"status": "ABORTED", "error": "E", "cause": "C"})})
    names = ("executionArn", "name", "stateMachineArn", "startDate", "stopDate", "redriveCount", "redriveStatus")
    case.raw["skip"]["paths"] = [f"$..{name}" for name in (*names, "input", "inputDetails")]
    assert play(case, "simulate") == []


def test_an_execution_that_runs_is_given_again_under_its_name() -> None:
    start = {"operation": "StartExecution", "request": {**START["request"], "name": "twice"}}  # type: ignore[dict-item]
    answer = {"executionArn": MACHINE.replace("stateMachine", "execution") + ":twice", "startDate": "datetime"}
    assert play(case_of([CREATE, start, start], {"again": (2, answer)}), "simulate") == []


def test_a_difference_names_recording_path_and_both_values() -> None:
    (difference,) = play(
        case_of([CREATE], {"made": (0, {"stateMachineArn": "another", "creationDate": "datetime"})}), "simulate"
    )
    (line,) = lines([difference])
    assert line.startswith("made.stateMachineArn: recorded another observed arn:aws:states:us-east-1:111111111111:")


def test_an_operation_that_is_not_there_fails_the_case() -> None:
    case = case_of([{"operation": "RedriveExecution", "request": {}}], {})
    assert [*lines(play(case, "simulate"))] == ["not played: the runner has no operation RedriveExecution"]


def test_a_recording_that_nothing_is_compared_with_fails_the_case() -> None:
    case = case_of([CREATE], {})
    case.raw["recorded"]["lost"] = {}
    assert [*lines(play(case, "simulate"))] == ["lost: recorded compared after a call observed not compared"]


def test_a_definition_that_is_refused_is_the_only_difference() -> None:
    case = case_of([CREATE, START, HISTORY], {"history": (2, {"events": []})}, definition={"StartAt": "A"})
    (line,) = lines(play(case, "simulate"))
    assert line.startswith("not played: call 0, CreateStateMachine: InvalidDefinition")


def test_a_function_that_outlives_its_time_out_fails() -> None:
    name = "<lambda_function_name>"
    arn = f"arn:aws:lambda:us-east-1:111111111111:function:{name}"
    sources = {"handler.py": "import time\ndef handler(event, context):\n    time.sleep(60)\n"}
    function = {"name": name, "arn": arn, "handler": "handler.handler", "runtime": "python3.12", "timeout_seconds": 3}
    task = {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": arn, "End": True}}}
    case = case_of(
        [CREATE, START, DESCRIBE], {"end": (2, {})}, task, lambda_functions=[{**function, "sources": sources}]
    )
    for driver in DRIVERS:
        observed = {each.path: each.observed for each in play(case, driver)}
        assert observed["end.error"] == "Sandbox.Timedout", driver
        assert observed["end.stopDate"] - observed["end.startDate"] == pytest.approx(3), driver


# --------------------------------------------------------------------------- reading and the command


def test_a_folder_without_cases_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="no case is in it"):
        read_cases(tmp_path)


def test_an_unknown_tag_is_refused() -> None:
    with pytest.raises(Unusable, match="no such tag: puer"):
        select([case_of([], {})], ["puer"])


def test_all_tags_must_hold() -> None:
    jsonata = case_of([], {}, definition={"QueryLanguage": "JSONata"})
    assert select([case_of([], {}), jsonata], ["pure", "jsonata"]) == [jsonata]


def test_a_known_failure_needs_a_reason(tmp_path: Path) -> None:
    (tmp_path / "known.txt").write_text("area/case\n")
    with pytest.raises(Unusable, match="the reason"):
        known_failures(tmp_path / "known.txt")


def test_the_command_prints_areas_differences_and_the_score(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = case_of([CREATE], {})
    bad = case_of([{"operation": "RedriveExecution", "request": {}}], {}, id="made/bad", area="worse")
    for number, case in enumerate((good, bad)):
        (tmp_path / f"{number}.json").write_text(json.dumps(case.raw))
    assert command.main(["--cases", str(tmp_path), "--only", "execution,pure"]) == 1
    printed = capsys.readouterr().out.splitlines()
    assert "  made/bad / not played: the runner has no operation RedriveExecution" in printed
    assert [line.split() for line in printed[-3:-1]] == [["made", "1", "0", "0"], ["worse", "0", "1", "0"]]
    assert printed[-1] == "1 passed, 1 failed"
