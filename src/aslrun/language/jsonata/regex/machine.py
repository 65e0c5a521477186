"""A backtracking machine for regular expressions, with a stack of its own and a price for every step.

Rules that a change must keep:

1. The order of the alternatives is ECMAScript's, and so is what a loop does: an iteration forgets the groups
   inside it, and one that matched nothing ends the loop (once the least number is reached).
2. The state is immutable (position, groups, counters), so that going back is taking the last one again.
3. Repeating a single character greedily is one instruction: it runs ahead and gives back one by one.
4. A pattern is one of UTF-16 units, and so must the text be (``units``): a character beyond them is two.
5. Behind a position (look-behind) everything goes backwards: ``step`` is -1 there, and ``shift`` is too,
   for the character to look at is the one before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..text import units
from .assembler import BACK, CHAR, JUMP, LITERAL, LOOK, LOOP, MATCH, PLACE, RUN, SAVE, SPLIT, START, Assembler
from .sets import TERMINATORS, WORD, canonical
from .syntax import RegexParser

Spend = Callable[[int], None]
State = tuple[int, int, tuple[int, ...], tuple[int, ...], int]
"""Instruction, position, groups, counters, and for a run of characters how many to try."""

_word = WORD.tester(False)
_terminator = TERMINATORS.tester(False)


class Found:
    """A match: where it starts and ends, and what its groups caught (``None``: nothing)."""

    __slots__ = ("end", "groups", "start", "text")

    def __init__(self, text: str, saved: tuple[int, ...]) -> None:
        self.start, self.end = saved[0], saved[1]
        self.text = text[self.start : self.end]
        self.groups = [
            text[saved[i] : saved[i + 1]] if saved[i] >= 0 and saved[i + 1] >= 0 else None
            for i in range(2, len(saved), 2)
        ]


class Program:
    """A compiled pattern."""

    __slots__ = ("_code", "_groups", "_ignore_case", "_literal", "_loops", "_multiline", "_test", "pattern")

    def __init__(self, pattern: str, flags: str) -> None:
        self.pattern = pattern
        parser = RegexParser(units(pattern), flags)
        tree = parser.parse()
        self._ignore_case, self._multiline = "i" in flags, "m" in flags
        assembler = Assembler(self._ignore_case)
        assembler.emit(tree, False)
        assembler.code.append((MATCH,))
        self._code, self._loops, self._groups = assembler.code, assembler.loops, parser.groups
        self._literal, self._test = _beginning(self._code)

    def search(self, text: str, start: int, spend: Spend) -> Found | None:
        """The first match at or behind a position."""
        saved = (-1,) * (2 * self._groups + 2)
        counters = (0, -1) * self._loops
        at = start
        while at <= len(text):
            at = self._possible_start(text, at, spend)
            if at < 0:
                return None
            found = self._run((0, at, saved, counters, -1), text, spend)
            if found is not None:
                return Found(text, (at, *found[1:]))
            at += 1
        return None

    def _possible_start(self, text: str, at: int, spend: Spend) -> int:
        """The next position with a character that the pattern can begin with, -1 if there is none."""
        if self._literal is not None:
            return text.find(self._literal, at)
        if self._test is None:
            return at
        test, begin, length = self._test, at, len(text)
        while at < length and not test(text[at]):
            at += 1
        spend((at - begin) >> 2)
        return at if at < length else -1

    def _run(self, state: State, text: str, spend: Spend) -> tuple[int, ...] | None:
        """Match from a state on: the groups, with the end in the second place, or nothing."""
        code, length = self._code, len(text)
        pc, at, saved, counters, count = state
        stack: list[State] = []
        steps = 0
        while True:
            steps += 1
            if steps >= 512:
                spend(2 * steps)
                steps = 0
            op = code[pc]
            kind = op[0]
            if kind in (LITERAL, CHAR):
                _, char, step, shift = op
                if 0 <= at + shift < length and (
                    text[at + shift] == char if kind == LITERAL else char(text[at + shift])
                ):
                    at += step
                    pc += 1
                    continue
            elif kind == RUN:
                _, test, step, shift, least, most = op
                if count < 0:
                    count = _run_length(test, text, at + shift, step, most)
                    steps += count >> 2
                if count >= least:
                    if count > least:
                        stack.append((pc, at, saved, counters, count - 1))
                    at += step * count
                    pc += 1
                    count = -1
                    continue
            elif kind == SPLIT:
                stack.append((op[2], at, saved, counters, -1))
                pc = op[1]
                continue
            elif kind == JUMP:
                pc = op[1]
                continue
            elif kind == SAVE:
                saved = (*saved[: op[1]], at, *saved[op[1] + 1 :])
                pc += 1
                continue
            elif kind == START:
                counters = (*counters[: op[1]], 0, -1, *counters[op[1] + 2 :])
                pc += 1
                continue
            elif kind == LOOP:
                ways = _loop(op, (pc, at, saved, counters, -1))
                if ways:
                    stack.extend(ways[1:])
                    pc, at, saved, counters, count = ways[0]
                    continue
            elif kind == PLACE:
                if self._is_place(op[1], text, at):
                    pc += 1
                    continue
            elif kind == LOOK:
                inside = self._run((pc + 1, at, saved, counters, -1), text, spend)
                if (inside is None) == op[1]:
                    saved = saved if inside is None else (*saved[:2], *inside[2:])
                    pc = op[2]
                    continue
            elif kind == BACK:
                at_next = self._again(op, text, at, saved)
                if at_next >= 0:
                    at = at_next
                    pc += 1
                    continue
            else:
                spend(2 * steps)
                return (-1, at, *saved[2:])
            if not stack:
                spend(2 * steps)
                return None
            pc, at, saved, counters, count = stack.pop()

    def _is_place(self, kind: str, text: str, at: int) -> bool:
        if kind == "^":
            return at == 0 or (self._multiline and _terminator(text[at - 1]))
        if kind == "$":
            return at == len(text) or (self._multiline and _terminator(text[at]))
        before = at > 0 and _word(text[at - 1])
        after = at < len(text) and _word(text[at])
        return (before != after) == (kind == "\\b")

    def _again(self, op: tuple[Any, ...], text: str, at: int, saved: tuple[int, ...]) -> int:
        """Where a back reference leads, -1 if it does not match; a group that caught nothing matches nothing."""
        group: int = op[1]
        step: int = op[2]
        low, high = saved[2 * group], saved[2 * group + 1]
        if low < 0 or high < 0:
            return at
        caught = text[low:high]
        end = at + step * len(caught)
        here = text[at:end] if step > 0 else text[max(end, 0) : at]
        if here == caught or (self._ignore_case and len(here) == len(caught) and all(map(_same_letter, here, caught))):
            return end
        return -1


def _beginning(code: list[tuple[Any, ...]]) -> tuple[str | None, Callable[[str], bool] | None]:
    """The character that every match begins with, or a test for it; neither if there is no such thing."""
    first = next(op for op in code if op[0] != SAVE)
    if first[0] == LITERAL and first[2] > 0:
        return first[1], None
    if (first[0] == CHAR and first[2] > 0) or (first[0] == RUN and first[2] > 0 and first[4] > 0):
        return None, first[1]
    return None, None


def _same_letter(left: str, right: str) -> bool:
    return canonical(left) == canonical(right)


def _run_length(test: Callable[[str], bool], text: str, index: int, step: int, most: int) -> int:
    count, length = 0, len(text)
    while count < most and 0 <= index < length and test(text[index]):
        count += 1
        index += step
    return count


def _loop(op: tuple[Any, ...], state: State) -> list[State]:
    """At the head of a loop: the ways to go on, the preferred one first and then the other."""
    _, slot, least, most, greedy, exit_, (low, high) = op
    pc, at, saved, counters, _ = state
    count, began = counters[slot], counters[slot + 1]
    if count > least and began == at:
        return []
    leave: State = (exit_, at, saved, counters, -1)
    if count >= most:
        return [leave]
    cleared = (*saved[: 2 * low], *(-1,) * (2 * (high - low)), *saved[2 * high :])
    again: State = (pc + 1, at, cleared, (*counters[:slot], count + 1, at, *counters[slot + 2 :]), -1)
    if count < least:
        return [again]
    return [again, leave] if greedy else [leave, again]


def compile_regex(pattern: str, flags: str) -> Program:
    """The program of a pattern; flags are ``i`` and ``m``.

    Raises ``JsonataSyntaxError`` without a code (the reference has none) if the pattern is not ECMAScript's.

    >>> found = compile_regex("(a+)b", "").search("xaab", 0, lambda cost: None)
    >>> found and (found.text, found.start, found.groups)
    ('aab', 1, ['aa'])
    """
    return Program(pattern, flags)
