"""Two policies beside each other: what a given one forgot, and what in it no state needs.

Rules that a change must keep:

1. A pattern covers another if it matches its text, wildcards and all; so ``function:a*`` covers ``function:ab:*``.
2. ``amended`` never takes anything away: the given statements stay as they are, what is missing follows and is marked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..values import JSON, copy
from .iam_policy import Grant, Policy, Statement, merged
from .marks import filled, from_table

MARK = "Forgotten"


class Comparison(NamedTuple):
    """Statements that the given policy lacks, and its (action, resource) that no state needs."""

    forgotten: tuple[Statement, ...]
    unused: tuple[tuple[str, str], ...]


class _Allowed(NamedTuple):
    action: str
    resource: str
    conditioned: bool


def compare(
    policy: Policy,
    given: Mapping[str, JSON],
    *,
    region: str = "*",
    account: str = "*",
    values: Mapping[str, str] | None = None,
) -> Comparison:
    """Hold a given policy document against what the machines need; ``values`` as for ``Policy.document``.

    Raises ``ValueError`` if it is no policy, or a value is of no parameter.

    >>> from aslrun import load
    >>> from aslrun.export import policy
    >>> ask = {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": True,
    ...        "Parameters": {"TopicArn": "arn:aws:sns:eu-west-1:123456789012:alerts", "Message": "hi"}}
    >>> needed = policy(load({"StartAt": "Ask", "States": {"Ask": ask}}), logging=False, tracing=False)
    >>> given = {"Statement": {"Effect": "Allow", "Action": ["sns:Publish", "sns:Subscribe"], "Resource": "*"}}
    >>> compare(needed, given)
    Comparison(forgotten=(), unused=(('sns:Subscribe', '*'),))
    """
    allowed = list(_allowed(given))
    needed = list(_grants(policy, policy.table("aws", region, account, values)))
    forgotten = [grant for grant in needed if not any(_covers(each, grant) for each in allowed)]
    used = {each for each in allowed if any(_meets(each, grant) for grant in needed)}
    unused = [(each.action, each.resource) for each in allowed if each not in used]
    return Comparison(tuple(_marked(merged(forgotten))), tuple(dict.fromkeys(unused)))


def amended(given: Mapping[str, JSON], comparison: Comparison) -> dict[str, JSON]:
    """The given policy with what it forgot: statements whose Sid begins with ``Forgotten``."""
    statements = [copy(each) for each in _statements(given)]
    for statement in comparison.forgotten:
        made: dict[str, JSON] = {"Sid": statement.sid, "Effect": "Allow", "Action": list(statement.actions)}
        statements.append({**made, "Resource": list(statement.resources)})
    return {"Version": "2012-10-17", "Statement": statements}


def _grants(policy: Policy, table: Mapping[str, str]) -> Iterator[Grant]:
    values = from_table(table)
    for statement in policy.statements:
        for action in statement.actions:
            for resource in statement.resources:
                yield Grant(action, filled(resource, values), ", ".join(statement.needed_by), statement.condition)


def _marked(statements: Iterator[Statement]) -> Iterator[Statement]:
    for statement in statements:
        statement.sid = MARK + statement.sid
        yield statement


# --------------------------------------------------------------------------- a policy that somebody wrote


def _statements(given: Mapping[str, JSON]) -> list[JSON]:
    found = given.get("Statement")
    statements: list[JSON] = found if isinstance(found, list) else [found]
    if not all(isinstance(each, dict) and "Effect" in each for each in statements):
        raise ValueError('a policy must have "Statement", a list of objects with Effect, Action and Resource')
    return statements


def _allowed(given: Mapping[str, JSON]) -> Iterator[_Allowed]:
    for statement in _statements(given):
        assert isinstance(statement, dict)
        if statement["Effect"] == "Allow":
            for action in _texts(statement.get("Action")):
                for resource in _texts(statement.get("Resource")):
                    yield _Allowed(action, resource, "Condition" in statement)


def _texts(value: JSON) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)] if value else []


def _covers(allowed: _Allowed, grant: Grant) -> bool:
    if allowed.conditioned and not grant.condition:
        return False
    return _matches(allowed.action.lower(), grant.action.lower()) and _matches(allowed.resource, grant.resource)


def _meets(allowed: _Allowed, grant: Grant) -> bool:
    """Whether a grant has anything to do with what is allowed."""
    if not _matches(allowed.action.lower(), grant.action.lower()):
        return False
    return _matches(allowed.resource, grant.resource) or _matches(grant.resource, allowed.resource)


def _matches(pattern: str, text: str) -> bool:
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None
