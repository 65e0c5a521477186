"""What a context object must be that TestState is given: AWS's fields and types, in AWS's words (recorded)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from ..definition.model import State, TaskState
from ..values import JSON
from .one_state import InvalidStateTest

_FIELDS: dict[str, dict[str, str]] = {
    "Execution": {
        "Id": "string",
        "Input": "",
        "Name": "string",
        "RoleArn": "string",
        "StartTime": "string",
        "RedriveCount": "integer",
        "RedriveTime": "string",
    },
    "State": {"Name": "string", "EnteredTime": "string", "RetryCount": "integer"},
    "StateMachine": {"Id": "string", "Name": "string"},
    "Task": {"Token": "string"},
}
_TYPES: dict[str, tuple[type, ...]] = {"string": (str,), "integer": (int,), "": (object,)}


def check_context(state: State, context: Mapping[str, JSON]) -> None:
    """Raise ``InvalidStateTest`` for a context object that TestState refuses."""
    for name, value in context.items():
        if name == "Map":
            _refuse("'Map' field is not supported when mocking a Context object")
        if name not in _FIELDS:
            _refuse(f"Field '{name}' is not allowed")
        if not isinstance(value, dict):
            _refuse(f"{name} must be an object")
        _check_fields(name, cast("dict[str, JSON]", value))
    if "Task" in context and not (isinstance(state, TaskState) and state.resource.submits):
        _refuse(
            "Context object contains 'Task' when state is not a Task state "
            "with a '.sync' or '.waitForTaskToken' service integration pattern"
        )


def _check_fields(name: str, fields: Mapping[str, JSON]) -> None:
    known = _FIELDS[name]
    for field, value in fields.items():
        if field not in known:
            _refuse(f"Field '{field}' is not allowed")
        kind = known[field]
        if not isinstance(value, _TYPES[kind]) or (kind == "integer" and isinstance(value, bool)):
            _refuse(f"{name}.{field} must be {'an' if kind[0] in 'aeiou' else 'a'} {kind}")


def _refuse(what: str) -> None:
    raise InvalidStateTest(f"Invalid Context object provided: {what}")
