"""The tree of a regular expression to instructions of the machine.

Each instruction is a tuple that begins with its kind. Code for a look-behind is emitted back to front.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .sets import CharSet, Span, canonical
from .syntax import Assertion, Backreference, Capture, Char, Choice, Look, Repeat, Series, Tree

CHAR, SPLIT, JUMP, SAVE, RUN, START, LOOP, PLACE, LOOK, BACK, MATCH, LITERAL = range(12)


class Assembler:
    """Instructions being collected."""

    __slots__ = ("_ignore_case", "_testers", "code", "loops")

    def __init__(self, ignore_case: bool) -> None:
        self.code: list[tuple[Any, ...]] = []
        self.loops = 0
        self._ignore_case = ignore_case
        self._testers: dict[tuple[Span, ...], Callable[[str], bool]] = {}

    def emit(self, tree: Tree, back: bool) -> None:
        """Add the instructions of a tree."""
        if isinstance(tree, Char):
            self._char(tree, back)
        elif isinstance(tree, Series):
            for item in reversed(tree.items) if back else tree.items:
                self.emit(item, back)
        elif isinstance(tree, Choice):
            self._choice(tree, back)
        elif isinstance(tree, Repeat):
            self._repeat(tree, back)
        elif isinstance(tree, Capture):
            self._save(2 * tree.number + back)
            self.emit(tree.body, back)
            self._save(2 * tree.number + (not back))
        elif isinstance(tree, Look):
            self._look(tree)
        elif isinstance(tree, Assertion):
            self.code.append((PLACE, tree.kind))
        elif isinstance(tree, Backreference):
            self.code.append((BACK, tree.number, -1 if back else 1))

    def _save(self, slot: int) -> None:
        self.code.append((SAVE, slot))

    def _char(self, tree: Char, back: bool) -> None:
        step, shift = (-1, -1) if back else (1, 0)
        single = tree.chars.single()
        if single is not None and not (self._ignore_case and _has_cases(chr(single))):
            self.code.append((LITERAL, chr(single), step, shift))
        else:
            self.code.append((CHAR, self._tester(tree.chars), step, shift))

    def _tester(self, chars: CharSet) -> Callable[[str], bool]:
        known = self._testers.get(chars.spans)
        if known is None:
            known = self._testers[chars.spans] = chars.tester(self._ignore_case)
        return known

    def _choice(self, tree: Choice, back: bool) -> None:
        ends = []
        for option in tree.options[:-1]:
            split = len(self.code)
            self.code.append(())
            self.emit(option, back)
            ends.append(len(self.code))
            self.code.append(())
            self.code[split] = (SPLIT, split + 1, len(self.code))
        self.emit(tree.options[-1], back)
        for end in ends:
            self.code[end] = (JUMP, len(self.code))

    def _repeat(self, tree: Repeat, back: bool) -> None:
        if isinstance(tree.body, Char) and tree.greedy:
            step, shift = (-1, -1) if back else (1, 0)
            test = self._tester(tree.body.chars)
            self.code.append((RUN, test, step, shift, tree.least, tree.most))
            return
        slot = 2 * self.loops
        self.loops += 1
        self.code.append((START, slot))
        head = len(self.code)
        self.code.append(())
        self.emit(tree.body, back)
        self.code.append((JUMP, head))
        self.code[head] = (LOOP, slot, tree.least, tree.most, tree.greedy, len(self.code), tree.groups)

    def _look(self, tree: Look) -> None:
        head = len(self.code)
        self.code.append(())
        self.emit(tree.body, tree.behind)
        self.code.append((MATCH,))
        self.code[head] = (LOOK, tree.negative, len(self.code))


def _has_cases(char: str) -> bool:
    return canonical(char) != char or char.lower() != char or char.upper() != char
