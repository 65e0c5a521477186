"""The data flow of a state: how its input becomes the work's arguments, and how the result becomes its output.

This is the one place in which the two query languages differ. A state has a ``Dataflow`` whatever its language,
and the engine never asks which one it is:

    raw input -> enter -> (work) -> complete -> output, assigned variables

Rules that a change must keep:

1. ``None`` for a step means "nothing to do": the engine passes the very same value on, without a call.
2. Both steps see the variables as they were when the state was entered.
3. ResultPath joins the *raw* input, not the effective one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar, cast

from ..values import JSON
from .conditions import InvalidCondition, compile_condition, condition_paths
from .errors import ExpressionSyntaxError
from .intrinsics import Intrinsic
from .jsonpath import Path, compile_path
from .payload_template import Evaluate, InvalidTemplate, Template, compile_template
from .reference_path import ReferencePath, compile_reference_path
from .scope import Scope

Variables = Mapping[str, JSON]
Complete = Callable[[Scope, JSON, JSON], tuple[JSON, Variables | None]]
"""``complete(scope, raw input, result) -> (output, assigned variables or None)``"""

Join = Callable[[JSON, JSON], JSON]
"""How a result joins the raw input: ``join(raw input, result)``."""

Location = tuple[str | int, ...]
Compiled = TypeVar("Compiled", Path, Intrinsic, ReferencePath, Path | Intrinsic)
Report = Callable[[Location, ExpressionSyntaxError], None]
"""Takes the syntax errors of a state's expressions, each with its place inside the state."""


class Dataflow:
    """The compiled data flow of one state, catcher or choice rule.

    ``input`` is InputPath alone (what ``$`` means inside a Map's ItemsPath and ItemSelector), ``enter`` is InputPath
    and Parameters together.
    """

    __slots__ = ("complete", "enter", "input")

    def __init__(
        self,
        input: Evaluate | None = None,
        enter: Evaluate | None = None,
        complete: Complete | None = None,
    ) -> None:
        self.input = input
        self.enter = enter
        self.complete = complete


NOTHING = Dataflow()


class FieldCompiler:
    """Compiles the fields of one state; a mistake is reported with its place, and the rest goes on."""

    def __init__(self, fields: Mapping[str, JSON], location: Location, report: Report) -> None:
        self.fields = fields
        self.location = location
        self.expressions: list[tuple[str, Path | Intrinsic | ReferencePath]] = []
        self._report = report

    def path(self, field: str) -> Path | None:
        """The compiled path of a field, or ``None`` if it is absent or malformed."""
        text = self.fields.get(field)
        return self._compiled(field, compile_path, text) if isinstance(text, str) else None

    def reference(self, field: str) -> ReferencePath | None:
        """The compiled reference path of a field, or ``None`` if it is absent or malformed."""
        text = self.fields.get(field)
        return self._compiled(field, compile_reference_path, text) if isinstance(text, str) else None

    def expression(self, field: str, compile_: Callable[[str], Path | Intrinsic]) -> Path | Intrinsic | None:
        """A field that takes a path or, where ``compile_`` allows it, an intrinsic function."""
        text = self.fields.get(field)
        return self._compiled(field, compile_, text) if isinstance(text, str) else None

    def template(self, field: str) -> Template | None:
        """The compiled payload template of a field, or ``None`` if it is absent or malformed."""
        if field not in self.fields:
            return None
        try:
            template = compile_template(self.fields[field])
        except InvalidTemplate as error:
            self._report((*self.location, field, *error.location), error)
            return None
        self.expressions.extend((field, expression) for expression in template.expressions)
        return template

    def inner(self, fields: Mapping[str, JSON], *way: str | int) -> FieldCompiler:
        """A compiler for an object inside the state; what it finds counts for the state."""
        inner = FieldCompiler(fields, (*self.location, *way), self._report)
        inner.expressions = self.expressions
        return inner

    def condition(self, rule: Mapping[str, JSON]) -> Callable[[Scope], bool] | None:
        """A compiled choice rule, or ``None`` if it is malformed."""
        try:
            condition = compile_condition(rule)
        except InvalidCondition as error:
            self._report((*self.location, *error.location), error)
            return None
        self.expressions.extend((str(place[-1]), path) for place, path in condition_paths(rule))
        return condition

    def _compiled(self, field: str, compile_: Callable[[str], Compiled], text: str) -> Compiled | None:
        try:
            compiled = compile_(text)
        except ExpressionSyntaxError as error:
            self._report((*self.location, field), error)
            return None
        self.expressions.append((field, compiled))
        return compiled


def jsonpath_dataflow(fields: FieldCompiler, parameters: str | None = "Parameters") -> Dataflow:
    """InputPath, Parameters, ResultSelector, Assign, ResultPath and OutputPath, in this order.

    ``parameters`` is ``None`` where the template of that name means something else (Map's legacy ItemSelector).
    """
    input_ = _path_field(fields, "InputPath")
    template = fields.template(parameters) if parameters else None
    enter = input_ if template is None else _filled(input_, template.evaluate)
    selector, assign = fields.template("ResultSelector"), fields.template("Assign")
    join, output = _result_path(fields), _path_field(fields, "OutputPath")
    return Dataflow(input_, enter, _completion(selector, assign, join, output))


def choice_dataflow(fields: FieldCompiler, rules: Sequence[FieldCompiler]) -> tuple[Dataflow, list[Dataflow]]:
    """The data flow of a Choice state that goes to its Default, and by each rule: they differ in their Assign."""
    input_, output = _path_field(fields, "InputPath"), _path_field(fields, "OutputPath")
    assigns = [each.template("Assign") for each in (*rules, fields)]
    *by_rule, default = (Dataflow(input_, input_, _completion(None, assign, None, output)) for assign in assigns)
    return default, by_rule


def _path_field(fields: FieldCompiler, field: str) -> Evaluate | None:
    """InputPath and OutputPath: the whole by default, an empty object for null."""
    if field in fields.fields and fields.fields[field] is None:
        return lambda scope: {}
    path = fields.path(field)
    return None if path is None or path.text == "$" else path.evaluate


def _filled(input_: Evaluate | None, template: Evaluate) -> Evaluate:
    if input_ is None:
        return template

    def enter(scope: Scope) -> JSON:
        scope.input = input_(scope)
        return template(scope)

    return enter


def _completion(
    selector: Template | None, assign: Template | None, join: Join | None, output: Evaluate | None
) -> Complete | None:
    if selector is None and assign is None and output is None:
        return None if join is None else _joining(join)
    select_of = None if selector is None else selector.evaluate
    assign_of = None if assign is None else cast("Callable[[Scope], Variables]", assign.evaluate)

    def complete(scope: Scope, raw: JSON, result: JSON) -> tuple[JSON, Variables | None]:
        if select_of is not None:
            scope.input = result
            result = select_of(scope)
        assigned = None
        if assign_of is not None:
            scope.input = result
            assigned = assign_of(scope)
        if join is not None:
            result = join(raw, result)
        if output is not None:
            scope.input = result
            result = output(scope)
        return result, assigned

    return complete


def _result_path(fields: FieldCompiler) -> Join | None:
    """How the result joins the raw input; ``None`` where it replaces it."""
    if "ResultPath" in fields.fields and fields.fields["ResultPath"] is None:
        return lambda raw, result: raw
    path = fields.reference("ResultPath")
    return None if path is None or path.text == "$" else path.assign


def _joining(join: Join) -> Complete:
    return lambda scope, raw, result: (join(raw, result), None)
