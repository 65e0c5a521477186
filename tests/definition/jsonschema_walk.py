"""What jsonschema has against a value: a second opinion, by a walk that knows nothing of ours.

The keywords of JSON Schema are jsonschema's own, but for ``$ref``, whose definitions stand elsewhere; ours stand here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias, cast

from jsonschema import Draft202012Validator, TypeChecker, validators
from jsonschema.exceptions import ValidationError

from aslrun.definition.json_text import Location
from aslrun.definition.shape import KEYWORDS, OF_OBJECTS, OF_TYPE, Schema, as_list, definitions, is_expression
from aslrun.values import JSON

Complaint: TypeAlias = tuple[Location, str, tuple[str, ...]]
"""Where, the keyword, and the fields that it names."""


def complaints(value: JSON, definition: str, language: str | None) -> list[Complaint]:
    """Of each value the first complaint, of each object each field."""
    found: dict[tuple[Location, tuple[str, ...]], Complaint] = {}
    for error in _validator(language)(definitions()[definition]).iter_errors(value):
        place = tuple(error.absolute_path)
        names = tuple(json.loads(error.message)) if error.validator in _OF_NAMES else ()
        found.setdefault((place, names), (place, str(error.validator), names))
    return list(found.values())


def _validator(language: str | None) -> Any:
    theirs = Draft202012Validator.VALIDATORS
    known = {keyword: theirs[keyword] for keyword in (*KEYWORDS, *OF_OBJECTS) if keyword in theirs}
    ours = {keyword: _naming(find) for keyword, find in _OF_NAMES.items()}
    ours |= {keyword: _of_value(keyword, language) for keyword in _OF_VALUES}
    ours["$ref"] = _ref
    checker = TypeChecker({name: lambda _, value, check=check: check(value) for name, check in OF_TYPE.items()})
    return validators.create({}, {**known, **ours}, type_checker=checker)


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
        yield from ([name] for name in value if name not in cast(Schema, schema.get("properties", {})))


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
