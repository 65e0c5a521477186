"""missing-target: StartAt and every transition name a state that exists.

> Missing 'Next' target: NOPE
> (ValidateStateMachineDefinition, code MISSING_TRANSITION_TARGET)

Names are compared exactly, letter by letter. AWS says Next here of Default and StartAt too.

Bad::

    {"StartAt": "Notes", "States": {"Note": {"Type": "Succeed"}}}

Good::

    {"StartAt": "Note", "States": {"Note": {"Type": "Succeed"}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..documents import Document
from ..problem import Problem
from .outline import Outline
from .transitions import missing, no_such_state
from .words import nearest

MOST_HINTS = 20  # targets that are told what was perhaps meant: among very many names it takes long to find out


def check(document: Document, parts: Outline) -> Iterator[Problem]:
    """A target that stands nowhere in the document."""
    count = 0
    for program in parts.astray:
        for target in missing(program):
            if target.name not in parts.names:
                yield no_such_state(target, nearest(target.name, program.states) if count < MOST_HINTS else "")
                count += 1
