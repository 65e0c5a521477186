"""A definition as it came: read from a file, text or mapping into JSON, with the place of each value in its text.

Rules that a change must keep:

1. A document is JSON in the strict sense, an object, at most ``MAX_DEPTH`` levels deep; anything else is
   ``InvalidDefinition``, whoever wrote it. So the floors above may recurse over it.
2. Places are computed when the first one is asked for: reading a sound definition pays nothing for them.
3. A mapping is copied; the caller may go on changing his.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from ..errors import Diagnostic, InvalidDefinition
from ..values import JSON, copy, not_json, type_name
from . import json_text, substitutions, yaml_text
from .json_text import Location, Mistake, Position, Positions, Unreadable, render_location, render_pointer
from .problem import NOWHERE, Problem
from .substitutions import BARE, Filled

__all__ = ["Document", "Location", "read_document", "render_location"]

MAX_DEPTH = 200
"""Levels of objects and arrays in a document. The deepest published machine has about 40."""

MOST_FINDS = 8
"""Places that are found one by one: each search reads what stands before it. After these all are looked for."""

INVALID_JSON = "INVALID_JSON_DESCRIPTION"
"""AWS's code for a text that is no JSON object."""

_COMMENTED = re.compile(r"\.jsonc$", re.IGNORECASE)
UNREADABLE = "UNREADABLE_FILE"
"""Ours for a file that cannot be opened."""

_SUFFIX = re.compile(r"(?:\.asl)?\.(?:json|jsonc|yaml|yml)$|\.asl$", re.IGNORECASE)
_YAML_SUFFIX = re.compile(r"\.ya?ml$", re.IGNORECASE)


_NOTHING_FILLED = Filled({})


class Text(str):
    """The text of a document, never the name of a file, whatever it looks like."""

    __slots__ = ()


class NamedFile:
    """The name of a file, never the text of a document, whatever it looks like."""

    __slots__ = ("_path",)

    def __init__(self, path: str) -> None:
        self._path = path

    def __fspath__(self) -> str:
        return self._path


class Document:
    """A definition's value together with where it came from.

    ``type`` is the machine's own, if its template says one; ``prefix`` is where the definition stands in its file;
    ``has_placeholders`` is false where its text says that there are none.
    """

    __slots__ = (
        "_find",
        "_finds",
        "_locate",
        "_positions",
        "filled",
        "has_placeholders",
        "name",
        "prefix",
        "source",
        "text",
        "type",
        "value",
    )

    def __init__(
        self,
        value: dict[str, JSON],
        *,
        text: str | None = None,
        source: str = "",
        name: str = "StateMachine",
        locate: Callable[[], Positions] | None = None,
        find: Callable[[Location], Position] | None = None,
    ) -> None:
        """``locate`` gives all places, ``find`` a single one, if that is quicker."""
        self.value, self.text, self.source, self.name = value, text, source, name
        self.filled = _NOTHING_FILLED
        self.has_placeholders = True
        self.type: str | None = None
        self.prefix: Location = ()
        self._locate, self._find = locate, find
        self._finds = MOST_FINDS
        self._positions: Positions | None = None

    def position(self, location: Location) -> Position | None:
        """Line and column, from 1, of the value at a location or of the nearest one around it; ``None`` without text.

        >>> read_document('{"States":\\n  {"A": 1}}').position(("States", "A"))
        (2, 9)
        """
        if self._locate is None:
            return None
        if self._find is not None and self._positions is None and self._finds > 0:
            self._finds -= 1
            return self._find(location)
        positions = self.positions
        while location and location not in positions:
            location = location[:-1]
        return positions.get(location)

    @property
    def positions(self) -> Positions:
        """Every place, computed when it is first asked for."""
        if self._positions is None:
            self._positions = {} if self._locate is None else self._locate()
        return self._positions

    def diagnostic(self, problem: Problem) -> Diagnostic:
        """A problem with its place in the text."""
        line, column = self.position(problem.location) or (None, None)
        return _rendered(problem, line, column, self.source, self.prefix)

    def kept(self, found: Iterable[Diagnostic]) -> list[Diagnostic]:
        """What is told of what was found: nothing about values that nobody knows yet (``substitutions``)."""
        if not self.filled.open:
            return list(found)
        silent = {render_location((*self.prefix, *location)) for location in self.filled.open}
        return [each for each in found if each.path not in silent and not self._is_guess(each)]

    def can_compile(self, found: Iterable[Diagnostic]) -> bool:
        """Whether a machine can be built despite what was found: only the text of a resource may be anything."""
        silent = {render_location((*self.prefix, *at)) for at in self.filled.open if at[-1:] == ("Resource",)}
        return all(each.path in silent for each in found)

    def _is_guess(self, each: Diagnostic) -> bool:
        if self.filled.open_target and each.rule in _OF_THE_GRAPH:
            return True
        return self.filled.vague and each.severity == "WARNING"


