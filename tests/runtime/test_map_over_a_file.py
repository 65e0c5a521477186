"""Distributed Map over files, from the definition to the result files, as an application sees it."""

from __future__ import annotations

import json
import re
import threading
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

import aslrun
from aslrun import Interpreter, Resources, Result, TaskError, simulate
from aslrun.engine.events import Event
from aslrun.errors import MapRunDoesNotExist
from aslrun.runtime.host import ENDED_CHILDREN, Host
from aslrun.runtime.naming import DEFAULT_PLACE
from aslrun.runtime.runs import Run
from aslrun.runtime.simulation import Simulation
from aslrun.stores.objects import MemoryObjectStore
from aslrun.values import JSON

from .machines import LAMBDA, State

S3 = "arn:aws:states:::s3:"
CSV = {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}
PASS = {"X": {"Type": "Pass", "End": True}}


def reader(key: str = "k", action: str = "getObject", **config: JSON) -> State:
    where = {"Bucket": "data", "Key": key} if action == "getObject" else {"Bucket": "data", "Prefix": key}
    return {"Resource": S3 + action, "ReaderConfig": config, "Parameters": where}


def writer(**config: JSON) -> State:
    made: State = {"Resource": f"{S3}putObject", "Parameters": {"Bucket": "out", "Prefix": "jobs"}}
    return {**made, "WriterConfig": config} if config else made


def mapping(states: State | None = None, **fields: Any) -> State:
    states = PASS if states is None else states
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    processor = {"ProcessorConfig": config, "StartAt": next(iter(states)), "States": states}
    return {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}}}


def objects(**contents: str) -> MemoryObjectStore:
    data = {name.replace("_", "."): text.encode() for name, text in contents.items()}
    return MemoryObjectStore({"data": data, "out": {}})


def over(contents: str, **fields: Any) -> Result:
    return simulate(mapping(**fields), {}, Resources(objects=objects(k=contents)))


def in_bucket(store: MemoryObjectStore) -> dict[str, str]:
    """The files in the bucket of results, by their names without folders."""
    return {
        found.key.rpartition("/")[2]: b"".join(store.read("out", found.key)).decode() for found in store.list("out")
    }


# --------------------------------------------------------------------------- readers


@pytest.mark.parametrize(
    ("contents", "config", "items"),
    [
        ("a,b\n1,2\n", CSV, [{"a": "1", "b": "2"}]),
        ("1;2\n", {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["x", "y"], "CSVDelimiter":
         "SEMICOLON"}, [{"x": "1", "y": "2"}]),
        ("[1, [2]]", {"InputType": "JSON"}, [1, [2]]),
        ('{"a": {"b": [1, 2]}}', {"InputType": "JSON", "ItemsPointer": "/a/b"}, [1, 2]),
        ('{"a": 1}\n{"a": 2}\n', {"InputType": "JSONL"}, [{"a": 1}, {"a": 2}]),
        ("[1, 2, 3]", {"InputType": "JSON", "MaxItems": 2}, [1, 2]),
        ("[1, 2, 3]", {"InputType": "JSON", "MaxItems": 0}, [1, 2, 3]),
    ],
)  # fmt: skip
def test_items_come_out_of_a_file(contents: str, config: dict[str, JSON], items: JSON) -> None:
    assert over(contents, ItemReader=reader(**config)).output == items


def test_the_objects_of_a_listing_are_items() -> None:
    resources = Resources(objects=objects(a_txt="1", b_txt="22", c="3"))
    selector = {"key.$": "$$.Map.Item.Value.Key", "from.$": "$$.Map.Item.Source"}
    machine = mapping(ItemReader=reader("", "listObjectsV2"), ItemSelector=selector)
    assert simulate(machine, {}, resources).output == [
        {"key": "a.txt", "from": "S3://data"},
        {"key": "b.txt", "from": "S3://data"},
        {"key": "c", "from": "S3://data"},
    ]


def test_in_jsonata_the_fields_are_arguments_with_expressions() -> None:
    machine = mapping(
        QueryLanguage="JSONata",
        ItemReader={
            "Resource": f"{S3}getObject",
            "ReaderConfig": {"InputType": "JSON", "MaxItems": "{% $states.input.most %}"},
            "Arguments": {"Bucket": "data", "Key": "{% $states.input.key %}"},
        },
        ItemSelector="{% $states.context.Map.Item.Value * 10 %}",
        ItemBatcher={"MaxItemsPerBatch": "{% 2 %}", "BatchInput": {"most": "{% $states.input.most %}"}},
        Output="{% $states.result.Items %}",
    )
    result = simulate(machine, {"key": "k", "most": 3}, Resources(objects=objects(k="[1, 2, 3, 4]")))
    assert result.output == [10, 20, 30]


