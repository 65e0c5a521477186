"""History events: ids, previous ids, times, and the shape of every type."""

from __future__ import annotations

import pytest

from aslrun.engine.history import _SHAPES, render

from .drive import START, Story, abort, always, drive, machine_of
from .shapes import SHAPES, Shape, parallel, passing, wait

# Not written by the engine: express functions of later versions, or what only API calls cause.
NOT_YET = {
    "ActivityScheduleFailed",
    "LambdaFunctionScheduleFailed",
    "LambdaFunctionStartFailed",
    "TaskStartFailed",
    "TaskSubmitFailed",
}
ALL = 62


def run(shape: Shape) -> Story:
    return drive(shape.machine, shape.input, shape.world, limits=shape.limits, told=shape.told)


def test_every_type_of_the_service_but_those_not_written_yet_has_a_shape() -> None:
    assert len(_SHAPES.keys() | NOT_YET) == ALL
    assert not _SHAPES.keys() & NOT_YET


DETAILS: dict[str, tuple[object, ...]] = {
    "executionStartedEventDetails": ({"a": 1}, "role"),
    "executionSucceededEventDetails": ({"a": 1},),
    "stateEnteredEventDetails": ("S", {"a": 1}),
    "stateExitedEventDetails": ("S", {"a": 1}, {"v": 1}),
    "taskScheduledEventDetails": ("sqs", "sendMessage", "us-east-1", {"a": 1}, 9, 3, "role"),
    "taskStartedEventDetails": ("sqs", "sendMessage"),
    "lambdaFunctionScheduledEventDetails": ("arn", {"a": 1}, 9, 3, "role"),
    "activityScheduledEventDetails": ("arn", {"a": 1}, 9, 3, None),
    "activityStartedEventDetails": ("worker",),
    "mapStateStartedEventDetails": (3,),
    "executionRedrivenEventDetails": (1,),
    "mapRunStartedEventDetails": ("arn",),
    "evaluationFailedEventDetails": ("error", "cause", "Output/total", "State"),
}


@pytest.mark.parametrize("type", sorted(_SHAPES))
def test_every_type_renders(type: str) -> None:
    name, shape = _SHAPES[type]
    details: tuple[object, ...] = ()
    if shape is not None:
        details = DETAILS.get(name) or _by_ending(name)
    (event,) = render([(type, 1.5, 4, *details)], first_id=5)
    assert list(event)[:4] == ["timestamp", "type", "id", "previousEventId"]
    assert (event["timestamp"], event["type"], event["id"], event["previousEventId"]) == (1.5, type, 5, 4)
    assert list(event)[4:] == ([] if shape is None else [name])


def _by_ending(name: str) -> tuple[object, ...]:
    service = ("sqs", "sendMessage") if name.startswith("task") else ()
    if name.startswith("mapIteration"):
        return ("M", 0)
    if "Succeeded" in name or "Submitted" in name:
        return (*service, {"a": 1})
    return (*service, "Boom", None)


def test_the_name_of_the_details_follows_from_the_type() -> None:
    for type, (name, shape) in _SHAPES.items():
        if shape is not None and not type.endswith(("StateEntered", "StateExited")):
            assert name == type[0].lower() + type[1:] + "EventDetails"


@pytest.mark.parametrize("make", SHAPES.values(), ids=SHAPES)
def test_ids_count_from_1_and_previous_ids_point_back(make: object) -> None:
    history = run(make()).history  # type: ignore[operator]
    assert [event["id"] for event in history] == list(range(1, len(history) + 1))
    assert all(0 <= event["previousEventId"] < event["id"] for event in history)
    assert [event["timestamp"] for event in history] == sorted(event["timestamp"] for event in history)
    assert history[0]["previousEventId"] == history[1]["previousEventId"] == 0


@pytest.mark.parametrize("make", SHAPES.values(), ids=SHAPES)
def test_the_execution_ends_once_and_last(make: object) -> None:
    shape: Shape = make()  # type: ignore[operator]
    story = run(shape)
    redriven = max((at for at, type in enumerate(story.types) if type == "ExecutionRedriven"), default=0)
    types = story.types[redriven + 1 :]
    ends = [type for type in types if type.startswith("Execution") and type != "ExecutionStarted"]
    assert ends == [f"Execution{shape.status.title().replace('_', '')}"] == story.types[-1:]


def test_an_execution_that_is_stopped_ends_with_an_event_that_follows_none() -> None:
    story = drive(machine_of({"W": wait(9)}), told=[abort(5, "Why", "because")])
    assert story.chain == ["1<0 ExecutionStarted", "2<0 WaitStateEntered", "3<0 ExecutionAborted"]
    assert story.history[-1]["executionAbortedEventDetails"] == {"error": "Why", "cause": "because"}
    assert story.execution.status == "ABORTED"


def test_an_execution_that_times_out_ends_with_an_event_that_follows_none() -> None:
    story = drive(machine_of({"W": wait(9)}, TimeoutSeconds=5))
    assert story.chain[-1] == "3<0 ExecutionTimedOut"
    assert story.execution.stopped_at == START + 5


def test_whatever_is_told_after_the_end_changes_nothing() -> None:
    story = drive(machine_of({"S": passing()}))
    assert story.execution.handle(abort(9)) == []
    assert story.execution.take_history() == []
    assert (story.execution.status, story.execution.deadline, story.execution.outstanding()) == ("SUCCEEDED", None, [])


def test_history_is_handed_out_once() -> None:
    story = drive(machine_of({"P": parallel({"W": wait(1)})}), {}, {"T": always()})
    assert len(story.records) == story.execution.event_id
    assert story.execution.take_history() == []
