"""Map: one processor, many items; inline as frames, distributed as tasks for child executions."""

from __future__ import annotations

from typing import Any

import pytest

from aslrun.engine.effects import CancelTask
from aslrun.engine.events import Started, TaskSucceeded
from aslrun.values import JSON

from .drive import START, Story, always, begun, drive, execution_of, failed, machine_of, ok
from .shapes import catch, distributed, fail, mapping, odd_ones_fail, of_item, parallel, passing, retry, task, wait

ITEM = {"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value"}


def mapped(items: JSON, states: dict[str, Any] | None = None, **fields: Any) -> Story:
    return drive(machine_of({"M": mapping(states or {"X": passing()}, **fields)}), items)


def test_without_item_selector_an_iteration_gets_its_item() -> None:
    assert mapped([1, {"a": 2}, None]).execution.output == [1, {"a": 2}, None]


def test_item_selector_sees_the_effective_input_and_the_item_in_the_context_object() -> None:
    story = mapped(
        {"in": {"n": 9, "items": ["a", "b"]}}, InputPath="$.in", ItemsPath="$.items", ItemSelector=ITEM | {"n.$": "$.n"}
    )
    assert story.execution.output == [{"i": 0, "v": "a", "n": 9}, {"i": 1, "v": "b", "n": 9}]


def test_the_legacy_fields_iterator_and_parameters_mean_the_same() -> None:
    legacy = {"Type": "Map", "Iterator": {"StartAt": "X", "States": {"X": passing()}}, "Parameters": ITEM, "End": True}
    assert drive(machine_of({"M": legacy}), ["a"]).execution.output == [{"i": 0, "v": "a"}]


def test_an_inline_map_in_jsonpath_takes_no_object() -> None:
    story = mapped({"one": 1}, ItemsPath="$")
    assert (story.execution.cause or "").endswith('Reference path "$" must point to array.')


def test_an_object_is_one_item_for_each_property_and_key_is_its_name() -> None:
    names = {"i": "Index", "v": "Value", "k": "Key", "s": "Source"}
    selector = {short: f"{{% $states.context.Map.Item.{name} %}}" for short, name in names.items()}
    items = {"one": "{% $states.input %}", "two": 2}
    story = mapped(1, QueryLanguage="JSONata", Items=items, ItemSelector=selector)
    assert story.execution.output == [
        {"i": 0, "v": 1, "k": "one", "s": "STATE_DATA"},
        {"i": 1, "v": 2, "k": "two", "s": "STATE_DATA"},
    ]


def test_an_array_has_no_keys() -> None:
    assert mapped(["a"], ItemSelector={"k.$": "$$.Map.Item.Key"}).execution.error == "States.Runtime"


def test_states_inside_see_the_item_of_the_nearest_map() -> None:
    inner = mapping({"X": passing(Parameters=ITEM)}, ItemsPath="$.inner")
    assert mapped([{"inner": ["a", "b"]}, {"inner": ["c"]}], {"N": inner}).execution.output == [
        [{"i": 0, "v": "a"}, {"i": 1, "v": "b"}],
        [{"i": 0, "v": "c"}],
    ]


def test_a_parallel_inside_an_iteration_sees_the_item() -> None:
    branches = parallel({"X": passing(Parameters=ITEM)})
    assert mapped(["a"], {"P": branches}).execution.output == [[{"i": 0, "v": "a"}]]


def test_the_item_of_a_nested_map_is_seen_only_from_inside_it() -> None:
    inner = mapping(
        {"X": passing()}, ItemsPath="$.inner", ItemSelector=ITEM, ResultSelector={"outer.$": "$$.Map.Item.Value.id"}
    )
    assert mapped([{"inner": ["a"], "id": 7}], {"N": inner}).execution.output == [{"outer": 7}]


def test_an_empty_array_is_an_empty_result_without_iterations() -> None:
    story = mapped([])
    assert story.execution.output == []
    assert story.chain == [
        "1<0 ExecutionStarted",
        "2<0 MapStateEntered",
        "3<2 MapStateStarted",
        "4<3 MapStateSucceeded",
        "5<3 MapStateExited",
        "6<5 ExecutionSucceeded",
    ]
    assert story.of("MapStateStarted")[0]["mapStateStartedEventDetails"] == {"length": 0}


def test_results_keep_the_order_of_the_items_whichever_ends_first() -> None:
    story = drive(machine_of({"M": mapping({"T": task()})}), [{"v": v} for v in (1, 2, 3)], {"T": of_item})
    assert story.execution.output == [{"done": 1}, {"done": 2}, {"done": 3}]


