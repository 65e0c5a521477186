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
    │   │   └── AlreadyAnswered            .key: somebody has answered by this key before
    │   ├── TaskKeyInUse               .key: another task waits under it
    │   ├── CallbackUnanswered         no interpreter has taken the callback
    │   ├── ActivityDoesNotExist
    │   ├── ExecutionAlreadyExists
    │   ├── ExecutionDoesNotExist
    │   ├── ExecutionNotRedrivable
    │   ├── StateMachineTypeNotSupported
    │   └── MissingHandlers            .missing: resources that no handler serves
    ├── ExecutionError             the execution's
    │   └── ExecutionFailed            .error .cause, raised by ``result.raise_for_status()``
    ├── HandlerError               the handler's
    │   ├── InvalidHandlerOutput       .handler .path
    │   └── TaskError                  raised by a handler: the error and cause of its task
    └── StoreError                 the store's: .store names the file
        ├── StoreInUse                 another process owns it
        ├── StoreTooNew                a newer version of the library has written it
        ├── StoreDamaged               what is read is not what was written
        ├── StoreUnavailable           disk full, no permission, not there
        │   └── StoreBusy              a write would have had to wait, or did for ten seconds
        └── JournalConflict            somebody else has written to the execution

Every message says where, what, and what was expected. Names of the caller's errors are those of the
Step Functions API. An error's ``args`` are those of its constructor, so that it can be pickled: handlers may work in
other processes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class AslrunError(Exception):
    """Whatever this library raises on purpose."""


# --------------------------------------------------------------------------- the definition's


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding about a definition.

    ``severity`` is ``ERROR`` (AWS refuses it) or ``WARNING``. ``code``, ``message`` and ``location`` are what
    ValidateStateMachineDefinition answers, as far as that is known: the location has AWS's form and depth
    (``/States/Ship/Retry[0]``, ``/`` for the whole document, empty where AWS names none). ``path`` is the exact place
    in the form that people write (``States.Ship.Retry[0].MaxAttempts``; empty: the whole document). ``line`` and
    ``column`` count from 1 and are ``None`` where the source has no text. ``rule`` names the rule
    (``aslrun explain RULE``), ``hint`` says what was perhaps meant, and ``because`` how the finding came about, one
    step in each text. ``source`` is the file that line and column are in; empty if there is none.
    """

    severity: str
    code: str
    message: str
    location: str = "/"
    line: int | None = None
    column: int | None = None
    rule: str = ""
    path: str = ""
    hint: str = ""
    because: tuple[str, ...] = ()
    source: str = ""

    def __str__(self) -> str:
        return _line(self, "definition")

    @property
    def told(self) -> str:
        """The message with the hint, if there is one, as one line for people; of broken JSON only the hint.

        >>> Diagnostic("ERROR", "X", "Missing 'Next' target: Don.", hint="did you mean Done?").told
        "Missing 'Next' target: Don; did you mean Done?"
        """
        if self.hint and "\n at [Source: " in self.message:
            return self.hint
        return f"{self.message.rstrip('. ')}; {self.hint}" if self.hint else self.message.rstrip()


def _line(found: Diagnostic, document: str) -> str:
    """A finding on one line; ``document`` is what the whole document is called."""
    place = f"{found.line}:{found.column} " if found.line is not None else ""
    return f"{place}{found.path or document}: {found.told}"


class DefinitionError(AslrunError):
    """The definition is at fault."""


class InvalidDefinition(DefinitionError):
    """The document is not a state machine that can run."""

    def __init__(self, diagnostics: Sequence[Diagnostic], source: str = "") -> None:
        self.diagnostics = tuple(diagnostics)
        self.source = source
        super().__init__(self.diagnostics, source)

    @property
    def aws_message(self) -> str:
        """The message of the ``InvalidDefinition`` that CreateStateMachine answers with.

        >>> found = Diagnostic("ERROR", "SCHEMA_VALIDATION_FAILED", "These fields are required: [States]")
        >>> InvalidDefinition([found]).aws_message
        "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /'"
        """
        errors = (each for each in self.diagnostics if each.severity == "ERROR")
        told = ", ".join(f"{each.code}: {each.message} at {each.location or 'null'}" for each in errors)
        return f"Invalid State Machine Definition: '{told}'"

    def __str__(self) -> str:
        return self._listed("definition")

    def _listed(self, document: str) -> str:
        """Every problem on a line; ``document`` is what the whole document is called."""
        count, source = len(self.diagnostics), f"{self.source}: " if self.source else ""
        head = f"{source}{count} problem{'' if count == 1 else 's'} in the {document}"
        return "\n  ".join([head, *(_line(each, document) for each in self.diagnostics)])


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

    def __init__(self, message: str = "Task Timed Out: 'Provided task does not exist anymore'") -> None:
        super().__init__(message)


class AlreadyAnswered(TaskTimedOut):
    """The token under this key has been sent already."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(key)

    def __str__(self) -> str:
        return f"Task Timed Out: the task token under the key {self.key!r} has been used already"


