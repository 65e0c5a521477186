"""Journals and snapshots in memory: the contract that every execution store keeps."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

import pytest

from aslrun.stores.memory import MemoryExecutionStore
from aslrun.stores.protocols import ExecutionStore, JournalConflict, Snapshot, StoredExecution

Result = TypeVar("Result")


def run(coroutine: Coroutine[object, object, Result]) -> Result:
    return asyncio.run(coroutine)


async def unfinished(store: ExecutionStore) -> list[str]:
    return [execution async for execution in store.unfinished()]


@pytest.fixture
def store() -> ExecutionStore:
    return MemoryExecutionStore()


def test_a_journal_is_read_as_it_was_written(store: ExecutionStore) -> None:
    run(store.append("a", 0, ["started"]))
    run(store.append("a", 1, ["one", "two"]))
    loaded = run(store.load("a"))
    assert loaded == StoredExecution(None, ("started", "one", "two"))
    assert loaded is not None
    assert loaded.position == 3


def test_an_unknown_execution_is_none(store: ExecutionStore) -> None:
    assert run(store.load("a")) is None


@pytest.mark.parametrize("position", [0, 2])
def test_a_position_that_is_taken_or_ahead_is_a_conflict(store: ExecutionStore, position: int) -> None:
    run(store.append("a", 0, ["started"]))
    with pytest.raises(JournalConflict, match=f"cannot append at position {position}, the journal goes on at 1"):
        run(store.append("a", position, ["again"]))
    assert run(store.load("a")) == StoredExecution(None, ("started",))


def test_a_snapshot_stands_for_the_events_before_it(store: ExecutionStore) -> None:
    run(store.append("a", 0, ["started", "one", "two"]))
    snapshot = Snapshot(2, {"frames": []}, {"status": "RUNNING"})
    run(store.save("a", snapshot))
    loaded = run(store.load("a"))
    assert loaded == StoredExecution(snapshot, ("two",))
    assert loaded is not None
    assert loaded.position == 3
    run(store.append("a", 3, ["three"]))


@pytest.mark.parametrize("position", [0, 4])
def test_a_snapshot_must_lie_within_the_journal(store: ExecutionStore, position: int) -> None:
    run(store.append("a", 0, ["started", "one", "two"]))
    run(store.save("a", Snapshot(2, None, None)))
    with pytest.raises(JournalConflict):
        run(store.save("a", Snapshot(position, None, None)))


def test_a_snapshot_of_nothing_is_a_conflict(store: ExecutionStore) -> None:
    with pytest.raises(JournalConflict):
        run(store.save("a", Snapshot(0, None, None)))


def test_only_unfinished_executions_are_taken_up_again_oldest_first(store: ExecutionStore) -> None:
    for name in ("c", "a", "b"):
        run(store.append(name, 0, ["started"]))
    run(store.save("a", Snapshot(1, None, {"status": "SUCCEEDED"}, ("history",), finished=True)))
    assert run(unfinished(store)) == ["c", "b"]


def test_a_finished_execution_keeps_its_name_and_its_history(store: ExecutionStore) -> None:
    run(store.append("a", 0, ["started"]))
    run(store.save("a", Snapshot(1, None, None, ({"id": 1},), finished=True)))
    loaded = run(store.load("a"))
    assert loaded is not None
    assert loaded.finished
    assert loaded.snapshot is not None
    assert loaded.snapshot.history == ({"id": 1},)
    with pytest.raises(JournalConflict):
        run(store.append("a", 0, ["started"]))


def test_a_redriven_execution_is_unfinished_from_its_first_event_on(store: ExecutionStore) -> None:
    run(store.append("a", 0, ["started"]))
    run(store.save("a", Snapshot(1, None, None, finished=True)))
    run(store.append("a", 1, ["redriven"]))
    loaded = run(store.load("a"))
    assert loaded is not None
    assert not loaded.finished
    assert run(unfinished(store)) == ["a"]


def test_executions_may_begin_while_the_unfinished_are_listed(store: ExecutionStore) -> None:
    async def listing() -> list[str]:
        seen = []
        async for execution in store.unfinished():
            seen.append(execution)
            await store.append(f"{execution}-child", 0, ["started"])
        return seen

    run(store.append("a", 0, ["started"]))
    assert run(listing()) == ["a"]


def test_neither_token_nor_payload_shows_in_what_a_store_hands_out() -> None:
    snapshot = Snapshot(1, {"token": "secret"}, {"input": "secret"}, ("secret",))
    assert "secret" not in repr(StoredExecution(snapshot, ("secret",)))
