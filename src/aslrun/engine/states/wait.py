"""Wait: for a number of seconds, or until a timestamp. What lies in the past is over at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...language.errors import ExpressionError, PathNotFound
from ...language.timestamps import parse_timestamp
from ...values import JSON, to_text
from .behaviour import Behaviour, effective_input, leave_with, whole_number

if TYPE_CHECKING:
    from ...definition.model import WaitState
    from ...language.dataflow import FieldValue
    from ..context_object import FrameScope
    from ..deadlines import Kind
    from ..execution import Execution
    from ..frame import Frame

LONGEST = 2_147_483_647  # seconds; recorded: 24,856 days are refused


def enter(execution: Execution, frame: Frame, state: WaitState) -> None:
    effective = effective_input(execution, frame)
    scope = execution.scope(frame)
    scope.input = effective
    until = _until(state, scope, execution.now)
    if until - execution.now > LONGEST:
        raise ExpressionError("Wait state delay is too long.")
    if until <= execution.now:
        leave_with(execution, frame, effective)
    else:
        execution.wait_until(frame, "wake", until)


def due(execution: Execution, frame: Frame, kind: Kind) -> None:
    leave_with(execution, frame, effective_input(execution, frame))


def _until(state: WaitState, scope: FrameScope, now: float) -> float:
    if state.seconds is not None:
        return now + _seconds(state.seconds, scope)
    assert state.timestamp is not None
    return _timestamp(state.timestamp, scope)


def _seconds(field: FieldValue, scope: FrameScope) -> int:
    try:
        value = field.evaluate(scope)
    except PathNotFound as problem:
        raise _no_input_value(field) from problem
    return whole_number(field.name, value, field.path or "")


def _timestamp(field: FieldValue, scope: FrameScope) -> float:
    value: JSON = None
    try:
        value = field.evaluate(scope)
        if isinstance(value, str):
            return parse_timestamp(value)
    except PathNotFound as problem:
        raise _no_input_value(field) from problem
    except ValueError:
        pass
    text = value if isinstance(value, str) else to_text(value)
    raise ExpressionError(
        f"The {field.name} parameter does not reference a valid ISO-8601 extended offset date-time format string: "
        f"{field.path} == {text}"
    )


def _no_input_value(field: FieldValue) -> ExpressionError:
    return ExpressionError(f"The {field.name} parameter does not reference an input value: {field.path}")


BEHAVIOUR = Behaviour(enter, due)
