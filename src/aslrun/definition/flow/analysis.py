"""The fixpoint: what is known of the input and the variables wherever a state is entered.

Every state is visited with what is known at its entry, and hands on what is known at its ends; a state whose knowledge
has grown is visited again. Machines nested in a state are visited in the same round: their states belong to the one
list of work, and a nested machine whose output has grown has its state visited again. What is said in the last visit
of a state counts: whatever it depends on has come to rest by then.

Rules that a change must keep:

1. Knowledge only grows (a state may be entered with more values than before, never with fewer), and is widened after a
   few rounds, so the work ends. Should it not within its bounds, all is given up and nothing said.
2. Nothing is run: no expression is evaluated, whatever it is.
3. Whoever changes what a visit looked at has the state visited again, or puts its question off to the end, as it is
   done for variables (``Unassigned``).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

from ...language.dataflow import Expression, Location
from ..model import Machine, MapState, ParallelState, Program, State
from .reading import Env, Finding, Reading, Unassigned, Variables, joined_variables
from .states import exits_of
from .values import MISSING, UNKNOWN, Origin, Value, join, perhaps, widen

ROUNDS_BEFORE_WIDENING = 3
VISITS_PER_STATE = 20
MAX_WORK = 1_000_000
"""Values that are joined in all, those inside others counted: some seconds."""
MAX_VARIABLES = 200
MAX_SEARCHES = 200
"""How often the ways to a state are searched for one that assigns a variable."""


class GaveUp(Exception):
    """The work went over its bounds."""


class Analysis:
    """One machine being analysed; ``said`` is what the visit of a state says, ``fields`` are those of all states."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.said: list[Finding | Unassigned] = []
        self.fields: set[str] = set()
        self.has_expressions = False
        self.places: dict[State, Location] = {}
        self.owners: dict[Program, State] = {}
        self.programs: dict[State, Program] = {}
        self.entries: dict[State, Env] = {}
        self.outputs: dict[Program, Value] = {}
        self.map_items: dict[Program, Value] = {}
        self._changes: dict[State, int] = {}
        self._expressions: dict[State, Mapping[str, Expression]] = {}
        self._last_said: dict[State, list[Finding | Unassigned]] = {}
        self._pending: deque[State] = deque()
        self._queued: set[State] = set()
        self._assigned: dict[Program, dict[str, list[State]]] = {}
        self._searches = MAX_SEARCHES
        self._work = 0
        self._choice_paths: dict[Program, bool] = {}
        self._place(machine.program, ())

    def _place(self, program: Program, location: Location) -> None:
        pending = [(program, location)]
        while pending:
            program, location = pending.pop()
            for name, state in program.states.items():
                here = (*location, "States", name)
                self.places[state], self.programs[state] = here, program
                self.fields.update(state.document)
                self.has_expressions = self.has_expressions or bool(state.expressions)
                for index, nested in enumerate(state.programs()):
                    self.owners[nested] = state
                    pending.append((nested, (*here, *_way_to(state, index))))

    # ------------------------------------------------------------------ the fixpoint

    def run(self) -> list[Finding]:
        """Find the fixpoint, then what is to be said about it. Raises ``GaveUp``."""
        self.enter(self.machine.program.start, Env(UNKNOWN, {}))
        left = VISITS_PER_STATE * len(self.places) + 1000
        while self._pending:
            left -= 1
            if left < 0:
                raise GaveUp
            state = self._pending.popleft()
            self._queued.discard(state)
            self._visit(state)
        return list(self._findings())

    def _findings(self) -> Iterator[Finding]:
        for state in self.entries:
            for said in self._last_said[state]:
                if isinstance(said, Finding):
                    yield said
                elif found := self._about_variable(state, said):
                    yield found

    def _visit(self, state: State) -> None:
        self.said = self._last_said[state] = []
        for target, env in exits_of(Reading(self, state, self.entries[state])):
            if target is None:
                self._end(self.programs[state], env.input)
            else:
                self.enter(target, env)

    def enter(self, state: State, env: Env) -> None:
        """Note that a state may be entered with this."""
        if env.variables is not None and len(env.variables) > MAX_VARIABLES:
            env = Env(env.input, None)
        before = self.entries.get(state)
        if before is not None:
            env = self._joined(state, before, env)
            if env is before:
                return
        self.entries[state] = env
        self._queue(state)

    def _joined(self, state: State, before: Env, new: Env) -> Env:
        self._work += before.input.size + new.input.size + len(before.variables or ()) + 1
        if self._work > MAX_WORK:
            raise GaveUp
        input = join(before.input, new.input)
        variables = joined_variables(before.variables, new.variables)
        if input == before.input and variables == before.variables:
            return before
        changes = self._changes[state] = self._changes.get(state, 0) + 1
        if changes >= ROUNDS_BEFORE_WIDENING:
            input, variables = widen(before.input, input), _widened(before.variables, variables)
        return Env(input, variables)

    def _end(self, program: Program, output: Value) -> None:
        before = self.outputs.get(program)
        if before is not None:
            output = join(before, output)
            if output == before:
                return
            owner = self.owners.get(program)
            if owner is not None and self._changes.get(owner, 0) >= ROUNDS_BEFORE_WIDENING:
                output = widen(before, output)
            if owner is not None:
                self._changes[owner] = self._changes.get(owner, 0) + 1
        self.outputs[program] = output
        if program in self.owners:
            self._queue(self.owners[program])

    def _queue(self, state: State) -> None:
        if state not in self._queued:
            self._queued.add(state)
            self._pending.append(state)

    def nested(self, program: Program, env: Env, item: Value | None = None) -> Value | None:
        """Enter a nested machine; its output as far as it is known, ``None``: it has none yet."""
        if item is not None:
            self._take_item(program, item)
        self.enter(program.start, env)
        return self.outputs.get(program)

    def _take_item(self, program: Program, item: Value) -> None:
        """Note what an item of a Map may be; the states that may have looked at it are visited again."""
        before = self.map_items.get(program)
        if before is None:
            self.map_items[program] = item
            return
        known = join(before, item)
        if known != before:
            self.map_items[program] = widen(before, known)
            for state in program.walk():
                if state in self.entries:
                    self._queue(state)

    # ------------------------------------------------------------------ what a visit asks

    def expressions_of(self, state: State) -> Mapping[str, Expression]:
        """The state's compiled expressions by their text."""
        found = self._expressions.get(state)
        if found is None:
            found = self._expressions[state] = {expression.text: expression for expression in state.expressions}
        return found

    def is_jsonata(self, state: State) -> bool:
        """Whether the state speaks JSONata."""
        return state.document.get("QueryLanguage", self.machine.query_language) == "JSONata"

    def map_item(self, state: State) -> Value | None:
        """The item of the nearest Map around a state."""
        for program in self.programs_around(state):
            owner = self.owners.get(program)
            if isinstance(owner, MapState):
                return self.map_items.get(program, UNKNOWN)
        return None

    def programs_around(self, state: State) -> Iterable[Program]:
        """The machine that the state belongs to, and those around it, from the inside out."""
        program: Program | None = self.programs[state]
        while program is not None:
            yield program
            owner = self.owners.get(program)
            program = None if owner is None else self.programs[owner]

    # ------------------------------------------------------------------ variables

    def _about_variable(self, state: State, said: Unassigned) -> Finding | None:
        """What is to be said about a variable that may have no value."""
        rule, message, because = self._why_unassigned(state, said.name, said.value)
        return Finding(rule, (*self.places[state], *said.way), message, because) if rule else None

    def _why_unassigned(self, state: State, name: str, value: Value) -> tuple[str, str, tuple[Origin, ...]]:
        """The rule, the message and the reason; no rule: say nothing."""
        scopes = list(self._scopes(state))
        assigners = [other for scope in scopes for other in self._assigners(scope).get(name, ())]
        if not assigners:
            return "variable-never-assigned", f"nothing assigns the variable ${name}", ()
        because = tuple(
            Origin(f"${name} is assigned in {other.name}", (*self.places[other], "Assign")) for other in assigners[:3]
        )
        first = assigners[0]
        if value.kinds == MISSING or self._never_before(state, name):
            where = "this state" if first is state else first.name
            if first is state and len(assigners) == 1:
                message = f"${name} has no value yet: an Assign evaluates all its values before it binds any"
            else:
                message = f"${name} has no value yet: {where} assigns it, which does not come before"
            return "variable-not-yet-assigned", message, because
        if self._is_correlated(self.programs[state]):
            return "", "", ()
        return "variable-maybe-unassigned", f"${name} is assigned on some of the ways to this state only", because

    def _assigners(self, program: Program) -> dict[str, list[State]]:
        """The states of a machine that assign a variable, by its name."""
        known = self._assigned.get(program)
        if known is None:
            known = self._assigned[program] = {}
            for state in program.states.values():
                for name in assigned_names(state):
                    known.setdefault(name, []).append(state)
        return known

    def _scopes(self, state: State) -> Iterable[Program]:
        for program in self.programs_around(state):
            yield program
            owner = self.owners.get(program)
            if isinstance(owner, MapState) and owner.distributed:
                return

    def _never_before(self, state: State, name: str) -> bool:
        """Whether the variable has no value when the state is reached for the first time."""
        program = self.programs[state]
        owner = self.owners.get(program)
        if owner is not None and not (isinstance(owner, MapState) and owner.distributed):
            around = self.entries.get(owner)
            if around is None or around.variables is None or name in around.variables:
                return False
        self._searches -= 1
        if self._searches < 0:
            return False
        assigners = set(self._assigners(program).get(name, ()))
        seen, pending = {program.start}, [program.start]
        while pending:
            here = pending.pop()
            if here is state:
                continue
            if here in assigners:
                return False
            for target in here.targets():
                after = program.states[target]
                if after not in seen:
                    seen.add(after)
                    pending.append(after)
        return state in seen

    def _is_correlated(self, program: Program) -> bool:
        """Whether two Choice states look at the same thing: then the ways may depend on each other."""
        known = self._choice_paths.get(program)
        if known is None:
            known = self._choice_paths[program] = self._find_correlation(program)
        return known

    def _find_correlation(self, program: Program) -> bool:
        seen: set[str] = set()
        for state in program.states.values():
            if state.type == "Choice":
                texts = _looked_at(self, state)
                if texts & seen:
                    return True
                seen |= texts
        return False


