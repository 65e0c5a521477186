"""Testing state machines: mocks, one state at a time, replay, assertions.

Every name is imported when it is first used: ``import aslrun.testing`` needs neither pytest nor hypothesis.

>>> from aslrun import testing
>>> testing.state({"Type": "Pass", "Next": "Ship"}, input={"id": 7}).next_state
'Ship'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .answers import Answer, Reply, computed, error, result, silence
    from .one_state import InvalidStateTest, StateResult, state

_LATER = {
    "Answer": "answers",
    "InvalidStateTest": "one_state",
    "Reply": "answers",
    "StateResult": "one_state",
    "computed": "answers",
    "error": "answers",
    "result": "answers",
    "silence": "answers",
    "state": "one_state",
}

__all__ = [
    "Answer",
    "InvalidStateTest",
    "Reply",
    "StateResult",
    "computed",
    "error",
    "result",
    "silence",
    "state",
]


def __getattr__(name: str) -> object:
    """Import what is asked for."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f".{_LATER[name]}", __name__), name)
    return value


def __dir__() -> list[str]:
    return [*globals(), *_LATER]
