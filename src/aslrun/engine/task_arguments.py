"""Arguments that Step Functions itself refuses: the task is not even scheduled.

Most of what is wrong with arguments is for the service to say. Of API Gateway's integration, Step Functions checks the
form of two fields (recorded for ``Headers``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ..values import JSON, to_text

if TYPE_CHECKING:
    from ..definition.model import Resource


def _lists(value: JSON) -> bool:
    """Whether the value is an object of lists, or absent."""
    return value is None or (isinstance(value, dict) and all(isinstance(item, list) for item in value.values()))


_FORMS: Mapping[str, Mapping[str, Callable[[JSON], bool]]] = {
    "apigateway": {"Headers": _lists, "QueryParameters": _lists},
}


def refused(resource: Resource, arguments: JSON) -> str | None:
    """Why a task with these arguments is not started; ``None`` if it is."""
    forms = _FORMS.get(resource.type)
    if forms is None or not isinstance(arguments, dict):
        return None
    bad = [name for name, is_good in forms.items() if not is_good(arguments.get(name))]
    if not bad:
        return None
    reasons = ", ".join(f"The value of the field '{name}' has an invalid format" for name in bad)
    return f"The Parameters '{to_text(arguments)}' could not be used to start the Task: [{reasons}]"
