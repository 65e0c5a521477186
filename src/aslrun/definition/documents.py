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
from collections.abc import Callable, Mapping

from ..errors import Diagnostic, InvalidDefinition
from ..values import JSON, copy, not_json, type_name
from . import json_text, yaml_text
from .json_text import Location, Mistake, Position, Positions, Unreadable, render_location, render_pointer
from .problem import Problem

__all__ = ["Document", "Location", "read_document", "render_location"]

MAX_DEPTH = 200
"""Levels of objects and arrays in a document. The deepest published machine has about 40."""

INVALID_JSON = "INVALID_JSON_DESCRIPTION"
"""AWS's code for a text that is no JSON object."""

_SUFFIX = re.compile(r"(?:\.asl)?\.(?:json|yaml|yml)$|\.asl$", re.IGNORECASE)
_YAML_SUFFIX = re.compile(r"\.ya?ml$", re.IGNORECASE)


class Document:
    """A definition's value together with where it came from."""

    __slots__ = ("_locate", "_positions", "name", "source", "text", "value")

    def __init__(
        self,
        value: dict[str, JSON],
        *,
        text: str | None = None,
        source: str = "",
        name: str = "StateMachine",
        locate: Callable[[str], Positions] = json_text.positions,
    ) -> None:
        self.value, self.text, self.source, self.name = value, text, source, name
        self._locate = locate
        self._positions: Positions | None = None

    def position(self, location: Location) -> Position | None:
        """Line and column, from 1, of the value at a location or of the nearest one around it; ``None`` without text.

        >>> read_document('{"States":\\n  {"A": 1}}').position(("States", "A"))
        (2, 9)
        """
        if self.text is None:
            return None
        if self._positions is None:
            self._positions = self._locate(self.text)
        while location and location not in self._positions:
            location = location[:-1]
        return self._positions.get(location)

    def diagnostic(self, problem: Problem) -> Diagnostic:
        """A problem with its place in the text."""
        line, column = self.position(problem.location) or (None, None)
        return _rendered(problem, line, column)


def read_document(source: str | os.PathLike[str] | Mapping[str, JSON], *, name: str | None = None) -> Document:
    """Read a definition from a path, JSON text or a mapping.

    A text is taken for a path if it names a file or ends like one (``.json``, ``.yaml``, ``.yml``, ``.asl``) and has
    neither a ``{`` nor a line break. YAML is read from ``.yaml`` and ``.yml`` files. Raises ``InvalidDefinition`` for
    what is no JSON object, ``TypeError`` for what is no document at all, ``ImportError`` for YAML without PyYAML.

    >>> read_document({"StartAt": "A", "States": {}}, name="order").name
    'order'
    """
    if isinstance(source, Mapping):
        return _from_mapping(source, name)
    if isinstance(source, str) and not _names_a_file(source):
        return _from_text(source, "", name)
    if not isinstance(source, (str, os.PathLike)):
        raise TypeError(f"a definition must be a path, JSON text or a mapping, not {type(source).__name__}")
    path = os.fsdecode(source)
    return _from_text(_content(path), path, name)


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
        raise _invalid(path, Mistake(f"must be UTF-8, but byte {error.start} is not")) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _invalid(path, Mistake(f"cannot be read: {reason}"), code="UNREADABLE_FILE") from None


def _from_text(text: str, source: str, name: str | None) -> Document:
    text = text.removeprefix("\ufeff")
    is_yaml = _YAML_SUFFIX.search(source) is not None
    try:
        value = yaml_text.parse(text, MAX_DEPTH) if is_yaml else json_text.parse(text)
    except Unreadable as error:
        raise _invalid(source, *(error.mistakes if source or "{" in text else [_neither(text)])) from None
    except RecursionError:
        raise _invalid(source, _TOO_DEEP) from None
    locate = yaml_text.positions if is_yaml else json_text.positions
    return Document(_object(value, source), text=text, source=source, name=name or _stem(source), locate=locate)


def _from_mapping(mapping: Mapping[str, JSON], name: str | None) -> Document:
    value = _object(dict(mapping), "")
    if found := not_json(value):
        path, reason = found
        raise _invalid("", Mistake(f"at {path}: {reason}"))
    copied = copy(value)
    assert isinstance(copied, dict)
    return Document(copied, name=name or _stem(""))


def _object(value: JSON, source: str) -> dict[str, JSON]:
    """The value, which must be an object of bounded depth."""
    if not isinstance(value, dict):
        raise _invalid(source, Mistake(f"must be an object, not {_an(type_name(value))}"))
    if mistake := _oversized(value):
        raise _invalid(source, mistake)
    return value


_TOO_DEEP = Mistake(f"nested deeper than {MAX_DEPTH} levels")


def _neither(text: str) -> Mistake:
    shown = text if len(text) <= 60 else f"{text[:57]}..."
    return Mistake(f"{shown!r} is neither the name of a file nor JSON text")


def _oversized(value: JSON) -> Mistake | None:
    """Whether the value is too deep or too large; walks it level by level, so a circle ends too."""
    level: list[JSON] = [value]
    count = 0
    for _ in range(MAX_DEPTH):
        count += len(level)
        if count > yaml_text.MAX_VALUES:
            return Mistake(f"holds more than {yaml_text.MAX_VALUES} objects and arrays")
        level = [item for container in level for item in _items(container) if isinstance(item, (dict, list))]
        if not level:
            return None
    return _TOO_DEEP


def _items(container: JSON) -> list[JSON]:
    if isinstance(container, dict):
        return list(container.values())
    return container if isinstance(container, list) else []


def _stem(source: str) -> str:
    return _SUFFIX.sub("", os.path.basename(source)) or "StateMachine"


def _an(noun: str) -> str:
    return noun if noun == "null" else f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _invalid(source: str, *mistakes: Mistake, code: str = INVALID_JSON) -> InvalidDefinition:
    return InvalidDefinition([_of_mistake(mistake, code) for mistake in mistakes], source)


def _of_mistake(mistake: Mistake, code: str) -> Diagnostic:
    return _rendered(Problem(mistake.location, mistake.message, code), *(mistake.position or (None, None)))


def _rendered(problem: Problem, line: int | None, column: int | None) -> Diagnostic:
    told_at = problem.location if problem.told_at is None else problem.told_at
    return Diagnostic(
        problem.severity,
        problem.code,
        problem.message,
        render_pointer(told_at),
        line,
        column,
        problem.rule,
        render_location(problem.location),
        problem.hint,
        problem.because,
    )
