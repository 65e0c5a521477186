"""The operators between two values, each a closure that tries the likely types first.

Rules that a change must keep:

1. The left side is evaluated before the right one; ``and`` and ``or`` leave the right side out if they can.
2. Nothing on one side gives nothing, except for ``=``, ``!=``, ``in`` (false) and ``&`` (the empty text).
3. Whole numbers are exact up to 2**53; past that a result is a double.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from ..calls import Code, locate
from ..errors import JsonataError
from ..frames import Frame
from ..nodes import Binary, Negation
from ..numbers import SAFE, double, number, quotient, remainder
from ..text import string
from ..values import UNDEFINED, Sequence, before, identical, is_numeric, same, truth
from .core import Compiler, builds, unfolds

RANGE_LIMIT = 10_000_000
NUMBERS = frozenset((int, float))
COMPARABLE = frozenset((str, int, float, bool))
"""Types whose values are equal in JSONata if they are equal here, to a value of the same type."""
SHORT_INT = 10**15
SHORT = 16
"""Characters of a text that fits every budget and costs nothing."""


@builds("binary")
def binary(compiler: Compiler, node: Binary) -> Code:
    """An operator with two operands; a chain of them is compiled in a loop, from the left."""
    if node.operator == "..":
        return _range(compiler.code(node.left), compiler.code(node.right), node.position)
    chain = [node]
    while isinstance(node.left, Binary) and not (node.left.predicates or node.left.group or node.left.keep_array):
        node = node.left
        chain.append(node)
    code = compiler.code(node.left)
    for operation in reversed(chain):
        right = compiler.code(operation.right)
        code = OPERATORS[operation.operator](code, right, operation.position)
        if operation is not chain[0]:
            code = compiler.nested(code, 1, is_call=False)
    return unfolds(code)


# --------------------------------------------------------------------------- arithmetic


def _add(left: Code, right: Code, position: int) -> Code:
    def add(input: Any, frame: Frame) -> Any:
        a = left(input, frame)
        b = right(input, frame)
        if type(a) in NUMBERS and type(b) in NUMBERS:
            try:
                result = a + b
            except OverflowError:
                return _inexact(a, b, operator.add, "+", position)
            if -SAFE <= result <= SAFE:
                return result if type(result) is int or (whole := int(result)) != result else whole
        return _inexact(a, b, operator.add, "+", position)

    return add


def _sub(left: Code, right: Code, position: int) -> Code:
    def sub(input: Any, frame: Frame) -> Any:
        a = left(input, frame)
        b = right(input, frame)
        if type(a) in NUMBERS and type(b) in NUMBERS:
            try:
                result = a - b
            except OverflowError:
                return _inexact(a, b, operator.sub, "-", position)
            if -SAFE <= result <= SAFE:
                return result if type(result) is int or (whole := int(result)) != result else whole
        return _inexact(a, b, operator.sub, "-", position)

    return sub


def _mul(left: Code, right: Code, position: int) -> Code:
    def mul(input: Any, frame: Frame) -> Any:
        a = left(input, frame)
        b = right(input, frame)
        if type(a) in NUMBERS and type(b) in NUMBERS:
            try:
                result = a * b
            except OverflowError:
                return _inexact(a, b, operator.mul, "*", position)
            if -SAFE <= result <= SAFE:
                return result if type(result) is int or (whole := int(result)) != result else whole
        return _inexact(a, b, operator.mul, "*", position)

    return mul


def _inexact(left: Any, right: Any, operate: Callable[[Any, Any], Any], symbol: str, position: int) -> Any:
    """``+ - *`` of what is not simply two numbers with a result of moderate size."""
    return number(operate(double(left), double(right))) if _operands(left, right, symbol, position) else UNDEFINED


def _approximate(operate: Callable[[Any, Any], Any], symbol: str) -> Callable[[Code, Code, int], Code]:
    """``/ %``."""

    def build(left: Code, right: Code, position: int) -> Code:
        def calculate(input: Any, frame: Frame) -> Any:
            a = left(input, frame)
            b = right(input, frame)
            return operate(a, b) if _operands(a, b, symbol, position) else UNDEFINED

        return calculate

    return build


def _operands(left: Any, right: Any, symbol: str, position: int) -> bool:
    """Whether there are two numbers to calculate with; anything but nothing must be one."""
    try:
        if left is not UNDEFINED and not is_numeric(left):
            raise JsonataError("T2001", value=left)
        if right is not UNDEFINED and not is_numeric(right):
            raise JsonataError("T2002", value=right)
    except JsonataError as error:
        locate(error, position, symbol)
        raise
    return left is not UNDEFINED and right is not UNDEFINED


@builds("negation")
def negation(compiler: Compiler, node: Negation) -> Code:
    """Unary minus."""
    operand, position = compiler.code(node.operand), node.position

    def negate(input: Any, frame: Frame) -> Any:
        value = operand(input, frame)
        if value is UNDEFINED:
            return UNDEFINED
        if not is_numeric(value):
            raise JsonataError("D1002", position=position, token="-", value=value)
        return -value

    return negate


# --------------------------------------------------------------------------- comparison


def _comparison(numbers: Callable[[Any, Any], bool], texts: Callable[[str, str], bool], symbol: str) -> Any:
    """``< <= > >=``."""

    def build(left: Code, right: Code, position: int) -> Code:
        def compare(input: Any, frame: Frame) -> Any:
            a = left(input, frame)
            b = right(input, frame)
            if type(a) in NUMBERS and type(b) in NUMBERS:
                return numbers(a, b)
            if type(a) is str and type(b) is str:
                return texts(a, b)
            return _incomparable(a, b, symbol, position)

        return compare

    return build


def _incomparable(left: Any, right: Any, symbol: str, position: int) -> Any:
    """Nothing if one side is nothing; otherwise the error that fits."""
    for value in (left, right):
        if value is not UNDEFINED and type(value) not in (str, int, float):
            raise JsonataError("T2010", position=position, token=symbol, value=value)
    if left is UNDEFINED or right is UNDEFINED:
        return UNDEFINED
    raise JsonataError("T2009", position=position, token=symbol, value=left, value2=right)


def _not_after(left: str, right: str) -> bool:
    return not before(right, left)


def _after(left: str, right: str) -> bool:
    return before(right, left)


def _not_before(left: str, right: str) -> bool:
    return not before(left, right)


def _equal(left: Code, right: Code, position: int) -> Code:
    def equal(input: Any, frame: Frame) -> Any:
        a = left(input, frame)
        b = right(input, frame)
        if type(a) is type(b) and type(a) in COMPARABLE:
            return a == b
        return a is not UNDEFINED and b is not UNDEFINED and _compared(a, b, frame)

    return equal


def _unequal(left: Code, right: Code, position: int) -> Code:
    def unequal(input: Any, frame: Frame) -> Any:
        a = left(input, frame)
        b = right(input, frame)
        if type(a) is type(b) and type(a) in COMPARABLE:
            return a != b
        return a is not UNDEFINED and b is not UNDEFINED and not _compared(a, b, frame)

    return unequal


def _compared(left: Any, right: Any, frame: Frame) -> bool:
    return same(left, right, frame.run.spend)


def _included(left: Code, right: Code, position: int) -> Code:
    def included(input: Any, frame: Frame) -> Any:
        a = left(input, frame)
        b = right(input, frame)
        if a is UNDEFINED or b is UNDEFINED:
            return False
        if not isinstance(b, list):
            return identical(b, a)
        frame.run.spend(len(b))
        return any(identical(item, a) for item in b)

    return included


# --------------------------------------------------------------------------- logic, text, ranges


def _both(left: Code, right: Code, position: int) -> Code:
    def both(input: Any, frame: Frame) -> Any:
        a = left(input, frame)
        if a is False or (a is not True and not truth(a)):
            return False
        try:
            b = right(input, frame)
            return b is True or (b is not False and truth(b))
        except JsonataError as error:
            raise _claimed(error, position, "and") from None

    return both


def _either(left: Code, right: Code, position: int) -> Code:
    def either(input: Any, frame: Frame) -> Any:
        a = left(input, frame)
        if a is True or (a is not False and truth(a)):
            return True
        try:
            b = right(input, frame)
            return b is True or (b is not False and truth(b))
        except JsonataError as error:
            raise _claimed(error, position, "or") from None

    return either


def _claimed(error: JsonataError, position: int, symbol: str) -> JsonataError:
    """The error of a right side: ``and`` and ``or`` put their own place and name on it."""
    error.position, error.token = position, symbol
    return error


def _joined(left: Code, right: Code, position: int) -> Code:
    def join(input: Any, frame: Frame) -> Any:
        a = left(input, frame)
        b = right(input, frame)
        if type(a) is not str:
            a = _text(a, frame, position)
        if type(b) is not str:
            b = _text(b, frame, position)
        if (length := len(a) + len(b)) > SHORT:
            frame.run.check_text(length)
        return a + b

    return join


def _text(value: Any, frame: Frame, position: int) -> str:
    if type(value) is int and -SHORT_INT < value < SHORT_INT:
        return str(value)
    if value is UNDEFINED:
        return ""
    try:
        return string(value, frame.run.spend)
    except JsonataError as error:
        locate(error, position, "&")
        raise


def _range(left: Code, right: Code, position: int) -> Code:
    size = range_size(left, right, position)

    def numbers(input: Any, frame: Frame) -> Any:
        first, count = size(input, frame)
        if count == 0:
            return UNDEFINED
        frame.run.check_items(count)
        return Sequence(range(first, first + count))

    return numbers


def range_size(left: Code, right: Code, position: int) -> Callable[[Any, Frame], tuple[int, int]]:
    """Code that gives the first number of a range, and how many there are."""

    def size(input: Any, frame: Frame) -> tuple[int, int]:
        a = left(input, frame)
        b = right(input, frame)
        for value, code in ((a, "T2003"), (b, "T2004")):
            if value is not UNDEFINED and not _is_whole(value):
                raise JsonataError(code, position=position, token="..", value=value)
        if a is UNDEFINED or b is UNDEFINED or a > b:
            return 0, 0
        count = int(b) - int(a) + 1
        if count > RANGE_LIMIT:
            raise JsonataError("D2014", position=position, token="..", value=count)
        return int(a), count

    return size


def _is_whole(value: Any) -> bool:
    return type(value) is int or (type(value) is float and value.is_integer())


OPERATORS: dict[str, Callable[[Code, Code, int], Code]] = {
    "+": _add,
    "-": _sub,
    "*": _mul,
    "/": _approximate(quotient, "/"),
    "%": _approximate(remainder, "%"),
    "<": _comparison(operator.lt, before, "<"),
    "<=": _comparison(operator.le, _not_after, "<="),
    ">": _comparison(operator.gt, _after, ">"),
    ">=": _comparison(operator.ge, _not_before, ">="),
    "=": _equal,
    "!=": _unequal,
    "in": _included,
    "and": _both,
    "or": _either,
    "&": _joined,
}
