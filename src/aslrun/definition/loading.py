"""Loading: a document is read, its structure checked, its expressions compiled, its names resolved.

What comes out can run; what cannot run is ``InvalidDefinition`` with every problem and its place. The structure is
checked first (``checking``: the shape, then rule by rule), so that the builders may rely on it; then each builder is
one state type's fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple, TypeAlias

from ..errors import Diagnostic, InvalidDefinition
from ..language.dataflow import Dataflow, FieldCompiler, Location, Predicate, Report, constant
from ..language.errors import ExpressionSyntaxError
from ..language.jsonpath_fields import JSONPathFields
from . import model
from .documents import Document
from .problem import Problem
from .rules.mistake import Mistake
from .rules.outline import TYPES, Outline, outline
from .sources import Source, Substitutions, read_definition

Fields: TypeAlias = Mapping[str, Any]


def load(
    source: Source, *, name: str | None = None, type: str = "STANDARD", substitutions: Substitutions = None
) -> model.Machine:
    """Load a state machine from a file (JSON, or YAML with the extra ``yaml``), a JSON text or a mapping.

    The file may be a template of CloudFormation or SAM with the state machine in it; of several ``name`` says which.
    ``substitutions`` are values for ``${Name}`` (DefinitionSubstitutions); without them a placeholder stays the text
    that it is, and is refused where no text may stand.

    ``name`` is the machine's name in ARNs and in the context object; by default it comes from the file.
    ``type`` is ``STANDARD`` or ``EXPRESS``. Raises ``InvalidDefinition`` with every problem found, each with its
    place and what was expected; ``ValueError`` or ``TypeError`` for another type or a name that is no text.

    >>> machine = load('{"StartAt": "Hi", "States": {"Hi": {"Type": "Pass", "End": true}}}', name="hello")
    >>> machine.name, list(machine.states)
    ('hello', ['Hi'])
    """
    machine, document, _, reasons, _ = compiled(source, name=name, type=type, substitutions=substitutions)
    if unfilled := [document.diagnostic(Problem(at, _UNFILLED)) for at in document.filled.stood_in]:
        raise InvalidDefinition([*unfilled, *reasons], document.source)
    if machine is None:
        raise InvalidDefinition(reasons, document.source)
    return machine


_UNFILLED = "must be known: fill the placeholder with substitutions"


class Compiled(NamedTuple):
    """A document with its machine, or with the errors that it has none for.

    ``problems`` leaves out what is said about values that are still open; ``reasons`` has that too. ``parts`` are the
    document's machines and states.
    """

    machine: model.Machine | None
    document: Document
    problems: list[Diagnostic]
    reasons: list[Diagnostic]
    parts: Outline


def check_arguments(name: str | None, type: str) -> None:
    """Raise ``ValueError`` or ``TypeError`` for a type that there is not, or a name that is no text."""
    if type not in TYPES:
        raise ValueError(f"type must be one of {', '.join(TYPES)}, not {type!r}")
    if name is not None and not isinstance(name, str):
        raise TypeError(f"name must be text, not {name!r}")


def compiled(
    source: Source, *, name: str | None = None, type: str = "STANDARD", substitutions: Substitutions = None
) -> Compiled:
    """What ``load`` does, without raising for a document that can be read; takes and raises the same for others."""
    check_arguments(name, type)
    return checked(read_definition(source, name=name, substitutions=substitutions), type)


def checked(document: Document, type: str) -> Compiled:
    """The machine of a document, or its errors; the type is that of the document's template, if that says one."""
    type = document.type or type
    builder = _Builder(document)
    parts = outline(document.value, type)
    found: list[Diagnostic] = checking().check_outline(document, parts)
    if found and (document.kept(found) or not document.can_compile(found)):
        every = _together(found, builder.look_around(parts))
        problems = document.kept(every)
        return Compiled(None, document, problems, problems or every, parts)
    machine = builder.machine(type)
    every = _together([], builder.problems)
    return Compiled(None if every else machine, document, document.kept(every), every, parts)


@cache
def checking() -> ModuleType:
    """All the rules, imported when the first definition is loaded."""
    from . import checking

    return checking


