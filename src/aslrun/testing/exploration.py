"""Exploration: every order in which things can happen to an execution, and everything that its tasks can answer.

Rules that a change must keep:

1. Breadth first, so that the story of what goes wrong is one of those with the fewest moves.
2. Two walks with the same fingerprint and the same number of faults left are one state.
3. A bound that was reached is said: ``complete`` is then false, and nothing is called unreachable.
4. The same definition, inputs and bounds give the same exploration.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ..definition.model import Machine
from ..runtime.admission import checked_input
from ..runtime.simulate import Definition, loaded
from ..values import JSON
from .fingerprint import Fingerprint, Fingerprints, without_ids
from .graph import Edge, Figures, Node, figures_of, round_trip, way_to
from .invariant import Invariant
from .outcomes import Given, Outcomes
from .story import Story, told
from .walk import Broken, End, Move, Setting, Walk, begin, setting_of

FAULTS, STATES = 2, 20_000  # bounds unless others are given

Progress = Callable[[int, int], None]
"""Is told how many states are known, and how many of them wait to be looked at."""


@dataclass(frozen=True, slots=True)
class Ending:
    """One way to end: ``status``, and what tells it from others. ``count`` states end so; ``place`` is the first."""

    end: End
    count: int
    place: int


@dataclass(frozen=True, slots=True)
class Breach:
    """An invariant that is broken; ``place`` is the state of the graph where that happens first, ``onwards`` the
    way back to it where it lies on a circle."""

    invariant: Invariant
    reason: str
    place: int | None
    onwards: tuple[Move, ...] = ()


@dataclass(slots=True)
class Exploration:
    """All runs of a machine within bounds, as a graph; ``complete``: no bound was reached.

    ``runs`` counts different runs (``inf`` where they can go round in circles), ``longest`` is in seconds and
    ``most_transitions`` in states entered, both over all runs.
    """

    machine: Machine
    inputs: Sequence[JSON] = field(repr=False)
    nodes: list[Node] = field(repr=False)
    roots: list[int] = field(repr=False)
    complete: bool
    visited: frozenset[str] = field(repr=False)
    breaches: list[Breach] = field(repr=False, default_factory=list)
    invariants: tuple[Invariant, ...] = ()
    seed: int = field(repr=False, default=0)
    figures: Figures = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.figures = figures_of(self.nodes, self.roots)

    @property
    def states(self) -> int:
        """How many different states of an execution there are."""
        return len(self.nodes)

    @property
    def runs(self) -> float:
        """How many different runs."""
        return self.figures.runs

    @property
    def longest(self) -> float:
        """Seconds of the longest run; the machine's own time-out bounds it."""
        limit = self.machine.timeout
        return self.figures.seconds if limit is None else min(self.figures.seconds, limit)

    @property
    def most_transitions(self) -> float:
        """States entered by the run that enters most."""
        return self.figures.transitions

    @property
    def unreachable(self) -> list[str]:
        """States that no run enters; empty where exploration was not complete."""
        return [name for name in self.machine.states if name not in self.visited] if self.complete else []

    @property
    def ends(self) -> list[Ending]:
        """The different ways to end, in the order in which they were found."""
        found: dict[tuple[object, ...], Ending] = {}
        for place, node in enumerate(self.nodes):
            if node.end is not None:
                end = node.end
                key = end.status, end.error, end.state, end.deliberate
                known = found.get(key)
                found[key] = Ending(end, 1, place) if known is None else Ending(known.end, known.count + 1, known.place)
        return list(found.values())

    @property
    def uncaught(self) -> list[Ending]:
        """Ways to fail that no Fail state chose, and waits without end."""
        return [each for each in self.ends if each.end.status != "SUCCEEDED" and not each.end.deliberate]

    @property
    def broken(self) -> list[Story]:
        """The shortest story of each invariant that is broken."""
        return [self.story(each.place, each) for each in self.breaches if each.place is not None]

    def story(self, place: int, breach: Breach | None = None) -> Story:
        """How a state of the graph is reached, with the fewest moves."""
        input = self.inputs[self.nodes[place].input]
        moves = way_to(self.nodes, place) + (() if breach is None else breach.onwards)
        invariant, reason = (None, "") if breach is None else (breach.invariant, breach.reason)
        return told(self.machine, input, moves, seed=self.seed, broken=invariant, reason=reason)

    def raise_if_broken(self) -> Exploration:
        """This exploration, if no invariant is broken. Raises ``InvariantBroken`` with the stories otherwise."""
        if self.breaches:
            reasons = [f"{each.invariant} is broken: {each.reason}" for each in self.breaches if each.place is None]
            raise InvariantBroken(self.broken, reasons)
        return self


class InvariantBroken(AssertionError):
    """Invariants do not hold; the message is the shortest story of each, and a test that is ready to run.

    ``reasons`` are those of invariants that no single run breaks.
    """

    def __init__(self, stories: Sequence[Story], reasons: Sequence[str] = ()) -> None:
        self.stories, self.reasons = tuple(stories), tuple(reasons)
        super().__init__(self.stories, self.reasons)

    def __str__(self) -> str:
        lines = list(self.reasons)
        for story in self.stories:
            lines += [str(story), "", "As a test:", "", story.as_test()]
        return "\n".join(lines)


