"""All handlers of AWS services together, as ``Resources``.

Rules that a change must keep:

1. Every pattern has a wildcard where the partition stands, so that a handler which names its resource in full goes
   before these, whatever stands on which side of ``|``.
2. Nothing is called, read or imported before a task asks for it.
3. Clients, tokens and connections belong to what is returned: two calls share nothing.
"""

from __future__ import annotations

import functools
import ssl
from collections.abc import Callable

from ...values import JSON
from ..registry import Resources
from ..task_context import TaskContext
from . import clusters, jobs, optimized
from .calls import Caller
from .clients import Clients, EndpointUrl, Session
from .connections import Connections, ConnectionSource
from .functions import Functions
from .gateway import Gateway
from .http_client import HttpClient
from .http_task import HttpTask
from .models import Models
from .objects import S3ObjectStore

POLL_SECONDS = 5.0
"""How long a ``.sync`` task waits between two looks at its job."""

_FUNCTIONS = "arn:*:lambda*:function:*"  # no pattern of functions: the registry would dress what lambda:invoke answers


def services(
    session: Session | None = None,
    *,
    endpoint_url: EndpointUrl = None,
    region: str | None = None,
    connections: ConnectionSource | None = None,
    allow_private_http: bool = False,
    tls: ssl.SSLContext | None = None,
    poll_seconds: float = POLL_SECONDS,
) -> Resources:
    """Handlers that call AWS: every SDK integration, the optimized ones, HTTP tasks, and S3 for items and results.

    ``session``: a ``boto3.Session``, a new one if not given. ``endpoint_url``: another address than AWS's own, for all
    services or by boto3's names of them. ``region``: instead of the execution's. ``connections``: for ``http:invoke``,
    by ARN or name. ``allow_private_http``: HTTP tasks and API calls may reach private addresses, and without TLS.
    ``tls``: how to check who answers them. ``poll_seconds``: between two looks at the job of a ``.sync`` task.

    Put your own handlers beside them: ``services() | mine``. Needs the extra ``aws`` when a task calls a service.

    >>> everything = services(region="eu-west-1", endpoint_url="http://127.0.0.1:5000")
    >>> everything.find("arn:aws:states:::sqs:sendMessage.waitForTaskToken")
    <Handler sqs:sendMessage for arn:*:states:::sqs:sendMessage>
    """
    if not poll_seconds > 0:
        raise ValueError(f"poll_seconds must be more than 0, not {poll_seconds}")
    clients = Clients(session, endpoint_url, region)
    caller = Caller(clients)
    resources = Resources(objects=S3ObjectStore(session, endpoint_url=endpoint_url, region=region))
    add = functools.partial(_add, resources)
    add("aws-sdk:*", caller.sdk)
    for service, actions in optimized.ACTIONS.items():
        for action in actions:
            add(f"{service}:{action}", optimized.handler(caller, service, action))
    for action in clusters.ACTIONS:
        add(f"{clusters.EMR}:{action}", _with_metadata(functools.partial(clusters.call, caller, action)))
    for (service, action), job in (jobs.JOBS | clusters.JOBS).items():
        start = _start(caller, service, action.partition(".sync")[0])
        add(f"{service}:{action}", jobs.handler(caller, service, job, start, poll_seconds))
    functions = Functions(caller)
    add("lambda:invoke", functions.invoke)
    resources.task(_FUNCTIONS, functions.function, name="lambda function", pure=True)
    add("bedrock:invokeModel", Models(caller).invoke)
    http = HttpClient(allow_private=allow_private_http, tls=tls)
    add("http:invoke", HttpTask(Connections(connections or {}, http), http).invoke)
    add("apigateway:invoke", Gateway(clients, http).invoke)
    return resources


def _start(caller: Caller, service: str, action: str) -> jobs.Start:
    if service == clusters.EMR:
        return functools.partial(clusters.call, caller, action)
    return functools.partial(optimized.call, caller, service, action)


def _with_metadata(start: jobs.Start) -> Callable[[JSON, TaskContext], JSON]:
    return lambda arguments, task: start(arguments, task).with_metadata()


def _add(resources: Resources, action: str, handler: Callable[[JSON, TaskContext], JSON]) -> None:
    resources.task(f"arn:*:states:::{action}", handler, name=action, pure=True)
