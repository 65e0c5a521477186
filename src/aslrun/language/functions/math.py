"""Numbers: States.MathAdd and States.MathRandom; and States.UUID, which is drawn like one.

Nothing here asks the machine for randomness: numbers come from the execution's own source, so that a replay draws
the same ones.
"""

from __future__ import annotations

import math
from random import Random

from ...values import JSON
from .arguments import LARGEST, SMALLEST, invalid, whole
from .java import JavaRandom


def math_add(first: JSON, second: JSON) -> JSON:
    """``States.MathAdd``: the sum of two numbers, each rounded half up; all three fit 32 bits.

    >>> math_add(1.5, 1.51), math_add(-0.5, 0.5), math_add(-1.5, 0)
    (4, 1, -1)
    """
    left: int = first if type(first) is int else _rounded(first)  # a boolean is an int too, but not of this type
    right: int = second if type(second) is int else _rounded(second)
    if SMALLEST <= left <= LARGEST and SMALLEST <= right <= LARGEST and SMALLEST <= left + right <= LARGEST:
        return left + right
    raise invalid("States.MathAdd")


def _rounded(number: JSON) -> int:
    if not isinstance(number, float):
        raise invalid("States.MathAdd")
    below = math.floor(number)
    return below + (number - below >= 0.5)


def math_random(random: Random, start: JSON, end: JSON, *seed: JSON) -> JSON:
    """``States.MathRandom``: a whole number from the start to below the end; a seed always gives the same one.

    >>> math_random(Random(), 1, 100, 42)
    63
    """
    low, high = whole(start, "States.MathRandom"), whole(end, "States.MathRandom")
    if low >= high:
        raise invalid("States.MathRandom")
    return JavaRandom(_seed(seed[0])).between(low, high) if seed else random.randrange(low, high)


def _seed(seed: JSON) -> int:
    if isinstance(seed, (int, float)) and not isinstance(seed, bool):
        return int(seed)
    raise invalid("States.MathRandom")


def uuid(random: Random, *ignored: JSON) -> JSON:
    """``States.UUID``: a UUID of version 4. AWS takes arguments and ignores them (measured)."""
    bits = random.getrandbits(128) & ~(0xF << 76) & ~(0x3 << 62) | 0x4 << 76 | 0x2 << 62
    digits = f"{bits:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
