"""Whether a machine is at home on AWS: what is refused there, what goes differently, which quotas it may hit, its cost.

Rules that a change must keep:

1. A finding says the state, what will happen, and what to do about it where that is known.
2. Estimates name what they assume.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ..definition.json_text import render_location
from ..definition.loading import load
from ..definition.model import Machine
from ..definition.substitutions import open_names, state_at
from ..definition.validation import validate
from ..errors import InvalidDefinition
from ..values import JSON, size
from . import cost
from .arguments import Task, is_distributed, processor_config, states_of, tasks
from .asl import to_asl
from .cost import Cost
from .roads import RETRY_EVENTS, Range, events, loops, transitions

REFUSED, DIFFERS, QUOTA = "refused", "differs", "quota"

MAX_EVENTS = 25_000
MAX_PAYLOAD = 262_144
MAX_DEFINITION = 1_048_576
INLINE_CONCURRENCY = 40
EXPRESS_SECONDS = 300
_FORBIDDEN = re.compile(r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
_ARN = re.compile(r"arn:[\w-]+:[\w-]+:([\w-]*):(\d*):")
_EXAMPLES = ("000000000000", "123456789012", "111111111111", "111122223333")  # accounts of documentation and emulators
_BODY = ("s3:getObject", "http:invoke", "apigateway:invoke", "lambda:invoke")


class Finding(NamedTuple):
    """Something to know before the machine goes to AWS: its kind, the state (empty: the machine), a sentence."""

    kind: str
    state: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What the estimates start from: executions in a month, items of a Map, and for Express seconds and MB of each."""

    executions: int = 10_000
    items: int = 10
    seconds: float = 1.0
    memory_mb: float = 64


@dataclass(frozen=True, slots=True)
class Report:
    """Findings, and the estimates.

    ``transitions`` are of one execution without failures, ``caught`` with roads through Catch; ``events`` are those of
    its history. Costs are US dollars a month; ``express`` is ``None`` where the machine cannot be an Express one, and
    ``why_not`` says why.
    """

    findings: tuple[Finding, ...]
    assumptions: Assumptions
    transitions: Range
    caught: Range
    events: Range
    standard: Cost
    express: Cost | None
    why_not: str = ""

    @property
    def cheaper(self) -> str:
        """``STANDARD`` or ``EXPRESS``, by the longest road."""
        return "EXPRESS" if self.express is not None and self.express.most < self.standard.most else "STANDARD"


def report(machine: Machine, assumptions: Assumptions | None = None) -> Report:
    """Everything about a machine that matters on AWS and not here.

    >>> machine = load({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}, name="m")
    >>> found = report(machine, Assumptions(executions=1_000_000))
    >>> found.findings, round(found.standard.most, 2), found.cheaper
    ((), 24.9, 'EXPRESS')
    """
    given = assumptions or Assumptions()
    document = machine.document
    usual = transitions(document, given.items)
    caught = transitions(document, given.items, catching=True)
    why_not = _no_express(machine)
    usd = cost.express(given.executions, given.seconds, given.memory_mb)
    findings = [*_refused(machine), *_differs(machine), *_quotas(machine, given)]
    return Report(
        tuple(findings),
        given,
        usual,
        caught,
        events(document, given.items),
        Cost(*(cost.standard(given.executions * count) for count in usual)),
        None if why_not else Cost(usd, usd),
        why_not,
    )


def _no_express(machine: Machine) -> str:
    """Why a machine cannot be an Express one, empty if it can."""
    try:
        load(dict(machine.document), type="EXPRESS")
    except InvalidDefinition as invalid:
        first = invalid.diagnostics[0]
        return f"{first.path}: {first.message}"
    return ""


# --------------------------------------------------------------------------- refused


def _refused(machine: Machine) -> Iterator[Finding]:
    for found in validate(dict(machine.document), type=machine.type):
        yield Finding(REFUSED if found.severity == "ERROR" else DIFFERS, found.path, found.message)
    if _FORBIDDEN.search(machine.name) or not 1 <= len(machine.name) <= 80:
        yield Finding(
            REFUSED, "", f"the name {machine.name!r} is no name on AWS: at most 80 characters, no blanks, no ?*:/"
        )
    length = len(to_asl(machine))
    if length > MAX_DEFINITION:
        yield Finding(REFUSED, "", f"the definition has {length:,} characters; {MAX_DEFINITION:,} are allowed")
    yield from _unfilled(machine)
    yield from _stand_ins(machine)


def _unfilled(machine: Machine) -> Iterator[Finding]:
    """What a deployment has to fill."""
    for name, places in open_names(machine.document).items():
        told = render_location(places[0]) + (f" and {len(places) - 1} more" if len(places) > 1 else "")
        sentence = (
            f"nothing fills ${{{name}}} at {told}: give it with --substitutions {name}=VALUE, or deploy a template"
        )
        yield _together(DIFFERS, list(dict.fromkeys(map(state_at, places))), sentence)


def _stand_ins(machine: Machine) -> Iterator[Finding]:
    """Accounts and regions that nobody has."""
    states: dict[str, list[str]] = {}
    for name, state, _ in states_of(machine.document):
        for region, account in {found.groups() for found in map(_ARN.match, _texts(state)) if found}:
            for word in (account if account in _EXAMPLES else "", region if region.startswith("local") else ""):
                if word:
                    states.setdefault(word, []).append(name)
    for word, names in states.items():
        what = "account" if word.isdecimal() else "region"
        sentence = f"the {what} {word} stands for another: put real ARNs with --name, or deploy a template"
        yield _together(DIFFERS, names, sentence)


