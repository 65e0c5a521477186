"""Where AWS's Java shows through: the text of a value, the order of a hash set, seeded random numbers.

The rules are those of ``String.valueOf``, ``HashSet`` and ``java.util.Random``; all three have been seen in answers
of the service (``States.Format`` of an object, ``States.ArrayUnique``, ``States.MathRandom`` with a seed).
"""

from __future__ import annotations

import struct
from collections.abc import Hashable, Iterable
from decimal import Decimal

from ...values import JSON

_32_BITS, _48_BITS = 2**32 - 1, 2**48 - 1


def java_text(value: JSON) -> str:
    """What Java makes of a value as text: an object is ``{key=value}``, a string has no quotes.

    >>> java_text({"Arg1": 1, "Arg2": [None, "x", 1.5]})
    '{Arg1=1, Arg2=[null, x, 1.5]}'
    """
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _double_text(value)
    if isinstance(value, list):
        return f"[{', '.join(map(java_text, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={java_text(item)}" for key, item in value.items()) + "}"
    return str(value)


def _double_text(value: float) -> str:
    """Plain from 0.001 to below ten million, otherwise with an exponent such as ``1.0E7``."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    mantissa = "".join(map(str, digits))
    return f"{'-' * sign}{mantissa[0]}.{mantissa[1:] or '0'}E{int(exponent) + len(mantissa) - 1}"


def hash_set(values: list[JSON]) -> list[JSON]:
    """The values without repetitions, in the order in which a Java ``HashSet`` gives them out.

    >>> hash_set([True, False, True]), hash_set([[1, 2], [2, 1], [1, 2]])
    ([False, True], [[2, 1], [1, 2]])
    """
    first: dict[Hashable, JSON] = {}
    for value in values:
        first.setdefault(_identity(value), value)
    buckets = 16
    while len(first) > buckets * 3 // 4:
        buckets *= 2
    return sorted(first.values(), key=lambda value: _bucket(value, buckets))


def _identity(value: JSON) -> Hashable:
    """Equal for values that Java calls equal: 1 is neither 1.0 nor true, the order of keys does not count."""
    if isinstance(value, list):
        return list, tuple(map(_identity, value))
    if isinstance(value, dict):
        return dict, frozenset((key, _identity(item)) for key, item in value.items())
    return type(value), value


def _bucket(value: JSON, buckets: int) -> int:
    code = _hash_code(value)
    return (code ^ code >> 16) & (buckets - 1)


def _hash_code(value: JSON) -> int:
    """``Object.hashCode`` as an unsigned number of 32 bits."""
    if value is None:
        return 0
    if isinstance(value, bool):
        return 1231 if value else 1237
    if isinstance(value, int):
        return (value if -(2**31) <= value < 2**31 else value ^ value >> 32) & _32_BITS
    if isinstance(value, float):
        (bits,) = struct.unpack(">Q", struct.pack(">d", value))
        return int(bits ^ bits >> 32) & _32_BITS
    if isinstance(value, str) and value.isascii():
        return _mixed(0, value.encode())
    if isinstance(value, str):
        units = value.encode("utf-16-be", "surrogatepass")
        return _mixed(0, struct.unpack(f">{len(units) // 2}H", units))
    if isinstance(value, list):
        return _mixed(1, tuple(map(_hash_code, value)))
    return sum(_hash_code(key) ^ _hash_code(item) for key, item in value.items()) & _32_BITS


def _mixed(start: int, codes: Iterable[int]) -> int:
    result = start
    for code in codes:
        result = (31 * result + code) & _32_BITS
    return result


class JavaRandom:
    """``java.util.Random``: the numbers that a seed gives.

    >>> JavaRandom(42).between(1, 100)
    63
    """

    def __init__(self, seed: int) -> None:
        self._state = (seed ^ 0x5DEECE66D) & _48_BITS

    def between(self, start: int, end: int) -> int:
        """A number from ``start`` to below ``end``; both fit 32 bits and start is the smaller."""
        width = end - start
        if width < 2**31:
            return start + self._below(width)
        while not start <= (drawn := self._signed()) < end:
            pass
        return drawn

    def _below(self, bound: int) -> int:
        if bound & (bound - 1) == 0:
            return bound * self._next(31) >> 31
        while True:
            drawn = self._next(31)
            result = drawn % bound
            if drawn - result + bound - 1 < 2**31:
                return result

    def _signed(self) -> int:
        drawn = self._next(32)
        return drawn - 2**32 if drawn >= 2**31 else drawn

    def _next(self, bits: int) -> int:
        self._state = (self._state * 0x5DEECE66D + 0xB) & _48_BITS
        return self._state >> 48 - bits
