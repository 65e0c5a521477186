"""What the Step Functions API refuses before it looks at what is asked: lengths, patterns and ranges of its own model.

The model is botocore's, so the rules are AWS's and not ours. Lower bounds and types are left out: boto3 checks them
before it sends anything, so no recorded request breaks them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any


@cache
def _model() -> Any:
    from botocore.session import Session  # imported here: it costs 0.2 seconds

    return Session().get_service_model("stepfunctions")


def violations(operation: str, request: dict[str, Any]) -> list[str]:
    """What is wrong with a request, in the words of the API."""
    shape = _model().operation_model(operation).input_shape
    return [
        f"Value '{value}' at '{name}' failed to satisfy constraint: {problem}"
        for name, value in request.items()
        if name in shape.members
        for problem in _broken(shape.members[name].metadata, value)
    ]


def _broken(rules: dict[str, Any], value: Any) -> Iterator[str]:
    if isinstance(value, bool):
        return
    if isinstance(value, str) and len(value) > rules.get("max", len(value)):
        yield f"Member must have length less than or equal to {rules['max']}"
    if isinstance(value, str) and "pattern" in rules and not re.search(rules["pattern"], value):
        yield f"Member must satisfy regular expression pattern: {rules['pattern']}"
    if isinstance(value, int) and value > rules.get("max", value):
        yield f"Member must have value less than or equal to {rules['max']}"
