"""Distributed Map over items that are read: what the core asks for, when, and what it makes of the answers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslrun.engine.effects import CancelTask, ScheduleTask
from aslrun.engine.events import Started, TaskFailed, TaskSucceeded
from aslrun.engine.execution import Execution
from aslrun.values import JSON

from .drive import START, Story, always, by_dump, drive, execution_of, failed, machine_of, ok
from .shapes import READER, WRITER, catch, distributed, fail, of_file, parallel, passing, reading, wait

CONFIG = {"InputType": "JSON"}


def reader(config: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    parameters = {"Bucket": "b", "Key.$": "$.key"}
    return {"Resource": READER, "ReaderConfig": {**CONFIG, **(config or {})}, "Parameters": parameters, **fields}


def begun(state: dict[str, Any], input: JSON = None) -> tuple[Execution, list[ScheduleTask]]:
    """An execution of one state, and the tasks it asks for at first."""
    execution = execution_of(machine_of({"D": state}))
    return execution, asked(execution.handle(Started({"key": "k"} if input is None else input, START)))


def asked(effects: list[Any]) -> list[ScheduleTask]:
    return [effect for effect in effects if isinstance(effect, ScheduleTask)]


def read(execution: Execution, task: int, items: list[JSON], *, last: bool) -> list[ScheduleTask]:
    answer: JSON = {"Items": [[item, "S3://b/k", None] for item in items], "Last": last}
    return asked(execution.handle(TaskSucceeded(task, answer, START + 1)))


def roles(tasks: list[ScheduleTask]) -> list[tuple[str, JSON]]:
    return [(each.role, each.arguments if each.role == "child" else each.arguments["Skip"]) for each in tasks]  # type: ignore[index,call-overload]


# --------------------------------------------------------------------------- reading


def test_first_of_all_the_driver_is_asked_for_items() -> None:
    execution, (task,) = begun(reading({"X": passing()}, ItemReader=reader({"MaxItems": 5})))
    assert (task.role, task.resource) == ("item_reader", READER)
    (run,) = execution.map_runs
    assert task.arguments == {
        "MapRun": run,
        "Arguments": {"Bucket": "b", "Key": "k"},
        "Config": {"InputType": "JSON", "MaxItems": 5},
        "Skip": 0,
    }


def test_as_long_as_a_child_may_run_and_no_item_is_left_more_are_asked_for() -> None:
    execution, (first,) = begun(reading({"X": passing()}, MaxConcurrency=3))
    assert roles(read(execution, first.task, ["a", "b"], last=False)) == [
        ("child", "a"),
        ("child", "b"),
        ("item_reader", 2),
    ]


def test_nothing_is_read_before_it_can_be_worked_on() -> None:
    execution, (first,) = begun(reading({"X": passing()}, MaxConcurrency=1))
    (child,) = read(execution, first.task, ["a", "b"], last=False)
    (child,) = asked(execution.handle(TaskSucceeded(child.task, None, START + 2)))
    assert (child.role, child.arguments) == ("child", "b")
    assert roles(asked(execution.handle(TaskSucceeded(child.task, None, START + 3)))) == [("item_reader", 2)]


def test_an_item_is_dropped_when_its_chunk_is_used_up() -> None:
    execution, (first,) = begun(reading({"X": passing()}, MaxConcurrency=5))
    read(execution, first.task, ["a", "b"], last=False)
    (frame,) = execution.frames.values()
    assert frame.join is not None
    assert frame.join.items == []


def test_an_empty_file_gives_an_empty_array() -> None:
    story = drive(machine_of({"D": reading({"X": passing()})}), {}, {"D": of_file([])})
    assert story.execution.output == []
    assert story.of("MapStateStarted")[0]["mapStateStartedEventDetails"] == {"length": 0}


def test_the_item_selector_knows_where_an_item_comes_from() -> None:
    selector = {"item.$": "$$.Map.Item", "all.$": "$.key"}
    execution, (task,) = begun(reading({"X": passing()}, ItemSelector=selector))
    answer: JSON = {"Items": [[1, "S3://b/k", "one"], [2, "S3://b/l", None]], "Last": True}
    children = asked(execution.handle(TaskSucceeded(task.task, answer, START + 1)))
    assert [child.arguments for child in children] == [
        {"item": {"Index": 0, "Value": 1, "Key": "one", "Source": "S3://b/k"}, "all": "k"},
        {"item": {"Index": 1, "Value": 2, "Source": "S3://b/l"}, "all": "k"},
    ]


def test_results_stand_in_the_order_of_the_items() -> None:
    child = lambda scheduled: [ok(9 - scheduled.index, scheduled.arguments)]  # noqa: E731
    story = drive(machine_of({"D": reading({"X": passing()})}), {}, {"D": of_file([1, 2], [3], child=child)})
    assert story.execution.output == [1, 2, 3]


# --------------------------------------------------------------------------- what goes wrong


def test_a_reader_that_fails_fails_the_map_run_then_the_state() -> None:
    world = {"D": always(failed(1, "States.ItemReaderFailed", "gone"))}
    story = drive(machine_of({"D": reading({"X": passing()})}), {}, world)
    assert story.chain[2:] == [
        "3<2 MapStateStarted",
        "4<3 MapRunStarted",
        "5<4 MapRunFailed",
        "6<5 MapStateFailed",
        "7<6 ExecutionFailed",
    ]
    assert (story.execution.error, story.execution.cause) == ("States.ItemReaderFailed", "gone")
    assert [run.status for run in story.execution.map_runs.values()] == ["FAILED"]


def test_a_reader_that_fails_can_be_caught() -> None:
    states = {"D": reading({"X": passing()}, Catch=[catch("E", "States.ItemReaderFailed")]), "E": passing()}
    story = drive(machine_of(states), {}, {"D": always(failed(1, "States.ItemReaderFailed", "gone"))})
    assert story.execution.output == {"Error": "States.ItemReaderFailed", "Cause": "gone"}


def test_children_are_cancelled_when_the_rest_cannot_be_read() -> None:
    execution, (first,) = begun(reading({"X": passing()}))
    *children, more = read(execution, first.task, [1, 2], last=False)
    effects = execution.handle(TaskFailed(more.task, "States.ItemReaderFailed", "gone", START + 2))
    assert [e.task for e in effects if isinstance(e, CancelTask)] == [child.task for child in children]
    (run,) = execution.map_runs.values()
    assert (run.executions.aborted, run.executions.running) == (2, 0)


def test_whoever_reads_is_told_that_nobody_waits_any_more() -> None:
    states = {"P": parallel({"D": reading({"X": passing()})}, {"W": wait(1, Next="F"), "F": fail()})}
    story = drive(machine_of(states), {})
    assert [effect for effect in story.effects[-1] if isinstance(effect, CancelTask)] == [CancelTask(1)]
    assert [run.status for run in story.execution.map_runs.values()] == ["ABORTED"]


@pytest.mark.parametrize("value", [2.5, "many", True, None, [1]])
def test_max_items_that_is_no_whole_number_is_a_mistake_of_the_definition(value: JSON) -> None:
    state = reading({"X": passing()}, ItemReader=reader({"MaxItemsPath": "$.n"}))
    story = drive(machine_of({"D": state}), {"key": "k", "n": value})
    assert story.execution.error == "States.Runtime"
    assert story.types[-2:] == ["MapStateStarted", "ExecutionFailed"]


@pytest.mark.parametrize(("value", "limit"), [("2", 2), (2, 2), (2.0, 2), (-1, -1), ("-1", -1)])
def test_max_items_may_be_a_text_of_digits(value: JSON, limit: int) -> None:
    state = reading({"X": passing()}, ItemReader=reader({"MaxItemsPath": "$.n"}))
    _, (task,) = begun(state, {"key": "k", "n": value})
    assert task.arguments["Config"]["MaxItems"] == limit  # type: ignore[index,call-overload]


# --------------------------------------------------------------------------- tolerance


def run_with(failing: set[int], *chunks: list[JSON], **fields: Any) -> Story:
    child = lambda scheduled: [failed(1) if scheduled.index in failing else ok(1)]  # noqa: E731
    states = {"D": reading({"X": passing()}, MaxConcurrency=1, **fields)}
    return drive(machine_of(states), {}, {"D": of_file(*chunks, child=child)})


def test_a_count_is_exceeded_at_once() -> None:
    story = run_with({0, 1}, [1, 2], [3], ToleratedFailureCount=1)
    assert story.execution.error == "States.ExceedToleratedFailureThreshold"
    (run,) = story.execution.map_runs.values()
    assert (run.executions.failed, run.executions.total) == (2, 2)


def test_a_percentage_counts_when_all_items_are_known() -> None:
    assert run_with({0, 1}, [1, 2], [3, 4, 5], ToleratedFailurePercentage=40).execution.status == "SUCCEEDED"
    story = run_with({0, 1}, [1, 2], [3, 4], ToleratedFailurePercentage=40)
    assert story.execution.error == "States.ExceedToleratedFailureThreshold"
    (run,) = story.execution.map_runs.values()
    assert (run.executions.failed, run.executions.running, run.executions.pending) == (2, 0, 2)


def test_of_a_batch_that_fails_every_item_counts() -> None:
    fields: dict[str, Any] = {"ItemBatcher": {"MaxItemsPerBatch": 3}}
    assert run_with({0}, [1, 2, 3, 4], ToleratedFailureCount=3, **fields).execution.status == "SUCCEEDED"
    assert run_with({0}, [1, 2, 3, 4], ToleratedFailureCount=2, **fields).execution.status == "FAILED"


# --------------------------------------------------------------------------- batches


def test_batches_go_over_the_bounds_of_what_is_read_at_a_time() -> None:
    state = reading({"X": passing()}, ItemBatcher={"MaxItemsPerBatch": 2, "BatchInput": {"k.$": "$.key"}})
    child = lambda scheduled: [ok(1, scheduled.arguments)]  # noqa: E731
    story = drive(machine_of({"D": state}), {"key": "k"}, {"D": of_file([1], [2, 3], [4, 5], child=child)})
    assert story.execution.output == [{"BatchInput": {"k": "k"}, "Items": batch} for batch in ([1, 2], [3, 4], [5])]
    (run,) = story.execution.map_runs.values()
    assert (run.executions.succeeded, run.items.succeeded, run.items.pending) == (3, 5, 0)


def test_items_of_the_state_input_are_batched_too() -> None:
    state = distributed({"X": passing()}, ItemBatcher={"MaxItemsPerBatchPath": "$[0]"})
    child = lambda scheduled: [ok(1, scheduled.arguments)]  # noqa: E731
    story = drive(machine_of({"D": state}), ["2", 7, 8], {"D": child})
    assert story.execution.output == [{"Items": ["2", 7]}, {"Items": [8]}]
    assert story.of("MapStateStarted")[0]["mapStateStartedEventDetails"] == {"length": 3}


@pytest.mark.parametrize("value", [0, -1, 1.5, "x", None])
def test_a_limit_of_a_batch_is_a_positive_whole_number(value: JSON) -> None:
    state = distributed({"X": passing()}, ItemsPath="$.i", ItemBatcher={"MaxInputBytesPerBatchPath": "$.n"})
    assert drive(machine_of({"D": state}), {"i": [1], "n": value}).execution.error == "States.Runtime"


@given(
    sizes=st.lists(st.integers(0, 4), min_size=1, max_size=6),
    concurrency=st.integers(0, 4),
    batch=st.integers(1, 4),
    slow=st.integers(1, 3),
)
def test_how_many_are_read_at_a_time_does_not_show(sizes: list[int], concurrency: int, batch: int, slow: int) -> None:
    sizes = [*(size for size in sizes[:-1] if size), sizes[-1]]
    numbers = iter(range(sum(sizes)))
    chunks: list[list[JSON]] = [[next(numbers) for _ in range(size)] for size in sizes]
    child = lambda scheduled: [ok(1 + scheduled.index % slow, scheduled.arguments["Items"])]  # noqa: E731
    state = reading({"X": passing()}, MaxConcurrency=concurrency, ItemBatcher={"MaxItemsPerBatch": batch})
    story = drive(machine_of({"D": state}), {}, {"D": of_file(*chunks, child=child)}, rebuilt=by_dump)
    items = list(range(sum(sizes)))
    assert story.execution.output == [items[at : at + batch] for at in range(0, len(items), batch)]
    (run,) = story.execution.map_runs.values()
    assert (run.items.succeeded, run.items.total, run.executions.pending) == (len(items), len(items), 0)


# --------------------------------------------------------------------------- results


def test_a_writer_is_asked_when_all_children_are_over_and_its_answer_is_the_result() -> None:
    writer = {"Resource": WRITER, "Parameters": {"Bucket.$": "$.key"}}
    state = reading({"X": passing()}, ResultWriter=writer, ResultSelector={"at.$": "$.written.Arguments.Bucket"})
    story = drive(machine_of({"D": state}), {"key": "k"}, {"D": of_file([1, 2])})
    assert story.execution.output == {"at": "k"}
    assert [task.role for _, task in story.scheduled] == ["item_reader", "child", "child", "result_writer"]
    _, last = story.scheduled[-1]
    assert last.resource == WRITER
    form: dict[str, JSON] = {"Transformation": "NONE", "OutputType": "JSON"}
    (run,) = story.execution.map_runs
    assert last.arguments == {"MapRun": run, "Arguments": {"Bucket": "k"}, **form}


def test_a_writer_that_fails_fails_the_map_run() -> None:
    file = of_file([1])
    writer = {"Resource": WRITER, "Parameters": {"Bucket": "b"}}
    world = {"D": lambda task: [failed(1, "States.ResultWriterFailed")] if task.role == "result_writer" else file(task)}
    story = drive(machine_of({"D": reading({"X": passing()}, ResultWriter=writer)}), {}, world)
    assert story.types[-3:] == ["MapRunFailed", "MapStateFailed", "ExecutionFailed"]
    assert story.execution.error == "States.ResultWriterFailed"


def test_with_a_writer_the_core_keeps_no_results() -> None:
    config = {"Transformation": "FLATTEN", "OutputType": "JSON"}
    execution, (first,) = begun(reading({"X": passing()}, ResultWriter={"WriterConfig": config}))
    child, _ = read(execution, first.task, [1, 2], last=True)
    execution.handle(TaskSucceeded(child.task, "x" * 1000, START + 2))
    (frame,) = execution.frames.values()
    assert frame.join is not None
    assert frame.join.results == []
