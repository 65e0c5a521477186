"""The checker: what the client was told, what the world saw, and what is in the file, held against each other.

What "acknowledged" means: of a start, a callback, a stop and a redrive, that the call returned without an error in the
process, which then said so on its socket, and the client had it in its own synced log. Of a task's completion, that
``ExecutionStore.write`` returned with the event in it (``over`` in the world's log), or, for the instants between
that and the log line, that the event is found in the journal of the file after the kill.

Every kind of fault has a name; each is counted and listed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aslrun import AslrunError, Result
from aslrun.engine.history import HistoryEvent
from aslrun.runtime.stored_executions import StoredExecutions
from aslrun.stores.protocols import Query
from aslrun.stores.sqlite import SQLiteStore
from aslrun.values import JSON

from .client import SETTLED
from .machines import SHAPES
from .process import shape_of

KINDS = {
    "lost executions": "asked for, but at the end not in the store, or not over",
    "lost starts": "acknowledged, but not in the store",
    "lost callbacks": "acknowledged, but another answer or none is in the output; or two for one token",
    "lost stops and redrives": "acknowledged, but the execution does not show it",
    "tasks run again": "after their completion was acknowledged",
    "surplus executions": "more or fewer children and nested executions than undisturbed",
    "wrong outputs": "not those of an undisturbed run",
    "wrong histories": "gaps in the numbers, a previous event that is none, or other events than undisturbed",
    "unexpected errors": "of a call that nothing is wrong with",
}

WITHOUT_PREVIOUS = ("ExecutionAborted",)  # as recorded from AWS
JOINS = ("ParallelStateSucceeded", "MapStateSucceeded", "MapRunSucceeded", "ParallelStateExited", "MapStateExited")


@dataclass
class Findings:
    """Faults by kind, and how much was looked at."""

    faults: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    looked_at: Counter[str] = field(default_factory=Counter)

    @property
    def count(self) -> int:
        """How many faults there are."""
        return sum(map(len, self.faults.values()))

    def note(self, kind: str, what: str) -> None:
        """One more fault."""
        self.faults[kind].append(what)


@dataclass
class Heard:
    """What stands in the client's log."""

    asked: list[str] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)
    refused: list[tuple[str, str]] = field(default_factory=list)
    holders: dict[str, str] = field(default_factory=dict)  # token: name of the execution

    def of(self, verb: str, commands: Iterable[str]) -> list[list[str]]:
        """The words of the commands with this verb."""
        return [command.split(" ")[1:] for command in commands if command.startswith(verb + " ")]


def heard(folder: Path) -> Heard:
    """Read the client's log."""
    found = Heard()
    for entry in map(json.loads, (folder / "client.log").read_text(encoding="utf-8").splitlines()):
        match entry["what"]:
            case "asked":
                found.asked.append(entry["command"])
            case "acknowledged":
                found.acknowledged.add(entry["command"])
            case "refused":
                found.refused.append((entry["command"], entry["error"]))
            case "token":
                found.holders[entry["command"]] = entry["name"]
    return found


def check(folder: Path, undisturbed: Path) -> Findings:
    """Everything, of a folder whose executions are over."""
    findings = Findings()
    expected = _ends(undisturbed)
    ends = _ends(folder, findings)
    client = heard(folder)
    _check_starts(client, ends, findings)
    _check_told(client, ends, findings)
    _check_callbacks(client, ends, findings)
    _check_runs(folder / "world.log", findings)
    _check_others(folder, findings)
    for name, result in ends.items():
        shape, variant = shape_of(name)
        _check_output(name, result, expected[f"{shape}-{variant}-0"], findings)
        _check_history(name, result, expected[f"{shape}-{variant}-0"], findings)
    return findings


def _ends(folder: Path, findings: Findings | None = None) -> dict[str, Result]:
    """The executions that the client knows by name, as they stand in the file."""
    store = SQLiteStore(folder / "runs.db")
    kept, ends = StoredExecutions(store), {}
    try:
        for listed in kept.list(Query(limit=10**9)):
            if listed.machine not in SHAPES:
                continue
            try:
                ends[listed.name] = kept.describe(listed.arn)
            except AslrunError as error:
                if findings is None:
                    raise
                findings.note("lost executions", f"{listed.name} cannot be read: {error}")
    finally:
        store.close()
    return ends


# --------------------------------------------------------------------------- what was acknowledged


def _check_starts(client: Heard, ends: dict[str, Result], findings: Findings) -> None:
    for (name,) in client.of("start", client.asked):
        findings.looked_at["executions"] += 1
        if name not in ends:
            findings.note("lost executions", f"{name} is not there")
        elif ends[name].status == "RUNNING":
            findings.note("lost executions", f"{name} is still running")
    for (name,) in client.of("start", client.acknowledged):
        findings.looked_at["acknowledged starts"] += 1
        if name not in ends:
            findings.note("lost starts", name)
    for command, error in client.refused:
        if error not in SETTLED:
            findings.note("unexpected errors", f"{error}: {command}")


def _check_told(client: Heard, ends: dict[str, Result], findings: Findings) -> None:
    for verb, shows in (("stop", "ExecutionAborted"), ("redrive", "ExecutionRedriven")):
        for (name,) in client.of(verb, client.acknowledged):
            findings.looked_at["acknowledged stops and redrives"] += 1
            if name not in ends or not any(event["type"] == shows for event in ends[name].history):
                findings.note("lost stops and redrives", f"{verb} {name}")


