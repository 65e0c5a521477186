"""unreachable: every state can be reached from StartAt.

> State "C" is not reachable.
> (ValidateStateMachineDefinition, code MISSING_TRANSITION_TARGET)

No Next, Default, Choice rule or catcher leads there. Remove the state or lead to it. As AWS does, this is not said
where the machine has no end at all.

Bad::

    {"StartAt": "Note", "States": {"Note": {"Type": "Succeed"}, "Lost": {"Type": "Succeed"}}}

Good::

    {"StartAt": "Note", "States": {"Note": {"Type": "Pass", "Next": "Found"}, "Found": {"Type": "Succeed"}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import Problem
from .outline import Program
from .transitions import ends_somewhere


def check(program: Program) -> Iterator[Problem]:
    """States that no path from StartAt leads to."""
    start = program.value.get("StartAt")
    if not isinstance(start, str) or start not in program.states:
        return
    reached, pending = {start}, [start]
    while pending:
        for target in program.leads.get(pending.pop(), ()):
            if target in program.states and target not in reached:
                reached.add(target)
                pending.append(target)
    if len(reached) == len(program.states) or not ends_somewhere(program):
        return
    for name in program.states:
        if name not in reached:
            place = (*program.location, "States", name)
            yield Problem(place, f'State "{name}" is not reachable.')
