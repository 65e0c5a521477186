"""What is wrong with an object that ``shape`` refuses: each complaint with its place.

A keyword either leads to values within (``_WITHIN``), or names fields (``_OF_NAMES``), or is met or not, which its
closure knows.

Rules that a change must keep:

1. Imported only where something is refused.
2. A value is walked only if its closure refuses it, so what is sound costs little here too.
3. Complaints come in the order of the schema. A test compares them with those of jsonschema, which walks everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TypeAlias, cast

from ..values import JSON
from .json_text import Location
from .shape import ANNOTATIONS, KEYWORDS, Check, Refusal, Schema, as_list, compiled, definitions, is_expression


def refused(value: JSON, definition: str, location: Location, language: str | None) -> Iterator[Refusal]:
    """What is wrong with a value: of each value the first complaint, of each object each field."""
    seen = set()
    for refusal in _walk(definition, language).complaints(value, definitions()[definition], location):
        if (refusal.location, refusal.names) not in seen:
            seen.add((refusal.location, refusal.names))
            yield refusal


@cache
def _walk(definition: str, language: str | None) -> _Walk:
    return _Walk(definition, language)


class _Walk:
    """The walk over values that are held to one definition, in a query language if that is known."""

    def __init__(self, definition: str, language: str | None) -> None:
        self.definition, self.language = definition, language
        self._checks: dict[int, Check] = {}  # by the identity of the schemas, which live as long as the definitions

    def complaints(self, value: JSON, schema: Schema, location: Location) -> Iterator[Refusal]:
        """Everything that is wrong with a value and with those within."""
        for keyword in schema:
            if keyword in _OF_NAMES and isinstance(value, dict):
                for names in _OF_NAMES[keyword](schema, value):
                    yield self._refusal(value, schema, location, keyword, names)
            if keyword in _WITHIN:
                for within, inner, *way in _WITHIN[keyword](schema, value, self.language):
                    if not self._fits(within, inner):
                        yield from self.complaints(within, inner, (*location, *way))
            elif keyword not in _NOT_MET and not KEYWORDS[keyword](schema, self.language)(value):
                yield self._refusal(value, schema, location, keyword)

    def _fits(self, value: JSON, schema: Schema) -> bool:
        check = self._checks.get(id(schema))
        if check is None:
            check = self._checks[id(schema)] = compiled(schema, self.language)
        return check(value)

    def _refusal(
        self, value: JSON, schema: Schema, location: Location, keyword: str, names: tuple[str, ...] = ()
    ) -> Refusal:
        return Refusal(location, keyword, schema, value, names, self.definition, self.language)


# --------------------------------------------------------------------------- keywords that name fields


def _missing(schema: Schema, value: dict[str, JSON]) -> Iterator[tuple[str, ...]]:
    if missing := tuple(str(name) for name in as_list(schema["required"]) if name not in value):
        yield missing


def _unknown(schema: Schema, value: dict[str, JSON]) -> Iterator[tuple[str, ...]]:
    if schema["additionalProperties"] is False:
        known = cast(Schema, schema.get("properties", {}))
        yield from ((name,) for name in value if name not in known)


def _none_of_group(schema: Schema, value: dict[str, JSON]) -> Iterator[tuple[str, ...]]:
    for group in as_list(schema["requiredOneOf"]):
        if not any(name in value for name in as_list(group)):
            yield tuple(map(str, as_list(group)))


def _several_of_group(schema: Schema, value: dict[str, JSON]) -> Iterator[tuple[str, ...]]:
    for group in as_list(schema["atMostOneOf"]):
        given = tuple(str(name) for name in as_list(group) if name in value)
        if len(given) > 1:
            yield given


_OF_NAMES: Mapping[str, Callable[[Schema, dict[str, JSON]], Iterator[tuple[str, ...]]]] = {
    "required": _missing,
    "additionalProperties": _unknown,
    "requiredOneOf": _none_of_group,
    "atMostOneOf": _several_of_group,
}
_NOT_MET = ANNOTATIONS | _OF_NAMES.keys()

# --------------------------------------------------------------------------- keywords that lead to values within

Within: TypeAlias = "Iterator[tuple[JSON, Schema, *tuple[str | int, ...]]]"
"""Values, each with its schema and the way to it."""


def _ref(schema: Schema, value: JSON, language: str | None) -> Within:
    yield value, definitions()[str(schema["$ref"]).rpartition("/")[2]]


def _properties(schema: Schema, value: JSON, language: str | None) -> Within:
    if isinstance(value, dict):
        for name, inner in cast("dict[str, Schema]", schema["properties"]).items():
            if name in value:
                yield value[name], inner, name


def _additional(schema: Schema, value: JSON, language: str | None) -> Within:
    inner = schema["additionalProperties"]
    if isinstance(value, dict) and isinstance(inner, dict) and "properties" not in schema:
        for name, item in value.items():
            yield item, inner, name


def _items(schema: Schema, value: JSON, language: str | None) -> Within:
    for index, item in enumerate(as_list(value)):
        yield item, cast(Schema, schema["items"]), index


def _or_expression(schema: Schema, value: JSON, language: str | None) -> Within:
    if not is_expression(value, language):
        yield value, cast(Schema, schema["orExpression"])


def _by_language(schema: Schema, value: JSON, language: str | None) -> Within:
    if language is not None:
        yield value, cast("dict[str, Schema]", schema["byLanguage"])[language]


_WITHIN: Mapping[str, Callable[[Schema, JSON, str | None], Within]] = {
    "$ref": _ref,
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
    "orExpression": _or_expression,
    "byLanguage": _by_language,
}
