"""What jsonschema has against an object that ``shape`` refuses: each complaint with its place.

Rules that a change must keep:

1. jsonschema is imported here, and this module only where something is refused.
2. The keywords of JSON Schema are jsonschema's own; ours stand here and mean what their closures in ``shape`` mean.
   Two of its own are ours as well, for speed: ``$ref`` knows where definitions stand, and ``properties`` looks only
   into values that their closures refuse.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, TypeAlias, cast

from jsonschema import Draft202012Validator, TypeChecker, validators
from jsonschema.exceptions import ValidationError

from ..values import JSON
from .json_text import Location
from .shape import KEYWORDS, OF_TYPE, Check, Refusal, Schema, as_list, compiled, definitions, is_expression


def refused(value: JSON, definition: str, location: Location, language: str | None) -> Iterator[Refusal]:
    """What jsonschema has against a value: of each value the first complaint, of each object each field."""
    seen = set()
    for error in _validator(definition, language).iter_errors(value):
        place = (*location, *error.absolute_path)
        names = tuple(json.loads(error.message)) if error.validator in _OF_NAMES else ()
        if (place, names) not in seen:
            seen.add((place, names))
            schema = error.schema if isinstance(error.schema, dict) else {}
            yield Refusal(place, str(error.validator), schema, cast(JSON, error.instance), names, definition, language)


@cache
def _validator(definition: str, language: str | None) -> Any:
    """jsonschema's validator of a definition, with our keywords."""
    theirs = Draft202012Validator.VALIDATORS
    known = {keyword: theirs[keyword] for keyword in KEYWORDS if keyword not in (*_OF_NAMES, *_OF_VALUES)}
    ours = {keyword: _naming(find) for keyword, find in _OF_NAMES.items()}
    ours |= {keyword: _of_value(keyword, language) for keyword in _OF_VALUES}
    ours |= {"$ref": _ref, "properties": _of_properties(language)}
    checker = TypeChecker({name: _of_type(check) for name, check in OF_TYPE.items()})
    build = validators.create({}, {**known, **ours}, type_checker=checker)
    return build({"$ref": f"#/$defs/{definition}", "$defs": definitions()})


def _of_type(check: Check) -> Any:
    return lambda checker, value: check(cast(JSON, value))


Keyword: TypeAlias = Callable[[Any, Any, Any, Any], Iterator[ValidationError]]


def _naming(find: Callable[[Schema, dict[str, JSON]], Iterator[list[str]]]) -> Keyword:
    """A keyword of objects; its errors carry the names of fields as their message."""

    def keyword(validator: Any, expected: JSON, value: JSON, schema: Schema) -> Iterator[ValidationError]:
        if isinstance(value, dict):
            for names in find(schema, value):
                yield ValidationError(json.dumps(names))
            if isinstance(expected, dict) and "properties" not in schema:
                for name, item in value.items():
                    yield from validator.descend(item, expected, path=name)

    return keyword


def _missing(schema: Schema, value: dict[str, JSON]) -> Iterator[list[str]]:
    if missing := [str(name) for name in as_list(schema["required"]) if name not in value]:
        yield missing


def _unknown(schema: Schema, value: dict[str, JSON]) -> Iterator[list[str]]:
    if schema["additionalProperties"] is False:
        known = cast(Schema, schema.get("properties", {}))
        yield from ([name] for name in value if name not in known)


def _none_of_group(schema: Schema, value: dict[str, JSON]) -> Iterator[list[str]]:
    for group in as_list(schema["requiredOneOf"]):
        if not any(name in value for name in as_list(group)):
            yield [str(name) for name in as_list(group)]


def _several_of_group(schema: Schema, value: dict[str, JSON]) -> Iterator[list[str]]:
    for group in as_list(schema["atMostOneOf"]):
        given = [str(name) for name in as_list(group) if name in value]
        if len(given) > 1:
            yield given


_OF_NAMES: Mapping[str, Callable[[Schema, dict[str, JSON]], Iterator[list[str]]]] = {
    "required": _missing,
    "additionalProperties": _unknown,
    "requiredOneOf": _none_of_group,
    "atMostOneOf": _several_of_group,
}


def _ref(validator: Any, expected: str, value: JSON, schema: Schema) -> Iterator[ValidationError]:
    yield from validator.descend(value, definitions()[expected.rpartition("/")[2]])


def _of_properties(language: str | None) -> Keyword:
    checks: dict[int, dict[str, Check]] = {}  # by the identity of the schemas, which live as long as the definitions

    def keyword(validator: Any, expected: Schema, value: JSON, schema: Schema) -> Iterator[ValidationError]:
        if not isinstance(value, dict):
            return
        known = checks.get(id(expected))
        if known is None:
            known = checks[id(expected)] = {name: compiled(inner, language) for name, inner in expected.items()}
        for name, inner in expected.items():
            if name in value and not known[name](value[name]):
                yield from validator.descend(value[name], inner, path=name)

    return keyword


_OF_VALUES = ("format", "queryLanguage", "orExpression", "byLanguage")


def _of_value(name: str, language: str | None) -> Keyword:
    """A keyword of ours that is met, or handed on to the schema within it."""

    def keyword(validator: Any, expected: JSON, value: JSON, schema: Schema) -> Iterator[ValidationError]:
        if name == "byLanguage" and language is not None:
            yield from validator.descend(value, cast(Schema, expected)[language])
        elif name == "orExpression" and not is_expression(value, language):
            yield from validator.descend(value, expected)
        elif name in ("format", "queryLanguage") and not KEYWORDS[name](schema, language)(value):
            yield ValidationError(name)

    return keyword
