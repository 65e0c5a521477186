"""Whatever the machine and whatever its tasks say: the engine ends or waits, and never raises."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from random import Random
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from aslrun.definition.loading import load
from aslrun.definition.model import Machine
from aslrun.engine.effects import ScheduleTask
from aslrun.engine.limits import Limits
from aslrun.errors import InvalidDefinition
from aslrun.testing.arbitrary import INPUTS, programs

from .drive import Saying, Story, World, beat, begun, by_dump, by_replay, drive, failed, ok, submitted

SOME = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def world_of(machine: Machine, seed: int) -> World:
    """Every task says something of its own, the same in every run with this seed; some say nothing."""

    def says(scheduled: ScheduleTask) -> Sequence[Saying]:
        random = Random(f"{seed}/{scheduled.state}/{scheduled.task}")
        output: Any = random.choice([None, 7, {"a": [1]}, [2, {"b": {"c": 3}}]])
        end = random.choice(
            [ok(random.randrange(25), output), failed(random.randrange(25), random.choice(["Boom", None]))]
        )
        others = [begun(0, "w"), beat(random.randrange(9)), submitted(1, output)]
        return [*random.sample(others, random.randrange(3)), *([end] if random.random() < 0.9 else [])]

    return dict.fromkeys(machine.states, says)


def loaded(definition: dict[str, Any]) -> Machine:
    try:
        return load(definition, name="machine")
    except InvalidDefinition:
        assume(False)
        raise


def told(definition: dict[str, Any], input: Any, seed: int, **options: Any) -> Story:
    machine = loaded(definition)
    return drive(machine, input, world_of(machine, seed), seed=seed, **options)


@SOME
@given(programs(), INPUTS, st.integers(0, 99))
def test_any_machine_ends_or_waits(definition: dict[str, Any], input: Any, seed: int) -> None:
    kept, kept_input = copy.deepcopy(definition), copy.deepcopy(input)
    story = told(definition, input, seed)
    execution = story.execution
    if execution.status == "RUNNING":
        assert execution.outstanding()
    else:
        assert (execution.frames, execution.tasks, execution.deadline) == ({}, {}, None)
    assert len(story.history) == execution.event_id
    assert (definition, input) == (kept, kept_input)


@SOME
@given(programs(), INPUTS, st.integers(0, 99))
def test_any_machine_may_be_killed_after_every_event(definition: dict[str, Any], input: Any, seed: int) -> None:
    story, rebuilt = told(definition, input, seed), told(definition, input, seed, rebuilt=by_dump)
    assert rebuilt.end() == story.end()
    assert rebuilt.effects == story.effects
    assert by_replay(loaded(definition), story.events).end() == story.end()


@SOME
@given(programs(), INPUTS, st.integers(0, 99), st.integers(2, 30))
def test_any_history_quota_is_kept(definition: dict[str, Any], input: Any, seed: int, quota: int) -> None:
    story = told(definition, input, seed, limits=Limits(history=quota))
    assert len(story.records) <= quota
    assert (story.types[-1] == "ExecutionFailed") == (story.execution.status == "FAILED")


@SOME
@given(programs(), INPUTS, st.integers(0, 99))
def test_the_history_of_any_machine_is_well_formed(definition: dict[str, Any], input: Any, seed: int) -> None:
    story = told(definition, input, seed)
    history = story.history
    open_states = 0
    for event in history:
        assert event["previousEventId"] < event["id"]
        open_states += event["type"].endswith("StateEntered")
        open_states -= event["type"].endswith(("StateExited", "StateAborted"))
    times = [event["timestamp"] for event in history]
    assert times == sorted(times)
    assert open_states >= 0
