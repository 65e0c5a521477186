"""Loading: a document is read, its structure checked, its expressions compiled, its names resolved.

What comes out can run; what cannot run is ``InvalidDefinition`` with every problem and its place. The structure is
checked first (``structure/``), so that the builders may rely on it; then each builder is one state type's fields.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from ..errors import Diagnostic, InvalidDefinition
from ..language.dataflow import Dataflow, FieldCompiler, Location, choice_dataflow, jsonpath_dataflow
from ..language.errors import ExpressionSyntaxError
from ..language.intrinsics import Intrinsic, compile_expression
from ..language.jsonpath import Path, compile_path
from ..values import JSON
from . import model
from .documents import Document, read_document
from .structure import check_structure
from .structure.outline import TYPES

Fields: TypeAlias = Mapping[str, Any]
Compile: TypeAlias = Callable[[str], Path | Intrinsic]

SYNTAX = "SCHEMA_VALIDATION_FAILED"
UNSUPPORTED = "UNSUPPORTED"


def load(
    source: str | os.PathLike[str] | Mapping[str, JSON], *, name: str | None = None, type: str = "STANDARD"
) -> model.Machine:
    """Load a state machine from a file (JSON, or YAML with the extra ``yaml``), a JSON text or a mapping.

    ``name`` is the machine's name in ARNs and in the context object; by default it comes from the file.
    ``type`` is ``STANDARD`` or ``EXPRESS``. Raises ``InvalidDefinition`` with every problem found, each with its
    place and what was expected; ``ValueError`` or ``TypeError`` for another type or a name that is no text.

    >>> machine = load('{"StartAt": "Hi", "States": {"Hi": {"Type": "Pass", "End": true}}}', name="hello")
    >>> machine.name, list(machine.states)
    ('hello', ['Hi'])
    """
    if type not in TYPES:
        raise ValueError(f"type must be one of {', '.join(TYPES)}, not {type!r}")
    if name is not None and not isinstance(name, str):
        raise TypeError(f"name must be text, not {name!r}")
    document = read_document(source, name=name)
    problems = check_structure(document, type)
    if not problems:
        builder = _Builder(document)
        machine = builder.machine(type)
        problems = builder.problems
    if problems:
        raise InvalidDefinition(problems, document.source)
    return machine


class _Builder:
    """Builds the model of one document and collects what is wrong with its expressions."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Diagnostic] = []

    def machine(self, type: str) -> model.Machine:
        value: Fields = self.document.value
        self.language(value, ())
        return model.Machine(
            self.document.name,
            self.program(value, ()),
            value,
            self.document.text or "",
            type,
            value.get("TimeoutSeconds"),
        )

    def program(self, value: Fields, location: Location) -> model.Program:
        states = {
            name: self.state(name, fields, (*location, "States", name)) for name, fields in value["States"].items()
        }
        for state in states.values():
            state.link(states)
        return model.Program(states[value["StartAt"]], states)

    def state(self, name: str, fields: Fields, location: Location) -> model.State:
        self.language(fields, location)
        compiler = FieldCompiler(fields, location, self.report)
        state = _BUILDERS[fields["Type"]](self, name, fields, compiler)
        state.target = fields.get("Default" if fields["Type"] == "Choice" else "Next")
        state.document = fields
        state.retriers = tuple(map(_retrier, fields.get("Retry", ())))
        state.catchers = tuple(self.catchers(fields, compiler))
        state.expressions = tuple(expression for _, expression in compiler.expressions)
        return state

    def catchers(self, fields: Fields, compiler: FieldCompiler) -> Iterator[model.Catcher]:
        for index, catcher in enumerate(fields.get("Catch", ())):
            inner = compiler.inner(catcher, "Catch", index)
            yield model.Catcher(tuple(catcher["ErrorEquals"]), catcher["Next"], jsonpath_dataflow(inner, None))

    def report(self, location: Location, error: ExpressionSyntaxError) -> None:
        place = "" if error.position is None else f" (at character {error.position + 1})"
        self.problems.append(self.document.diagnostic(location, error.message + place, SYNTAX))

    def unsupported(self, location: Location, what: str) -> None:
        message = f"{what} is not supported by this version of aslrun"
        self.problems.append(self.document.diagnostic(location, message, UNSUPPORTED))

    def language(self, fields: Fields, location: Location) -> None:
        if fields.get("QueryLanguage", "JSONPath") != "JSONPath":
            self.unsupported((*location, "QueryLanguage"), "JSONata")


# --------------------------------------------------------------------------- one builder, one state type


def _pass(builder: _Builder, name: str, fields: Fields, compiler: FieldCompiler) -> model.State:
    result = _constant(fields["Result"]) if "Result" in fields else None
    return model.PassState(name, dataflow=jsonpath_dataflow(compiler), result=result)


def _task(builder: _Builder, name: str, fields: Fields, compiler: FieldCompiler) -> model.State:
    credentials = compiler.template("Credentials")
    return model.TaskState(
        name,
        dataflow=jsonpath_dataflow(compiler),
        resource=resource_of(fields["Resource"]),
        timeout=_value(compiler, "TimeoutSeconds"),
        heartbeat=_value(compiler, "HeartbeatSeconds"),
        credentials=None if credentials is None else credentials.evaluate,
    )


