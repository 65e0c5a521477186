"""When a write may be made on the event loop."""

from __future__ import annotations

from random import Random

import pytest

from aslrun.runtime.pace import FEW, LEAST, MOST, QUICK, SMALL, TRUST, Pace, is_small
from aslrun.stores.protocols import Birth, Change, Snapshot

SLOW = 2 * QUICK


def in_threads(pace: Pace) -> int:
    """How many writes a thread makes until one is tried on the loop."""
    count = 0
    while not pace.is_quick:
        pace.handed_over()
        count += 1
    return count


def test_the_first_write_is_tried_on_the_loop() -> None:
    assert Pace().is_quick


def test_whoever_stays_slow_is_tried_ever_more_seldom_up_to_once_in_a_thousand() -> None:
    pace, waits = Pace(), []
    for _ in range(12):
        pace.took(SLOW)
        waits.append(in_threads(pace))
    assert waits == [4, 8, 16, 32, 64, 128, 256, 512, 1024, 1024, 1024, 1024]
    assert (waits[0], waits[-1]) == (LEAST, MOST)


def test_slow_writes_that_come_now_and_then_cost_few_writes_in_a_thread() -> None:
    pace, waits = Pace(), []
    for _ in range(20):
        for _ in range(3 * TRUST):
            pace.took(QUICK / 2)
        pace.took(SLOW)
        waits.append(in_threads(pace))
    assert waits == [LEAST] * 20


def test_of_writes_that_are_slow_every_second_time_few_are_on_the_loop() -> None:
    pace, random, slow = Pace(), Random(7), 0
    for _ in range(10_000):
        takes = random.choice((QUICK / 2, SLOW))
        if pace.is_quick:
            pace.took(takes)
            slow += takes == SLOW
        else:
            pace.handed_over()
    assert slow < 40


BIRTH = Birth("e", "m", 0.0, "x" * SMALL, "{}")


@pytest.mark.parametrize(
    ("changes", "small"),
    [
        ([Change("a", events=["x"])] * FEW, True),
        ([Change("a", events=["x"])] * (FEW + 1), False),
        ([Change("a", events=["x" * SMALL])], True),
        ([Change("a", events=["x" * SMALL, "x"])], False),
        ([Change("a", events=["x"], birth=BIRTH)], False),
        ([Change("a", snapshot=Snapshot(1, "{}"))], False),
        ([Change("a", forget=True)], False),
    ],
)
def test_only_what_takes_no_time_of_its_own_is_small(changes: list[Change], small: bool) -> None:
    assert is_small(changes) is small
