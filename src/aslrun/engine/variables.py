"""Workflow variables: what Assign does to a frame's variables, and their quotas.

A frame's variables are a mapping that is replaced, never changed: a child frame begins with its parent's mapping
and so reads outer variables, and what it assigns ends with it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import cast

from ..language.errors import ExpressionError
from ..values import JSON, exceeds, size
from .limits import Limits


def assigned_to(variables: Mapping[str, JSON], assigned: Mapping[str, JSON], limits: Limits) -> Mapping[str, JSON]:
    """The variables after an Assign.

    Raises ``ExpressionError`` where one variable, one Assign as a whole, or all that the frame sees, is over its quota.

    >>> assigned_to({"x": 1, "y": 1}, {"y": 2}, Limits())
    {'x': 1, 'y': 2}
    """
    if limits.variables and exceeds(cast(JSON, assigned), limits.variables):
        _check_assign(assigned, limits)
    after = {**variables, **assigned}
    if limits.all_variables and len(after) * (limits.variables or sys.maxsize) > limits.all_variables:
        _check_all(after, limits)
    return after


def _check_assign(assigned: Mapping[str, JSON], limits: Limits) -> None:
    """Asked only where the names and values together are over the quota."""
    total = 0
    for name, value in assigned.items():
        length = size(value)
        if length > limits.variables:
            raise ExpressionError(
                f"The variable '{name}' has {length} bytes, more than the {limits.variables} that a variable may have."
            )
        total += length
    if total > limits.variables:
        raise ExpressionError(f"Assign has {total} bytes, more than the {limits.variables} that one Assign may have.")


def _check_all(variables: Mapping[str, JSON], limits: Limits) -> None:
    """Asked only where there are so many variables that they could be too large together."""
    total = sum(map(size, variables.values()))
    if total > limits.all_variables:
        raise ExpressionError(
            f"The variables have {total} bytes, more than the {limits.all_variables} that an execution may have."
        )