def most_at_once(story: Story) -> int:
    running = most = 0
    for type in story.types:
        running += {"MapIterationStarted": 1, "MapIterationSucceeded": -1}.get(type, 0)
        most = max(most, running)
    return most


@pytest.mark.parametrize(("fields", "most"), [({}, 40), ({"MaxConcurrency": 0}, 40), ({"MaxConcurrency": 3}, 3)])
def test_at_most_max_concurrency_and_never_more_than_40_iterations_at_a_time(fields: dict[str, Any], most: int) -> None:
    story = mapped(list(range(100)), {"W": wait(1)}, **fields)
    assert most_at_once(story) == most
    assert story.execution.output == list(range(100))


def test_a_max_concurrency_above_40_is_40() -> None:
    assert most_at_once(mapped(list(range(50)), {"W": wait(1)}, MaxConcurrency=1000)) == 40


def test_max_concurrency_path_reads_the_effective_input() -> None:
    story = mapped({"n": 2, "items": [1, 2, 3]}, {"W": wait(1)}, ItemsPath="$.items", MaxConcurrencyPath="$.n")
    assert most_at_once(story) == 2


@pytest.mark.parametrize(("value", "shown"), [("NoNumber", "NoNumber"), ({}, "{}"), (True, "true"), (1.5, "1.5")])
def test_max_concurrency_path_must_lead_to_an_integer(value: JSON, shown: str) -> None:
    story = mapped({"n": value, "items": [1]}, ItemsPath="$.items", MaxConcurrencyPath="$.n")
    assert story.types[1:] == ["MapStateEntered", "ExecutionFailed"]
    assert story.execution.cause == (
        "An error occurred while executing the state 'M' (entered at the event id #2). The MaxConcurrencyPath field "
        f'refers to value "{shown}" which is not a valid integer: $.n'
    )


def test_one_at_a_time_each_iteration_begins_where_the_one_before_ended() -> None:
    assert mapped([1, 2], MaxConcurrency=1).chain[2:] == [
        "3<2 MapStateStarted",
        "4<3 MapIterationStarted",
        "5<4 PassStateEntered",
        "6<5 PassStateExited",
        "7<6 MapIterationSucceeded",
        "8<6 MapIterationStarted",
        "9<8 PassStateEntered",
        "10<9 PassStateExited",
        "11<10 MapIterationSucceeded",
        "12<11 MapStateSucceeded",
        "13<11 MapStateExited",
        "14<13 ExecutionSucceeded",
    ]


@pytest.mark.parametrize("items", [7, "text", None, True])
def test_what_is_neither_array_nor_object_cannot_be_mapped(items: JSON) -> None:
    story = mapped({"a": items}, ItemsPath="$.a")
    assert story.execution.error == "States.Runtime"
    assert (story.execution.cause or "").endswith('Reference path "$.a" must point to array.')


def test_an_iteration_that_fails_fails_the_map_and_aborts_the_others() -> None:
    states = {"T": task()}
    world = {"T": lambda scheduled: [failed(2) if scheduled.arguments == 2 else ok(9)]}
    story = drive(machine_of({"M": mapping(states)}), [1, 2, 3], world)
    failure = story.types.index("TaskFailed")
    assert story.types[failure:] == [
        "TaskFailed",
        "MapIterationFailed",
        "TaskStateAborted",
        "MapIterationAborted",
        "TaskStateAborted",
        "MapIterationAborted",
        "MapStateFailed",
        "ExecutionFailed",
    ]
    assert story.records[failure + 1][2] == story.records[-2][2] == failure + 1


def test_a_selector_that_fails_at_a_later_item_is_the_maps_failure() -> None:
    states = {
        "M": mapping({"W": wait(1)}, ItemSelector={"v.$": "$$.Map.Item.Value.v"}, MaxConcurrency=1, Catch=[catch("B")]),
        "B": passing(),
    }
    story = drive(machine_of(states), [{"v": 1}, {}])
    assert (story.execution.status, story.execution.error) == ("FAILED", "States.Runtime")
    assert (story.execution.cause or "").startswith("An error occurred while executing the state 'M' (entered at")


def test_a_retried_map_takes_its_items_anew_and_forgets_its_results() -> None:
    world = {"T": lambda scheduled: [failed(3, "Once") if scheduled.task == 3 else ok(1, [scheduled.task])]}
    states = {"M": mapping({"T": task()}, Retry=[retry("Once")])}
    story = drive(machine_of(states), ["a", "b", "c"], world)
    assert story.execution.output == [[4], [5], [6]]
    assert story.types.count("MapIterationSucceeded") == 5


# --------------------------------------------------------------------------- distributed


