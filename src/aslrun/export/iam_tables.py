"""Calls of DynamoDB that name their tables inside: batches, transactions and PartiQL.

Rules that a change must keep:

1. Each table is allowed what is done to it, and nothing that another table of the same call needs.
2. What only an execution knows is every verb of the call, on a table that is a parameter.

>>> items = [{"Put": {"TableName": "orders"}}, {"Delete": {"TableName": "carts"}}]
>>> list(used("transactWriteItems", {"TransactItems": items}))
[('PutItem', 'orders'), ('DeleteItem', 'carts')]
>>> list(used("executeStatement", {"Statement": 'SELECT * FROM "orders"."by-day" WHERE id = ?'}))
[('PartiQLSelect', 'orders/index/by-day')]
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from ..values import JSON

Used: TypeAlias = Iterator[tuple[str, str | None]]
"""An action, and its table (or ``table/index/name``); ``None`` for one that only an execution knows."""

_TRANSACTED = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "Get": "GetItem",
               "ConditionCheck": "ConditionCheckItem"}  # fmt: skip
_STATEMENT = re.compile(
    r"""\s*(?:EXISTS\s*\(\s*)?(?:(?P<select>select)\b.*?\bfrom|(?P<insert>insert)\s+into|(?P<delete>delete)\s+from|
    (?P<update>update))\s+(?:"(?P<quoted>[^"]+)"|(?P<plain>[\w-]+))(?:\."(?P<index>[^"]+)")?""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_VERBS = ("Select", "Insert", "Update", "Delete")
_STATEMENTS = ("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction")


def _transaction(verbs: tuple[str, ...]) -> Callable[[JSON], Used]:
    def used_by(arguments: JSON) -> Used:
        items = _at(arguments, "TransactItems")
        for item in items if isinstance(items, list) else [None]:
            known = [verb for verb in verbs if isinstance(_at(item, verb), dict)]
            for verb in known or verbs:
                yield _TRANSACTED[verb], _text(_at(_at(item, verb), "TableName"))

    return used_by


def _batch(action: str) -> Callable[[JSON], Used]:
    def used_by(arguments: JSON) -> Used:
        tables = _at(arguments, "RequestItems")
        for table in tables if isinstance(tables, dict) else [None]:
            yield action, None if table is None else table.removesuffix(".$")

    return used_by


def _partiql(arguments: JSON) -> Used:
    """The statement, or those of a batch or a transaction."""
    texts = [_at(arguments, "Statement")]
    for name in ("Statements", "TransactStatements"):
        if _at(arguments, name) is not None or (isinstance(arguments, dict) and f"{name}.$" in arguments):
            each_of = _at(arguments, name)
            texts = [_at(each, "Statement") for each in each_of] if isinstance(each_of, list) else [None]
    for text in texts:
        found = _STATEMENT.match(text) if isinstance(text, str) and not text.startswith("{%") else None
        if found is None:
            yield from ((f"PartiQL{verb}", None) for verb in _VERBS)
        else:
            index = f"/index/{found['index']}" if found["index"] else ""
            verb = next(verb for verb in _VERBS if found[verb.lower()])
            yield f"PartiQL{verb}", (found["quoted"] or found["plain"]) + index


_CALLS: Mapping[str, Callable[[JSON], Used]] = {
    "transactWriteItems": _transaction(("Put", "Update", "Delete", "ConditionCheck")),
    "transactGetItems": _transaction(("Get",)),
    "batchWriteItem": _batch("BatchWriteItem"),
    "batchGetItem": _batch("BatchGetItem"),
    **{name[0].lower() + name[1:]: _partiql for name in _STATEMENTS},
}
CALLS = frozenset(_CALLS)


def used(action: str, arguments: JSON) -> Used:
    """What a call of these does to which table."""
    yield from _CALLS[action](arguments)


def _at(value: JSON, name: str) -> JSON:
    return value.get(name) if isinstance(value, dict) else None


def _text(value: JSON) -> str | None:
    return value if isinstance(value, str) and not value.startswith("{%") else None
