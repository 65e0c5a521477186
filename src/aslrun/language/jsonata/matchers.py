"""Regular expressions as functions, and the protocol by which any function can be one.

A matcher takes a text and gives nothing, or an object ``{match, start, end, groups, next}`` whose ``next`` is
a function for the next match. A function written in the expression may do the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .calls import Bound, call_back
from .errors import JsonataError
from .frames import Frame
from .numbers import number_text
from .regex import Program
from .regex.machine import Found
from .text import characters, units
from .values import UNDEFINED, Function


class Matcher(Function):
    """A regular expression as a value."""

    __slots__ = ("position", "program")
    arity = 2
    counts = False

    def __init__(self, program: Program, position: int) -> None:
        self.program, self.position = program, position

    def invoke(self, arguments: list[Any], input: Any, frame: Frame) -> Any:
        text = units(_as_text(arguments[0] if arguments else UNDEFINED))
        start = arguments[1] if len(arguments) > 1 and isinstance(arguments[1], int) else 0
        found = self.program.search(text, start, frame.run.spend)
        return UNDEFINED if found is None else self._described(found, text)

    def _described(self, found: Found, text: str) -> dict[str, Any]:
        return {
            "match": characters(found.text),
            "start": found.start,
            "end": found.end,
            "groups": _groups(found),
            "next": self.following(found, text),
        }

    def following(self, found: Found, text: str) -> Function:
        """The function that finds the match behind another one."""

        def following(arguments: list[Any], frame: Frame) -> Any:
            further = self.after(found, text, frame)
            return UNDEFINED if further is None else self._described(further, text)

        return Bound(following, 0)

    def after(self, found: Found, text: str, frame: Frame) -> Found | None:
        """The match behind another one; an empty one would never end (D1004)."""
        if found.end >= len(text):
            return None
        further = self.program.search(text, found.end, frame.run.spend)
        if further is not None and further.text == "":
            raise JsonataError("D1004", position=self.position, value=self.program.pattern)
        return further

    def __repr__(self) -> str:
        return f"<function /{self.program.pattern}/>"


def _as_text(value: Any) -> str:
    """What JavaScript searches if it is given something else than a text; nothing is the text ``undefined``."""
    if isinstance(value, str):
        return value
    if value is UNDEFINED or value is None or isinstance(value, bool):
        return "undefined" if value is UNDEFINED else str(value).lower().replace("none", "null")
    if isinstance(value, (int, float)):
        return number_text(value)
    raise JsonataError("T0410", index=1, value=value)


def _groups(found: Found) -> list[Any]:
    return [UNDEFINED if group is None else characters(group) for group in found.groups]


class Match:
    """One match, from whatever function found it. ``start`` and ``end`` count the UTF-16 units of the text."""

    __slots__ = ("_next", "end", "groups", "start", "text")

    def __init__(self, text: Any, start: Any, end: Any, groups: Any, next: Any) -> None:
        """``next`` is the function for the next match, or what a matcher makes it of."""
        self.text, self.start, self.end, self.groups, self._next = text, start, end, groups, next

    def described(self) -> dict[str, Any]:
        """The match as an object."""
        next = self._next
        if type(next) is tuple:
            next = next[0].following(*next[1:])
        return {"match": self.text, "start": self.start, "end": self.end, "groups": self.groups, "next": next}


def matches(function: Function, text: str, frame: Frame) -> Iterator[Match]:
    """The matches of a text, found as they are asked for."""
    return _regex_matches(function, text, frame) if isinstance(function, Matcher) else _called(function, text, frame)


def _regex_matches(matcher: Matcher, text: str, frame: Frame) -> Iterator[Match]:
    text = units(text)
    found = matcher.program.search(text, 0, frame.run.spend)
    while found is not None:
        frame.run.spend(1)
        groups = _groups(found) if found.groups else []
        yield Match(characters(found.text), found.start, found.end, groups, (matcher, found, text))
        found = matcher.after(found, text, frame)


def _called(function: Function, text: str, frame: Frame) -> Iterator[Match]:
    found = _checked(call_back(function, [text], frame))
    while found is not UNDEFINED:
        frame.run.spend(1)
        parts: dict[str, Any] = found if isinstance(found, dict) else {}
        yield Match(*(parts.get(name, UNDEFINED) for name in ("match", "start", "end", "groups", "next")))
        following = parts.get("next", UNDEFINED)
        if not isinstance(following, Function):
            raise JsonataError(None, message="The match has no function 'next'")
        found = _checked(call_back(following, [], frame))


def _checked(found: Any) -> Any:
    """The match, if it has at least one part of a match's structure (T1010 otherwise)."""
    if found is UNDEFINED or not found:
        return found
    if isinstance(found, dict) and (
        type(found.get("start")) in (int, float)
        or isinstance(found.get("groups"), list)
        or isinstance(found.get("next"), Function)
    ):
        return found
    raise JsonataError("T1010")