@pytest.mark.parametrize(
    ("contents", "config", "cause"),
    [
        ('{"a": 1}', {"InputType": "JSON", "ItemsPointer": "/a"}, "Attempting to map over non-iterable node."),
        ("a,a\n1,2\n", CSV, "CSV headers cannot contain duplicates."),
    ],
)
def test_a_file_that_has_no_items_fails_the_execution(contents: str, config: dict[str, JSON], cause: str) -> None:
    result = over(contents, ItemReader=reader(**config))
    assert (result.error, result.cause) == ("States.ItemReaderFailed", cause)


def test_a_file_that_is_not_there_can_be_caught() -> None:
    machine = mapping(ItemReader=reader("missing", **CSV), Catch=[{"ErrorEquals": ["States.ALL"], "Next": "C"}])
    machine["States"]["C"] = {"Type": "Pass", "OutputPath": "$.Cause", "End": True}
    assert simulate(machine, {}, Resources(objects=objects())).output == "The specified key does not exist."


def test_without_an_object_store_nothing_begins() -> None:
    with pytest.raises(aslrun.MissingHandlers, match=re.escape("States.M.ItemReader: no object store serves")):
        simulate(mapping(ItemReader=reader(**CSV)))
    with pytest.raises(aslrun.MissingHandlers, match=re.escape("States.M.ResultWriter: no object store serves")):
        simulate(mapping(ResultWriter=writer()))


def test_an_object_store_can_be_given_later_and_goes_with_the_resources() -> None:
    resources = Resources()
    machine = mapping(ItemReader=reader(InputType="JSON"))
    assert [missing.objects for missing in resources.missing(aslrun.load(machine))] == [True]
    resources.objects = objects(k="[1]")
    for each in (resources, resources.copy(), resources | Resources(), Resources() | resources):
        assert simulate(machine, {}, each).output == [1]


# --------------------------------------------------------------------------- writers


def odd_numbers_fail(number: int) -> JSON:
    if number % 2:
        raise TaskError("Odd", str(number))
    return [number, -number]


WORK = {"T": {"Type": "Task", "Resource": f"{LAMBDA}work", "End": True}}


def numbers(count: int, **config: JSON) -> tuple[Result, MemoryObjectStore]:
    store = objects(k=json.dumps(list(range(count))))
    resources = Resources(objects=store)
    resources.task(f"{LAMBDA}work", odd_numbers_fail)
    fields: State = {"ToleratedFailurePercentage": 50, "ItemReader": reader(InputType="JSON")}
    return simulate(mapping(WORK, ResultWriter=writer(**config), **fields), {}, resources), store


def test_a_writer_leaves_the_files_that_aws_would_leave() -> None:
    result, store = numbers(3)
    (run,) = result.map_runs
    key = f"jobs/{run.id}/manifest.json"
    assert result.output == {"MapRunArn": run.arn, "ResultWriterDetails": {"Bucket": "out", "Key": key}}
    files = in_bucket(store)
    assert json.loads(files["manifest.json"])["ResultFiles"] == {
        "FAILED": [{"Key": f"jobs/{run.id}/FAILED_0.json", "Size": len(files["FAILED_0.json"])}],
        "PENDING": [],
        "SUCCEEDED": [{"Key": f"jobs/{run.id}/SUCCEEDED_0.json", "Size": len(files["SUCCEEDED_0.json"])}],
    }
    first, second = json.loads(files["SUCCEEDED_0.json"])
    assert (first["Input"], first["Output"], first["Status"]) == ("0", "[0,0]", "SUCCEEDED")
    assert (second["Input"], second["StateMachineArn"]) == ("2", run.machine_arn)
    (failure,) = json.loads(files["FAILED_0.json"])
    assert (failure["Error"], failure["Cause"], failure["Status"]) == ("Odd", "1", "FAILED")


def test_results_are_flattened_into_lines() -> None:
    _, store = numbers(3, Transformation="FLATTEN", OutputType="JSONL")
    files = in_bucket(store)
    assert files["SUCCEEDED_0.jsonl"] == "0\n0\n2\n-2\n"


