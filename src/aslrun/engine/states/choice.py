"""Choice: the first rule that holds says where to go, otherwise Default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...language.errors import ExpressionError
from .behaviour import Behaviour

if TYPE_CHECKING:
    from ...definition.model import ChoiceState
    from ..execution import Execution
    from ..frame import Frame

NO_MATCH = "Failed to transition out of the state. The state does not point to a next state."


def enter(execution: Execution, frame: Frame, state: ChoiceState) -> None:
    scope = execution.scope(frame)
    raw = frame.input
    effective = raw
    flow, target = state.dataflow, state.next
    enter = flow.enter
    if enter is not None:
        scope.input = effective = enter(scope)
    place = 0
    for rule in state.rules:
        holds = rule.condition
        if holds(scope):
            flow, target = rule.dataflow, rule.next
            break
        place += 1
    if target is None:
        raise ExpressionError(NO_MATCH)
    if execution.watch is not None:
        execution.watch(state.name, "rule", place)
    complete = flow.complete
    if complete is None:
        return execution.leave(frame, effective, None, target)
    output, assigned = complete(execution.scope(frame), raw, effective)
    return execution.leave(frame, output, assigned, target)


BEHAVIOUR = Behaviour(enter)
