"""Function signatures ``<s-nn?:s>``: which arguments a function takes, and what is made of them.

Rules that a change must keep:

1. The types of the arguments are written as one letter each, and the signature is a regular expression
   over that text; this is the rule by which an optional argument in the middle is left out.
2. A missing argument marked ``-`` is the context; a single value where an array is due becomes one.
3. What a combination of types means is worked out once and remembered: a call only pays for looking it up.
"""

from __future__ import annotations

import re
from collections import abc
from itertools import product
from math import prod
from typing import Any

from .errors import JsonataError
from .values import UNDEFINED, ConstructedArray, Function, Sequence, TupleStream, Undefined

LETTERS: dict[type, str] = {
    str: "s", int: "n", float: "n", bool: "b", type(None): "l", list: "a", dict: "o",
    Sequence: "a", ConstructedArray: "a", TupleStream: "a", Undefined: "m",
}  # fmt: skip
MAX_COMBINATIONS = 64
"""Combinations of types that are tried to see whether a call may fit."""
_PATTERNS = {"a": "[asnblfom]", "f": "f", "j": "[asnblom]", "x": "[asnblfom]"}
_PLURALS = {"a": "arrays", "b": "booleans", "f": "functions", "n": "numbers", "o": "objects", "s": "strings"}


def letter(value: Any) -> str:
    """The letter of a value's type; ``m`` is a missing one."""
    known = LETTERS.get(type(value))
    if known is not None:
        return known
    if isinstance(value, Function):
        return "f"
    return next((code for kind, code in LETTERS.items() if isinstance(value, kind)), "m")


class Parameter:
    """One parameter: its type's letter, its pattern, and whether the context may stand in for it."""

    __slots__ = ("context", "items", "pattern", "type")

    def __init__(self, type: str, pattern: str) -> None:
        self.type, self.pattern = type, pattern
        self.context: frozenset[str] | None = None
        self.items: str | None = None


_Match = tuple[str, ...] | list[Undefined] | bool | None
"""What the types of some arguments come to: the letters for each parameter; what is left out at their end, if they
are taken as they are; True if nothing is even left out; nothing if they do not fit."""


