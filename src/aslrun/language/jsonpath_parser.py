"""Text to segments: the grammar of JSONPath as AWS speaks it, which is that of Jayway 2.0.

The language is not RFC 9535 and not today's Jayway either. The rules that a change must keep (each is
held by the recorded cases of tests/language/test_jsonpath_recorded.py):

1. A path starts with ``$`` (the input), ``$$`` (the context object) or ``$name`` (a variable). What comes
   next is ``.`` or ``[`` or nothing.
2. After a dot a name runs up to the next dot, bracket or blank; every other character belongs to it:
   ``$.a-b``, ``$.ü``, ``$.length()`` are names. A backslash belongs to the name too; it protects only a bracket.
3. A quoted name is taken raw: there are no escapes, and only single quotes count. Several names are one
   object; what is no closed name there counts for nothing, so a lone quote names no field at all.
4. In brackets the first character that means something decides: ``?`` filter, ``'`` names, a digit, a
   minus or a colon numbers, ``@`` a place counted from the end. A slice has no step: a third part is ignored.
5. A filter is text before it is a tree: it is cut at ``||`` and ``&&``, each piece loses its outer
   brackets, and the first operator found (in the order of ``OPERATORS``) splits it. ``in``, ``nin``, ``size``
   and their kin are no operators here.

Names with a bracket after a dot, or in double quotes, lead Jayway 2.0 into nonsense; they are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import ExpressionSyntaxError
from .jsonpath_pattern import compile_pattern
from .jsonpath_segments import (
    Criterion,
    Descent,
    Filter,
    FromEnd,
    Index,
    Indexes,
    Name,
    Names,
    Operand,
    PathOperand,
    PatternOperand,
    Root,
    Segment,
    Slice,
    Wildcard,
    is_definite,
)

MAX_SEGMENTS = 200
"""Evaluation nests as deep as a path has segments; no document of AWS's 256 KiB needs more."""

OPERATORS = ("==", ">=", "<=", "!=", "<", ">", "=~")
"""Of a filter, in the order in which they are looked for."""


@dataclass(frozen=True, slots=True)
class ParsedPath:
    """What a path says: where it starts and which way it goes."""

    root: Root
    variable: str | None
    segments: tuple[Segment, ...]


# --------------------------------------------------------------------------- the whole path

_PLAIN = re.compile(r"(\$\$?)((?:\.[\w-]++)*+)")  # what most paths are: nothing but names
_BLANKS = "".join(map(chr, range(33)))  # what Java trims
_ROOT = re.compile(r"\$(\$|[^.\[]*)")
_DOTTED = re.compile(r"(?:\\[\[\]]|[^.\[ ])+")
_BARE_BRACKET = re.compile(r"(?<!\\)\]")


def parse_path(text: str) -> ParsedPath:
    """Read a path.

    Raises ``ExpressionSyntaxError`` with the position and what was expected there.

    >>> parse_path("$.items[0]").segments
    (Name(name='items', quoted=False), Index(index=0))
    >>> parse_path("$$.Execution.Id").root, parse_path("$total").variable
    ('context', 'total')
    """
    plain = _PLAIN.fullmatch(text)
    if plain and plain[2].count(".") <= MAX_SEGMENTS:
        names = plain[2].split(".")[1:]
        return ParsedPath("input" if plain[1] == "$" else "context", None, tuple(map(Name, names)))
    source = text.rstrip(_BLANKS)
    start = _ROOT.match(source)
    if start is None:
        raise ExpressionSyntaxError("a path starts with '$'", 0, reason="Reference path didn't start with '$'")
    word = start[1]
    if word in ("", "$"):
        if source[start.end() : start.end() + 1] not in ("", ".", "["):
            raise ExpressionSyntaxError("expected '.' or '['", start.end())
        return ParsedPath("context" if word else "input", None, _segments(source, start.end()))
    if not word.isidentifier():
        raise ExpressionSyntaxError("expected '.', '[' or the name of a variable", 1)
    return ParsedPath("variable", word, _segments(source, start.end()))


