"""Machines of many shapes, each with its input and its world: what the crash tests kill and rebuild."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aslrun.definition.model import Machine
from aslrun.engine.effects import ScheduleTask
from aslrun.engine.events import Event, Redriven
from aslrun.engine.limits import DEFAULT_LIMITS, Limits
from aslrun.values import JSON, parse

from .drive import START, Saying, World, abort, always, beat, begun, by_attempt, failed, machine_of, ok, submitted

SERVICE = "arn:aws:states:::shop:charge"
CALLBACK = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
SYNC = "arn:aws:states:::glue:startJobRun.sync"
LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:charge"
READER = "arn:aws:states:::s3:getObject"
WRITER = "arn:aws:states:::s3:putObject"
ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:approve"


@dataclass
class Shape:
    """``status`` and ``count`` (history events) say that the shape does what it is here for."""

    machine: Machine
    status: str
    input: JSON = None
    world: World = field(default_factory=dict)
    told: Sequence[Event] = ()
    limits: Limits = DEFAULT_LIMITS
    ends_with: str = ""


def task(resource: str = SERVICE, **fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": resource, **({} if "Next" in fields else {"End": True}), **fields}


def passing(**fields: Any) -> dict[str, Any]:
    return {"Type": "Pass", **({} if "Next" in fields else {"End": True}), **fields}


def wait(seconds: int, **fields: Any) -> dict[str, Any]:
    return {"Type": "Wait", "Seconds": seconds, **({} if "Next" in fields else {"End": True}), **fields}


def fail(error: str = "Bad") -> dict[str, Any]:
    return {"Type": "Fail", "Error": error, "Cause": "on purpose"}


def program(states: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


def parallel(*branches: dict[str, Any], **fields: Any) -> dict[str, Any]:
    end = {} if "Next" in fields else {"End": True}
    return {"Type": "Parallel", "Branches": [program(branch) for branch in branches], **end, **fields}


def mapping(states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"Type": "Map", "ItemProcessor": program(states), **({} if "Next" in fields else {"End": True}), **fields}


def distributed(states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    made = mapping(states, **fields)
    made["ItemProcessor"]["ProcessorConfig"] = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    return made


def retry(error: str = "States.ALL", **fields: Any) -> dict[str, Any]:
    return {"ErrorEquals": [error], **fields}


def catch(target: str, *errors: str, **fields: Any) -> dict[str, Any]:
    return {"ErrorEquals": list(errors) or ["States.ALL"], "Next": target, **fields}


def counting(rounds: int) -> dict[str, Any]:
    """A loop: two transitions for each round, and two more."""
    return {
        "Init": passing(Result={"i": 0}, Next="More"),
        "More": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.i", "NumericLessThan": rounds, "Next": "Add"}],
            "Default": "Done",
        },
        "Add": passing(Parameters={"i.$": "States.MathAdd($.i, 1)"}, Next="More"),
        "Done": {"Type": "Succeed"},
    }


def of_item(scheduled: ScheduleTask) -> Sequence[Saying]:
    """Later items are done sooner."""
    value: int = scheduled.arguments["v"]  # type: ignore[index,call-overload,assignment]
    return [ok(20 - 3 * value, {"done": value})]


def odd_ones_fail(scheduled: ScheduleTask) -> Sequence[Saying]:
    index = scheduled.index or 0
    return [begun(0), failed(index, "Odd", "an odd one") if index % 2 else ok(2 * index, index * 10)]


SHAPES: dict[str, Callable[[], Shape]] = {}


def shape(make: Callable[[], Shape]) -> Callable[[], Shape]:
    SHAPES[make.__name__] = make
    return make


@shape
def chain() -> Shape:
    states = {
        "A": passing(Result={"a": 1}, ResultPath="$.a", Next="B"),
        "B": task(Parameters={"v.$": "$.a.a"}, ResultPath="$.b", Next="C"),
        "C": passing(InputPath="$.b", Next="D"),
        "D": {"Type": "Succeed"},
    }
    return Shape(machine_of(states), "SUCCEEDED", parse('{"x":  [1, 2]}'), {"B": always(begun(1), ok(2, {"r": 1}))})


@shape
def raw_texts_everywhere() -> Shape:
    """Answers with white space of their own, joined, assigned, selected and taken out again."""
    states = {
        "A": task(ResultPath="$.answer", Next="B"),
        "B": wait(1, Next="C", Assign={"kept.$": "$.answer", "all.$": "$"}),
        "C": parallel({"L": wait(2)}, {"R": task(InputPath="$.answer")}, Next="D"),
        "D": wait(1, InputPath="$[1]", Next="E"),
        "E": passing(Parameters={"v.$": "$", "k.$": "$kept"}, Next="F"),
        "F": wait(1, OutputPath="$.k"),
    }
    world = {"A": always(ok(1, parse('{ "a" : [ 1 ] }'))), "R": always(ok(1, parse('[ { "b": 2 } ]')))}
    return Shape(machine_of(states), "SUCCEEDED", parse('{ "x":  1 }'), world)


@shape
def choice_loop() -> Shape:
    states = counting(5)
    states["Add"]["Next"] = "Nap"
    states["Nap"] = wait(3, Next="More")
    return Shape(machine_of(states), "SUCCEEDED")


@shape
def timestamp_wait() -> Shape:
    states = {
        "A": {"Type": "Wait", "TimestampPath": "$.until", "Next": "B"},
        "B": {"Type": "Wait", "Timestamp": "1970-01-01T00:00:10Z", "End": True},
    }
    return Shape(machine_of(states), "SUCCEEDED", {"until": "1970-01-01T00:20:00.250Z"})


@shape
def retry_with_jitter() -> Shape:
    states = {"A": task(Retry=[retry(IntervalSeconds=5, JitterStrategy="FULL", MaxDelaySeconds=12, MaxAttempts=6)])}
    world = {"A": by_attempt([failed(1)], [failed(1)], [failed(1)], [failed(1)], [ok(1, "at last")])}
    return Shape(machine_of(states), "SUCCEEDED", world=world)


@shape
def retry_exhausted_then_caught() -> Shape:
    states = {
        "A": task(
            Retry=[retry("Boom", MaxAttempts=2), retry("Bang", MaxAttempts=1), retry(MaxAttempts=9)],
            Catch=[catch("B", ResultPath="$.error")],
        ),
        "B": passing(Parameters={"e.$": "$.error.Error", "n.$": "$.n"}),
    }
    world = {"A": by_attempt([failed(1)], [failed(2, "Bang")], [failed(1)], [failed(1)])}
    return Shape(machine_of(states), "SUCCEEDED", {"n": 1}, world)


@shape
def caught_with_assign() -> Shape:
    states = {
        "A": task(LAMBDA, Catch=[catch("B", "Boom", ResultPath="$.e", Assign={"why.$": "$.Cause"})]),
        "B": wait(1, Next="C"),
        "C": passing(Parameters={"why.$": "$why"}),
    }
    return Shape(machine_of(states), "SUCCEEDED", {}, {"A": always(begun(0), failed(3))})


@shape
def parallel_branches() -> Shape:
    states = {
        "P": parallel(
            {"A": wait(5, Next="A2"), "A2": passing()}, {"B": task(SYNC)}, {"C": passing()}, ResultPath="$.out"
        )
    }
    world = {"B": always(begun(0), submitted(1, {"JobRunId": "7"}), ok(9, {"State": "DONE"}))}
    return Shape(machine_of(states), "SUCCEEDED", {"x": 1}, world)


@shape
def parallel_failing_with_waiting_siblings() -> Shape:
    states = {
        "P": parallel(
            {"A": wait(100)},
            {"B": task()},
            {"C": task(CALLBACK, HeartbeatSeconds=50)},
            {"D": task(Retry=[retry(IntervalSeconds=60)])},
            Catch=[catch("E", ResultPath="$.e")],
        ),
        "E": passing(),
    }
    world = {"B": always(failed(10)), "C": always(submitted(1)), "D": always(failed(5))}
    return Shape(machine_of(states), "SUCCEEDED", {"x": 1}, world)


@shape
def nested_parallel() -> Shape:
    inner = parallel({"I1": wait(3)}, {"I2": wait(3, Next="I3"), "I3": fail()}, Catch=[catch("Late", "Other")])
    states = {"P": parallel({"O": inner, "Late": passing()}, {"W": wait(20)}, Retry=[retry(MaxAttempts=1)])}
    return Shape(machine_of(states), "FAILED", ends_with="ExecutionFailed")


@shape
def map_with_concurrency() -> Shape:
    states = {"M": mapping({"T": task(Next="U"), "U": passing()}, MaxConcurrency=2, ItemsPath="$.items")}
    return Shape(machine_of(states), "SUCCEEDED", {"items": [{"v": value} for value in range(5)]}, {"T": of_item})


@shape
def map_over_an_object() -> Shape:
    item = "{% $states.context.Map.Item"
    states = {
        "M": mapping(
            {
                "T": task(),
            },
            QueryLanguage="JSONata",
            Items={"one": "{% $states.input.one %}", "two": 2},
            ItemSelector={"k": f"{item}.Key %}}", "v": f"{item}.Value %}}", "i": f"{item}.Index %}}"},
            MaxConcurrency=1,
        )
    }
    return Shape(machine_of(states), "SUCCEEDED", {"one": 1, "two": 2}, {"T": of_item})


@shape
def map_failing_is_repeated() -> Shape:
    """Some iterations have succeeded, one waits, when the third fails; the whole Map runs again."""
    states = {
        "M": mapping(
            {"T": task(Parameters={"v.$": "$", "n.$": "$$.Execution.StartTime"})},
            Retry=[retry("Third", MaxAttempts=1, IntervalSeconds=2)],
        )
    }

    def third_fails(scheduled: ScheduleTask) -> Sequence[Saying]:
        value: int = scheduled.arguments["v"]  # type: ignore[index,call-overload,assignment]
        first_time = scheduled.task <= 4
        return [failed(3, "Third") if value == 2 and first_time else ok(1 if value < 2 else 10, value)]

    return Shape(machine_of(states), "SUCCEEDED", [0, 1, 2, 3], {"T": third_fails})


@shape
def map_failing() -> Shape:
    states = {"M": mapping({"T": task(TimeoutSeconds=4)}, MaxConcurrency=3)}
    items: list[JSON] = [{"v": value} for value in (6, 5, 1, 1)]
    return Shape(machine_of(states), "FAILED", items, {"T": of_item}, ends_with="ExecutionFailed")


@shape
def map_in_parallel() -> Shape:
    inner = mapping({"T": task(Next="U"), "U": wait(1)}, MaxConcurrency=2)
    states = {"P": parallel({"M": inner}, {"W": wait(7)}, {"N": mapping({"X": passing()})}, InputPath="$.items")}
    return Shape(machine_of(states), "SUCCEEDED", {"items": [{"v": 1}, {"v": 4}, {"v": 2}]}, {"T": of_item})


@shape
def distributed_map_within_tolerance() -> Shape:
    states = {"D": distributed({"X": passing()}, ToleratedFailureCount=2, MaxConcurrency=3, Next="E"), "E": passing()}
    return Shape(machine_of(states), "SUCCEEDED", list(range(5)), {"D": odd_ones_fail})


@shape
def distributed_map_over_its_tolerance() -> Shape:
    states = {"D": distributed({"X": passing()}, ToleratedFailurePercentage=10, Catch=[catch("E")]), "E": fail("No")}
    return Shape(machine_of(states), "FAILED", list(range(6)), {"D": odd_ones_fail}, ends_with="ExecutionFailed")


def reading(states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A distributed Map over a file."""
    reader = {"Resource": READER, "ReaderConfig": {"InputType": "JSON"}, "Parameters": {"Bucket": "b", "Key": "k"}}
    return distributed(states, **{"ItemReader": reader, **fields})


