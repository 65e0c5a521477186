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
    from .assertions import Run
    from .mock_files import InvalidMockFile, read_mocks
    from .mocks import Call, InvalidMocks, Mocks, MocksNotKept
    from .one_state import InvalidStateTest, StateResult, state
    from .recorded import InvalidHistory
    from .replaying import NotReplayable, Replayed, mocks_from_history, replay

_LATER = {
    "Answer": "answers",
    "Call": "mocks",
    "InvalidMockFile": "mock_files",
    "InvalidMocks": "mocks",
    "InvalidStateTest": "one_state",
    "Mocks": "mocks",
    "MocksNotKept": "mocks",
    "Reply": "answers",
    "StateResult": "one_state",
    "InvalidHistory": "recorded",
    "NotReplayable": "replaying",
    "Replayed": "replaying",
    "Run": "assertions",
    "computed": "answers",
    "error": "answers",
    "mocks_from_history": "replaying",
    "read_mocks": "mock_files",
    "replay": "replaying",
    "result": "answers",
    "silence": "answers",
    "state": "one_state",
}

__all__ = [
    "Answer",
    "Call",
    "InvalidHistory",
    "InvalidMockFile",
    "InvalidMocks",
    "InvalidStateTest",
    "Mocks",
    "MocksNotKept",
    "NotReplayable",
    "Replayed",
    "Reply",
    "Run",
    "StateResult",
    "computed",
    "error",
    "mocks_from_history",
    "read_mocks",
    "replay",
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
