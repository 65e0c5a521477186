"""A state machine as the engine reads it: immutable, compiled, every name resolved.

One class per state type. What several types share is parsed once (``State``, ``Retrier``, ``Catcher``); all
expressions are callables already. Nothing here runs anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, TypeAlias

from ..language.dataflow import NOTHING, Dataflow, Evaluate, Expression, FieldValue, Predicate
from ..values import JSON


@dataclass(slots=True, frozen=True)
class Retrier:
    """One entry of Retry; times in seconds."""

    error_equals: tuple[str, ...]
    interval: float = 1
    max_attempts: int = 3
    backoff_rate: float = 2.0
    max_delay: float | None = None
    full_jitter: bool = False

    def delay(self, retry: int) -> float:
        """Seconds before the given retry, counted from 1, without jitter.

        >>> Retrier(("States.ALL",), interval=3, max_delay=10).delay(3)
        10
        """
        try:
            delay = self.interval * float(self.backoff_rate) ** (retry - 1)  # an int would grow without bound
        except OverflowError:
            delay = float(MAX_SECONDS)
        return min(delay, MAX_SECONDS if self.max_delay is None else self.max_delay)


MAX_SECONDS = 99_999_999


@dataclass(slots=True, eq=False)
class Catcher:
    """One entry of Catch."""

    error_equals: tuple[str, ...]
    target: str
    dataflow: Dataflow = NOTHING
    next: State | None = field(default=None, repr=False)


@dataclass(slots=True, eq=False)
class State:
    """What every state has. ``next`` is ``None`` where the state ends its machine, branch or iteration.

    ``entered`` and ``exited`` are the types of its history events.
    """

    name: str
    type: str = ""
    target: str | None = None
    dataflow: Dataflow = NOTHING
    retriers: tuple[Retrier, ...] = ()
    catchers: tuple[Catcher, ...] = ()
    next: State | None = field(default=None, repr=False)
    entered: str = ""
    exited: str = ""
    aborted: str = ""
    document: Mapping[str, JSON] = field(default_factory=dict, repr=False)
    expressions: tuple[Expression, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        self.type, self.entered, self.exited, self.aborted = _names_of(type(self).__name__)

    def targets(self) -> Iterator[str]:
        """Names of the states that may follow."""
        if self.target is not None:
            yield self.target
        for catcher in self.catchers:
            yield catcher.target

    def link(self, states: Mapping[str, State]) -> None:
        """Resolve the names of the states that follow."""
        self.next = None if self.target is None else states[self.target]
        for catcher in self.catchers:
            catcher.next = states[catcher.target]

    def programs(self) -> tuple[Program, ...]:
        """The machines nested in this state."""
        return ()


@cache
def _names_of(kind: str) -> tuple[str, str, str, str]:
    """The type of states of a class, and the types of their history events."""
    name = kind.removesuffix("State")
    return name, f"{name}StateEntered", f"{name}StateExited", f"{name}StateAborted"


@dataclass(slots=True, eq=False)
class PassState(State):
    """Passes its input on, or a fixed result. ``result`` is ``None`` where the state has none."""

    result: Evaluate | None = None


@dataclass(slots=True, frozen=True)
class Resource:
    """What a Task calls: ``kind`` is ``lambda`` (by function ARN), ``activity`` or ``service``.

    For a service ``type`` and ``action`` are what the history calls resourceType and resource, and ``pattern`` is
    ``""``, ``sync``, ``sync:2`` or ``waitForTaskToken``.
    """

    arn: str
    kind: str
    type: str = ""
    action: str = ""
    pattern: str = ""
    waits_for_token: bool = field(init=False, repr=False)
    """The task ends by its token and not by the handler's return."""
    has_token: bool = field(init=False, repr=False)
    """There is a token at all: a nested execution may end the ``.sync`` task that waits for it (recorded)."""
    submits: bool = field(init=False, repr=False)
    """A call's answer is only the submission of the task (history event TaskSubmitted)."""
    short_name: str = field(init=False, repr=False)
    """How causes about the size of a result name the task: the service, or the whole ARN."""
    names: tuple[str, ...] = field(init=False, repr=False)
    """What most history events of its tasks begin with."""

    def __post_init__(self) -> None:
        waits = self.pattern == "waitForTaskToken" or self.kind == "activity"
        derived = {
            "waits_for_token": waits,
            "has_token": waits or (self.type == "states" and self.pattern != ""),
            "submits": self.pattern != "",
            "short_name": self.type or self.arn,
            "names": (self.type, self.action) if self.kind == "service" else (),
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)  # frozen


@dataclass(slots=True, eq=False)
class TaskState(State):
    """Calls a resource. Timeouts are in seconds."""

    resource: Resource = Resource("", "service")
    timeout: FieldValue | None = None
    heartbeat: FieldValue | None = None
    credentials: Evaluate | None = None
    has_terms: bool = field(init=False)
    """Any of these three is given."""

    def __post_init__(self) -> None:
        State.__post_init__(self)
        self.has_terms = not (self.timeout is None and self.heartbeat is None and self.credentials is None)


@dataclass(slots=True, eq=False)
class WaitState(State):
    """Waits for ``seconds`` or until ``timestamp``."""

    seconds: FieldValue | None = None
    timestamp: FieldValue | None = None


