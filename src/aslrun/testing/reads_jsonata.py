"""What JSONata expressions read, and what they compare it with, seen from their text.

Rules that a change must keep:

1. Only chains of names are followed. What stands around one says what it has to be: an operand of arithmetic is a
   number, a condition true or false if it is one all by itself, what is compared with a constant has values on both
   sides of it.
2. What cannot be followed ends a way, as in ``reads``; the parser of the language is not asked, for an expression that
   it refuses may still be explored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from ..values import JSON
from .reads import INSTANT, Meaning, Read, around, context_read, texts

LONGEST_BEFORE = 100  # characters before a chain that are looked at
_CHAIN = r"\$(?:states\.(?P<of>input|result|context)|(?P<name>[A-Za-z_]\w*))(?P<way>(?:\.[A-Za-z_]\w*)*)(?![\w(])"
_NUMBER = r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d{1,2})?(?!\w)"
_CONSTANT = rf"(?P<constant>'[^']*'|\"[^\"]*\"|{_NUMBER}|(?:true|false|null)\b)"
_OPERATOR = r"(?P<operator>!=|<=|>=|=|<|>)"
_READ = re.compile(_CHAIN)
_WHOLE = re.compile(rf"\s*(?P<number>\$number\(\s*)?{_CHAIN}(?(number)\s*\))\s*")
_RIGHT = re.compile(rf"\s*{_OPERATOR}\s*{_CONSTANT}")
_LEFT = re.compile(rf"(?<![\w$.]){_CONSTANT}\s*{_OPERATOR}\s*$")
_AMONG = re.compile(r"\s*\bin\s*\[(?P<constants>[^\][{}]*)\]")
_OPERATORS = {"=": "Equals", "!=": "Equals", "<": "LessThan", ">": "GreaterThan", "<=": "LessThan", ">=": "GreaterThan"}

_BEFORE: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (re.compile(r"\$number\(\s*$"), texts("1")),
    (
        re.compile(
            r"\$(sum|max|min|average|abs|floor|ceil|round|power|sqrt|format(Number|Base|Integer)|fromMillis)\(\s*$"
        ),
        texts(1),
    ),
    (re.compile(r"\$toMillis\(\s*$"), texts(INSTANT)),
    (re.compile(r"\$parse\(\s*$"), texts("{}")),
    (re.compile(r"\$base64decode\(\s*$"), texts("YQ==")),
    (re.compile(r"([\w)\]'\"]\s*[+*/%]|-)\s*$"), texts(1)),
)
_ARITHMETIC_AFTER = re.compile(r"\s*[-+*/%](?!\s*$)")
_BEGINS = re.compile(r"(^|[(,;:?{[]|:=|\b(and|or))\s*$")  # what binds less than any operator of values
_ENDS = re.compile(r"\s*($|[),;:?}\]]|(and|or)\b)")
_IS_JUDGED_BEFORE = re.compile(r"(\$not\(|\b(and|or))\s*$")
_IS_JUDGED_AFTER = re.compile(r"\s*(\?|(and|or)\b)")


def jsonata_meaning(text: JSON, condition: bool = False) -> Meaning:
    """What a JSONata expression between its braces reads; ``condition``: it has to be true or false.

    >>> jsonata_meaning("{% $states.input.total > 5 %}").reads
    (Read(root='input', way=('total',), values=('5', '4', '6')),)
    >>> jsonata_meaning("{% $number($states.result.Item.n.N) * 2 %}").reads
    (Read(root='result', way=('Item', 'n', 'N'), values=('"1"',)),)
    """
    if not isinstance(text, str) or not text.startswith("{%"):
        return Meaning(())
    source = text[2:-2]
    whole = _WHOLE.fullmatch(source)
    if whole is not None:
        parsed = whole["number"] is not None
        read = _of_chain(whole, texts("1") if parsed else texts(True, False) if condition else ())
        return Meaning((read,), read._replace(values=()), parsed)
    return Meaning(tuple(_of_chain(found, _values(source, found)) for found in _READ.finditer(source)))


def _of_chain(found: re.Match[str], values: tuple[str, ...]) -> Read:
    way = tuple(found["way"].split(".")[1:])
    if found["of"] == "context":
        return context_read(way, values)
    return Read(found["of"] or f"${found['name']}", way, values)


def _values(source: str, found: re.Match[str]) -> tuple[str, ...]:
    """Values that are worth trying for a chain, by what stands before and after it."""
    if right := _RIGHT.match(source, found.end()):
        return _compared(right["constant"], _OPERATORS[right["operator"]])
    if left := _before(_LEFT, source, found):
        return _compared(left["constant"], _OPERATORS[left["operator"]])
    if among := _AMONG.match(source, found.end()):
        constants = re.finditer(_CONSTANT, among["constants"])
        return tuple(dict.fromkeys(value for each in constants for value in _compared(each["constant"], "Equals")))
    return next(_needed(source, found), ())


def _before(pattern: re.Pattern[str], source: str, found: re.Match[str]) -> re.Match[str] | None:
    """A match that ends where a chain begins, and is not long: each chain of a long expression is looked at."""
    return pattern.search(source, max(0, found.start() - LONGEST_BEFORE), found.start())


def _needed(source: str, found: re.Match[str]) -> Iterator[tuple[str, ...]]:
    end = found.end()
    yield from (values for pattern, values in _BEFORE if _before(pattern, source, found))
    if _ARITHMETIC_AFTER.match(source, end):
        yield texts(1)
    is_judged = _before(_IS_JUDGED_BEFORE, source, found) or _IS_JUDGED_AFTER.match(source, end)
    if is_judged and _before(_BEGINS, source, found) and _ENDS.match(source, end):
        yield texts(True, False)


def _compared(constant: str, operator: str) -> tuple[str, ...]:
    if constant[0] in "'\"":
        return texts(*around("StringEquals", constant[1:-1]))
    value = json.loads(constant)
    if isinstance(value, bool):
        return texts(value, not value)
    return texts(*(("text", None) if value is None else around(f"Numeric{operator}", value)))
