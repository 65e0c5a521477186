"""Workflow variables: what Assign sets, who sees it, and when."""

from __future__ import annotations

from typing import Any

from aslrun.engine.limits import Limits
from aslrun.values import JSON

from .drive import Story, always, drive, failed, machine_of, ok
from .shapes import catch, distributed, fail, mapping, parallel, passing, task, wait


def ran(states: dict[str, Any], input: JSON = None, **options: Any) -> Story:
    return drive(machine_of(states), input, **options)


def test_a_variable_is_seen_from_the_next_state_on() -> None:
    states = {"A": passing(Assign={"v.$": "$.x"}, Next="B"), "B": passing(Parameters={"v.$": "$v"})}
    assert ran(states, {"x": [1]}).execution.output == {"v": [1]}


def test_a_variable_is_not_seen_in_the_state_that_assigns_it() -> None:
    assert ran({"A": passing(Parameters={"w.$": "$v"}, Assign={"v": 1})}).execution.error == "States.Runtime"


def test_all_of_an_assign_sees_the_values_at_the_states_entry() -> None:
    states = {
        "A": passing(Assign={"x": 1, "y": 2}, Next="Swap"),
        "Swap": passing(Assign={"x.$": "$y", "y.$": "$x"}, Next="B"),
        "B": passing(Parameters={"x.$": "$x", "y.$": "$y"}),
    }
    assert ran(states).execution.output == {"x": 2, "y": 1}


def test_assign_sees_the_result_after_result_selector_and_before_result_path() -> None:
    states = {
        "A": task(ResultSelector={"s.$": "$.r"}, ResultPath="$.out", Assign={"v.$": "$"}, Next="B"),
        "B": passing(Parameters={"v.$": "$v"}),
    }
    assert ran(states, {"in": 1}, world={"A": always(ok(1, {"r": 7}))}).execution.output == {"v": {"s": 7}}


def test_nested_values_are_reached_and_templates_may_mix_constants_and_paths() -> None:
    states = {
        "A": passing(Assign={"v": {"c": [1, 2], "d.$": "$.x"}}, Next="B"),
        "B": passing(Parameters={"c.$": "$v.c[1]", "d.$": "$v.d", "n.$": "States.ArrayLength($v.c)"}),
    }
    assert ran(states, {"x": 5}).execution.output == {"c": 2, "d": 5, "n": 2}


def test_assigned_variables_are_shown_in_the_exit_event_only() -> None:
    story = ran({"A": passing(Assign={"v.$": "$.x", "w": "text"}, Next="B"), "B": passing()}, {"x": {"y": 1}})
    first, second = (event["stateExitedEventDetails"] for event in story.of("PassStateExited"))
    assert first["assignedVariables"] == {"v": '{"y":1}', "w": '"text"'}
    assert "assignedVariables" not in second


def test_branches_read_outer_variables_and_their_own_end_with_them() -> None:
    branch = {"I": passing(Assign={"mine.$": "$outer"}, Next="J"), "J": passing(Parameters={"m.$": "$mine"})}
    states = {"A": passing(Assign={"outer": 7}, Next="P"), "P": parallel(branch, Next="B"), "B": passing()}
    assert ran(states).execution.output == [{"m": 7}]
    states["B"] = passing(Parameters={"m.$": "$mine"})
    assert ran(states).execution.error == "States.Runtime"


def test_two_branches_do_not_see_each_others_variables() -> None:
    first = {"I": passing(Assign={"mine": 1}, Next="W"), "W": wait(1)}
    second = {"V": wait(5, Next="J"), "J": passing(Parameters={"m.$": "$mine"})}
    assert ran({"P": parallel(first, second)}).execution.error == "States.Runtime"


def test_iterations_each_have_their_own_variables() -> None:
    states = {
        "I": passing(Assign={"v.$": "$"}, Next="W"),
        "W": wait(1, Next="J"),
        "J": passing(Parameters={"v.$": "$v"}),
    }
    assert ran({"M": mapping(states)}, [1, 2, 3]).execution.output == [{"v": 1}, {"v": 2}, {"v": 3}]


def test_a_parallel_assigns_from_its_results_in_the_outer_scope() -> None:
    states = {
        "P": parallel({"I": passing(Result=1)}, Assign={"v.$": "$[0]"}, Next="B"),
        "B": passing(Parameters={"v.$": "$v"}),
    }
    assert ran(states).execution.output == {"v": 1}


def test_only_the_catchers_assign_counts_when_a_failure_is_caught() -> None:
    states = {
        "S": passing(Assign={"v": "before"}, Next="A"),
        "A": task(Assign={"v": "done"}, Catch=[catch("B", ResultPath=None, Assign={"why.$": "$.Error"})]),
        "B": passing(Parameters={"v.$": "$v", "why.$": "$why"}),
    }
    assert ran(states, {}, world={"A": always(failed(1))}).execution.output == {"v": "before", "why": "Boom"}


def test_a_catch_of_a_parallel_assigns_in_the_outer_scope_and_the_branches_variables_are_gone() -> None:
    branch = {"I": passing(Assign={"mine": 1}, Next="F"), "F": fail()}
    states = {
        "P": parallel(branch, Catch=[catch("B", Assign={"why.$": "$.Error"})]),
        "B": passing(Parameters={"why.$": "$why"}),
    }
    assert ran(states).execution.output == {"why": "Bad"}
    states["P"]["Catch"][0]["Assign"] = {"why.$": "$mine"}
    assert ran(states).execution.error == "States.Runtime"


def test_the_children_of_a_distributed_map_are_machines_without_outer_variables() -> None:
    states = {"A": passing(Assign={"outer": 7}, Next="D"), "D": distributed({"X": passing(Result=1)})}
    child = machine_of(states).processor("D")
    assert drive(child, 1).execution.frames == {}
    assert drive(child, 1).execution.output == 1


def test_a_retried_state_sees_the_variables_of_its_entry() -> None:
    states = {
        "A": passing(Assign={"n": 1}, Next="B"),
        "B": task(Parameters={"n.$": "$n"}, Assign={"n": 2}, Retry=[{"ErrorEquals": ["Boom"]}]),
    }
    story = ran(states, {}, world={"B": lambda s: [ok(1) if s.attempt else failed(1)]})
    assert [scheduled.arguments for _, scheduled in story.scheduled] == [{"n": 1}, {"n": 1}]


def test_all_variables_together_have_a_quota() -> None:
    states = {f"A{i}": passing(Assign={f"v{i}.$": "$.x"}, Next=f"A{i + 1}") for i in range(5)} | {"A5": passing()}
    limits = Limits(variables=100, all_variables=450)
    assert ran(states, {"x": "x" * 88}, limits=limits).execution.status == "SUCCEEDED"
    story = ran(states, {"x": "x" * 89}, limits=limits)
    assert (story.execution.status, story.execution.error) == ("FAILED", "States.Runtime")


def test_a_variable_that_is_replaced_counts_once() -> None:
    states = {f"A{i}": passing(Assign={"v.$": "$.x"}, Next=f"A{i + 1}") for i in range(9)} | {"A9": passing()}
    limits = Limits(variables=100, all_variables=150)
    assert ran(states, {"x": "x" * 90}, limits=limits).execution.status == "SUCCEEDED"


def test_what_a_state_refers_to_is_told_of_the_machine() -> None:
    states = {"A": passing(Assign={"v": 1}, Next="B"), "B": passing(Parameters={"v.$": "$v", "w.$": "$v.x"})}
    assert machine_of(states).variable_references() == {"B": ["v"]}