def _segments(text: str, position: int, in_filter: bool = False) -> tuple[Segment, ...]:
    segments: list[Segment] = []
    while position < len(text):
        segment, position = _segment(text, position, in_filter)
        if segment is not None:
            segments.append(segment)
        if len(segments) > MAX_SEGMENTS:
            raise ExpressionSyntaxError(f"a path has at most {MAX_SEGMENTS} segments", position)
    if segments and isinstance(segments[-1], Descent):
        raise ExpressionSyntaxError("expected a name, '*' or '[' after '..'", position)
    return tuple(segments)


def _segment(text: str, position: int, in_filter: bool) -> tuple[Segment | None, int]:
    match text[position]:
        case "[":
            end = _closing(text, position)
            return _bracket(text[position:end], position, in_filter), end
        case "." if text.startswith("..", position):
            return Descent(), position + 2
        case "." if text.startswith("[", position + 1):
            return None, position + 1
        case "." if text.startswith("*", position + 1) and text[position + 2 : position + 3] in ("", ".", "[", " "):
            return Wildcard(), position + 2
        case ".":
            return _dotted(text, position + 1)
        case "*":
            return Wildcard(), position + 1
    return _dotted(text, position)


def _dotted(text: str, position: int) -> tuple[Segment, int]:
    found = _DOTTED.match(text, position)
    if found is None:
        blank = text.startswith(" ", position)
        raise ExpressionSyntaxError("a blank is allowed in quotes only" if blank else "expected a name", position)
    name = found[0]
    if bracket := _BARE_BRACKET.search(name):
        raise ExpressionSyntaxError("']' closes nothing", position + bracket.start())
    if "'" in name:
        return _names(f"'{name}'"), found.end()
    return Name(name), found.end()


def _closing(text: str, position: int) -> int:
    """The position after the bracket that closes the one at ``position``; quotes do not matter."""
    depth = 0
    for index in range(position, len(text)):
        depth += {"[": 1, "]": -1}.get(text[index], 0)
        if depth == 0:
            return index + 1
    raise ExpressionSyntaxError("'[' is never closed", position)


# --------------------------------------------------------------------------- brackets

_FIRST = re.compile(r"\[[\s(+,]*([?'0-9:@-])")
_QUOTED = re.compile(r"'([^']*)'")
_NUMBERS = re.compile(r"[0-9, :-]*")
_INDEX = re.compile(r"(-?[0-9]+),?")
_INDEXES = re.compile(r"-?[0-9]+(?:,-?[0-9]+)+,?")
_SLICE = re.compile(r"(-?[0-9]+)?:(-?[0-9]+)?(?::-?[0-9]*)?")
_FROM_END = re.compile(r"@\. *(?:length|size)[ ()]*-[ ]*([0-9]+)[ ]*\)")
_LARGEST = 2**31 - 1


def _bracket(text: str, position: int, in_filter: bool) -> Segment:
    if text == "[*]":
        return Wildcard()
    first = _FIRST.match(text)
    if first is None:
        raise ExpressionSyntaxError("expected '*', '?(', a name in single quotes, a number or a slice", position + 1)
    at = first.start(1)
    match first[1]:
        case "?" if in_filter:  # it would lead to many places; and who nests them deep enough is not read to the end
            raise ExpressionSyntaxError("a filter has no filter inside", position)
        case "?":
            return _filter(text, position)
        case "'":
            return _names(text[at:])
        case "@":
            return _from_end(text[at:], position + at)
    return _numbers(text[at:], position + at)


def _names(text: str) -> Segment:
    names = _QUOTED.findall(text.partition("]")[0])
    return Name(names[0], quoted=True) if len(names) == 1 else Names(tuple(names))


def _from_end(text: str, position: int) -> Segment:
    found = _FROM_END.match(text)
    if found is None:
        raise ExpressionSyntaxError("expected [(@.length-1)] or [(@.size()-1)]", position)
    return FromEnd(_number(found[1], position))


def _numbers(text: str, position: int) -> Segment:
    found = _NUMBERS.match(text)
    run = found[0].replace(" ", "") if found else ""
    if single := _INDEX.fullmatch(run):
        return Index(_number(single[1], position))
    if _INDEXES.fullmatch(run):
        return Indexes(tuple(_number(part, position) for part in run.rstrip(",").split(",")))
    if (ends := _SLICE.fullmatch(run)) and (ends[1] or ends[2]):
        return Slice(*(None if end is None else _number(end, position) for end in ends.groups()))
    raise ExpressionSyntaxError("expected an index, several indexes or a slice like [1:3]", position)