_OF_THE_GRAPH = ("unreachable", "no-terminal")


def read_document(
    source: str | os.PathLike[str] | Mapping[str, JSON], *, name: str | None = None, bare: bool = False
) -> Document:
    """Read a definition from a path, JSON text or a mapping.

    A text is taken for a path if it names a file or ends like one (``.json``, ``.jsonc``, ``.yaml``, ``.yml``,
    ``.asl``) and has neither a ``{`` nor a line break. YAML is read from ``.yaml`` and ``.yml`` files, JSON with
    comments from ``.jsonc``. ``bare``: a ``${Name}`` may stand where a value is expected (``substitutions``). Raises
    ``InvalidDefinition`` for what is no JSON object, ``TypeError`` for what is no document at all, ``ImportError`` for
    YAML without PyYAML.

    >>> read_document({"StartAt": "A", "States": {}}, name="order").name
    'order'
    """
    if isinstance(source, str) and (isinstance(source, Text) or not _names_a_file(source)):
        return _from_text(source, "", name, bare)
    if isinstance(source, Mapping):
        return _from_mapping(source, name)
    if not isinstance(source, (str, os.PathLike)):
        raise TypeError(f"a definition must be a path, JSON text or a mapping, not {type(source).__name__}")
    path = os.fsdecode(source)
    return _from_text(_content(path), path, name, bare)


def _names_a_file(text: str) -> bool:
    if "{" in text or "\n" in text:
        return False
    return bool(_SUFFIX.search(text)) or os.path.isfile(text)


