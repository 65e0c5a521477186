"""What the expressions of a state read, and what they compare it with.

Rules that a change must keep:

1. A read says where it starts (``Root``) and its way; ``*`` in a way is every element of an array.
2. Values are worth trying: those on both sides of what a rule compares with.
3. What cannot be followed (a computed value) ends a way. It is never guessed at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple, TypeAlias, cast

from ..language.conditions import OPERATORS
from ..language.errors import ExpressionSyntaxError
from ..language.intrinsics import Call, Intrinsic, compile_expression
from ..language.jsonpath import Path
from ..language.jsonpath_segments import Index, Name, Wildcard
from ..values import JSON

Way: TypeAlias = tuple[str, ...]
Root: TypeAlias = Literal["here", "input", "result", "execution", "item", "nothing"] | str
"""``here`` is what ``$`` stands for in the field, ``execution`` the input of the execution, ``$name`` a variable."""

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
ANY = "*"
ABSENT = "\0absent"  # among the values of a read: it may not be there at all
EARLY, LATE, INSTANT = "2000-01-01T00:00:00Z", "2100-01-01T00:00:00Z", "2024-01-01T00:00:00Z"


class Read(NamedTuple):
    """One place that is read, and JSON texts of values that are worth trying there."""

    root: Root
    way: Way
    values: tuple[str, ...] = ()


class Meaning(NamedTuple):
    """What an expression reads; ``alias`` is set where it *is* that place, ``parsed`` if numbers are text there."""

    reads: tuple[Read, ...]
    alias: Read | None = None
    parsed: bool = False

    def there(self, values: Iterable[str]) -> Iterable[str]:
        """Values of the expression as they stand at the place of its alias."""
        return [json.dumps(each) if _NUMBER.fullmatch(each) else each for each in values] if self.parsed else values


def texts(*values: JSON) -> tuple[str, ...]:
    """Values as JSON text, which can be compared and kept in sets."""
    return tuple(json.dumps(value) for value in values)


# --------------------------------------------------------------------------- JSONPath

_ARGUMENTS: Mapping[str, tuple[JSON, ...]] = {
    "States.MathAdd": (1,),
    "States.MathRandom": (1,),
    "States.ArrayRange": (1,),
    "States.StringToJson": ("{}",),
    "States.Base64Decode": ("YQ==",),
    "States.StringSplit": ("a,b",),
}
_ARRAYS = frozenset(
    {"States.ArrayLength", "States.ArrayContains", "States.ArrayGetItem", "States.ArrayPartition", "States.ArrayUnique"}
)


def meaning(text: JSON, values: tuple[str, ...] = ()) -> Meaning:
    """What a path or intrinsic function reads.

    >>> meaning("$.order.items[*].sku").alias
    Read(root='here', way=('order', 'items', '*', 'sku'), values=())
    """
    try:
        compiled = compile_expression(text) if isinstance(text, str) else None
    except ExpressionSyntaxError:
        compiled = None
    if isinstance(compiled, Intrinsic):
        return Meaning(tuple(_of_call(compiled.call)))
    if compiled is None:
        return Meaning(())
    alias = _of_path(compiled, values)
    return Meaning((alias,), alias)


def _of_call(call: Call) -> Iterator[Read]:
    for place, argument in enumerate(call.arguments):
        if isinstance(argument, Call):
            yield from _of_call(argument)
        elif isinstance(argument, Path):
            read = _of_path(argument, texts(*_ARGUMENTS.get(call.name, ())))
            yield read._replace(way=(*read.way, ANY), values=()) if call.name in _ARRAYS and place == 0 else read


def _of_path(path: Path, values: tuple[str, ...]) -> Read:
    way: list[str] = []
    for segment in path.segments:
        if isinstance(segment, Name):
            way.append(segment.name)
        elif isinstance(segment, Index) and path.kind == "reference":
            way.append(str(segment.index))
        else:
            way.append(ANY)
            if path.kind != "reference" and not isinstance(segment, Wildcard):
                break
    if path.root == "input":
        return Read("here", tuple(way), values)
    if path.root == "variable":
        return Read(f"${path.variable}", tuple(way), values)
    return context_read(tuple(way), values)


def context_read(way: Way, values: tuple[str, ...]) -> Read:
    """What is read of the context object."""
    if way[:2] == ("Execution", "Input"):
        return Read("execution", way[2:], values)
    if way[:3] == ("Map", "Item", "Value"):
        return Read("item", way[3:], values)
    return Read("nothing", ())


# --------------------------------------------------------------------------- choice rules

_JOINERS = ("And", "Or")


def rule_reads(rule: JSON) -> Iterator[Read]:
    """What a choice rule in the language JSONPath asks for."""
    if not isinstance(rule, dict):
        return
    for joiner in _JOINERS:
        for inner in cast("list[JSON]", rule.get(joiner, [])):
            yield from rule_reads(inner)
    if "Not" in rule:
        yield from rule_reads(rule["Not"])
    for name, operand in rule.items():
        if name in OPERATORS:
            values = texts(*around(name, operand))
            yield from meaning(rule.get("Variable"), (*values, ABSENT) if name == "IsPresent" else values).reads
            if name.endswith("Path"):
                yield from meaning(operand, values).reads


def around(name: str, operand: JSON) -> tuple[JSON, ...]:
    """Values on both sides of a test.

    >>> around("NumericLessThan", 50), around("StringEquals", "paid"), around("BooleanEquals", False)
    ((50, 49, 51), ('paid', 'other'), (False, True))
    """
    if name.startswith("Numeric"):
        return (operand, operand - 1, operand + 1) if isinstance(operand, (int, float)) else (1, 2)
    if name.startswith("Boolean"):
        return (operand, not operand) if isinstance(operand, bool) else (True, False)
    if name.startswith("Timestamp"):
        return (operand, EARLY, LATE) if isinstance(operand, str) and operand[:1] != "$" else (INSTANT, LATE)
    if name == "StringMatches":
        return (str(operand).replace("\\*", "\0").replace("*", "x").replace("\0", "*"), "other")
    if name.startswith("String"):
        if name.endswith("Path"):
            return ("a", "b")
        return (operand, "other") if name == "StringEquals" else (operand, f"{operand}a", "")
    return _OF_TYPES.get(name, ("text",))


_OF_TYPES: Mapping[str, tuple[JSON, ...]] = {
    "IsNull": (None, "text"),
    "IsPresent": ("text",),
    "IsNumeric": (1, "text"),
    "IsString": ("text", 1),
    "IsBoolean": (True, "text"),
    "IsTimestamp": (INSTANT, "text"),
}
