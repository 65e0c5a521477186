"""The statements of a policy: how grants become them, how they are written, and where they are wider than the calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ..values import JSON
from .iam_names import has_no_resource
from .iam_resources import ANY
from .marks import ACCOUNT, PARTITION, REGION, filled, filled_value, from_table, names_in

AROUND = ("logging", "tracing", "encryption")
"""What needs a grant that no state needs."""

Condition = tuple[tuple[str, str, str], ...]
"""(operator, key, value): all must hold."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One action on one resource, and who needs it (a state, or ``logging`` ...)."""

    action: str
    resource: str
    needed_by: str
    condition: Condition = ()


@dataclass(slots=True)
class Statement:
    """What IAM calls a statement; texts hold marks (see ``marks``)."""

    sid: str
    actions: list[str]
    resources: list[str]
    condition: Condition = ()
    needed_by: list[str] = field(default_factory=list)


class Wide(NamedTuple):
    """Actions on a resource that is wider than what the states call, and why; ``resource`` holds marks."""

    actions: tuple[str, ...]
    resource: str
    reason: str


@dataclass(frozen=True, slots=True)
class Policy:
    """The statements of a role, and the parameters with their defaults that their texts have marks for.

    ``said`` is what each parameter stands for.
    """

    statements: tuple[Statement, ...]
    defaults: Mapping[str, str]
    said: Mapping[str, str] = field(default_factory=dict)

    def document(
        self,
        *,
        partition: str = "aws",
        region: str = ANY,
        account: str = ANY,
        values: Mapping[str, str] | None = None,
    ) -> dict[str, JSON]:
        """The policy as IAM takes it; what only an execution knows is ``*``, or what ``values`` say of it.

        Raises ``ValueError`` for a value that the policy has no parameter for; ``defaults`` has them all.

        >>> from aslrun import load
        >>> from aslrun.export import policy
        >>> ask = {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": True,
        ...        "Parameters": {"TopicArn": "arn:aws:sns:eu-west-1:123456789012:alerts", "Message": "hi"}}
        >>> found = policy(load({"StartAt": "Ask", "States": {"Ask": ask}}), logging=False, tracing=False)
        >>> found.document()["Statement"][0]["Action"], found.document()["Statement"][0]["Resource"]
        ('sns:Publish', 'arn:aws:sns:eu-west-1:123456789012:alerts')
        """
        made = filled_value(self.template(), from_table(self.table(partition, region, account, values)))
        assert isinstance(made, dict)
        return made

    def table(
        self, partition: str, region: str, account: str, values: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        """What stands for each mark. Raises ``ValueError`` for a value of a parameter that there is not."""
        given = values or {}
        if unknown := sorted(given.keys() - self.defaults.keys()):
            raise ValueError(f"the policy has no parameter {unknown[0]}; it has {', '.join(self.defaults) or 'none'}")
        return {**self.defaults, **given, PARTITION: partition, REGION: region, ACCOUNT: account}

    def wide(self) -> tuple[Wide, ...]:
        """Where the policy allows more than what the states call, each with its reason.

        >>> from aslrun import load
        >>> from aslrun.export import policy
        >>> tell = {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": True,
        ...         "Parameters": {"TopicArn.$": "$.topic", "Message": "hi"}}
        >>> found = policy(load({"StartAt": "Tell", "States": {"Tell": tell}}), logging=False, tracing=False)
        >>> [(each.actions, each.reason) for each in found.wide()]
        [(('sns:Publish',), 'TellTopic: What Tell calls (TopicArn); the input of the execution says it')]
        """
        return tuple(each for statement in self.statements for each in self._wide(statement))

    def _wide(self, statement: Statement) -> Iterator[Wide]:
        for resource in statement.resources:
            actions = tuple(action for action in statement.actions if resource != ANY or not has_no_resource(action))
            if resource == ANY and actions and not set(statement.needed_by) <= set(AROUND):
                yield Wide(actions, resource, "the definition names no resource of it")
            for name in names_in(resource):
                if self.defaults.get(name) == ANY:
                    yield Wide(actions, resource, f"{name}: {self.said.get(name, 'a parameter')}")

    def template(self) -> dict[str, JSON]:
        """The policy with marks in its texts."""
        return {"Version": "2012-10-17", "Statement": [_rendered(statement) for statement in self.statements]}


def _rendered(statement: Statement) -> JSON:
    made: dict[str, JSON] = {
        "Sid": statement.sid,
        "Effect": "Allow",
        "Action": _one_or_all(statement.actions),
        "Resource": _one_or_all(statement.resources),
    }
    if statement.condition:
        condition: dict[str, JSON] = {}
        for operator, key, value in statement.condition:
            entry = condition.setdefault(operator, {})
            assert isinstance(entry, dict)
            entry[key] = value
        made["Condition"] = condition
    return made


def _one_or_all(texts: list[str]) -> JSON:
    return texts[0] if len(texts) == 1 else list(texts)


# --------------------------------------------------------------------------- grants become statements


def merged(found: Sequence[Grant]) -> Iterator[Statement]:
    """Statements for grants: actions with the same resources together, in the order of the definition."""
    resources: dict[tuple[str, Condition], dict[str, None]] = {}
    needed: dict[tuple[str, Condition], dict[str, None]] = {}
    for grant in found:
        key = grant.action, grant.condition
        resources.setdefault(key, {})[grant.resource] = None
        needed.setdefault(key, {})[grant.needed_by] = None
    statements: dict[tuple[str, tuple[str, ...], Condition], Statement] = {}
    for (action, condition), arns in resources.items():
        prefix = action.partition(":")[0]
        kept = (ANY,) if ANY in arns else tuple(sorted(arns))
        statement = statements.setdefault((prefix, kept, condition), Statement("", [], list(kept), condition))
        statement.actions.append(action)
        statement.needed_by += [name for name in needed[action, condition] if name not in statement.needed_by]
    yield from _numbered(statements)


def _numbered(statements: Mapping[tuple[str, tuple[str, ...], Condition], Statement]) -> Iterator[Statement]:
    seen: dict[str, int] = {}
    for (prefix, _, _), statement in statements.items():
        name = "".join(word.capitalize() for word in prefix.split("-"))
        seen[name] = number = seen.get(name, 0) + 1
        statement.sid = name if number == 1 else f"{name}{number}"
        yield statement


def shown(text: str, policy: Policy, values: Mapping[str, str] | None = None) -> str:
    """A text of a policy for people: marks by their values or their defaults."""
    return filled(text, from_table(policy.table("aws", ANY, ANY, values)))
