"""The segments of a path: what a parsed JSONPath is made of, for whoever walks one.

They are plain immutable data. Static checks read them through ``Path.segments``; evaluation is
``jsonpath_steps``. ``fragment`` writes a segment as Jayway's messages show it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Root: TypeAlias = Literal["input", "context", "variable"]
"""Where a path starts: ``$``, ``$$`` or ``$name``."""


@dataclass(frozen=True, slots=True)
class Name:
    """``.name`` or ``['name']``: one field of an object."""

    name: str
    quoted: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Names:
    """``['a','b']``: an object of these fields, as far as they exist."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """``[2]``: one element of an array; a negative one counts from the end."""

    index: int


@dataclass(frozen=True, slots=True)
class Indexes:
    """``[0,2]``: these elements, in this order."""

    indexes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FromEnd:
    """``[(@.length-1)]``: the element this far before the end."""

    distance: int


@dataclass(frozen=True, slots=True)
class Slice:
    """``[start:stop]``; one of the two may be missing."""

    start: int | None
    stop: int | None


@dataclass(frozen=True, slots=True)
class Wildcard:
    """``*``: every field or element."""


@dataclass(frozen=True, slots=True)
class Descent:
    """``..``: whatever follows, at any depth."""


@dataclass(frozen=True, slots=True)
class PathOperand:
    """A path in a filter: of the item under test (``@``) or of the whole document (``$``)."""

    of: Literal["item", "document"]
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class PatternOperand:
    """``/expression/`` or ``/expression/i``, and how long a text it may be tried on."""

    pattern: re.Pattern[str]
    longest_subject: int


Operand: TypeAlias = PathOperand | PatternOperand | str
"""A path, a pattern, or a literal: every literal is text, quoted or not."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """``left operator right``; of ``exists`` and ``missing`` the left side only counts."""

    left: Operand
    operator: str
    right: Operand


@dataclass(frozen=True, slots=True)
class Filter:
    """``[?(...)]``: items for which all criteria of one alternative hold."""

    alternatives: tuple[tuple[Criterion, ...], ...]


Segment: TypeAlias = Name | Names | Index | Indexes | FromEnd | Slice | Wildcard | Descent | Filter


def is_definite(segment: Segment) -> bool:
    """Whether the segment leads to one place."""
    return isinstance(segment, (Name, Names, Index, FromEnd))


def is_plain(segment: Segment) -> bool:
    """Whether the segment may stand in a reference path."""
    return isinstance(segment, Name) or (isinstance(segment, Index) and segment.index >= 0)


def fragment(segment: Segment) -> str:
    """The segment as Jayway writes it in its messages.

    >>> fragment(Names(("a", "b"))), fragment(Slice(None, 2))
    ("['a', 'b']", '[:2]')
    """
    match segment:
        case Name(name):
            return f"['{name}']"
        case Names(names):
            return "[" + ", ".join(f"'{name}'" for name in names) + "]"
        case Index(index):
            return f"[{index}]"
        case Indexes(indexes):
            return "[" + ",".join(map(str, indexes)) + "]"
        case Slice(start, stop):
            return f"[{'' if start is None else start}:{'' if stop is None else stop}]"
        case FromEnd(distance):
            return f"[@.size()-{distance}]"
        case Wildcard():
            return "[*]"
        case Descent():
            return ".."
        case Filter():
            return "[?]"


def field_names(segments: tuple[Segment, ...]) -> tuple[str, ...] | None:
    """The names of a path that has nothing else, otherwise ``None``.

    >>> field_names((Name("a"), Name("b"))), field_names((Name("a"), Index(0)))
    (('a', 'b'), None)
    """
    names = [segment.name for segment in segments if isinstance(segment, Name)]
    return tuple(names) if len(names) == len(segments) else None


def lookup_key(segment: Segment) -> str | int:
    """What a name or an index looks up; raises ``TypeError`` for other segments."""
    if isinstance(segment, Name):
        return segment.name
    if isinstance(segment, Index):
        return segment.index
    raise TypeError(f"{fragment(segment)} looks up more than one thing")
