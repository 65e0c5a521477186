"""Testing state machines: mocks, one state at a time, replay; exploration, invariants, faults; coverage, stepping.

Every name is imported when it is first used: ``import aslrun.testing`` needs neither pytest nor hypothesis.

>>> from aslrun import testing
>>> testing.state({"Type": "Pass", "Next": "Ship"}, input={"id": 7}).next_state
'Ship'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ..errors import extra_needed

if TYPE_CHECKING:
    from . import diagram, faults, strategies
    from .answers import Answer, Reply, computed, error, result, silence
    from .assertions import Run
    from .checking import check, check_examples
    from .coverage.collecting import Coverage
    from .exploration import Exploration, InvariantBroken, explore
    from .invariant import Invariant
    from .invariants import (
        always_ends,
        at_most_once,
        eventually,
        hands_out_tokens,
        never,
        never_times_out,
        no_unhandled,
        only_after,
        reaches_every_state,
        rides_out_throttling,
        sound,
        within,
    )
    from .mock_files import InvalidMockFile, read_mocks
    from .mocks import Call, InvalidMocks, Mocks, MocksNotKept
    from .one_state import InvalidStateTest, StateResult, state
    from .outcomes import Outcome
    from .recorded import InvalidHistory
    from .replaying import NotReplayable, Replayed, mocks_from_history, replay
    from .stepping import Stepper, step
    from .story import Story, play
    from .walk import Move

_FRONT: dict[str, tuple[str, ...]] = {  # module -> its names
    "answers": ("Answer", "Reply", "computed", "error", "result", "silence"),
    "assertions": ("Run",),
    "checking": ("check", "check_examples"),
    "coverage.collecting": ("Coverage",),
    "exploration": ("Exploration", "InvariantBroken", "explore"),
    "invariant": ("Invariant",),
    "invariants": (
        "always_ends",
        "at_most_once",
        "eventually",
        "hands_out_tokens",
        "never",
        "never_times_out",
        "no_unhandled",
        "only_after",
        "reaches_every_state",
        "rides_out_throttling",
        "sound",
        "within",
    ),
    "mock_files": ("InvalidMockFile", "read_mocks"),
    "mocks": ("Call", "InvalidMocks", "Mocks", "MocksNotKept"),
    "one_state": ("InvalidStateTest", "StateResult", "state"),
    "outcomes": ("Outcome",),
    "recorded": ("InvalidHistory",),
    "replaying": ("NotReplayable", "Replayed", "mocks_from_history", "replay"),
    "stepping": ("Stepper", "step"),
    "story": ("Story", "play"),
    "walk": ("Move",),
}
_LATER = {name: module for module, names in _FRONT.items() for name in names}
_MODULES = ("diagram", "faults", "strategies")

__all__ = [
    "Answer",
    "Call",
    "Coverage",
    "Exploration",
    "InvalidHistory",
    "InvalidMockFile",
    "InvalidMocks",
    "InvalidStateTest",
    "Invariant",
    "InvariantBroken",
    "Mocks",
    "MocksNotKept",
    "Move",
    "NotReplayable",
    "Outcome",
    "Replayed",
    "Reply",
    "Run",
    "StateResult",
    "Stepper",
    "Story",
    "always_ends",
    "at_most_once",
    "check",
    "check_examples",
    "computed",
    "diagram",
    "error",
    "eventually",
    "explore",
    "faults",
    "hands_out_tokens",
    "mocks_from_history",
    "never",
    "never_times_out",
    "no_unhandled",
    "only_after",
    "play",
    "reaches_every_state",
    "read_mocks",
    "replay",
    "result",
    "rides_out_throttling",
    "silence",
    "sound",
    "state",
    "step",
    "strategies",
    "within",
]


def __getattr__(name: str) -> object:
    """Import what is asked for."""
    if name in _MODULES:
        return _module(name)
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f".{_LATER[name]}", __name__), name)
    return value


def _module(name: str) -> object:
    try:
        return import_module(f".{name}", __name__)
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        raise extra_needed("draw inputs and runs", "hypothesis", "testing") from None


def __dir__() -> list[str]:
    return [*globals(), *_LATER]
