"""The fields of a state in the query language JSONPath.

Order of the data flow: InputPath, Parameters, (work), ResultSelector, Assign, ResultPath, OutputPath. ResultPath
joins the *raw* input, not the effective one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar, cast

from ..values import JSON
from .conditions import compile_condition
from .dataflow import (
    NOTHING,
    Complete,
    Dataflow,
    Evaluate,
    Expression,
    FieldCompiler,
    FieldValue,
    Join,
    Location,
    Predicate,
    Report,
    Variables,
    constant,
)
from .errors import ExpressionSyntaxError
from .intrinsics import compile_text_expression
from .jsonpath import compile_path
from .payload_template import Template, compile_template
from .reference_path import ReferencePath, compile_reference_path
from .scope import Scope

WITHOUT_CONTEXT = frozenset((
    "MaxConcurrency", "ToleratedFailureCount", "ToleratedFailurePercentage",
    "MaxItems", "MaxItemsPerBatch", "MaxInputBytesPerBatch",
))  # fmt: skip
"""Numbers of a Map state: the service refuses ``$$`` in their paths (measured by the emulator floci, issue 3733)."""

_DATAFLOW = frozenset(("InputPath", "Parameters", "ResultSelector", "Assign", "ResultPath", "OutputPath"))

Compiled = TypeVar("Compiled", bound=Expression)


class JSONPathFields:
    """Compiles fields that hold paths, intrinsic functions and payload templates."""

    def __init__(self, fields: Mapping[str, JSON], location: Location, report: Report) -> None:
        self.fields = fields
        self.location = location
        self.expressions: list[Expression] = []
        self._report = report

    def inner(self, fields: Mapping[str, JSON], *way: str | int) -> JSONPathFields:
        inner = JSONPathFields(fields, (*self.location, *way), self._report)
        inner.expressions = self.expressions
        return inner

    def dataflow(self, *, arguments: bool = False, result: bool = False) -> Dataflow:
        if _DATAFLOW.isdisjoint(self.fields):
            return NOTHING
        input_ = self._path("InputPath")
        template = self._template("Parameters") if arguments else None
        enter = input_ if template is None else _filled(input_, template.evaluate)
        selector, assign = self._template("ResultSelector"), self._template("Assign")
        return _flow(input_, enter, selector, assign, self._result_path(), self._path("OutputPath"))

    def catch(self) -> Dataflow:
        return _flow(None, None, None, self._template("Assign"), self._result_path(), None)

    def choices(self, rules: Sequence[FieldCompiler]) -> tuple[Dataflow, list[Dataflow]]:
        """They differ in their Assign."""
        input_, output = self._path("InputPath"), self._path("OutputPath")
        assigns = [cast(JSONPathFields, each)._template("Assign") for each in (*rules, self)]
        *by_rule, default = (_flow(input_, input_, None, assign, None, output) for assign in assigns)
        return default, by_rule

    def condition(self) -> Predicate | None:
        paths: list[tuple[Location, ReferencePath]] = []
        condition = compile_condition(self.fields, paths, lambda problem: self._report(self.location, problem))
        self.expressions.extend(path for _, path in paths)
        return condition

    def number(self, field: str) -> FieldValue | None:
        compile_ = _compile_number_path if field in WITHOUT_CONTEXT else compile_reference_path
        return self._value(field, f"{field}Path", compile_)

    def text(self, field: str) -> FieldValue | None:
        return self._value(field, f"{field}Path", compile_text_expression)

    def timestamp(self) -> FieldValue | None:
        return self._value("Timestamp", "TimestampPath", compile_reference_path)

    def items(self) -> FieldValue | None:
        return self._value("Items", "ItemsPath", compile_reference_path)

    def template(self, *fields: str) -> Evaluate | None:
        for field in fields:
            if field in self.fields:
                template = self._template(field)
                return None if template is None else template.evaluate
        return None

    # ------------------------------------------------------------------ kinds of fields

    def _value(self, field: str, path_field: str, compile_: Callable[[str], Compiled]) -> FieldValue | None:
        if field in self.fields:
            return FieldValue(field, constant(self.fields[field]))
        compiled = self._compiled(path_field, compile_)
        if compiled is None:
            return None
        return FieldValue(path_field, compiled.evaluate, compiled.text)  # type: ignore[attr-defined]

    def _path(self, field: str) -> Evaluate | None:
        """InputPath and OutputPath: the whole by default, an empty object for null."""
        if field not in self.fields:
            return None
        if self.fields[field] is None:
            return lambda scope: {}
        path = self._compiled(field, compile_path)
        return None if path is None or path.text == "$" else path.evaluate

    def _result_path(self) -> Join | None:
        """How the result joins the raw input; ``None`` where it replaces it."""
        if "ResultPath" not in self.fields:
            return None
        if self.fields["ResultPath"] is None:
            return lambda raw, result: raw
        path = self._compiled("ResultPath", _compile_result_path)
        return None if path is None or path.text == "$" else path.assign

    def _template(self, field: str) -> Template | None:
        if field not in self.fields:
            return None
        place = (*self.location, field)
        template = compile_template(self.fields[field], lambda problem: self._report(place, problem))
        self.expressions.extend(template.expressions)
        return template

    def _compiled(self, field: str, compile_: Callable[[str], Compiled]) -> Compiled | None:
        text = self.fields.get(field)
        if not isinstance(text, str):
            return None
        try:
            compiled = compile_(text)
        except ExpressionSyntaxError as error:
            self._report((*self.location, field), error)
            return None
        self.expressions.append(compiled)
        return compiled


def _compile_number_path(text: str) -> ReferencePath:
    return compile_reference_path(text, "input", "variable")


def _compile_result_path(text: str) -> ReferencePath:
    try:
        return compile_reference_path(text, "input")
    except ExpressionSyntaxError as error:
        error.kind = "reference-path"
        raise


def _filled(input_: Evaluate | None, template: Evaluate) -> Evaluate:
    if input_ is None:
        return template

    def enter(scope: Scope) -> JSON:
        scope.input = input_(scope)
        return template(scope)

    return enter


def _flow(
    input: Evaluate | None,
    enter: Evaluate | None,
    selector: Template | None,
    assign: Template | None,
    join: Join | None,
    output: Evaluate | None,
) -> Dataflow:
    if selector is None and assign is None and output is None:
        return Dataflow(input, enter, join=join)
    return Dataflow(input, enter, _completion(selector, assign, join, output))


def _completion(
    selector: Template | None, assign: Template | None, join: Join | None, output: Evaluate | None
) -> Complete:
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