def _choice(builder: _Builder, name: str, fields: Fields, compiler: FieldCompiler) -> model.State:
    rules = [compiler.inner(rule, "Choices", index) for index, rule in enumerate(fields["Choices"])]
    conditions = [rule.condition(rule.fields) for rule in rules]
    default, flows = choice_dataflow(compiler, rules)
    return model.ChoiceState(name, dataflow=default, rules=tuple(_rules(fields["Choices"], conditions, flows)))


def _rules(
    rules: list[Fields], conditions: list[model.Predicate | None], flows: list[Dataflow]
) -> Iterator[model.ChoiceRule]:
    for rule, condition, flow in zip(rules, conditions, flows, strict=True):
        if condition is not None:
            yield model.ChoiceRule(condition, rule["Next"], flow)


def _wait(builder: _Builder, name: str, fields: Fields, compiler: FieldCompiler) -> model.State:
    return model.WaitState(
        name,
        dataflow=jsonpath_dataflow(compiler, None),
        seconds=_value(compiler, "Seconds"),
        timestamp=_value(compiler, "Timestamp"),
    )


def _succeed(builder: _Builder, name: str, fields: Fields, compiler: FieldCompiler) -> model.State:
    return model.SucceedState(name, dataflow=jsonpath_dataflow(compiler, None))


def _fail(builder: _Builder, name: str, fields: Fields, compiler: FieldCompiler) -> model.State:
    error, cause = (_value(compiler, field, compile_expression) for field in ("Error", "Cause"))
    return model.FailState(name, error=error, cause=cause)


def _parallel(builder: _Builder, name: str, fields: Fields, compiler: FieldCompiler) -> model.State:
    branches = tuple(
        builder.program(branch, (*compiler.location, "Branches", index))
        for index, branch in enumerate(fields["Branches"])
    )
    return model.ParallelState(name, dataflow=jsonpath_dataflow(compiler), branches=branches)


def _map(builder: _Builder, name: str, fields: Fields, compiler: FieldCompiler) -> model.State:
    for field in ("ItemReader", "ItemBatcher", "ResultWriter"):
        if field in fields:
            builder.unsupported((*compiler.location, field), field)
    processor = "ItemProcessor" if "ItemProcessor" in fields else "Iterator"
    selector = compiler.template("ItemSelector" if "ItemSelector" in fields else "Parameters")
    config = fields[processor].get("ProcessorConfig", {})
    return model.MapState(
        name,
        dataflow=jsonpath_dataflow(compiler, None),
        processor=builder.program(fields[processor], (*compiler.location, processor)),
        items=_value(compiler, "Items", path_field="ItemsPath"),
        item_selector=None if selector is None else selector.evaluate,
        max_concurrency=_value(compiler, "MaxConcurrency"),
        tolerated_count=_value(compiler, "ToleratedFailureCount"),
        tolerated_percentage=_value(compiler, "ToleratedFailurePercentage"),
        distributed=config.get("Mode") == "DISTRIBUTED",
        execution_type=config.get("ExecutionType", "STANDARD"),
        label=fields.get("Label"),
    )


_BUILDERS: dict[str, Callable[[_Builder, str, Fields, FieldCompiler], model.State]] = {
    "Pass": _pass,
    "Task": _task,
    "Choice": _choice,
    "Wait": _wait,
    "Succeed": _succeed,
    "Fail": _fail,
    "Parallel": _parallel,
    "Map": _map,
}


# --------------------------------------------------------------------------- common fields


def _constant(value: JSON) -> model.Evaluate:
    return lambda scope: value


def _value(
    compiler: FieldCompiler, field: str, compile_: Compile = compile_path, path_field: str | None = None
) -> model.ValueField | None:
    """A field that stands as a constant, or under its name with ``Path`` as an expression."""
    if field in compiler.fields:
        return model.ValueField(field, _constant(compiler.fields[field]))
    path_field = path_field or f"{field}Path"
    expression = compiler.expression(path_field, compile_)
    return None if expression is None else model.ValueField(path_field, expression.evaluate, expression.text)


def _retrier(fields: Fields) -> model.Retrier:
    return model.Retrier(
        tuple(fields["ErrorEquals"]),
        fields.get("IntervalSeconds", 1),
        fields.get("MaxAttempts", 3),
        fields.get("BackoffRate", 2.0),
        fields.get("MaxDelaySeconds"),
        fields.get("JitterStrategy") == "FULL",
    )


_SERVICE = re.compile(
    r"arn:[^:]+:states:[^:]*:[^:]*:(?P<type>(?:aws-sdk:)?[^:.]+):(?P<action>[^:.]+(?P<pattern>\..+)?)"
)
_ACTIVITY = re.compile(r"arn:[^:]+:states:[^:]*:[^:]*:activity:.+")
_LAMBDA = re.compile(r"arn:[^:]+:lambda:.+")


def resource_of(arn: str) -> model.Resource:
    """What kind of resource an ARN names.

    >>> resource_of("arn:aws:states:::sns:publish.waitForTaskToken").pattern
    'waitForTaskToken'
    """
    if _ACTIVITY.fullmatch(arn):
        return model.Resource(arn, "activity")
    if _LAMBDA.fullmatch(arn):
        return model.Resource(arn, "lambda")
    if service := _SERVICE.fullmatch(arn):
        return model.Resource(arn, "service", service["type"], service["action"], (service["pattern"] or "")[1:])
    return model.Resource(arn, "lambda")
