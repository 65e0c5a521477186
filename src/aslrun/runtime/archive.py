"""Executions of a store, looked at by somebody who does not own it: nothing is resumed, nothing is written.

Rules that a change must keep:

1. What is shown is what was written last: an execution that runs in another process may be further by now.
2. Nobody can answer a task from here: task tokens are not made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..definition.model import Machine
from ..engine.execution import Execution
from ..errors import ExecutionDoesNotExist
from ..stores.protocols import ExecutionStore, Listed, Query, StoredExecution
from .result import Result
from .stored import Definitions, Rebuilt, about_of, rebuild

PAGE = 1_000


class Archive:
    """The executions of a store, running ones and those that are over."""

    __slots__ = ("_definitions", "_store")

    def __init__(self, store: ExecutionStore) -> None:
        self._store = store
        self._definitions = Definitions()

    def list(self, query: Query) -> Iterator[Listed]:
        """Those that a query asks for, at most its ``limit``. Raises ``StoreError``."""
        left, after = query.limit, query.after
        while left > 0 and (page := self._store.list(replace(query, limit=min(left, PAGE), after=after))):
            yield from page
            left -= len(page)
            after = page[-1].number

    def machine(self, arn: str) -> Machine:
        """What an execution runs. Raises ``ExecutionDoesNotExist`` or ``StoreError``."""
        return self._machine(self._load(arn), arn)

    def result(self, arn: str) -> Result:
        """How an execution stands, with its history. Raises ``ExecutionDoesNotExist`` or ``StoreError``."""
        stored = self._load(arn)
        about, machine = about_of(stored, arn), self._machine(stored, arn)
        return _result(rebuild(stored, arn, about, machine, _no_token, stored.position))

    def _load(self, arn: str) -> StoredExecution:
        stored = self._store.load(arn)
        if stored is None:
            raise ExecutionDoesNotExist(f"Execution Does Not Exist: '{arn}'")
        return stored

    def _machine(self, stored: StoredExecution, arn: str) -> Machine:
        machine = self._definitions.machine(stored.birth.definition)
        for state in about_of(stored, arn).way:
            machine = machine.processor(state)
        return machine


def _no_token(arn: str, task: int) -> str:
    return ""


def _result(rebuilt: Rebuilt) -> Result:
    execution: Execution = rebuilt.execution
    return Result(
        execution.status,
        execution.output,
        execution.error,
        execution.cause,
        execution.identity.arn,
        execution.identity.name,
        execution.machine,
        execution.input,
        execution.started_at,
        execution.stopped_at,
        rebuilt.records,
        tuple(execution.outstanding()),
        tuple(execution.map_runs.values()),
    )
