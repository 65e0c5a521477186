"""Numbers as JavaScript has them: 64-bit floating point, written its way.

Rules that a change must keep:

1. A whole number is an ``int`` here, so that 3.0 never shows up where JSON would say 3. From 2**53 on it
   has the digits that JavaScript would write, which stand for the same double.
2. A larger ``int`` (from the data) passes through as it is; calculating with it makes it a double.
3. Rounding is half up on the exact binary value, as the language's ``toFixed`` and ``toPrecision`` do.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal

Number = int | float

SAFE = 2**53
_FIFTEEN = Context(prec=15, rounding=ROUND_HALF_UP)
_WIDE = Context(prec=1200, rounding=ROUND_HALF_UP)


def number(value: float) -> Number:
    """The double as this engine keeps it: whole is an ``int``, unless JavaScript would write an exponent.

    >>> number(3.0), number(2.0**60), number(1e21)
    (3, 1152921504606847000, 1e+21)
    """
    if -SAFE <= value <= SAFE:
        return int(value) if value == int(value) else value
    return int(Decimal(repr(value))) if -1e21 < value < 1e21 else value


def double(value: Number) -> float:
    """The nearest double; too large is infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def parsed(text: str) -> Number:
    """The number that decimal text stands for.

    >>> parsed("1e3"), parsed("2.50"), parsed("9007199254740993")
    (1000, 2.5, 9007199254740992)
    """
    value = double(float(text))
    return number(value) if math.isfinite(value) else value


def remainder(left: Number, right: Number) -> Number:
    """``%``: the sign is the dividend's; by zero it is not a number."""
    if right == 0 or math.isinf(left):
        return math.nan
    return number(math.fmod(left, right))


def quotient(left: Number, right: Number) -> Number:
    """``/``: by zero it is infinite, or not a number."""
    if right == 0:
        return math.nan if left == 0 or left != left else math.copysign(math.inf, left) * math.copysign(1.0, right)
    try:
        return number(left / right)
    except OverflowError:
        return double(left) / double(right)


def digits_and_exponent(value: float) -> tuple[str, int]:
    """The shortest digits that give the double back, and where the point stands after the first of them."""
    _, digits, exponent = Decimal(repr(value)).normalize(_WIDE).as_tuple()
    assert isinstance(exponent, int)
    return "".join(map(str, digits)), exponent + len(digits) - 1


def number_text(value: Number) -> str:
    """A number as JavaScript writes it.

    >>> number_text(1e21), number_text(1e20), number_text(1.5e-7), number_text(0.1)
    ('1e+21', '100000000000000000000', '1.5e-7', '0.1')
    """
    if isinstance(value, int):
        if -SAFE <= value <= SAFE:
            return str(value)
        value = double(value)
    if value != value:
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    return ("-" if value < 0 else "") + _positive_text(*digits_and_exponent(abs(value)))


def short_text(value: float) -> str | None:
    """A number of at most 15 digits as JavaScript writes it, if Python writes it so too; rounding does not change it.

    >>> short_text(2.5), short_text(3.0), short_text(0.1 + 0.2), short_text(1e-7)
    ('2.5', '3', None, None)
    """
    text = repr(value)
    if len(text) > 16 or "e" in text or "n" in text:
        return None
    return text if text[-2:] != ".0" else text[:-2] if value else "0"


def _positive_text(digits: str, exponent: int) -> str:
    if exponent >= 21 or exponent < -6:
        fraction = f".{digits[1:]}" if len(digits) > 1 else ""
        return f"{digits[0]}{fraction}e{exponent:+d}"
    if exponent < 0:
        return "0." + "0" * (-exponent - 1) + digits
    whole = exponent + 1
    if len(digits) <= whole:
        return digits + "0" * (whole - len(digits))
    return f"{digits[:whole]}.{digits[whole:]}"


def fifteen_digits(value: Number) -> Number:
    """The number rounded to 15 significant digits, as ``$string`` shows it.

    >>> fifteen_digits(0.1 + 0.2), fifteen_digits(5890840712243076)
    (0.3, 5890840712243080)
    """
    if isinstance(value, int):
        if -(10**15) < value < 10**15:
            return value
        value = double(value)
    if not math.isfinite(value):
        return value
    rounded = float(_FIFTEEN.create_decimal_from_float(value))
    return int(rounded) if abs(rounded) < 1e21 and rounded == int(rounded) and abs(rounded) <= SAFE else rounded


def fixed(value: Number, places: int) -> str:
    """``toFixed``: so many digits after the point.

    >>> fixed(2.5, 0), fixed(1.005, 2)
    ('3', '1.00')
    """
    if abs(value) >= 1e21:
        return number_text(value)
    exact = Decimal(value if -SAFE <= value <= SAFE else double(value)).quantize(
        Decimal(1).scaleb(-places), context=_WIDE
    )
    return f"{exact:f}"


def half_up(value: Number) -> Number:
    """``Math.round``: to the nearest whole number, a half upwards."""
    if isinstance(value, int) or not math.isfinite(value):
        return value
    whole = math.floor(value)
    return number(float(whole + 1 if value - whole >= 0.5 else whole))


def rounded(value: Number, places: Number = 0) -> Number:
    """``$round``: a half to the even neighbour, decimal places shifted in the text and not in the double.

    >>> rounded(2.5), rounded(1.005, 2), rounded(125, -1)
    (2, 1, 120)
    """
    shifted = _shifted(value, places) if places else value
    result = half_up(shifted)
    if math.isfinite(result) and abs(result - shifted) == 0.5 and abs(math.fmod(result, 2)) == 1:
        result -= 1
    result = _shifted(result, -places) if places else result
    return number(double(result)) if math.isfinite(result) else result


def _shifted(value: Number, places: Number) -> Number:
    mantissa, _, exponent = number_text(value).partition("e")
    moved = (int(exponent) if exponent else 0) + places
    if moved != moved or math.isinf(moved) or moved != int(moved):
        return math.nan
    try:
        return float(f"{mantissa}e{int(moved)}")
    except ValueError:
        return math.nan
