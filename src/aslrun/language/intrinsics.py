"""Intrinsic functions: ``States.Format('{} of {}', $.done, $.total)`` as a function over a scope.

Rules that a change must keep:

1. Whatever is certain when a definition is loaded is done then: parsing, ``States.Format`` templates, calls whose
   arguments are all literals. A literal call that must fail is no syntax error: AWS takes it, and so do we.
2. Literals stand in single quotes; ``\\'``, ``\\{``, ``\\}`` and ``\\\\`` are the only escapes, a line break may stand
   as it is. No blank before the name, any number of them between arguments and at the end.
3. A failure names the whole expression as it was written, not the inner call that failed (as AWS does).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from ..values import JSON, to_text
from .errors import ExpressionSyntaxError, IntrinsicFailure, PathNotFound
from .functions import FUNCTIONS, Function, InvalidArguments
from .jsonpath import Path, compile_path
from .scope import Scope

Evaluate: TypeAlias = Callable[[Scope], JSON]

PREFIX = "States."
MAX_NESTING = 10  # calls inside each other, the outermost included

_NAME = re.compile(r"States\.[A-Za-z0-9_.]+").match
_STRING = re.compile(r"'((?:[^'\\]|\\[\\'{}])*)('?)").match
_ESCAPE = re.compile(r"\\([\\'{}])")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?").match
_WORD = re.compile(r"(?:true|false|null)(?![A-Za-z0-9_])").match
_WORDS: dict[str, JSON] = {"true": True, "false": False, "null": None}
_BLANKS = re.compile(r"\s*").match
_PLAIN_PATH = re.compile(r"\$[\w.$-]*(?=[),'\s])").match  # what most paths are: nothing but names


# --------------------------------------------------------------------------- the tree


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant argument; ``text`` is what stood in the call, without quotes, escapes not yet resolved."""

    value: JSON
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """The call of one function."""

    name: str
    arguments: tuple[Argument, ...]

    def calls(self) -> Iterator[Call]:
        """This call and all calls among its arguments, from the outside in."""
        yield self
        for argument in self.arguments:
            if isinstance(argument, Call):
                yield from argument.calls()

    def paths(self) -> Iterator[Path]:
        """All paths of this call and of the calls among its arguments, in the order of the text."""
        for argument in self.arguments:
            if isinstance(argument, Path):
                yield argument
            elif isinstance(argument, Call):
                yield from argument.paths()


Argument: TypeAlias = Path | Literal | Call


class Intrinsic:
    """A compiled intrinsic function.

    ``evaluate`` raises ``IntrinsicFailure``; ``call`` is the parse tree, for static checks. ``certain_failure`` is
    AWS's sentence where a call of literals fails whatever the input is, otherwise ``None``.
    """

    __slots__ = ("call", "certain_failure", "evaluate", "text")

    def __init__(self, text: str, call: Call) -> None:
        compiled = _compile_call(call)
        self.text = text
        self.call = call
        self.evaluate = _worded(text, compiled.evaluate)
        self.certain_failure = compiled.refusal

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """The arguments of the outermost call."""
        return self.call.arguments

    @property
    def functions(self) -> tuple[str, ...]:
        """The names of all functions called, from the outside in."""
        return tuple(call.name for call in self.call.calls())

    @property
    def paths(self) -> tuple[Path, ...]:
        """All paths among the arguments, nested ones too."""
        return tuple(self.call.paths())

    def references(self) -> Iterator[str]:
        """The workflow variables that its paths start from."""
        for path in self.paths:
            yield from path.references()

    def __repr__(self) -> str:
        return f"Intrinsic({self.text!r})"


def is_intrinsic(text: str) -> bool:
    """Whether a text begins as the call of an intrinsic function does.

    >>> is_intrinsic("States.UUID()"), is_intrinsic("$.id")
    (True, False)
    """
    return text.startswith(PREFIX)


_LIKE_A_CALL = re.compile(r"\s*states\.", re.IGNORECASE).match


def is_like_a_call(text: str) -> bool:
    """Whether a text was perhaps meant to begin as the call of an intrinsic function does.

    >>> is_like_a_call(" states.Format('a')")
    True
    """
    return _LIKE_A_CALL(text) is not None


def compile_expression(text: str) -> Path | Intrinsic:
    """Compile what a payload template takes: a path if it starts with ``$``, otherwise an intrinsic function.

    Raises ``ExpressionSyntaxError``.
    """
    return compile_path(text) if text.startswith("$") else compile_intrinsic(text)


TEXT_FUNCTIONS = frozenset((
    "States.Format", "States.JsonToString", "States.ArrayGetItem", "States.Base64Encode", "States.Base64Decode",
    "States.Hash", "States.UUID",
))  # fmt: skip
"""The functions that may give a text: only these stand in ErrorPath and CausePath (developer guide, Fail state)."""


