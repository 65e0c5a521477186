"""What a machine needs to find in its input and in the results of its tasks, seen backwards from whoever reads it.

Rules that a change must keep:

1. Every state has the needs of its own fields and of its successors, less what it provides itself.
2. A need that nobody can meet is dropped here and met at run time, by the error that it is.
3. What some state writes by its ResultPath is not asked of the input: a forgotten step must not be hidden by it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias, cast

from ..definition.model import (
    ChoiceState,
    FailState,
    Machine,
    MapState,
    ParallelState,
    PassState,
    Program,
    State,
    SucceedState,
    TaskState,
)
from ..values import JSON
from .documents import documents, place_of
from .reads import ANY, INSTANT, Meaning, Read, Way, meaning, rule_reads, texts
from .reads_jsonata import jsonata_meaning

Needs: TypeAlias = dict[Way, dict[str, None]]
LONGEST = 8  # names of a way: a loop may ask for more and more
INPUTS, RESULTS = 32, 8  # documents of each kind

_SECONDS = ("SecondsPath", "TimeoutSecondsPath", "HeartbeatSecondsPath", "MaxConcurrencyPath")
_JSONATA_FIELDS = (
    "Arguments",
    "Assign",
    "Condition",
    "Seconds",
    "Timestamp",
    "TimeoutSeconds",
    "HeartbeatSeconds",
    "Items",
    "ItemSelector",
    "Error",
    "Cause",
    "Output",
)


class Demands:
    """What the input and the results should have; ``inputs`` and ``results`` are documents that do."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._before: dict[str, Needs] = {name: {} for name in machine.states}
        self._results: dict[str, Needs] = {name: {} for name in machine.states}
        self._input: Needs = {}
        self._variables: dict[str, Needs] = defaultdict(dict)
        self._written = frozenset(_written(machine))
        self._changed = True
        self._settle()

    @property
    def input_needs(self) -> Needs:
        """Ways into the input of an execution, each with the texts of values that are worth trying."""
        return {way: values for way, values in self._input.items() if way and way[0] not in self._written}

    def inputs(self, most: int = INPUTS) -> list[JSON]:
        """Inputs that have what is read of them, with values on both sides of what Choices compare with."""
        needs = self.input_needs
        return documents(place_of(needs), most) if needs else [{}]

    def result_needs(self, state: str) -> Needs:
        """Ways into the result of a Task."""
        return {way: values for way, values in self._results[state].items() if way}

    def results(self, state: str, most: int = RESULTS) -> list[JSON]:
        """Results of a Task."""
        needs = self.result_needs(state)
        return documents(place_of(needs), most) if needs else [{}]

    # ------------------------------------------------------------------ the fixed point

    def _settle(self) -> None:
        while self._changed:
            self._changed = False
            self._program(self._machine.program, {})
            start = self._machine.program.start.name
            for way, values in self._before[start].items():
                self._add(self._input, way, values)

    def _add(self, needs: Needs, way: Way, values: Iterable[str] = ()) -> None:
        known = needs.get(way)
        if known is None:
            if len(way) > LONGEST:
                return
            known = needs[way] = {}
            self._changed = True
        for value in values:
            if value not in known:
                known[value] = None
                self._changed = True

    def _program(self, program: Program, at_end: Needs) -> None:
        """Needs of all states of a program whose result has to meet ``at_end``."""
        for state in reversed(list(program.states.values())):
            after: Needs = {}
            for name in dict.fromkeys(_followers(state)):
                _join(after, self._before[name])
            if _may_end(state):
                _join(after, at_end)
            _State(self, state, _is_jsonata(self._machine, state)).visit(after)
            for catcher in state.catchers:
                document = _catcher(state, catcher.target)
                for way, values in self._before[catcher.target].items():
                    self._caught(state, document, way, values)

    def _caught(self, state: State, catcher: Mapping[str, JSON], way: Way, values: Iterable[str]) -> None:
        """A catcher's target needs what is not the error output."""
        path = _way_of(catcher.get("ResultPath", "$"))
        if path is None or (path and way[: len(path)] != path):
            self._add(self._before[state.name], way, values)


