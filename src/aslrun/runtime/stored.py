"""Executions as the texts that a store keeps, and back.

Rules that a change must keep:

1. A stored execution brings along all that its behaviour depends on: definition, limits, identity, and the version of
   the engine. A changed definition, other limits or a newer engine mean new executions only.
2. What is rebuilt from the first events of a journal is what stood there after these events: the core is told the
   same, and the driver's own notes (``nested``, ``resumable``) are taken again from the same events.
3. A value that came with its own text keeps it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, field
from typing import Any

from ..definition.loading import load
from ..definition.model import Machine
from ..engine import dump as snapshots
from ..engine.context_object import Mint
from ..engine.events import Event, Redriven, TaskStarted, TaskSubmitted, TaskSucceeded, from_dict, to_dict
from ..engine.execution import Execution
from ..engine.history import Record
from ..engine.identity import Identity
from ..engine.limits import DEFAULT_LIMITS, Limits
from ..errors import StoreDamaged, StoreTooNew
from ..resources.machines import started_by
from ..stores.protocols import StoredExecution
from .nested import place, places_of

ENGINE = snapshots.VERSION  # executions that were started by it are driven by its rules
MOST_MACHINES = 256  # loaded definitions that are remembered
_VALUES = ("input", "output")  # the fields of events that hold any JSON

Places = dict[tuple[int, str], str]
"""Which execution was started where: by frame and state."""

_write = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False).encode


def event_text(event: Event) -> str:
    """An event as text."""
    if type(event) is TaskSucceeded:  # most are this or the next one, and it is the same text
        output = _write(snapshots.pack(event.output))
        return f'{{"event":"TaskSucceeded","task":{event.task},"output":{output},"at":{event.at!r}}}'
    if type(event) is TaskStarted and event.worker is None:
        return f'{{"event":"TaskStarted","task":{event.task},"at":{event.at!r},"worker":null}}'
    document = to_dict(event)
    for name in _VALUES:
        if name in document:
            document[name] = snapshots.pack(document[name])
    return _write(document)


def events_of(texts: Sequence[str]) -> list[Event]:
    """The events that ``event_text`` wrote.

    >>> from aslrun.engine.events import TaskSucceeded
    >>> events_of([event_text(TaskSucceeded(1, {"a": [1]}, 2.5))])
    [TaskSucceeded(task=1, at=2.5)]
    """
    return list(map(_event, json.loads(f"[{','.join(texts)}]")))


def _event(document: dict[str, Any]) -> Event:
    for name in _VALUES:
        if name in document:
            document[name] = snapshots.unpack(document[name])
    return from_dict(document)


def records_text(records: Iterable[Record]) -> str:
    """History records as text."""
    return _write([snapshots.pack_record(record) for record in records])


def records_of(text: str) -> list[Record]:
    """The records that ``records_text`` wrote."""
    return list(map(snapshots.unpack_record, json.loads(text)))


# --------------------------------------------------------------------------- what is known from the beginning


@dataclass(slots=True)
class About:
    """What the driver knows of an execution beside its events.

    ``way`` leads from the definition to the machine that it runs: the distributed Maps whose processor it is. ``task``
    is the parent's, ``place`` its map run and its place there, if its result is to be written.
    """

    identity: Identity
    limits: Limits
    way: tuple[str, ...] = ()
    task: int | None = None
    place: tuple[str, int] | None = None

    def text(self) -> str:
        """To be stored."""
        return _write(
            {
                "engine": ENGINE,
                "identity": astuple(self.identity),
                "limits": astuple(self.limits),
                "way": self.way,
                "task": self.task,
                "place": self.place,
            }
        )


def about_of(stored: StoredExecution, arn: str) -> About:
    """What ``About.text`` wrote. Raises ``StoreTooNew`` if another engine has started the execution."""
    data = json.loads(stored.birth.about)
    if data["engine"] > ENGINE:
        reason = f"it was started by version {data['engine']} of the engine; this one knows version {ENGINE} at most"
        raise StoreTooNew(arn, reason)
    place = None if data["place"] is None else (data["place"][0], data["place"][1])
    limits = DEFAULT_LIMITS if data["limits"] == _USUAL else Limits(*data["limits"])
    return About(Identity(*data["identity"]), limits, tuple(data["way"]), data["task"], place)


_USUAL = list(astuple(DEFAULT_LIMITS))


class Definitions:
    """Definitions as text, and the machines that they are."""

    __slots__ = ("_machines", "_texts")

    def __init__(self) -> None:
        self._texts: dict[int, tuple[Machine, str]] = {}
        self._machines: dict[str, Machine] = {}

    def text(self, machine: Machine) -> str:
        """The definition of a machine, which is loaded from it in the same way."""
        known = self._texts.get(id(machine))
        if known is None or known[0] is not machine:
            document = {
                "name": machine.name,
                "type": machine.type,
                "text": machine.text,
                "definition": machine.document,
            }
            known = (machine, _write(document))
            self._remember(known[1], machine)
        return known[1]

    def machine(self, text: str) -> Machine:
        """The machine of a definition."""
        machine = self._machines.get(text)
        if machine is None:
            data = json.loads(text)
            machine = load(data["definition"], name=data["name"], type=data["type"])
            machine.text = data["text"]
            self._remember(text, machine)
        return machine

    def _remember(self, text: str, machine: Machine) -> None:
        if len(self._texts) >= MOST_MACHINES:
            self._texts.clear()
            self._machines.clear()
        self._machines.setdefault(text, machine)
        self._texts[id(machine)] = (machine, text)


# --------------------------------------------------------------------------- the whole


@dataclass(slots=True)
class Rebuilt:
    """An execution as it stood after some events, and what its driver has noted."""

    execution: Execution
    records: list[Record] = field(default_factory=list)
    nested: Places = field(default_factory=dict)
    resumable: Places = field(default_factory=dict)
    recorded: int = 0  # records that are kept with the snapshot


def state_text(execution: Execution, nested: Places | None, resumable: Places | None) -> str:
    """The state of an execution, to be stored as a snapshot."""
    places = {
        name: [[*where, arn] for where, arn in (known or {}).items()]
        for name, known in (("nested", nested), ("resumable", resumable))
    }
    return _write({"execution": snapshots.dump(execution), **places})


def rebuild(stored: StoredExecution, arn: str, about: About, machine: Machine, mint: Mint, position: int) -> Rebuilt:
    """The execution after ``position`` events. Raises ``StoreDamaged`` if what is stored is none."""
    try:
        rebuilt = _beginning(stored, about, machine, mint)
        start = 0 if stored.snapshot is None else stored.snapshot.position
        for event in events_of(stored.events[: position - start]):
            _tell(rebuilt, event)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise StoreDamaged(arn, f"it cannot be rebuilt: {type(error).__name__}") from error
    return rebuilt


def _beginning(stored: StoredExecution, about: About, machine: Machine, mint: Mint) -> Rebuilt:
    if stored.snapshot is None:
        return Rebuilt(Execution(machine, about.identity, about.limits, mint))
    state = json.loads(stored.snapshot.state)
    execution = snapshots.load(machine, state["execution"], about.identity, about.limits, mint)
    records = [record for part in stored.snapshot.records for record in records_of(part)]
    return Rebuilt(execution, records, _places(state["nested"]), _places(state["resumable"]), len(records))


def _places(stored: Sequence[Any]) -> Places:
    return {(frame, state): arn for frame, state, arn in stored}


def _tell(rebuilt: Rebuilt, event: Event) -> None:
    """The core hears what it has heard before; what it asks for has been done, or will be asked for."""
    execution = rebuilt.execution
    if type(event) is Redriven and execution.rest is not None:
        rebuilt.resumable = places_of(execution, rebuilt.nested)
        rebuilt.nested = {}
    elif type(event) is TaskSubmitted:
        _note_nested(rebuilt, event)
    execution.handle(event)
    rebuilt.records += execution.take_history()


def _note_nested(rebuilt: Rebuilt, event: TaskSubmitted) -> None:
    """A task has heard which execution it waits for."""
    if event.task not in rebuilt.execution.tasks:
        return
    scheduled = rebuilt.execution.tasks[event.task][1]
    if started_by(scheduled.resource) is None or not scheduled.pattern.startswith("sync"):
        return
    arn = event.output.get("ExecutionArn") if isinstance(event.output, dict) else None
    if isinstance(arn, str):
        where = place(rebuilt.execution, scheduled)
        rebuilt.nested[where] = arn
        rebuilt.resumable.pop(where, None)


def started_execution(nested: Places | None, execution: Execution, task: int) -> str | None:
    """The ARN of the execution that a task waits for, if it has heard of it."""
    return (nested or {}).get(place(execution, execution.tasks[task][1]))
