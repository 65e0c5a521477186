"""One execution on the way through what can happen to it: which moves there are now, and what a move makes happen.

Rules that a change must keep:

1. A walk is the engine's ``Execution`` and nothing else moves it: a story that is told here happens on every driver.
2. A task may take any time: its answer comes now, or time passes first to the next deadline.
3. What goes wrong is a *fault*, and a walk has so many of them. A task that goes on failing in the same way in the
   same state costs nothing more, so that retries are exhausted by one fault. Where only a fault can go on, it is free.
4. Moves are plain data in names of the definition: played again from the beginning they tell the same story.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from ..definition.model import Machine
from ..engine.deadlines import Entry
from ..engine.effects import ScheduleTask
from ..engine.events import Event, Started, TaskFailed, TaskHeartbeat, TaskStarted, TaskSucceeded, TimePassed
from ..engine.execution import MACHINE_CLOCK, Execution
from ..engine.failure import TIMEOUT
from ..engine.fork import fork
from ..engine.frame import Frame
from ..engine.history import Record
from ..engine.limits import DEFAULT_LIMITS, EXPRESS_LIMITS, Limits
from ..runtime.naming import DEFAULT_PLACE
from ..runtime.simulation import SIMULATION_EPOCH
from ..values import JSON
from .outcomes import Outcome, Outcomes

if TYPE_CHECKING:
    from .invariant import Invariant

MoveKind = Literal["answer", "begin", "beat", "time", "silence"]


class Move(NamedTuple):
    """One thing that happens: a task answers (``outcome``), a worker begins with it, its heartbeat comes, time passes
    to the next deadline, or whoever could answer never does.

    ``nth`` tells tasks of the same state apart, in the order of their scheduling.
    """

    kind: MoveKind
    state: str = ""
    outcome: Outcome | None = None
    nth: int = 0

    def __str__(self) -> str:
        which = f"{self.state} #{self.nth + 1}" if self.nth else self.state
        return _SAID[self.kind].format(which=which, outcome=self.outcome)


_SAID: Mapping[MoveKind, str] = {
    "answer": "{which} {outcome}",
    "begin": "a worker takes {which}",
    "beat": "{which} sends a heartbeat",
    "time": "time passes",
    "silence": "nobody ever answers {which}",
}
PASS_TIME = Move("time")


class Fact(NamedTuple):
    """What an invariant is told: a state was ``entered`` or ``exited`` (``value`` is its input or output), a task was
    ``called`` (the ScheduleTask), ``answered`` (the result) or has ``failed`` (the error; ``retried`` is the state that
    backs off to try again, this or one of those ``around`` it, or empty)."""

    kind: Literal["entered", "exited", "called", "answered", "failed"]
    state: str
    value: object = None
    retried: str = ""
    around: tuple[str, ...] = ()


class End(NamedTuple):
    """How a run ends. ``status`` is AWS's word, or ``WAITING`` where nothing will move it any more.

    ``deliberate`` is set where a Fail state chose the error; times are in seconds since the start.
    """

    status: str
    output: JSON
    error: str | None
    cause: str | None
    state: str
    deliberate: bool
    elapsed: float

    def __repr__(self) -> str:
        error = f" with {self.error}" if self.error else ""
        return f"<{self.status}{error} in {self.state or 'no state'} after {self.elapsed:g} s>"


class Broken(Exception):
    """Raised by an invariant: what happened, in a sentence."""


BROKEN = "broken"  # the memory of an invariant that was broken already


class Impossible(ValueError):
    """A move that is not there now: the story is of another definition."""


@dataclass(frozen=True, slots=True, repr=False)
class Setting:
    """What all walks through a machine share."""

    machine: Machine
    outcomes: Outcomes
    faults: float = inf
    invariants: tuple[Invariant, ...] = ()
    limits: Limits = DEFAULT_LIMITS
    seed: int = 0

    def __repr__(self) -> str:
        return f"<Setting of {self.machine.name}>"


def setting_of(machine: Machine, outcomes: Outcomes, **given: object) -> Setting:
    """A setting with the quotas of the machine's type. Raises ``ValueError`` for an invariant of what is not there."""
    limits = EXPRESS_LIMITS if machine.type == "EXPRESS" else DEFAULT_LIMITS
    setting = Setting(machine, outcomes, limits=limits, **given)  # type: ignore[arg-type]
    for each in setting.invariants:
        if (wrong := each.misnamed(machine)) is not None:
            raise ValueError(f"{each.name}: {wrong}")
    return setting