def _content(path: str) -> str:
    """The text of a file, without a byte order mark."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            return file.read()
    except UnicodeDecodeError as error:
        encoding = "it is UTF-16" if error.object[:2] in (b"\xff\xfe", b"\xfe\xff") else f"byte {error.start} is not"
        raise _invalid(path, Mistake(f"must be UTF-8, but {encoding}")) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _invalid(path, Mistake(f"cannot be read: {reason}"), code=UNREADABLE) from None


def _from_text(text: str, source: str, name: str | None, bare: bool) -> Document:
    text = text.removeprefix("\ufeff") if text.startswith("\ufeff") else text
    read = _from_yaml if source and _YAML_SUFFIX.search(source) else _from_json
    try:
        found = read(text, source, bare)
    except Unreadable as error:
        named = source or "{" in text or isinstance(text, Text)
        raise _invalid(source, *(error.mistakes if named else [_neither(text, error)])) from None
    except RecursionError:
        raise _invalid(source, _TOO_DEEP) from None
    value = _object(found.value, source, found.is_flat)
    locate, find = found.locate, found.find
    document = Document(value, text=text, source=source, name=name or _stem(source), locate=locate, find=find)
    document.has_placeholders = found.has_placeholders
    return document


class _Read(NamedTuple):
    """A value with the ways to its places, and what its text tells at once: few levels, no placeholders."""

    value: JSON
    locate: Callable[[], Positions]
    find: Callable[[Location], Position] | None = None
    is_flat: bool = False
    has_placeholders: bool = True


def _from_yaml(text: str, source: str, bare: bool) -> _Read:
    value = yaml_text.parse(text, MAX_DEPTH, bare=BARE if bare else "")
    return _Read(value, lambda: yaml_text.positions(text))


def _from_json(text: str, source: str, bare: bool) -> _Read:
    read = json_text.without_comments(text) if source and _COMMENTED.search(source) else text
    try:
        return _of_json(json_text.parse(read), read)
    except Unreadable:
        marked = substitutions.marked(read) if bare and "${" in read else read
        if marked == read:
            raise
    return _of_json(json_text.parse(marked, text), marked)


def _of_json(value: JSON, text: str) -> _Read:
    is_flat = text.count("{") + text.count("[") <= MAX_DEPTH
    locate, find = partial(json_text.positions, text), partial(json_text.find, text)
    return _Read(value, locate, find, is_flat, substitutions.may_be_in(text))


def _from_mapping(mapping: Mapping[str, JSON], name: str | None) -> Document:
    value = _object(dict(mapping), "")
    if found := not_json(value):
        path, reason = found
        raise _invalid("", Mistake(f"at {path}: {reason}"))
    copied = copy(value)
    assert isinstance(copied, dict)
    return Document(copied, name=name or _stem(""))


def _object(value: JSON, source: str, is_flat: bool = False) -> dict[str, JSON]:
    """The value, which must be an object of bounded depth; ``is_flat``: it is known to be."""
    if not isinstance(value, dict):
        raise _invalid(source, Mistake(f"must be an object, not {_an(type_name(value))}"))
    if not is_flat and (mistake := _oversized(value)):
        raise _invalid(source, mistake)
    return value


_TOO_DEEP = Mistake(f"nested deeper than {MAX_DEPTH} levels")


def _neither(text: str, error: Unreadable) -> Mistake:
    """A text without any brace: what AWS would say to it, and what was probably meant."""
    shown = text if len(text) <= 60 else f"{text[:57]}..."
    return Mistake(f"{shown!r} is neither the name of a file nor JSON text", words=error.mistakes[0].words)


def _oversized(value: JSON) -> Mistake | None:
    """Whether the value is too deep or too large; walks it level by level, so a circle ends too."""
    level: list[JSON] = [value]
    count = 0
    for _ in range(MAX_DEPTH):
        count += len(level)
        if count > yaml_text.MAX_VALUES:
            return Mistake(f"holds more than {yaml_text.MAX_VALUES} objects and arrays", rule=json_text.TOO_LARGE)
        level = [item for container in level for item in _items(container) if isinstance(item, (dict, list))]
        if not level:
            return None
    return _TOO_DEEP


def _items(container: JSON) -> list[JSON]:
    if isinstance(container, dict):
        return list(container.values())
    return container if isinstance(container, list) else []


def _stem(source: str) -> str:
    if not source:
        return "StateMachine"
    return _SUFFIX.sub("", os.path.basename(source)) or "StateMachine"


def _an(noun: str) -> str:
    return noun if noun == "null" else f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _invalid(source: str, *mistakes: Mistake, code: str = INVALID_JSON) -> InvalidDefinition:
    return InvalidDefinition([of_mistake(mistake, source, code) for mistake in mistakes], source)


def of_mistake(mistake: Mistake, source: str, code: str = INVALID_JSON, prefix: Location = ()) -> Diagnostic:
    """A mistake as a diagnostic: in AWS's words if they are known, and then ours are the hint."""
    line, column = mistake.position or (None, None)
    rule = "" if code == UNREADABLE else mistake.rule
    if mistake.words is None:
        outside = mistake.location[:-1] if rule == json_text.DUPLICATE else None
        problem = Problem(mistake.location, mistake.message, code, rule, outside)
        return _rendered(problem, line, column, source, prefix)
    found = _rendered(
        Problem(mistake.location, mistake.words.message, code, rule, hint=mistake.message), line, column, source, prefix
    )
    return replace(found, location=mistake.words.location)


def _rendered(problem: Problem, line: int | None, column: int | None, source: str, prefix: Location) -> Diagnostic:
    told_at = problem.location if problem.told_at is None else problem.told_at
    return Diagnostic(
        problem.severity,
        problem.code,
        problem.message,
        "" if told_at is NOWHERE else render_pointer(told_at),
        line,
        column,
        problem.rule,
        render_location((*prefix, *problem.location)),
        problem.hint,
        problem.because,
        source,
    )
