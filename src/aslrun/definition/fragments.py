"""The expressions of a document whose structure is broken: each is compiled where it stands, for what is reported.

``loading`` builds a machine only from a sound document. So that one look shows every mistake, the expressions of the
others are compiled too, state by state and field by field, and thrown away.

Rules that a change must keep:

1. For a sound document this reports what ``loading`` reports (a test compares them).
2. Only fields that a state of its type has are looked at, and nothing is assumed about their values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from ..language.dataflow import FieldCompiler
from ..values import JSON
from .rules.outline import Place

Fields: TypeAlias = Mapping[str, Any]

TIMES = ("TimeoutSeconds", "HeartbeatSeconds")
COUNTS = ("MaxConcurrency", "ToleratedFailureCount", "ToleratedFailurePercentage")
BATCHES = ("MaxItemsPerBatch", "MaxInputBytesPerBatch")


def look_into(place: Place, compiler: FieldCompiler) -> None:
    """Compile every expression of a state; ``compiler`` is that of its fields, and reports what it finds."""
    look = _LOOKS.get(place.type) if isinstance(place.type, str) else None
    if look is None:
        return
    look(place.value, compiler)
    if place.type in _CATCHING:
        for index, catcher in _objects(place.value.get("Catch")):
            compiler.inner(catcher, "Catch", index).catch()


def _pass(fields: Fields, compiler: FieldCompiler) -> None:
    compiler.dataflow(arguments=True)


def _task(fields: Fields, compiler: FieldCompiler) -> None:
    compiler.dataflow(arguments=True, result=True)
    for field in TIMES:
        compiler.number(field)
    compiler.template("Credentials")


def _choice(fields: Fields, compiler: FieldCompiler) -> None:
    rules = [compiler.inner(rule, "Choices", index) for index, rule in _objects(fields.get("Choices"))]
    for rule in rules:
        rule.condition()
    compiler.choices(rules)


def _wait(fields: Fields, compiler: FieldCompiler) -> None:
    compiler.dataflow()
    compiler.number("Seconds")
    compiler.timestamp()


def _succeed(fields: Fields, compiler: FieldCompiler) -> None:
    compiler.dataflow()


def _fail(fields: Fields, compiler: FieldCompiler) -> None:
    compiler.text("Error")
    compiler.text("Cause")


def _parallel(fields: Fields, compiler: FieldCompiler) -> None:
    compiler.dataflow(arguments=True, result=True)


def _map(fields: Fields, compiler: FieldCompiler) -> None:
    compiler.dataflow(result=True)
    compiler.items()
    compiler.template("ItemSelector", "Parameters")
    for field in COUNTS:
        compiler.number(field)
    if isinstance(reader := fields.get("ItemReader"), dict):
        _reader(reader, compiler.inner(reader, "ItemReader"))
    if isinstance(batcher := fields.get("ItemBatcher"), dict):
        inner = compiler.inner(batcher, "ItemBatcher")
        for field in BATCHES:
            inner.number(field)
        inner.template("BatchInput")
    if isinstance(writer := fields.get("ResultWriter"), dict):
        compiler.inner(writer, "ResultWriter").template("Parameters", "Arguments")


def _reader(reader: Fields, compiler: FieldCompiler) -> None:
    compiler.template("Parameters", "Arguments")
    if isinstance(config := reader.get("ReaderConfig"), dict):
        rest = {name: value for name, value in config.items() if name not in ("MaxItems", "MaxItemsPath")}
        compiler.inner({"ReaderConfig": rest}).template("ReaderConfig")
        compiler.inner(config, "ReaderConfig").number("MaxItems")


def _objects(entries: JSON) -> list[tuple[int, dict[str, JSON]]]:
    """The entries of an array that are objects, with their indexes."""
    return [(index, entry) for index, entry in enumerate(entries if isinstance(entries, list) else ())
            if isinstance(entry, dict)]  # fmt: skip


_LOOKS: Mapping[str, Callable[[Fields, FieldCompiler], None]] = {
    "Pass": _pass,
    "Task": _task,
    "Choice": _choice,
    "Wait": _wait,
    "Succeed": _succeed,
    "Fail": _fail,
    "Parallel": _parallel,
    "Map": _map,
}
_CATCHING = ("Task", "Parallel", "Map")
