"""Pass: hands its input on, or a fixed result, through the whole data flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .behaviour import Behaviour, leave_with

if TYPE_CHECKING:
    from ...definition.model import PassState
    from ..execution import Execution
    from ..frame import Frame


def enter(execution: Execution, frame: Frame, state: PassState) -> None:
    enter, fixed = state.dataflow.enter, state.result
    result = frame.input if enter is None else enter(execution.scope(frame))
    if fixed is not None:
        result = fixed(execution.scope(frame))
    leave_with(execution, frame, result)


BEHAVIOUR = Behaviour(enter)
