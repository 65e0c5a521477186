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

from collections.abc import Iterator

from ..aws_models import operations, services
from ..problem import Problem
from .outline import Place
from .resource import integration, not_recognized
from .words import nearest

SDK = "aws-sdk:"
UNSUPPORTED = frozenset(("apigatewaymanagementapi",))
"""Services that the SDKs know and Step Functions does not."""


def check(place: Place) -> Iterator[Problem]:
    """A service or action that does not exist, as far as can be told."""
    resource = place.value.get("Resource")
    found = integration(resource) if isinstance(resource, str) and SDK in resource else None
    if found and found.service.startswith(SDK):
        reason = _unknown(found.service.removeprefix(SDK), found.action)
        if reason:
            yield Problem((*place.location, "Resource"), not_recognized(str(resource)), hint=reason)


def _unknown(service: str, action: str) -> str | None:
    """Why there is no such service or action."""
    if service in UNSUPPORTED:
        return f"Step Functions does not call {service}"
    known = services()
    if not known:
        return None
    if service not in known:
        return ", ".join(filter(None, [f"AWS has no service {service}", nearest(service, known)]))
    actions = operations(service)
    if action[:1].islower() and action.lower() in actions:
        return None
    wanted = f"did you mean {actions[action.lower()]}?" if action.lower() in actions else ""
    wanted = wanted or nearest(action, actions.values())
    return ", ".join(filter(None, [f"{service} has no action {action}", wanted]))
