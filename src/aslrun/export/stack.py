"""What a deployment holds, before it is written for CloudFormation, SAM or Terraform.

Rules that a change must keep:

1. The three targets hold the same things: state machine, role, log group, alarms, and on demand a trigger and an API
   for callbacks. What differs is only how each is written.
2. Nothing stands in a template that depends on where it is deployed: it is a parameter with a default, or a mark.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..definition.model import Machine
from ..values import JSON
from .asl import canonical, exact
from .iam import MACHINE_NAME, policy_of_document
from .iam_policy import Policy
from .marks import ACCOUNT, PSEUDO, mark
from .substitute import Parameter, Parameters, asked_for, parameterised, put_marks, substituted

TRIGGERS = ("eventbridge", "sqs")
LOG_LEVELS = ("ALL", "ERROR", "FATAL", "OFF")

# alarm: (metric of AWS/States, what it says)
ALARMS: Mapping[str, tuple[str, str]] = {
    "ExecutionsFailedAlarm": ("ExecutionsFailed", "An execution failed"),
    "ExecutionsTimedOutAlarm": ("ExecutionsTimedOut", "An execution timed out"),
    "ExecutionThrottledAlarm": ("ExecutionThrottled", "State transitions were throttled"),
}

# operation of the callback API: (call of Step Functions, field of the call -> how it is read from the request's body)
CALLBACKS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "success": ("SendTaskSuccess", {"taskToken": "path('$.token')", "output": "json('$.output')"}),
    "failure": ("SendTaskFailure",
                {"taskToken": "path('$.token')", "error": "path('$.error')", "cause": "path('$.cause')"}),
    "heartbeat": ("SendTaskHeartbeat", {"taskToken": "path('$.token')"}),
}  # fmt: skip

_SAID = "Named by the definition; whoever deploys says it"
_TAKEN = """
    StateMachine StateMachineRole StateMachineLogGroup StateMachineArn StateMachineRoleArn Trigger TriggerRule
    TriggerPipe TriggerRole CallbackApi CallbackRole CallbackDeployment CallbackStage CallbackUrl HasAlarmTopic
    CallbackSuccess CallbackFailure CallbackHeartbeat CallbackSuccessMethod CallbackFailureMethod
    CallbackHeartbeatMethod
"""
RESERVED = frozenset([*_TAKEN.split(), *ALARMS])
"""Names of resources and outputs, which no parameter may have."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a template holds beside the machine.

    ``trigger`` is ``eventbridge`` (a rule starts the machine), ``sqs`` (a pipe does) or ``None``; ``callback`` adds an
    API for task tokens. ``log_level`` is ALL, ERROR, FATAL or OFF. Raises ``ValueError`` for other words.
    """

    trigger: str | None = None
    callback: bool = False
    alarms: bool = True
    log_level: str = "ERROR"
    log_data: bool = False
    tracing: bool = True

    def __post_init__(self) -> None:
        if self.trigger is not None and self.trigger not in TRIGGERS:
            raise ValueError(f"trigger must be one of {', '.join(TRIGGERS)}, not {self.trigger!r}")
        if self.log_level not in LOG_LEVELS:
            raise ValueError(f"log_level must be one of {', '.join(LOG_LEVELS)}, not {self.log_level!r}")

    @property
    def logging(self) -> bool:
        """Whether anything is logged."""
        return self.log_level != "OFF"


@dataclass(frozen=True, slots=True)
class Stack:
    """A machine with all that it needs; texts hold marks."""

    type: str
    document: Mapping[str, JSON]
    policy: Policy
    parameters: Mapping[str, Parameter]
    options: Options


def stack(
    machine: Machine,
    options: Options,
    names: Mapping[str, str] | None = None,
    parameters: Mapping[str, str] | None = None,
) -> Stack:
    """The stack of a machine; ``names`` as for ``to_asl``, ``parameters`` are the defaults of those that it uses."""
    found, defaults = Parameters(RESERVED), parameters or {}
    name = found.add(MACHINE_NAME, machine_name(machine), "Name of the state machine")
    document, put = substituted(exact(machine), names or {})
    wanted = [*put, *asked_for(document, defaults)]
    if unknown := sorted(defaults.keys() - set(wanted)):
        raise ValueError(f"parameters: neither names nor the definition have ${{{unknown[0]}}}")
    marks = {each: mark(each) if each in PSEUDO else found.add(each, defaults.get(each), _SAID) for each in wanted}
    document = parameterised(canonical(put_marks(document, marks)), found)
    policy = policy_of_document(document, found, name, logging=options.logging, tracing=options.tracing)
    _of_options(options, found)
    return Stack(machine.type, document, policy, found.table, options)


def _of_options(options: Options, found: Parameters) -> None:
    if options.logging:
        found.add("LogRetentionDays", "30", "Days that logs are kept")
    if options.alarms:
        found.add("AlarmTopicArn", "", "Topic that alarms are sent to; empty: none")
    if options.trigger == "sqs":
        found.add("TriggerQueueArn", None, "Queue whose messages start executions")
    if options.trigger == "eventbridge":
        found.add("TriggerEventBusName", "default", "Event bus of the trigger")
        found.add("TriggerSource", None, "Events of this source start executions")
        found.add("TriggerDetailType", None, "Events of this detail type start executions")


def machine_name(machine: Machine) -> str:
    """The machine's name in the characters that Step Functions takes."""
    return re.sub(r"[^\w-]+", "-", machine.name, flags=re.ASCII).strip("-")[:80] or "StateMachine"


def trust_policy(service: str, account: bool = True) -> dict[str, JSON]:
    """Who may take a role; only on behalf of the own account."""
    statement: dict[str, JSON] = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    if account:
        statement["Condition"] = {"StringEquals": {"aws:SourceAccount": f"\ue000{ACCOUNT}\ue001"}}
    return {"Version": "2012-10-17", "Statement": [statement]}


def statement(actions: JSON, resource: JSON) -> dict[str, JSON]:
    """A policy of one statement."""
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resource}]}


def request_template(operation: str) -> str:
    """How API Gateway makes a call of the Step Functions API out of a request's body."""
    fields = CALLBACKS[operation][1].items()
    return "{" + ", ".join(f'"{name}": "{_escaped(source)}"' for name, source in fields) + "}"


def _escaped(source: str) -> str:
    """A value as the inside of a JSON string; escapeJavaScript also escapes quotes that JSON knows no escape for."""
    return f'$util.escapeJavaScript($input.{source}).replaceAll("\\\\\'", "\'")'
