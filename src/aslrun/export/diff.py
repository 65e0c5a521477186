"""What a change of a definition means: which states came, went, lead elsewhere, call or pass something else.

Rules that a change must keep:

1. Comments and the order of keys are no change.
2. A verdict is about an execution that stands in a state of the old definition and would go on by the new one. AWS
   moves none: an execution ends by the definition it began with. It matters for executions of one's own that are
   moved, and it says how far a change reaches.
3. ``fails`` is said only where it is certain; what merely might fail changes its course.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ..definition.model import Machine
from ..values import JSON, equal
from .arguments import programs_of
from .asl import targets, to_text

SAFE, CHANGES, FAILS = "safe", "changes course", "would fail"
VERDICTS = (SAFE, CHANGES, FAILS)
"""From the best to the worst."""

ADDED, REMOVED, MOVED, REWIRED, RETRY, CALL, PAYLOAD, TIMING, MAP, END, START = (
    "added", "removed", "moved", "rewired", "retry", "call", "payload", "timing", "map", "end", "machine",
)  # fmt: skip

_FIELDS = {
    REWIRED: "Next End Default Choices Catch",
    RETRY: "Retry",
    CALL: "Resource Credentials QueryLanguage",
    PAYLOAD: "InputPath Parameters Arguments ResultSelector ResultPath OutputPath Output Assign Result",
    TIMING: "TimeoutSeconds TimeoutSecondsPath HeartbeatSeconds HeartbeatSecondsPath Seconds SecondsPath Timestamp "
            "TimestampPath",
    END: "Error ErrorPath Cause CausePath",
}  # fmt: skip
_KIND = {name: kind for kind, names in _FIELDS.items() for name in names.split()}
_NO_CHANGE = ("Comment", "Type", "Branches", "ItemProcessor", "Iterator")
_LONGEST = 60


class Change(NamedTuple):
    """One change: its kind, the state (empty: the machine), and what changed, in one line."""

    kind: str
    state: str
    what: str


@dataclass(frozen=True, slots=True)
class Diff:
    """All changes, and for each state of the old definition what becomes of an execution that stands there."""

    changes: tuple[Change, ...]
    verdicts: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """The worst of the verdicts."""
        return max(self.verdicts.values(), key=VERDICTS.index, default=SAFE)

    def __bool__(self) -> bool:
        return bool(self.changes)


class _Place(NamedTuple):
    state: dict[str, JSON]
    parent: str  # the state around it; empty at the top
    program: str  # where its machine begins, below the parent


def diff(old: Machine, new: Machine) -> Diff:
    """What changes from one machine to another.

    >>> from aslrun import load
    >>> old = load({"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 5, "End": True}}})
    >>> new = load({"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 9, "End": True}}})
    >>> diff(old, new).changes[0], diff(old, new).verdict
    (Change(kind='timing', state='A', what='Seconds: 5 → 9'), 'changes course')
    """
    before, after = _places(old.document), _places(new.document)
    changes = [*_of_machine(old.document, new.document), *_of_states(before, after)]
    verdicts, reasons = _verdicts(before, after, changes, new)
    return Diff(tuple(changes), verdicts, reasons)


def _places(document: Mapping[str, JSON]) -> dict[str, _Place]:
    found: dict[str, _Place] = {}
    pending: list[tuple[JSON, str, str]] = [(dict(document), "", "")]
    while pending:
        program, parent, where = pending.pop(0)
        states = program.get("States") if isinstance(program, dict) else None
        for name, state in states.items() if isinstance(states, dict) else ():
            if isinstance(state, dict):
                found[name] = _Place(state, parent, where)
                pending += [(inner, name, str(index)) for index, inner in enumerate(programs_of(state))]
    return found


# --------------------------------------------------------------------------- changes


def _of_machine(old: Mapping[str, JSON], new: Mapping[str, JSON]) -> Iterator[Change]:
    for name in ("StartAt", "TimeoutSeconds", "QueryLanguage"):
        if not _same(old.get(name), new.get(name)):
            yield Change(START, "", _what(name, old.get(name), new.get(name)))


def _of_states(before: Mapping[str, _Place], after: Mapping[str, _Place]) -> Iterator[Change]:
    for name, place in before.items():
        if name not in after:
            yield Change(REMOVED, name, str(place.state.get("Type")))
    for name, place in after.items():
        old = before.get(name)
        if old is None:
            yield Change(ADDED, name, str(place.state.get("Type")))
        elif old.state.get("Type") != place.state.get("Type"):
            yield Change(MOVED, name, _what("Type", old.state.get("Type"), place.state.get("Type")))
        elif (old.parent, old.program) != (place.parent, place.program):
            yield Change(MOVED, name, f"from {old.parent or 'the top'} to {place.parent or 'the top'}")
        else:
            yield from _of_fields(name, old.state, place.state)
            yield from _of_beginnings(name, old.state, place.state)


def _of_fields(name: str, old: Mapping[str, JSON], new: Mapping[str, JSON]) -> Iterator[Change]:
    for key in dict.fromkeys([*old, *new]):
        if key not in _NO_CHANGE and not _same(old.get(key), new.get(key)):
            for line in _lines(key, _without_comments(old.get(key)), _without_comments(new.get(key))):
                yield Change(_KIND.get(key, MAP), name, line)


def _of_beginnings(name: str, old: Mapping[str, JSON], new: Mapping[str, JSON]) -> Iterator[Change]:
    starts = [[inner.get("StartAt") for inner in programs_of(state) if isinstance(inner, dict)] for state in (old, new)]
    if starts[0] != starts[1]:
        yield Change(REWIRED, name, _what("StartAt", starts[0], starts[1]))


def _lines(path: str, old: JSON, new: JSON) -> Iterator[str]:
    """One line for each place where two values differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*old, *new]):
            if not _same(old.get(key), new.get(key)) or (key in old) != (key in new):
                yield from _lines(f"{path}.{key}", old.get(key), new.get(key))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (left, right) in enumerate(zip(old, new, strict=True)):
            if not _same(left, right):
                yield from _lines(f"{path}[{index}]", left, right)
    else:
        yield _what(path, old, new)


def _what(path: str, old: JSON, new: JSON) -> str:
    return f"{path}: {_shown(old)} → {_shown(new)}"


def _shown(value: JSON) -> str:
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else " ".join(to_text(value).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _same(old: JSON, new: JSON) -> bool:
    return equal(_without_comments(old), _without_comments(new))


def _without_comments(value: JSON) -> JSON:
    """Retriers, catchers and rules may hold comments."""
    if isinstance(value, list):
        return [{k: v for k, v in item.items() if k != "Comment"} if isinstance(item, dict) else item for item in value]
    return value


# --------------------------------------------------------------------------- verdicts


def _verdicts(
    before: Mapping[str, _Place], after: Mapping[str, _Place], changes: Iterable[Change], new: Machine
) -> tuple[dict[str, str], dict[str, str]]:
    changed = [change.state for change in changes if change.state in after]
    gone = {change.state for change in changes if change.kind in (REMOVED, MOVED)}
    back = _reversed(_roads(after))
    meets = _nearest(changed, back)
    lacks = _lacking(_new_readings(before, after, new), back)
    verdicts, reasons = {}, {}
    for name in before:
        if name in gone:
            verdicts[name], reasons[name] = FAILS, "there is no such state any more"
        elif name in lacks:
            verdicts[name], reasons[name] = FAILS, lacks[name]
        elif name in meets:
            verdicts[name] = CHANGES
            reasons[name] = f"meets {meets[name]}" if meets[name] != name else "changed itself"
        else:
            verdicts[name] = SAFE
    return verdicts, reasons


def _roads(places: Mapping[str, _Place]) -> dict[str, list[str]]:
    """From a state to those that may come after it, into nested machines and out of them again."""
    roads = {name: [*targets(place.state)] for name, place in places.items()}
    for name, place in places.items():
        if place.parent:
            roads[place.parent].append(name)
            roads[name].append(place.parent)
    return roads


def _reversed(roads: Mapping[str, list[str]]) -> dict[str, list[str]]:
    back: dict[str, list[str]] = {name: [] for name in roads}
    for name, following in roads.items():
        for after in following:
            back[after].append(name)
    return back


def _nearest(goals: Iterable[str], back: Mapping[str, list[str]]) -> dict[str, str]:
    """Every state from which a goal can be reached, with the nearest one."""
    found = {goal: goal for goal in goals}
    pending = deque(found)
    while pending:
        name = pending.popleft()
        for before in back[name]:
            if before not in found:
                found[before] = found[name]
                pending.append(before)
    return found


class _Reading(NamedTuple):
    """A state of the new definition that reads a variable which the old one never assigned, and who assigns it now."""

    state: str
    variable: str
    setters: frozenset[str]


def _new_readings(before: Mapping[str, _Place], after: Mapping[str, _Place], new: Machine) -> list[_Reading]:
    known = {variable for place in before.values() for variable in _assigned(place.state)}
    setters: dict[str, set[str]] = {}
    for name, place in after.items():
        for variable in _assigned(place.state):
            setters.setdefault(variable, set()).add(name)
    return [
        _Reading(state, variable, frozenset(setters.get(variable, ())))
        for state, variables in new.variable_references().items()
        for variable in variables
        if variable not in known
    ]


def _assigned(state: Mapping[str, JSON]) -> Iterator[str]:
    entries = [state]
    for key in ("Catch", "Choices"):
        value = state.get(key)
        entries += [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
    for entry in entries:
        assign = entry.get("Assign")
        if isinstance(assign, dict):
            yield from (name.removesuffix(".$") for name in assign)


def _lacking(readings: Iterable[_Reading], back: Mapping[str, list[str]]) -> dict[str, str]:
    """States from which a reading is reached and none of those that assign what it reads."""
    lacks: dict[str, str] = {}
    for reading in readings:
        provided = _nearest(reading.setters, back)
        for name in _nearest([reading.state], back):
            if name not in provided:
                lacks.setdefault(name, f"{reading.state} reads ${reading.variable}, which nothing has assigned")
    return lacks