def _together(kind: str, states: list[str], sentence: str) -> Finding:
    """One finding for several states."""
    others = f" and {len(states) - 2} others" if len(states) > 3 else ""
    return Finding(kind, ", ".join(states[:2] if others else states) + others, sentence)


def _texts(state: Mapping[str, JSON]) -> Iterator[str]:
    """Texts of the state itself and of its arguments, where an ARN may stand."""
    for value in (state.get("Resource"), *_values(state.get("Parameters")), *_values(state.get("Arguments"))):
        if isinstance(value, str) and value.startswith("arn:") and ":states:::" not in value:
            yield value


def _values(value: JSON | None) -> list[JSON]:
    return list(value.values()) if isinstance(value, dict) else []


# --------------------------------------------------------------------------- different


def _differs(machine: Machine) -> Iterator[Finding]:
    for task in tasks(machine.document):
        if task.part == "task":
            yield from _of_task(task, machine)
    for name, state, _ in states_of(machine.document):
        if state.get("Type") == "Map" and not is_distributed(state):
            limit = state.get("MaxConcurrency", 0)
            if isinstance(limit, int) and not 1 <= limit <= INLINE_CONCURRENCY and "MaxConcurrencyPath" not in state:
                yield Finding(
                    DIFFERS, name, f"AWS runs at most {INLINE_CONCURRENCY} iterations of an inline Map at a time"
                )
        if is_distributed(state) and processor_config(state).get("ExecutionType") == "EXPRESS":
            yield Finding(DIFFERS, name, "its children are Express executions, whose cost is not in the estimate below")
    if machine.type == "EXPRESS":
        yield Finding(DIFFERS, "", "an Express execution may run more than once: its tasks must bear being repeated")
        yield from _waits_too_long(machine)


def _of_task(task: Task, machine: Machine) -> Iterator[Finding]:
    state = machine.states[task.state]
    if getattr(state, "timeout", None) is None and machine.timeout is None and machine.type == "STANDARD":
        waiting = task.pattern == "waitForTaskToken" or task.service == "activity"
        consequence = "an answer that never comes is waited for up to a year" if waiting else "it may hang up to a year"
        yield Finding(DIFFERS, task.state, f"has no TimeoutSeconds, nor has the machine: {consequence}")


def _waits_too_long(machine: Machine) -> Iterator[Finding]:
    for name, state, _ in states_of(machine.document):
        seconds = state.get("Seconds") if state.get("Type") == "Wait" else None
        if isinstance(seconds, (int, float)) and seconds >= EXPRESS_SECONDS:
            yield Finding(
                REFUSED, name, f"waits {seconds:,} s, and an Express execution ends after {EXPRESS_SECONDS} s"
            )


# --------------------------------------------------------------------------- quotas


def _quotas(machine: Machine, given: Assumptions) -> Iterator[Finding]:
    if machine.type == "STANDARD":
        yield from _histories(machine, given)
    for name, state, _ in states_of(machine.document):
        for field in ("Result", "Parameters", "Arguments", "Output"):
            if field in state and (bytes_ := size(state[field])) > MAX_PAYLOAD:
                yield Finding(QUOTA, name, f"{field} alone has {bytes_:,} bytes; a payload may have {MAX_PAYLOAD:,}")
        if state.get("Type") == "Map" and not is_distributed(state) and state.get("ResultPath", "$") is not None:
            each = MAX_PAYLOAD // max(1, given.items)
            yield Finding(QUOTA, name, f"collects all results: with {given.items:,} items each may have {each:,} bytes")
    large = [
        task.state
        for task in tasks(machine.document)
        if f"{task.service}:{task.action}" in _BODY and task.part == "task" and not task.pattern
    ]
    if large:
        yield _together(
            QUOTA, large, f"a result of more than {MAX_PAYLOAD:,} bytes fails with States.DataLimitExceeded"
        )


def _histories(machine: Machine, given: Assumptions) -> Iterator[Finding]:
    needed = events(machine.document, given.items)
    if needed.most > MAX_EVENTS:
        sentence = (
            f"up to {needed.most:,} history events with {given.items:,} items; an execution fails at {MAX_EVENTS:,}"
        )
        yield Finding(QUOTA, "", f"{sentence}: use a distributed Map, or start executions for parts")
    for loop in loops(machine.document, given.items):
        rounds = (MAX_EVENTS - needed.least) // max(1, loop.events)
        told = f"a loop of {len(loop.states)} states and {loop.events} history events: fails after {rounds:,} rounds"
        after = f", {_duration(rounds * loop.seconds)} if each only waits" if loop.seconds else ""
        yield Finding(QUOTA, loop.states[0], told + after)
    for name, state, _ in states_of(machine.document):
        retriers = state.get("Retry")
        attempts = sum(_attempts(each) for each in retriers) if isinstance(retriers, list) else 0
        if attempts * RETRY_EVENTS > MAX_EVENTS:
            yield Finding(QUOTA, name, f"may be tried {attempts:,} times, but history ends at {MAX_EVENTS:,} events")


def _attempts(retrier: JSON) -> int:
    attempts = retrier.get("MaxAttempts", 3) if isinstance(retrier, dict) else 0
    return attempts if isinstance(attempts, int) else 0


def _duration(seconds: float) -> str:
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds"