@cache
def _fragments() -> ModuleType:
    """What compiles the expressions of a document that no machine can be built from: only broken ones need it."""
    from . import fragments

    return fragments


def _together(structural: list[Diagnostic], others: list[Diagnostic]) -> list[Diagnostic]:
    """Both, in the order of the text; of one place only what is wrong with its structure."""
    if not others:
        return structural
    places = {problem.path for problem in structural}
    found = structural + [problem for problem in others if problem.path not in places]
    return sorted(found, key=lambda problem: (problem.line or 0, problem.column or 0))


class _Builder:
    """Builds the model of one document and collects what is wrong with its expressions."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Diagnostic] = []

    def look_around(self, parts: Outline) -> list[Diagnostic]:
        """The mistakes in the expressions of a document that no machine can be built from."""
        look_into = _fragments().look_into
        for place in parts.states:
            if place.language is not None:
                look_into(place, _compilers(place.language)(place.value, place.location, self.report))
        return self.problems

    def machine(self, type: str) -> model.Machine:
        value: Fields = self.document.value
        self.query_language = value.get("QueryLanguage", "JSONPath")
        return model.Machine(
            self.document.name,
            self.program(value, ()),
            value,
            self.document.text or "",
            type,
            value.get("TimeoutSeconds"),
            self.query_language,
        )

    def program(self, value: Fields, location: Location) -> model.Program:
        states = {
            name: self.state(name, fields, (*location, "States", name)) for name, fields in value["States"].items()
        }
        for state in states.values():
            state.link(states)
        return model.Program(states[value["StartAt"]], states)

    def state(self, name: str, fields: Fields, location: Location) -> model.State:
        language = fields.get("QueryLanguage", self.query_language)
        compiler = _compilers(language)(fields, location, self.report)
        state = _BUILDERS[fields["Type"]](self, name, fields, compiler)
        state.target = fields.get("Default" if fields["Type"] == "Choice" else "Next")
        state.document = fields
        if "Retry" in fields:
            state.retriers = tuple(map(_retrier, fields["Retry"]))
        if "Catch" in fields:
            state.catchers = tuple(self.catchers(fields["Catch"], compiler))
        state.expressions = tuple(compiler.expressions)
        return state

    def catchers(self, catchers: list[Fields], compiler: FieldCompiler) -> Iterator[model.Catcher]:
        for index, catcher in enumerate(catchers):
            inner = compiler.inner(catcher, "Catch", index)
            yield model.Catcher(tuple(catcher["ErrorEquals"]), catcher["Next"], inner.catch())

    def report(self, location: Location, error: ExpressionSyntaxError) -> None:
        if len(self.problems) < checking().MAX_FINDINGS:
            self.problems += checking().check_mistake(self.document, Mistake(location, error))


# --------------------------------------------------------------------------- one builder, one state type


def _pass(builder: _Builder, name: str, fields: Fields, compiler: FieldCompiler) -> model.State:
    result = constant(fields["Result"]) if "Result" in fields else None
    return model.PassState(name, dataflow=compiler.dataflow(arguments=True), result=result)


def _task(builder: _Builder, name: str, fields: Fields, compiler: FieldCompiler) -> model.State:
    return model.TaskState(
        name,
        dataflow=compiler.dataflow(arguments=True, result=True),
        resource=resource_of(fields["Resource"]),
        timeout=compiler.number("TimeoutSeconds"),
        heartbeat=compiler.number("HeartbeatSeconds"),
        credentials=compiler.template("Credentials"),
    )


def _choice(builder: _Builder, name: str, fields: Fields, compiler: FieldCompiler) -> model.State:
    rules = [compiler.inner(rule, "Choices", index) for index, rule in enumerate(fields["Choices"])]
    conditions = [rule.condition() for rule in rules]
    default, flows = compiler.choices(rules)
    return model.ChoiceState(name, dataflow=default, rules=tuple(_rules(fields["Choices"], conditions, flows)))


def _rules(
    rules: list[Fields], conditions: list[Predicate | None], flows: list[Dataflow]
) -> Iterator[model.ChoiceRule]:
    for rule, condition, flow in zip(rules, conditions, flows, strict=True):
        if condition is not None:
            yield model.ChoiceRule(condition, rule["Next"], flow)


def _wait(builder: _Builder, name: str, fields: Fields, compiler: FieldCompiler) -> model.State:
    return model.WaitState(
        name, dataflow=compiler.dataflow(), seconds=compiler.number("Seconds"), timestamp=compiler.timestamp()
    )


def _succeed(builder: _Builder, name: str, fields: Fields, compiler: FieldCompiler) -> model.State:
    return model.SucceedState(name, dataflow=compiler.dataflow())


def _fail(builder: _Builder, name: str, fields: Fields, compiler: FieldCompiler) -> model.State:
    return model.FailState(name, error=compiler.text("Error"), cause=compiler.text("Cause"))


def _parallel(builder: _Builder, name: str, fields: Fields, compiler: FieldCompiler) -> model.State:
    branches = tuple(
        builder.program(branch, (*compiler.location, "Branches", index))
        for index, branch in enumerate(fields["Branches"])
    )
    return model.ParallelState(name, dataflow=compiler.dataflow(arguments=True, result=True), branches=branches)


def _map(builder: _Builder, name: str, fields: Fields, compiler: FieldCompiler) -> model.State:
    processor = "ItemProcessor" if "ItemProcessor" in fields else "Iterator"
    config = fields[processor].get("ProcessorConfig", {})
    return model.MapState(
        name,
        dataflow=compiler.dataflow(result=True),
        processor=builder.program(fields[processor], (*compiler.location, processor)),
        items=compiler.items(),
        item_selector=compiler.template("ItemSelector", "Parameters"),
        max_concurrency=compiler.number("MaxConcurrency"),
        tolerated_count=compiler.number("ToleratedFailureCount"),
        tolerated_percentage=compiler.number("ToleratedFailurePercentage"),
        distributed=config.get("Mode") == "DISTRIBUTED",
        execution_type=config.get("ExecutionType", "STANDARD"),
        label=fields.get("Label"),
        reader=_item_reader(fields, compiler),
        batcher=_item_batcher(fields, compiler),
        writer=_result_writer(fields, compiler),
    )


def _item_reader(fields: Fields, compiler: FieldCompiler) -> model.ItemReader | None:
    reader: Fields | None = fields.get("ItemReader")
    if reader is None:
        return None
    config: Fields = reader.get("ReaderConfig", {})
    rest = {name: value for name, value in config.items() if name not in ("MaxItems", "MaxItemsPath")}
    inner = compiler.inner({**reader, "ReaderConfig": rest}, "ItemReader")
    return model.ItemReader(
        reader["Resource"],
        inner.template("Parameters", "Arguments"),
        inner.template("ReaderConfig"),
        inner.inner(config, "ReaderConfig").number("MaxItems"),
    )


def _item_batcher(fields: Fields, compiler: FieldCompiler) -> model.ItemBatcher | None:
    if "ItemBatcher" not in fields:
        return None
    inner = compiler.inner(fields["ItemBatcher"], "ItemBatcher")
    return model.ItemBatcher(
        inner.number("MaxItemsPerBatch"), inner.number("MaxInputBytesPerBatch"), inner.template("BatchInput")
    )


def _result_writer(fields: Fields, compiler: FieldCompiler) -> model.ResultWriter | None:
    writer: Fields | None = fields.get("ResultWriter")
    if writer is None:
        return None
    config: Fields = writer.get("WriterConfig", {})
    return model.ResultWriter(
        writer.get("Resource", ""),
        compiler.inner(writer, "ResultWriter").template("Parameters", "Arguments"),
        config.get("Transformation", "NONE"),
        config.get("OutputType", "JSON"),
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


@cache
def _compilers(language: str) -> Callable[[Fields, Location, Report], FieldCompiler]:
    """How the fields of a state are compiled in its query language."""
    if language == "JSONPath":
        return JSONPathFields
    from ..language.jsonata_fields import JSONataFields  # imported here: an engine that half of all machines never need

    return JSONataFields


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
