"""Quotas: payloads, history events, variables and the transitions of one call."""

from __future__ import annotations

import pytest

from aslrun import values
from aslrun.engine.events import Started, TaskSucceeded, TimePassed
from aslrun.engine.execution_state import QUANTUM
from aslrun.engine.limits import DEFAULT_LIMITS, Limits
from aslrun.values import JSON

from .drive import START, World, always, by_attempt, drive, execution_of, failed, machine_of, ok
from .shapes import LAMBDA, catch, counting, distributed, fail, mapping, parallel, passing, retry, task, wait

QUOTA = DEFAULT_LIMITS.payload


def text_of(bytes: int) -> str:
    """A string whose JSON text has this many bytes."""
    return "x" * (bytes - 2)


def test_the_quotas_are_those_of_the_service() -> None:
    assert (QUOTA, DEFAULT_LIMITS.history, DEFAULT_LIMITS.map_concurrency) == (262_144, 25_000, 40)


# --------------------------------------------------------------------------- payload


def test_a_result_of_exactly_the_quota_is_taken() -> None:
    story = drive(machine_of({"A": task(LAMBDA)}), {}, {"A": always(ok(1, text_of(QUOTA)))})
    assert story.execution.status == "SUCCEEDED"


def test_without_a_quota_no_value_is_measured() -> None:
    huge = 10**5_000  # cannot be written, so to measure it would fail
    machine = machine_of({"A": task(LAMBDA, Next="P"), "P": passing(Parameters={"big.$": "$"})})
    story = drive(machine, {}, {"A": always(ok(1, huge))}, limits=Limits(payload=0))
    assert (story.execution.status, story.execution.output) == ("SUCCEEDED", {"big": huge})


def test_a_result_of_one_byte_more_fails_the_task() -> None:
    story = drive(machine_of({"A": task(LAMBDA)}), {}, {"A": always(ok(1, text_of(QUOTA + 1)))})
    assert (story.execution.status, story.execution.error) == ("FAILED", "States.DataLimitExceeded")
    assert "LambdaFunctionFailed" in story.types


