"""The intrinsic functions of the States Language, in one table.

A function takes JSON values and gives one, or raises ``InvalidArguments``. It neither knows the call it stands in
nor the scope; one that draws random numbers gets the execution's source of them before its arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ...values import JSON
from . import arrays, encoding, json, math, strings
from .arguments import InvalidArguments

__all__ = ["FUNCTIONS", "Function", "InvalidArguments"]


@dataclass(frozen=True, slots=True)
class Function:
    """How an intrinsic function is called.

    ``maximum`` is ``None`` where any number of arguments is taken. ``template`` reads a literal first argument once,
    when the call is compiled, from its text with the escapes still in it.
    """

    call: Callable[..., JSON]
    minimum: int
    maximum: int | None
    draws: bool = False
    template: Callable[[str], object] | None = None


FUNCTIONS: Mapping[str, Function] = {
    "States.Array": Function(arrays.array_of, 0, None),
    "States.ArrayContains": Function(arrays.array_contains, 2, 2),
    "States.ArrayGetItem": Function(arrays.array_get_item, 2, 2),
    "States.ArrayLength": Function(arrays.array_length, 1, 1),
    "States.ArrayPartition": Function(arrays.array_partition, 2, 2),
    "States.ArrayRange": Function(arrays.array_range, 3, 3),
    "States.ArrayUnique": Function(arrays.array_unique, 1, 1),
    "States.Base64Decode": Function(encoding.base64_decode, 1, 1),
    "States.Base64Encode": Function(encoding.base64_encode, 1, 1),
    "States.Format": Function(strings.format_, 1, None, template=strings.FormatTemplate),
    "States.Hash": Function(encoding.hash_of, 2, 2),
    "States.JsonMerge": Function(json.json_merge, 3, 3),
    "States.JsonToString": Function(json.json_to_string, 1, 1),
    "States.MathAdd": Function(math.math_add, 2, 2),
    "States.MathRandom": Function(math.math_random, 2, 3, draws=True),
    "States.StringSplit": Function(strings.string_split, 2, 2),
    "States.StringToJson": Function(json.string_to_json, 1, 1),
    "States.UUID": Function(math.uuid, 0, None, draws=True),
}