class Signature:
    """A signature, ready to check arguments.

    >>> Signature("<s-nn?:s>").checked(["abc", 1], None)
    ['abc', 1, UNDEFINED]
    """

    __slots__ = ("_matches", "_parameters", "_regex", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._matches: dict[str, _Match] = {}
        self._parameters: list[Parameter] = []
        self._regex: re.Pattern[str] | None = None

    def prepared(self) -> re.Pattern[str]:
        """The pattern of the arguments' types, worked out when first needed; S0401 or S0402 if there is none."""
        if self._regex is None:
            self._parameters = _parameters(self.text)
            pattern = "".join(f"({parameter.pattern})" for parameter in self._parameters)
            try:
                self._regex = re.compile(pattern + r"\Z")
            except re.error as error:
                raise JsonataError(None, message=f"Invalid function signature: {error}", position=0) from None
        return self._regex

    def checked(self, arguments: list[Any], context: Any) -> list[Any]:
        """The arguments as the function gets them, or T0410, T0411, T0412."""
        letters = LETTERS
        try:
            supplied = "".join([letters[type(argument)] for argument in arguments])
        except KeyError:
            supplied = "".join(map(letter, arguments))
        match = self._matches.get(supplied, False)
        if match is True:
            return arguments
        if type(match) is list:
            return arguments + match
        if match is False:
            match = self._match(supplied)
        if not isinstance(match, tuple):
            raise self._mismatch(arguments, supplied)
        return self._fitted(match, arguments, context)

    def may_match(self, possible: abc.Sequence[str]) -> bool:
        """Whether arguments fit whose types are known as far as these letters; yes where there are too many of them."""
        size = prod(map(len, possible))
        return size > MAX_COMBINATIONS or any(self.prepared().match("".join(each)) for each in product(*possible))

    def _match(self, supplied: str) -> tuple[str, ...] | None:
        found = self.prepared().match(supplied)
        match = None if found is None else found.groups()
        if len(supplied) <= len(self._parameters):
            self._matches[supplied] = match if match is None else self._quickest(match, len(supplied))
        return match

    def _quickest(self, match: tuple[str, ...], given: int) -> _Match:
        rows = list(zip(self._parameters, match, strict=True))
        as_given = all(
            len(letters) == 1 and (parameter.type != "a" or (letters == "a" and parameter.items is None))
            for parameter, letters in rows[:given]
        )
        if not as_given or any(letters or parameter.context is not None for parameter, letters in rows[given:]):
            return match
        return [UNDEFINED] * (len(rows) - given) or True

    def _fitted(self, match: tuple[str, ...], arguments: list[Any], context: Any) -> list[Any]:
        result: list[Any] = []
        at = 0
        for parameter, letters in zip(self._parameters, match, strict=True):
            given = arguments[at] if at < len(arguments) else UNDEFINED
            if letters == "":
                if parameter.context is not None:
                    result.append(_from_context(parameter.context, context, at))
                    continue
                result.append(given)
                at += 1
            elif parameter.type == "a":
                for index, code in enumerate(letters, at):
                    result.append(_as_array(parameter, arguments[index], code, letters, index))
                at += len(letters)
            else:
                result.extend([given] * len(letters))
                at += len(letters)
        return result

    def _mismatch(self, arguments: list[Any], supplied: str) -> JsonataError:
        pattern, good = "", 0
        for parameter in self._parameters:
            pattern += parameter.pattern
            found = re.match(pattern, supplied)
            if found is None:
                break
            good = found.end()
        value = arguments[good] if good < len(arguments) else UNDEFINED
        return JsonataError("T0410", value=value, index=good + 1)


def _from_context(accepted: frozenset[str], context: Any, at: int) -> Any:
    if letter(context) not in accepted:
        raise JsonataError("T0411", value=context, index=at + 1)
    return context


def _as_array(parameter: Parameter, value: Any, code: str, letters: str, at: int) -> Any:
    if code == "m":
        return UNDEFINED
    if parameter.items is not None and not _items_fit(parameter.items, value, code, letters):
        raise JsonataError("T0412", value=value, index=at + 1, type=_PLURALS.get(parameter.items, UNDEFINED))
    return value if code == "a" else [value]


def _items_fit(items: str, value: Any, code: str, letters: str) -> bool:
    if code != "a":
        return letters == items
    wanted = items[:1]
    kinds = set(map(type, value))
    return all(LETTERS.get(kind) == wanted for kind in kinds) or all(letter(item) == wanted for item in value)


def _parameters(text: str) -> list[Parameter]:
    parameters: list[Parameter] = []
    last = Parameter("", "")
    at = 1
    while at < len(text) and text[at] != ":":
        code = text[at]
        if code in "snblo" or code in _PATTERNS:
            last = Parameter(code, _PATTERNS.get(code) or f"[{code}m]")
            parameters.append(last)
        elif code == "-":
            last.context = frozenset(code for code in "snblaofm" if re.match(last.pattern or "(?!)", code))
            last.pattern += "?"
        elif code in "?+":
            last.pattern += code
        elif code == "(":
            end = _closing(text, at, "(", ")")
            choice = text[at + 1 : end]
            if "<" in choice:
                raise JsonataError("S0402", value=choice, position=at)
            last = Parameter(f"({choice})", f"[{choice}m]")
            parameters.append(last)
            at = end
        elif code == "<":
            if last.type not in ("a", "f"):
                raise JsonataError("S0401", value=last.type, position=at)
            end = _closing(text, at, "<", ">")
            last.items = text[at + 1 : end]
            at = end
        at += 1
    return parameters


def _closing(text: str, start: int, opening: str, closing: str) -> int:
    depth, at = 1, start
    while at < len(text):
        at += 1
        char = text[at : at + 1]
        if char == closing:
            depth -= 1
            if depth == 0:
                break
        elif char == opening:
            depth += 1
    return at