def _number(digits: str, position: int) -> int:
    if len(digits) > 11 or abs(int(digits)) > _LARGEST:
        raise ExpressionSyntaxError(f"an index is at most {_LARGEST}", position)
    return int(digits)


# --------------------------------------------------------------------------- filters

_FILTER = re.compile(r"\[\s*\?\s*\((.*)\)\s*\]", re.DOTALL)
_QUOTE = re.compile(r"(?<!\\)'")
_JOINTS = re.compile(r"(&&|\|\|)")
_PATTERN = re.compile(r"/(.*)/(i?)", re.DOTALL)


def _filter(text: str, position: int) -> Filter:
    body = _FILTER.fullmatch(text)
    if body is None:
        raise ExpressionSyntaxError("a filter is written [?( ... )]", position)
    _check_balance(body[1], position)
    alternatives: list[list[Criterion]] = [[]]
    at = position + body.start(1)
    for part in _JOINTS.split(body[1]):
        if part == "||":
            alternatives.append([])
        elif part != "&&":
            alternatives[-1].append(_criterion(part.strip(_BLANKS).lstrip("[?( ").rstrip(") "), at))
        at += len(part)
    return Filter(tuple(map(tuple, alternatives)))


def _check_balance(text: str, position: int) -> None:
    parts = _QUOTE.split(text)
    bare = "".join(parts[::2])
    if len(parts) % 2 == 0:
        raise ExpressionSyntaxError("a quote in the filter is never closed", position)
    if bare.count("(") != bare.count(")"):
        raise ExpressionSyntaxError("the brackets of the filter are not balanced", position)


def _criterion(text: str, position: int) -> Criterion:
    operator = next((operator for operator in OPERATORS if operator in text), "")
    left, _, right = (part.strip(_BLANKS) for part in (text.partition(operator) if operator else (text, "", "")))
    if not operator:
        return _existence(left, position)
    if not left or not right:
        raise ExpressionSyntaxError(f"expected a value on both sides of '{operator}'", position)
    if right.startswith("!@"):
        raise ExpressionSyntaxError("'!' is for the test of existence only: [?(!@.name)]", position)
    criterion = Criterion(_operand(left, position), operator, _operand(right, position))
    if _patterns_in(criterion) != (operator == "=~"):
        raise ExpressionSyntaxError("'=~' stands between a value and one /pattern/", position)
    return criterion


def _patterns_in(criterion: Criterion) -> int:
    return isinstance(criterion.left, PatternOperand) + isinstance(criterion.right, PatternOperand)


def _existence(text: str, position: int) -> Criterion:
    if not text.startswith(("@", "$", "!@")):
        raise ExpressionSyntaxError("expected a path like @.name, or a comparison", position)
    return Criterion(_operand(text, position), "missing" if text.startswith("!") else "exists", "")


def _operand(text: str, position: int) -> Operand:
    if text.startswith(("@", "$", "!@")):
        return _operand_path(text.removeprefix("!"), position)
    if text.startswith("'") and text.endswith("'"):
        if len(text) == 1:
            raise ExpressionSyntaxError("the quote is never closed", position)
        return text[1:-1]
    if found := _PATTERN.fullmatch(text):
        return _pattern(found[1], bool(found[2]), position)
    return text


def _operand_path(text: str, position: int) -> PathOperand:
    if text[1:2] not in ("", ".", "["):
        raise ExpressionSyntaxError(f"expected '.' or '[' after '{text[0]}' in a filter", position)
    try:
        segments = _segments(text, 1, in_filter=True)
    except ExpressionSyntaxError as error:
        raise ExpressionSyntaxError(f"{error.message}, in the filter's path {text}", position) from None
    if not all(map(is_definite, segments)):
        raise ExpressionSyntaxError(f"the path {text} in a filter must lead to one place", position)
    return PathOperand("document" if text[0] == "$" else "item", segments)


def _pattern(text: str, ignore_case: bool, position: int) -> PatternOperand:
    try:
        return compile_pattern(text, ignore_case)
    except ExpressionSyntaxError as error:
        raise ExpressionSyntaxError(error.message, position) from None