def _looked_at(analysis: Analysis, state: State) -> set[str]:
    texts: set[str] = set()
    for expression in state.expressions:
        tree = getattr(expression, "tree", None)
        if tree is None:
            texts.add(expression.text)
        else:
            from .query_fields import input_paths  # imported here: an engine that half of all machines never need

            texts.update("$." + ".".join(names) for names in input_paths(tree))
            texts.update(f"${name}" for name in expression.references())
    return texts


def assigned_names(state: State) -> set[str]:
    """The variables that a state may assign, in any of its Assign fields."""
    document = state.document
    names: set[str] = set()
    inner = [document, *document.get("Catch", ()), *document.get("Choices", ())]  # type: ignore[misc]
    for fields in inner:
        assign = fields.get("Assign") if isinstance(fields, dict) else None
        if isinstance(assign, dict):
            names.update(name.removesuffix(".$") for name in assign)
    return names


def _widened(before: Variables, after: Variables) -> Variables:
    if before is None or after is None:
        return None
    return {name: widen(before[name], value) if name in before else perhaps(UNKNOWN) for name, value in after.items()}


def _way_to(state: State, index: int) -> Location:
    if isinstance(state, ParallelState):
        return ("Branches", index)
    return ("ItemProcessor" if "ItemProcessor" in state.document else "Iterator",)
