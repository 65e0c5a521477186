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

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from ..values import JSON
from .errors import PathNotFound
from .jsonpath_filter import Lost
from .jsonpath_parser import ParsedPath, parse_path
from .jsonpath_segments import Root, Segment, field_names, is_definite, is_plain, lookup_key
from .jsonpath_steps import compile_steps
from .scope import Scope

Kind: TypeAlias = Literal["reference", "definite", "indefinite"]
Evaluate: TypeAlias = Callable[[Scope], JSON]

MOST_KEPT = 256
"""Compiled paths that are kept: a definition has the same few over and over, and so has the next one."""


@dataclass(frozen=True, slots=True)
class Path:
    """A compiled path.

    ``kind`` is ``reference`` (names and indexes only), ``definite`` (leads to one place) or ``indefinite``;
    ``segments`` are those of ``jsonpath_segments``. ``evaluate`` raises ``PathNotFound``.
    """

    text: str
    root: Root
    variable: str | None
    kind: Kind
    segments: tuple[Segment, ...]
    evaluate: Evaluate = field(repr=False, compare=False)

    def references(self) -> Iterator[str]:
        """The workflow variable that it starts from, if it does."""
        if self.variable is not None:
            yield self.variable


@lru_cache(maxsize=MOST_KEPT)
def compile_path(text: str) -> Path:
    """Compile a path; ``ExpressionSyntaxError`` says what was expected where.

    >>> from random import Random
    >>> scope = Scope({"items": [{"sku": "x1"}, {"sku": "x2"}]}, lambda: {}, {}, Random)
    >>> compile_path("$.items[0].sku").evaluate(scope), compile_path("$.items[*].sku").evaluate(scope)
    ('x1', ['x1', 'x2'])
    """
    parsed = parse_path(text)
    names = field_names(parsed.segments)
    kind: Kind = _kind(parsed.segments) if names is None else "reference"
    if kind == "reference":
        evaluate = _straight(text, parsed, names, _explanation(text, parsed))
    else:
        evaluate = _walk(text, parsed, kind)
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


def _walk(text: str, parsed: ParsedPath, kind: Kind) -> Evaluate:
    first = compile_steps(parsed.segments)
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


# --------------------------------------------------------------------------- straight walks


def _explanation(text: str, parsed: ParsedPath) -> Evaluate:
    """The slow walk of a reference path, built when it is needed first."""
    walk: Evaluate | None = None

    def explain(scope: Scope) -> JSON:
        nonlocal walk
        if walk is None:
            walk = _walk(text, parsed, "reference")
        return walk(scope)

    return explain


_ASTRAY = (KeyError, IndexError, TypeError)


def _straight(text: str, parsed: ParsedPath, names: tuple[str, ...] | None, explain: Evaluate) -> Evaluate:
    """The fast walk of a reference path, by its names; where it goes astray, ``explain`` raises the right error."""
    if parsed.root == "input" and names is not None and len(names) < len(_BY_NAMES):
        return _BY_NAMES[len(names)](*names, explain)
    if parsed.root == "context" and names is not None:
        return _context_names(names, explain)
    if parsed.root == "variable" and names == ():
        return _variable(str(parsed.variable), explain)
    return _by_keys(text, parsed, explain)


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


def _by_keys(text: str, parsed: ParsedPath, explain: Evaluate) -> Evaluate:
    read, keys = _read_root(text, parsed), tuple(map(lookup_key, parsed.segments))

    def evaluate(scope: Scope) -> JSON:
        value: Any = read(scope)
        try:
            for key in keys:
                if value.__class__ is str:  # Python would take a character out of it
                    return explain(scope)
                value = value[key]
        except _ASTRAY:
            return explain(scope)
        return value  # type: ignore[no-any-return]

    return evaluate
