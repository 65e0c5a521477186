"""Text that looks like a path and is none: the warnings that AWS's own validation gives.

Source: API reference, ValidateStateMachineDefinitionDiagnostic, "List of warning codes". Where AWS looks is not
recorded; these are the fields in which people put paths.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...language.dataflow import Location
from ..model import State
from .analysis import Analysis
from .reading import Finding

_LOOKS = re.compile(r"\$(\$?[.\[].*|\$)|States\.(Format|StringToJson|JsonToString|Array\w*|Base64\w+|Hash|JsonMerge"
                    r"|Math\w+|StringSplit|UUID)\(.*\)\s*", re.DOTALL)  # fmt: skip


_TEMPLATES = frozenset(("Parameters", "ResultSelector", "ItemSelector", "Assign", "Credentials"))
FIELDS = _TEMPLATES | {"Error", "Cause", "Result"}
"""The fields that are looked at."""


def looks_like_a_path(text: object) -> bool:
    """Whether a text could be meant as a path or the call of an intrinsic function.

    >>> looks_like_a_path("$.cause"), looks_like_a_path("$5.00"), looks_like_a_path("States.UUID()")
    (True, False, True)
    """
    return isinstance(text, str) and _LOOKS.fullmatch(text) is not None


def lookalikes(analysis: Analysis) -> Iterator[Finding]:
    """Every text of a JSONPath state that looks like a path where it is taken as it stands."""
    for state, place in analysis.places.items():
        if not analysis.is_jsonata(state):
            yield from _of_state(state, place)


def _of_state(state: State, place: Location) -> Iterator[Finding]:
    document = state.document
    for field in ("Error", "Cause") if state.type == "Fail" else ():
        if looks_like_a_path(text := document.get(field)):
            message = f"{text} is text here and no path; write {field}Path to have it looked up"
            yield Finding("NO_PATH", (*place, field), message)
    if state.type == "Pass" and "Result" in document:
        for way, text in _texts(document["Result"], (*place, "Result"), is_result=True):
            message = f"{text} is text here: Result is never evaluated; write Parameters to have it looked up"
            yield Finding("PASS_RESULT_IS_STATIC", way, message)
    for field in _TEMPLATES.intersection(document):
        for way, text in _texts(document[field], (*place, field)):
            message = f'{text} is text here; write "{way[-1]}.$" to have it looked up'
            yield Finding("NO_DOLLAR", way, message)


def _has_lookalikes(value: Any, is_result: bool) -> bool:
    """Whether there is any such text; no place is made for that."""
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, dict):
            pending += [item for name, item in each.items() if is_result or not name.endswith(".$")]
        elif isinstance(each, str) and looks_like_a_path(each):
            return True
    return False


def _texts(value: Any, way: Location, *, is_result: bool = False) -> Iterator[tuple[Location, str]]:
    if not _has_lookalikes(value, is_result):
        return
    pending: list[tuple[Location, Any]] = [(way, value)]
    while pending:
        here, value = pending.pop()
        if isinstance(value, dict):
            pending.extend(
                ((*here, name), item) for name, item in reversed(value.items()) if is_result or not name.endswith(".$")
            )
        elif (
            isinstance(value, str)
            and looks_like_a_path(value)
            and isinstance(here[-1], str)
            and (is_result or len(here) > len(way))
        ):
            yield here, value