def test_without_a_resource_the_results_are_transformed_in_the_output() -> None:
    config = {"WriterConfig": {"Transformation": "FLATTEN", "OutputType": "JSON"}}
    assert over("[[1, 2], [3], 4]", ItemReader=reader(InputType="JSON"), ResultWriter=config).output == [1, 2, 3, 4]


def test_too_many_failures_leave_files_too() -> None:
    store = objects(k="[0, 1, 3, 2]")
    resources = Resources(objects=store)
    resources.task(f"{LAMBDA}work", odd_numbers_fail)
    fields: State = {"ToleratedFailureCount": 1, "ItemReader": reader(InputType="JSON"), "MaxConcurrency": 1}
    result = simulate(mapping(WORK, ResultWriter=writer(), **fields), {}, resources)
    assert result.error == "States.ExceedToleratedFailureThreshold"
    assert [record[0] for record in result.records][-3:] == ["MapRunFailed", "MapStateFailed", "ExecutionFailed"]
    files = in_bucket(store)
    assert [child["Input"] for child in json.loads(files["FAILED_0.json"])] == ["1", "3"]
    assert [child["Input"] for child in json.loads(files["SUCCEEDED_0.json"])] == ["0"]


def test_children_that_were_aborted_are_among_the_failed_ones() -> None:
    states = {
        "C": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 1, "Next": "W"}], "Default": "F"},
        "W": {"Type": "Wait", "Seconds": 9, "End": True},
        "F": {"Type": "Fail", "Error": "E"},
    }
    store = objects(k="[1, 2]")
    machine = mapping(states, ResultWriter=writer(), ItemReader=reader(InputType="JSON"))
    result = simulate(machine, {}, Resources(objects=store))
    (run,) = result.map_runs
    assert (run.status, run.executions.failed, run.executions.aborted) == ("FAILED", 1, 1)
    failed = json.loads(in_bucket(store)["FAILED_0.json"])
    assert [child["Status"] for child in failed] == ["ABORTED", "FAILED"]


def test_a_bucket_that_is_not_there_fails_the_map_run() -> None:
    where = {"Resource": f"{S3}putObject", "Parameters": {"Bucket": "nowhere"}}
    result = over("[1]", ItemReader=reader(InputType="JSON"), ResultWriter=where)
    assert (result.error, result.cause) == ("States.ResultWriterFailed", "The specified bucket does not exist")
    assert result.map_runs[0].status == "FAILED"


# --------------------------------------------------------------------------- map runs


def test_a_map_run_counts_executions_and_items() -> None:
    fields: State = {"ItemBatcher": {"MaxItemsPerBatch": 2}, "MaxConcurrency": 7, "ToleratedFailureCount": 1}
    result = over("[1, 2, 3]", ItemReader=reader(InputType="JSON"), **fields)
    described = result.map_runs[0].describe()
    assert (described["status"], described["maxConcurrency"], described["toleratedFailureCount"]) == ("SUCCEEDED", 7, 1)
    counts = [described["executionCounts"], described["itemCounts"]]
    assert [(count["succeeded"], count["total"], count["resultsWritten"]) for count in counts] == [  # type: ignore[call-overload,index]
        (2, 2, 2),
        (3, 3, 3),
    ]


@pytest.mark.anyio
async def test_an_interpreter_tells_of_map_runs_and_reads_in_a_thread() -> None:
    threads = set()

    class Watched(MemoryObjectStore):
        __slots__ = ()

        def read(self, bucket: str, key: str, version: str | None = None) -> Iterator[bytes]:
            threads.add(threading.current_thread())
            return super().read(bucket, key, version)

    store = Watched({"data": {"k": b"[1, 2]"}, "out": {}})
    machine = mapping(ItemReader=reader(InputType="JSON"), ResultWriter=writer())
    async with Interpreter(Resources(objects=store)) as interpreter:
        execution = await interpreter.start(machine)
        assert (await execution.result()).succeeded
        (run,) = interpreter.map_runs(execution.arn)
        assert interpreter.map_run(run.arn) == run
        assert run.items.succeeded == 2
        with pytest.raises(MapRunDoesNotExist):
            interpreter.map_run("arn:none")
    assert threading.current_thread() not in threads
    assert len(threads) == 1