def test_the_quota_counts_bytes_and_not_characters() -> None:
    fits, exceeds = "é" * (QUOTA // 2 - 1), "é" * (QUOTA // 2)
    assert (values.size(fits), values.size(exceeds)) == (QUOTA, QUOTA + 2)
    assert drive(machine_of({"A": task()}), {}, {"A": always(ok(1, fits))}).execution.status == "SUCCEEDED"
    assert drive(machine_of({"A": task()}), {}, {"A": always(ok(1, exceeds))}).execution.status == "FAILED"


def test_an_output_of_exactly_the_quota_is_taken_and_one_byte_more_is_not() -> None:
    states = {"A": passing(Parameters={"v.$": "$"})}
    overhead = len('{"v":}')
    assert drive(machine_of(states), text_of(QUOTA - overhead)).execution.status == "SUCCEEDED"
    story = drive(machine_of(states), text_of(QUOTA - overhead + 1))
    assert (story.execution.status, story.execution.error) == ("FAILED", "States.DataLimitExceeded")
    assert story.chain[-2:] == ["2<0 PassStateEntered", "3<2 ExecutionFailed"]


def test_an_output_over_the_quota_is_caught_by_nobody() -> None:
    states = {
        "A": task(
            ResultSelector={"v.$": "$", "w.$": "$"},
            Catch=[
                catch("B"),
            ],
        ),
        "B": passing(),
    }
    story = drive(machine_of(states), {}, {"A": always(ok(1, text_of(QUOTA // 2)))})
    assert (story.execution.status, story.execution.error) == ("FAILED", "States.DataLimitExceeded")


def test_parameters_over_the_quota_are_never_sent() -> None:
    story = drive(machine_of({"A": task(LAMBDA, Parameters={"v.$": "$"}, Retry=[retry()])}), text_of(QUOTA))
    assert story.scheduled == []
    assert story.execution.cause == (
        f"The state/task '{LAMBDA}' provided parameters with a size exceeding the maximum number of bytes "
        "service limit."
    )


def test_without_a_quota_any_payload_is_taken() -> None:
    states = {"A": passing(Parameters={"v.$": "$"})}
    assert drive(machine_of(states), text_of(QUOTA), limits=Limits.none()).execution.status == "SUCCEEDED"


# --------------------------------------------------------------------------- history


def passes(count: int) -> dict[str, object]:
    """A chain: 2 history events for each state, and the execution's two."""
    return {f"P{i}": passing(Next=f"P{i + 1}") for i in range(count - 1)} | {f"P{count - 1}": passing()}


def test_success_may_be_the_last_event_that_fits() -> None:
    story = drive(machine_of(passes(4)), limits=Limits(history=10))
    assert (story.execution.status, len(story.records)) == ("SUCCEEDED", 10)


def test_when_the_last_event_that_fits_is_not_success_it_is_the_failure() -> None:
    story = drive(machine_of(passes(5)), limits=Limits(history=11))
    assert (story.execution.status, story.execution.error) == ("FAILED", "States.Runtime")
    assert story.execution.cause == "The execution reached the maximum number of history events (11)."
    assert story.chain[-2:] == ["10<9 PassStateEntered", "11<10 ExecutionFailed"]


def test_an_endless_loop_ends_with_history_event_25000() -> None:
    story = drive(machine_of(counting(10**9)))
    assert (story.execution.status, story.types[-1], len(story.records)) == ("FAILED", "ExecutionFailed", 25_000)


EVERYTHING = {
    "M": mapping({"T": task(Retry=[retry(MaxAttempts=1)])}, ItemsPath="$.items", ResultPath="$.m", Next="P"),
    "P": parallel({"W": wait(9)}, {"F": fail()}, {"Q": parallel({"V": wait(3)})}, Catch=[catch("D")]),
    "D": distributed({"X": passing()}, ItemsPath="$$.Execution.Input.items", Next="E"),
    "E": passing(),
}
WORLD: World = {"T": by_attempt([failed(1)], [ok(1)]), "D": always(ok(1))}


def test_wherever_the_history_is_full_the_quota_is_kept_and_the_end_is_the_last_event() -> None:
    machine = machine_of(EVERYTHING)
    input: JSON = {"items": [1, 2, 3]}
    whole = drive(machine, input, WORLD)
    assert whole.execution.status == "SUCCEEDED"
    for quota in range(3, len(whole.records)):
        story = drive(machine, input, WORLD, limits=Limits(history=quota))
        assert (len(story.records), story.execution.event_id) == (quota, quota)
        assert story.records[:-1] == whole.records[: quota - 1]
        assert (story.types[-1], story.execution.status) == ("ExecutionFailed", "FAILED")
        assert story.execution.outstanding() == []
        assert story.execution.deadline is None
    assert drive(machine, input, WORLD, limits=Limits(history=len(whole.records))).end() == whole.end()


def test_without_a_history_quota_there_may_be_more_events() -> None:
    story = drive(machine_of(counting(6_500)), limits=Limits(history=0))
    assert story.execution.status == "SUCCEEDED"
    assert len(story.records) > 25_000


# --------------------------------------------------------------------------- quantum


def test_one_call_runs_at_most_the_quantum_and_is_due_at_once() -> None:
    execution = execution_of(machine_of(counting(QUANTUM)))
    execution.handle(Started({}, START))
    assert len([1 for record in execution.take_history() if record[0].endswith("Entered")]) == QUANTUM
    assert (execution.status, execution.deadline) == ("RUNNING", START)


def test_an_endless_loop_neither_hangs_nor_holds_up_news_and_deadlines() -> None:
    states = {"P": parallel(counting(10**9), {"T": task()}, {"U": task()})}
    execution = execution_of(machine_of(states, TimeoutSeconds=60), Limits(history=0))
    execution.handle(Started({}, START))
    execution.handle(TaskSucceeded(1, None, START + 1))
    assert [scheduled.state for scheduled in execution.outstanding()] == ["U"]
    execution.handle(TimePassed(START + 60))
    assert (execution.status, execution.stopped_at) == ("TIMED_OUT", START + 60)


# --------------------------------------------------------------------------- variables


@pytest.mark.parametrize(("bytes", "status"), [(QUOTA, "SUCCEEDED"), (QUOTA + 1, "FAILED")])
def test_a_variable_has_a_quota(bytes: int, status: str) -> None:
    states = {"A": passing(Assign={"v.$": "$$.Execution.Input"})}
    assert drive(machine_of(states), text_of(bytes)).execution.status == status


def test_the_variables_of_one_assign_have_a_quota_together() -> None:
    states = {"A": passing(Parameters={}, Assign={"v.$": "$$.Execution.Input", "w.$": "$$.Execution.Input"})}
    assert drive(machine_of(states), text_of(QUOTA // 2)).execution.status == "SUCCEEDED"
    story = drive(machine_of(states), text_of(QUOTA // 2 + 1))
    assert (story.execution.status, story.execution.error) == ("FAILED", "States.Runtime")
