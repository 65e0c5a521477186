"""Functions as values, and how they are called.

Rules that a change must keep:

1. ``invoke`` calls once. A lambda whose body ends in a call gives that call back as a ``TailCall``, and
   ``apply`` follows it in a loop: tail recursion needs no stack.
2. A lambda pays for its call: a step, a level of depth, and the stack frames its body can nest.
3. The context of a call stands in for arguments that a signature marks so; a function that is called by
   another function (``$map``) has the context null.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .errors import JsonataError
from .frames import Frame
from .signatures import Signature
from .values import UNDEFINED, Function, unfolded

Code = Callable[[Any, Frame], Any]
"""A compiled expression: the context and the frame in, the value out."""

CALL_FRAMES = 1
"""Stack frames between a call and the body of the lambda it calls."""
TAIL_FRAMES = 2
"""Stack frames between a call and the functions that are called one after the other in its tail."""
NATIVE_FRAMES = 6
"""Stack frames between the call of a built-in function and the call that it makes itself."""


CALL_STEPS = 5
"""What a call costs, as against an item of a sequence."""


class TailCall:
    """A call that the caller is to make in the place of the function that ended with it."""

    __slots__ = ("arguments", "function", "name", "position")

    def __init__(self, function: Any, arguments: list[Any], position: int, name: str | None) -> None:
        self.function, self.arguments, self.position, self.name = function, arguments, position, name


def apply(function: Function, arguments: list[Any], input: Any, frame: Frame) -> Any:
    """Call a function and follow its tail calls."""
    result = function.invoke(arguments, input, frame)
    return followed(result, input, frame) if type(result) is TailCall else result


def call_back(function: Function, arguments: list[Any], frame: Frame) -> Any:
    """Call a function from a built-in one, which pays for the stack frames between the two calls."""
    run = frame.run
    run.spend(1)
    run.room -= NATIVE_FRAMES
    result = apply(function, arguments, None, frame)
    run.room += NATIVE_FRAMES
    return result


def repeatedly(function: Function, count: int, frame: Frame) -> Callable[..., Any]:
    """Code for a built-in function that calls another one again and again, with the first ``count`` of what it has."""
    if type(function) is Native:
        return _of_native(function, count, frame)
    if type(function) is Lambda and function.transient and function.signature is None:
        run = frame.run
        enough = run.depth > 0 and run.room >= function.cost + NATIVE_FRAMES and "eval" not in run.functions
        if enough and len(function.parameters) == count <= 2:
            return _of_lambda(function, count, frame)
    return lambda *arguments: call_back(function, [*arguments[:count]], frame)


def _of_native(function: Native, count: int, frame: Frame) -> Callable[..., Any]:
    """``call_back`` of a built-in function."""
    implementation, checked, run = function.implementation, function.signature.checked, frame.run

    def call(*arguments: Any) -> Any:
        run.spend(1)
        run.room -= NATIVE_FRAMES
        result = implementation(frame, *checked([*arguments[:count]], None))
        run.room += NATIVE_FRAMES
        return result

    return call


def _of_lambda(function: Lambda, count: int, frame: Frame) -> Callable[..., Any]:
    """``call_back`` of a lambda that has a parameter for each argument: one frame serves all calls, one at a time."""
    names: dict[str, Any] = {}
    body, context, run = function.body, function.input, frame.run
    inner = Frame(names, function.frame, run)
    first, last = function.parameters[0], function.parameters[-1]
    depth, room = run.depth, run.room
    inner_depth, inner_room = depth - 1, room - function.cost - NATIVE_FRAMES

    def call(value: Any, key: Any, *rest: Any) -> Any:
        names[first] = value
        if count == 2:
            names[last] = key
        run.steps -= CALL_STEPS + 1
        if run.steps < 0:
            run.spend(0)
        run.depth, run.room = inner_depth, inner_room
        result = body(context, inner)
        run.depth, run.room = depth, room
        if type(result) is TailCall:
            run.room = room - NATIVE_FRAMES
            result = followed(result, None, frame)
            run.room = room
        return result

    return call


def followed(result: Any, input: Any, frame: Frame) -> Any:
    """The result behind a chain of tail calls."""
    frame.run.room -= TAIL_FRAMES
    while type(result) is TailCall:
        result = _follow(result, input, frame)
    frame.run.room += TAIL_FRAMES
    return result


def _follow(call: TailCall, input: Any, frame: Frame) -> Any:
    try:
        if isinstance(call.function, Native):
            return _follow_native(call.function, call.arguments, input, frame)
        if not isinstance(call.function, Function):
            raise JsonataError("T1006")
        return call.function.invoke(call.arguments, input, frame)
    except JsonataError as error:
        locate(error, call.position, call.name)
        raise


def _follow_native(function: Native, arguments: list[Any], input: Any, frame: Frame) -> Any:
    """A built-in function in a lambda's tail: it may call back, after the lambda has given back what it paid."""
    run = frame.run
    run.spend(1)
    run.depth -= 1
    run.room -= 1
    if run.depth < 0:
        raise run.too_deep()
    if run.room < 0:
        result = run.further(lambda input, frame: function.invoke(arguments, input, frame), input, frame, 1)
    else:
        result = function.invoke(arguments, input, frame)
    run.room += 1
    run.depth += 1
    return result