@pytest.mark.anyio
async def test_a_map_run_of_an_execution_that_is_stopped_is_aborted() -> None:
    machine = mapping({"W": {"Type": "Wait", "Seconds": 1000, "End": True}}, ItemReader=reader(InputType="JSON"))
    async with Interpreter(Resources(objects=objects(k="[1, 2]")), threads=False) as interpreter:
        execution = await interpreter.start(machine)
        await interpreter.settled()
        (running,) = interpreter.map_runs(execution.arn)
        assert (running.status, running.executions.running) == ("RUNNING", 2)
        await execution.stop()
        (run,) = (await execution.result()).map_runs
        assert (run.status, run.executions.aborted) == ("ABORTED", 2)


# --------------------------------------------------------------------------- crashes, and large files


class Forgetful(Host):
    """A driver that has lost its open files after every event, as a process that died has."""

    def _apply(self, run: Run, event: Event) -> None:
        super()._apply(run, event)
        for each in run.execution.map_runs:
            self.files._open.pop(each, None)


@pytest.mark.parametrize("host", [Host, Forgetful])
def test_a_file_that_is_opened_anew_goes_on_where_it_was(host: type[Host]) -> None:
    resources = Resources(objects=objects(k="n\n" + "".join(f"{n}\n" for n in range(2_500))))
    simulation = Simulation(resources, host=host)
    batcher = {"MaxItemsPerBatch": 700}
    machine = aslrun.load(mapping(ItemReader=reader(**CSV), ItemBatcher=batcher))
    run = simulation.host.begin(machine, {}, DEFAULT_PLACE.identity(machine, "one", lambda: "1"))
    assert simulation.finish(run)
    output: Any = run.result().output
    assert [int(item["n"]) for batch in output for item in batch["Items"]] == list(range(2_500))


def big(rows: int, batch: int) -> tuple[Result, MemoryObjectStore, int]:
    """Play a file of this many rows; of every thousand one fails its batch. And the peak of memory, in bytes."""
    text = "id,price\n" + "".join(f"{row},{row % 97}\n" for row in range(rows))
    store = objects(k=text)
    resources = Resources(objects=store)

    def add_up(input: dict[str, Any]) -> int:
        if any(int(item["id"]) % 1_000 == 999 for item in input["Items"]):
            raise TaskError("Unlucky")
        return sum(int(item["price"]) for item in input["Items"])

    resources.task(f"{LAMBDA}add", add_up, inline=True, pure=True)
    states = {"T": {"Type": "Task", "Resource": f"{LAMBDA}add", "Next": "P"}, "P": {"Type": "Pass", "End": True}}
    machine = mapping(
        states,
        ItemReader=reader(**CSV),
        ItemBatcher={"MaxItemsPerBatch": batch},
        ToleratedFailurePercentage=5,
        ResultWriter=writer(Transformation="COMPACT", OutputType="JSONL"),
    )
    tracemalloc.start()
    result = simulate(machine, {}, resources)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return result, store, peak


def assert_added_up(rows: int, batch: int) -> int:
    result, store, peak = big(rows, batch)
    failed = rows // 1_000
    (run,) = result.map_runs
    assert result.succeeded
    assert (run.executions.total, run.executions.failed) == (rows // batch, failed)
    assert (run.items.succeeded, run.items.failed) == (rows - failed * batch, failed * batch)
    files = in_bucket(store)
    assert len(files["SUCCEEDED_0.jsonl"].splitlines()) == rows // batch - failed
    assert len(files["FAILED_0.jsonl"].splitlines()) == failed
    return peak


def test_two_thousand_rows_in_batches_with_failures_that_are_tolerated() -> None:
    assert_added_up(2_000, 10)


@pytest.mark.long
def test_a_hundred_thousand_rows_take_hardly_more_memory_than_twenty_thousand() -> None:
    few, many = assert_added_up(20_000, 10), assert_added_up(100_000, 10)
    assert many < few + 12_000_000
    assert many < 40_000_000


def test_of_children_that_are_over_the_last_ones_are_known() -> None:
    resources = Resources(objects=objects(k=json.dumps(list(range(ENDED_CHILDREN + 50)))))
    simulation = Simulation(resources)
    machine = aslrun.load(mapping(ItemReader=reader(InputType="JSON")))
    run = simulation.host.begin(machine, {}, DEFAULT_PLACE.identity(machine, "one", lambda: "1"))
    assert simulation.finish(run)
    assert len(simulation.host.runs) == ENDED_CHILDREN + 1
    assert run.arn in simulation.host.runs
