"""Executions of a store as one may look at them, whoever runs them: lists, descriptions, histories; and which may go.

Rules that a change must keep:

1. Looking changes nothing and owns nothing: it works beside an interpreter of another process.
2. An execution is described as far as its events are written.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from secrets import token_bytes

from ..engine.context_object import Mint
from ..engine.history import HistoryEvent
from ..engine.identity import plain_token
from ..errors import ExecutionDoesNotExist
from ..stores.protocols import ExecutionStore, Listed, Query
from ..stores.tokens import KeepsTokens
from .result import Result
from .runs import Run
from .stored import Definitions, about_of, rebuild

PAGE = 500


class StoredExecutions:
    """A view of the executions in a store. Its methods raise ``StoreError`` beside what is said there.

    >>> from aslrun.stores.memory import MemoryStore
    >>> StoredExecutions(MemoryStore()).list()
    []
    """

    __slots__ = ("_definitions", "_mint", "_store")

    def __init__(self, store: ExecutionStore) -> None:
        self._store = store
        self._definitions = Definitions()
        self._mint: Mint | None = None

    def describe(self, arn: str) -> Result:
        """How an execution stands, with its history. Raises ``ExecutionDoesNotExist``."""
        stored = self._store.load(arn)
        if stored is None:
            raise ExecutionDoesNotExist(f"Execution Does Not Exist: '{arn}'")
        about = about_of(stored, arn)
        machine = self._definitions.machine(stored.birth.definition)
        for state in about.way:
            machine = machine.processor(state)
        rebuilt = rebuild(stored, arn, about, machine, self._minted(), stored.position)
        run = Run(rebuilt.execution)
        run.records = rebuilt.records
        return run.result()

    def _minted(self) -> Mint:
        """What made the tokens that stand in histories."""
        if self._mint is None:
            self._mint = plain_token
            if isinstance(self._store, KeepsTokens):
                self._mint = self._store.tokens().signer(token_bytes(32)).mint
        return self._mint

    def history(self, arn: str) -> list[HistoryEvent]:
        """The history so far, as GetExecutionHistory answers. Raises ``ExecutionDoesNotExist``."""
        return self.describe(arn).history

    def list(self, query: Query | None = None) -> list[Listed]:
        """One page of executions, newest first unless the query says otherwise."""
        return self._store.list(query or Query())


def dispensable(store: ExecutionStore, stopped_before: float | None, keep: int | None) -> Iterator[str]:
    """ARNs of the executions that ended before an instant, and of all that are over but the ``keep`` newest."""
    kept = 0
    query = Query(stopped_before=math.inf, limit=PAGE)
    while page := store.list(query):
        for each in page:
            kept += 1
            is_old = stopped_before is not None and each.stopped is not None and each.stopped < stopped_before
            if is_old or (keep is not None and kept > keep):
                yield each.arn
        query = replace(query, after=page[-1].number)
