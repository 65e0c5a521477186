"""The counts of a map run, and the shapes that the API gives it."""

from __future__ import annotations

import json
from pathlib import Path

from aslrun.engine.map_run import MapRun

ARN = "arn:aws:states:us-east-1:111111111111:mapRun:Orders/Each:6dbfba93"


def test_a_finished_run_has_the_shape_that_aws_recorded(shared_dir: Path) -> None:
    (path,) = (shared_dir / "aws-recorded" / "cases" / "sfn_api_map_run").glob("*describe_map_run*.json")
    recorded = json.loads(path.read_text())["recorded"]
    expected = recorded["describe_map_run"]
    run = MapRun(expected["mapRunArn"], expected["executionArn"], 1.0, max_concurrency=1)
    for _ in range(2):
        run.added()
    for _ in range(2):
        run.began()
        run.ended("SUCCEEDED")
    run.finish("SUCCEEDED", 2.0)
    described = run.describe()
    assert (described.pop("startDate"), described.pop("stopDate")) == (1.0, 2.0)
    assert described == {k: v for k, v in expected.items() if k not in ("startDate", "stopDate", "ResponseMetadata")}
    listed = recorded["list_map_runs"]["mapRuns"][0]
    assert run.listed().keys() == listed.keys()
    assert run.listed()["stateMachineArn"] == listed["stateMachineArn"]


def test_a_batch_is_one_execution_and_many_items() -> None:
    run = MapRun(ARN, "execution", 0.0)
    run.added(items=3)
    run.added(items=2)
    run.began(items=3)
    assert (run.executions.pending, run.executions.running, run.executions.total) == (1, 1, 2)
    assert (run.items.pending, run.items.running, run.items.total) == (2, 3, 5)


def test_every_end_has_its_count() -> None:
    run = MapRun(ARN, "execution", 0.0)
    for status in ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"):
        run.added()
        run.began()
        run.ended(status, written=status == "SUCCEEDED")
    counts = run.executions
    assert (counts.succeeded, counts.failed, counts.timed_out, counts.aborted) == (1, 1, 1, 1)
    assert (counts.running, counts.results_written, counts.total) == (0, 1, 4)


def test_a_redriven_run_tells_of_it() -> None:
    run = MapRun(ARN, "execution", 0.0, redrive_count=1, redriven_at=5.0)
    run.executions.failures_not_redrivable = 1
    described = run.describe()
    assert (described["redriveCount"], described["redriveDate"]) == (1, 5.0)
    assert described["executionCounts"]["failuresNotRedrivable"] == 1  # type: ignore[index,call-overload]


def test_the_id_of_a_run_is_the_end_of_its_arn() -> None:
    assert MapRun(ARN, "execution", 0.0).id == "6dbfba93"
