"""Result writers: the files, their manifest, the transformations."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from aslrun.engine.map_results import ChildResult, metadata, transformed
from aslrun.resources.result_writers import Destination, ResultWriterFailed, write_results
from aslrun.stores.objects import MemoryObjectStore
from aslrun.values import JSON

RUN = "arn:aws:states:us-east-1:111111111111:mapRun:Orders/Each:6dbfba93"
MACHINE = "arn:aws:states:us-east-1:111111111111:stateMachine:Orders/Each"


def child(name: str, status: str = "SUCCEEDED", output: JSON = None) -> ChildResult:
    failed = status not in ("SUCCEEDED", "PENDING")
    ended = status != "PENDING"
    return ChildResult(
        f"arn:aws:states:us-east-1:111111111111:execution:Orders/Each:{name}",
        name,
        MACHINE,
        status,
        {"item": name},
        output,
        "Broken" if failed else None,
        "it broke" if failed else None,
        1738633790.099 if ended else None,
        1738633790.163 if ended else None,
    )


CHILDREN = [
    child("a", output=[1, 2]),
    child("b", "FAILED"),
    child("c", output={"x": 3}),
    child("d", "PENDING"),
    child("e", "TIMED_OUT"),
    child("f", "ABORTED"),
]


def written(destination: Destination, children: list[ChildResult] = CHILDREN) -> dict[str, str]:
    """The text of every file, by the key after the folder."""
    store = MemoryObjectStore({"results": {}})
    write_results(store, destination, children)
    return {
        each.key.removeprefix(destination.folder): b"".join(store.read("results", each.key)).decode()
        for each in store.list("results")
    }


def test_the_output_names_the_map_run_and_the_manifest_as_aws_recorded() -> None:
    store = MemoryObjectStore({"results": {}})
    assert write_results(store, Destination("results", "mapJobs", RUN), CHILDREN) == {
        "MapRunArn": RUN,
        "ResultWriterDetails": {"Bucket": "results", "Key": "mapJobs/6dbfba93/manifest.json"},
    }


def test_the_manifest_names_the_files_and_their_sizes() -> None:
    files = written(Destination("results", "mapJobs", RUN))
    manifest = json.loads(files.pop("manifest.json"))
    assert (manifest["DestinationBucket"], manifest["MapRunArn"]) == ("results", RUN)
    named = {entry["Key"]: entry["Size"] for entries in manifest["ResultFiles"].values() for entry in entries}
    assert named == {f"mapJobs/6dbfba93/{name}": len(text) for name, text in files.items()}
    assert list(manifest["ResultFiles"]) == ["FAILED", "PENDING", "SUCCEEDED"]


def test_each_outcome_has_its_file() -> None:
    files = written(Destination("results", "mapJobs", RUN))
    names = {name: [each["Name"] for each in json.loads(text)] for name, text in files.items() if name[0].isupper()}
    assert names == {"SUCCEEDED_0.json": ["a", "c"], "FAILED_0.json": ["b", "e", "f"], "PENDING_0.json": ["d"]}


def test_a_run_without_children_has_a_manifest_without_files() -> None:
    files = written(Destination("results", "", RUN), [])
    assert json.loads(files["manifest.json"])["ResultFiles"] == {"FAILED": [], "PENDING": [], "SUCCEEDED": []}


def test_without_a_prefix_the_map_run_is_the_folder() -> None:
    assert Destination("b", "", RUN).folder == "6dbfba93/"
    assert Destination("b", "jobs/", RUN).folder == "jobs/6dbfba93/"


def test_the_metadata_of_a_success_is_that_of_the_guide() -> None:
    assert metadata(child("a", output=[{"customer_id": "145538"}])) == {
        "ExecutionArn": "arn:aws:states:us-east-1:111111111111:execution:Orders/Each:a",
        "Input": '{"item":"a"}',
        "InputDetails": {"Included": True},
        "Name": "a",
        "Output": '[{"customer_id":"145538"}]',
        "OutputDetails": {"Included": True},
        "RedriveCount": 0,
        "RedriveStatus": "NOT_REDRIVABLE",
        "RedriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
        "StartDate": "2025-02-04T01:49:50.099Z",
        "StateMachineArn": MACHINE,
        "Status": "SUCCEEDED",
        "StopDate": "2025-02-04T01:49:50.163Z",
    }


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED", "PENDING"])
def test_the_keys_of_the_metadata_are_in_order(status: str) -> None:
    keys = list(metadata(child("a", status)))
    assert keys == sorted(keys)


def test_a_failure_has_its_error_and_no_output() -> None:
    shown = metadata(child("b", "FAILED"))
    assert (shown["Error"], shown["Cause"], shown["Status"]) == ("Broken", "it broke", "FAILED")
    assert "Output" not in shown


def test_a_child_that_never_started_has_no_dates() -> None:
    shown = metadata(child("d", "PENDING"))
    assert shown.keys() == {"ExecutionArn", "Input", "InputDetails", "Name", "StateMachineArn", "Status"}


def test_compact_gives_outputs_and_flatten_their_elements() -> None:
    successes = [each for each in CHILDREN if each.status == "SUCCEEDED"]
    assert list(transformed(successes, "COMPACT")) == [[1, 2], {"x": 3}]
    assert list(transformed(successes, "FLATTEN")) == [1, 2, {"x": 3}]


def test_flatten_goes_one_level_deep() -> None:
    assert list(transformed([child("a", output=[[1], []])], "FLATTEN")) == [[1], []]
    assert list(transformed([child("a", output=[])], "FLATTEN")) == []


@pytest.mark.parametrize("transformation", ["NONE", "COMPACT", "FLATTEN"])
def test_a_failure_is_shown_with_its_metadata_in_every_transformation(transformation: str) -> None:
    assert list(transformed([child("b", "FAILED")], transformation)) == [metadata(child("b", "FAILED"))]


def test_lines_of_json_have_one_result_each() -> None:
    files = written(Destination("results", "", RUN, "FLATTEN", "JSONL"))
    assert files["SUCCEEDED_0.jsonl"] == '1\n2\n{"x":3}\n'


def test_a_full_file_is_followed_by_another() -> None:
    files = written(
        Destination("results", "", RUN, "COMPACT", max_file_bytes=20), [child(n, output=n * 8) for n in "abcd"]
    )
    manifest = json.loads(files.pop("manifest.json"))
    assert [json.loads(text) for text in files.values()] == [["a" * 8], ["b" * 8], ["c" * 8], ["d" * 8]]
    assert [entry["Key"][-16:] for entry in manifest["ResultFiles"]["SUCCEEDED"]] == [
        f"SUCCEEDED_{number}.json" for number in range(4)
    ]
    assert all(len(text) <= 20 for text in files.values())


def test_a_result_that_is_larger_than_a_file_gets_one_of_its_own() -> None:
    files = written(Destination("results", "", RUN, "COMPACT", max_file_bytes=5), [child("a", output="long enough")])
    assert files["SUCCEEDED_0.json"] == '["long enough"]'


def test_a_bucket_that_is_not_there_is_a_failure() -> None:
    with pytest.raises(ResultWriterFailed) as caught:
        write_results(MemoryObjectStore(), Destination("results", "", RUN), CHILDREN)
    assert (caught.value.error, caught.value.cause) == (
        "States.ResultWriterFailed",
        "The specified bucket does not exist",
    )


def test_an_unknown_transformation_is_a_failure() -> None:
    with pytest.raises(ResultWriterFailed, match="Transformation"):
        write_results(MemoryObjectStore({"results": {}}), Destination("results", "", RUN, "SQUEEZE"), [])


def test_results_that_break_off_leave_nothing_behind() -> None:
    def broken() -> Iterator[ChildResult]:
        yield child("a")
        raise ValueError("no more")

    store = MemoryObjectStore({"results": {}})
    with pytest.raises(ValueError, match="no more"):
        write_results(store, Destination("results", "", RUN), broken())
    assert list(store.list("results")) == []