DONE = always(ok(1))


def of_file(
    *chunks: list[JSON], child: Callable[[ScheduleTask], Sequence[Saying]] = DONE
) -> Callable[[ScheduleTask], Sequence[Saying]]:
    """The world of a Map over a file: what is read, what becomes of the children, what the writer answers."""
    items = [item for chunk in chunks for item in chunk]

    def told(scheduled: ScheduleTask) -> Sequence[Saying]:
        if scheduled.role == "child":
            return child(scheduled)
        if scheduled.role == "result_writer":
            return [ok(1, {"written": scheduled.arguments})]
        skip: int = scheduled.arguments["Skip"]  # type: ignore[index,call-overload,assignment]
        size = next(len(chunk) for at, chunk in enumerate(chunks) if sum(map(len, chunks[:at])) == skip)
        read: list[JSON] = [[item, f"S3://b/{item}", None] for item in items[skip : skip + size]]
        return [begun(0), ok(1, {"Items": read, "Last": skip + size == len(items)})]

    return told


@shape
def map_over_a_file_with_batches_and_a_writer() -> Shape:
    fields = {
        "ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"at.$": "$.at"}},
        "ItemSelector": {"v.$": "$$.Map.Item.Value", "from.$": "$$.Map.Item.Source", "i.$": "$$.Map.Item.Index"},
        "ResultWriter": {"Resource": WRITER, "Parameters": {"Bucket.$": "$.at", "Prefix": "p"}},
        "MaxConcurrency": 2,
        "ToleratedFailureCount": 2,
    }
    states = {"D": reading({"X": passing()}, Next="E", **fields), "E": passing()}
    child = lambda scheduled: [failed(2) if scheduled.index == 1 else ok(1, scheduled.arguments)]  # noqa: E731
    world = {"D": of_file([1, 2, 3], [4, 5, 6], [7], child=child)}
    return Shape(machine_of(states), "SUCCEEDED", {"at": "b"}, world, ends_with="ExecutionSucceeded")