class TaskKeyInUse(CallerError):
    """A task token cannot be stored under a key, because another task waits under it."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(key)

    def __str__(self) -> str:
        return f"the key {self.key!r} is in use: another task waits under it for its answer"


class CallbackUnanswered(CallerError):
    """No interpreter has said in time what became of a callback that was left in its file."""


class ActivityDoesNotExist(CallerError):
    """No activity has this ARN."""


class ExecutionAlreadyExists(CallerError):
    """The name is taken by another execution, or by the same one with another input."""


class ExecutionDoesNotExist(CallerError):
    """No execution has this ARN or name."""


class ExecutionNotRedrivable(CallerError):
    """The execution cannot be redriven: it runs, has succeeded, is not Standard, or is beyond a quota."""


class MapRunDoesNotExist(CallerError):
    """No map run has this ARN."""


class StateMachineTypeNotSupported(CallerError):
    """A Standard machine was to be run as only Express ones can be."""


class MissingHandlers(CallerError):
    """A definition names resources that no registered handler serves."""

    def __init__(self, message: str, missing: Sequence[str]) -> None:
        self.message, self.missing = message, tuple(missing)
        super().__init__(message, self.missing)

    def __str__(self) -> str:
        return self.message


# --------------------------------------------------------------------------- the execution's


class ExecutionError(AslrunError):
    """The execution itself went wrong."""


class ExecutionFailed(ExecutionError):
    """An execution ended without success; ``error`` and ``cause`` are what AWS would report."""

    def __init__(self, status: str, error: str | None, cause: str | None) -> None:
        self.status, self.error, self.cause = status, error, cause
        super().__init__(status, error, cause)

    def __str__(self) -> str:
        return ": ".join(part for part in (self.status, self.error, self.cause) if part)


# --------------------------------------------------------------------------- the handler's


class HandlerError(AslrunError):
    """A resource handler is at fault."""


class InvalidHandlerOutput(HandlerError):
    """A handler returned what is no JSON; ``path`` is the place of the bad value."""

    def __init__(self, handler: str, path: str, reason: str) -> None:
        self.handler, self.path, self.reason = handler, path, reason
        super().__init__(handler, path, reason)

    def __str__(self) -> str:
        return f"handler {self.handler} returned no JSON: at {self.path} {self.reason}"


class TaskError(HandlerError):
    """Raised by a handler: its task fails with this error name and cause.

    >>> raise TaskError("CardDeclined", "over the limit")
    Traceback (most recent call last):
    ...
    aslrun.errors.TaskError: CardDeclined: over the limit
    """

    def __init__(self, error: str, cause: str | None = None) -> None:
        check_texts(error, cause)
        self.error, self.cause = error, cause
        super().__init__(error, cause)

    def __str__(self) -> str:
        return self.error if self.cause is None else f"{self.error}: {self.cause}"


# --------------------------------------------------------------------------- the store's


class StoreError(AslrunError):
    """Executions cannot be kept or read; ``store`` says where (for SQLite the file), ``reason`` why."""

    def __init__(self, store: str, reason: str) -> None:
        self.store, self.reason = store, reason
        super().__init__(store, reason)

    def __str__(self) -> str:
        return f"{self.store}: {self.reason}"


class StoreInUse(StoreError):
    """A store has one owner at a time, and there is one; ``owner`` is the number of its process, if it is known."""

    def __init__(self, store: str, owner: int | None = None) -> None:
        self.owner = owner
        who = "another interpreter" if owner is None else f"the process {owner}"
        super().__init__(store, f"{who} runs executions of it; a store has one owner at a time")
        self.args = (store, owner)


class StoreTooNew(StoreError):
    """The store, or an execution in it, was written by a newer version of the library."""


class StoreDamaged(StoreError):
    """What is read is not what was written."""


class StoreUnavailable(StoreError):
    """The store cannot be read or written: disk full, no permission, not there."""


class StoreBusy(StoreUnavailable):
    """A write would have had to wait, and was told not to; or it has waited for another process for ten seconds."""


class JournalConflict(StoreError):
    """The journal of an execution goes on at another position: somebody else has written, or the name is taken."""

    def __init__(self, arn: str, position: int, expected: int) -> None:
        self.arn, self.position, self.expected = arn, position, expected
        super().__init__(arn, f"cannot append at position {position}, the journal goes on at {expected}")
        self.args = (arn, position, expected)


def extra_needed(purpose: str, package: str, extra: str) -> ModuleNotFoundError:
    """What to raise where a package of an extra is not installed; ``purpose`` follows "to".

    >>> print(extra_needed("read YAML", "PyYAML", "yaml"))
    to read YAML, install PyYAML: pip install 'aslrun[yaml]'
    """
    return ModuleNotFoundError(f"to {purpose}, install {package}: pip install 'aslrun[{extra}]'", name=package.lower())


def check_texts(error: object, cause: object) -> None:
    """Raise ``TypeError`` unless the error and the cause of a task are texts, or absent."""
    if (error is None or isinstance(error, str)) and (cause is None or isinstance(cause, str)):
        return
    given = cause if error is None or isinstance(error, str) else error
    raise TypeError(f"the error and the cause of a task must be text, not {type(given).__name__}")
