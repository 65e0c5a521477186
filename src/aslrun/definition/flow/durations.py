"""Time-outs that are longer than what is around them, and waits that outlast their machine.

Rules that a change must keep:

1. Only constants count, those that the data flow knows of included, and only what is certainly longer; as long as the
   parent is not longer.
2. An EXPRESS machine ends after 300 seconds whatever it says; so do the EXPRESS children of a distributed Map.
3. Of waits in a row the shortest way to a state counts.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import NamedTuple

from ..model import MapState, Program, State
from .analysis import Analysis
from .reading import Finding, Reading, is_expression
from .states import effective_input
from .values import Origin, Value, only_constant

EXPRESS_SECONDS = 300

FIELDS = {"Task": ("TimeoutSeconds", "HeartbeatSeconds"), "Wait": ("Seconds",)}


class Limit(NamedTuple):
    """How long everything in a machine may take, in seconds, and why."""

    seconds: float
    text: str
    origin: Origin | None = None


def too_long(analysis: Analysis) -> Iterator[Finding]:
    """Every time-out and wait that its machine ends before."""
    machine = analysis.machine
    limit = _limit_of(machine.type, machine.timeout)
    if machine.type == "EXPRESS" and machine.timeout is not None and machine.timeout > EXPRESS_SECONDS:
        message = f"{machine.timeout:g} seconds are more than the {EXPRESS_SECONDS} that an EXPRESS machine may take"
        yield Finding("timeout-longer-than-parent", ("TimeoutSeconds",), message)
        limit = _limit_of("EXPRESS", None)
    pending = [(machine.program, limit)] if limit is not None or analysis.owners else []
    while pending:
        program, limit = pending.pop()
        if limit is not None:
            yield from _in_program(analysis, program, limit)
        for state in program.states.values():
            if not state.programs():
                continue
            inner = limit
            if isinstance(state, MapState) and state.distributed and state.execution_type == "EXPRESS":
                inner = _shorter(limit, _limit_of("EXPRESS", None))
            pending.extend((nested, inner) for nested in state.programs())


def _limit_of(type: str, timeout: float | None) -> Limit | None:
    if timeout is not None:
        origin = Origin(f"the whole machine has {timeout:g} seconds", ("TimeoutSeconds",))
        return Limit(timeout, f"the {timeout:g} of the whole machine", origin)
    if type == "EXPRESS":
        return Limit(EXPRESS_SECONDS, f"the {EXPRESS_SECONDS} that an EXPRESS machine may take")
    return None


def _shorter(one: Limit | None, other: Limit | None) -> Limit | None:
    limits = [limit for limit in (one, other) if limit is not None]
    return min(limits, key=lambda limit: limit.seconds) if limits else None


def _in_program(analysis: Analysis, program: Program, limit: Limit) -> Iterator[Finding]:
    because = () if limit.origin is None else (limit.origin,)
    alone = set()
    for state in program.states.values():
        for field in FIELDS.get(state.type, ()):
            for written, seconds, origins in _seconds(analysis, state, field):
                if seconds > limit.seconds:
                    message = f"{seconds:g} seconds are more than {limit.text}"
                    alone.add(state.name)
                    place = (*analysis.places[state], written)
                    yield Finding("timeout-longer-than-parent", place, message, (*origins, *because))
        for index, retrier in enumerate(state.retriers):
            if retrier.interval > limit.seconds and not retrier.full_jitter and retrier.max_delay is None:
                place = (*analysis.places[state], "Retry", index, "IntervalSeconds")
                message = f"{retrier.interval:g} seconds are more than {limit.text}: there is never a second attempt"
                yield Finding("timeout-longer-than-parent", place, message, because)
    if not alone:
        yield from _in_a_row(analysis, program, limit, because)


def _seconds(analysis: Analysis, state: State, field: str) -> Iterator[tuple[str, float, tuple[Origin, ...]]]:
    """The seconds that a field, or the path in its place, certainly stands for, and where they come from."""
    for written in (field, f"{field}Path"):
        given = state.document.get(written)
        if isinstance(given, str) and state in analysis.entries:
            value = _looked_up(Reading(analysis, state, analysis.entries[state]), given, written)
            given, origins = only_constant(value)[1], value.origins
        else:
            origins = ()
        if isinstance(given, (int, float)) and not isinstance(given, bool):
            yield written, given, origins


def _looked_up(reading: Reading, text: str, field: str) -> Value:
    if is_expression(text):
        return reading.query(text, {}, (field,))
    return reading.expression(text, effective_input(reading), (field,))


def _in_a_row(analysis: Analysis, program: Program, limit: Limit, because: tuple[Origin, ...]) -> Iterator[Finding]:
    """The first wait on a way that takes the sum of all waits before it over the limit."""
    before = {program.start.name: 0.0}
    queue = [(0.0, program.start.name)]
    done: set[str] = set()
    while queue:
        elapsed, name = heapq.heappop(queue)
        if name in done:
            continue
        done.add(name)
        state = program.states[name]
        after = elapsed + _waits(state)
        if after > limit.seconds:
            message = f"with the waits before it {after:g} seconds have passed, more than {limit.text}"
            yield Finding("timeout-longer-than-parent", (*analysis.places[state], "Seconds"), message, because)
            continue
        for target in state.targets():
            if after < before.get(target, float("inf")):
                before[target] = after
                heapq.heappush(queue, (after, target))


def _waits(state: State) -> float:
    seconds = state.document.get("Seconds") if state.type == "Wait" else 0
    return seconds if isinstance(seconds, (int, float)) else 0