class _Printer(Protocol):
    def text(self, text: str) -> None: ...


@dataclass(slots=True, repr=False)
class Walk:
    """One execution, what it still may suffer, and what the invariants remember of it.

    ``failing`` says in which way the state of each failing task goes on failing. ``facts``, ``records`` and ``broken``
    (invariants, by their place, and why) are those of the last move; ``found`` are all that were broken, and ``way``
    its moves where somebody keeps them.
    """

    setting: Setting
    execution: Execution
    faults: float
    failing: dict[str, str] = field(default_factory=dict)
    memories: tuple[Hashable, ...] = ()
    facts: list[Fact] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    broken: list[tuple[int, str]] = field(default_factory=list)
    silent: bool = False
    way: list[Move] = field(default_factory=list)
    found: list[tuple[int, str]] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"<Walk of {len(self.way)} moves>"

    def _repr_pretty_(self, printer: _Printer, cycle: bool) -> None:
        printer.text(repr(self))  # hypothesis would show every field

    # ------------------------------------------------------------------ what may happen

    def moves(self) -> list[Move]:
        """Everything that may happen now; empty where the run is over."""
        execution = self.execution
        if execution.status != "RUNNING" or self.silent:
            return []
        if execution.ready:
            return [PASS_TIME]
        found = [move for scheduled, nth in self._numbered() for move in self._answers(scheduled, nth)]
        first = execution.deadlines.first()
        if first is not None:
            found += self._passing(first, forced=not found)
        elif execution.tasks and (self.faults >= 1 or not found) and all(map(_by_token, execution.tasks.values())):
            found.append(Move("silence", self.execution.outstanding()[0].state))
        return found

    def _numbered(self) -> Iterator[tuple[ScheduleTask, int]]:
        seen: dict[str, int] = {}
        for scheduled in self.execution.outstanding():
            nth = seen.get(scheduled.state, 0)
            seen[scheduled.state] = nth + 1
            yield scheduled, nth

    def _answers(self, scheduled: ScheduleTask, nth: int) -> Iterator[Move]:
        if scheduled.role == "activity" and not scheduled.started:
            yield Move("begin", scheduled.state, nth=nth)
            return
        lost = scheduled.token is not None and not handed_out(scheduled)
        for outcome in self.setting.outcomes.of(scheduled):
            error = outcome.error
            if not lost if error is None else self._cost(scheduled.state, error) <= self.faults:
                yield Move("answer", scheduled.state, outcome, nth)

    def _passing(self, first: Entry, forced: bool) -> Iterator[Move]:
        """Time passes; a heartbeat may come first where something else is due later."""
        if forced or sum(self._cost(state, TIMEOUT) for state in set(self._late(first[0]))) <= self.faults:
            yield PASS_TIME
        if first[3] == "heartbeat_due" and len(self.execution.deadlines.entries()) > 1:
            frame = self.execution.frames[first[2]]
            tasks = [(scheduled.task, nth) for scheduled, nth in self._numbered()]
            yield Move("beat", frame.state.name, nth=next(nth for task, nth in tasks if task == frame.task))

    def _late(self, until: float) -> list[str]:
        """States whose tasks time out, the machine (an empty name) among them, if time passes until then."""
        late = []
        for frame in self.execution.frames.values():
            due, beat = frame.due, frame.heartbeat_due
            if (due is not None and due <= until) or (beat is not None and beat <= until):
                late.append("" if frame.id == MACHINE_CLOCK else frame.state.name)
        return late

    def _cost(self, state: str, error: str) -> int:
        return 0 if self.failing.get(state) == error else 1

    # ------------------------------------------------------------------ what happens

    def after(self, move: Move) -> Walk:
        """The walk after a move; this one stays where it is."""
        twin = Walk(self.setting, fork(self.execution), self.faults, self.failing, self.memories)
        twin.go(move)
        return twin

    def go(self, move: Move) -> None:
        """Make a move. Raises ``Impossible`` if it is not there."""
        if move.kind == "silence":
            self.silent = True
            self.facts, self.records, self.broken = [], [], []
            self.faults -= 1
            return
        event = self._event(move)
        self._suffer(move, event)
        self._tell(move, event)

    def _event(self, move: Move) -> Event:
        execution = self.execution
        if move.kind == "time":
            if execution.deadline is None:
                raise Impossible("nothing is due: time cannot pass")
            return TimePassed(execution.deadline)
        scheduled = self._task(move)
        if move.kind == "begin":
            return TaskStarted(scheduled.task, execution.now, "worker")
        if move.kind == "beat":
            due = execution.tasks[scheduled.task][0].heartbeat_due or execution.now
            return TaskHeartbeat(scheduled.task, due - min(1.0, (due - execution.now) / 2))
        outcome = move.outcome or Outcome()
        if outcome.error is None:
            return TaskSucceeded(scheduled.task, outcome.result, execution.now)
        return TaskFailed(scheduled.task, outcome.error, outcome.cause, execution.now)

    def _task(self, move: Move) -> ScheduleTask:
        for scheduled, nth in self._numbered():
            if scheduled.state == move.state and nth == move.nth:
                return scheduled
        waiting = ", ".join(each.state for each in self.execution.outstanding()) or "nothing"
        raise Impossible(f"{move}: no such task is open; the execution waits for {waiting}")

    def _suffer(self, move: Move, event: Event) -> None:
        """Count the faults of a move."""
        failed: dict[str, str] = {}
        if type(event) is TaskFailed:
            failed = {move.state: event.error or ""}
        elif type(event) is TimePassed:
            failed = dict.fromkeys(self._late(event.at), TIMEOUT)
        elif type(event) is TaskSucceeded and move.state in self.failing:
            self.failing = {state: error for state, error in self.failing.items() if state != move.state}
        for state, error in failed.items():
            self.faults = max(0, self.faults - self._cost(state, error))
            self.failing = {**self.failing, state: error}

    def _tell(self, move: Move, event: Event) -> None:
        execution = self.execution
        late = self._late(event.at) if type(event) is TimePassed else []
        execution.draws = 0  # what is drawn depends on the seed alone, and not on what happened before
        effects = execution.handle(event)
        self.records = execution.take_history()
        self.facts = list(_facts_of_move(self, move, event, late))
        self.facts += _facts_of_records(self.records)
        self.facts += [Fact("called", each.state, each) for each in effects if isinstance(each, ScheduleTask)]
        if self.failing:
            here = {frame.state.name for frame in execution.frames.values()}
            self.failing = {state: error for state, error in self.failing.items() if state in here}
        self._remember()

    def _remember(self) -> None:
        """Tell the invariants; one that is broken hears no more."""
        self.broken = []
        if not self.memories:
            return
        memories = list(self.memories)
        for place, invariant in enumerate(self.setting.invariants):
            if not invariant.kinds or memories[place] is BROKEN:
                continue
            try:
                for fact in self.facts:
                    if fact.kind in invariant.kinds:
                        memories[place] = invariant.see(memories[place], fact)
            except Broken as broken:
                memories[place] = BROKEN
                self.broken.append((place, str(broken)))
                self.found.append((place, str(broken)))
        self.memories = tuple(memories)

    # ------------------------------------------------------------------ how it stands

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return self.execution.now - self.execution.started_at

    @property
    def entered(self) -> int:
        """How many transitions the last move made: states entered, and calls made again."""
        calls = [fact.value for fact in self.facts if fact.kind == "called"]
        again = [each for each in calls if isinstance(each, ScheduleTask) and each.attempt]
        return len(again) + len([record for record in self.records if record[0].endswith("StateEntered")])

    def end(self) -> End:
        """How the run ended, after its last move."""
        execution = self.execution
        status = "WAITING" if self.silent else execution.status
        state, deliberate = _last_state(self)
        return End(status, execution.output, execution.error, execution.cause, state, deliberate, self.elapsed)


