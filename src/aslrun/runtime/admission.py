"""What every driver checks before an execution begins: its input, and that handlers serve its tasks."""

from __future__ import annotations

from ..definition.model import Machine
from ..engine.limits import DEFAULT_LIMITS, Limits
from ..errors import InvalidExecutionInput
from ..resources.registry import Resources
from ..values import JSON, VERBATIM, NotJSON, exceeds, not_json, plain, size


def admitted(
    machine: Machine, input: JSON, resources: Resources, limits: Limits | None
) -> tuple[Machine, JSON, Resources]:
    """The three of them, checked; the input is a copy, so the caller may go on changing theirs.

    No input is an empty object, as with StartExecution. Raises ``InvalidExecutionInput`` or ``MissingHandlers``.
    """
    resources.require(machine)
    return machine, checked_input({} if input is None else input, limits or DEFAULT_LIMITS), resources


def checked_input(input: JSON, limits: Limits) -> JSON:
    """The input of an execution, if it is JSON and within the quota."""
    try:
        checked = input if isinstance(input, VERBATIM) else plain(input)
    except NotJSON as problem:
        raise _not_json(problem.path, problem.reason) from None
    if limits.payload and exceeds(checked, limits.payload):
        if place := not_json(checked):  # of a number too large to be written
            raise _not_json(*place)
        length = size(checked)
        raise InvalidExecutionInput(f"the input has {length} bytes, more than the {limits.payload} that are allowed")
    return checked


def _not_json(path: str, reason: str) -> InvalidExecutionInput:
    return InvalidExecutionInput(f"the input of an execution must be JSON: at {path} {reason}")
