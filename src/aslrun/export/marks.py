"""Places in a text that are filled in later: a region, an account, the name of a table.

Rules that a change must keep:

1. A mark is written with two private-use characters, so a ``${`` in the text of a definition is not taken for one;
   each target of export then writes marks in its own form, and escapes what only looks like it.
2. Names in ``PSEUDO`` are known wherever the template runs; every other name is a parameter with a default.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from ..values import JSON

PARTITION, REGION, ACCOUNT, URL_SUFFIX = "AWS::Partition", "AWS::Region", "AWS::AccountId", "AWS::URLSuffix"
PSEUDO = (PARTITION, REGION, ACCOUNT, URL_SUFFIX)

_MARK = re.compile("\ue000([\\w:]+)\ue001")
PART = "(?:\ue000[\\w:]+\ue001|[^:])*"
"""A pattern for one part of an ARN, in which marks may stand: their names have colons, too."""
_COLON = "\ue002"  # a colon inside a mark, while an ARN is taken apart
_WRITTEN = re.compile(r"\$\{([A-Za-z]\w*(?:::\w+)?)\}")


def mark(name: str) -> str:
    """The mark for a name."""
    return f"\ue000{name}\ue001"


def marked(text: str) -> str:
    """A text in which ``${Name}`` was written by hand, with marks in their place.

    >>> filled(marked("${Table}-x"), lambda name: f"<{name}>")
    '<Table>-x'
    """
    return _WRITTEN.sub(lambda found: mark(found[1]), text)


def written_in(text: str) -> list[str]:
    """The names of ``${Name}`` in a text, in order."""
    return _WRITTEN.findall(text)


def put_for(text: str, marks: Mapping[str, str]) -> str:
    """A text in which ``${Name}`` is the mark that the table has for it; other names stay text."""
    return _WRITTEN.sub(lambda found: marks.get(found[1], found[0]), text)


def placeholder(text: str) -> str | None:
    """The name, if a text is nothing but a mark or a ``${Name}``: what it stands for is known only later.

    >>> placeholder("${OrdersArn}"), placeholder("${Orders}-x")
    ('OrdersArn', None)
    """
    found = _MARK.fullmatch(text) or _WRITTEN.fullmatch(text)
    return found[1] if found else None


def arn_parts(arn: str) -> list[str]:
    """The six parts of an ARN, in which marks may stand."""
    parts = _MARK.sub(lambda found: found[0].replace(":", _COLON), arn).split(":", 5)
    return [part.replace(_COLON, ":") for part in parts] + [""] * (6 - len(parts))


def names_in(text: str) -> list[str]:
    """The names of the marks in a text, in order."""
    return _MARK.findall(text)


def filled(text: str, write: Callable[[str], str], literal: Callable[[str], str] = lambda text: text) -> str:
    """The text with every mark written by ``write``, and what stands between them by ``literal``."""
    if "\ue000" not in text:
        return literal(text)
    pieces = _MARK.split(text)
    return "".join(write(piece) if index % 2 else literal(piece) for index, piece in enumerate(pieces))


def filled_value(value: JSON, write: Callable[[str], str], literal: Callable[[str], str] = lambda text: text) -> JSON:
    """A JSON value with every text in it filled, keys too."""
    if isinstance(value, str):
        return filled(value, write, literal)
    if isinstance(value, dict):
        return {filled(key, write, literal): filled_value(item, write, literal) for key, item in value.items()}
    if isinstance(value, list):
        return [filled_value(item, write, literal) for item in value]
    return value


def from_table(table: Mapping[str, str]) -> Callable[[str], str]:
    """A writer that looks names up; a name that is not there stays ``${Name}``."""
    return lambda name: table.get(name, f"${{{name}}}")
