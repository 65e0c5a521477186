"""Which registered state machine a task starts: resources, ARNs and names.

Rules that a change must keep:

1. A machine that was registered by its name serves every region and account, one by its full ARN only that one.
2. A version or an alias leads to the machine itself: there is one definition of it here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from ..definition.loading import load
from ..definition.model import Machine
from ..values import JSON

Definition: TypeAlias = Machine | str | os.PathLike[str] | Mapping[str, JSON]

_STARTS = re.compile(
    r"arn:[^:]+:states:::(?:states:startExecution(?:\.sync(?::2)?|\.waitForTaskToken)?"
    r"|aws-sdk:sfn:(?:startExecution(?:\.waitForTaskToken)?|startSyncExecution))"
)
_MACHINE = re.compile(r"(arn:[^:]+:states:([^:]*):([^:]*):stateMachine:([^:]+))(?::([^:]+))?")


class Start(NamedTuple):
    """How a resource starts executions: by the AWS SDK or optimized, and whether the answer waits for the end."""

    sdk: bool
    synchronous: bool


class MachineReference(NamedTuple):
    """What the ARN of a machine, of a version or of an alias says; ``arn`` is the machine's own."""

    arn: str
    region: str
    account: str
    name: str
    qualifier: str | None = None


def started_by(resource: str) -> Start | None:
    """How a task with this resource starts an execution; ``None`` if it starts none.

    >>> started_by("arn:aws:states:::states:startExecution.sync:2")
    Start(sdk=False, synchronous=False)
    """
    if ":start" not in resource or _STARTS.fullmatch(resource) is None:
        return None
    return Start(":aws-sdk:" in resource, resource.endswith(":startSyncExecution"))


def machine_reference(arn: str) -> MachineReference | None:
    """The parts of a state machine's ARN; ``None`` if it is none.

    >>> machine_reference("arn:aws:states:eu-west-1:111111111111:stateMachine:child:PROD").name
    'child'
    """
    match = _MACHINE.fullmatch(arn)
    return None if match is None else MachineReference(*match.groups())


def started_machine(arguments: JSON) -> str | None:
    """The ARN of the machine that arguments name, if it is constant in them."""
    arn = arguments.get("StateMachineArn") if isinstance(arguments, dict) else None
    return arn if isinstance(arn, str) and not arn.startswith("{%") else None


def registered(machine: Definition, name: str | None, type: str) -> tuple[Machine, str]:
    """A machine under its own name, and the name or ARN by which it is to be known.

    Raises ``InvalidDefinition``; ``ValueError`` for an ARN that is not a state machine's.
    """
    reference = None if name is None else machine_reference(name)
    if name is not None and name.startswith("arn:") and (reference is None or reference.qualifier is not None):
        raise ValueError(f"{name} is not the ARN of a state machine")
    own = name if reference is None else reference.name
    if not isinstance(machine, Machine):
        machine = load(machine, name=own, type=type)
    elif own is not None and own != machine.name:
        machine = replace(machine, name=own)
    return machine, name or machine.name
