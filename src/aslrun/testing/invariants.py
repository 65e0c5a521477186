"""Invariants: what must hold in every run, each in one line.

Rules that a change must keep:

1. An invariant is a small automaton over facts. What it remembers is hashable and small, for it is part of what
   exploration tells states apart by; it is told every fact once, in the order in which they happen.
2. It raises ``Broken`` with a sentence in the words of the definition.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, TypeAlias, cast

from ..engine.effects import ScheduleTask
from ..engine.failure import TIMEOUT
from ..resources.lambda_function import is_lambda_invoke
from ..values import JSON
from .nearest import hint
from .outcomes import is_transient
from .tasks import function_of, tasks_of
from .walk import Broken, End, Fact, handed_out

if TYPE_CHECKING:
    from ..definition.model import Machine
    from .story import Story

When: TypeAlias = "Callable[[JSON], object]"
"""A question about a document: the input of an execution, or of a state. A document that lacks what is asked for
(``LookupError``, ``TypeError``) is not one of those that ``when`` means, and breaks a ``given``."""


class Verdict:
    """Whether an invariant holds. As text it says why it does not, so that a test that asserts it can be read.

    >>> Verdict("within(60)", "the execution takes 70 s, more than 60")
    <within(60) is broken: the execution takes 70 s, more than 60>
    """

    __slots__ = ("_name", "_reason")

    def __init__(self, name: str, reason: str | None = None) -> None:
        self._name, self._reason = name, reason

    def __bool__(self) -> bool:
        return self._reason is None

    def __repr__(self) -> str:
        return f"<{self._name} holds>" if self._reason is None else f"<{self._name} is broken: {self._reason}>"


class Invariant:
    """What must hold in every run; a subclass says what it remembers. ``name`` is how it is written, ``kinds`` are the
    kinds of facts that it is told, ``states`` the states that it names."""

    kinds: frozenset[str] = frozenset({"entered", "exited", "called", "answered", "failed"})
    states: tuple[str, ...] = ()

    def __init__(self, name: str) -> None:
        self.name = name

    def misnamed(self, machine: Machine) -> str | None:
        """What it names that the machine has not: of that, everything would hold."""
        for name in self.states:
            if name not in machine.states:
                return f"the machine has no state {name}{hint(name, machine.states)}"
        return None

    def begin(self, input: JSON) -> Hashable:
        """What is remembered when a run with this input begins."""
        return None

    def see(self, memory: Hashable, fact: Fact) -> Hashable:
        """What is remembered after a fact. Raises ``Broken``."""
        return memory

    def ended(self, memory: Hashable, end: End) -> None:
        """The run is over. Raises ``Broken``."""

    def goes_in_circles(self, state: str, limited: bool) -> None:
        """A run can come back to where it was, again and again; ``limited``: until the machine's time-out. Raises
        ``Broken``."""

    def unreachable(self, states: Iterable[str]) -> None:
        """No run has entered these states, and all runs were looked at. Raises ``Broken``."""

    def holds_in(self, story: Story) -> Verdict:
        """Whether the story of one run, to its last move, leaves the invariant whole: true or false, and why."""
        memory = self.begin(story.input)
        try:
            for fact in story.facts:
                memory = self.see(memory, fact)
            self.ended(memory, story.end)
        except Broken as broken:
            return Verdict(self.name, str(broken))
        return Verdict(self.name)

    def assertion(self) -> str:
        """What a test asserts of a ``story`` in which this must hold."""
        return f"{self.name}.holds_in(story)"

    def __repr__(self) -> str:
        return self.name


def _is_meant(when: When | None, input: JSON) -> bool:
    """Whether an invariant is about runs with this input."""
    try:
        return when is None or bool(when(input))
    except (LookupError, TypeError):
        return False


# --------------------------------------------------------------------------- about ends


class _AlwaysEnds(Invariant):
    kinds = frozenset()

    def ended(self, memory: Hashable, end: End) -> None:
        if end.status in ("WAITING", "RUNNING"):
            raise Broken(f"the execution waits for ever, in {end.state or 'no state'}")

    def goes_in_circles(self, state: str, limited: bool) -> None:
        if not limited:
            raise Broken(f"the execution may come back to {state} for ever: the machine has no TimeoutSeconds")


def always_ends() -> Invariant:
    """Every run ends: none waits for something that never comes, none can go round in circles for ever."""
    return _AlwaysEnds("always_ends()")


class _NoUnhandled(Invariant):
    kinds = frozenset()

    def __init__(self, errors: tuple[str, ...]) -> None:
        super().__init__(f"no_unhandled({', '.join(map(repr, errors))})")
        self._errors = errors or ("*",)

    def ended(self, memory: Hashable, end: End) -> None:
        error = end.error or ""
        if end.status == "FAILED" and not end.deliberate and any(fnmatchcase(error, each) for each in self._errors):
            raise Broken(f"{end.state or 'the execution'} fails with {error}, which nobody handles: {end.cause or ''}")


def no_unhandled(*errors: str) -> Invariant:
    """No run fails with one of these errors (globs; none: any error), unless a Fail state says so.

    >>> no_unhandled("States.*")
    no_unhandled('States.*')
    """
    return _NoUnhandled(errors)


class _InTime(Invariant):
    kinds = frozenset()

    def ended(self, memory: Hashable, end: End) -> None:
        if end.status == "TIMED_OUT":
            raise Broken(f"the machine's own TimeoutSeconds ends the execution after {end.elapsed:g} s, in {end.state}")

    def goes_in_circles(self, state: str, limited: bool) -> None:
        if limited:
            raise Broken(f"the execution may come back to {state} until the machine's own TimeoutSeconds ends it")

    def assertion(self) -> str:
        return "story.end.status not in ('RUNNING', 'TIMED_OUT')"


def never_times_out() -> Invariant:
    """The machine's own time-out never ends a run: whatever waits inside has a shorter one, and
    nothing goes round in circles until then."""
    return _InTime("never_times_out()")


class _Within(Invariant):
    kinds = frozenset()

    def __init__(self, seconds: float) -> None:
        super().__init__(f"within({seconds:g})")
        self._seconds = seconds

    def ended(self, memory: Hashable, end: End) -> None:
        if end.elapsed > self._seconds:
            raise Broken(f"the execution takes {end.elapsed:g} s, more than {self._seconds:g}")


def within(seconds: float) -> Invariant:
    """Every run is over after so many seconds, as far as its own waits, time-outs and back-offs go."""
    return _Within(seconds)


# --------------------------------------------------------------------------- about states


def _done(memory: Hashable, fact: Fact, state: str) -> Hashable:
    """Whether a state is done: left, but not by a catcher of what its task failed with."""
    if fact.state != state:
        return memory
    if fact.kind == "exited":
        return memory != "failed"
    return "failed" if fact.kind == "failed" else False  # entered, or answered at last


class _Never(Invariant):
    kinds = frozenset({"entered", "exited", "answered", "failed"})

    def __init__(self, state: str, after: str | None, when: When | None, given: When | None) -> None:
        parts = [f"state={state!r}", after and f"after={after!r}", when and "when=...", given and "given=..."]
        super().__init__(f"never({', '.join(part for part in parts if part)})")
        self._state, self._after, self._when, self._given = state, after, when, given
        self.states = (state, *([after] if after else []))

    def begin(self, input: JSON) -> Hashable:
        """Whether the state must not be entered any more; ``None`` where it always may."""
        if not _is_meant(self._when, input):
            return None
        return self._after is None

    def see(self, memory: Hashable, fact: Fact) -> Hashable:
        if fact.kind == "entered" and fact.state == self._state and memory is True:
            self._ask(cast("JSON", fact.value))
        if memory is None or memory is True or self._after is None:
            return memory
        return _done(memory, fact, self._after)

    def _ask(self, document: JSON) -> None:
        after = f" after {self._after}" if self._after else ""
        try:
            if self._given is None or self._given(document):
                raise Broken(f"{self._state} is entered{after}")
        except (LookupError, TypeError) as problem:
            raise Broken(
                f"{self._state} is entered with a document that lacks what is asked of it: {problem}"
            ) from None

    def assertion(self) -> str:
        asks = self._when is not None or self._given is not None
        return f"{self._state!r} not in story.path" if asks else super().assertion()


def never(state: str, *, after: str | None = None, when: When | None = None, given: When | None = None) -> Invariant:
    """A state is never entered: at all, once ``after`` is done, for inputs ``when``, with documents ``given``.

    >>> never("Refund", after="Ship")
    never(state='Refund', after='Ship')
    """
    return _Never(state, after, when, given)


class _OnlyAfter(Invariant):
    kinds = frozenset({"entered", "exited", "answered", "failed"})

    def __init__(self, state: str, before: str) -> None:
        super().__init__(f"only_after({state!r}, {before!r})")
        self._state, self._before = self.states = state, before

    def begin(self, input: JSON) -> Hashable:
        return False

    def see(self, memory: Hashable, fact: Fact) -> Hashable:
        if fact.kind == "entered" and fact.state == self._state and memory is not True:
            raise Broken(f"{self._state} is entered, and {self._before} was not done before")
        return True if memory is True else _done(memory, fact, self._before)


def only_after(state: str, before: str) -> Invariant:
    """A state is entered only when another one is done."""
    return _OnlyAfter(state, before)


class _Eventually(Invariant):
    kinds = frozenset({"entered"})

    def __init__(self, state: str, when: When | None, status: str | None) -> None:
        parts = [repr(state), "when=..." if when else "", f"status={status!r}" if status else ""]
        super().__init__(f"eventually({', '.join(part for part in parts if part)})")
        self._state, self._when, self._status = state, when, status
        self.states = (state,)

    def begin(self, input: JSON) -> Hashable:
        return not _is_meant(self._when, input)

    def see(self, memory: Hashable, fact: Fact) -> Hashable:
        return memory is True or (fact.kind == "entered" and fact.state == self._state)

    def ended(self, memory: Hashable, end: End) -> None:
        if memory is not True and (self._status is None or end.status == self._status):
            raise Broken(f"the execution ends ({end.status}) and {self._state} was never entered")

    def assertion(self) -> str:
        return f"{self._state!r} in story.path" if self._when is not None else super().assertion()


def eventually(state: str, *, when: When | None = None, status: str | None = None) -> Invariant:
    """A state is entered in every run: for inputs ``when``, in runs that end with ``status``."""
    return _Eventually(state, when, status)


class _EveryState(Invariant):
    kinds = frozenset()

    def unreachable(self, states: Iterable[str]) -> None:
        names = list(states)
        if names:
            raise Broken(f"no run enters {', '.join(names)}")


def reaches_every_state() -> Invariant:
    """Some run enters each state; judged only where exploration was complete."""
    return _EveryState("reaches_every_state()")


# --------------------------------------------------------------------------- about tasks


class _AtMostOnce(Invariant):
    kinds = frozenset({"called", "answered", "failed"})

    def __init__(self, task: str) -> None:
        super().__init__(f"at_most_once({task!r})")
        self._task = task

    def misnamed(self, machine: Machine) -> str | None:
        tasks = tasks_of(machine)
        functions = [function_of(each.resource, each.arguments) for each in tasks]
        names = [*(name for each in tasks for name in (each.location, each.resource)), *filter(None, functions)]
        names += [name.rpartition(":")[2] for name in names]
        open = any(is_lambda_invoke(each.resource) and not name for each, name in zip(tasks, functions, strict=True))
        if open or self._task in names:  # the input may name any function
            return None
        return f"the machine has no task {self._task}{hint(self._task, names)}"

    def begin(self, input: JSON) -> Hashable:
        return ()

    def see(self, memory: Hashable, fact: Fact) -> Hashable:
        """The memory: states that serve the task, and whether it may have been done by now."""
        seen = dict(cast("tuple[tuple[str, bool], ...]", memory))
        if fact.kind == "called" and self._is_it(cast("ScheduleTask", fact.value)):
            if any(seen.values()):
                raise Broken(f"{self._task} is called again by {fact.state}, and may have been done already")
            seen.setdefault(fact.state, False)
        elif fact.state in seen and (fact.kind == "answered" or (fact.kind == "failed" and fact.value == TIMEOUT)):
            seen[fact.state] = True
        return tuple(seen.items())

    def _is_it(self, scheduled: ScheduleTask) -> bool:
        names = (scheduled.state, scheduled.resource, function_of(scheduled.resource, scheduled.arguments) or "")
        return any(name == self._task or name.rpartition(":")[2] == self._task for name in names)


def at_most_once(task: str) -> Invariant:
    """A task (a state, resource or function) is not called again once it may have been done: after a result, and after
    a time-out, for nobody knows what became of that call. An error says that nothing was done."""
    return _AtMostOnce(task)


class _RidesOut(Invariant):
    kinds = frozenset({"failed", "exited"})

    def begin(self, input: JSON) -> Hashable:
        """States that have called again since they were entered."""
        return frozenset()

    def see(self, memory: Hashable, fact: Fact) -> Hashable:
        again = cast("frozenset[str]", memory)
        if fact.kind == "failed" and fact.retried:
            return again | {fact.retried}
        if fact.kind == "failed" and is_transient(str(fact.value)) and again.isdisjoint((fact.state, *fact.around)):
            raise Broken(f"{fact.value} of {fact.state} passes by itself, and nobody calls again")
        return again - {fact.state} if fact.kind == "exited" else memory


def rides_out_throttling() -> Invariant:
    """An error that passes by itself (throttling, a service that is away for a moment) is retried at least once."""
    return _RidesOut("rides_out_throttling()")


class _HandsOut(Invariant):
    kinds = frozenset({"called"})

    def see(self, memory: Hashable, fact: Fact) -> Hashable:
        if fact.kind == "called" and not handed_out(cast("ScheduleTask", fact.value)):
            scheduled = cast("ScheduleTask", fact.value)
            if scheduled.pattern == "waitForTaskToken":
                raise Broken(f"{fact.state} waits for its task token, and gives it to nobody ($$.Task.Token)")
        return memory


def hands_out_tokens() -> Invariant:
    """Who waits for a task token has given it to somebody."""
    return _HandsOut("hands_out_tokens()")


def sound() -> tuple[Invariant, ...]:
    """What should hold in every machine, whatever it is for."""
    return (
        always_ends(),
        no_unhandled(),
        never_times_out(),
        hands_out_tokens(),
        rides_out_throttling(),
        reaches_every_state(),
    )
