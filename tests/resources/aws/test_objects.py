"""S3 as the object store of item readers and result writers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from aslrun import Resources, simulate
from aslrun.aws import S3Error, S3ObjectStore
from aslrun.resources.aws.objects import PART

from .calling import Cloud, cloud


@pytest.fixture
def aws() -> Iterator[Cloud]:
    with cloud() as made:
        made.client("s3").create_bucket(Bucket="data")
        yield made


@pytest.fixture
def store(aws: Cloud) -> S3ObjectStore:
    return S3ObjectStore(aws.session)


def read(aws: Cloud, key: str) -> bytes:
    content: bytes = aws.client("s3").get_object(Bucket="data", Key=key)["Body"].read()
    return content


def test_what_is_written_can_be_read(aws: Cloud, store: S3ObjectStore) -> None:
    with store.write("data", "a/b.json") as write:
        write(b'{"a": ')
        write(b"1}")
    assert read(aws, "a/b.json") == b'{"a": 1}'
    assert b"".join(store.read("data", "a/b.json")) == b'{"a": 1}'


def test_a_large_object_is_read_in_chunks_and_written_in_parts(aws: Cloud, store: S3ObjectStore) -> None:
    content = b"0123456789abcdef" * (PART // 16) + b"end"
    with store.write("data", "large") as write:
        for start in range(0, len(content), 1_000_003):
            write(content[start : start + 1_000_003])
    found = aws.client("s3").head_object(Bucket="data", Key="large")
    assert found["ETag"].strip('"').endswith("-2")  # two parts
    chunks = [*store.read("data", "large")]
    assert b"".join(chunks) == content
    assert max(map(len, chunks)) <= 65_536


@pytest.mark.parametrize("size", [10, PART + 10])
def test_an_object_appears_whole_or_not_at_all(aws: Cloud, store: S3ObjectStore, size: int) -> None:
    def stumble() -> None:
        with store.write("data", "half") as write:
            write(b"x" * size)
            raise RuntimeError("the writer stumbles")

    with pytest.raises(RuntimeError):
        stumble()
    s3 = aws.client("s3")
    assert "Contents" not in s3.list_objects_v2(Bucket="data")
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="data")


def test_a_listing_goes_over_all_pages_in_order(aws: Cloud, store: S3ObjectStore) -> None:
    s3 = aws.client("s3")
    for number in range(5):
        s3.put_object(Bucket="data", Key=f"p/{number}", Body=b"ab")
    small = {"MaxKeys": 2}
    aws.session.events.register("before-parameter-build.s3.ListObjectsV2", lambda params, **about: params.update(small))
    listed = [*store.list("data", "p/")]
    assert [each.key for each in listed] == [f"p/{number}" for number in range(5)]
    first = listed[0]
    assert (first.size, first.etag, first.storage_class) == (2, "187ef4436122d1cc2f40dc2b92f0eba0", "STANDARD")
    assert first.last_modified > 0


def test_a_version_can_be_read(aws: Cloud, store: S3ObjectStore) -> None:
    s3 = aws.client("s3")
    s3.put_bucket_versioning(Bucket="data", VersioningConfiguration={"Status": "Enabled"})
    old = s3.put_object(Bucket="data", Key="a", Body=b"old")["VersionId"]
    s3.put_object(Bucket="data", Key="a", Body=b"new")
    assert b"".join(store.read("data", "a", old)) == b"old"


@pytest.mark.parametrize(
    ("bucket", "key", "error"), [("data", "none", "S3.NoSuchKeyException"), ("none", "a", "S3.NoSuchBucketException")]
)
def test_what_is_not_there_is_an_error_in_the_words_of_the_sdk(
    store: S3ObjectStore, bucket: str, key: str, error: str
) -> None:
    with pytest.raises(S3Error, match=r"The specified .* \(Service: S3, Status Code: 404, Request ID: ") as raised:
        store.read(bucket, key)
    assert raised.value.error == error


def test_a_distributed_map_reads_items_from_s3_and_writes_results_there(aws: Cloud) -> None:
    aws.client("s3").put_object(Bucket="data", Key="orders.json", Body=b'[{"total": 1}, {"total": 2}]')
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "P",
        "States": {"P": {"Type": "Pass", "End": True}},
    }
    state: dict[str, Any] = {
        "Type": "Map",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSON"},
            "Parameters": {"Bucket": "data", "Key": "orders.json"},
        },
        "ItemProcessor": processor,
        "ResultWriter": {
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket": "data", "Prefix": "out"},
        },
        "End": True,
    }
    result = simulate({"StartAt": "M", "States": {"M": state}}, {}, aws.resources | Resources())
    assert result.status == "SUCCEEDED"
    written = [each["Key"] for each in aws.client("s3").list_objects_v2(Bucket="data", Prefix="out/")["Contents"]]
    assert sorted(key.rpartition("/")[2] for key in written) == ["SUCCEEDED_0.json", "manifest.json"]
    assert b'"total' in read(aws, written[0]) + read(aws, written[-1])


def test_a_source_that_is_not_there_fails_the_map_run(aws: Cloud) -> None:
    state = {
        "Type": "Map",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSON"},
            "Parameters": {"Bucket": "data", "Key": "none"},
        },
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "P",
            "States": {"P": {"Type": "Pass", "End": True}},
        },
        "End": True,
    }
    result = simulate({"StartAt": "M", "States": {"M": state}}, {}, aws.resources)
    assert result.error == "States.ItemReaderFailed"
    assert "The specified key does not exist. (Service: S3, Status Code: 404" in str(result.cause)
