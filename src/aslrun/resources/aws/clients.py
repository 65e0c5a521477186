"""boto3's clients: one for each service, region and role, made when it is first needed.

Rules that a change must keep:

1. Clients are shared by all threads; making one is not safe in boto3, so that is done by one thread at a time.
2. A call is made once: retrying is for the definition to say, and what it does not say must not happen in secret.
3. Arguments are not checked here, for it is the service whose answer counts.
4. A prefix before the host, as ``sync-`` of StartSyncExecution, is AWS's own: no other address has such hosts, also
   if boto3 has the address from its configuration.
5. What boto3 does to requests and answers for the comfort of its callers is undone: Step Functions does not do it.
6. A role is assumed with the session's own credentials, once; botocore renews what it was given before it expires.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias
from urllib.parse import urlsplit

from ...errors import TaskError, extra_needed
from ..task_context import TaskContext

EndpointUrl: TypeAlias = str | Mapping[str, str] | None
"""Where to call: one address for all services, or one for some, by boto3's names of them."""

Client: TypeAlias = Any  # boto3 has no types
SECONDS_TO_ANSWER = {"lambda": 910, "stepfunctions": 75, "bedrock-runtime": 910}
OTHERS_TO_ANSWER = 60
CONNECTIONS = 50

_COMFORTS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "autoscaling": (("before-parameter-build.autoscaling.CreateLaunchConfiguration", "base64_encode_user_data"),),
    "cloudformation": (("after-call.cloudformation.GetTemplate", "json_decode_template_body"),),
    "ec2": (
        ("before-parameter-build.ec2.RunInstances", "base64_encode_user_data"),
        ("after-call.ec2.GetConsoleOutput", "decode_console_output"),
    ),
    "iam": (("after-call.iam", "json_decode_policies"),),
}
"""What botocore encodes and decodes beside the models: the event, and the function in its ``handlers``."""


class Session(Protocol):
    """What is asked of a ``boto3.Session``."""

    def client(self, service_name: str, **options: Any) -> Client: ...
    def get_credentials(self) -> Any: ...
    def get_available_services(self) -> list[str]: ...


class Clients:
    """The clients of one session, by service; region and role are the task's."""

    __slots__ = ("_clients", "_endpoint_url", "_known", "_lock", "_region", "_roles", "_session")

    def __init__(self, session: Session | None, endpoint_url: EndpointUrl, region: str | None) -> None:
        self._session = session
        self._endpoint_url = endpoint_url
        self._region = region
        self._clients: dict[tuple[str, str, str | None], Client] = {}
        self._roles: dict[str, Session] = {}
        self._known: tuple[str, ...] = ()
        self._lock = threading.RLock()

    def services(self) -> tuple[str, ...]:
        """boto3's names of all services."""
        if not self._known:
            with self._lock:
                self._known = tuple(self._boto3().get_available_services())
        return self._known

    def of_task(self, service: str, task: TaskContext) -> Client:
        """The client with which a task calls a service.

        Raises ``TaskError`` for ``Credentials`` whose ``RoleArn`` is no text.
        """
        return self.client(service, self._region or task.region, role_of(task))

    def credentials(self, task: TaskContext) -> Any:
        """The credentials with which a task calls, as botocore has them; ``None`` if there are none."""
        role = role_of(task)
        with self._lock:
            return (self._boto3() if role is None else self._in_role(role, task.region)).get_credentials()

    def own_arn(self) -> str:
        """The ARN of whoever calls without a role, as far as it can be told."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return str(self.client("sts").get_caller_identity()["Arn"])
        except (BotoCoreError, ClientError):
            return "of the session"

    def client(self, service: str, region: str | None = None, role: str | None = None) -> Client:
        """The client of a service, in the region of the services, in the given one, or in the session's own."""
        region = region or self._region or ""
        key = (service, region, role)
        client = self._clients.get(key)
        if client is None:
            with self._lock:
                client = self._clients.get(key) or self._make(service, region, role)
                self._clients[key] = client
        return client

    def _boto3(self) -> Session:
        if self._session is None:
            try:
                import boto3
            except ModuleNotFoundError:
                raise extra_needed("call AWS services", "boto3", "aws") from None
            self._session = boto3.Session()
        return self._session

    def _make(self, service: str, region: str, role: str | None) -> Client:
        session = self._boto3() if role is None else self._in_role(role, region)
        client = session.client(service, **self._options(service, region))
        if client.meta.config.inject_host_prefix is not False and _is_private(client.meta.endpoint_url):
            client = session.client(service, **self._options(service, region, elsewhere=True))
        return _plain(service, client)

    def _options(self, service: str, region: str, *, elsewhere: bool = False) -> dict[str, Any]:
        from botocore.config import Config

        url = self._endpoint_url
        endpoint = url.get(service) if isinstance(url, Mapping) else url
        config = Config(
            retries={"total_max_attempts": 1, "mode": "standard"},
            parameter_validation=False,
            read_timeout=SECONDS_TO_ANSWER.get(service, OTHERS_TO_ANSWER),
            max_pool_connections=CONNECTIONS,
            **({"inject_host_prefix": False} if endpoint or elsewhere else {}),
        )
        return {"config": config, "endpoint_url": endpoint, **({"region_name": region} if region else {})}

    def _in_role(self, role: str, region: str) -> Session:
        import boto3
        import botocore.session
        from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

        def security_token_service(service: str, **options: Any) -> Client:
            return self._boto3().client(service, **{**self._options(service, region), **options})

        if role not in self._roles:
            own, name = self._boto3().get_credentials(), {"RoleSessionName": "aslrun"}
            fetcher = AssumeRoleCredentialFetcher(security_token_service, own, role, extra_args=name)
            session = botocore.session.Session()
            session._credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")
            self._roles[role] = boto3.Session(botocore_session=session)
        return self._roles[role]


def _plain(service: str, client: Client) -> Client:
    """The client, without what botocore does for comfort."""
    from botocore import handlers

    for event, name in _COMFORTS.get(service, ()):
        client.meta.events.unregister(event, getattr(handlers, name))
    return client


def _is_private(url: str) -> bool:
    """Whether an address is one of a machine or a network that is not AWS's.

    >>> _is_private("http://127.0.0.1:5000"), _is_private("https://sqs.eu-west-1.amazonaws.com")
    (True, False)
    """
    host = urlsplit(url).hostname or ""
    return "." not in host or host.endswith(".localhost") or host.replace(".", "").isdecimal()


def role_of(task: TaskContext) -> str | None:
    """The role in which a task makes its calls, if it has one of its own.

    Raises ``TaskError`` if it is no text.
    """
    role = task.credentials.get("RoleArn") if isinstance(task.credentials, dict) else None
    if role is not None and not isinstance(role, str):
        raise TaskError("States.Runtime", "The RoleArn of the state's Credentials must be the ARN of a role")
    return role
