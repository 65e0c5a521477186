"""What the fields of a Map state are at its entry, checked in AWS's words.

Rules that a change must keep (recorded, but for the batch limits):

1. An object has items too, but not for an inline Map in JSONPath (recorded by TestState, 2025).
2. MaxItems and the limits of a batch may be given by a path to a text of digits.
3. A negative MaxItems is the reader's business: the map run has started by the time it fails.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ...language.errors import ExpressionError
from ...values import JSON, to_text
from ..frame import Frame, Join

if TYPE_CHECKING:
    from ...definition.model import MapState
    from ...language.dataflow import FieldValue
    from ..context_object import FrameScope
    from ..execution import Execution


def items(state: MapState, scope: FrameScope) -> tuple[list[JSON], list[str] | None]:
    """The item list, and the property names where it comes from an object."""
    value = scope.input if state.items is None else state.items.evaluate(scope)
    if isinstance(value, list):
        return value, None
    if isinstance(value, dict) and (state.distributed or (state.items is not None and state.items.name == "Items")):
        return list(value.values()), list(value)
    path = "$" if state.items is None else (state.items.path or "").replace("$$", "$", 1)  # recorded by TestState
    raise ExpressionError(f'Reference path "{path}" must point to array.')


def concurrency(state: MapState, scope: FrameScope, execution: Execution) -> int:
    limits = execution.limits
    most = (limits.distributed_concurrency if state.distributed else limits.map_concurrency) or sys.maxsize
    field = state.max_concurrency
    if field is None:
        return most
    value = field.evaluate(scope)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value % 1 != 0:
        raise _not_a(field, value, "integer")
    if value < 0:
        raise ExpressionError("MaxConcurrency cannot be negative.")
    return min(int(value) or most, most)


def tolerated(state: MapState, scope: FrameScope) -> tuple[float | None, float | None]:
    """How many items may fail, and how many of a hundred; none at all if nothing is said."""
    count, percentage = state.tolerated_count, state.tolerated_percentage
    if count is None and percentage is None:
        return 0, None
    return (
        None if count is None else _tolerated_count(count, scope),
        None if percentage is None else _tolerated_percentage(percentage, scope),
    )


def _tolerated_count(field: FieldValue, scope: FrameScope) -> float:
    value = field.evaluate(scope)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value % 1 != 0:
        raise _not_a(field, value, "integer")
    if value < 0:
        raise ExpressionError("ToleratedFailureCount cannot be negative.")
    return value


def _tolerated_percentage(field: FieldValue, scope: FrameScope) -> float:
    value = field.evaluate(scope)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _not_a(field, value, "float")
    if not 0 <= value <= 100:
        raise ExpressionError("ToleratedFailurePercentage must be between 0 and 100.")
    return value


def _not_a(field: FieldValue, value: JSON, kind: str) -> ExpressionError:
    text = value if isinstance(value, str) else to_text(value)
    return ExpressionError(f'The {field.name} field refers to value "{text}" which is not a valid {kind}: {field.path}')


def item_input(execution: Execution, frame: Frame, state: MapState, join: Join, index: int) -> JSON:
    """The input of an iteration: the item, or what ItemSelector makes of it."""
    if state.item_selector is None:
        assert join.items is not None
        return join.items[index - join.offset]
    scope = execution.scope(frame, index)
    scope.input = join.input
    return state.item_selector(scope)


def max_items(field: FieldValue, scope: FrameScope) -> int:
    """MaxItems of an ItemReader, perhaps negative."""
    return _whole(field, field.evaluate(scope))


def batch_limit(field: FieldValue, scope: FrameScope) -> int:
    """MaxItemsPerBatch or MaxInputBytesPerBatch."""
    limit = _whole(field, field.evaluate(scope))
    if limit < 1:
        raise ExpressionError(f"{field.name.removesuffix('Path')} must be positive.")
    return limit


def _whole(field: FieldValue, value: JSON) -> int:
    if isinstance(value, str) and value.removeprefix("-").isdecimal():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value % 1 != 0:
        raise _not_a(field, value, "integer")
    return int(value)
