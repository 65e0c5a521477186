"""Calls, lambdas, partial application, ``~>`` and regular expressions as code.

Rules that a change must keep:

1. The procedure is evaluated before the arguments of a call, and after those of a partial one.
2. The tail of a lambda gives its call back; whatever stood around the call there (``[]``) is lost with it.
3. On the right of ``~>`` a call gets the left side as its first argument, and its own filters do not count.
"""

from __future__ import annotations

from typing import Any

from ..calls import CALL_FRAMES, Code, Composition, Lambda, Native, PartialNative, TailCall, apply, followed, locate
from ..errors import JsonataError
from ..frames import Frame
from ..functions import numbers
from ..matchers import Matcher
from ..nodes import Array, Binary, Call, Chain, Name, Node, Partial, Path, Placeholder, Regex, Variable
from ..nodes import Lambda as LambdaNode
from ..regex import compile_regex
from ..values import UNDEFINED, Function, Sequence, unfolded
from .core import Compiler, bare, builds, unfolds
from .operators import range_size

NAMES = {"function": "(", "partial": "(", "apply": "~>", "array": "[", "object": "{"}
"""The tokens of procedures that are no names."""


def _name_of(procedure: Node) -> Any:
    """The name that messages give the procedure: the value of its token."""
    if isinstance(procedure, Path):
        procedure = procedure.steps[0]
    return getattr(procedure, "value", None) or NAMES.get(procedure.kind)


@builds("function")
def call(compiler: Compiler, node: Call) -> Code:
    """A call."""
    code = _direct_call(compiler, node)
    if len(node.arguments) == 1 and (counted := _range_count(compiler, node.arguments[0], node)):
        return _counting(counted, code)
    return code


def _direct_call(compiler: Compiler, node: Call, first: Code | None = None) -> Code:
    """The code of a call; what ``first`` gives is its first argument and evaluated before all else."""
    procedure = compiler.code(node.procedure)
    arguments = [compiler.code(argument) for argument in node.arguments]
    position, name, misspelt = node.position, _name_of(node.procedure), _misspelt(compiler, node.procedure)
    unfold = first is None and bare(node)

    def invoke(input: Any, frame: Frame) -> Any:
        given = [] if first is None else [first(input, frame)]
        function = procedure(input, frame)
        if misspelt is not None and function is UNDEFINED:
            _check_dollar(misspelt, "T1005", position, frame)
        for argument in arguments:
            given.append(argument(input, frame))  # noqa: PERF401 - a comprehension is a stack frame more
        try:
            if not isinstance(function, Function):
                raise JsonataError("T1006")
            result = function.invoke(given, input, frame)
            if type(result) is TailCall:
                result = followed(result, input, frame)
        except JsonataError as error:
            locate(error, position, name)
            raise
        return unfolded(result) if unfold and type(result) is Sequence else result

    return unfolds(invoke) if unfold else invoke


def _range_count(compiler: Compiler, items: Node, node: Call) -> Any:
    """Code for how many numbers ``[a..b]`` has, if that is all that ``$count`` is asked."""
    if not (isinstance(node.procedure, Variable) and node.procedure.value == "count" and isinstance(items, Array)):
        return None
    if len(items.items) != 1 or items.predicates or items.group:
        return None
    range_ = items.items[0]
    if not isinstance(range_, Binary) or range_.operator != ".." or range_.predicates or range_.group:
        return None
    return range_size(compiler.code(range_.left), compiler.code(range_.right), range_.position)


def _counting(counted: Any, otherwise: Code) -> Code:
    def count(input: Any, frame: Frame) -> Any:
        if getattr(frame.find("count"), "implementation", None) is not numbers.count:
            return otherwise(input, frame)
        return counted(input, frame)[1]

    return count


def _misspelt(compiler: Compiler, procedure: Node) -> str | None:
    """The field name in the procedure's place, which may lack its ``$``."""
    if isinstance(procedure, Path) and isinstance(procedure.steps[0], (Name, Variable)):
        compiler.keeps |= procedure.steps[0].value == "$"
        return procedure.steps[0].value
    return None