@shape
def map_over_a_file_that_cannot_be_read_at_first() -> Shape:
    """The second chunk fails while children run; the retry reads everything again in a new map run."""
    file = of_file([1, 2, 3], [4])

    def unlucky(scheduled: ScheduleTask) -> Sequence[Saying]:
        again = scheduled.role == "item_reader" and 1 < scheduled.task < 6
        return [failed(1, "States.ItemReaderFailed", "gone")] if again else file(scheduled)

    states = {"D": reading({"X": passing()}, Retry=[retry("States.ItemReaderFailed", MaxAttempts=2)])}
    return Shape(machine_of(states), "SUCCEEDED", {}, {"D": unlucky})


@shape
def map_over_a_file_with_too_many_failures() -> Shape:
    """Two failures of three are no reason to end as long as more items may come; of five they are."""
    states = {
        "D": reading({"X": passing()}, ToleratedFailurePercentage=39, MaxConcurrency=1, Catch=[catch("E")]),
        "E": fail("No"),
    }
    child = lambda scheduled: [failed(1) if scheduled.index in (1, 2) else ok(1)]  # noqa: E731
    world = {"D": of_file([1, 2, 3], [4, 5], child=child)}
    return Shape(machine_of(states), "FAILED", {}, world, ends_with="ExecutionFailed")


