"""The shape of a definition: every object is held to its part of ``schema.json``, quickly if it is sound.

A state is held to the definition of its ``Type``, so nothing is tried in vain. The keywords of the schema are compiled
once into closures that say yes or no; an object that they refuse, and only that, is walked again for what is wrong
(``shape_errors``).

Rules that a change must keep:

1. ``schema.json`` is a JSON Schema with a few keywords of our own, and both walks mean what jsonschema means: a test
   mutates definitions to compare them with it. A keyword that is not known here is a ``KeyError`` when the schema is
   compiled.
2. ``shape_errors`` is imported when something is refused, ``schema.json`` read when the first definition is checked.
3. Nothing here recurses into nested states or nested Choice rules: the outline lists the former, ``_inner_rules`` the
   latter.
4. Nothing here words a refusal; the rules of the subject ``shape`` do.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import combinations
from types import ModuleType
from typing import NamedTuple, TypeAlias, cast

from ..language.timestamps import is_timestamp
from ..values import JSON, is_number
from .json_text import Location
from .rules.outline import Outline, Place

Schema: TypeAlias = dict[str, JSON]
Check: TypeAlias = Callable[[JSON], bool]


class Refusal(NamedTuple):
    """A keyword that a value does not meet.

    ``definition`` is the one under ``$defs`` that the checked object was held to, ``schema`` the innermost one, with
    the ``keyword``. ``names`` are the fields that are missing, too many, not known or of the other language.
    """

    location: Location
    keyword: str
    schema: Schema
    value: JSON
    names: tuple[str, ...]
    definition: str
    language: str | None


@cache
def definitions() -> Mapping[str, Schema]:
    """What stands under ``$defs`` in ``schema.json``."""
    with open(os.path.join(os.path.dirname(__file__), "schema.json"), encoding="utf-8") as file:
        return cast(Mapping[str, Schema], json.load(file)["$defs"])


@cache
def fields_of(definition: str) -> tuple[str, ...]:
    """The fields that an object may have."""
    return tuple(cast(Schema, definitions()[definition].get("properties", {})))


# --------------------------------------------------------------------------- the walk


def refusals(parts: Outline) -> Iterator[Refusal]:
    """Everything in a document that has not the shape of its kind."""
    for program in parts.programs:
        if not accepts(program.kind, None)(program.value):
            yield from _errors().refused(program.value, program.kind, program.location, None)
    for place in parts.states:
        if not accepts(place.kind, place.language)(place.value):
            yield from _errors().refused(place.value, place.kind, place.location, place.language)
        if place.kind == "Choice" and place.language == "JSONPath":
            for rule, location in _inner_rules(place):
                if not accepts("innerRule", place.language)(rule):
                    yield from _errors().refused(rule, "innerRule", location, place.language)


@cache
def _errors() -> ModuleType:
    """What says why something is refused, imported when the first thing is."""
    from . import shape_errors

    return shape_errors


def _inner_rules(place: Place) -> Iterator[tuple[JSON, Location]]:
    """The rules within And, Or and Not, however deep they are."""
    choices = place.value.get("Choices")
    pending = [(rule, (*place.location, "Choices", index)) for index, rule in enumerate(as_list(choices))]
    while pending:
        rule, location = pending.pop()
        if not isinstance(rule, dict):
            continue
        inner = [(rule["Not"], (*location, "Not"))] if isinstance(rule.get("Not"), dict) else []
        for field in ("And", "Or"):
            inner += [(item, (*location, field, index)) for index, item in enumerate(as_list(rule.get(field)))]
        yield from inner
        pending += inner


def as_list(value: JSON) -> list[JSON]:
    """The value if it is an array, else an empty one."""
    return value if isinstance(value, list) else []


def is_expression(value: JSON, language: str | None) -> bool:
    """Whether the value is a JSONata expression, and may be one in this language."""
    return language != "JSONPath" and isinstance(value, str) and value.startswith("{%") and value.endswith("%}")


# --------------------------------------------------------------------------- yes or no


@cache
def accepts(definition: str, language: str | None) -> Check:
    """The closure that says whether a value has the shape of a definition, in a query language if that is known."""
    return compiled({"$ref": f"#/$defs/{definition}"}, language)


def compiled(schema: JSON, language: str | None) -> Check:
    """A schema, which is an object, as a closure."""
    assert isinstance(schema, dict)
    of_object = schema.get("type") == "object" and not _OF_FIELDS.isdisjoint(schema)
    known = ANNOTATIONS | OF_OBJECTS if of_object else ANNOTATIONS
    every = [KEYWORDS[keyword](schema, language) for keyword in schema if keyword not in known]
    checks = [check for check in every if check is not _anything]
    if of_object:
        checks.insert(0, _of_object(schema, language))
    if len(checks) == 1:
        return checks[0]
    if not checks:
        return _anything
    if len(checks) == 2:
        first, second = checks
        return lambda value: first(value) and second(value)
    return _every(tuple(checks))


def _anything(value: JSON) -> bool:
    return True


def _every(checks: tuple[Check, ...]) -> Check:
    """All of the checks; a plain loop, as a generator costs more than most checks do."""

    def check(value: JSON) -> bool:
        for one in checks:  # noqa: SIM110 - see above
            if not one(value):
                return False
        return True

    return check


def _ref(schema: Schema, language: str | None) -> Check:
    return compiled(definitions()[str(schema["$ref"]).rpartition("/")[2]], language)


def _is_text(value: JSON) -> bool:
    return isinstance(value, str)


OF_TYPE: Mapping[str, Check] = {
    "string": _is_text,
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": is_number,
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "null": lambda value: value is None,
}


def _type(schema: Schema, language: str | None) -> Check:
    types = schema["type"]
    if isinstance(types, str):
        return OF_TYPE[types]
    return _some(tuple(OF_TYPE[str(name)] for name in as_list(types)))


def _some(checks: tuple[Check, ...]) -> Check:
    def check(value: JSON) -> bool:
        for one in checks:  # noqa: SIM110 - see _every
            if one(value):
                return True
        return False

    return check


def _enum(schema: Schema, language: str | None) -> Check:
    words = frozenset(map(str, as_list(schema["enum"])))
    return lambda value: isinstance(value, str) and value in words


def _minimum(schema: Schema, language: str | None) -> Check:
    low = cast(float, schema["minimum"])
    return lambda value: not is_number(value) or cast(float, value) >= low


def _maximum(schema: Schema, language: str | None) -> Check:
    high = cast(float, schema["maximum"])
    return lambda value: not is_number(value) or cast(float, value) <= high


def _min_items(schema: Schema, language: str | None) -> Check:
    count = cast(int, schema["minItems"])
    return lambda value: not isinstance(value, list) or len(value) >= count


def _min_properties(schema: Schema, language: str | None) -> Check:
    count = cast(int, schema["minProperties"])
    return lambda value: not isinstance(value, dict) or len(value) >= count


def _pattern(schema: Schema, language: str | None) -> Check:
    search = re.compile(str(schema["pattern"])).search
    return lambda value: not isinstance(value, str) or search(value) is not None


_FORMATS: Mapping[str, Callable[[str], bool]] = {"timestamp": is_timestamp}


def _format(schema: Schema, language: str | None) -> Check:
    fits = _FORMATS[str(schema["format"])]
    return lambda value: not isinstance(value, str) or fits(value)


def _not(schema: Schema, language: str | None) -> Check:
    check = compiled(schema["not"], language)
    return lambda value: not check(value)


def _items(schema: Schema, language: str | None) -> Check:
    check = compiled(schema["items"], language)
    return lambda value: not isinstance(value, list) or all(map(check, value))


_OF_FIELDS = frozenset(("properties", "additionalProperties", "required", "requiredOneOf", "atMostOneOf"))
OF_OBJECTS = _OF_FIELDS | {"type"}
"""The keywords that ``_of_object`` knows; all but the type stand in schemas of objects only."""


def _of_object(schema: Schema, language: str | None) -> Check:
    """What a schema of an object says about its fields: one closure, for most of what is checked are objects."""
    checks = {name: compiled(inner, language) for name, inner in cast(Schema, schema.get("properties", {})).items()}
    find = {name: check for name, check in checks.items() if check not in (_anything, _is_text)}.get
    texts = frozenset(name for name, check in checks.items() if check is _is_text)
    others = schema.get("additionalProperties", True)
    rest = compiled(others, language) if isinstance(others, dict) else None
    known = checks.keys() if others is False else None
    required = frozenset(map(str, as_list(schema.get("required"))))
    one_of = _groups(schema, "requiredOneOf")
    pairs = [pair for group in _groups(schema, "atMostOneOf") for pair in combinations(sorted(group), 2)]

    def check(value: JSON) -> bool:
        if not isinstance(value, dict):
            return False
        names = value.keys()
        if not names >= required or (known is not None and not names <= known):
            return False
        for group in one_of:
            if group.isdisjoint(names):
                return False
        for one, other in pairs:
            if one in value and other in value:
                return False
        for name, item in value.items():
            if name in texts:
                if not isinstance(item, str):
                    return False
            elif (fits := find(name, rest)) is not None and not fits(item):
                return False
        return True

    return check


def _groups(schema: Schema, keyword: str) -> list[frozenset[str]]:
    return [frozenset(map(str, as_list(group))) for group in as_list(schema.get(keyword))]


def _query_language(schema: Schema, language: str | None) -> Check:
    own = language is None or schema["queryLanguage"] == language
    return _anything if own else lambda value: False


def _or_expression(schema: Schema, language: str | None) -> Check:
    check = compiled(schema["orExpression"], language)
    if language == "JSONPath":
        return check
    return lambda value: is_expression(value, language) or check(value)


def _by_language(schema: Schema, language: str | None) -> Check:
    if language is None:
        return _anything
    return compiled(cast(Schema, schema["byLanguage"])[language], language)


ANNOTATIONS = frozenset(("title", "description", "$comment"))

KEYWORDS: Mapping[str, Callable[[Schema, str | None], Check]] = {
    "$ref": _ref,
    "not": _not,
    "type": _type,
    "enum": _enum,
    "minimum": _minimum,
    "maximum": _maximum,
    "minItems": _min_items,
    "minProperties": _min_properties,
    "pattern": _pattern,
    "format": _format,
    "items": _items,
    "queryLanguage": _query_language,
    "orExpression": _or_expression,
    "byLanguage": _by_language,
}
