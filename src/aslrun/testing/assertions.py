"""What a test says about a run: its path, its events, its calls, its history.

Rules that a change must keep:

1. Whatever is compared with ``==`` is a plain list or value, so that pytest's own difference is shown too.
2. A claim about calls is true or false, and says what was called instead.
3. A snapshot has nothing in it that differs from run to run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from types import EllipsisType
from typing import TYPE_CHECKING, cast

from ..values import JSON, equal
from .likeness import Sameness, ValueDifference
from .nearest import hint
from .path_tree import last_entered, shortened, shown, tree
from .recorded import Attempt, HistoryEvent, Recording, read_recording
from .tasks import function_of, means_function

if TYPE_CHECKING:
    from ..engine.history import HistoryEvent as Rendered
    from ..runtime.result import Result
    from .mocks import Mocks

_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


@dataclass(slots=True)
class TaskCall:
    """One call of a task: by which state, of what, on which input, and how it ended."""

    state: str
    resource: str
    input: JSON = field(repr=False)
    end: str
    function: str | None = None

    def is_of(self, name: str) -> bool:
        """Whether a name means this call: a state, a resource, or the end of its ARN (a function, ``sns:publish``)."""
        if name in (self.state, self.resource) or means_function(name, self.function):
            return True
        return self.resource.endswith((f":{name}", f"/{name}"))

    def got(self, name: str, input: JSON) -> bool:
        """Whether the input of the call is this one; that of a function, named as such, is also its payload."""
        if equal(self.input, input):
            return True
        if not means_function(name, self.function) or not isinstance(self.input, dict) or "Payload" not in self.input:
            return False
        return equal(self.input["Payload"], input)


class Called:
    """A claim about calls. It is true or false; as text it says what was called, and on what."""

    def __init__(self, name: str, times: int | None, input: JSON | EllipsisType, calls: list[TaskCall]) -> None:
        self._name, self._times, self._input, self._all = name, times, input, calls
        self._named = [each for each in calls if each.is_of(name)]

    @property
    def _found(self) -> int:
        if isinstance(self._input, EllipsisType):
            return len(self._named)
        return sum(each.got(self._name, self._input) for each in self._named)

    def __bool__(self) -> bool:
        return self._found > 0 if self._times is None else self._found == self._times

    def __repr__(self) -> str:
        if not self._named and self._times != 0:
            names = dict.fromkeys(name for call in self._all for name in (call.state, call.function) if name)
            told = ", ".join(names) or "nothing"
            return f"<{self._name}: never called{hint(self._name, names)}; called were: {told}>"
        wanted = "" if self._times in (None, self._found) else f", not {_times(self._times)}"
        if isinstance(self._input, EllipsisType):
            return f"<{self._name}: called {_times(self._found)}{wanted}>"
        inputs = ", ".join(dict.fromkeys(shown(each.input) for each in self._named))
        return (
            f"<{self._name}: called {_times(self._found)} with {shown(self._input)}{wanted}; "
            f"its calls had {shortened(inputs, 400) or 'none'}>"
        )


def _times(count: int) -> str:
    return ("never", "once", "twice")[count] if count < 3 else f"{count} times"


class Run:
    """An execution that is over (or waits for something that nobody sends), with what a test may claim of it.

    >>> from aslrun import simulate
    >>> run = Run(simulate({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}, {"id": 7}))
    >>> run.path, run.events[-1], run.output
    (['A'], 'ExecutionSucceeded', {'id': 7})
    """

    def __init__(
        self, result: Result, mocks: Mocks | None = None, keep: Callable[[Run, str | None], None] | None = None
    ) -> None:
        self.result = result
        self.mocks = mocks
        self._keep = keep

    # ------------------------------------------------------------------ what came of it

    @property
    def status(self) -> str:
        """AWS's word: SUCCEEDED, FAILED, TIMED_OUT, ABORTED or RUNNING."""
        return self.result.status

    @property
    def succeeded(self) -> bool:
        """Whether it ended with an output."""
        return self.result.succeeded

    @property
    def output(self) -> JSON:
        """The output."""
        return self.result.output

    @property
    def error(self) -> str | None:
        """The name of the error that it failed with."""
        return self.result.error

    @property
    def cause(self) -> str | None:
        """The cause of that error."""
        return self.result.cause

    @property
    def seconds(self) -> float:
        """How long it took, in virtual seconds."""
        return (self.result.stopped_at or self.result.started_at) - self.result.started_at

    # ------------------------------------------------------------------ what happened

    @cached_property
    def _recording(self) -> Recording:
        return read_recording({"events": self.result.history}, self.result.machine)

    @property
    def placed_events(self) -> list[HistoryEvent]:
        """The history events with their places, and with values in place of JSON text."""
        return self._recording.events

    @cached_property
    def path(self) -> list[str]:
        """Names of the states in the order in which they were entered."""
        return self.result.path

    @property
    def events(self) -> list[str]:
        """The types of the history events."""
        return [event.type for event in self.placed_events]

    @property
    def calls(self) -> list[TaskCall]:
        """The calls of tasks, each attempt by itself."""
        return [_call_of(attempt) for attempt in self._recording.attempts]

    def called(self, name: str, times: int | None = None, *, input: JSON | EllipsisType = ...) -> Called:
        """Whether a task was called, by its state, its resource or its function; so many times, if that is said.

        ``input`` counts only calls on this input: the arguments of the call, or the payload of a named function.
        """
        return Called(name, times, input, self.calls)

    def entered(self, state: str) -> list[JSON]:
        """The inputs with which a state was entered."""
        entries = (event for event in self.placed_events if event.type.endswith("StateEntered"))
        return [event.details.get("input") for event in entries if event.details.get("name") == state]

    def output_of(self, state: str) -> JSON:
        """What a state gave when it was last left. Raises ``KeyError`` if it never was."""
        exits = [event for event in self.placed_events if event.type.endswith("StateExited")]
        found = [event.details.get("output") for event in exits if event.details.get("name") == state]
        if not found:
            raise KeyError(f"the state {state} was never left; the path was {', '.join(self.path)}")
        return found[-1]

    def differences(self, expected: JSON) -> list[ValueDifference]:
        """Where the output is not what was expected; times and UUIDs count as any text does."""
        return list(Sameness().differences(expected, self.output, "output"))

    # ------------------------------------------------------------------ snapshots

    def snapshot(self) -> list[dict[str, JSON]]:
        """The history with nothing in it that differs from run to run: seconds since the start, and ids that count."""
        steady = _Steady(self.result.started_at)
        return [cast("dict[str, JSON]", steady.value(cast(JSON, steady.event(each)))) for each in self.result.history]

    def history_snapshot(self, name: str | None = None) -> list[dict[str, JSON]]:
        """Compare the history with the one that is kept beside the test (``--aslrun-update`` keeps it anew).

        ``name`` tells several of one test apart. Outside pytest nothing is compared.
        """
        __tracebackhide__ = True
        if self._keep is not None:
            self._keep(self, name)
        return self.snapshot()

    # ------------------------------------------------------------------ for a reader

    def story(self) -> list[str]:
        """The path as a tree, how it ended, and the input of the state where it stood last."""
        return list(self._story())

    def _story(self) -> Iterator[str]:
        yield from tree(self.placed_events)
        told = ": ".join(text for text in (self.error, self.cause) if text)
        yield f"{self.status}{f' · {told}' if told else ''}"
        if self.succeeded:
            yield f"output {shown(self.output)}"
        elif (last := last_entered(self.placed_events)) is not None:
            yield f"input of {last.place}: {shown(last.details.get('input'))}"

    def __repr__(self) -> str:
        return f"<Run {self.status}: {' → '.join(self.path)}>"


def _call_of(attempt: Attempt) -> TaskCall:
    details = attempt.scheduled.details
    resource = str(details.get("resource", ""))
    if "resourceType" in details:
        resource = f"arn:aws:states:::{details['resourceType']}:{resource}"
    arguments = attempt.arguments
    end = attempt.end
    return TaskCall(
        attempt.place.state or "",
        resource,
        arguments,
        "" if end is None else end.type,
        function_of(resource, arguments),
    )


class _Steady:
    """Replaces what differs from run to run."""

    def __init__(self, start: float) -> None:
        self._start = start
        self._ids: dict[str, str] = {}

    def event(self, event: Rendered) -> Rendered:
        return {**event, "timestamp": round(event["timestamp"] - self._start, 3)}

    def value(self, value: JSON) -> JSON:
        if isinstance(value, str):
            return _UUID.sub(self._id, value)
        if isinstance(value, dict):
            return {name: self.value(each) for name, each in value.items()}
        return [self.value(each) for each in value] if isinstance(value, list) else value

    def _id(self, found: re.Match[str]) -> str:
        return self._ids.setdefault(found.group(), f"<uuid:{len(self._ids) + 1}>")
