"""sdk-action: an aws-sdk integration names a service of AWS and an action of it.

> The resource provided arn:aws:states:::aws-sdk:apigatewaymanagementapi:postToConnection is not recognized.
> (CreateStateMachine; this service is not supported)

Services are named as the packages of the AWS SDK for Java are, all in lower case (sfn, cloudwatchlogs); actions
begin with a small letter. Names are compared with the models of botocore, if it is installed; without it, and in
``load``, only what is known not to be supported is told.

Bad::

    {"StartAt": "Push", "States": {"Push": {"Type": "Task", "End": true,
      "Resource": "arn:aws:states:::aws-sdk:apigatewaymanagementapi:postToConnection"}}}

Good::

    {"StartAt": "Push", "States": {"Push": {"Type": "Task", "End": true,
      "Resource": "arn:aws:states:::aws-sdk:sns:publish", "Parameters": {"TopicArn": "a", "Message": "m"}}}}
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..aws_models import operations, services
from ..documents import Document
from ..problem import Problem
from .outline import Outline
from .resource import integration, not_recognized
from .words import nearest

SDK = "aws-sdk:"
UNSUPPORTED = frozenset(("apigatewaymanagementapi",))
"""Services that the SDKs know and Step Functions does not."""

MOST_HINTS = 20  # findings that are told what was perhaps meant: among 800 actions it takes long to find out


def check(document: Document, parts: Outline) -> Iterator[Problem]:
    """A service or action that does not exist, as far as can be told."""
    count = 0
    for place in parts.states:
        resource = place.value.get("Resource") if place.type == "Task" else None
        found = integration(resource) if isinstance(resource, str) and SDK in resource else None
        if found and found.service.startswith(SDK):
            reason = _unknown(found.service.removeprefix(SDK), found.action, count < MOST_HINTS)
            if reason:
                count += 1
                yield Problem((*place.location, "Resource"), not_recognized(str(resource)), hint=reason)


def _unknown(service: str, action: str, ask: bool) -> str | None:
    """Why there is no such service or action, and what was perhaps meant."""
    if service in UNSUPPORTED:
        return f"Step Functions does not call {service}"
    known = services()
    if not known or (service in known and not operations(service)):
        return None
    if service not in known:
        return _told(f"botocore knows no service {service}", service, known if ask else ())
    actions = operations(service)
    if action.lower() not in actions:
        return _told(f"botocore knows no action {action} of {service}", action, actions.values() if ask else ())
    if action[:1].islower():
        return None
    return f"actions begin with a small letter, did you mean {actions[action.lower()]}?"


def _told(reason: str, name: str, names: Iterable[str]) -> str:
    return ", ".join(filter(None, [reason, nearest(name, names)]))
