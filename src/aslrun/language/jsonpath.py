"""JSONPath as AWS speaks it: a path is compiled once and then evaluated over a scope.

Rules that a change must keep:

1. A definite path gives the bare value, an indefinite one the list of what it finds. A definite path that
   leads nowhere raises ``PathNotFound``; an indefinite one that misses a field on the way gives ``[]``.
2. Nothing is copied and nothing changed: results share the document's containers. ``$`` is the document itself.
3. Where the releases of Jayway differ the answer is that of 2.0, because AWS sided with it wherever it was
   recorded; one thing more is accepted, since AWS's documentation shows it: negative indexes.
4. So what is missing *after* a slice, a filter or a descent may fail even an indefinite path; only a wildcard
   over an array passes over it. An array was expected and something else is there: always a failure.
5. A path of names and indexes is a straight walk; its failure is explained by walking again, slowly.
6. The depth of the document never matters: a descent keeps its own stack.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from ..values import JSON
from .errors import PathNotFound
from .jsonpath_filter import Location, Lost, NotFound, Predicate, compile_filter, field_names, java_text
from .jsonpath_parser import (
    Descent,
    Filter,
    FromEnd,
    Index,
    Indexes,
    Name,
    Names,
    ParsedPath,
    Root,
    Segment,
    Slice,
    Wildcard,
    fragment,
    is_definite,
    is_plain,
    parse_path,
)
from .scope import Scope

Kind: TypeAlias = Literal["reference", "definite", "indefinite"]
Evaluate: TypeAlias = Callable[[Scope], JSON]


@dataclass(frozen=True, slots=True)
class Path:
    """A compiled path.

    ``kind`` is ``reference`` (names and indexes only), ``definite`` (leads to one place) or ``indefinite``;
    ``segments`` are those of ``jsonpath_parser``. ``evaluate`` raises ``PathNotFound``.
    """

    text: str
    root: Root
    variable: str | None
    kind: Kind
    segments: tuple[Segment, ...]
    evaluate: Evaluate = field(repr=False, compare=False)


def compile_path(text: str) -> Path:
    """Compile a path; ``ExpressionSyntaxError`` says what was expected where.

    >>> from random import Random
    >>> scope = Scope({"items": [{"sku": "x1"}, {"sku": "x2"}]}, lambda: {}, {}, Random)
    >>> compile_path("$.items[0].sku").evaluate(scope), compile_path("$.items[*].sku").evaluate(scope)
    ('x1', ['x1', 'x2'])
    """
    parsed = parse_path(text)
    kind = _kind(parsed.segments)
    explain = _follow(text, parsed, kind)
    evaluate = _straight(parsed, explain) if kind == "reference" else explain
    return Path(text, parsed.root, parsed.variable, kind, parsed.segments, evaluate)


def _kind(segments: tuple[Segment, ...]) -> Kind:
    if all(map(is_plain, segments)):
        return "reference"
    return "definite" if all(map(is_definite, segments)) else "indefinite"


def _read_root(text: str, parsed: ParsedPath) -> Evaluate:
    if parsed.root == "input":
        return lambda scope: scope.input
    if parsed.root == "context":
        return lambda scope: scope.context
    name = str(parsed.variable)

    def read(scope: Scope) -> JSON:
        try:
            return scope.variables[name]
        except KeyError:
            raise PathNotFound(text, f"No results for path: $['{name}']") from None

    return read


# --------------------------------------------------------------------------- straight walks

_ASTRAY = (KeyError, IndexError, TypeError)


def _straight(parsed: ParsedPath, explain: Evaluate) -> Evaluate:
    """The fast walk of a reference path; where it goes astray, ``explain`` raises the right error."""
    names = field_names(parsed.segments)
    if parsed.root == "input" and names is not None and len(names) < len(_BY_NAMES):
        return _BY_NAMES[len(names)](*names, explain)
    if parsed.root == "context" and names is not None:
        return _context_names(names, explain)
    if parsed.root == "variable" and names == ():
        return _variable(str(parsed.variable), explain)
    return _by_keys(parsed, explain)


def _no_name(explain: Evaluate) -> Evaluate:
    return lambda scope: scope.input


def _one_name(name: str, explain: Evaluate) -> Evaluate:
    def evaluate(scope: Scope) -> JSON:
        try:
            return scope.input[name]  # type: ignore[index,call-overload]
        except _ASTRAY:
            return explain(scope)

    return evaluate


def _two_names(first: str, second: str, explain: Evaluate) -> Evaluate:
    def evaluate(scope: Scope) -> JSON:
        try:
            return scope.input[first][second]  # type: ignore[index,call-overload]
        except _ASTRAY:
            return explain(scope)

    return evaluate


def _three_names(first: str, second: str, third: str, explain: Evaluate) -> Evaluate:
    def evaluate(scope: Scope) -> JSON:
        try:
            return scope.input[first][second][third]  # type: ignore[index,call-overload]
        except _ASTRAY:
            return explain(scope)

    return evaluate


_BY_NAMES: tuple[Callable[..., Evaluate], ...] = (_no_name, _one_name, _two_names, _three_names)


def _context_names(names: tuple[str, ...], explain: Evaluate) -> Evaluate:
    def evaluate(scope: Scope) -> JSON:
        value: Any = scope.context
        try:
            for name in names:
                value = value[name]
        except _ASTRAY:
            return explain(scope)
        return value  # type: ignore[no-any-return]

    return evaluate


def _variable(name: str, explain: Evaluate) -> Evaluate:
    def evaluate(scope: Scope) -> JSON:
        try:
            return scope.variables[name]
        except KeyError:
            return explain(scope)

    return evaluate


def _by_keys(parsed: ParsedPath, explain: Evaluate) -> Evaluate:
    keys = tuple(segment.name if isinstance(segment, Name) else segment.index for segment in parsed.segments)  # type: ignore[union-attr]
    read = _read_root(parsed.variable or "", parsed)

    def evaluate(scope: Scope) -> JSON:
        try:
            value: Any = read(scope)
            for key in keys:
                if value.__class__ is str:  # Python would take a character out of it
                    return explain(scope)
                value = value[key]
        except (*_ASTRAY, PathNotFound):
            return explain(scope)
        return value  # type: ignore[no-any-return]

    return evaluate


# --------------------------------------------------------------------------- step by step

Step: TypeAlias = Callable[[JSON, Location, JSON, list[JSON]], None]
"""Goes on from a value at a location in a document, and puts what it finds at the end into the list."""


def _collect(value: JSON, here: Location, document: JSON, found: list[JSON]) -> None:
    found.append(value)


def _follow(text: str, parsed: ParsedPath, kind: Kind) -> Evaluate:
    first = _compile(parsed.segments)
    read = _read_root(text, parsed)

    def evaluate(scope: Scope) -> JSON:
        document = read(scope)
        found: list[JSON] = []
        try:
            first(document, None, document, found)
        except Lost as lost:
            raise PathNotFound(text, lost.reason) from None
        return found if kind == "indefinite" else found[-1]

    return evaluate


def _compile(segments: tuple[Segment, ...], strict: bool = False) -> Step:
    """The chain of steps; ``strict`` wants every name of a list of names (a filter asks for existence so)."""
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
    first = _compile(segments, strict=True)

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
        except _ASTRAY:
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
