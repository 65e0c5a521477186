"""The process dies before or after any one of its writes: nothing is lost, nothing is done again, nothing shows."""

from __future__ import annotations

import pytest

from aslrun import Result
from aslrun.stores.memory import MemoryStore
from tests.engine.shapes import SHAPES

from .durable_world import DyingStore, World, live

pytestmark = pytest.mark.anyio

FULL = {"history_quota"}  # of things that happen at one instant, which one still has room in the history is chance
MOST_WRITES = 4  # of a shape in the short form


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def undisturbed(name: str) -> tuple[Result, World, int]:
    world = World(SHAPES[name]())
    store = DyingStore(MemoryStore(), world)
    result = await live(world, store)
    assert result is not None
    return result, world, store.writes


async def disturbed(name: str, dies_at: int, after: bool) -> tuple[Result, World]:
    world = World(SHAPES[name]())
    store = DyingStore(MemoryStore(), world, dies_at, after)
    result = await live(world, store)
    if result is None:
        result = await live(world, DyingStore(store.behind, world))
    assert result is not None
    return result, world


def chosen(writes: int, most: int) -> list[int]:
    return sorted({1 + index * (writes - 1) // max(1, most - 1) for index in range(most)}) if writes > 1 else [1]


async def check(name: str, most: int) -> None:
    expected, _, writes = await undisturbed(name)
    for dies_at in chosen(writes, most):
        for after in (False, True):
            result, world = await disturbed(name, dies_at, after)
            where = f"{name} died {'after' if after else 'before'} write {dies_at} of {writes}"
            assert world.repeated == [], where
            assert end(result) == end(expected), where
            assert [event["id"] for event in result.history] == list(range(1, len(result.history) + 1)), where
            assert name in FULL or told(result) == told(expected), where


def told(result: Result) -> list[tuple[float, str]]:
    """The history; what belongs to one instant may come in another order."""
    return sorted((event["timestamp"], event["type"]) for event in result.history)


def end(result: Result) -> tuple[object, ...]:
    return result.status, result.output, result.error, result.cause, result.stopped_at


@pytest.mark.parametrize("name", list(SHAPES))
async def test_killed_at_a_write_an_execution_does_not_show_it(name: str) -> None:
    await check(name, MOST_WRITES)


@pytest.mark.long
@pytest.mark.parametrize("name", list(SHAPES))
async def test_killed_at_any_write_an_execution_does_not_show_it(name: str) -> None:
    await check(name, 1_000)
