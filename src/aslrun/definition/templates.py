"""The state machines in a template of CloudFormation or SAM: where their definitions are, and what is unknown in them.

Rules that a change must keep:

1. Only what defines machines is looked at; the rest of a template is not our business, however odd it is.
2. An intrinsic function is unknown text: ``Ref``, ``Fn::GetAtt`` and all others become ``${Name}`` (``substitutions``),
   but the texts that ``Fn::Sub`` and ``Fn::Join`` are made of are kept.
3. A text in a template is made of pieces, and each remembers where it stands: so a place in a definition that is
   itself text becomes a place in the template.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..values import JSON
from .json_text import Location, Position, Positions
from .substitutions import BARE_THEIRS, THEIRS

_TYPE = {"AWS::StepFunctions::StateMachine": "StateMachineType", "AWS::Serverless::StateMachine": "Type"}
_IN_SUB = re.compile(r"\$\{(!?)\s*([\w.:-]+)\s*\}")
_ELSEWHERE = ("DefinitionUri", "DefinitionS3Location")
_REMOTE = re.compile(r"(?:s3|https?)://", re.IGNORECASE)


class Piece(NamedTuple):
    """A part of a text, and the location of the scalar that holds it; ``None``: it is written nowhere."""

    text: str
    location: Location | None


class Embedded(NamedTuple):
    """A state machine of a template. One of ``value``, ``pieces``, ``file`` is given, or else ``note`` says why not."""

    name: str
    type: str | None
    location: Location
    declared: Mapping[str, JSON] | None  # DefinitionSubstitutions with a known value; None: it is not known which
    unknown: frozenset[str]  # and those without
    value: JSON = None
    pieces: tuple[Piece, ...] = ()
    file: str = ""
    note: str = ""


def is_template(value: Mapping[str, JSON]) -> bool:
    """Whether a document is a template and no definition.

    >>> is_template({"Resources": {}}), is_template({"StartAt": "A", "States": {}})
    (True, False)
    """
    return isinstance(value.get("Resources"), dict) and "States" not in value and "StartAt" not in value


def machines(template: Mapping[str, JSON]) -> Iterator[Embedded]:
    """Every state machine of a template, in its order."""
    resources = template["Resources"]
    assert isinstance(resources, dict)
    for name, resource in resources.items():
        kind = resource.get("Type") if isinstance(resource, dict) else None
        if isinstance(kind, str) and kind in _TYPE and isinstance(resource, dict):
            properties = resource.get("Properties")
            yield _machine(name, _TYPE[kind], properties if isinstance(properties, dict) else {})


def _machine(name: str, type_field: str, properties: dict[str, JSON]) -> Embedded:
    at: Location = ("Resources", name, "Properties")
    type = properties.get(type_field)
    declared, unknown = _substitutions(properties.get("DefinitionSubstitutions"))
    made = Embedded(name, type if type in ("STANDARD", "EXPRESS") else None, at, declared, unknown)
    if "Definition" in properties:
        location = (*at, "Definition")
        value = known(properties["Definition"])
        if isinstance(value, str) and value.startswith(BARE_THEIRS):
            return made._replace(location=location, note="its Definition is made by an intrinsic function")
        return made._replace(location=location, value=value)
    if "DefinitionString" in properties:
        location = (*at, "DefinitionString")
        pieces = tuple(_pieces(properties["DefinitionString"], location) or ())
        note = "" if pieces else "its DefinitionString is made by an intrinsic function"
        return made._replace(location=location, pieces=pieces, note=note)
    for field in _ELSEWHERE:
        if field in properties:
            return _elsewhere(made, (*at, field), properties[field])
    return made._replace(note="it has no definition")


def _elsewhere(made: Embedded, location: Location, value: JSON) -> Embedded:
    if isinstance(value, str) and not _REMOTE.match(value):
        return made._replace(location=location, file=value)
    return made._replace(location=location, note=f"its {location[-1]} is no local file")


def _substitutions(value: JSON) -> tuple[dict[str, JSON] | None, frozenset[str]]:
    if not isinstance(value, dict):
        return {}, frozenset()
    if len(value) == 1 and _is_function(next(iter(value))):
        return None, frozenset()
    plain: dict[str, JSON] = {name: item for name, item in value.items() if isinstance(item, (str, int, float))}
    return plain, frozenset(value.keys() - plain.keys())


# --------------------------------------------------------------------------- intrinsic functions


def _is_function(name: str) -> bool:
    return name in ("Ref", "Condition") or name.startswith("Fn::")


def known(value: JSON) -> JSON:
    """A definition with what intrinsic functions stand for as marked placeholders.

    >>> known({"Fn::Join": ["-", ["a", {"Ref": "B"}]]}).replace(THEIRS, "$")
    'a-${B}'
    """
    if isinstance(value, list):
        return [known(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and _is_function(name := next(iter(value))):
        pieces = _pieces(value, ()) if name in ("Fn::Sub", "Fn::Join") else None
        return BARE_THEIRS + _name(name, value[name]) if pieces is None else "".join(piece.text for piece in pieces)
    return {key: known(item) for key, item in value.items()}


def _pieces(value: JSON, location: Location) -> list[Piece] | None:
    """The pieces of a text; ``None`` if nothing is known of it."""
    if isinstance(value, str):
        return [Piece(value, location)]
    if not isinstance(value, dict) or len(value) != 1:
        return None
    (name, given), inner = next(iter(value.items())), (*location, next(iter(value)))
    if name == "Fn::Sub":
        text, at = (given[0], (*inner, 0)) if isinstance(given, list) and given else (given, inner)
        return [Piece(_IN_SUB.sub(_theirs, text), at)] if isinstance(text, str) else None
    return _joined(given, inner) if name == "Fn::Join" else None


def _joined(given: JSON, location: Location) -> list[Piece] | None:
    separator, items = given if isinstance(given, list) and len(given) == 2 else (None, None)
    if not isinstance(separator, str) or not isinstance(items, list):
        return None
    found: list[Piece] = []
    for index, item in enumerate(items):
        found += [Piece(separator, None)] if index and separator else []
        at = (*location, 1, index)
        found += _pieces(item, at) or [Piece(f"{THEIRS}{{{_name_of(item)}}}", at)]
    return found


def _theirs(found: re.Match[str]) -> str:
    return f"${{{found.group(2)}}}" if found.group(1) else THEIRS + found.group()[1:]


def _name_of(value: JSON) -> str:
    name, given = next(iter(value.items())) if isinstance(value, dict) and value else ("Value", None)
    return _name(name, given)


def _name(function: str, given: JSON) -> str:
    """What to call an unknown value: the resource it comes from, or the function."""
    if function in ("Ref", "Fn::GetAtt", "Fn::ImportValue"):
        parts = given if isinstance(given, list) else [given]
        name = ".".join(part for part in parts if isinstance(part, str))
        return re.sub(r"[^\w.:-]", "", name) or function
    return function


# --------------------------------------------------------------------------- places


class Text:
    """A text in pieces, whose offsets can be found in the template."""

    __slots__ = ("_columns", "_lines", "_pieces", "_places", "_source", "_starts", "text")

    def __init__(self, pieces: tuple[Piece, ...], source: str | None, places: Positions) -> None:
        self.text = "".join(piece.text for piece in pieces)
        self._pieces, self._source, self._places = pieces, source, places
        self._starts = [0]
        for piece in pieces[:-1]:
            self._starts.append(self._starts[-1] + len(piece.text))
        self._columns: dict[int, list[int]] = {}
        self._lines = _lines(source or "")

    def offset(self, position: Position) -> int:
        """The offset of a line and column of this text."""
        return _lines(self.text)[position[0] - 1] + position[1] - 1

    def positions(self, inner: Positions) -> Positions:
        """Places in this text as places in the template."""
        lines = _lines(self.text)
        return {at: self.place(lines[line - 1] + column - 1) for at, (line, column) in inner.items()}

    def place(self, offset: int) -> Position:
        """Where an offset of the text stands."""
        index = max(bisect_right(self._starts, offset) - 1, 0)
        while index and self._pieces[index].location is None:
            index -= 1
        location = self._pieces[index].location or ()
        begins = self._places.get(location) or self._places.get(location[:1], (1, 1))
        if self._source is None:
            return begins
        if index not in self._columns:
            start = self._lines[begins[0] - 1] + begins[1] - 1
            self._columns[index] = aligned(self._pieces[index].text, self._source, start)
        found = self._columns[index]
        at = offset - self._starts[index]
        return _position(self._lines, found[at]) if at < len(found) else begins


def _lines(text: str) -> list[int]:
    """The offset of each line."""
    return [0, *(found.end() for found in re.finditer("\n", text))]


def _position(lines: list[int], offset: int) -> Position:
    line = bisect_right(lines, offset)
    return line, offset - lines[line - 1] + 1


_BEFORE = re.compile(r"(?:[!&][^\s,\[\]{}]*\s+)*")  # the tags and the anchor of a YAML scalar
_HEADER = re.compile(r"[|>][^\n]*\n")
_ESCAPED = re.compile(r"\\(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|U[0-9a-fA-F]{8}|.)|.", re.DOTALL)
_RAW = re.compile(r".", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}
_FAR = 12  # raw characters that may be passed over without a match: escapes, quotes, folded lines


def aligned(text: str, source: str, start: int) -> list[int]:
    """For each character of a scalar's text the offset of what stands for it in the source.

    Blanks are not looked at: how lines are folded and indented differs with the style of the scalar.

    >>> aligned('{"a"}', '  "{\\\\"a\\\\"}"', 2)
    [3, 4, 6, 7, 9]
    """
    start = _BEFORE.match(source, start).end()  # type: ignore[union-attr]
    if header := _HEADER.match(source, start):
        start = header.end()
    quoted = source[start : start + 1] == '"'
    raw = (_ESCAPED if quoted else _RAW).finditer(source, start + (source[start : start + 1] in ("'", '"')))
    found: list[int] = []
    last = start
    for character in text:
        if not character.isspace():
            last = _next(character, raw, last)
        found.append(last)
    return found


def _next(character: str, raw: Iterator[re.Match[str]], last: int) -> int:
    """The offset of the next token that stands for a character."""
    tried = 0
    for token in raw:
        means = _meaning(token.group())
        if means == character or (means == "$" and character == THEIRS):
            return token.start()
        tried += not means.isspace()
        if tried > _FAR:
            break
    return last


def _meaning(token: str) -> str:
    if len(token) == 1:
        return token
    if len(token) > 2:
        code = int(f"0x{token[2:]}", 0)
        return chr(code) if code < 0x110000 else ""
    return _ESCAPES.get(token[1], token[1])
