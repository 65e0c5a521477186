"""The slow, complete way along a path: segment by segment, with Jayway's results and Jayway's complaints.

Rules that a change must keep (Jayway 2.0, as recorded; rules 3 to 5 of ``jsonpath`` say why):

1. A step gets one value and hands on what it finds, in document order; nothing is collected in between.
2. A missing field fails the path if it is the last name, or if nothing indefinite stands from the segment before it
   to the end; otherwise it is passed over. A name on what is no object always fails.
3. Only a wildcard over an array passes over the failures behind it, and only over those of ``NotFound``.
4. A descent keeps its own stack: the depth of a document never matters. The way to a value is kept as a linked
   list, and becomes text only in a message that somebody reads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..values import JSON
from .jsonpath_filter import Location, Lost, NotFound, Predicate, compile_filter, java_text
from .jsonpath_segments import (
    Descent,
    Filter,
    FromEnd,
    Index,
    Indexes,
    Name,
    Names,
    Segment,
    Slice,
    Wildcard,
    field_names,
    fragment,
    is_definite,
)

Step: TypeAlias = Callable[[JSON, Location, JSON, list[JSON]], None]
"""Goes on from a value at a location in a document, and puts what it finds at the end into the list."""


def _collect(value: JSON, here: Location, document: JSON, found: list[JSON]) -> None:
    found.append(value)


def compile_steps(segments: tuple[Segment, ...], strict: bool = False) -> Step:
    """The chain of steps; ``strict`` wants every name of a list of names (a filter asks for existence so).

    >>> found = []
    >>> compile_steps((Descent(), Name("x")))({"a": {"x": 1}, "x": 2}, None, None, found)
    >>> found
    [2, 1]
    """
    step: Step = _collect
    after: Step = _collect
    for position in reversed(range(len(segments))):
        here = _Place(segments, position, strict)
        step, after = _STEPS[type(segments[position])](segments[position], here, step, after), step
    return step


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in its path a segment stands."""

    segments: tuple[Segment, ...]
    position: int
    strict: bool

    @property
    def is_last(self) -> bool:
        return self.position == len(self.segments) - 1

    @property
    def must_exist(self) -> bool:
        """Whether a missing field fails the path: nothing indefinite from the segment before to the end."""
        return all(map(is_definite, self.segments[max(self.position - 1, 0) :]))

    @property
    def text(self) -> str:
        """This segment and all that follow, as messages show them."""
        return "".join(map(fragment, self.segments[self.position :]))


def _name(segment: Name, place: _Place, follow: Step, after: Step) -> Step:
    name = segment.name
    stranger = f"Property {fragment(segment)} not found in path "
    complaint = "No results for path: " if place.is_last else "Missing property in path " if place.must_exist else ""

    def step(value: JSON, here: Location, document: JSON, found: list[JSON]) -> None:
        if not isinstance(value, dict):
            raise NotFound(stranger, here)
        if name in value:
            follow(value[name], (here, name), document, found)
        elif complaint:
            raise NotFound(complaint, (here, name))

    return step


def _names(segment: Names, place: _Place, follow: Step, after: Step) -> Step:
    names, text, is_last, strict = segment.names, fragment(segment), place.is_last, place.strict

    def step(value: JSON, here: Location, document: JSON, found: list[JSON]) -> None:
        if not isinstance(value, dict):
            raise NotFound(f"Property {text} not found in path ", here)
        if not is_last:
            raise Lost("Multi properties can only be used as path leafs: " + NotFound("", here, text).reason)
        if strict and not all(name in value for name in names):
            raise NotFound("Missing property in path ", here, text)
        found.append({name: value[name] for name in names if name in value})

    return step


def _array(value: JSON, here: Location, text: str) -> list[JSON]:
    if isinstance(value, list):
        return value
    if value is None:
        raise NotFound("The path ", here, " is null")
    raise Lost(f"Filter: {text} can only be applied to arrays. Current context is: {java_text(value)}")


def _elements(place: _Place, follow: Step, pick: Callable[[int], range | tuple[int, ...]]) -> Step:
    """Goes on with the elements whose indexes ``pick`` names for an array of a given length."""
    text = place.text

    def step(value: JSON, here: Location, document: JSON, found: list[JSON]) -> None:
        array = _array(value, here, text)
        length = len(array)
        for index in pick(length):
            if not -length <= index < length:
                raise NotFound("Index out of bounds when evaluating path ", (here, index))
            follow(array[index], (here, index), document, found)

    return step


def _index(segment: Index, place: _Place, follow: Step, after: Step) -> Step:
    return _elements(place, follow, lambda length: (segment.index,))


