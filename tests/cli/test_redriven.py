"""The story of an execution that was redriven: what goes on is shown where it stood."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from aslrun import Interpreter, Resources, TaskContext, TaskError, VirtualClock, load
from aslrun.cli.lanes import Lane
from aslrun.cli.story import Story
from aslrun.values import JSON

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:"
SECONDS = {"a1": 1, "a2": 3, "ill": 2, "late": 1, "item": 2}


def task(function: str) -> dict[str, Any]:
    return {"Type": "Task", "Resource": FUNCTION + function}


def branch(**states: dict[str, Any]) -> dict[str, Any]:
    """States that follow each other."""
    names = list(states)
    for name, following in pairwise(names):
        states[name]["Next"] = following
    states[names[-1]]["End"] = True
    return {"StartAt": names[0], "States": states}


def machine(*branches: dict[str, Any]) -> dict[str, Any]:
    return branch(P={"Type": "Parallel", "Branches": list(branches)})


NESTED = branch(N={"Type": "Parallel", "Branches": [branch(A1=task("a1")), branch(A2=task("a2"))]})
MAPPED = branch(
    M={
        "Type": "Map",
        "ItemsPath": "$.items",
        "MaxConcurrency": 2,
        "ItemProcessor": branch(V={"Type": "Wait", "Seconds": 3}, Item=task("item")),
    }
)
WAITING = branch(W={"Type": "Wait", "Seconds": 5}, Late=task("late"))


def resources() -> Resources:
    served, ill = Resources(), [True]

    @served.task(FUNCTION + "*")
    async def work(input: JSON, task: TaskContext) -> JSON:
        function = task.resource.rpartition(":")[2]
        await task.sleep(SECONDS[function])
        if function == "ill" and ill.pop():
            ill.append(False)
            raise TaskError("Ill", "the first time")
        return function

    return served


def shown(lane: Lane) -> Iterator[Any]:
    """Names, ends and redriven calls of a lane's steps, with what is below them."""
    for step in lane.steps:
        below = [list(shown(child)) for _, child in sorted(step.rounds[-1].lanes.items())] if step.rounds else []
        yield (step.name, step.end, *[[attempt.redriven for attempt in step.attempts]] * bool(step.attempts), *below)


async def redriven(*branches: dict[str, Any]) -> list[Any]:
    definition = load(machine(*branches))
    async with Interpreter(resources(), clock=VirtualClock()) as interpreter:
        execution = await interpreter.start(definition, {"items": [1, 2, 3]})
        assert (await execution.result()).status == "FAILED"
        again = await interpreter.redrive(execution.arn)
        assert (await again.result()).succeeded
        story = Story(definition)
        story.feed(list(again.run.records))
        return list(shown(story.root))


CALLED, AGAIN = [False], [False, True]


@pytest.mark.anyio
async def test_branches_that_were_at_different_depths_go_on_where_they_stood() -> None:
    nested = [("N", "done", [("A1", "done", CALLED)], [("A2", "done", AGAIN)])]
    assert await redriven(NESTED, branch(B=task("ill"))) == [("P", "done", nested, [("B", "done", AGAIN)])]


@pytest.mark.anyio
async def test_a_branch_that_waited_goes_on_in_its_own_lane() -> None:
    waited = [("W", "done"), ("Late", "done", CALLED)]
    assert await redriven(branch(B=task("ill")), WAITING) == [("P", "done", [("B", "done", AGAIN)], waited)]


@pytest.mark.anyio
async def test_iterations_that_waited_or_worked_go_on_in_theirs() -> None:
    item = [("V", "done"), ("Item", "done", CALLED)]
    expected = [("P", "done", [("B", "done", AGAIN)], [("M", "done", item, item, item)])]
    assert await redriven(branch(B=task("ill")), MAPPED) == expected


def test_a_branch_that_had_not_begun_begins_as_a_branch() -> None:
    story = Story(load(machine(branch(B=task("ill")), branch(X={"Type": "Pass"}, Y={"Type": "Pass"}))))
    begun = [("ParallelStateEntered", 0.0, 0, "P", {}), ("ParallelStateStarted", 0.0, 2)]
    failed = [("TaskStateEntered", 0.0, 3, "B", {}), ("ExecutionFailed", 0.0, 4, "Ill", None)]
    entered = [("PassStateEntered", 1.0, 6, "X", {}), ("PassStateExited", 1.0, 7, "X", {}, None)]
    story.feed([("ExecutionStarted", 0.0, 0, {}, "role"), *begun, *failed, ("ExecutionRedriven", 1.0, 5, 1), *entered])
    assert list(shown(story.root)) == [("P", None, [("B", None)], [("X", "done")])]


def test_a_branch_that_was_between_two_states_goes_on_with_the_second() -> None:
    story = Story(load(machine(branch(B=task("ill")), branch(X={"Type": "Pass"}, Y={"Type": "Pass"}))))
    begun = [("ParallelStateEntered", 0.0, 0, "P", {}), ("ParallelStateStarted", 0.0, 2)]
    moved = [("PassStateEntered", 0.0, 3, "X", {}), ("PassStateExited", 0.0, 5, "X", {}, None)]
    failed = [("TaskStateEntered", 0.0, 3, "B", {}), *moved, ("ExecutionFailed", 0.0, 4, "Ill", None)]
    entered = ("PassStateEntered", 1.0, 8, "Y", {})
    story.feed([("ExecutionStarted", 0.0, 0, {}, "role"), *begun, *failed, ("ExecutionRedriven", 1.0, 7, 1), entered])
    assert list(shown(story.root)) == [("P", None, [("B", None)], [("X", "done"), ("Y", None)])]