def _check_dollar(name: str, code: str, position: int, frame: Frame) -> None:
    found = frame.find(name)
    if found is not UNDEFINED and (isinstance(found, (Function, list, dict)) or found):
        raise JsonataError(code, position=position, token=name)


@builds("tail call")
def tail_call(compiler: Compiler, node: Call) -> Code:
    """A call in the tail of a lambda: given back for the caller to make."""
    procedure = compiler.code(node.procedure)
    arguments = [compiler.code(argument) for argument in node.arguments]
    position, name = node.position, _name_of(node.procedure)

    def prepare(input: Any, frame: Frame) -> Any:
        function = procedure(input, frame)
        return TailCall(function, [argument(input, frame) for argument in arguments], position, name)

    return prepare


@builds("lambda")
def lambda_(compiler: Compiler, node: LambdaNode) -> Code:
    """A function definition."""
    compiler.keeps = False
    body = compiler.code(node.body, tail=True)
    transient = not compiler.keeps
    cost = compiler.calls + CALL_FRAMES
    compiler.reach = compiler.calls = 0
    compiler.recursive = compiler.keeps = True
    parameters, signature = tuple(node.parameters), node.signature
    return lambda input, frame: Lambda(parameters, body, cost, input, frame, signature, transient)


@builds("partial")
def partial(compiler: Compiler, node: Partial) -> Code:
    """A partial call."""
    compiler.keeps = True
    arguments = [None if isinstance(argument, Placeholder) else compiler.code(argument) for argument in node.arguments]
    procedure = compiler.code(node.procedure)
    position, name, misspelt = node.position, _name_of(node.procedure), _misspelt(compiler, node.procedure)

    def apply_partially(input: Any, frame: Frame) -> Any:
        given = [UNDEFINED if argument is None else argument(input, frame) for argument in arguments]
        function = procedure(input, frame)
        if misspelt is not None and function is UNDEFINED:
            _check_dollar(misspelt, "T1007", position, frame)
        open_ = [index for index, argument in enumerate(arguments) if argument is None]
        if isinstance(function, Lambda):
            return _partial_lambda(function, given, open_)
        if isinstance(function, Native):
            if function.name == "string":
                raise JsonataError("S0208", position=26, token="=", value=2)  # its default value is no parameter's name
            kept = given[: function.arity or 1]
            return PartialNative(function, kept, [index for index in open_ if index < len(kept)])
        if not isinstance(function, Function):
            raise JsonataError("T1008", position=position, token=name)
        return PartialNative(_unchecked(function), given, open_)

    return apply_partially


def _unchecked(function: Function) -> Native:
    """Any other function in the shape of a built-in one."""
    return Native("partial", lambda frame, *given: apply(function, list(given), None, frame), "<x>", function.arity)


def _partial_lambda(function: Lambda, given: list[Any], open_: list[int]) -> Lambda:
    names: dict[str, Any] = {}
    unbound = []
    for index, parameter in enumerate(function.parameters):
        if index in open_:
            unbound.append(parameter)
        else:
            names[parameter] = given[index] if index < len(given) else UNDEFINED
    frame = Frame(names, function.frame, function.frame.run)
    return Lambda(unbound, function.body, function.cost, function.input, frame, None)


@builds("apply")
def chain(compiler: Compiler, node: Chain) -> Code:
    """``left ~> right``."""
    left = compiler.code(node.left)
    if type(node.right) is Call:
        code = _direct_call(compiler, node.right, left)
        if not node.right.arguments and (counted := _range_count(compiler, node.left, node.right)):
            return _counting(counted, code)
        return code
    right, position = compiler.code(node.right), node.position

    def pipe(input: Any, frame: Frame) -> Any:
        value = left(input, frame)
        function = right(input, frame)
        if not isinstance(function, Function):
            raise JsonataError("T2006", position=position, value=function)
        if isinstance(value, Function):
            return Composition(value, function)
        return apply(function, [value], None, frame)

    return pipe


@builds("regex")
def regex(compiler: Compiler, node: Regex) -> Code:
    """``/.../``: a function that finds matches."""
    matcher = Matcher(compile_regex(node.pattern, node.flags), node.position)
    return lambda input, frame: matcher
