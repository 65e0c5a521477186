"""Retry and Catch: entries that no error can ever reach.

Rules that a change must keep:

1. An entry is dead only if none of its names can match: an earlier entry takes them all, or they cannot occur here.
2. What a handler or a service may name its errors is not known: of names that do not begin with ``States.`` it is said
   only that no Task and no Fail state in a Parallel or an inline Map lets one out.
3. Facts of the service: ``States.TaskFailed`` leaves out time-outs and ``States.DataLimitExceeded``; ``States.Timeout``
   takes a missed heartbeat too; ``States.Runtime`` and its kin reach no retrier and no catcher. Every task may time
   out, whether or not TimeoutSeconds says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches

from ..model import MapState, ParallelState, Program, State, TaskState
from .analysis import Analysis
from .reading import Finding, is_expression
from .values import Origin

ALL, TASK_FAILED, TIMEOUT, HEARTBEAT = "States.ALL", "States.TaskFailed", "States.Timeout", "States.HeartbeatTimeout"

NEVER_TAKEN = frozenset(
    ("States.Runtime", "States.NoChoiceMatched", "States.IntrinsicFailure", "States.ParameterPathFailure")
)
NOT_TASK_FAILED = frozenset((TIMEOUT, HEARTBEAT, "States.DataLimitExceeded", ALL))
KNOWN = frozenset(
    (
        *(ALL, TASK_FAILED, TIMEOUT, HEARTBEAT, *NEVER_TAKEN),
        *("States.Permissions", "States.ResultPathMatchFailure", "States.BranchFailed"),
        *("States.ExceedToleratedFailureThreshold", "States.ItemReaderFailed", "States.ResultWriterFailed"),
        *("States.QueryEvaluationError", "States.DataLimitExceeded", "States.Http.Socket"),
    )
)
FIELDS = {"Catch": "catch-never-matches", "Retry": "retry-never-matches"}


def dead_entries(analysis: Analysis) -> Iterator[Finding]:
    """Every retrier and catcher that nothing can reach."""
    for state, place in analysis.places.items():
        for field, rule in FIELDS.items() if state.retriers or state.catchers else ():
            entries = state.retriers if field == "Retry" else state.catchers
            if not entries:
                continue
            if cannot_fail(analysis, state):
                for index in range(len(entries)):
                    message = f"never matches: nothing in {state.name} can fail"
                    yield Finding(rule, (*place, field, index), message)
                continue
            for index, reason, because in _dead(analysis, state, [entry.error_equals for entry in entries]):
                origins = tuple(Origin(text, (*place, field, earlier)) for text, earlier in because)
                yield Finding(rule, (*place, field, index), f"never matches: {reason}", origins)


def _dead(
    analysis: Analysis, state: State, entries: list[tuple[str, ...]]
) -> Iterator[tuple[int, str, list[tuple[str, int]]]]:
    taken: dict[str, int] = {}
    let_out = _let_out(state)
    for index, names in enumerate(entries):
        reasons: list[str] = []
        because: list[tuple[str, int]] = []
        for name in names:
            earlier = _taker(name, taken)
            if earlier is not None:
                reasons.append(f"{name} is taken by the entry before")
                because.append((f"{name} is taken here first, by {', '.join(entries[earlier])}", earlier))
            elif (reason := _impossible(analysis, state, name)) is not None:
                reasons.append(reason)
            elif let_out is not None and not name.startswith("States.") and name not in let_out:
                reasons.append(f"no Task or Fail state in it ends with {name}")
        if names and len(reasons) == len(names):
            yield index, "; ".join(dict.fromkeys(reasons)), because
        for name in names:
            taken.setdefault(name, index)


def _taker(name: str, taken: dict[str, int]) -> int | None:
    """The earlier entry that takes all errors of a name."""
    for earlier in (name, ALL):
        if earlier in taken:
            return taken[earlier]
    if name == HEARTBEAT and TIMEOUT in taken:
        return taken[TIMEOUT]
    if TASK_FAILED in taken and name not in NOT_TASK_FAILED:
        return taken[TASK_FAILED]
    return None


# --------------------------------------------------------------------------- names that cannot occur


def _impossible(analysis: Analysis, state: State, name: str) -> str | None:
    """Why an error of this name cannot come from the state."""
    if name in NEVER_TAKEN:
        return f"{name} can be neither caught nor retried"
    needs = _NEEDS.get(name)
    if needs is not None:
        around = [state, *_below(state)]
        return None if any(needs[0](analysis, each) for each in around) else needs[1]
    if name.startswith("States.") and name not in KNOWN and not name.startswith("States.Http."):
        near = get_close_matches(name, KNOWN, 1, 0.85)
        return f"there is no error {name}; did you mean {near[0]}?" if near else None
    return None


def _let_out(state: State) -> frozenset[str] | None:
    """The names that somebody gave to errors that may leave what is in a state; ``None``: any."""
    if isinstance(state, TaskState) or (isinstance(state, MapState) and state.distributed):
        return None
    if state.type == "Fail":
        error = state.document.get("Error")
        return frozenset((error,)) if isinstance(error, str) and not is_expression(error) else None
    found: frozenset[str] = frozenset()
    for inner in (each for program in state.programs() for each in program.states.values()):
        caught = {name for catcher in inner.catchers for name in catcher.error_equals}
        if caught & ({ALL, TASK_FAILED} if isinstance(inner, TaskState) else {ALL}):
            continue
        names = _let_out(inner)
        if names is None:
            return None
        found |= names - caught
    return found


def _below(state: State) -> Iterator[State]:
    for program in state.programs():
        yield from program.walk()


def _has_heartbeat(analysis: Analysis, state: State) -> bool:
    return isinstance(state, TaskState) and state.heartbeat is not None


def _times_out(analysis: Analysis, state: State) -> bool:
    return isinstance(state, TaskState) or (isinstance(state, MapState) and state.distributed)


def _speaks_jsonata(analysis: Analysis, state: State) -> bool:
    return analysis.is_jsonata(state)


def _is_distributed(analysis: Analysis, state: State) -> bool:
    return isinstance(state, MapState) and state.distributed


def _reads(analysis: Analysis, state: State) -> bool:
    return isinstance(state, MapState) and (state.reader is not None or state.distributed)


def _writes(analysis: Analysis, state: State) -> bool:
    return isinstance(state, MapState) and state.writer is not None


def _branches(analysis: Analysis, state: State) -> bool:
    return isinstance(state, ParallelState) or _is_distributed(analysis, state)


_NEEDS: dict[str, tuple[Callable[[Analysis, State], bool], str]] = {
    HEARTBEAT: (_has_heartbeat, "there is no HeartbeatSeconds, so no heartbeat can be missed"),
    TIMEOUT: (_times_out, "nothing in it can time out"),
    "States.BranchFailed": (_branches, "there is no Parallel state whose branch could fail"),
    "States.ExceedToleratedFailureThreshold": (_is_distributed, "there is no distributed Map with a tolerance"),
    "States.ItemReaderFailed": (_reads, "there is no ItemReader"),
    "States.ResultWriterFailed": (_writes, "there is no ResultWriter"),
    "States.QueryEvaluationError": (_speaks_jsonata, "there is no JSONata here"),
}


# --------------------------------------------------------------------------- states that cannot fail


def cannot_fail(analysis: Analysis, state: State) -> bool:
    """Whether a Parallel or an inline Map holds only what cannot fail."""
    if isinstance(state, MapState) and (state.distributed or state.reader or state.writer):
        return False
    if not isinstance(state, (ParallelState, MapState)) or state.expressions or "ResultPath" in state.document:
        return False
    return all(_is_harmless(state, each) for each in _below(state)) and _ends(state.programs())


def _is_harmless(owner: State, state: State) -> bool:
    if state.expressions or "ResultPath" in state.document:
        return False
    return state.type in ("Pass", "Succeed", "Wait") or (
        state.type in ("Parallel", "Map") and not isinstance(state, MapState)
    )


def _ends(programs: Iterable[Program]) -> bool:
    return any(program.states for program in programs)
