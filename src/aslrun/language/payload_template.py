"""Payload templates: JSON in which a key that ends in ``.$`` holds a path or an intrinsic function.

Rules that a change must keep:

1. A template without expressions is a constant: it is given out as it is, never copied.
2. The suffix ``.$`` is removed from the key; every other value is literal, strings in arrays too.
3. The object that comes out has the literal keys first, as they stand, and then the evaluated ones in the order of
   a Java HashMap: so recorded from AWS, and visible wherever an object becomes text.
4. A path that leads nowhere is worded with the field in which it stands (not where in the template).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..values import JSON, to_text
from .errors import ExpressionError, ExpressionSyntaxError, PathNotFound, Way
from .functions.java import hash_set
from .intrinsics import Intrinsic, compile_expression, is_like_a_call
from .jsonpath import Path
from .scope import Scope

Evaluate = Callable[[Scope], JSON]

MAX_DEPTH = 200  # nesting of a template; far above what fits a definition that people write


class Template:
    """A compiled payload template."""

    __slots__ = ("evaluate", "expressions", "is_constant")

    def __init__(self, evaluate: Evaluate, expressions: tuple[Path | Intrinsic, ...]) -> None:
        self.evaluate = evaluate
        self.expressions = expressions
        self.is_constant = not expressions


class InvalidTemplate(ExpressionSyntaxError):
    """A template is malformed; ``location`` is the way to the place inside it."""

    def __init__(self, message: str, location: Way, cause: ExpressionSyntaxError | None = None) -> None:
        """``cause`` is what is wrong with the text of the expression, if that is what is wrong."""
        if cause is None:
            super().__init__(message, kind="template", location=location)
        else:
            super().__init__(
                message, cause.position, kind=cause.kind, location=location, wrong=cause.wrong, names=cause.names
            )


def _raise(problem: InvalidTemplate) -> None:
    raise problem


def compile_template(template: JSON, report: Callable[[InvalidTemplate], None] = _raise) -> Template:
    """Compile a payload template to a function over a scope.

    Raises ``InvalidTemplate`` where a ``.$`` key holds no path and no intrinsic call, or stands beside the
    same key without suffix; or, given a ``report``, tells it of each such place instead.

    >>> from aslrun.language.scope import Scope
    >>> template = compile_template({"id.$": "$.order.id", "kind": "new"})
    >>> template.evaluate(Scope({"order": {"id": 7}}, dict, {}, lambda: None))
    {'kind': 'new', 'id': 7}
    """
    compiler = _Compiler(report)
    evaluate = compiler.value(template, ())
    if evaluate is None:
        return Template(lambda scope: template, ())
    return Template(_worded(evaluate, compiler.fields), tuple(compiler.expressions))


class _Compiler:
    """Walks a template once and collects its expressions and the field of each path."""

    def __init__(self, report: Callable[[InvalidTemplate], None]) -> None:
        self._report = report
        self.expressions: list[Path | Intrinsic] = []
        self.fields: dict[str, str] = {}

    def value(self, template: JSON, location: Way) -> Evaluate | None:
        """A function for the template, or ``None`` where it is constant."""
        if len(location) > MAX_DEPTH:
            self._report(InvalidTemplate(f"A template must not be nested deeper than {MAX_DEPTH} levels", location))
            return None
        if isinstance(template, dict):
            return self._object(template, location)
        if isinstance(template, list):
            return self._array(template, location)
        return None

    def _object(self, template: Mapping[str, JSON], location: Way) -> Evaluate | None:
        literal, evaluated = {}, {}
        for key, item in template.items():
            if key.endswith(".$"):
                evaluated[key.removesuffix(".$")] = self._expression(key, item, (*location, key))
            else:
                literal[key] = self.value(item, (*location, key))
        if evaluated and (clash := next((name for name in literal if name in evaluated), None)):
            self._report(
                InvalidTemplate(f"The key '{clash}' must not stand both with and without '.$'", (*location, clash))
            )
        if not evaluated and not any(literal.values()):
            return None
        members = [(name, evaluate or _constant(template[name])) for name, evaluate in literal.items()]
        names = map(str, hash_set(list(evaluated))) if len(evaluated) > 1 else evaluated
        return _object_of(members + [(name, evaluated[name]) for name in names])

    def _array(self, template: list[JSON], location: Way) -> Evaluate | None:
        items = [self.value(item, (*location, index)) for index, item in enumerate(template)]
        if not any(items):
            return None
        evaluates = [evaluate or _constant(item) for evaluate, item in zip(items, template, strict=True)]
        return lambda scope: [evaluate(scope) for evaluate in evaluates]

    def _expression(self, key: str, text: JSON, location: Way) -> Evaluate:
        try:
            if not isinstance(text, str):
                expected = "a path or the call of an intrinsic function"
                raise ExpressionSyntaxError(f"expected {expected}, not {to_text(text)[:60]}", kind="template")
            expression = compile_expression(text)
        except ExpressionSyntaxError as error:
            if not (isinstance(text, str) and is_like_a_call(text)):
                error.kind = "template"
            self._report(InvalidTemplate(error.message, location, error))
            return _constant(None)
        self.expressions.append(expression)
        self.fields.setdefault(text, key)
        return expression.evaluate


def _constant(value: JSON) -> Evaluate:
    return lambda scope: value


def _object_of(members: list[tuple[str, Evaluate]]) -> Evaluate:
    if len(members) == 1:
        ((name, only),) = members
        return lambda scope: {name: only(scope)}

    def fill(scope: Scope) -> JSON:
        filled = {}
        for name, evaluate in members:  # a comprehension would be a call more
            filled[name] = evaluate(scope)
        return filled

    return fill


def _worded(evaluate: Evaluate, fields: Mapping[str, str]) -> Evaluate:
    """Paths are pure, so the first place of a path in the template is the one that failed."""

    def worded(scope: Scope) -> JSON:
        try:
            return evaluate(scope)
        except PathNotFound as error:
            raise not_in_input(error.path, fields.get(error.path, error.path), scope) from error

    return worded


def not_in_input(path: str, field: str, scope: Scope) -> ExpressionError:
    """AWS's sentence for a path of a template or of ErrorPath and CausePath that leads nowhere."""
    return ExpressionError(
        f"The JSONPath '{path}' specified for the field '{field}' could not be found in the input "
        f"'{to_text(scope.input)}'"
    )
