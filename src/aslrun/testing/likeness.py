"""Whether a recorded value and ours are the same, but for what differs from run to run.

Rules that a change must keep:

1. What differs from run to run is a task token, a UUID, a time, the name and the ARN of the execution, and the number
   of an event in a cause. Everything else is exact.
2. A UUID that occurs again must be the same one again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from types import EllipsisType
from typing import NamedTuple

from ..values import JSON, equal, to_text

_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)")
_EVENT = re.compile(r"\(entered at the event id #\d+\)")


class ValueDifference(NamedTuple):
    """Where two values differ; ``MISSING`` stands for nothing at all."""

    path: str
    recorded: JSON
    observed: JSON


MISSING = "(not there)"


def told(value: JSON) -> str:
    """One side of a difference, as people see it."""
    return MISSING if value == MISSING else to_text(value)


class Likeness:
    """Compares recorded values with ours; ``own`` are texts of ours that stand for any other (tokens, names)."""

    def __init__(self, own: Iterable[str] = ()) -> None:
        self._own = sorted((text for text in own if text), key=len, reverse=True)
        self._uuids: dict[str, str] = {}

    def differences(self, recorded: JSON, observed: JSON, path: str = "") -> Iterator[ValueDifference]:
        """Every place where they differ."""
        if isinstance(recorded, dict) and isinstance(observed, dict):
            yield from self._of_objects(recorded, observed, path)
        elif isinstance(recorded, list) and isinstance(observed, list) and len(recorded) == len(observed):
            for index, (left, right) in enumerate(zip(recorded, observed, strict=True)):
                yield from self.differences(left, right, f"{path}[{index}]")
        elif isinstance(recorded, str) and isinstance(observed, str):
            if not self.same_text(recorded, observed):
                yield ValueDifference(path, recorded, observed)
        elif not equal(recorded, observed):
            yield ValueDifference(path, recorded, observed)

    def _of_objects(self, recorded: dict[str, JSON], observed: dict[str, JSON], path: str) -> Iterator[ValueDifference]:
        for name, value in recorded.items():
            where = f"{path}.{name}" if path else name
            if name in observed:
                yield from self.differences(value, observed[name], where)
            else:
                yield ValueDifference(where, value, MISSING)
        for name in observed.keys() - recorded.keys():
            yield ValueDifference(f"{path}.{name}" if path else name, MISSING, observed[name])

    def same_text(self, recorded: str, observed: str) -> bool:
        """Whether two texts are the same but for what differs from run to run."""
        if recorded == observed:
            return True
        pattern = self._pattern(observed)
        found = re.fullmatch(pattern, recorded, re.DOTALL)
        if found is None:
            return False
        ours = _UUID.findall(observed)
        theirs = [text for text in found.groups() if text is not None]
        return len(ours) != len(theirs) or all(
            self._uuids.setdefault(mine, its) == its for mine, its in zip(ours, theirs, strict=True)
        )

    def _pattern(self, observed: str) -> str:
        """A pattern for what AWS may have where we have this text."""
        parts = [re.escape(text) for text in self._own]
        volatile = re.compile("|".join([*parts, _TIME.pattern, _UUID.pattern, _EVENT.pattern]))
        pattern, end = "", 0
        for found in volatile.finditer(observed):
            pattern += re.escape(observed[end : found.start()]) + self._instead(found.group())
            end = found.end()
        return pattern + re.escape(observed[end:])

    def _instead(self, text: str) -> str:
        if text in self._own:
            return r"[^\"]*?"
        if _UUID.fullmatch(text):
            return f"({_UUID.pattern})"
        return _TIME.pattern if _TIME.fullmatch(text) else _EVENT.pattern


class Sameness(Likeness):
    """Compares exactly: what somebody expects of an output is no recording."""

    def same_text(self, recorded: str, observed: str) -> bool:
        """Whether two texts are the same."""
        return recorded == observed

    def differences(self, recorded: JSON, observed: JSON, path: str = "") -> Iterator[ValueDifference]:
        """Every place where they differ; of arrays each element, also of those that one of them has not."""
        if not isinstance(recorded, list) or not isinstance(observed, list):
            yield from super().differences(recorded, observed, path)
            return
        for index, (left, right) in enumerate(zip_longest(recorded, observed, fillvalue=...)):
            where = f"{path}[{index}]"
            if isinstance(left, EllipsisType) or isinstance(right, EllipsisType):
                yield ValueDifference(where, _or_missing(left), _or_missing(right))
            else:
                yield from self.differences(left, right, where)


def _or_missing(value: JSON | EllipsisType) -> JSON:
    return MISSING if isinstance(value, EllipsisType) else value
