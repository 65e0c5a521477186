"""Time-outs and heartbeats: deadlines come before news, and every attempt has its own."""

from __future__ import annotations

from aslrun.engine.events import Started, TaskFailed, TaskHeartbeat, TaskSucceeded, TimePassed

from .drive import START, always, beat, begun, by_attempt, drive, execution_of, failed, machine_of, ok, submitted
from .shapes import ACTIVITY, CALLBACK, LAMBDA, counting, parallel, passing, retry, task, wait


def test_a_task_times_out_at_the_instant_of_its_deadline() -> None:
    story = drive(machine_of({"A": task(TimeoutSeconds=7)}))
    assert story.execution.stopped_at == START + 7
    assert (story.execution.status, story.execution.error, story.execution.cause) == ("FAILED", "States.Timeout", None)
    assert story.chain[2:] == ["3<2 TaskScheduled", "4<3 TaskStarted", "5<4 TaskTimedOut", "6<5 ExecutionFailed"]


def test_a_time_out_is_an_event_of_the_tasks_own_family() -> None:
    assert "LambdaFunctionTimedOut" in drive(machine_of({"A": task(LAMBDA, TimeoutSeconds=7)})).types
    taken = {"A": always(begun(1, "worker"))}
    assert "ActivityTimedOut" in drive(machine_of({"A": task(ACTIVITY, TimeoutSeconds=7)}), {}, taken).types


def test_the_clocks_of_an_activity_run_from_the_moment_a_worker_takes_it() -> None:
    story = drive(machine_of({"A": task(ACTIVITY, TimeoutSeconds=7)}), {}, {"A": always(begun(100, "worker"))})
    assert story.execution.stopped_at == START + 107


def test_an_activity_that_nobody_takes_waits_without_end() -> None:
    execution = execution_of(machine_of({"A": task(ACTIVITY, TimeoutSeconds=7, HeartbeatSeconds=3)}))
    execution.handle(Started({}, START))
    assert execution.deadline is None


def test_a_result_at_the_instant_of_the_deadline_is_late() -> None:
    execution = execution_of(machine_of({"A": task(TimeoutSeconds=7)}))
    execution.handle(Started({}, START))
    execution.handle(TaskSucceeded(1, "in time?", START + 7))
    assert (execution.status, execution.error) == ("FAILED", "States.Timeout")


def test_a_result_just_before_the_deadline_is_in_time() -> None:
    execution = execution_of(machine_of({"A": task(TimeoutSeconds=7)}))
    execution.handle(Started({}, START))
    execution.handle(TaskSucceeded(1, "in time", START + 6.999))
    assert execution.output == "in time"


def test_a_deadline_fires_at_its_own_instant_though_the_driver_says_so_much_later() -> None:
    execution = execution_of(machine_of({"A": wait(5, Next="B"), "B": wait(5)}))
    execution.handle(Started({}, START))
    execution.handle(TimePassed(START + 1_000))
    assert execution.stopped_at == START + 10


def test_the_late_answer_of_the_first_attempt_does_not_complete_the_second() -> None:
    story = drive(
        machine_of({"A": task(TimeoutSeconds=5, Retry=[retry("States.Timeout")])}),
        {},
        {"A": by_attempt([ok(7, "first, late")], [ok(4, "second")])},
    )
    assert story.execution.output == "second"
    assert story.execution.stopped_at == START + 5 + 1 + 4


def test_the_time_out_starts_anew_with_every_attempt() -> None:
    states = {"A": task(TimeoutSeconds=5, Retry=[retry(MaxAttempts=2, BackoffRate=1)])}
    story = drive(machine_of(states), {}, {"A": by_attempt([failed(4)], [failed(4)], [ok(4, "third")])})
    assert story.execution.output == "third"
    assert [scheduled.timeout for _, scheduled in story.scheduled] == [5, 5, 5]


def test_the_heartbeat_starts_anew_with_every_attempt() -> None:
    states = {"A": task(HeartbeatSeconds=5, Retry=[retry(MaxAttempts=1)])}
    story = drive(machine_of(states), {}, {"A": by_attempt([beat(3), failed(4)], [ok(4.5, "second")])})
    assert story.execution.output == "second"


def test_the_machines_time_out_does_not_start_anew() -> None:
    states = {"A": task(Retry=[retry(BackoffRate=1, MaxAttempts=99)])}
    story = drive(machine_of(states, TimeoutSeconds=10), {}, {"A": always(failed(2))})
    assert (story.execution.status, story.execution.stopped_at) == ("TIMED_OUT", START + 10)