def begin(setting: Setting, input: JSON) -> Walk:
    """A walk whose execution has just started."""
    identity = DEFAULT_PLACE.identity(setting.machine, "explored", lambda: "0")
    execution = Execution(setting.machine, identity, setting.limits)
    memories = tuple(each.begin(input) for each in setting.invariants)
    walk = Walk(setting, execution, setting.faults, {}, memories)
    walk._tell(Move("time"), Started(input, SIMULATION_EPOCH, setting.seed))
    return walk


def handed_out(scheduled: ScheduleTask) -> bool:
    """Whether whoever is called gets the token of the task, so that it can come back."""
    return scheduled.role == "activity" or scheduled.token is None or _holds(scheduled.arguments, scheduled.token)


def _holds(value: JSON, token: str) -> bool:
    if isinstance(value, str):
        return token in value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_holds(each, token) for each in inner)


def _by_token(open_task: tuple[object, ScheduleTask]) -> bool:
    scheduled = open_task[1]
    return scheduled.role == "activity" or scheduled.pattern == "waitForTaskToken"


def _facts_of_move(walk: Walk, move: Move, event: Event, late: list[str]) -> Iterator[Fact]:
    if type(event) is TaskSucceeded:
        yield Fact("answered", move.state, event.output)
    elif type(event) is TaskFailed:
        yield _failed(walk, move.state, event.error)
    for state in late:
        if state:
            yield _failed(walk, state, TIMEOUT)


