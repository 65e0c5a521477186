"""The context object (``$$``) of a frame, built when an expression asks for it.

Source: developer guide, "Accessing execution data from the Context object"; which states carry RetryCount is
recorded from AWS (those that can be retried).
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

from ..definition.model import MapState, ParallelState, TaskState
from ..language.errors import ExpressionError
from ..language.scope import FreshStack, Scope
from ..language.timestamps import format_timestamp
from ..values import JSON
from .frame import Frame

if TYPE_CHECKING:
    from .execution_state import ExecutionState


class FrameScope(Scope):
    """The scope of one evaluation in a frame; ``item`` is set while a Map selects the input of that item."""

    __slots__ = ("execution", "frame", "item")

    def __init__(self, execution: ExecutionState) -> None:
        self.execution = execution
        self.item: int | None = None
        self.frame: Frame | None = None
        self.input = self.result = None
        self.variables = {}

    def leave(self) -> None:
        """Look from nowhere: nothing of the last frame is kept."""
        self.frame = self.input = None
        self.variables = {}

    @property
    def context(self) -> JSON:
        assert self.frame is not None
        return context_object(self.execution, self.frame, self.item)

    @property
    def now(self) -> float:
        return self.execution.now

    @property
    def fresh_stack(self) -> FreshStack | None:
        return self.execution.fresh_stack

    def random(self) -> Random:
        return self.execution.random()


def context_object(execution: ExecutionState, frame: Frame, item: int | None = None) -> dict[str, JSON]:
    """What ``$$`` is for a frame at this instant."""
    identity = execution.identity
    context: dict[str, JSON] = {
        "Execution": {
            "Id": identity.arn,
            "Input": execution.input,
            "StartTime": _time(execution.started_at),
            "Name": identity.name,
            "RoleArn": identity.role_arn,
            **_redrives(execution),
        },
        "StateMachine": {"Id": identity.machine_arn, "Name": identity.machine_name},
        "State": _state(frame),
    }
    if frame.token is not None:
        context["Task"] = {"Token": frame.token}
    if map_item := _item(frame, item):
        context["Map"] = {"Item": map_item}
    return context


def _redrives(execution: ExecutionState) -> dict[str, JSON]:
    if execution.machine.type == "EXPRESS":
        return {}
    count = {"RedriveCount": execution.redrive_count}
    at = execution.redriven_at
    return {**count} if at is None else {**count, "RedriveTime": format_timestamp(at)}


def _state(frame: Frame) -> dict[str, JSON]:
    state: dict[str, JSON] = {"Name": frame.state.name, "EnteredTime": _time(frame.entered_at)}
    if isinstance(frame.state, (TaskState, ParallelState, MapState)):
        state["RetryCount"] = frame.retries
    return state


def _time(at: float) -> str:
    try:
        return format_timestamp(at)
    except OverflowError:  # virtual time gets that far
        raise ExpressionError("The context object has no time beyond the year 9999.") from None


def _item(frame: Frame, item: int | None) -> dict[str, JSON] | None:
    """The item being selected, or that of the nearest iteration around the frame."""
    if item is not None and frame.join is not None:
        return frame.join.item_context(item)
    while frame.parent is not None:
        join = frame.parent.join
        if join is not None and join.items is not None:
            return join.item_context(frame.index)
        frame = frame.parent
    return None


Mint = Callable[[str, int], str]
"""Makes the token of a task: ``mint(execution ARN, task)``."""