@dataclass(slots=True, eq=False)
class ChoiceRule:
    """One rule of Choices: where ``condition`` holds, ``dataflow`` gives the output and ``next`` follows."""

    condition: Predicate
    target: str
    dataflow: Dataflow = NOTHING
    next: State | None = field(default=None, repr=False)


@dataclass(slots=True, eq=False)
class ChoiceState(State):
    """Goes to the target of the first rule that holds, or to Default (``target``)."""

    rules: tuple[ChoiceRule, ...] = ()

    def targets(self) -> Iterator[str]:
        yield from (rule.target for rule in self.rules)
        if self.target is not None:
            yield self.target

    def link(self, states: Mapping[str, State]) -> None:
        self.next = None if self.target is None else states[self.target]
        for rule in self.rules:
            rule.next = states[rule.target]


@dataclass(slots=True, eq=False)
class SucceedState(State):
    """Ends its machine, branch or iteration."""


@dataclass(slots=True, eq=False)
class FailState(State):
    """Fails with an error and a cause, each of which may be absent."""

    error: FieldValue | None = None
    cause: FieldValue | None = None


@dataclass(slots=True, eq=False)
class Program:
    """States with a beginning: a whole machine, a branch of Parallel or the item processor of Map."""

    start: State
    states: Mapping[str, State] = field(repr=False)

    def walk(self) -> Iterator[State]:
        """Every state, those of nested machines after the state that holds them."""
        for state in self.states.values():
            yield state
            for program in state.programs():
                yield from program.walk()


@dataclass(slots=True, eq=False)
class ParallelState(State):
    """Runs its branches on the same input."""

    branches: tuple[Program, ...] = ()

    def programs(self) -> tuple[Program, ...]:
        return self.branches


@dataclass(slots=True, frozen=True, eq=False)
class ItemReader:
    """Where a distributed Map has its items from; ``config`` is ReaderConfig without MaxItems."""

    resource: str
    arguments: Evaluate | None = None
    config: Evaluate | None = None
    max_items: FieldValue | None = None


@dataclass(slots=True, frozen=True, eq=False)
class ItemBatcher:
    """How many items go into one child of a distributed Map; ``max_bytes`` is of a child's whole input."""

    max_items: FieldValue | None = None
    max_bytes: FieldValue | None = None
    batch_input: Evaluate | None = None


@dataclass(slots=True, frozen=True, eq=False)
class ResultWriter:
    """What becomes of the results of a distributed Map; ``resource`` is empty where they stay in its output."""

    resource: str = ""
    arguments: Evaluate | None = None
    transformation: str = "NONE"
    output_type: str = "JSON"


@dataclass(slots=True, eq=False)
class MapState(State):
    """Runs its processor on every item. ``execution_type`` is set where it is distributed."""

    processor: Program = None  # type: ignore[assignment]  # always given: dataclass fields with defaults come first
    items: FieldValue | None = None
    item_selector: Evaluate | None = None
    max_concurrency: FieldValue | None = None
    tolerated_count: FieldValue | None = None
    tolerated_percentage: FieldValue | None = None
    distributed: bool = False
    execution_type: str = "STANDARD"
    label: str | None = None
    reader: ItemReader | None = None
    batcher: ItemBatcher | None = None
    writer: ResultWriter | None = None

    def programs(self) -> tuple[Program, ...]:
        return (self.processor,)


Decision: TypeAlias = Literal["entered", "next", "rule", "retrier", "catcher", "due", "items"]
"""What a watch is told of a state: it was entered; it went to its Next; which Choice rule held (their number: Default);
which retrier or catcher took an error; that a deadline passed (0: the time-out, 1: the heartbeat; no name: the
machine's); how many items a Map has."""

Watch: TypeAlias = Callable[[str, Decision, int], None]


@dataclass(slots=True, eq=False)
class Machine:
    """A loaded state machine: what ``aslrun.load`` gives and everything else takes.

    ``document`` is the definition as it was read (export it unchanged), ``timeout`` is in seconds. Whoever sets
    ``watch`` is told what the executions that begin afterwards decide, on every driver.
    """

    name: str
    program: Program = field(repr=False)
    document: Mapping[str, JSON] = field(repr=False)
    text: str = field(repr=False, default="")
    type: str = "STANDARD"
    timeout: float | None = None
    query_language: str = "JSONPath"
    watch: Watch | None = field(default=None, repr=False)
    states: Mapping[str, State] = field(init=False, repr=False)
    _processors: dict[str, Machine] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.states = {state.name: state for state in self.program.walk()}

    def processor(self, map_state: str) -> Machine:
        """The machine that each child of a distributed Map runs."""
        known = self._processors.get(map_state)
        if known is None:
            known = self._processors[map_state] = self._processor(map_state)
        known.watch = self.watch
        return known

    def _processor(self, map_state: str) -> Machine:
        state = self.states[map_state]
        assert isinstance(state, MapState)
        return Machine(f"{self.name}/{state.label or map_state}", state.processor, {}, type=state.execution_type)

    def variable_references(self) -> dict[str, list[str]]:
        """State name to the variables that its expressions refer to, as DescribeStateMachine answers."""
        found: dict[str, list[str]] = {}
        for state in self.states.values():
            names = dict.fromkeys(name for expression in state.expressions for name in expression.references())
            if names:
                found[state.name] = list(names)
        return found
