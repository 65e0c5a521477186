"""The tasks of a machine, as mocks and handlers are looked for."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from ..definition.model import TaskState
from ..resources.lambda_function import is_lambda_invoke
from ..resources.task_reference import TaskReference

if TYPE_CHECKING:
    from ..definition.model import Machine
    from ..values import JSON


def tasks_of(machine: Machine) -> list[TaskReference]:
    """The tasks of a machine under the names of their states, with their arguments as they stand there."""
    return [
        TaskReference(name, state.resource.arn, state.document.get("Parameters", state.document.get("Arguments")))
        for name, state in machine.states.items()
        if isinstance(state, TaskState)
    ]


def function_of(resource: str, arguments: JSON) -> str | None:
    """The name of the Lambda function that a task calls; ``None`` if it calls none, or only a run can tell.

    >>> function_of("arn:aws:states:::lambda:invoke", {"FunctionName": "123456789012:function:pay:live"})
    'pay'
    """
    named: JSON = resource if ":function:" in resource else None
    if is_lambda_invoke(resource) and isinstance(arguments, dict):
        named = arguments.get("FunctionName")
    if not isinstance(named, str) or named.startswith("{%"):
        return None
    return named.rpartition(":function:")[2].partition(":")[0]


def means_function(name: str, function: str | None) -> bool:
    """Whether somebody who says this, a name or an ARN that may be a glob, means a function.

    >>> [means_function(said, "pay") for said in ("pay", "arn:aws:lambda:*:*:function:p*", "p*")]
    [True, True, False]
    """
    pattern = function_of(name, None)
    return function is not None and (name == function if pattern is None else fnmatchcase(function, pattern))
