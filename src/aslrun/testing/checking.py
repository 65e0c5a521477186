"""Whether invariants hold: asked of every run (exploration), or of many drawn at random (hypothesis).

Rules that a change must keep:

1. Both look at the same walks, with the same facts; they differ in which they take.
2. What is broken is raised as one story, the shortest that was found, with a test that is ready to run.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from ..definition.model import Machine
from ..runtime.simulate import Definition, loaded
from ..values import JSON
from .demands import demands_of
from .exploration import FAULTS, STATES, Exploration, InvariantBroken, explore
from .fingerprint import without_ids
from .invariant import Invariant
from .invariants import sound
from .outcomes import Given, Outcomes
from .story import told
from .walk import BROKEN, Broken, Setting, Walk, setting_of

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

EXAMPLES = 1_000


def check(
    machine: Definition,
    *invariants: Invariant,
    inputs: Iterable[JSON] | None = None,
    outcomes: Given | None = None,
    faults: float = FAULTS,
    states: int = STATES,
    seed: int = 0,
) -> Exploration:
    """Explore every run of a machine and raise ``InvariantBroken`` if an invariant does not hold in one of them.

    Without ``inputs`` they are made from the definition, without invariants it is those of ``sound()``. The other
    arguments are those of ``explore``. A bound that was reached raises nothing: ask ``complete`` of what comes back.

    >>> states = {"W": {"Type": "Wait", "Seconds": 60, "Next": "F"}, "F": {"Type": "Fail", "Error": "No"}}
    >>> check({"StartAt": "W", "States": states}).longest
    60.0
    """
    known = loaded(machine)
    documents = demands_of(known).inputs() if inputs is None else list(inputs)
    asked = invariants or sound()
    found = explore(known, None, outcomes, *asked, inputs=documents, faults=faults, states=states, seed=seed)
    return found.raise_if_broken()


def check_examples(
    machine: Definition,
    *invariants: Invariant,
    inputs: SearchStrategy[JSON] | None = None,
    outcomes: Given | None = None,
    faults: float = FAULTS,
    examples: int = EXAMPLES,
    by: Literal["seed", "chance"] = "seed",
) -> None:
    """Let hypothesis draw inputs and runs, and raise ``InvariantBroken`` with the smallest story that breaks one.

    ``inputs`` is a strategy (without it: ``strategies.inputs``). By ``"seed"`` every call draws the same, by
    ``"chance"`` others. Takes what is too large to be explored; finds what is likely, and proves nothing.

    >>> states = {"W": {"Type": "Wait", "Seconds": 60, "Next": "F"}, "F": {"Type": "Fail", "Error": "No"}}
    >>> check_examples({"StartAt": "W", "States": states}, examples=10)
    """
    from . import strategies  # tells what to install, where hypothesis is not

    from hypothesis import HealthCheck, Phase, given, settings  # isort: skip

    known = loaded(machine)
    asked = tuple(invariants or sound())
    setting = setting_of(known, Outcomes(known, outcomes), faults=faults, invariants=asked)
    drawn = strategies.walks(setting, strategies.inputs(known) if inputs is None else inputs)

    @settings(
        max_examples=examples,
        derandomize=by == "seed",
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(drawn)
    def holds(walk: Walk) -> None:
        problem = _problem(setting, walk)
        if problem is not None:
            raise _broken(known, walk, *problem)

    holds()


def _problem(setting: Setting, walk: Walk) -> tuple[Invariant, str] | None:
    """The first invariant that a whole run breaks."""
    if walk.found:
        place, reason = walk.found[0]
        return setting.invariants[place], reason
    if walk.moves():
        return None  # cut off: it is not over
    walk.silent = walk.execution.status == "RUNNING"
    for place, invariant in enumerate(setting.invariants):
        try:
            if walk.memories[place] is not BROKEN:
                invariant.ended(walk.memories[place], walk.end())
        except Broken as broken:
            return invariant, str(broken)
    return None


def _broken(machine: Machine, walk: Walk, invariant: Invariant, reason: str) -> InvariantBroken:
    input = walk.execution.input
    story = told(machine, input, walk.way, seed=walk.setting.seed, broken=invariant, reason=without_ids(reason))
    return InvariantBroken([story])
