"""An execution as plain JSON, and back: what a store keeps.

``dump`` may be called between any two events. History that was not taken is part of it; effects never are: after
``load`` ask ``outstanding``. A value that came with its own text keeps that text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, cast

from ..definition.model import Machine, State
from ..values import ATOMS, JSON, VERBATIM, copy, parse
from .context_object import Mint
from .deadlines import Deadlines, Entry
from .effects import ScheduleTask
from .execution import Execution
from .frame import Frame, Join
from .history import Record
from .identity import Identity, plain_token
from .intake import Intake
from .item_batches import ItemBatcher
from .limits import DEFAULT_LIMITS, Limits
from .map_run import Counts, MapRun

VERSION = 1

PLAIN = (
    "status",
    "error",
    "cause",
    "seed",
    "draws",
    "now",
    "started_at",
    "stopped_at",
    "event_id",
    "burst",
    "redrive_count",
    "redriven_at",
    "next_frame",
    "next_task",
)
_FRAME = ("id", "index", "phase", "last", "before", "entered", "entered_at", "retries", "task", "token", "heartbeat")
_INSTANTS = ("wake", "due", "heartbeat_due")
_JOIN = ("keys", "sources", "offset", "concurrency", "cursor", "pending", "run_arn")
_INTAKE = ("last", "started", "failed", "failure", "tolerated_count", "tolerated_percentage")
_TASK = (
    "task",
    "role",
    "state",
    "resource",
    "pattern",
    "token",
    "attempt",
    "timeout",
    "index",
    "started",
    "submitted",
)


class DumpVersionError(ValueError):
    """The dump was written by another version of the engine."""


def dump(execution: Execution) -> dict[str, JSON]:
    """The execution as JSON.

    >>> from aslrun.definition.loading import load as load_machine
    >>> machine = load_machine({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    >>> dump(Execution(machine, Identity("arn", "1", "arn", "machine")))["status"]
    'RUNNING'
    """
    return {
        "version": VERSION,
        **{name: getattr(execution, name) for name in PLAIN},
        "input": pack(execution.input),
        "output": pack(execution.output),
        "frames": [_frame(frame) for frame in execution.frames.values()],
        "rest": None if execution.rest is None else [_frame(frame) for frame in execution.rest.values()],
        "ready": [frame.id for frame in execution.ready if frame.id in execution.frames],
        "tasks": [_task(frame, scheduled) for frame, scheduled in execution.tasks.values()],
        "deadlines": [list(entry) for entry in execution.deadlines.entries()],
        "history": [pack_record(record) for record in execution.history],
        "map_runs": [asdict(run) for run in execution.map_runs.values()],
    }


def load(
    machine: Machine,
    dumped: Mapping[str, JSON],
    identity: Identity,
    limits: Limits = DEFAULT_LIMITS,
    mint: Mint = plain_token,
) -> Execution:
    """The execution that was dumped, of the same machine.

    Raises ``DumpVersionError`` if another version of the engine wrote the dump.
    """
    if dumped.get("version") != VERSION:
        raise DumpVersionError(f"the dump has version {dumped.get('version')!r}; this engine reads version {VERSION}")
    data = cast("Mapping[str, Any]", dumped)
    execution = Execution(machine, identity, limits, mint)
    for name in PLAIN:
        setattr(execution, name, data[name])
    execution.input, execution.output = unpack(data["input"]), unpack(data["output"])
    for each in data["frames"]:
        _load_frame(machine, execution.frames, each)
    if data["rest"] is not None:
        execution.rest = {}
        for each in data["rest"]:
            _load_frame(machine, execution.rest, each)
    execution.ready.extend(execution.frames[frame] for frame in data["ready"])
    for each in data["tasks"]:
        frame, scheduled = _load_task(execution, each)
        execution.tasks[scheduled.task] = (frame, scheduled)
    entries = [cast("Entry", tuple(entry)) for entry in data["deadlines"]]
    execution.deadlines = Deadlines(execution.frames, entries)
    execution.history = list(map(unpack_record, data["history"]))
    execution.map_runs = {each["arn"]: _load_map_run(each) for each in data["map_runs"]}
    return execution


# --------------------------------------------------------------------------- values


def pack(value: JSON) -> JSON:
    """A value in a box: ``[value]``, and after it ``[way, text]`` for every container in it that has its own text.

    A value that has its own text as a whole is left out, for the text says it.
    """
    texts: list[JSON] = []
    _find_texts(value, [], texts)
    return [None if isinstance(value, VERBATIM) else value, *texts]


def _find_texts(value: JSON, way: list[JSON], found: list[JSON]) -> None:
    """Outer containers before those inside them."""
    if isinstance(value, VERBATIM):
        found.append([way, value.text])
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        if isinstance(item, (dict, list)):
            _find_texts(item, [*way, key], found)


def unpack(box: JSON) -> JSON:
    """The value that ``pack`` has put into a box."""
    value, *texts = cast("list[Any]", box)
    if texts:
        value = copy(value)
    for way, text in texts:
        value = _replaced(value, way, parse(text))
    return cast("JSON", value)


def _replaced(value: Any, way: list[Any], item: JSON) -> Any:
    """The value, which nobody else has seen yet, with another item at the end of the way."""
    if not way:
        return item
    container = value
    for key in way[:-1]:
        container = container[key]
    container[way[-1]] = item
    return value


def _packed_list(values: list[JSON] | None) -> JSON:
    return None if values is None else [pack(value) for value in values]


def _unpacked_list(boxes: list[JSON] | None) -> list[JSON] | None:
    return None if boxes is None else [unpack(box) for box in boxes]


def pack_record(record: Record) -> JSON:
    """A history record as JSON."""
    return [[detail] if type(detail) in ATOMS else pack(detail) for detail in record]


def unpack_record(packed: JSON) -> Record:
    """The record that ``pack_record`` wrote."""
    return tuple(map(unpack, cast("list[JSON]", packed)))


# --------------------------------------------------------------------------- frames


def _frame(frame: Frame) -> JSON:
    return {
        **{name: getattr(frame, name) for name in (*_FRAME, *_INSTANTS)},
        "state": frame.state.name,
        "parent": None if frame.parent is None else frame.parent.id,
        "input": pack(frame.input),
        "variables": {name: pack(value) for name, value in frame.variables.items()},
        "attempts": None if frame.attempts is None else [[index, count] for index, count in frame.attempts.items()],
        "join": None if frame.join is None else _join(frame.join),
    }


def _join(join: Join) -> JSON:
    return {
        **{name: getattr(join, name) for name in _JOIN},
        "input": pack(join.input),
        "items": _packed_list(join.items),
        "results": _packed_list(join.results),
        "tasks": [[index, task] for index, task in join.tasks.items()],
        "intake": None if join.intake is None else _intake(join.intake),
    }


def _intake(intake: Intake) -> JSON:
    batcher = intake.batcher
    return {
        **{name: getattr(intake, name) for name in _INTAKE},
        "reader": pack(intake.reader),
        "writer": pack(intake.writer),
        "lost": _packed_list(intake.lost),
        "again": _packed_list(intake.again),
        "batcher": None if batcher is None else _batcher(batcher),
    }


def _batcher(batcher: ItemBatcher) -> JSON:
    return {
        "max_items": batcher.max_items,
        "max_bytes": batcher.max_bytes,
        "head": pack(batcher.head),
        "items": _packed_list(batcher.items),
    }


def _load_frame(machine: Machine, frames: dict[int, Frame], data: Mapping[str, Any]) -> None:
    """Frames come parents first, so the parent is there already."""
    state: State = machine.states[data["state"]]
    parent = None if data["parent"] is None else frames[data["parent"]]
    frame = Frame(data["id"], state, unpack(data["input"]), parent)
    for name in (*_FRAME, *_INSTANTS):
        setattr(frame, name, data[name])
    frame.variables = {name: unpack(value) for name, value in data["variables"].items()}
    frame.attempts = None if data["attempts"] is None else dict(data["attempts"])
    frame.join = None if data["join"] is None else _load_join(data["join"])
    frames[frame.id] = frame
    if parent is not None and parent.join is not None:
        parent.join.children[frame.index] = frame


def _load_join(data: Mapping[str, Any]) -> Join:
    join = Join(0, unpack(data["input"]), _unpacked_list(data["items"]))
    for name in _JOIN:
        setattr(join, name, data[name])
    join.results = _unpacked_list(data["results"]) or []
    join.tasks = dict(data["tasks"])
    join.intake = None if data["intake"] is None else _load_intake(data["intake"])
    return join


def _load_intake(data: Mapping[str, Any]) -> Intake:
    reader, writer = unpack(data["reader"]), unpack(data["writer"])
    batcher = None if data["batcher"] is None else _load_batcher(data["batcher"])
    intake = Intake(cast("Any", reader), batcher, cast("Any", writer), (None, None))
    for name in _INTAKE:
        setattr(intake, name, data[name])
    intake.lost, intake.again = _unpacked_list(data["lost"]) or [], _unpacked_list(data["again"]) or []
    return intake


def _load_batcher(data: Mapping[str, Any]) -> ItemBatcher:
    head = cast("dict[str, JSON]", unpack(data["head"]))
    batcher = ItemBatcher(data["max_items"], data["max_bytes"], *head.values())
    for item in _unpacked_list(data["items"]) or ():
        batcher.add(item)
    return batcher


def _load_map_run(data: Mapping[str, Any]) -> MapRun:
    counts = {name: Counts(**data[name]) for name in ("executions", "items")}
    return MapRun(**{**data, **counts})


# --------------------------------------------------------------------------- tasks


def _task(frame: Frame, scheduled: ScheduleTask) -> JSON:
    return {
        **{name: getattr(scheduled, name) for name in _TASK},
        "frame": frame.id,
        "arguments": pack(scheduled.arguments),
        "credentials": pack(scheduled.credentials),
    }


def _load_task(execution: Execution, data: Mapping[str, Any]) -> tuple[Frame, ScheduleTask]:
    values = {name: data[name] for name in _TASK}
    arguments, credentials = unpack(data["arguments"]), unpack(data["credentials"])
    return execution.frames[data["frame"]], ScheduleTask(arguments=arguments, credentials=credentials, **values)
