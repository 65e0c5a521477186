"""aslrun: an embeddable, async interpreter of the Amazon States Language.

The names below are the public front; what needs asyncio or anyio is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from .definition.loading import load
from .definition.model import Machine
from .definition.validation import validate
from .engine.limits import Limits
from .errors import (
    ActivityDoesNotExist,
    AslrunError,
    Diagnostic,
    ExecutionAlreadyExists,
    ExecutionDoesNotExist,
    ExecutionFailed,
    ExecutionNotRedrivable,
    InvalidDefinition,
    InvalidExecutionInput,
    InvalidHandlerOutput,
    InvalidName,
    InvalidOutput,
    InvalidToken,
    MissingHandlers,
    TaskDoesNotExist,
    TaskError,
    TaskTimedOut,
)
from .resources.registry import Resources
from .resources.task_context import TaskContext
from .runtime.result import Result
from .runtime.simulate import simulate

if TYPE_CHECKING:
    from .runtime.callbacks import TaskCallbacks
    from .runtime.clock import VirtualClock
    from .runtime.interpreter import Interpreter
    from .runtime.run import run
    from .stores.sqlite import SQLiteStore

_LATER = {
    "Interpreter": "runtime.interpreter",
    "SQLiteStore": "stores.sqlite",
    "TaskCallbacks": "runtime.callbacks",
    "VirtualClock": "runtime.clock",
    "run": "runtime.run",
}

__all__ = [
    "ActivityDoesNotExist",
    "AslrunError",
    "Diagnostic",
    "ExecutionAlreadyExists",
    "ExecutionDoesNotExist",
    "ExecutionFailed",
    "ExecutionNotRedrivable",
    "Interpreter",
    "InvalidDefinition",
    "InvalidExecutionInput",
    "InvalidHandlerOutput",
    "InvalidName",
    "InvalidOutput",
    "InvalidToken",
    "Limits",
    "Machine",
    "MissingHandlers",
    "Resources",
    "Result",
    "SQLiteStore",
    "TaskCallbacks",
    "TaskContext",
    "TaskDoesNotExist",
    "TaskError",
    "TaskTimedOut",
    "VirtualClock",
    "load",
    "run",
    "simulate",
    "validate",
]


def __getattr__(name: str) -> object:
    """Import what needs an event loop only when it is asked for."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f".{_LATER[name]}", __name__), name)
    return value


def __dir__() -> list[str]:
    return [*globals(), *_LATER]