def locate(error: JsonataError, position: int, token: object) -> None:
    """Tell an error the place and the token of what it happened to, unless it knows better."""
    if error.position is None:
        error.position = position
    if error.token is None:
        error.token = token


class Native(Function):
    """A built-in function. Its implementation gets the frame and the checked arguments."""

    __slots__ = ("arity", "implementation", "name", "signature")

    def __init__(self, name: str, implementation: Callable[..., Any], signature: str, arity: int) -> None:
        self.name, self.implementation, self.arity = name, implementation, arity
        self.signature = Signature(signature)

    def invoke(self, arguments: list[Any], input: Any, frame: Frame) -> Any:
        return self.implementation(frame, *self.signature.checked(arguments, input))

    def __repr__(self) -> str:
        return f"<function ${self.name}>"


class ContextNative(Native):
    """A built-in function that also gets the context (``$eval``)."""

    __slots__ = ()

    def invoke(self, arguments: list[Any], input: Any, frame: Frame) -> Any:
        return self.implementation(frame, input, *self.signature.checked(arguments, input))


class Lambda(Function):
    """A function written in the expression, with the scope it was written in."""

    __slots__ = ("body", "cost", "frame", "input", "parameters", "signature", "transient")

    def __init__(
        self,
        parameters: Sequence[str],
        body: Code,
        cost: int,
        input: Any,
        frame: Frame,
        signature: Signature | None,
        transient: bool = False,
    ) -> None:
        self.parameters, self.body, self.cost = parameters, body, cost
        self.input, self.frame, self.signature = input, frame, signature
        self.transient = transient  # nothing holds on to the names of a call when it is over

    @property
    def arity(self) -> int:  # type: ignore[override]
        """The number of parameters."""
        return len(self.parameters)

    def invoke(self, arguments: list[Any], input: Any, frame: Frame) -> Any:
        if self.signature is not None:
            arguments = self.signature.checked(arguments, input)
        names = dict(zip(self.parameters, arguments, strict=False))
        if len(arguments) < len(self.parameters):
            for name in self.parameters[len(arguments) :]:
                names[name] = UNDEFINED
        run = frame.run
        run.steps -= CALL_STEPS
        run.depth -= 1
        cost = self.cost
        run.room -= cost
        inner = Frame(names, self.frame, run)
        if run.depth < 0 or run.steps < 0:
            run.spend(0)
            raise run.too_deep()
        if run.room < 0:
            result = run.further(self.body, self.input, inner, cost)
        else:
            result = self.body(self.input, inner)
        run.room += cost
        run.depth += 1
        return result

    def __repr__(self) -> str:
        return f"<function({', '.join('$' + name for name in self.parameters)})>"


class Composition(Function):
    """``first ~> second`` where both are functions.

    Errors have the names and positions of 2.0.6, which writes it ``function($f, $g) { function($x){ $g($f($x)) } }``.
    """

    __slots__ = ("first", "second")
    arity = 1

    def __init__(self, first: Function, second: Function) -> None:
        self.first, self.second = first, second

    def invoke(self, arguments: list[Any], input: Any, frame: Frame) -> Any:
        run = frame.run
        run.spend(CALL_STEPS)
        run.depth -= 1
        run.room -= NATIVE_FRAMES
        if run.depth < 0:
            raise run.too_deep()
        argument = arguments[0] if arguments else UNDEFINED
        if run.room < 0:
            result = run.further(lambda _, frame: self._first(argument, frame), None, frame, NATIVE_FRAMES)
        else:
            result = self._first(argument, frame)
        run.room += NATIVE_FRAMES
        run.depth += 1
        return TailCall(self.second, [result], 35, "g")

    def _first(self, argument: Any, frame: Frame) -> Any:
        try:
            return unfolded(apply(self.first, [argument], None, frame))
        except JsonataError as error:
            locate(error, 39, "f")
            raise


class PartialNative(Function):
    """A built-in function with some arguments given; its signature is not checked any more."""

    __slots__ = ("function", "given", "open")

    def __init__(self, function: Native, given: list[Any], open: list[int]) -> None:
        self.function, self.given, self.open = function, given, open

    @property
    def arity(self) -> int:  # type: ignore[override]
        """The number of arguments still open."""
        return len(self.open)

    def invoke(self, arguments: list[Any], input: Any, frame: Frame) -> Any:
        filled = list(self.given)
        for index, argument in zip(self.open, arguments, strict=False):
            filled[index] = argument
        try:
            return self.function.implementation(frame, *filled)
        except (TypeError, AttributeError, ValueError, LookupError, ArithmeticError) as error:
            raise JsonataError(None, message=f"{self.function.name}: {error}") from None


class Bound(Function):
    """A function of the host that is handed out as a value (the ``next`` of a match)."""

    __slots__ = ("arity", "implementation")
    counts = False

    def __init__(self, implementation: Callable[[list[Any], Frame], Any], arity: int) -> None:
        self.implementation, self.arity = implementation, arity

    def invoke(self, arguments: list[Any], input: Any, frame: Frame) -> Any:
        return self.implementation(arguments, frame)