def test_a_missed_heartbeat_is_a_time_out_in_the_history() -> None:
    story = drive(machine_of({"A": task(CALLBACK, HeartbeatSeconds=5)}), {}, {"A": always(begun(0), submitted(1))})
    assert story.execution.stopped_at == START + 5
    assert story.chain[4:] == ["5<4 TaskSubmitted", "6<5 TaskTimedOut", "7<6 ExecutionFailed"]
    assert story.of("TaskTimedOut")[0]["taskTimedOutEventDetails"] == {
        "resourceType": "sqs",
        "resource": "sendMessage.waitForTaskToken",
        "error": "States.Timeout",
    }


def test_a_heartbeat_restarts_its_own_clock_only() -> None:
    states = {"A": task(CALLBACK, HeartbeatSeconds=5, TimeoutSeconds=12)}
    story = drive(machine_of(states), {}, {"A": always(beat(4), beat(8), beat(11))})
    assert (story.execution.error, story.execution.stopped_at) == ("States.Timeout", START + 12)


def test_a_heartbeat_at_the_instant_of_the_deadline_is_late() -> None:
    execution = execution_of(machine_of({"A": task(CALLBACK, HeartbeatSeconds=5)}))
    execution.handle(Started({}, START))
    execution.handle(TaskHeartbeat(1, START + 5))
    assert execution.status == "FAILED"


def test_a_heartbeat_of_a_task_without_heartbeat_seconds_changes_nothing() -> None:
    execution = execution_of(machine_of({"A": task(CALLBACK)}))
    execution.handle(Started({}, START))
    execution.handle(TaskHeartbeat(1, START + 5))
    assert execution.deadline is None


def test_at_one_instant_deadlines_fire_in_the_order_in_which_they_were_set() -> None:
    states = {"P": parallel({"A": wait(5)}, {"B": wait(5)}, {"C": wait(2, Next="D"), "D": wait(3)})}
    story = drive(machine_of(states))
    exits = [event["stateExitedEventDetails"]["name"] for event in story.of("WaitStateExited")]
    assert exits == ["C", "A", "B", "D"]


def test_a_task_and_its_machine_that_are_due_together_end_the_machine() -> None:
    assert drive(machine_of({"A": task(TimeoutSeconds=5)}, TimeoutSeconds=5)).execution.status == "TIMED_OUT"


def test_news_of_a_task_that_is_over_or_never_was_changes_nothing() -> None:
    execution = execution_of(machine_of({"A": task(Next="B"), "B": wait(9)}))
    execution.handle(Started({}, START))
    execution.handle(TaskSucceeded(1, "first", START + 1))
    before = execution.event_id
    assert execution.handle(TaskSucceeded(1, "again", START + 2)) == []
    assert execution.handle(TaskFailed(99, "No", None, START + 3)) == []
    assert execution.event_id == before


def test_a_path_gives_the_seconds_of_time_out_and_heartbeat() -> None:
    states = {"A": task(TimeoutSecondsPath="$.t", HeartbeatSecondsPath="$.h")}
    story = drive(machine_of(states), {"t": 60, "h": 20})
    details = story.of("TaskScheduled")[0]["taskScheduledEventDetails"]
    assert (details["timeoutInSeconds"], details["heartbeatInSeconds"]) == (60, 20)
    assert story.execution.stopped_at == START + 20


def test_seconds_beyond_every_clock_fail_the_execution_and_nothing_else() -> None:
    for seconds in (10**400, 1e308, 2**63):
        story = drive(machine_of({"A": task(TimeoutSecondsPath="$.t")}), {"t": seconds})
        assert (story.execution.status, story.execution.error) == ("FAILED", "States.Runtime")


def test_what_lies_due_when_the_quantum_is_used_up_is_due_at_once() -> None:
    execution = execution_of(machine_of({"P": parallel(counting(1_500), {"T": task()}, {"X": passing()})}))
    execution.handle(Started({}, START))
    deadlines = [execution.deadline]
    assert [scheduled.state for scheduled in execution.outstanding()] == ["T"]
    for _ in range(3):
        execution.handle(TimePassed(START))
        deadlines.append(execution.deadline)
    assert deadlines == [START, START, START, None]
    execution.handle(TaskSucceeded(1, None, START + 3))
    assert (execution.status, execution.stopped_at) == ("SUCCEEDED", START + 3)