def compile_text_expression(text: str) -> Path | Intrinsic:
    """Compile what ErrorPath and CausePath take: a reference path, or the call of a function that gives a text.

    Raises ``ExpressionSyntaxError``.
    """
    try:
        expression = compile_expression(text)
    except ExpressionSyntaxError as error:
        if not is_like_a_call(text):
            error.kind = "template"
        raise
    if isinstance(expression, Intrinsic) and expression.call.name not in TEXT_FUNCTIONS:
        names = ", ".join(sorted(TEXT_FUNCTIONS))
        raise ExpressionSyntaxError(f"{expression.call.name} gives no text, as one of {names} does", 0, kind="template")
    return expression


def compile_intrinsic(text: str) -> Intrinsic:
    """Compile the call of an intrinsic function to a function over a scope.

    Raises ``ExpressionSyntaxError`` for an unknown function, a wrong number of arguments, an escape that does not
    exist, a string without end, a malformed path, and more than ten calls inside each other.

    >>> from random import Random
    >>> from aslrun.language.scope import Scope
    >>> scope = Scope({"done": 3, "total": 7}, dict, {}, Random)
    >>> compile_intrinsic("States.Format('{} of {}', $.done, States.MathAdd($.total, 1))").evaluate(scope)
    '3 of 8'
    """
    return Intrinsic(text, _Parser(text).whole())


# --------------------------------------------------------------------------- text to tree


