"""The object stores in the box, each under the same tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from aslrun.resources.objects import ObjectStore
from aslrun.stores.objects import CHUNK, FolderObjectStore, MemoryObjectStore, NoSuchBucket, NoSuchKey, ObjectStoreError


@pytest.fixture(params=["memory", "folder"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """A store with one empty bucket, "data"."""
    if request.param == "memory":
        return MemoryObjectStore({"data": {}})
    (tmp_path / "data").mkdir()
    return FolderObjectStore(tmp_path)


def put(store: ObjectStore, key: str, *chunks: bytes) -> None:
    with store.write("data", key) as write:
        for chunk in chunks:
            write(chunk)


def content(store: ObjectStore, key: str) -> bytes:
    return b"".join(store.read("data", key))


def test_what_was_written_in_chunks_is_read_whole(store: ObjectStore) -> None:
    put(store, "a/b.txt", b"one ", b"two")
    assert content(store, "a/b.txt") == b"one two"


def test_a_large_object_is_read_in_chunks(store: ObjectStore) -> None:
    put(store, "large", b"x" * (2 * CHUNK + 1))
    assert [len(chunk) for chunk in store.read("data", "large")] == [CHUNK, CHUNK, 1]


def test_an_empty_object_is_an_object(store: ObjectStore) -> None:
    put(store, "empty")
    assert content(store, "empty") == b""
    assert [each.size for each in store.list("data")] == [0]


def test_a_listing_has_the_order_of_the_keys_and_only_the_prefix(store: ObjectStore) -> None:
    for key in ("b/2", "a", "b/10", "Z"):
        put(store, key)
    assert [each.key for each in store.list("data", "b/")] == ["b/10", "b/2"]
    assert [each.key for each in store.list("data")] == ["Z", "a", "b/10", "b/2"]


def test_a_prefix_may_end_in_the_middle_of_a_name(store: ObjectStore) -> None:
    put(store, "folder1/x")
    put(store, "folder10/x")
    assert [each.key for each in store.list("data", "folder1")] == ["folder1/x", "folder10/x"]


def test_a_listing_tells_size_and_md5(store: ObjectStore) -> None:
    put(store, "hello", b"hello")
    (found,) = store.list("data")
    assert (found.size, found.etag, found.storage_class) == (5, "5d41402abc4b2a76b9719d911017c592", "STANDARD")


def test_writing_that_fails_leaves_the_old_object(store: ObjectStore) -> None:
    put(store, "key", b"old")

    def fail() -> None:
        with store.write("data", "key") as write:
            write(b"new")
            raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        fail()
    assert content(store, "key") == b"old"
    assert [each.key for each in store.list("data")] == ["key"]


def test_an_object_does_not_appear_before_it_is_whole(store: ObjectStore) -> None:
    with store.write("data", "key") as write:
        write(b"half")
        assert list(store.list("data")) == []
    assert content(store, "key") == b"half"


def test_a_missing_key_is_told_in_the_words_of_s3(store: ObjectStore) -> None:
    with pytest.raises(NoSuchKey, match=r"^The specified key does not exist\.$"):
        store.read("data", "nothing")


@pytest.mark.parametrize("bucket", ["nothing", "", "..", "."])
def test_a_missing_bucket_is_told_in_the_words_of_s3(store: ObjectStore, bucket: str) -> None:
    with pytest.raises(NoSuchBucket, match=r"^The specified bucket does not exist$"):
        store.read(bucket, "key")
    with pytest.raises(NoSuchBucket):
        store.list(bucket)
    with pytest.raises(NoSuchBucket), store.write(bucket, "key"):
        pass


@pytest.mark.parametrize(
    "key", ["../secret", "a/../../secret", "/etc/passwd", "a//b", "..", "a\\..\\..\\b", "", "a\0b"]
)
def test_a_key_does_not_lead_out_of_the_folder(tmp_path: Path, key: str) -> None:
    (tmp_path / "root" / "data").mkdir(parents=True)
    (tmp_path / "root" / "secret").write_text("secret")
    store = FolderObjectStore(tmp_path / "root")
    with pytest.raises(ObjectStoreError):
        store.read("data", key)
    with pytest.raises(ObjectStoreError), store.write("data", key):
        pass


def test_a_symbolic_link_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "data" / "link").symlink_to(tmp_path / "secret")
    store = FolderObjectStore(tmp_path)
    with pytest.raises(ObjectStoreError, match="leads out"):
        store.read("data", "link")
    assert list(store.list("data")) == []


def test_the_memory_store_notes_the_time_of_writing() -> None:
    store = MemoryObjectStore({"data": {"key": b""}}, now=lambda: 12.5)
    assert [each.last_modified for each in store.list("data")] == [12.5]