def explore(
    machine: Definition,
    input: JSON = None,
    outcomes: Given | None = None,
    *invariants: Invariant,
    inputs: Iterable[JSON] | None = None,
    faults: float = FAULTS,
    states: int = STATES,
    seed: int = 0,
    progress: Progress | None = None,
) -> Exploration:
    """Every run of a machine: each interleaving, each answer of its tasks, each time-out.

    ``machine`` is a loaded one or whatever ``load`` takes. ``outcomes`` says what tasks answer, by state or resource:
    ``{"result": ...}``, ``{"error": ..., "cause": ...}``, a plain result, a list of those; what it does not name is
    guessed from the definition. ``faults`` bounds how many things go wrong in one run (a task that goes on failing
    in the same way counts once), ``states`` how many states are looked at. ``inputs`` explores several inputs at once.

    Raises ``InvalidDefinition``, ``InvalidExecutionInput``, or ``ValueError`` for outcomes of what is not there.

    >>> step = lambda name: {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": True}
    >>> branch = lambda name: {"StartAt": name, "States": {name: step(name)}}
    >>> both = {"Type": "Parallel", "Branches": [branch("A"), branch("B")], "End": True}
    >>> found = explore({"StartAt": "P", "States": {"P": both}}, {}, {"A": 1, "B": 2})
    >>> found.runs, found.states, found.complete
    (2, 4, True)
    """
    known = loaded(machine)
    given = [input] if inputs is None else list(inputs)
    setting = setting_of(known, Outcomes(known, outcomes), faults=faults, invariants=tuple(invariants), seed=seed)
    search = _Search(setting, [checked_input(each, setting.limits) for each in given], states, progress)
    search.go()
    return search.result()


class _Search:
    """The breadth-first search."""

    def __init__(self, setting: Setting, inputs: Sequence[JSON], bound: int, progress: Progress | None) -> None:
        self._setting = setting
        self._inputs = inputs
        self._bound = bound
        self._progress = progress
        self._prints = Fingerprints()
        self._known: dict[tuple[int, float, Fingerprint], int] = {}
        self._nodes: list[Node] = []
        self._queue: deque[tuple[int, Walk]] = deque()
        self._roots: list[int] = []
        self._visited: set[str] = set()
        self._breaches: dict[int, Breach] = {}

    def go(self) -> None:
        for number, input in enumerate(self._inputs):
            walk = begin(self._setting, input)
            self._roots.append(self._place(walk, Node(None, None, number, walk.faults, walk.entered)))
        looked = 0
        while self._queue and len(self._nodes) < self._bound:
            place, walk = self._queue.popleft()
            self._expand(place, walk)
            looked += 1
            if self._progress is not None and looked % 200 == 0:
                self._progress(len(self._nodes), len(self._queue))

    def _expand(self, place: int, walk: Walk) -> None:
        node, moves = self._nodes[place], walk.moves()
        if not moves:
            walk.silent = True
            self._end(walk, node, place)
        for move in moves:
            after = walk.after(move)
            target = self._place(after, Node(place, move, node.input, after.faults))
            node.edges.append(Edge(target, move, after.elapsed - walk.elapsed, after.entered))

    def _place(self, walk: Walk, node: Node) -> int:
        """The node of a walk: a known one, or this new one."""
        self._visited.update(fact.state for fact in walk.facts if fact.kind == "entered")
        key = node.input, walk.faults, self._prints.of(walk)
        known = self._known.get(key)
        if known is not None:
            return known
        place = self._known[key] = len(self._nodes)
        self._nodes.append(node)
        for number, reason in walk.broken:
            self._breach(number, reason, place)
        if walk.silent or walk.execution.status != "RUNNING":
            self._end(walk, node, place)
        else:
            self._queue.append((place, walk))
        return place

    def _end(self, walk: Walk, node: Node, place: int) -> None:
        node.end = end = walk.end()
        for number, invariant in enumerate(self._setting.invariants):
            if number not in self._breaches:
                try:
                    if walk.memories[number] != "broken":
                        invariant.ended(walk.memories[number], end)
                except Broken as broken:
                    self._breach(number, str(broken), place)

    def _breach(self, number: int, reason: str, place: int | None) -> None:
        invariant = self._setting.invariants[number]
        self._breaches.setdefault(number, Breach(invariant, without_ids(reason), place))

    def result(self) -> Exploration:
        setting = self._setting
        found = Exploration(
            setting.machine,
            self._inputs,
            self._nodes,
            self._roots,
            not self._queue,
            frozenset(self._visited),
            invariants=setting.invariants,
            seed=setting.seed,
        )
        for number, invariant in enumerate(setting.invariants):
            self._judge(number, invariant, found)
        found.breaches = [self._breaches[number] for number in sorted(self._breaches)]
        return found

    def _judge(self, number: int, invariant: Invariant, found: Exploration) -> None:
        """What only the whole graph shows."""
        circle = found.figures.circle
        try:
            invariant.unreachable(found.unreachable)
        except Broken as broken:
            self._breach(number, str(broken), None)
        if circle is None or number in self._breaches:
            return
        try:
            invariant.goes_in_circles(found.story(circle).path[-1], found.machine.timeout is not None)
        except Broken as broken:
            self._breaches[number] = Breach(invariant, str(broken), circle, round_trip(self._nodes, circle))
