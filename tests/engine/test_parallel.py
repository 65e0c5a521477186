"""Parallel: branches side by side, one result, one failure."""

from __future__ import annotations

from aslrun import values
from aslrun.engine.effects import CancelTask
from aslrun.engine.events import Started, TaskFailed, TaskSucceeded

from .drive import START, always, drive, execution_of, failed, machine_of, ok
from .shapes import CALLBACK, catch, fail, mapping, parallel, passing, retry, task, wait


def test_the_result_is_in_the_order_of_the_branches_whoever_ends_first() -> None:
    states = {"P": parallel({"A": task()}, {"B": task()}, {"C": passing(Result="c")})}
    world = {"A": always(ok(9, "a")), "B": always(ok(2, "b"))}
    assert drive(machine_of(states), {}, world).execution.output == ["a", "b", "c"]


def test_every_branch_gets_the_effective_input() -> None:
    states = {"P": parallel({"A": passing()}, {"B": passing()}, InputPath="$.in", Parameters={"v.$": "$.x"})}
    assert drive(machine_of(states), {"in": {"x": 1}}).execution.output == [{"v": 1}, {"v": 1}]


def test_the_branches_begin_in_order_before_any_of_them_goes_on() -> None:
    states = {"P": parallel({"A": passing(Next="A2"), "A2": passing()}, {"B": passing(Next="B2"), "B2": passing()})}
    entered = [event["stateEnteredEventDetails"]["name"] for event in drive(machine_of(states)).of("PassStateEntered")]
    assert entered == ["A", "B", "A2", "B2"]


def test_each_branch_keeps_its_own_chain_of_previous_events() -> None:
    story = drive(machine_of({"P": parallel({"A": passing()}, {"B": passing()})}))
    assert story.chain == [
        "1<0 ExecutionStarted",
        "2<0 ParallelStateEntered",
        "3<2 ParallelStateStarted",
        "4<3 PassStateEntered",
        "5<4 PassStateExited",
        "6<3 PassStateEntered",
        "7<6 PassStateExited",
        "8<7 ParallelStateSucceeded",
        "9<7 ParallelStateExited",
        "10<9 ExecutionSucceeded",
    ]


def test_a_branch_keeps_the_text_of_its_result() -> None:
    states = {"P": parallel({"A": passing()}, {"B": passing(Result=1)})}
    output = drive(machine_of(states), values.parse('{"a":  [1, 2]}')).execution.output
    assert values.to_text(output) == '[{"a":  [1, 2]},1]'


def test_the_first_failure_aborts_the_siblings_where_they_stand() -> None:
    states = {
        "P": parallel({"W": wait(99)}, {"F": wait(5, Next="G"), "G": fail()}, {"T": task(CALLBACK)}, {"D": passing()})
    }
    story = drive(machine_of(states))
    assert story.types[-4:] == ["WaitStateAborted", "TaskStateAborted", "ParallelStateFailed", "ExecutionFailed"]


def test_the_failure_of_a_parallel_follows_the_event_that_failed_and_an_abort_follows_its_own_state() -> None:
    story = drive(machine_of({"P": parallel({"W": wait(99)}, {"F": fail()})}))
    assert story.chain[3:] == [
        "4<3 WaitStateEntered",
        "5<3 FailStateEntered",
        "6<4 WaitStateAborted",
        "7<5 ParallelStateFailed",
        "8<7 ExecutionFailed",
    ]


def test_siblings_are_aborted_in_the_order_of_the_branches_inner_states_before_outer_ones() -> None:
    inner = parallel({"I1": wait(50)}, {"I2": mapping({"I3": wait(50)}, ItemsPath="$.i")})
    states = {"P": parallel({"Q": inner}, {"W": wait(9)}, {"F": wait(1, Next="G"), "G": fail()})}
    story = drive(machine_of(states), {"i": [1]})
    assert [type for type in story.types if "Aborted" in type] == [
        "WaitStateAborted",
        "WaitStateAborted",
        "MapIterationAborted",
        "MapStateAborted",
        "ParallelStateAborted",
        "WaitStateAborted",
    ]


def test_a_sibling_that_had_not_begun_is_not_aborted() -> None:
    story = drive(machine_of({"P": parallel({"F": fail()}, {"W": wait(9)})}))
    assert story.types[3:] == ["FailStateEntered", "ParallelStateFailed", "ExecutionFailed"]


def test_a_sibling_that_had_ended_is_not_aborted() -> None:
    story = drive(machine_of({"P": parallel({"A": passing()}, {"F": fail()})}))
    assert not [type for type in story.types if "Aborted" in type]


def test_a_sibling_between_two_attempts_is_aborted_and_never_tried_again() -> None:
    states = {"P": parallel({"T": task(Retry=[retry(IntervalSeconds=60)])}, {"F": wait(5, Next="G"), "G": fail()})}
    story = drive(machine_of(states), {}, {"T": always(failed(1))})
    assert len(story.scheduled) == 1
    assert "TaskStateAborted" in story.types


def test_the_tasks_of_aborted_siblings_are_cancelled() -> None:
    states = {"P": parallel({"A": task()}, {"B": task()}, {"C": task()}, Catch=[catch("Z")]), "Z": wait(9)}
    execution = execution_of(machine_of(states))
    execution.handle(Started({}, START))
    assert execution.handle(TaskFailed(2, "Boom", None, START + 1)) == [CancelTask(1), CancelTask(3)]
    assert execution.outstanding() == []


def test_the_result_of_an_aborted_sibling_changes_nothing() -> None:
    states = {"P": parallel({"A": task()}, {"B": task()}, Catch=[catch("Z")]), "Z": wait(9)}
    execution = execution_of(machine_of(states))
    execution.handle(Started({}, START))
    execution.handle(TaskFailed(2, "Boom", None, START + 1))
    events = execution.event_id
    assert execution.handle(TaskSucceeded(1, "late", START + 1)) == []
    assert (execution.event_id, execution.status) == (events, "RUNNING")


def test_a_failure_of_a_parallels_own_result_selector_is_no_failure_of_a_branch() -> None:
    states = {"P": parallel({"A": passing()}, ResultSelector={"v.$": "$[7]"}, Catch=[catch("B")]), "B": passing()}
    story = drive(machine_of(states), {})
    assert (story.execution.status, story.execution.error) == ("FAILED", "States.Runtime")
    assert story.types[-2:] == ["ParallelStateSucceeded", "ExecutionFailed"]


def test_an_error_in_the_data_flow_of_an_outer_state_is_the_outer_states() -> None:
    inner = parallel({"I": passing()})
    states = {"P": parallel({"Q": inner}, ResultSelector={"v.$": "$.missing"})}
    cause = drive(machine_of(states), {}).execution.cause
    assert cause is not None
    assert cause.startswith("An error occurred while executing the state 'P' (entered at the event id #2). ")


def test_result_path_joins_the_results_and_the_raw_input() -> None:
    states = {"P": parallel({"A": passing(Result=1)}, InputPath="$.x", ResultPath="$.out")}
    assert drive(machine_of(states), {"x": 0}).execution.output == {"x": 0, "out": [1]}


def test_two_branches_that_fail_at_one_instant_are_one_failure() -> None:
    story = drive(machine_of({"P": parallel({"A": fail("First")}, {"B": fail("Second")})}))
    assert story.execution.error == "First"
    assert story.types.count("FailStateEntered") == 1
