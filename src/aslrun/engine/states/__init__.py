"""What each state type does: one file per type, found through this table."""

from __future__ import annotations

from ...definition import model
from . import choice, fail, map, parallel, pass_, succeed, task, wait
from .behaviour import Behaviour

BEHAVIOURS: dict[type[model.State], Behaviour] = {
    model.PassState: pass_.BEHAVIOUR,
    model.TaskState: task.BEHAVIOUR,
    model.ChoiceState: choice.BEHAVIOUR,
    model.WaitState: wait.BEHAVIOUR,
    model.SucceedState: succeed.BEHAVIOUR,
    model.FailState: fail.BEHAVIOUR,
    model.ParallelState: parallel.BEHAVIOUR,
    model.MapState: map.BEHAVIOUR,
}
ENTER = {state: behaviour.enter for state, behaviour in BEHAVIOURS.items()}
NEWS = {state: behaviour.news for state, behaviour in BEHAVIOURS.items()}
