"""What an invariant is: something that must hold in every run.

Rule that a change must keep: an invariant is a small automaton over facts. What it remembers is hashable and small, for
it is part of what exploration tells states apart by; it is told every fact once, in the order in which they happen.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TYPE_CHECKING, TypeAlias

from ..values import JSON
from .nearest import hint
from .walk import Broken, End, Fact

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


def is_meant(when: When | None, input: JSON) -> bool:
    """Whether an invariant is about runs with this input."""
    try:
        return when is None or bool(when(input))
    except (LookupError, TypeError):
        return False
