"""Fail: an error and a cause, each of which may be absent. It is never left, so it has no exit event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...language.errors import ExpressionError, PathNotFound
from ...language.payload_template import not_in_input
from ...values import type_name
from ..failure import Failure
from .behaviour import Behaviour

if TYPE_CHECKING:
    from ...definition.model import FailState
    from ...language.dataflow import FieldValue
    from ..context_object import FrameScope
    from ..execution import Execution
    from ..frame import Frame


def enter(execution: Execution, frame: Frame, state: FailState) -> None:
    error = _text(state.error, execution.scope(frame))
    cause = _text(state.cause, execution.scope(frame))
    execution.fail(frame, Failure(error, cause))


def _text(field: FieldValue | None, scope: FrameScope) -> str | None:
    if field is None:
        return None
    try:
        value = field.evaluate(scope)
    except PathNotFound as problem:
        raise not_in_input(problem.path, field.name, scope) from problem
    if not isinstance(value, str):
        raise ExpressionError(f"The {field.name} field must give a string, not {type_name(value)}: {field.path}")
    return value


BEHAVIOUR = Behaviour(enter)
