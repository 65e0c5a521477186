"""Names and ARNs of executions, as Step Functions forms them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ..definition.model import Machine
from ..engine.identity import Identity
from ..errors import InvalidName

LONGEST_NAME = 80
_FORBIDDEN = re.compile(r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Place:
    """The region, account and role in which executions seem to run."""

    region: str = "us-east-1"
    account: str = "123456789012"
    role_arn: str = "arn:aws:iam::123456789012:role/aslrun"

    def arn(self, kind: str, *names: str) -> str:
        """An ARN of Step Functions in this place.

        >>> Place().arn("execution", "order", "7")
        'arn:aws:states:us-east-1:123456789012:execution:order:7'
        """
        return ":".join(("arn:aws:states", self.region, self.account, kind, *names))

    def activity_arn(self, arn_or_name: str) -> str:
        """The ARN of an activity that may be given by its name alone."""
        return arn_or_name if arn_or_name.startswith("arn:") else self.arn("activity", arn_or_name)

    def identity(
        self, machine: Machine, name: str, unique: Callable[[], str], machine_name: str | None = None
    ) -> Identity:
        """Who the execution of this name is; Express ones may share a name and are told apart by ``unique``.

        The children of a map run have a ``machine_name`` of its own: the machine with the label of the map.
        """
        machine_name = machine_name or machine.name
        here = f"arn:aws:states:{self.region}:{self.account}:"
        if machine.type == "EXPRESS":
            arn = f"{here}express:{machine_name}:{name}:{unique()}"
        else:
            arn = f"{here}execution:{machine_name}:{name}"
        machine_arn = f"{here}stateMachine:{machine_name}"
        return Identity(arn, name, machine_arn, machine_name, self.role_arn, self.region, self.account)


DEFAULT_PLACE = Place()


def check_name(name: str) -> str:
    """The name of an execution, if Step Functions would take it.

    Raises ``InvalidName`` otherwise.

    >>> check_name("order-7")
    'order-7'
    """
    if not 1 <= len(name) <= LONGEST_NAME:
        raise InvalidName(f"an execution's name must have 1 to {LONGEST_NAME} characters, not {len(name)}")
    if not name.isalnum() and (found := _FORBIDDEN.search(name)):
        raise InvalidName(f"an execution's name must not have {found.group()!r} in it: {name!r}")
    return name