@shape
def map_over_a_file_with_too_many_failures_that_are_written() -> Shape:
    writer = {"Resource": WRITER, "Parameters": {"Bucket": "b"}}
    states = {"D": reading({"X": passing()}, MaxConcurrency=2, ResultWriter=writer)}
    child = lambda scheduled: [failed(3) if scheduled.index == 2 else ok(2)]  # noqa: E731
    world = {"D": of_file([1, 2, 3], [4, 5], child=child)}
    return Shape(machine_of(states), "FAILED", {}, world, ends_with="ExecutionFailed")


@shape
def map_over_a_file_in_jsonata_that_is_aborted() -> Shape:
    reader = {
        "Resource": READER,
        "ReaderConfig": {"InputType": "JSON", "MaxItems": "{% $states.input.most %}"},
        "Arguments": {"Bucket": "b", "Key": "{% $states.input.key %}"},
    }
    batcher = {"MaxItemsPerBatch": "{% $states.input.most %}", "MaxInputBytesPerBatch": 60}
    state = reading({"X": passing()}, ItemReader=reader, ItemBatcher=batcher, QueryLanguage="JSONata")
    world = {"D": of_file([1, 2, 3], [4], child=always(begun(1), ok(60)))}
    return Shape(machine_of({"D": state}), "ABORTED", {"most": 3, "key": "k"}, world, [abort(30)])


