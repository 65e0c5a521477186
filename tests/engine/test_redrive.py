"""Redrive in the core: what is repeated, what is not, and what the history and the context object say of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from aslrun.definition.loading import load
from aslrun.engine.effects import ScheduleTask
from aslrun.engine.events import Event, Redriven, Started
from aslrun.engine.execution import Execution
from aslrun.engine.limits import EXPRESS_LIMITS, Limits

from .drive import ME, START, Saying, Story, World, abort, always, by_attempt, drive, failed, machine_of, ok
from .shapes import distributed, failing_first, mapping, parallel, passing, reading, retry, task, wait

AGAIN = Redriven(START + 100)


def redriven(states: dict[str, Any], world: World, *told: Event, input: Any = None, **fields: Any) -> Story:
    events: Sequence[Event] = told or (AGAIN,)
    return drive(machine_of(states, **fields), input, world, told=events)


def test_the_failed_state_is_scheduled_again_without_being_entered_again() -> None:
    story = redriven({"A": passing(Next="T"), "T": task()}, {"T": failing_first(1)})
    assert story.execution.status == "SUCCEEDED"
    assert story.chain[6:] == [
        "7<6 TaskFailed",
        "8<7 ExecutionFailed",
        "9<8 ExecutionRedriven",
        "10<9 TaskScheduled",
        "11<10 TaskStarted",
        "12<11 TaskSucceeded",
        "13<12 TaskStateExited",
        "14<13 ExecutionSucceeded",
    ]
    assert story.of("ExecutionRedriven")[0]["executionRedrivenEventDetails"] == {"redriveCount": 1}


def test_retries_count_from_zero() -> None:
    retried = task(Retry=[retry(MaxAttempts=1, IntervalSeconds=1)])
    story = redriven({"T": retried}, {"T": always(failed(1))})
    assert [scheduled.attempt for _, scheduled in story.scheduled] == [0, 1, 0, 1]


def test_input_and_variables_are_those_of_the_failure() -> None:
    states = {
        "A": passing(Assign={"v": 7}, Result={"a": 1}, Next="T"),
        "T": task(Parameters={"v.$": "$v", "a.$": "$.a"}),
    }
    story = redriven(states, {"T": failing_first(1)})
    assert [scheduled.arguments for _, scheduled in story.scheduled] == [{"v": 7, "a": 1}] * 2


def test_branches_that_were_over_are_not_repeated() -> None:
    states = {"P": parallel({"A": task()}, {"B": task()}, {"C": task()})}
    world = {"A": always(ok(1, "a")), "B": failing_first(3), "C": always(ok(9, "c"))}
    world["B"] = lambda scheduled: [failed(2)] if scheduled.task <= 3 else [ok(1, "b")]
    story = redriven(states, world)
    assert [scheduled.state for _, scheduled in story.scheduled] == ["A", "B", "C", "B", "C"]
    assert story.execution.output == ["a", "b", "c"]
    assert story.types.count("ParallelStateEntered") == story.types.count("ParallelStateStarted") == 1


def test_iterations_that_were_over_are_not_repeated_and_those_to_come_are_begun() -> None:
    states = {"M": mapping({"T": task()}, MaxConcurrency=1)}
    world: World = {"T": lambda scheduled: [failed(1)] if scheduled.task == 2 else [ok(1, scheduled.arguments)]}
    story = redriven(states, world, input=["a", "b", "c"])
    assert [scheduled.arguments for _, scheduled in story.scheduled] == ["a", "b", "b", "c"]
    assert story.execution.output == ["a", "b", "c"]


def test_a_parallel_that_failed_for_a_reason_of_its_own_is_repeated_whole() -> None:
    states = {"P": parallel({"A": task()}, ResultPath="$.x")}
    story = redriven(states, {"A": always(ok(1))}, input=[])
    assert [scheduled.state for _, scheduled in story.scheduled] == ["A", "A"]


def run_of(story: Story) -> dict[str, Any]:
    (run,) = story.execution.map_runs.values()
    return run.describe()


def test_the_map_run_goes_on_with_the_children_that_did_not_succeed() -> None:
    def child(scheduled: ScheduleTask) -> list[Saying]:
        if scheduled.task == 2 and not scheduled.attempt:
            return [failed(2)]
        return [ok(1 if scheduled.task == 1 or scheduled.attempt else 9, scheduled.arguments)]

    states = {"M": distributed({"T": task()}, MaxConcurrency=2)}
    story = redriven(states, {"M": child}, input=["a", "b", "c", "d"])
    asked = [(scheduled.task, scheduled.attempt, scheduled.arguments) for _, scheduled in story.scheduled]
    assert asked == [(1, 0, "a"), (2, 0, "b"), (3, 0, "c"), (2, 1, "b"), (3, 1, "c"), (4, 0, "d")]
    assert story.execution.output == ["a", "b", "c", "d"]


def test_the_history_tells_of_the_map_run_that_goes_on() -> None:
    world: World = {"M": by_attempt([failed(1)], [ok(1, "done")])}
    story = redriven({"M": distributed({"T": task()})}, world, input=["a"])
    arn = story.of("MapRunStarted")[0]["mapRunStartedEventDetails"]["mapRunArn"]
    details = {"mapRunArn": arn, "redriveCount": 1}
    assert story.of("MapRunRedriven")[0]["mapRunRedrivenEventDetails"] == details
    assert story.types[5:] == [
        "MapStateFailed",
        "ExecutionFailed",
        "ExecutionRedriven",
        "MapRunRedriven",
        "MapRunSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
        "ExecutionSucceeded",
    ]


def test_the_map_run_counts_its_redrives_and_its_children_once() -> None:
    world: World = {"M": lambda scheduled: [ok(1) if scheduled.attempt or scheduled.index != 1 else failed(2)]}
    story = redriven({"M": distributed({"T": task()}, MaxConcurrency=2)}, world, input=["a", "b", "c", "d"])
    run = run_of(story)
    assert (run["status"], run["redriveCount"], run["redriveDate"]) == ("SUCCEEDED", 1, START + 100)
    counts = run["executionCounts"]
    assert (counts["succeeded"], counts["total"], counts["pending"], counts["pendingRedrive"]) == (4, 4, 0, 0)
    assert run["itemCounts"] == counts


def test_children_that_may_fail_again_are_counted_anew() -> None:
    states = {"M": distributed({"T": task()}, ToleratedFailureCount=1, MaxConcurrency=1)}
    world: World = {"M": lambda scheduled: [ok(1) if scheduled.attempt and scheduled.index else failed(1)]}
    story = redriven(states, world, input=["a", "b", "c"])
    assert [scheduled.arguments for _, scheduled in story.scheduled] == ["a", "b", "a", "b", "c"]
    assert story.execution.status == "FAILED"
    assert [run_of(story)["executionCounts"][place] for place in ("succeeded", "failed")] == [1, 2]


def test_a_map_run_that_was_stopped_goes_on() -> None:
    world: World = {"M": by_attempt([ok(50)], [ok(1, "done")])}
    story = redriven({"M": distributed({"T": task()}, MaxConcurrency=1)}, world, abort(10), AGAIN, input=["a"])
    assert (story.execution.output, story.types.count("MapRunStarted")) == (["done"], 1)


def test_batches_are_redriven_as_they_were() -> None:
    states = {"M": distributed({"T": task()}, ItemBatcher={"MaxItemsPerBatch": 2})}
    world: World = {"M": lambda scheduled: [ok(1) if scheduled.attempt or scheduled.index else failed(2)]}
    story = redriven(states, world, input=[1, 2, 3])
    assert [scheduled.arguments for _, scheduled in story.scheduled][2:] == [{"Items": [1, 2]}]
    run = run_of(story)
    assert (run["itemCounts"]["succeeded"], run["executionCounts"]["succeeded"]) == (3, 2)


def test_a_map_run_whose_items_could_not_be_read_reads_on() -> None:
    answers = iter([ok(1, {"Items": [[1, "s", None]], "Last": False}), failed(1), ok(1, {"Items": [], "Last": True})])
    world: World = {"M": lambda each: [next(answers)] if each.role == "item_reader" else [ok(1, each.arguments)]}
    story = redriven({"M": reading({"T": task()})}, world)
    skipped = [each.arguments["Skip"] for _, each in story.scheduled if each.role == "item_reader"]  # type: ignore[index,call-overload]
    assert (skipped, story.execution.output) == ([0, 1, 1], [1])


def test_an_item_for_which_no_input_could_be_made_is_not_passed_over() -> None:
    states = {"M": distributed({"T": task()}, ItemSelector={"v.$": "$$.Map.Item.Value.x"}, MaxConcurrency=1)}
    story = redriven(states, {"M": always(ok(1))}, input=[{"x": 1}, {}])
    assert story.types.count("MapRunRedriven") == 1
    assert story.execution.status == "FAILED"
    assert len(story.scheduled) == 1


WRITERS: list[dict[str, Any]] = [
    {"WriterConfig": {"Transformation": "COMPACT", "OutputType": "JSON"}},
    {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "p"}},
]


@pytest.mark.parametrize("writer", WRITERS)
def test_a_map_run_whose_results_are_written_goes_on_too(writer: dict[str, Any]) -> None:
    def done(scheduled: ScheduleTask) -> list[Saying]:
        if scheduled.role == "result_writer":
            return [ok(1, "written")]
        return [failed(1)] if scheduled.arguments == "b" and not scheduled.attempt else [ok(2)]

    story = redriven({"M": distributed({"T": task()}, ResultWriter=writer)}, {"M": done}, input=["a", "b", "c"])
    children = [(each.arguments, each.attempt) for _, each in story.scheduled if each.role == "child"]
    assert (story.execution.status, story.execution.output) == ("SUCCEEDED", "written")
    assert children == [("a", 0), ("b", 0), ("c", 0), ("a", 1), ("b", 1), ("c", 1)]
    assert story.types.count("MapRunStarted") == 1
    assert run_of(story)["itemCounts"]["resultsWritten"] == 3


def test_a_distributed_map_whose_run_succeeded_is_repeated_whole() -> None:
    story = redriven({"M": distributed({"T": task()}, ResultPath="$.x")}, {"M": always(ok(1))}, input=["a"])
    assert story.types.count("MapRunStarted") == 2


def test_what_was_caught_is_not_repeated() -> None:
    caught = task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "F"}], Next="F")
    story = redriven({"T": caught, "F": task()}, {"T": always(failed(1)), "F": failing_first(2)})
    assert [scheduled.state for _, scheduled in story.scheduled] == ["T", "F", "F"]


def test_a_wait_that_was_stopped_starts_anew() -> None:
    story = redriven({"W": wait(50)}, {}, abort(10), AGAIN)
    assert story.execution.stopped_at == START + 150


def test_the_time_out_of_the_machine_starts_anew() -> None:
    story = redriven({"W": wait(50)}, {}, TimeoutSeconds=30)
    assert (story.execution.status, story.execution.stopped_at) == ("TIMED_OUT", START + 130)


def test_the_context_object_tells_of_the_redrive() -> None:
    states = {"T": task(Parameters={"count.$": "$$.Execution.RedriveCount", "execution.$": "$$.Execution"})}
    story = redriven(states, {"T": failing_first(1)})
    first, second = (scheduled.arguments for _, scheduled in story.scheduled)
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert (first["count"], second["count"]) == (0, 1)
    assert "RedriveTime" not in first["execution"]  # type: ignore[operator]
    assert second["execution"]["RedriveTime"] == "1970-01-01T00:18:20.000Z"  # type: ignore[index,call-overload]


def test_what_succeeded_or_runs_is_not_redriven() -> None:
    story = redriven(
        {
            "A": passing(),
        },
        {},
    )
    assert "ExecutionRedriven" not in story.types
    running = redriven({"W": wait(500)}, {})
    assert "ExecutionRedriven" not in running.types


def test_an_express_execution_keeps_nothing_for_a_redrive() -> None:
    machine = load({"StartAt": "F", "States": {"F": {"Type": "Fail"}}}, type="EXPRESS")
    execution = Execution(machine, ME, EXPRESS_LIMITS)
    execution.handle(Started(None, START))
    execution.handle(AGAIN)
    assert (execution.status, execution.rest) == ("FAILED", None)


def test_a_success_keeps_nothing_for_a_redrive() -> None:
    execution = Execution(machine_of({"A": passing()}), ME, Limits())
    execution.handle(Started(None, START))
    assert execution.rest is None
