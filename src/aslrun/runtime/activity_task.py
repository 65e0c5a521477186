"""What a worker gets from an activity."""

from __future__ import annotations

from ..values import JSON


class ActivityTask:
    """One task of an activity: its ``input``, and the token under which its end is to be told."""

    __slots__ = ("input", "task_token")

    def __init__(self, task_token: str, input: JSON) -> None:
        self.task_token = task_token
        self.input = input

    def __repr__(self) -> str:
        return "ActivityTask()"  # neither token nor payload: tasks end up in log lines
