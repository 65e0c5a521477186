"""What every execution store promises, in memory and in an SQLite file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aslrun.errors import JournalConflict, StoreInUse
from aslrun.stores.memory import MemoryStore
from aslrun.stores.protocols import Birth, Change, ExecutionStore, Listed, Query, Snapshot, Standing
from aslrun.stores.sqlite import SQLiteStore

MAKERS: dict[str, Callable[[Path], ExecutionStore]] = {
    "memory": lambda path: MemoryStore(),
    "sqlite": lambda path: SQLiteStore(path / "runs.db"),
}


@pytest.fixture(params=list(MAKERS))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ExecutionStore]:
    made = MAKERS[request.param](tmp_path)
    with made.opened():
        yield made


def birth(name: str = "a", **fields: object) -> Birth:
    given: dict[str, object] = {"machine": "order", "started": 1.0, "definition": "{}", "about": "about"}
    return Birth(name, **{**given, **fields})  # type: ignore[arg-type]


RUNS = Standing()


def begun(name: str, *events: str, standing: Standing = RUNS, **fields: object) -> Change:
    return Change(name, events=events or ("started",), birth=birth(name, **fields), standing=standing)


def names(listed: list[Listed]) -> list[str]:
    return [each.name for each in listed]


def test_an_execution_is_read_as_it_was_written(store: ExecutionStore) -> None:
    store.write([begun("a", "started", parent="p", definition="{é}")])
    store.write([Change("a", 1, ["one", '{"text":"\\ud800"}'], standing=Standing(due=7.5, asleep=True))])
    loaded = store.load("a")
    assert loaded is not None
    assert loaded.birth == birth("a", parent="p", definition="{é}")
    assert loaded.standing == Standing(due=7.5, asleep=True)
    assert (loaded.snapshot, loaded.events, loaded.position) == (None, ("started", "one", '{"text":"\\ud800"}'), 3)


def test_an_unknown_execution_is_none(store: ExecutionStore) -> None:
    assert store.load("a") is None


@pytest.mark.parametrize("position", [0, 1, 3])
def test_another_position_is_a_conflict_and_nothing_of_the_batch_is_written(
    store: ExecutionStore, position: int
) -> None:
    store.write([begun("a", "started", "one")])
    with pytest.raises(JournalConflict, match=f"cannot append at position {position}, the journal goes on at 2"):
        store.write([begun("b"), Change("a", position, ["again"])])
    assert store.load("b") is None
    kept = store.load("a")
    assert kept is not None
    assert kept.events == ("started", "one")
    store.write([Change("a", 2, ["two"])])


def test_a_name_is_claimed_once(store: ExecutionStore) -> None:
    store.write([begun("a")])
    with pytest.raises(JournalConflict):
        store.write([begun("a")])


def test_an_execution_that_was_never_begun_cannot_go_on(store: ExecutionStore) -> None:
    with pytest.raises(JournalConflict):
        store.write([Change("a", 0, ["one"])])


def test_snapshots_stand_for_the_events_before_them_and_collect_the_history(store: ExecutionStore) -> None:
    store.write([begun("a", "started", "one")])
    store.write([Change("a", 2, ["two", "three"], snapshot=Snapshot(3, "state 3", ("records 1",)))])
    store.write([Change("a", 4, ["four"], snapshot=Snapshot(4, "state 4", ("records 2", "records 3")))])
    loaded = store.load("a")
    assert loaded is not None
    assert loaded.snapshot == Snapshot(4, "state 4", ("records 1", "records 2", "records 3"))
    assert (loaded.events, loaded.position) == (("four",), 5)


def test_lists_are_filtered_by_machine_status_and_time(store: ExecutionStore) -> None:
    over = Standing("SUCCEEDED", 9.0)
    store.write(
        [
            begun("a", standing=over),
            begun("b", machine="bill", started=2.0),
            begun("c", started=3.0),
            begun("d", started=4.0, parent="a"),
        ]
    )
    assert names(store.list(Query())) == ["c", "b", "a"]
    assert names(store.list(Query(newest_first=False, children=True))) == ["a", "b", "c", "d"]
    assert names(store.list(Query(machine="order"))) == ["c", "a"]
    assert names(store.list(Query(status="RUNNING"))) == ["c", "b"]
    assert names(store.list(Query(started_from=2.0, started_before=3.0))) == ["b"]
    assert names(store.list(Query(stopped_before=9.5))) == ["a"]
    assert names(store.list(Query(stopped_before=9.0))) == []
    assert names(store.list(Query(parent="a"))) == ["d"]


@pytest.mark.parametrize("newest_first", [True, False])
def test_a_long_list_comes_in_pages(store: ExecutionStore, newest_first: bool) -> None:
    store.write([begun(f"e{number}") for number in range(7)])
    found: list[str] = []
    query = Query(limit=3, newest_first=newest_first)
    while page := store.list(query):
        found += names(page)
        query = Query(limit=3, newest_first=newest_first, after=page[-1].number)
    expected = [f"e{number}" for number in range(7)]
    assert found == (expected[::-1] if newest_first else expected)


def test_what_is_listed_is_how_it_stands(store: ExecutionStore) -> None:
    store.write([begun("a", "started", "one", standing=Standing(due=5.0, asleep=True))])
    (listed,) = store.list(Query())
    assert listed == Listed(listed.number, "a", "a", "order", None, 1.0, "RUNNING", None, 5.0, True, 2)


def test_what_is_forgotten_is_gone_with_its_children_and_its_name_is_free(store: ExecutionStore) -> None:
    store.write([begun("a"), begun("b", parent="a"), begun("c", parent="b"), begun("d")])
    store.write([Change("a", forget=True), begun("a", "anew")])
    loaded = store.load("a")
    assert loaded is not None
    assert loaded.events == ("anew",)
    assert sorted(names(store.list(Query(children=True)))) == ["a", "d"]


def test_there_is_one_owner(store: ExecutionStore) -> None:
    with pytest.raises(StoreInUse), store.opened():
        pass


def test_it_is_free_again_after_its_owner() -> None:
    store = MemoryStore()
    with store.opened():
        pass
    with store.opened():
        store.write([begun("a")])
    assert store.load("a") is not None
