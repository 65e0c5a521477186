"""The story of an execution: its history records, one after the other, become a tree of lanes and steps (``lanes``).

Rules that a change must keep:

1. A record belongs to the lane of the record before it in its chain (``previous``). Where the chain comes up from a
   child, the owner is found by climbing to the first lane whose open step the record can be about.
2. What the climb leaves behind open has failed: nothing but a failure leads out of a state without an exit.
3. What follows a redrive names no record of its lane: ``redriven`` finds it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..resources.lambda_function import invoked_function
from .lanes import Attempt, Lane, Round, Step
from .redriven import Redriven

if TYPE_CHECKING:
    from ..definition.model import Machine
    from ..engine.history import Record


class Story:
    """Feed it history records; ``root`` is the tree so far. ``started`` is in seconds since the epoch."""

    def __init__(self, machine: Machine) -> None:
        self.root = Lane()
        self.started = 0.0
        self.now = 0.0
        self.transitions = 0
        self._states = machine.states
        self._owners: list[Lane] = [self.root]  # by the id of the record
        self._kinds: list[str] = [""]
        self._times: list[float] = [0.0]
        self._redriven = Redriven(self.root, self._states)  # what the last redrive has opened again

    def feed(self, records: Iterable[Record]) -> None:
        """Take in what has happened."""
        for record in records:
            kind, at, previous, *details = record
            self.now = at
            tell = _TELL.get(kind)
            lane = self._owners[previous] if tell is None else tell(self, at, previous, details)
            self._owners.append(lane)
            self._kinds.append(kind)
            self._times.append(at)

    def open_steps(self) -> Iterator[Step]:
        """The innermost steps that still last."""
        yield from self.root.open_steps()

    # ------------------------------------------------------------------ lanes

    def _climb(self, previous: int, fits: Callable[[Step], bool]) -> Lane:
        """The lane that a record is about, from the record before it upward."""
        lane = self._owners[previous]
        if self._kinds[previous] == "ExecutionRedriven" and (found := self._redriven.at(fits)) is not None:
            return found
        while (step := lane.open_step) is None or not fits(step):
            if lane.parent is None:
                return lane
            if step is not None:
                lane.fail(self._times[previous])
            lane = lane.parent
        return lane

    def _climb_to_state(self, previous: int, name: str) -> tuple[Lane, Step | None]:
        lane = self._climb(previous, lambda step: step.name == name)
        return lane, lane.open_step

    def _climb_to_type(self, previous: int, type: str) -> tuple[Lane, Step | None]:
        lane = self._climb(previous, lambda step: step.type == type)
        return lane, lane.open_step

    # ------------------------------------------------------------------ executions

    def _on_started(self, at: float, previous: int, details: Sequence[Any]) -> Lane:
        self.started = at
        return self.root

    def _on_succeeded(self, at: float, previous: int, details: Sequence[Any]) -> Lane:
        self.root.over = True
        return self.root

    def _on_failed(self, at: float, previous: int, details: Sequence[Any]) -> Lane:
        self._climb(previous, lambda step: False)
        if step := self.root.open_step:
            step.error, step.cause = details
            step.stop_below(at)
        self.root.fail(at)
        return self.root

    def _on_stopped(self, at: float, previous: int, details: Sequence[Any]) -> Lane:
        self.root.stop(at)
        return self.root

    def _on_redriven(self, at: float, previous: int, details: Sequence[Any]) -> Lane:
        self._redriven = Redriven(self.root, self._states)
        return self.root

    # ------------------------------------------------------------------ states

    def entered(self, type: str, at: float, previous: int, details: Sequence[Any]) -> Lane:
        lane, name = self._owners[previous], details[0]
        if self._kinds[previous] == "ParallelStateStarted":
            lane = self._new_branch(lane, len(lane.steps[-1].rounds[-1].lanes))
        elif self._kinds[previous] == "ExecutionRedriven" and (found := self._redriven.enters(name)) is not None:
            lane, index = found
            lane = lane if index is None else self._new_branch(lane, index)
            lane.over = False
        if lane.steps:
            lane.steps[-1].next = name
        lane.steps.append(Step(name, type, at))
        self.transitions += 1
        return lane

    def _new_branch(self, parent: Lane, index: int) -> Lane:
        round = parent.steps[-1].rounds[-1]
        lane = round.lanes[index] = Lane(parent, index, round.record)
        return lane

    def exited(self, type: str, at: float, previous: int, details: Sequence[Any]) -> Lane:
        lane, step = self._climb_to_state(previous, details[0])
        if step is not None:
            step.close("caught" if step.broken else "done", at)
            lane.over = lane.is_done(self._states)
        return lane

    def aborted(self, type: str, at: float, previous: int, details: Sequence[Any]) -> Lane:
        lane, step = self._climb_to_type(previous, type)
        if step is not None:
            step.close("stopped", at)
        lane.over = True
        return lane

    # ------------------------------------------------------------------ tasks

    def _attempt(self, previous: int, at: float, resource: str) -> Lane:
        lane, attempt = self._owners[previous], Attempt(at)
        if self._kinds[previous] == "ExecutionRedriven" and (called := self._redriven.called()) is not None:
            lane, attempt.redriven = called, True
        step = lane.steps[-1]
        if step.attempts:
            self.transitions += 1
        step.resource = resource
        step.broken = False
        step.attempts.append(attempt)
        return lane

    def _on_scheduled(self, at: float, previous: int, details: Sequence[Any]) -> Lane:
        type, action, _, arguments = details[:4]
        function = invoked_function(arguments) if type == "lambda" else None
        resource = f"{type}:{action}" if function is None else f"lambda {function.name}{action.removeprefix('invoke')}"
        return self._attempt(previous, at, resource)

    def _on_function_scheduled(self, at: float, previous: int, details: Sequence[Any]) -> Lane:
        return self._attempt(previous, at, f"lambda {_function_name(details[0])}")

    def _on_activity_scheduled(self, at: float, previous: int, details: Sequence[Any]) -> Lane:
        return self._attempt(previous, at, f"activity {details[0].rpartition(':')[2]}")

    def _on_submitted(self, at: float, previous: int, details: Sequence[Any]) -> Lane:
        lane = self._owners[previous]
        lane.steps[-1].attempts[-1].submitted = True
        return lane

    def _on_answered(self, at: float, previous: int, details: Sequence[Any]) -> Lane:
        lane = self._owners[previous]
        lane.steps[-1].attempts[-1].ended = at
        return lane

    def _on_task_failed(self, at: float, previous: int, details: Sequence[Any]) -> Lane:
        lane = self._owners[previous]
        step = lane.steps[-1]
        attempt = step.attempts[-1]
        attempt.ended = at
        attempt.failed = step.broken = True
        attempt.error, attempt.cause = details[-2:]
        return lane

    # ------------------------------------------------------------------ Parallel and Map

    def _begun(self, previous: int, type: str) -> tuple[Lane, Step | None]:
        """The lane whose Parallel or Map begins."""
        if self._kinds[previous] == "ExecutionRedriven" and (lane := self._redriven.begins_again(type)) is not None:
            return lane, lane.open_step
        return self._climb_to_type(previous, type)

    def _round(self, found: tuple[Lane, Step | None], at: float, previous: int, total: int) -> Lane:
        lane, step = found
        if step is not None:
            self.transitions += bool(step.rounds)
            step.broken = False
            step.rounds.append(Round(at, total, at - self._times[previous], len(self._owners)))
        return lane

    def _on_parallel_started(self, at: float, previous: int, details: Sequence[Any]) -> Lane:
        lane, step = self._begun(previous, "Parallel")
        state = None if step is None else self._states.get(step.name)
        return self._round((lane, step), at, previous, len(state.programs()) if state else 0)

    def _on_map_started(self, at: float, previous: int, details: Sequence[Any]) -> Lane:
        lane, step = self._begun(previous, "Map")
        if step is not None:
            step.distributed = getattr(self._states.get(step.name), "distributed", False)
        return self._round((lane, step), at, previous, details[0])

    def round_failed(self, type: str, at: float, previous: int, details: Sequence[Any]) -> Lane:
        lane, step = self._climb_to_type(previous, type)
        if step is not None:
            step.broken = True
        return lane

    def _on_iteration_started(self, at: float, previous: int, details: Sequence[Any]) -> Lane:
        parent, step = self._climb_to_state(previous, details[0])
        lane = Lane(parent, details[1], len(self._owners))
        if step is not None:
            step.rounds[-1].lanes[lane.index] = lane
        return lane

    def _on_iteration_done(self, at: float, previous: int, details: Sequence[Any]) -> Lane:
        lane, round, parent = self._iteration(previous, details)
        round.done += 1
        lane.over = True
        return parent

    def _on_iteration_failed(self, at: float, previous: int, details: Sequence[Any]) -> Lane:
        lane, round, parent = self._iteration(previous, details)
        round.failed += 1
        lane.over = lane.failed = True
        return parent

    def _on_iteration_aborted(self, at: float, previous: int, details: Sequence[Any]) -> Lane:
        lane, round, _ = self._iteration(previous, details)
        round.stopped += 1
        lane.stop(at)
        return lane

    def _iteration(self, previous: int, details: Sequence[Any]) -> tuple[Lane, Round, Lane]:
        """The lane of an iteration that is over, its round, and the lane of its Map state."""
        parent, step = self._climb_to_state(previous, details[0])
        round = step.rounds[-1] if step is not None else Round(self.now, 0)
        return round.lanes.get(details[1]) or Lane(parent, details[1]), round, parent

    def _on_run_failed(self, at: float, previous: int, details: Sequence[Any]) -> Lane:
        lane = self._owners[previous]
        lane.steps[-1].error, lane.steps[-1].cause = details
        return lane


def _function_name(arn: str) -> str:
    return arn.partition(":function:")[2] or arn


# --------------------------------------------------------------------------- what a record says

Tell = Callable[[Story, float, int, Sequence[Any]], Lane]


def _of_type(tell: Callable[[Story, str, float, int, Sequence[Any]], Lane], type: str) -> Tell:
    return lambda story, at, previous, details: tell(story, type, at, previous, details)


_TELL: dict[str, Tell] = {
    "ExecutionStarted": Story._on_started,
    "ExecutionSucceeded": Story._on_succeeded,
    "ExecutionFailed": Story._on_failed,
    "ExecutionTimedOut": Story._on_stopped,
    "ExecutionAborted": Story._on_stopped,
    "ExecutionRedriven": Story._on_redriven,
    "TaskScheduled": Story._on_scheduled,
    "LambdaFunctionScheduled": Story._on_function_scheduled,
    "ActivityScheduled": Story._on_activity_scheduled,
    "TaskSubmitted": Story._on_submitted,
    "ParallelStateStarted": Story._on_parallel_started,
    "MapStateStarted": Story._on_map_started,
    "MapIterationStarted": Story._on_iteration_started,
    "MapIterationSucceeded": Story._on_iteration_done,
    "MapIterationFailed": Story._on_iteration_failed,
    "MapIterationAborted": Story._on_iteration_aborted,
    "MapRunFailed": Story._on_run_failed,
}
for _family in ("Task", "LambdaFunction", "Activity"):
    _TELL[f"{_family}Succeeded"] = Story._on_answered
    _TELL[f"{_family}Failed"] = _TELL[f"{_family}TimedOut"] = Story._on_task_failed
for _type in ("Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"):
    _TELL[f"{_type}StateEntered"] = _of_type(Story.entered, _type)
    _TELL[f"{_type}StateExited"] = _of_type(Story.exited, _type)
    _TELL[f"{_type}StateAborted"] = _of_type(Story.aborted, _type)
for _type in ("Parallel", "Map"):
    _TELL[f"{_type}StateFailed"] = _of_type(Story.round_failed, _type)
