"""Work and pollers of activities: first come, first served."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aslrun.errors import ActivityDoesNotExist
from aslrun.resources.activities import Activities, ActivityWork, Poller

APPROVE = "arn:aws:states:us-east-1:111111111111:activity:approve"


def work(task: int) -> ActivityWork:
    return ActivityWork("order-7", task, f"token-{task}", {"task": task})


def taker(taken: list[int]) -> Poller:
    def take(given: ActivityWork) -> bool:
        taken.append(given.task)
        return True

    return take


def gone(given: ActivityWork) -> bool:
    return False


def test_the_oldest_work_is_taken_first() -> None:
    activities = Activities([APPROVE])
    for task in (3, 1, 2):
        assert activities.enqueue(APPROVE, work(task)) is False
    assert [taken.task for _ in range(3) if (taken := activities.take(APPROVE))] == [3, 1, 2]
    assert activities.take(APPROVE) is None


def test_work_goes_to_the_poller_that_has_waited_longest() -> None:
    activities, first, second = Activities([APPROVE]), list[int](), list[int]()
    activities.wait(APPROVE, taker(first))
    activities.wait(APPROVE, taker(second))
    assert activities.enqueue(APPROVE, work(1))
    assert activities.enqueue(APPROVE, work(2))
    assert (first, second) == ([1], [2])


def test_a_poller_that_is_gone_is_passed_over() -> None:
    activities, taken = Activities([APPROVE]), list[int]()
    activities.wait(APPROVE, gone)
    activities.wait(APPROVE, taker(taken))
    assert activities.enqueue(APPROVE, work(1))
    assert taken == [1]


def test_work_waits_when_every_poller_is_gone() -> None:
    activities = Activities([APPROVE])
    activities.wait(APPROVE, gone)
    assert not activities.enqueue(APPROVE, work(1))
    assert activities.waiting(APPROVE) == (1, 0)


def test_a_poller_that_left_gets_no_work() -> None:
    activities, taken = Activities([APPROVE]), list[int]()
    poller = taker(taken)
    activities.wait(APPROVE, poller)
    activities.leave(APPROVE, poller)
    activities.leave(APPROVE, poller)
    assert not activities.enqueue(APPROVE, work(1))
    assert taken == []


def test_withdrawn_work_is_given_to_nobody() -> None:
    activities = Activities([APPROVE])
    activities.enqueue(APPROVE, work(1))
    activities.enqueue(APPROVE, work(2))
    assert activities.withdraw(APPROVE, "order-7", 1)
    assert not activities.withdraw(APPROVE, "order-7", 1)
    assert activities.take(APPROVE) == work(2)


@pytest.mark.parametrize(
    "use",
    [
        lambda activities: activities.enqueue(APPROVE, work(1)),
        lambda activities: activities.take(APPROVE),
        lambda activities: activities.wait(APPROVE, gone),
        lambda activities: activities.waiting(APPROVE),
    ],
)
def test_an_unknown_activity_is_refused_with_its_arn(use: Callable[[Activities], object]) -> None:
    with pytest.raises(ActivityDoesNotExist, match=f"^Activity Does Not Exist: '{APPROVE}'$"):
        use(Activities())


def test_declaring_an_activity_again_keeps_its_work() -> None:
    activities = Activities([APPROVE])
    activities.enqueue(APPROVE, work(1))
    activities.declare(APPROVE)
    assert activities.known == (APPROVE,)
    assert activities.take(APPROVE) == work(1)


def test_a_forgotten_activity_hands_back_its_work() -> None:
    activities = Activities([APPROVE])
    activities.enqueue(APPROVE, work(1))
    assert activities.forget(APPROVE) == [work(1)]
    assert activities.forget(APPROVE) == []
    assert activities.known == ()


def test_work_shows_neither_token_nor_input() -> None:
    assert repr(work(1)) == "ActivityWork(execution='order-7', task=1)"
