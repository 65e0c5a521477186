"""Text: cutting, padding, searching, replacing, splitting."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from ..calls import call_back
from ..errors import JsonataError
from ..frames import Frame
from ..matchers import Match, matches
from ..text import characters, units
from ..values import UNDEFINED, Function, Sequence

_BLANKS = re.compile(r"[ \t\n\r]+")
_GROUP_NUMBER = re.compile(r"\s*([+-]?[0-9]+)")


def substring(frame: Frame, text: Any, start: Any, length: Any = UNDEFINED) -> Any:
    """So many characters from a position; a negative one counts from the end."""
    if text is UNDEFINED:
        return UNDEFINED
    size = len(text)
    if start is not UNDEFINED and size + start < 0:
        start = 0
    if length is UNDEFINED:
        return text[_index(start) :]
    if length <= 0 or start is UNDEFINED:
        return ""
    return text[_index(start) : _index(start + length if start >= 0 else size + start + length)]


def _index(number: Any) -> int:
    if number is UNDEFINED or number != number:
        return 0
    return int(max(-1e15, min(1e15, number)))


def substring_before(frame: Frame, text: Any, chars: Any) -> Any:
    """The text before the first occurrence of another, or all of it."""
    if text is UNDEFINED:
        return UNDEFINED
    return text.partition(chars)[0] if chars else "" if chars == "" else text


def substring_after(frame: Frame, text: Any, chars: Any) -> Any:
    """The text behind the first occurrence of another, or all of it."""
    if text is UNDEFINED or chars is UNDEFINED or chars not in text:
        return text
    return text[text.index(chars) + len(chars) :]


def lowercase(frame: Frame, text: Any) -> Any:
    """In small letters."""
    return UNDEFINED if text is UNDEFINED else text.lower()


def uppercase(frame: Frame, text: Any) -> Any:
    """In capital letters."""
    return UNDEFINED if text is UNDEFINED else text.upper()


def length(frame: Frame, text: Any) -> Any:
    """The number of characters."""
    return UNDEFINED if text is UNDEFINED else len(text)


def trim(frame: Frame, text: Any) -> Any:
    """Without blanks around it, and with single blanks inside."""
    return UNDEFINED if text is UNDEFINED else _BLANKS.sub(" ", text).strip(" ")


def pad(frame: Frame, text: Any, width: Any, char: Any = UNDEFINED) -> Any:
    """Filled up to a width: behind it, or before it if the width is negative."""
    if text is UNDEFINED or width is UNDEFINED:
        return text
    missing = abs(width) - len(text)
    if not missing > 0:
        return text
    frame.run.check_text(len(text) + missing if missing < math.inf else 1 << 62)
    if missing != int(missing):
        raise JsonataError(None, message="Invalid array length")
    filling = " " if char is UNDEFINED or char == "" else char
    padding = (filling * (int(missing) // len(filling) + 1))[: int(missing)]
    return text + padding if width > 0 else padding + text


# --------------------------------------------------------------------------- searching


def contains(frame: Frame, text: Any, token: Any) -> Any:
    """Whether a text or a match of a pattern occurs."""
    if text is UNDEFINED:
        return UNDEFINED
    if isinstance(token, str):
        return token in text
    return next(_matches(token, text, frame), None) is not None


def _matches(function: Any, text: str, frame: Frame) -> Iterator[Match]:
    if not isinstance(function, Function):
        raise JsonataError(None, message="There is nothing to search for")
    return matches(function, text, frame)


def match(frame: Frame, text: Any, pattern: Any, limit: Any = UNDEFINED) -> Any:
    """All matches of a pattern as ``{match, index, groups}``."""
    if text is UNDEFINED:
        return UNDEFINED
    _check_limit(limit, "D3040", 3)
    result = Sequence()
    if limit is UNDEFINED or limit > 0:
        found = _matches(pattern, text, frame)
        current = next(found, None)
        while current is not None and (limit is UNDEFINED or len(result) < limit):
            result.append({"match": current.text, "index": current.start, "groups": current.groups})
            current = next(found, None)
    return result


def _check_limit(limit: Any, code: str, index: int) -> None:
    if limit is not UNDEFINED and limit < 0:
        raise JsonataError(code, value=limit, index=index)


def split(frame: Frame, text: Any, separator: Any, limit: Any = UNDEFINED) -> Any:
    """The parts between the occurrences of a separator."""
    if text is UNDEFINED:
        return UNDEFINED
    _check_limit(limit, "D3020", 3)
    if limit is not UNDEFINED and not limit > 0:
        return []
    if not isinstance(separator, str):
        return _split_by_pattern(frame, text, separator, limit)
    parts = list(units(text)) if separator == "" else text.split(separator)
    frame.run.check_items(len(parts))
    return parts if limit is UNDEFINED or limit >= len(parts) else parts[: int(limit)]


def _split_by_pattern(frame: Frame, text: str, pattern: Any, limit: Any) -> list[str]:
    found = _matches(pattern, text, frame)
    parts: list[str] = []
    start: Any = 0
    current = next(found, None)
    if current is None:
        return [text]
    text = units(text)
    while current is not None and (limit is UNDEFINED or len(parts) < limit):
        parts.append(characters(text[start : current.start]))
        start = current.end
        current = next(found, None)
    if limit is UNDEFINED or len(parts) < limit:
        parts.append(characters(text[start:]))
    return parts


def join(frame: Frame, texts: Any, separator: Any = UNDEFINED) -> Any:
    """The texts as one, with a separator between them."""
    if texts is UNDEFINED:
        return UNDEFINED
    glue = "" if separator is UNDEFINED else separator
    frame.run.check_text(sum(map(len, texts)) + len(glue) * len(texts))
    return glue.join(texts)


# --------------------------------------------------------------------------- replacing


def replace(frame: Frame, text: Any, pattern: Any, replacement: Any, limit: Any = UNDEFINED) -> Any:
    """With the matches of a pattern replaced by a text (``$1`` is a group) or by what a function gives."""
    if text is UNDEFINED:
        return UNDEFINED
    if pattern == "":
        raise JsonataError("D3010", value=pattern, index=2)
    _check_limit(limit, "D3011", 4)
    if limit is not UNDEFINED and not limit > 0:
        return text
    if isinstance(pattern, str):
        return _replace_text(frame, text, pattern, replacement, limit)
    return _replace_matches(frame, text, pattern, replacement, limit)


def _replace_text(frame: Frame, text: str, pattern: str, replacement: Any, limit: Any) -> str:
    if not isinstance(replacement, str):
        replacement = "undefined" if replacement is UNDEFINED else "[object Object]"
    count = text.count(pattern) if limit is UNDEFINED else min(text.count(pattern), math.ceil(limit))
    frame.run.check_text(len(text) + count * len(replacement))
    return text.replace(pattern, replacement, count)


def _replace_matches(frame: Frame, text: str, pattern: Any, replacement: Any, limit: Any) -> str:
    found = _matches(pattern, text, frame)
    parts: list[str] = []
    text = units(text)
    position = count = size = 0
    current = next(found, None)
    while current is not None and (limit is UNDEFINED or count < limit):
        parts.append(text[position : current.start])
        parts.append(_substitute(frame, current, replacement))
        size += len(parts[-1])
        frame.run.check_text(size)
        position = current.start + len(units(current.text))
        count += 1
        current = next(found, None)
    parts.append(text[position:])
    return characters("".join(parts))


def _substitute(frame: Frame, found: Match, replacement: Any) -> str:
    if isinstance(replacement, str):
        return _filled_in(replacement, found)
    if not isinstance(replacement, Function):
        raise JsonataError(None, message="There is nothing to replace the match with")
    result = call_back(replacement, [found.described()], frame)
    if not isinstance(result, str):
        raise JsonataError("D3012", value=result)
    return result


def _filled_in(template: str, found: Match) -> str:
    """The template with ``$$``, ``$0`` and ``$n`` filled in."""
    parts: list[str] = []
    position, index = 0, template.find("$")
    groups = found.groups if isinstance(found.groups, list) else []
    while index != -1:
        parts.append(template[position:index])
        position = index + 1
        following = template[position : position + 1]
        if following in ("$", "0"):
            parts.append("$" if following == "$" else found.text)
            position += 1
        else:
            text, taken = _group(template, position, groups)
            parts.append(text)
            position += taken
        index = template.find("$", position)
    parts.append(template[position:])
    return "".join(parts)


def _group(template: str, position: int, groups: list[Any]) -> tuple[str, int]:
    """The text of the group whose number stands at the position, and how many digits that number has."""
    digits = len(str(len(groups)))
    number = _number_at(template, position, digits)
    if digits > 1 and number is not None and number > len(groups):
        number = _number_at(template, position, digits - 1)
    if number is None:
        return "$", 0
    caught = groups[number - 1] if 1 <= number <= len(groups) else UNDEFINED
    return caught if isinstance(caught, str) else "", len(str(number))


def _number_at(template: str, position: int, digits: int) -> int | None:
    found = _GROUP_NUMBER.match(template[position : position + digits])
    return None if found is None else int(found[1])


FUNCTIONS = (
    ("substring", "<s-nn?:s>", 3, substring),
    ("substringBefore", "<s-s:s>", 2, substring_before),
    ("substringAfter", "<s-s:s>", 2, substring_after),
    ("lowercase", "<s-:s>", 1, lowercase),
    ("uppercase", "<s-:s>", 1, uppercase),
    ("length", "<s-:n>", 1, length),
    ("trim", "<s-:s>", 1, trim),
    ("pad", "<s-ns?:s>", 3, pad),
    ("match", "<s-f<s:o>n?:a<o>>", 3, match),
    ("contains", "<s-(sf):b>", 2, contains),
    ("replace", "<s-(sf)(sf)n?:s>", 4, replace),
    ("split", "<s-(sf)n?:a<s>>", 3, split),
    ("join", "<a<s>s?:s>", 2, join),
)
