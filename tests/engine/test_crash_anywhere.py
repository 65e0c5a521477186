"""An execution that is killed and rebuilt after any event, or after every event, does not show it."""

from __future__ import annotations

import pytest

from aslrun.engine import dump as snapshots

from .drive import Story, by_dump, by_fork, by_replay, drive
from .shapes import SHAPES, Shape


@pytest.fixture(params=list(SHAPES.values()), ids=list(SHAPES))
def shape(request: pytest.FixtureRequest) -> Shape:
    made: Shape = request.param()
    return made


def run(shape: Shape, **options: object) -> Story:
    return drive(shape.machine, shape.input, shape.world, limits=shape.limits, told=shape.told, **options)  # type: ignore[arg-type]


def test_every_shape_ends_as_it_is_meant_to(shape: Shape) -> None:
    story = run(shape)
    assert story.execution.status == shape.status
    assert story.records[-1][0].endswith(shape.ends_with)
    assert len(story.events) > 1 or shape.limits.history


def test_killed_after_any_event_and_rebuilt_by_replay_the_execution_stands_where_it_stood(shape: Shape) -> None:
    story = run(shape, dumping=True)
    for count in range(1, len(story.events) + 1):
        replayed = by_replay(shape.machine, story.events[:count], shape.limits)
        assert snapshots.dump(replayed.execution) == story.dumps[count - 1]
        assert replayed.effects == story.effects[:count]
    assert replayed.end() == story.end()


def test_dumped_and_loaded_after_every_event_the_execution_ends_in_the_same_way(shape: Shape) -> None:
    story, rebuilt = run(shape), run(shape, rebuilt=by_dump)
    assert rebuilt.events == story.events
    assert rebuilt.effects == story.effects
    assert rebuilt.end() == story.end()


def test_dumped_and_loaded_after_any_one_event_the_execution_ends_in_the_same_way(shape: Shape) -> None:
    story = run(shape)
    for count in range(1, len(story.events)):
        crashed = by_replay(shape.machine, story.events[:count], shape.limits)
        crashed.execution = by_dump(crashed.execution)
        for event in story.events[count:]:
            crashed.effects.append(crashed.execution.handle(event))
            crashed.records.extend(crashed.execution.take_history())
        assert crashed.effects == story.effects
        assert crashed.end() == story.end()


def test_forked_after_every_event_the_execution_ends_in_the_same_way(shape: Shape) -> None:
    story, forked = run(shape), run(shape, rebuilt=by_fork)
    assert forked.events == story.events
    assert forked.effects == story.effects
    assert forked.end() == story.end()
