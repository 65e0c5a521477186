"""Succeed: ends its machine, branch or iteration with its (filtered) input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .behaviour import Behaviour, effective_input, leave_with

if TYPE_CHECKING:
    from ...definition.model import SucceedState
    from ..execution import Execution
    from ..frame import Frame


def enter(execution: Execution, frame: Frame, state: SucceedState) -> None:
    leave_with(execution, frame, effective_input(execution, frame))


BEHAVIOUR = Behaviour(enter)
