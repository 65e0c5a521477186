"""Intrinsic functions over abstract values: what a call gives, and arguments that it must refuse.

Rule that a change must keep: an argument is refused only where the function refuses every value of its kind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from ...language.dataflow import Location
from ...language.intrinsics import Call, Intrinsic, Literal
from ...language.jsonpath import Path
from ...values import JSON
from .values import (
    ANY,
    ARRAY,
    BOOLEAN,
    NUMBER,
    OBJECT,
    STRING,
    UNKNOWN,
    Value,
    any_element,
    array_of,
    constant,
    describe,
    of_items,
    of_kind,
    only_constant,
)

if TYPE_CHECKING:
    from .reading import Reading


class Signature(NamedTuple):
    """The kinds of the arguments that a function takes (the last one for all that follow), and of its result."""

    arguments: tuple[int, ...]
    result: int


SIGNATURES: dict[str, Signature] = {
    "States.Format": Signature((STRING, ANY), STRING),
    "States.StringToJson": Signature((STRING,), ANY),
    "States.JsonToString": Signature((ANY,), STRING),
    "States.Array": Signature((ANY,), ARRAY),
    "States.ArrayPartition": Signature((ARRAY, NUMBER), ARRAY),
    "States.ArrayContains": Signature((ARRAY, ANY), BOOLEAN),
    "States.ArrayRange": Signature((NUMBER,), ARRAY),
    "States.ArrayGetItem": Signature((ARRAY, NUMBER), ANY),
    "States.ArrayLength": Signature((ARRAY,), NUMBER),
    "States.ArrayUnique": Signature((ARRAY,), ARRAY),
    "States.Base64Encode": Signature((STRING,), STRING),
    "States.Base64Decode": Signature((STRING,), STRING),
    "States.Hash": Signature((ANY, STRING), STRING),
    "States.JsonMerge": Signature((OBJECT, OBJECT, BOOLEAN), OBJECT),
    "States.MathRandom": Signature((NUMBER,), NUMBER),
    "States.MathAdd": Signature((NUMBER,), NUMBER),
    "States.StringSplit": Signature((STRING,), ARRAY),
    "States.UUID": Signature((ANY,), STRING),
}


def _is_algorithm(value: JSON) -> bool:
    return not isinstance(value, str) or value in ("MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512")


CONSTANTS: dict[str, tuple[int, Callable[[JSON], bool], str]] = {
    "States.Hash": (1, _is_algorithm, "MD5, SHA-1, SHA-256, SHA-384 or SHA-512"),
    "States.JsonMerge": (2, lambda value: value is not True, "false: there is no deep merge"),
    "States.ArrayPartition": (1, lambda value: not isinstance(value, (int, float)) or value > 0, "greater than 0"),
}
"""Arguments of which a constant may be refused: which one, what is taken, and the words for it."""


def of_intrinsic(reading: Reading, intrinsic: Intrinsic, input: Value, way: Location) -> Value:
    """What a call gives."""
    if intrinsic.certain_failure is not None:
        reading.say("type-mismatch", way, f"the call always fails: {intrinsic.certain_failure}")
        return UNKNOWN
    return _call(reading, intrinsic.call, input, way)


def _call(reading: Reading, call: Call, input: Value, way: Location) -> Value:
    arguments = [_argument(reading, argument, input, way) for argument in call.arguments]
    signature = SIGNATURES.get(call.name)
    if signature is None:
        return UNKNOWN
    for index, argument in enumerate(arguments):
        expected = signature.arguments[min(index, len(signature.arguments) - 1)]
        if call.name == "States.Format" and index == 0:
            continue
        if not argument.kinds & expected:
            words = describe(of_kind(expected))
            message = f"argument {index + 1} of {call.name} must be {words}, but it is {describe(argument)}"
            reading.say("type-mismatch", way, message, *argument.origins)
    _check_constant(reading, call.name, arguments, way)
    if call.name == "States.Array":
        return of_items(arguments)
    if call.name == "States.ArrayGetItem" and arguments and arguments[0].kinds == ARRAY:
        return any_element(arguments[0]) if not arguments[0].items else UNKNOWN
    if signature.result == ARRAY:
        return array_of(UNKNOWN)
    return UNKNOWN if signature.result == ANY else of_kind(signature.result)


def _check_constant(reading: Reading, name: str, arguments: list[Value], way: Location) -> None:
    index, is_taken, words = CONSTANTS.get(name, (len(arguments), bool, ""))
    if index >= len(arguments):
        return
    known, only = only_constant(arguments[index])
    if known and not is_taken(only):
        message = f"argument {index + 1} of {name} must be {words}, but it is {describe(arguments[index])}"
        reading.say("type-mismatch", way, message, *arguments[index].origins)


def _argument(reading: Reading, argument: Path | Literal | Call, input: Value, way: Location) -> Value:
    if isinstance(argument, Path):
        return reading.path(argument, input, way)
    if isinstance(argument, Literal):
        return constant(argument.value)
    return _call(reading, argument, input, way)
