"""Choice rules decided by trying: which can never be the first that holds, and whether all may fail to hold.

Rules that a change must keep:

1. A rule is dead only if no combination of samples makes it the first that holds; where there are too many
   combinations, or tests that samples do not decide, nothing is said.
2. What the data flow knows counts by its kind only: a path that is always the number 1 here may be another tomorrow,
   and the author knows; that it is no text he may not have seen.
3. Without Default all may fail to hold if they do for a value of the kind that the rules speak of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import Any

from ...language.conditions import OPERATORS
from ..model import ChoiceState
from .analysis import Analysis
from .formulas import Formula, Joined, OfPaths, Opaque, Test, leaves, of_rule
from .paths import follow
from .reading import Finding, Reading, is_expression
from .samples import FAILS, UNDEFINED, Outcome, Sample, Undecidable, is_likely, meant_kinds, outcome, samples_of
from .states import effective_input
from .values import ANY, BOOLEAN, MISSING, NUMBER, STRING, Origin, Value, describe, of_object

MAX_COMBINATIONS = 3_000
MAX_RULES = 100
MAX_WORK = 400_000
"""Rules tried on combinations in one machine; what comes after is not judged."""
EVERYTHING = ANY | MISSING

Assignment = Mapping[Any, Sample]


class Question:
    """The rules of one Choice state, and what is known of their subjects."""

    def __init__(self, reading: Reading, state: ChoiceState) -> None:
        self.reading = reading
        self.jsonata = reading.analysis.is_jsonata(state)
        self.trees: dict[Any, Any] = {}
        self.rules: list[Formula] = [self._formula(rule) for rule in reading.fields["Choices"]]
        self.tests: dict[Any, list[Test]] = {}
        self.opaque: set[Any] = set()
        for leaf in (leaf for rule in self.rules for leaf in leaves(rule)):
            if isinstance(leaf, Opaque):
                self.opaque.add(leaf.key)
            else:
                self.tests.setdefault(leaf.subject, []).append(leaf)
        self._known: dict[Any, Value] = {}
        self.work = 0

    def _formula(self, rule: Any) -> Formula:
        if not self.jsonata:
            return of_rule(rule)
        condition = rule.get("Condition")
        if isinstance(condition, bool):
            return condition
        tree = self.reading.tree(condition) if is_expression(condition) else None
        if tree is None:
            return Opaque(id(rule))
        from .query_formulas import of_tree  # imported here: an engine that half of all machines never need

        return of_tree(tree, self.trees)

    def known(self, subject: Any) -> Value:
        """What the data flow knows of a subject."""
        if subject not in self._known:
            self._known[subject] = self._value(subject)
        return self._known[subject]

    def _value(self, subject: Any) -> Value:
        reading = self.reading
        if self.jsonata:
            from .queries import Query

            states = of_object({"input": reading.env.input, "context": reading.context})
            return Query(reading, states, (), mute=True).whole(self.trees[subject])
        path: Any = reading.expressions.get(subject)
        if path is None or path.root == "context":
            return Value(EVERYTHING)
        start = effective_input(reading) if path.root == "input" else reading.peek(path.variable)
        return follow(start, path.segments).value

    # ------------------------------------------------------------------ trying

    def combinations(
        self, rules: list[Formula], kinds: Mapping[Any, int], *, likely: bool = False
    ) -> Iterator[Assignment]:
        """All combinations of samples for the subjects of some rules; ``likely``: of those that people think of.

        Raises ``Undecidable``.
        """
        pools: dict[Any, list[Sample]] = {}
        for leaf in (leaf for rule in rules for leaf in leaves(rule)):
            if isinstance(leaf, Opaque):
                pools[("opaque", leaf.key)] = _EITHER
            elif leaf.subject not in pools:
                tests = self.tests[leaf.subject]
                samples = samples_of(tests, kinds.get(leaf.subject, EVERYTHING))
                pools[leaf.subject] = [each for each in samples if is_likely(each, tests)] if likely else samples
        size = 1
        for pool in pools.values():
            size *= len(pool)
        if size * len(rules) > MAX_COMBINATIONS * 20 or size > MAX_COMBINATIONS:
            raise Undecidable
        names = list(pools)
        self.work += size * len(rules)
        return (dict(zip(names, chosen, strict=True)) for chosen in product(*pools.values()))


_EITHER = [Sample(0, True), Sample(0, False)]


def holds(formula: Formula, assignment: Assignment) -> Outcome:
    """Whether a formula holds; ``FAILS``: evaluating it fails the state, ``UNDEFINED``: neither."""
    if isinstance(formula, bool):
        return formula
    if isinstance(formula, Opaque):
        return bool(assignment["opaque", formula.key].value)
    if isinstance(formula, Test):
        return outcome(formula, assignment[formula.subject])
    if formula.joiner == "not":
        inner = holds(formula.parts[0], assignment)
        return inner if inner is FAILS or inner is UNDEFINED else not inner
    decides = formula.joiner == "or"
    for part in formula.parts:
        found = holds(part, assignment)
        if found is FAILS:
            return FAILS
        if (found is True) is decides:
            return decides
    return not decides


def _first(rules: list[Formula], assignment: Assignment) -> int | None:
    """The first rule that holds; ``-1``: none, ``None``: the state fails."""
    for index, rule in enumerate(rules):
        found = holds(rule, assignment)
        if found is FAILS or found is UNDEFINED:
            return None
        if found:
            return index
    return -1


# --------------------------------------------------------------------------- the findings


def choices(analysis: Analysis) -> Iterator[Finding]:
    """What is suspicious about the rules of all Choice states."""
    work = 0
    for state, env in analysis.entries.items():
        if isinstance(state, ChoiceState) and len(state.rules) <= MAX_RULES and work < MAX_WORK:
            question = Question(Reading(analysis, state, env), state)
            yield from _dead_rules(question)
            yield from _may_not_match(question, state)
            work += question.work


def _unlike(question: Question, rule: Formula) -> tuple[str, tuple[Origin, ...]] | None:
    """Why a rule never holds that compares two paths, alone or in an And: one of them is of another kind."""
    parts = rule.parts if isinstance(rule, Joined) and rule.joiner == "and" else (rule,)
    for key in (part.key for part in parts if isinstance(part, Opaque) and isinstance(part.key, OfPaths)):
        wanted = _KINDS.get(OPERATORS[key.operator].operand if key.operator in OPERATORS else "", ANY)
        for subject in (key.subject, key.other):
            value = question.known(subject)
            if value.kinds & ANY and not value.kinds & wanted:
                return f"never holds: {subject} is {describe(value)}", value.origins
    return None


_KINDS = {"string": STRING, "number": NUMBER, "boolean": BOOLEAN, "timestamp": STRING}


def _dead_rules(question: Question) -> Iterator[Finding]:
    place = question.reading.location
    for index, rule in enumerate(question.rules):
        if (found := _unlike(question, rule)) is not None:
            yield Finding("choice-rule-dead", (*place, "Choices", index), found[0], found[1])
    kinds = {subject: question.known(subject).kinds for subject in question.tests}
    for index in _suspects(question, kinds) if not _are_apart(question, kinds) else ():
        found = _why_dead(question, index, kinds)
        if found is not None:
            message, because = found
            yield Finding("choice-rule-dead", (*place, "Choices", index), message, because)


_OF_ONE_VALUE = frozenset(("StringEquals", "NumericEquals", "BooleanEquals"))


def _are_apart(question: Question, kinds: Mapping[Any, int]) -> bool:
    """Whether each rule is one test that something passes which the others leave: none is dead, without trying."""
    if not all(isinstance(rule, Test) and rule.strict and rule.operand != "" for rule in question.rules):
        return False
    if any(kind & EVERYTHING != EVERYTHING for kind in kinds.values()):
        return False
    several = [test for tests in question.tests.values() if len(tests) > 1 for test in tests]
    return len({(test.subject, test.operand) for test in several if test.operator in _OF_ONE_VALUE}) == len(several)


def _suspects(question: Question, kinds: Mapping[Any, int]) -> list[int]:
    """Rules that are never the first to hold; all of them where trying all together is too much."""
    waiting = set(range(len(question.rules)))
    try:
        for assignment in question.combinations(question.rules, kinds):
            waiting.discard(first if (first := _first(question.rules, assignment)) is not None else -1)
            if not waiting:
                break
    except Undecidable:
        return list(range(len(question.rules))) if len(question.rules) <= 20 else []
    return sorted(waiting)


def _why_dead(question: Question, index: int, kinds: Mapping[Any, int]) -> tuple[str, tuple[Origin, ...]] | None:
    rules, place = question.rules, question.reading.location
    try:
        if not _can_be(question, [rules[index]], {}):
            return "never holds: it contradicts itself", ()
        if not _can_be(question, [rules[index]], kinds):
            return _of_another_kind(question, rules[index])
        for earlier in range(index):
            if not _can_be(question, [rules[earlier], rules[index]], {}):
                origin = Origin("this rule takes all that the other would", (*place, "Choices", earlier))
                return f"never holds: Choices[{earlier}] takes all that it would", (origin,)
        if index and not _can_be(question, rules[: index + 1], {}):
            return "never holds: the rules before it take all that it would", ()
    except Undecidable:
        return None
    return None


def _can_be(question: Question, rules: list[Formula], kinds: Mapping[Any, int]) -> bool:
    """Whether the last of some rules may be the first to hold."""
    last = len(rules) - 1
    return any(_first(rules, assignment) == last for assignment in question.combinations(rules, kinds))


def _of_another_kind(question: Question, rule: Formula) -> tuple[str, tuple[Origin, ...]] | None:
    for leaf in leaves(rule):
        if not isinstance(leaf, Test):
            continue
        value = question.known(leaf.subject)
        if value.kinds & EVERYTHING == EVERYTHING or value.kinds == MISSING:
            continue
        shown = leaf.subject if isinstance(leaf.subject, str) else "what it looks at"
        if not any(outcome(leaf, sample) is True for sample in samples_of([leaf], value.kinds)):
            return f"never holds: {shown} is {describe(value)}", value.origins
    return None


def _may_not_match(question: Question, state: ChoiceState) -> Iterator[Finding]:
    if state.target is not None or len(question.opaque) > 1:
        return
    kinds = {}
    for subject, tests in question.tests.items():
        meant = meant_kinds(tests)
        known = question.known(subject).kinds
        kinds[subject] = meant & known or meant
    try:
        combinations = islice(question.combinations(question.rules, kinds, likely=True), MAX_COMBINATIONS)
        if not any(_first(question.rules, assignment) == -1 for assignment in combinations):
            return
    except Undecidable:
        return
    message = "the rules do not cover every value and there is no Default: States.NoChoiceMatched is possible"
    yield Finding("choice-may-not-match", question.reading.location, message)