def test_every_item_is_a_task_for_a_child_execution() -> None:
    execution = execution_of(machine_of({"D": distributed({"X": passing()})}))
    effects = execution.handle(Started(["a", "b"], START))
    assert [(each.role, each.state, each.index, each.arguments) for each in effects] == [  # type: ignore[union-attr]
        ("child", "D", 0, "a"),
        ("child", "D", 1, "b"),
    ]


def test_the_history_of_a_distributed_map_says_nothing_of_its_children() -> None:
    story = drive(machine_of({"D": distributed({"X": passing()})}), ["a", "b"], {"D": always(begun(0), ok(1, "x"))})
    assert story.chain == [
        "1<0 ExecutionStarted",
        "2<0 MapStateEntered",
        "3<2 MapStateStarted",
        "4<3 MapRunStarted",
        "5<4 MapRunSucceeded",
        "6<5 MapStateSucceeded",
        "7<5 MapStateExited",
        "8<7 ExecutionSucceeded",
    ]
    assert story.execution.output == ["x", "x"]


def test_by_default_no_child_may_fail() -> None:
    story = drive(machine_of({"D": distributed({"X": passing()})}), [0, 1, 2], {"D": odd_ones_fail})
    assert story.chain[4:] == ["5<4 MapRunFailed", "6<5 MapStateFailed", "7<6 ExecutionFailed"]
    assert story.execution.error == "States.ExceedToleratedFailureThreshold"
    assert story.execution.cause == "The specified tolerated failure threshold was exceeded"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"ToleratedFailureCount": 1}, "FAILED"),
        ({"ToleratedFailureCount": 2}, "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 39}, "FAILED"),
        ({"ToleratedFailurePercentage": 40}, "SUCCEEDED"),
        ({"ToleratedFailureCount": 5, "ToleratedFailurePercentage": 10}, "FAILED"),
        ({"ToleratedFailureCountPath": "$.n"}, "SUCCEEDED"),
    ],
)
def test_two_failures_of_five_are_within_or_over_the_tolerance(fields: dict[str, Any], status: str) -> None:
    states = {"D": distributed({"X": passing()}, ItemsPath="$.items", **fields)}
    story = drive(machine_of(states), {"items": list(range(5)), "n": 2}, {"D": odd_ones_fail})
    assert story.execution.status == status


@pytest.mark.parametrize("value", [-1, 100.1])
def test_a_percentage_out_of_range_fails_after_the_map_has_started(value: float) -> None:
    states = {"D": distributed({"X": passing()}, ItemsPath="$.items", ToleratedFailurePercentagePath="$.n")}
    story = drive(machine_of(states), {"items": [1], "n": value})
    assert story.chain[2:] == ["3<2 MapStateStarted", "4<3 ExecutionFailed"]


def test_children_that_still_run_are_cancelled_when_the_tolerance_is_exceeded() -> None:
    world = {"D": lambda scheduled: [failed(1) if scheduled.index == 1 else ok(9)]}
    story = drive(machine_of({"D": distributed({"X": passing()})}), [0, 1, 2], world)
    cancelled = [effect.task for effects in story.effects for effect in effects if isinstance(effect, CancelTask)]
    assert cancelled == [1, 3]


def test_a_retried_distributed_map_runs_every_item_again_in_a_new_map_run() -> None:
    world = {"D": lambda scheduled: [failed(1) if scheduled.task == 2 else ok(1, scheduled.task)]}
    states = {"D": distributed({"X": passing()}, Retry=[retry()])}
    story = drive(machine_of(states), ["a", "b"], world)
    runs = [event["mapRunStartedEventDetails"]["mapRunArn"] for event in story.of("MapRunStarted")]
    assert len(set(runs)) == 2
    assert story.execution.output == [3, 4]


def test_a_distributed_map_whose_sibling_fails_is_aborted_with_its_run() -> None:
    states = {"P": parallel({"D": distributed({"X": passing()})}, {"W": wait(1, Next="F"), "F": fail()})}
    story = drive(machine_of(states), [1, 2])
    assert [type for type in story.types if "Aborted" in type] == ["MapRunAborted", "MapStateAborted"]
    assert sum(isinstance(effect, CancelTask) for effect in story.effects[-1]) == 2


def test_at_most_10000_children_at_a_time() -> None:
    execution = execution_of(machine_of({"D": distributed({"X": passing()})}))
    execution.handle(Started(list(range(10_002)), START))
    assert len(execution.outstanding()) == 10_000
    execution.handle(TaskSucceeded(1, None, START + 1))
    assert len(execution.outstanding()) == 10_000
