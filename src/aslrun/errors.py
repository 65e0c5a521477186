"""The tree of errors. Its first split is whose fault it is.

::

    AslrunError
    ├── DefinitionError            the definition's
    │   └── InvalidDefinition          .diagnostics: every problem with its place
    ├── CallerError                the caller's
    │   ├── InvalidExecutionInput
    │   ├── InvalidName
    │   ├── InvalidOutput
    │   ├── InvalidToken
    │   ├── TaskDoesNotExist
    │   ├── TaskTimedOut
    │   ├── ActivityDoesNotExist
    │   ├── ExecutionAlreadyExists
    │   ├── ExecutionDoesNotExist
    │   ├── ExecutionNotRedrivable
    │   ├── StateMachineTypeNotSupported
    │   └── MissingHandlers            .missing: resources that no handler serves
    ├── ExecutionError             the execution's
    │   └── ExecutionFailed            .error .cause, raised by ``result.raise_for_status()``
    └── HandlerError               the handler's
        ├── InvalidHandlerOutput       .handler .path
        └── TaskError                  raised by a handler: the error and cause of its task

Every message says where, what, and what was expected. Names of the caller's errors are those of the
Step Functions API.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class AslrunError(Exception):
    """Whatever this library raises on purpose."""


# --------------------------------------------------------------------------- the definition's


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem of a definition.

    ``location`` is a path like ``States.Ship.Retry[0].MaxAttempts`` (empty: the whole document);
    ``line`` and ``column`` count from 1 and are ``None`` where the source has no text.
    """

    severity: str
    code: str
    message: str
    location: str = ""
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        place = f"{self.line}:{self.column} " if self.line is not None else ""
        return f"{place}{self.location or 'definition'}: {self.message}"


class DefinitionError(AslrunError):
    """The definition is at fault."""


class InvalidDefinition(DefinitionError):
    """The document is not a state machine that can run."""

    def __init__(self, diagnostics: Sequence[Diagnostic], source: str = "") -> None:
        self.diagnostics = tuple(diagnostics)
        self.source = source
        count = len(self.diagnostics)
        head = f"{source + ': ' if source else ''}{count} problem{'' if count == 1 else 's'} in the definition"
        super().__init__("\n  ".join([head, *map(str, self.diagnostics)]))


# --------------------------------------------------------------------------- the caller's


class CallerError(AslrunError):
    """The call is at fault."""


class InvalidExecutionInput(CallerError):
    """The input of an execution is no JSON, or larger than the quota."""


class InvalidName(CallerError):
    """A name has a character or a length that Step Functions refuses."""


class InvalidOutput(CallerError):
    """The output given for a task is no JSON text."""


class InvalidToken(CallerError):
    """The task token is not one that was ever handed out."""


class TaskDoesNotExist(CallerError):
    """The token's task belongs to no known execution."""


class TaskTimedOut(CallerError):
    """The token's task is over: completed, timed out or stopped."""


class ActivityDoesNotExist(CallerError):
    """No activity has this ARN."""


class ExecutionAlreadyExists(CallerError):
    """The name is taken by another execution, or by the same one with another input."""


class ExecutionDoesNotExist(CallerError):
    """No execution has this ARN or name."""


class ExecutionNotRedrivable(CallerError):
    """The execution cannot be redriven: it runs, has succeeded, is not Standard, or is beyond a quota."""


class StateMachineTypeNotSupported(CallerError):
    """A Standard machine was to be run as only Express ones can be."""


class MissingHandlers(CallerError):
    """A definition names resources that no registered handler serves."""

    def __init__(self, message: str, missing: Sequence[str]) -> None:
        super().__init__(message)
        self.missing = tuple(missing)


# --------------------------------------------------------------------------- the execution's


class ExecutionError(AslrunError):
    """The execution itself went wrong."""


class ExecutionFailed(ExecutionError):
    """An execution ended without success; ``error`` and ``cause`` are what AWS would report."""

    def __init__(self, status: str, error: str | None, cause: str | None) -> None:
        self.status, self.error, self.cause = status, error, cause
        super().__init__(": ".join(part for part in (status, error, cause) if part))


# --------------------------------------------------------------------------- the handler's


class HandlerError(AslrunError):
    """A resource handler is at fault."""


class InvalidHandlerOutput(HandlerError):
    """A handler returned what is no JSON; ``path`` is the place of the bad value."""

    def __init__(self, handler: str, path: str, reason: str) -> None:
        self.handler, self.path = handler, path
        super().__init__(f"handler {handler} returned no JSON: at {path} {reason}")


class TaskError(HandlerError):
    """Raised by a handler: its task fails with this error name and cause.

    >>> raise TaskError("CardDeclined", "over the limit")
    Traceback (most recent call last):
    ...
    aslrun.errors.TaskError: CardDeclined: over the limit
    """

    def __init__(self, error: str, cause: str | None = None) -> None:
        self.error, self.cause = error, cause
        super().__init__(error if cause is None else f"{error}: {cause}")
