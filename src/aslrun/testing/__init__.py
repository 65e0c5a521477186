"""Proving a workflow, not only running it: exploration, invariants, generated inputs, injected faults.

The names below are the public front; each is imported when it is first used, so that ``import aslrun.testing`` needs
neither pytest nor hypothesis.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import faults, strategies
    from .checking import check, check_examples
    from .exploration import Exploration, InvariantBroken, explore
    from .invariants import (
        Invariant,
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
    from .outcomes import Outcome
    from .story import Story, play
    from .walk import Move

_INVARIANTS = (
    "Invariant",
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
)
_LATER = {
    "Exploration": "exploration",
    "InvariantBroken": "exploration",
    "explore": "exploration",
    "check": "checking",
    "check_examples": "checking",
    "Outcome": "outcomes",
    "Move": "walk",
    "Story": "story",
    "play": "story",
    **dict.fromkeys(_INVARIANTS, "invariants"),
}


_MODULES = ("faults", "strategies")

__all__ = [
    "Exploration",
    "Invariant",
    "InvariantBroken",
    "Move",
    "Outcome",
    "Story",
    "always_ends",
    "at_most_once",
    "check",
    "check_examples",
    "eventually",
    "explore",
    "faults",
    "hands_out_tokens",
    "never",
    "never_times_out",
    "no_unhandled",
    "only_after",
    "play",
    "reaches_every_state",
    "rides_out_throttling",
    "sound",
    "strategies",
    "within",
]


def __getattr__(name: str) -> object:
    """Import a name of the front when it is asked for."""
    if name in _MODULES:
        return import_module(f".{name}", __name__)
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f".{_LATER[name]}", __name__), name)
    return value


def __dir__() -> list[str]:
    return [*globals(), *_LATER]