@shape
def callback_with_heartbeats() -> Shape:
    states = {
        "C": task(
            CALLBACK, HeartbeatSeconds=10, TimeoutSeconds=100, Parameters={"token.$": "$$.Task.Token", "id.$": "$.id"}
        )
    }
    sayings = [begun(0), submitted(1, {"MessageId": "m"}), beat(8), beat(16), beat(24), ok(30, parse('{"ok":  1}'))]
    return Shape(machine_of(states), "SUCCEEDED", {"id": 1}, {"C": always(*sayings)})


@shape
def heartbeat_missed() -> Shape:
    states = {
        "C": task(CALLBACK, HeartbeatSeconds=10, Retry=[retry("States.HeartbeatTimeout", MaxAttempts=1)]),
    }
    world = {"C": always(submitted(1), beat(5), ok(16, "late"))}
    return Shape(machine_of(states), "FAILED", {}, world, ends_with="ExecutionFailed")


@shape
def task_times_out() -> Shape:
    states = {
        "A": task(TimeoutSecondsPath="$.t", Retry=[retry("States.Timeout", MaxAttempts=1)], Catch=[catch("B")]),
        "B": passing(),
    }
    return Shape(machine_of(states), "SUCCEEDED", {"t": 4}, {"A": always(begun(1), ok(5, "late"))})


@shape
def machine_times_out() -> Shape:
    states = {"A": wait(4, Next="B"), "B": task(CALLBACK, Retry=[retry()], Catch=[catch("C")]), "C": passing()}
    return Shape(machine_of(states, TimeoutSeconds=9), "TIMED_OUT", {}, {"B": always(failed(2))})


@shape
def activity() -> Shape:
    states = {"A": task(ACTIVITY, TimeoutSeconds=60, HeartbeatSeconds=20, Retry=[retry("Boom", MaxAttempts=1)])}
    world = {"A": by_attempt([begun(3, "worker-1"), beat(10), failed(25)], [begun(1, None), ok(2, [1])])}
    return Shape(machine_of(states), "SUCCEEDED", {"id": 7}, world)


@shape
def variables_in_branches() -> Shape:
    inner = {"I": passing(Assign={"mine.$": "$outer"}, Next="J"), "J": wait(2, Next="K")}
    inner["K"] = passing(Parameters={"m.$": "$mine", "o.$": "$outer"})
    states = {
        "A": passing(Assign={"outer": {"deep": [1]}, "x": 1, "y": 2}, Next="Swap"),
        "Swap": wait(1, Assign={"x.$": "$y", "y.$": "$x"}, Next="P"),
        "P": parallel(inner, {"W": wait(1)}, Next="Z", Assign={"all.$": "$"}),
        "Z": passing(Parameters={"x.$": "$x", "y.$": "$y", "all.$": "$all"}),
    }
    return Shape(machine_of(states), "SUCCEEDED", {"in": 1})


