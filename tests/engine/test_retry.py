"""Retry: when a failed state is done again, how often, and how long it waits before."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest

from .drive import Saying, Story, by_attempt, drive, failed, machine_of, ok
from .shapes import catch, fail, mapping, parallel, passing, retry, task, wait


def tried(*retriers: dict[str, Any], world: Sequence[Sequence[Saying]] = ([failed(0)],), seed: int = 7) -> Story:
    """A task that fails at once, again and again unless the world says otherwise."""
    return drive(machine_of({"A": task(Retry=list(retriers))}), {}, {"A": by_attempt(*world)}, seed=seed)


def delays(story: Story) -> list[float]:
    instants = [at for at, _ in story.scheduled]
    return [later - earlier for earlier, later in pairwise(instants)]


def test_by_default_three_retries_after_one_two_and_four_seconds() -> None:
    assert delays(tried(retry())) == [1, 2, 4]


def test_the_delay_is_the_interval_times_the_backoff_rate_for_each_retry_before() -> None:
    assert delays(tried(retry(IntervalSeconds=3, BackoffRate=1.5, MaxAttempts=4))) == [3, 4.5, 6.75, 10.125]


def test_no_delay_is_longer_than_max_delay_seconds() -> None:
    assert delays(tried(retry(IntervalSeconds=3, MaxDelaySeconds=10, MaxAttempts=5))) == [3, 6, 10, 10, 10]


def test_a_backoff_beyond_all_floats_is_a_very_long_delay() -> None:
    story = tried(retry(IntervalSeconds=1, BackoffRate=1e200, MaxAttempts=3))
    assert delays(story) == [1, 99_999_999, 99_999_999]


def test_full_jitter_draws_between_nothing_and_the_delay() -> None:
    story = tried(retry(IntervalSeconds=8, JitterStrategy="FULL", MaxDelaySeconds=60, MaxAttempts=30))
    bounds = [min(8 * 2.0**retry, 60) for retry in range(30)]
    assert all(0 <= delay <= bound for delay, bound in zip(delays(story), bounds, strict=True))
    assert len(set(delays(story))) == 30


def test_jitter_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    jitter = retry(IntervalSeconds=8, JitterStrategy="FULL")
    assert delays(tried(jitter, seed=1)) == delays(tried(jitter, seed=1)) != delays(tried(jitter, seed=2))


def test_max_attempts_zero_never_retries() -> None:
    assert len(tried(retry(MaxAttempts=0)).scheduled) == 1


def test_each_retrier_counts_its_own_retries() -> None:
    world = [[failed(0, name)] for name in ("A", "B", "A", "B", "A", "B")]
    story = tried(retry("A", MaxAttempts=2), retry("B", MaxAttempts=2, IntervalSeconds=10), world=world)
    assert delays(story) == [1, 10, 2, 20]
    assert story.execution.error == "A"


def test_only_the_first_retrier_that_matches_counts_even_when_it_is_exhausted() -> None:
    story = tried(retry("Boom", MaxAttempts=1), retry(MaxAttempts=5))
    assert len(story.scheduled) == 2


def test_an_exhausted_retrier_goes_to_catch() -> None:
    states = {"A": task(Retry=[retry(MaxAttempts=1)], Catch=[catch("B")]), "B": passing()}
    story = drive(machine_of(states), {}, {"A": by_attempt([failed(0)])})
    assert story.execution.output == {"Error": "Boom", "Cause": "it broke"}
    assert [at - 1000 for at, _ in story.scheduled] == [0, 1]


def test_counts_start_anew_when_the_state_is_entered_again() -> None:
    states = {
        "A": task(Retry=[retry(MaxAttempts=2)], Catch=[catch("Again", ResultPath=None)]),
        "Again": {"Type": "Choice", "Choices": [{"Variable": "$.twice", "IsPresent": True, "Next": "End"}]},
        "Mark": passing(Result=True, ResultPath="$.twice", Next="A"),
        "End": {"Type": "Succeed"},
    }
    states["Again"]["Default"] = "Mark"
    story = drive(machine_of(states), {}, {"A": by_attempt([failed(0)])})
    assert delays(story) == [1, 2, 0, 1, 2]
    assert [scheduled.attempt for _, scheduled in story.scheduled] == [0, 1, 2, 0, 1, 2]


def test_retry_count_in_the_context_object_is_the_number_of_retries_of_all_retriers() -> None:
    states = {"A": task(Parameters={"n.$": "$$.State.RetryCount"}, Retry=[retry("A"), retry("B")])}
    world = {"A": by_attempt([failed(0, "A")], [failed(0, "B")], [failed(0, "A")], [ok(0)])}
    story = drive(machine_of(states), {}, world)
    assert [scheduled.arguments for _, scheduled in story.scheduled] == [{"n": 0}, {"n": 1}, {"n": 2}, {"n": 3}]


def test_a_retried_state_is_not_entered_again_and_keeps_its_time_of_entry() -> None:
    states = {"A": task(Parameters={"at.$": "$$.State.EnteredTime"}, Retry=[retry(IntervalSeconds=60)])}
    story = drive(machine_of(states), {}, {"A": by_attempt([failed(0)], [ok(0)])})
    assert story.types.count("TaskStateEntered") == 1
    assert len({scheduled.arguments["at"] for _, scheduled in story.scheduled}) == 1  # type: ignore[call-overload,index]


def test_the_history_of_a_retry_goes_on_from_the_failure() -> None:
    story = tried(retry(MaxAttempts=1))
    assert story.chain[2:] == [
        "3<2 TaskScheduled",
        "4<3 TaskStarted",
        "5<4 TaskFailed",
        "6<5 TaskScheduled",
        "7<6 TaskStarted",
        "8<7 TaskFailed",
        "9<8 ExecutionFailed",
    ]


def test_every_attempt_is_a_task_of_its_own_with_its_own_token() -> None:
    callback = task("arn:aws:states:::sqs:sendMessage.waitForTaskToken", Retry=[retry(MaxAttempts=2)])
    story = drive(machine_of({"A": callback}), {}, {"A": by_attempt([failed(0)])})
    assert len({scheduled.task for _, scheduled in story.scheduled}) == 3
    assert len({scheduled.token for _, scheduled in story.scheduled}) == 3


def test_a_parallel_is_repeated_as_a_whole_and_says_that_it_failed_only_at_the_end() -> None:
    story = drive(machine_of({"P": parallel({"W": wait(9)}, {"F": fail()}, Retry=[retry(MaxAttempts=1)])}))
    assert story.types.count("ParallelStateStarted") == 2
    assert story.types.count("ParallelStateFailed") == 1
    assert story.types.count("WaitStateEntered") == story.types.count("WaitStateAborted") == 2


def test_a_map_is_repeated_as_a_whole_though_some_iterations_had_succeeded() -> None:
    states = {
        "M": mapping(
            {
                "T": {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$", "NumericEquals": 2, "Next": "F"}],
                    "Default": "S",
                },
                "F": fail("Second"),
                "S": {"Type": "Succeed"},
            },
            MaxConcurrency=1,
            Retry=[retry("Second", MaxAttempts=1)],
        )
    }
    story = drive(machine_of(states), [1, 2, 3])
    started = [event["mapIterationStartedEventDetails"]["index"] for event in story.of("MapIterationStarted")]
    assert started == [0, 1, 0, 1]
    assert (story.execution.status, story.execution.error) == ("FAILED", "Second")
    assert story.types.count("MapStateFailed") == 1


@pytest.mark.parametrize("error", ["States.Runtime", "States.NoChoiceMatched", "States.IntrinsicFailure"])
def test_what_cannot_be_processed_is_never_retried_not_even_by_name(error: str) -> None:
    story = tried(retry(error), retry(), world=[[failed(0, error)]])
    assert len(story.scheduled) == 1
    assert story.execution.error == error
