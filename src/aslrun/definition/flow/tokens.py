"""Tasks that wait for a token: whether it is handed out, and whether the wait can ever end by itself.

Rules that a change must keep:

1. A token is made for one attempt of one task, and is in its context object only: no input and no variable holds it.
2. Only what is evaluated before the call counts: a ResultSelector or an Assign sees the answer.
3. ``$$`` and ``$states.context`` as a whole, and ``Task`` in them, hand it out too; so does what cannot be followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...language.jsonpath_segments import Name
from ..model import State, TaskState
from .analysis import Analysis
from .reading import CLOSE, OPEN, Finding, is_expression

TOKEN = ("Task", "Token")
BEFORE_THE_CALL = ("InputPath", "Parameters", "Arguments", "Credentials")


def waiting_tasks(analysis: Analysis) -> Iterator[Finding]:
    """What is suspicious about the tasks that wait for a token."""
    limited = "TimeoutSeconds" in analysis.machine.document
    for state, place in analysis.places.items():
        if not isinstance(state, TaskState) or state.resource.pattern != "waitForTaskToken":
            continue
        given = set(_texts([state.document.get(field) for field in BEFORE_THE_CALL]))
        if not any(expression.text in given and _hands_out(expression) for expression in state.expressions):
            field = "Arguments" if analysis.is_jsonata(state) else "Parameters"
            shown = "$states.context.Task.Token" if field == "Arguments" else "$$.Task.Token"
            message = f"waits for a task token that nobody gets: its {field} should hold {shown}"
            yield Finding("token-never-handed-out", place, message)
        if state.timeout is None and state.heartbeat is None and not limited:
            message = "waits for a task token for ever if nobody answers: it has no TimeoutSeconds or HeartbeatSeconds"
            yield Finding("token-without-timeout", place, message)


def _texts(value: Any) -> Iterator[str]:
    """The texts in a value, expressions in JSONata without their brackets."""
    pending = [value]
    while pending:
        value = pending.pop()
        if isinstance(value, str):
            yield value[len(OPEN) : -len(CLOSE)].strip() if is_expression(value) else value
        elif isinstance(value, (dict, list)):
            pending.extend(value.values() if isinstance(value, dict) else value)


def _hands_out(expression: Any) -> bool:
    tree = getattr(expression, "tree", None)
    if tree is not None:
        from .query_uses import hands_out_token  # imported here: an engine that half of all machines never need

        return hands_out_token(tree)
    paths = expression.paths if hasattr(expression, "paths") else (expression,)
    return any(path.root == "context" and _leads_to_token(path.segments) for path in paths)


def _leads_to_token(segments: tuple[Any, ...]) -> bool:
    for segment, name in zip(segments, TOKEN, strict=False):
        if not isinstance(segment, Name):
            return True
        if segment.name != name:
            return False
    return True


def is_waiting(state: State) -> bool:
    """Whether the state takes time by itself: it waits, or its task does."""
    if isinstance(state, TaskState):
        return state.resource.submits or state.resource.kind == "activity"
    return state.type == "Wait"