class _Parser:
    """Reads a call from a text, by recursive descent."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def whole(self) -> Call:
        call = self._call(1)
        self._blanks()
        if self.position < len(self.text):
            raise self._error(f"nothing may follow the call, found {self._found()}")
        return call

    def _call(self, depth: int) -> Call:
        start, found = self.position, _NAME(self.text, self.position)
        if found is None or (function := FUNCTIONS.get(found[0])) is None:
            raise self._no_function(found[0]) if found else self._error(_EXPECTED_CALL)
        if depth > MAX_NESTING:
            raise self._error(f"calls may be nested to {MAX_NESTING} levels")
        self.position = found.end()
        self._take("(", f"expected '(' after {found[0]}")
        arguments = tuple(self._arguments(depth))
        if problem := _arity_problem(found[0], function, len(arguments)):
            raise self._error(problem, start)
        return Call(found[0], arguments)

    def _arguments(self, depth: int) -> Iterator[Argument]:
        self._blanks()
        if self._at(")"):
            self.position += 1
            return
        while True:
            self._blanks()
            yield self._argument(depth)
            self._blanks()
            if not self._at(","):
                break
            self.position += 1
        self._take(")", "expected ',' or ')'")

    def _argument(self, depth: int) -> Argument:
        if self._at("'"):
            return self._string()
        if self._at("$"):
            return self._path()
        if self.text.startswith(PREFIX, self.position):
            return self._call(depth + 1)
        if found := _WORD(self.text, self.position):
            self.position = found.end()
            return Literal(_WORDS[found[0]], found[0])
        return self._number()

    def _string(self) -> Literal:
        found = _STRING(self.text, self.position)
        assert found is not None, "called at a quote"
        if not found[2]:
            if found.end() < len(self.text):
                raise self._error("only \\', \\{, \\} and \\\\ are escapes", found.end())
            raise self._error("the string has no end")
        self.position = found.end()
        return Literal(_ESCAPE.sub(r"\1", found[1]), found[1])

    def _number(self) -> Literal:
        found = _NUMBER(self.text, self.position)
        if found is None:
            raise self._error(f"{_EXPECTED_ARGUMENT}, found {self._found()}")
        value = float(found[0]) if found[1] or found[2] else int(found[0])
        if isinstance(value, float) and math.isinf(value):
            raise self._error("the number is too large")
        self.position = found.end()
        return Literal(value, found[0])

    def _path(self) -> Path:
        start = self.position
        self.position = _end_of_path(self.text, start)
        try:
            return compile_path(self.text[start : self.position])
        except ExpressionSyntaxError as error:
            raise self._error(error.message, start + (error.position or 0)) from None

    def _blanks(self) -> None:
        found = _BLANKS(self.text, self.position)
        self.position = found.end() if found else self.position

    def _at(self, character: str) -> bool:
        return self.text.startswith(character, self.position)

    def _take(self, character: str, otherwise: str) -> None:
        if not self._at(character):
            raise self._error(f"{otherwise}, found {self._found()}")
        self.position += 1

    def _found(self) -> str:
        return repr(self.text[self.position]) if self.position < len(self.text) else "the end"

    def _error(self, message: str, position: int | None = None) -> ExpressionSyntaxError:
        return ExpressionSyntaxError(message, self.position if position is None else position, kind="intrinsic")

    def _no_function(self, name: str) -> ExpressionSyntaxError:
        message = f"there is no intrinsic function {name}"
        return ExpressionSyntaxError(message, self.position, kind="intrinsic", wrong=name, names=tuple(FUNCTIONS))


_EXPECTED_ARGUMENT = "expected a path, a string in single quotes, a number, true, false, null or a call"
_EXPECTED_CALL = "expected a path that starts with '$' or the call of a function such as States.Format"


def _arity_problem(name: str, function: Function, count: int) -> str | None:
    """What is wrong with a number of arguments. AWS finds it when the call is reached, too late to be of use."""
    least, most = function.minimum, function.maximum
    if least <= count and (most is None or count <= most):
        return None
    expected = f"at least {least}" if most is None else f"{least}" if most == least else f"{least} or {most}"
    return f"{name} takes {expected} argument{'' if expected.endswith(' 1') or expected == '1' else 's'}, found {count}"


def _end_of_path(text: str, start: int) -> int:
    """Where a path among arguments ends: at a comma, blank or bracket that no bracket or quote of its own holds."""
    if plain := _PLAIN_PATH(text, start):
        return plain.end()
    square = round_ = 0
    quote = ""
    for position in range(start, len(text)):
        character = text[position]
        if quote:
            quote = "" if character == quote else quote
        elif square and character in "'\"":
            quote = character
        elif character == "[":
            square += 1
        elif character == "]":
            square -= 1
        elif character == "(":
            round_ += 1
        elif character == ")" and round_:
            round_ -= 1
        elif square <= 0 and round_ == 0 and (character in "),'" or character.isspace()):
            return position
    return len(text)


# --------------------------------------------------------------------------- tree to function


@dataclass(frozen=True, slots=True)
class _Compiled:
    """An argument or a call: either constant, or to be evaluated; ``refusal`` is the failure of a literal call."""

    evaluate: Evaluate
    is_constant: bool = False
    value: JSON = None
    refusal: str | None = None


def _compile(argument: Argument) -> _Compiled:
    if isinstance(argument, Path):
        return _Compiled(argument.evaluate)
    return _compile_call(argument) if isinstance(argument, Call) else _constant(argument.value)


def _constant(value: JSON) -> _Compiled:
    return _Compiled(lambda scope: value, True, value)


def _compile_call(call: Call) -> _Compiled:
    function = FUNCTIONS[call.name]
    arguments = [_compile(argument) for argument in call.arguments]
    refusal = next((argument.refusal for argument in arguments if argument.refusal), None)
    try:
        if function.template and isinstance(first := call.arguments[0], Literal) and isinstance(first.value, str):
            arguments[0] = _constant(function.template(first.text))  # type: ignore[arg-type]
        if not function.draws and all(argument.is_constant for argument in arguments):
            return _constant(function.call(*[argument.value for argument in arguments]))
    except InvalidArguments as error:
        refusal = error.reason
        return _Compiled(_refusing(refusal), refusal=refusal)
    return _Compiled(_application(function, arguments), refusal=refusal)


def _refusing(reason: str) -> Evaluate:
    def evaluate(scope: Scope) -> JSON:
        raise InvalidArguments(reason)

    return evaluate


def _application(function: Function, arguments: list[_Compiled]) -> Evaluate:
    """The call of a function with its arguments, in the shape that costs least for their number."""
    call = function.call
    evaluates = [argument.evaluate for argument in arguments]
    if function.draws:
        return lambda scope: call(scope.random(), *[evaluate(scope) for evaluate in evaluates])
    if len(arguments) == 1:
        (only,) = evaluates
        return lambda scope: call(only(scope))
    if len(arguments) == 2:
        return _application_of_two(call, *arguments)
    return lambda scope: call(*[evaluate(scope) for evaluate in evaluates])


def _application_of_two(call: Callable[..., JSON], first: _Compiled, second: _Compiled) -> Evaluate:
    left, right = first.evaluate, second.evaluate
    if first.is_constant:
        constant = first.value
        return lambda scope: call(constant, right(scope))
    if second.is_constant:
        constant = second.value
        return lambda scope: call(left(scope), constant)
    return lambda scope: call(left(scope), right(scope))


def _worded(text: str, evaluate: Evaluate) -> Evaluate:
    """Failures in AWS's words."""

    def worded(scope: Scope) -> JSON:
        try:
            return evaluate(scope)
        except InvalidArguments as refusal:
            raise IntrinsicFailure(
                f"There was an error while evaluating the intrinsic function: {text}. {refusal.reason}"
            ) from None
        except PathNotFound as missing:
            raise IntrinsicFailure(
                f"The function '{text}' had the following error: {_missing_argument(missing, scope)}"
            ) from None

    return worded


def _missing_argument(missing: PathNotFound, scope: Scope) -> str:
    """A path of the context object loses its first ``$``, and the input that is quoted is the state's all the same."""
    if missing.reason.startswith("Filter: "):  # AWS lets its JSONPath library speak here
        return missing.reason
    path = missing.path[1:] if missing.path.startswith("$$") else missing.path
    return f"The JsonPath argument for the field '{path}' could not be found in the input '{to_text(scope.input)}'"