@shape
def quantum_overflow() -> Shape:
    """3,000 transitions beside two branches that wait: one call of handle cannot do it."""
    states = {
        "P": parallel(counting(1500), {"W": wait(5)}, {"T": task(Retry=[retry(IntervalSeconds=1)])}),
    }
    world = {"T": by_attempt([failed(0)], [ok(0)])}
    return Shape(machine_of(states), "SUCCEEDED", {}, world, limits=Limits(payload=0))


@shape
def aborted() -> Shape:
    states = {"P": parallel({"A": wait(50)}, {"B": task(CALLBACK)}, {"M": mapping({"T": task()}, ItemsPath="$.i")})}
    return Shape(machine_of(states), "ABORTED", {"i": [1, 2]}, told=[abort(10)], ends_with="ExecutionAborted")


@shape
def history_quota() -> Shape:
    states = {"P": parallel(counting(9_000), {"W": wait(5)}, {"T": task(CALLBACK)})}
    return Shape(machine_of(states), "FAILED", {}, limits=Limits(history=5_000), ends_with="ExecutionFailed")


def failing_first(last_failing: int) -> Callable[[ScheduleTask], Sequence[Saying]]:
    """Tasks up to an id fail, later ones succeed."""
    return lambda scheduled: [failed(1)] if scheduled.task <= last_failing else [ok(1, scheduled.task)]


@shape
def redriven() -> Shape:
    """A branch fails beside one that is over and two that are not; it is redriven twice."""
    states = {
        "P": parallel(
            {"Done": passing(Result="done")},
            {"F": task(), "End": passing()},
            {"W": wait(50)},
            {"M": mapping({"T": task()}, ItemsPath="$.i", MaxConcurrency=2)},
        ),
    }
    states["P"]["Branches"][1]["States"]["F"].update(Next="End")
    del states["P"]["Branches"][1]["States"]["F"]["End"]
    world = {"F": failing_first(6), "T": always(ok(2))}
    told = [Redriven(START + 100), Redriven(START + 200)]
    return Shape(machine_of(states), "SUCCEEDED", {"i": [1, 2, 3]}, world, told=told)


@shape
def redriven_after_a_stop() -> Shape:
    states = {"W": wait(50, Next="T"), "T": task(CALLBACK, Retry=[retry()])}
    world = {"T": always(ok(2))}
    return Shape(machine_of(states), "SUCCEEDED", {}, world, told=[abort(10), Redriven(START + 1_000)])


@shape
def map_run_redriven() -> Shape:
    """A map run fails with children that succeeded, failed, ran and had not begun; it is redriven twice."""
    states = {"M": distributed({"T": task()}, ItemsPath="$.i", MaxConcurrency=3, ToleratedFailureCount=1)}

    def child(scheduled: ScheduleTask) -> Sequence[Saying]:
        assert scheduled.index is not None
        if scheduled.index % 3 and scheduled.attempt < 2:
            return [failed(2)]
        return [ok(3 if scheduled.index == 3 else 1, scheduled.arguments)]

    told = [Redriven(START + 100), Redriven(START + 200)]
    return Shape(machine_of(states), "SUCCEEDED", {"i": [[1], {"a": 2}, 3, 4, 5, 6, 7]}, {"M": child}, told=told)


@shape
def map_run_over_a_file_redriven() -> Shape:
    """A batch fails before the last items are read; the run is then stopped and redriven again."""
    state = reading({"X": passing()}, ItemBatcher={"MaxItemsPerBatch": 2}, MaxConcurrency=1)
    child = by_attempt([failed(2)], [ok(200)], [ok(1, "done")])
    told = [Redriven(START + 100), abort(150), Redriven(START + 1_000)]
    world = {"D": of_file([1, 2, 3], [4, 5], child=lambda each: child(each) if each.index == 1 else DONE(each))}
    return Shape(machine_of({"D": state}), "SUCCEEDED", {}, world, told=told)
