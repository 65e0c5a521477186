"""The invariants that there are, each of one line (what one is: ``invariant``).

Rule that a change must keep: an invariant raises ``Broken`` with a sentence in the words of the definition.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, cast

from ..engine.effects import ScheduleTask
from ..engine.failure import TIMEOUT
from ..resources.lambda_function import is_lambda_invoke
from ..values import JSON
from .invariant import Invariant, When, is_meant
from .nearest import hint
from .outcomes import is_transient
from .tasks import function_of, means_function, tasks_of
from .walk import Broken, End, Fact, handed_out

if TYPE_CHECKING:
    from ..definition.model import Machine

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
        if not is_meant(self._when, input):
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
        return not is_meant(self._when, input)

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
        is_open = any(is_lambda_invoke(each.resource) and not name for each, name in zip(tasks, functions, strict=True))
        if is_open or self._task in names or any(means_function(self._task, each) for each in functions):
            return None  # in an open one the input may name any function
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
        if means_function(self._task, function_of(scheduled.resource, scheduled.arguments)):
            return True
        names = (scheduled.state, scheduled.resource)
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