class _State:
    """One state on the way backwards."""

    def __init__(self, demands: Demands, state: State, jsonata: bool) -> None:
        self._demands = demands
        self._state = state
        self._jsonata = jsonata
        self._fields = state.document

    def visit(self, after: Needs) -> None:
        for read in self._reads():
            self._need(read, read.way, read.values)
        if not isinstance(self._state, FailState):
            self._need(Read("here", ()), (), ())
            self._after((), ())
        for way, values in after.items():
            self._after(way, values)
        self._nested(after)
        for name, template in cast("dict[str, JSON]", self._fields.get("Assign", {})).items():
            found = self._template({name: template}, (name.removesuffix(".$"),), "result")
            for way, values in list(self._demands._variables[f"${name.removesuffix('.$')}"].items()):
                self._follow(found, way, values)

    # ------------------------------------------------------------------ what is read

    def _reads(self) -> Iterator[Read]:
        fields = self._fields
        if self._jsonata:
            for name in _JSONATA_FIELDS:
                yield from _all_reads(fields.get(name), jsonata=True)
            for rule in cast("list[dict[str, JSON]]", fields.get("Choices", [])):
                yield from jsonata_meaning(rule.get("Condition"), condition=True).reads
            return
        for name in ("Parameters", "Credentials", *(() if self._is_map else ("ItemSelector",))):
            yield from _all_reads(fields.get(name))
        for name in _SECONDS:
            yield from meaning(fields.get(name), texts(1)).reads
        yield from meaning(fields.get("TimestampPath"), texts(INSTANT)).reads
        for name in ("ErrorPath", "CausePath"):
            yield from meaning(fields.get(name)).reads
        for each in cast("list[JSON]", fields.get("Choices", [])):
            yield from rule_reads(each)
        for read in _all_reads(fields.get("ResultSelector")):
            yield read._replace(root="result") if read.root == "here" else read
        if self._is_map:
            yield self._items()

    @property
    def _is_map(self) -> bool:
        return isinstance(self._state, MapState)

    def _items(self) -> Read:
        field = "Items" if self._jsonata else "ItemsPath"
        found = jsonata_meaning(self._fields.get(field)) if self._jsonata else meaning(self._fields.get(field, "$"))
        alias = found.alias or Read("nothing", ())
        return alias._replace(way=(*alias.way, ANY))

    # ------------------------------------------------------------------ where needs go

    def _need(self, read: Read, way: Way, values: Iterable[str]) -> None:
        """Somebody needs what lies on this way from the root of the read."""
        demands, root = self._demands, read.root
        if root == "here" or (root == "input" and self._jsonata):
            path = () if self._jsonata else _way_of(self._fields.get("InputPath", "$"))
            if path is not None:
                demands._add(demands._before[self._state.name], (*path, *way), values)
        elif root == "result":
            self._from_result(way, values)
        elif root == "execution":
            demands._add(demands._input, way, values)
        elif root.startswith("$"):
            demands._add(demands._variables[root], way, values)

    def _follow(self, found: Meaning | None, way: Way, values: Iterable[str]) -> None:
        if found is not None and found.alias is not None:
            self._need(found.alias, (*found.alias.way, *way), found.there(values))

    def _after(self, way: Way, values: Iterable[str]) -> None:
        """A need of whoever comes after the state."""
        fields = self._fields
        if self._jsonata:
            if "Output" in fields:
                self._in_template(fields["Output"], way, values, "result")
            else:
                self._from_result(way, values)
            return
        output, path = _way_of(fields.get("OutputPath", "$")), _way_of(fields.get("ResultPath", "$"))
        if output is None:
            return
        way = (*output, *way)
        if isinstance(self._state, (TaskState, PassState, ParallelState, MapState)):
            if path is None or (path and way[: len(path)] != path):
                if path is None or path[: len(way)] != way:
                    self._demands._add(self._demands._before[self._state.name], way, values)
                return
            way = way[len(path) :]
            if "ResultSelector" in fields:
                self._in_template(fields["ResultSelector"], way, values, "result")
                return
        self._from_result(way, values)

    def _from_result(self, way: Way, values: Iterable[str]) -> None:
        """A need of what the state's work gives."""
        state, fields = self._state, self._fields
        if isinstance(state, TaskState) or (isinstance(state, MapState) and state.distributed):
            self._demands._add(self._demands._results[state.name], way, values)
        elif isinstance(state, (ParallelState, MapState)):
            return  # met by _nested
        elif "Result" in fields or isinstance(state, FailState):
            return
        elif isinstance(state, PassState) and "Parameters" in fields:
            self._in_template(fields["Parameters"], way, values, "here")
        else:
            self._need(Read("input" if self._jsonata else "here", ()), way, values)

    def _in_template(self, template: JSON, way: Way, values: Iterable[str], here: str) -> None:
        found = self._template(template, way, here)
        if found is not None:
            self._follow(found, found.alias.values if found.alias else (), values)

    def _template(self, template: JSON, way: Way, here: str) -> Meaning | None:
        """What stands on this way in a template; the rest of the way is kept in the values of the alias."""
        for place, key in enumerate(way):
            if isinstance(template, str) and self._jsonata:
                return _rest(jsonata_meaning(template), way[place:], "input")
            if not isinstance(template, dict):
                return None
            if not self._jsonata and f"{key}.$" in template:
                return _rest(meaning(template[f"{key}.$"]), way[place + 1 :], here)
            template = template.get(key)
        return _rest(jsonata_meaning(template), (), "input") if self._jsonata else None

    # ------------------------------------------------------------------ machines inside

    def _nested(self, after: Needs) -> None:
        """Branches and iterations must meet what is needed of the state's result, and have needs of their own."""
        state, demands = self._state, self._demands
        for index, program in enumerate(state.programs()):
            demands._program(program, self._at_end(after, index))
            for way, values in list(demands._before[program.start.name].items()):
                if isinstance(state, MapState):
                    self._of_item(way, values)
                elif "Parameters" in self._fields:
                    self._in_template(self._fields["Parameters"], way, values, "here")
                elif self._jsonata and "Arguments" in self._fields:
                    self._in_template(self._fields["Arguments"], way, values, "input")
                else:
                    self._need(Read("input" if self._jsonata else "here", ()), way, values)

    def _of_item(self, way: Way, values: Iterable[str]) -> None:
        selector = self._fields.get("ItemSelector", None if self._jsonata else self._fields.get("Parameters"))
        if selector is None:
            items = self._items()
            self._need(items, (*items.way, *way), values)
            return
        found = self._template(selector, way, "here")
        if found is None or found.alias is None:
            return
        rest = found.alias.values
        if found.alias.root == "item":
            items = self._items()
            self._need(items, (*items.way, *found.alias.way, *rest), values)
        else:
            self._follow(found, rest, values)

    def _at_end(self, after: Needs, index: int) -> Needs:
        """What the end of a branch has to give."""
        path = _way_of(self._fields.get("ResultPath", "$"))
        if self._jsonata or path is None or "ResultSelector" in self._fields:
            return {}
        found: Needs = {}
        for way, values in after.items():
            inner = way[len(path) :]
            if way[: len(path)] == path and inner and inner[0] in (ANY, str(index)):
                found.setdefault(inner[1:], {}).update(values)
        return found


