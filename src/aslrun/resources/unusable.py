"""How Step Functions refuses to call a service with arguments that it cannot take."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import TaskError
from ..values import JSON, to_text


def unusable(arguments: JSON | Mapping[str, JSON], reason: object) -> TaskError:
    """The failure of a task with these arguments.

    >>> print(unusable({"Queue": 7}, "The field 'QueueUrl' is required but was missing").cause)
    The Parameters '{"Queue":7}' could not be used to start the Task: [The field 'QueueUrl' is required but was missing]
    """
    written = to_text(dict(arguments) if isinstance(arguments, Mapping) else arguments)
    return TaskError("States.Runtime", f"The Parameters '{written}' could not be used to start the Task: [{reason}]")