def _check_callbacks(client: Heard, ends: dict[str, Result], findings: Findings) -> None:
    """Of the answers to a token that were acknowledged there is one at most, and it is the one that counts."""
    told: dict[str, list[str]] = {}
    for token, nonce in client.of("answer", client.acknowledged):
        told.setdefault(token, []).append(nonce)
        findings.looked_at["acknowledged callbacks"] += 1
    asked: dict[str, set[str]] = {}
    for token, nonce in client.of("answer", client.asked):
        asked.setdefault(client.holders[token], set()).add(nonce)
    for token, nonces in told.items():
        name = client.holders[token]
        found = _nonces(ends[name].output) if name in ends else []
        if found != nonces:
            findings.note("lost callbacks", f"{name}: acknowledged {nonces}, in the output {found}")
    for name, sent in asked.items():
        if name in ends and not set(_nonces(ends[name].output)) <= sent:
            findings.note("lost callbacks", f"{name}: its output has an answer that nobody gave")


def _check_runs(world: Path, findings: Findings) -> None:
    over: set[str] = set()
    begun: set[str] = set()
    for line in world.read_text(encoding="utf-8").splitlines():
        verb, _, key = line.partition(" ")
        if verb == "over":
            over.add(key)
        elif verb == "run":
            findings.looked_at["handler calls"] += 1
            findings.looked_at["of them repeated"] += key in begun
            begun.add(key)
            if key in over:
                findings.note("tasks run again", key)
    findings.looked_at["acknowledged completions"] = len(over)


def _check_others(folder: Path, findings: Findings) -> None:
    """What executions have started is there once, and over."""
    store = SQLiteStore(folder / "runs.db")
    listed = store.list(Query(children=True, limit=10**9))
    store.close()
    others = Counter("children" if each.parent else each.machine for each in listed)
    for shape, kind, each in (("distributed", "children", 4), ("nested", "inner", 1)):
        findings.looked_at[f"started by executions: {kind}"] = others[kind]
        if others[kind] != others[shape] * each:
            findings.note("surplus executions", f"{others[kind]} {kind} of {others[shape]} executions")
    for each in listed:
        if each.status != "SUCCEEDED" and (each.parent or each.machine == "inner"):
            findings.note("lost executions", f"{each.name} is {each.status}")


# --------------------------------------------------------------------------- what came out


def _check_output(name: str, result: Result, expected: Result, findings: Findings) -> None:
    shape = SHAPES[shape_of(name)[0]]
    found = (result.status, result.error, _without_nonces(result.output))
    if found != (expected.status, expected.error, _without_nonces(expected.output)):
        findings.note("wrong outputs", f"{name}: {result.status} {result.output}, not {expected.output}")
    if expected.status != shape.status:
        findings.note("wrong outputs", f"{name}: undisturbed {expected.status}, not {shape.status}")


def _check_history(name: str, result: Result, expected: Result, findings: Findings) -> None:
    history = result.history
    findings.looked_at["history events"] += len(history)
    if [event["id"] for event in history] != list(range(1, len(history) + 1)):
        findings.note("wrong histories", f"{name}: its events are not numbered from 1 to {len(history)}")
    problems = [(event["id"], problem) for event in history if (problem := _problem_of_chain(event, history))]
    for number, problem in problems:
        findings.note("wrong histories", f"{name}: event {number} {problem}")
    if not problems and SHAPES[shape_of(name)[0]].exact and _steps(history) != _steps(expected.history):
        odd = (_steps(history) - _steps(expected.history)) + (_steps(expected.history) - _steps(history))
        findings.note("wrong histories", f"{name}: other events than undisturbed: {dict(odd)}")


def _problem_of_chain(event: HistoryEvent, history: Sequence[HistoryEvent]) -> str:
    """Every event has an earlier one before it, the first none; times never go back along a chain."""
    number, previous = event["id"], event["previousEventId"]
    if not 0 <= previous < number:
        return f"has the previous event {previous}"
    if previous == 0:
        return "" if number <= 2 or event["type"] in WITHOUT_PREVIOUS else "has no previous event"
    if history[previous - 1]["timestamp"] > event["timestamp"]:
        return f"is older than the event {previous} before it"
    return ""


def _steps(history: Sequence[HistoryEvent]) -> Counter[tuple[str, str, str, str]]:
    """How often an event follows another: type and state of both. Of a join, only that it happened."""
    steps: Counter[tuple[str, str, str, str]] = Counter()
    for event in history:
        before = history[event["previousEventId"] - 1] if event["previousEventId"] else None
        type, state = ("", "") if before is None or event["type"] in JOINS else _what(before)
        steps[*_what(event), type, state] += 1
    return steps


def _what(event: HistoryEvent) -> tuple[str, str]:
    details = event.get("stateEnteredEventDetails") or event.get("stateExitedEventDetails") or {}
    return event["type"], str(details.get("name", ""))  # type: ignore[attr-defined]


def _nonces(output: JSON) -> list[str]:
    """Every nonce in a value."""
    if isinstance(output, dict):
        own = [str(output["nonce"])] if "nonce" in output else []
        return own + [each for key, value in output.items() if key != "nonce" for each in _nonces(value)]
    return [each for value in output for each in _nonces(value)] if isinstance(output, list) else []


def _without_nonces(output: JSON) -> JSON:
    if isinstance(output, dict):
        return {key: "" if key == "nonce" else _without_nonces(value) for key, value in output.items()}
    return [_without_nonces(value) for value in output] if isinstance(output, list) else output
