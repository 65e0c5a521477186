"""Documents that have what is read of them: from ways and values to JSON.

Rules that a change must keep:

1. The first document is the plain one: the first value everywhere. The others differ from it where it matters.
2. Few places are tried in all combinations; of many, one differs at a time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice, product
from typing import cast

from ..values import JSON
from .reads import ABSENT, ANY, Way

DEFAULT = '"text"'
_NOTHING = object()


@dataclass(slots=True)
class Place:
    """A place of a document: what is inside it, or the JSON texts of the values that it may have."""

    inner: dict[str, Place] = field(default_factory=dict)
    values: dict[str, None] = field(default_factory=dict)

    @property
    def is_array(self) -> bool:
        """Whether it holds elements and not fields."""
        return bool(self.inner) and all(key == ANY or key.lstrip("-").isdecimal() for key in self.inner)


def place_of(needs: Mapping[Way, Mapping[str, None]]) -> Place:
    """The tree of all ways."""
    root = Place()
    for way, values in needs.items():
        place = root
        for key in way:
            place = place.inner.setdefault(key, Place())
        place.values.update(values)
    return root


def documents(place: Place, most: int) -> list[JSON]:
    """Documents of this form, at most so many, all different.

    >>> documents(place_of({("total",): {"5": None, "6": None}, ("id",): {}}), 8)
    [{'total': 5, 'id': 'text'}, {'total': 6, 'id': 'text'}]
    """
    found: dict[str, JSON] = {}
    for value in _variants(place, most):
        if value is not _NOTHING:
            found.setdefault(json.dumps(value), cast("JSON", value))
    return list(found.values())[:most]


def _variants(place: Place, most: int) -> list[object]:
    if not place.inner:
        absent = [_NOTHING] if ABSENT in place.values else []
        known = [json.loads(text) for text in place.values if text != ABSENT]
        return [*(known or [json.loads(DEFAULT)]), *absent]
    optional = [_NOTHING] if ABSENT in place.values else []
    if place.is_array:
        return [*_arrays(place, most), *optional]
    parts = {key: _variants(inner, most) for key, inner in place.inner.items() if key != ANY}
    objects = ({key: value for key, value in each.items() if value is not _NOTHING} for each in combined(parts, most))
    return [*objects, *optional]


def _arrays(place: Place, most: int) -> Iterator[object]:
    size = max((int(key) + 1 for key in place.inner if key.isdecimal()), default=0)
    merged = place.inner.get(ANY, Place())
    element = _variants(merged, most)
    if size:
        parts = {str(index): _variants(place.inner.get(str(index), merged), most) for index in range(size)}
        full = (each.values() for each in combined(parts, most))
        yield from ([value for value in values if value is not _NOTHING] for values in full)
        return
    elements = [each for each in element if each is not _NOTHING]
    yield elements[:2] if len(elements) > 1 else elements * 2
    yield from ([each] for each in elements)
    yield []


def combined(parts: Mapping[str, list[object]], most: int) -> Iterator[dict[str, object]]:
    """All combinations where there are few, otherwise those that differ from the first in one place."""
    count = 1
    for values in parts.values():
        count *= len(values)
    if count <= most:
        yield from (dict(zip(parts, each, strict=True)) for each in product(*parts.values()))
        return
    plain = {key: values[0] for key, values in parts.items()}
    yield plain
    yield from islice(_one_at_a_time(plain, parts), most - 1)


def _one_at_a_time(plain: dict[str, object], parts: Mapping[str, Iterable[object]]) -> Iterator[dict[str, object]]:
    """In turn: the second value of every place before the third of any."""
    rest = {key: list(values)[1:] for key, values in parts.items()}
    for turn in range(max(map(len, rest.values()), default=0)):
        for key, values in rest.items():
            if turn < len(values):
                yield {**plain, key: values[turn]}