def demands_of(machine: Machine) -> Demands:
    """What the machine needs.

    >>> from aslrun import load
    >>> rule = {"Variable": "$.total", "NumericGreaterThan": 5, "Next": "Done"}
    >>> choice = {"Type": "Choice", "Choices": [rule], "Default": "Done"}
    >>> demands_of(load({"StartAt": "C", "States": {"C": choice, "Done": {"Type": "Succeed"}}})).inputs()
    [{'total': 5}, {'total': 4}, {'total': 6}]
    """
    return Demands(machine)


# --------------------------------------------------------------------------- parts


def _rest(found: Meaning, way: Way, here: str) -> Meaning:
    """A meaning whose alias is seen from ``here``, with what is left of the way."""
    if found.alias is None:
        return found
    root = here if found.alias.root == "here" else found.alias.root
    return Meaning(found.reads, Read(root, found.alias.way, way), found.parsed)


def _join(needs: Needs, others: Mapping[Way, Mapping[str, None]]) -> None:
    for way, values in others.items():
        needs.setdefault(way, {}).update(values)


def _all_reads(template: JSON, jsonata: bool = False) -> Iterator[Read]:
    """The reads of all expressions in a template."""
    if isinstance(template, dict):
        for key, value in template.items():
            if key.endswith(".$") and not jsonata:
                yield from meaning(value).reads
            else:
                yield from _all_reads(value, jsonata)
    elif isinstance(template, list):
        for each in template:
            yield from _all_reads(each, jsonata)
    elif jsonata:
        yield from jsonata_meaning(template).reads


def _way_of(path: JSON) -> Way | None:
    """The way of a path in the state's document; ``None`` where there is none, or for null."""
    alias = meaning(path).alias if isinstance(path, str) else None
    return alias.way if alias is not None and alias.root == "here" else None


def _is_jsonata(machine: Machine, state: State) -> bool:
    return state.document.get("QueryLanguage", machine.query_language) == "JSONata"


def _followers(state: State) -> Iterator[str]:
    if isinstance(state, ChoiceState):
        yield from state.targets()
    elif state.target is not None:
        yield state.target


def _may_end(state: State) -> bool:
    return isinstance(state, SucceedState) or (state.target is None and not isinstance(state, (ChoiceState, FailState)))


def _catcher(state: State, target: str) -> Mapping[str, JSON]:
    catchers = cast("list[dict[str, JSON]]", state.document.get("Catch", []))
    return next((each for each in catchers if each.get("Next") == target), {})


def _written(machine: Machine) -> Iterator[str]:
    """Top-level names that states write."""
    for state in machine.states.values():
        catchers = cast("list[Mapping[str, JSON]]", state.document.get("Catch", []))
        for document in (state.document, *catchers):
            path = _way_of(document.get("ResultPath", "$"))
            if path:
                yield path[0]