def _failed(walk: Walk, name: str, error: str | None) -> Fact:
    around = tuple(state.name for state in walk.setting.outcomes.around.get(name, ()))
    waiting = {
        frame.state.name for frame in walk.execution.frames.values() if frame.wake is not None and frame.attempts
    }
    return Fact("failed", name, error, next((each for each in (name, *around) if each in waiting), ""), around)


def _facts_of_records(records: list[Record]) -> Iterator[Fact]:
    for record in records:
        kind = record[0]
        if kind.endswith("StateEntered"):
            yield Fact("entered", record[3], record[4])
        elif kind.endswith("StateExited"):
            yield Fact("exited", record[3], record[4])


def _last_state(walk: Walk) -> tuple[str, bool]:
    """The state in which the run ended, and whether that is a Fail state that chose the error."""
    execution = walk.execution
    if execution.status == "SUCCEEDED":
        return [record[3] for record in walk.records if record[0].endswith("StateExited")][-1], False
    entered = [record for record in walk.records if record[0].endswith("StateEntered")]
    if execution.status == "RUNNING":
        return ", ".join(dict.fromkeys(each.state for each in execution.outstanding())), False
    if execution.status == "TIMED_OUT" and execution.rest is not None:
        return ", ".join(_leaves(execution.rest.values())), False
    last = entered[-1] if entered else None
    if last is not None and last[0] == "FailStateEntered" and not _is_own(walk, last[3]):
        return last[3], True
    failed = [fact.state for fact in walk.facts if fact.kind in ("answered", "failed")]
    return (failed or [last[3] if last is not None else ""])[-1], False


def _leaves(frames: Iterable[Frame]) -> list[str]:
    """The states in which frames stand that have none below them."""
    kept = [frame for frame in frames if frame.id != MACHINE_CLOCK]
    above = {frame.parent.id for frame in kept if frame.parent is not None}
    return list(dict.fromkeys(frame.state.name for frame in kept if frame.id not in above))


def _is_own(walk: Walk, state: str) -> bool:
    """Whether the engine, and not the Fail state, chose the error: its fields could not be evaluated."""
    return f"while executing the state '{state}'" in (walk.execution.cause or "")