def _indexes(segment: Indexes, place: _Place, follow: Step, after: Step) -> Step:
    return _elements(place, follow, lambda length: segment.indexes)


def _from_end(segment: FromEnd, place: _Place, follow: Step, after: Step) -> Step:
    return _elements(place, follow, lambda length: (length - segment.distance,))


def _slice(segment: Slice, place: _Place, follow: Step, after: Step) -> Step:
    start, stop = segment.start, segment.stop
    if stop is None:
        first = start or 0
        return _elements(place, follow, lambda length: range(max(0, first if first >= 0 else length + first), length))
    last = stop
    if start is None:
        return _elements(place, follow, lambda length: range(min(length, last if last >= 0 else length + last)))
    begin = start  # neither end counts from the end here: [-2:-1] is the two indexes -2 and -1
    return _elements(place, follow, lambda length: range(begin, min(length, last)) if length else ())


def _wildcard(segment: Wildcard, place: _Place, follow: Step, after: Step) -> Step:
    def step(value: JSON, here: Location, document: JSON, found: list[JSON]) -> None:
        if isinstance(value, dict):
            for name, item in value.items():
                follow(item, (here, name), document, found)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                try:
                    follow(item, (here, index), document, found)
                except NotFound:
                    continue

    return step


def _filter(segment: Filter, place: _Place, follow: Step, after: Step) -> Step:
    satisfies, text = compile_filter(segment, _operand), place.text

    def step(value: JSON, here: Location, document: JSON, found: list[JSON]) -> None:
        if isinstance(value, dict):
            if satisfies(value, document):
                follow(value, here, document, found)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if satisfies(item, document):
                    follow(item, (here, index), document, found)
        else:
            raise Lost(f"Filter: {text} can not be applied to primitives. Current context is: {java_text(value)}")

    return step


def _operand(segments: tuple[Segment, ...]) -> Callable[[JSON, JSON], JSON]:
    """The walk of a filter's path, which is definite."""
    names = field_names(segments)
    if names is not None:
        return _operand_names(names)
    first = compile_steps(segments, strict=True)

    def walk(start: JSON, document: JSON) -> JSON:
        found: list[JSON] = []
        first(start, None, document, found)
        return found[-1]

    return walk


def _operand_names(names: tuple[str, ...]) -> Callable[[JSON, JSON], JSON]:
    def walk(start: JSON, document: JSON) -> JSON:
        value: Any = start
        try:
            for name in names:
                value = value[name]
        except (KeyError, TypeError):
            raise NotFound("") from None
        return value  # type: ignore[no-any-return]

    return walk


# --------------------------------------------------------------------------- descent


def _descent(segment: Descent, place: _Place, follow: Step, after: Step) -> Step:
    """What follows is tried on every object and array, a parent before its children, in document order.

    On an array it is not the next segment that is applied but, to every element, the one after it
    (Jayway's way; it shows in ``$..[0].x`` and ``$..*.x``).
    """
    target = place.segments[place.position + 1]
    fits_object, fits_array = _fits(target)
    is_last = place.position + 2 == len(place.segments)

    def step(value: JSON, here: Location, document: JSON, found: list[JSON]) -> None:
        stack: list[tuple[JSON, Location]] = [(value, here)]
        while stack:
            value, here = stack.pop()
            if isinstance(value, dict):
                if fits_object(value, document):
                    follow(value, here, document, found)
                children: list[tuple[str | int, JSON]] = list(value.items())
            elif isinstance(value, list):
                children = list(enumerate(value))
                if fits_array(value, document):
                    if is_last:
                        follow(value, here, document, found)
                    else:
                        for key, item in children:
                            after(item, (here, key), document, found)
            else:
                continue
            children.reverse()
            stack.extend((item, (here, key)) for key, item in children if isinstance(item, (dict, list)))

    return step


def _never(value: JSON, document: JSON) -> bool:
    return False


def _always(value: JSON, document: JSON) -> bool:
    return True


def _fits(target: Segment) -> tuple[Predicate, Predicate]:
    """Which objects, and which arrays, a descent stops at for its target."""
    match target:
        case Name() | Names():
            names = target.names if isinstance(target, Names) else (target.name,)
            return (lambda value, document: all(name in value for name in names)), _never
        case Wildcard():
            return _always, _always
        case Filter():
            satisfies = compile_filter(target, _operand)
            return satisfies, satisfies
        case Descent():
            return _never, _never
    return _never, _always


_STEPS: dict[type[Segment], Callable[[Any, _Place, Step, Step], Step]] = {
    Name: _name,
    Names: _names,
    Index: _index,
    Indexes: _indexes,
    FromEnd: _from_end,
    Slice: _slice,
    Wildcard: _wildcard,
    Filter: _filter,
    Descent: _descent,
}
