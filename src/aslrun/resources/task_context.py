"""What a handler is told about its task beside the input, and how it reports while it works.

Rules that a change must keep:

1. The task token and the payload never show in ``repr``: contexts end up in log lines. (A context is a view of the
   scheduled task: whoever keeps one keeps its payload, too.)
2. Time, region and account are told by the driver; nothing here looks them up.
3. ``heartbeat`` and ``submitted`` act when they are called. They may be awaited, so that a handler reads the
   same whether it is ``async`` or not.
"""

from __future__ import annotations

from collections.abc import Awaitable, Generator
from typing import Protocol

from ..engine.effects import ScheduleTask
from ..engine.identity import Identity, request_id
from ..errors import InvalidHandlerOutput
from ..values import JSON, NotJSON, plain


class _Acknowledged(Awaitable[None]):
    """Awaiting it does nothing."""

    __slots__ = ()

    def __await__(self) -> Generator[None, None, None]:
        return
        yield


ACKNOWLEDGED = _Acknowledged()


class TaskDriver(Protocol):
    """What a context asks of the driver that made it."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    def heartbeat(self) -> None:
        """Start the heartbeat clock anew; raises ``TaskTimedOut`` if the task is over."""
        ...

    def submitted(self, output: JSON) -> None:
        """The job has been accepted; raises ``TaskTimedOut`` if the task is over."""
        ...

    def sleep(self, seconds: float) -> Awaitable[None]:
        """Let time pass, virtual or real; what is returned may be awaited."""
        ...

    def call_back(self, after: float, output: JSON, error: str | None, cause: str | None) -> None:
        """After some seconds the task token comes back, with an error if there is one."""
        ...


class _NoDriver:
    """Of a context that was made by hand: time stands still and nobody listens."""

    def now(self) -> float:
        return 0.0

    def heartbeat(self) -> None:
        return None

    def submitted(self, output: JSON) -> None:
        return None

    def sleep(self, seconds: float) -> Awaitable[None]:
        return ACKNOWLEDGED

    def call_back(self, after: float, output: JSON, error: str | None, cause: str | None) -> None:
        return None


_NO_DRIVER = _NoDriver()


class TaskContext:
    """The second argument of a handler: which task this is.

    Every field has a default, so that a handler can be tested by calling it.

    >>> TaskContext(state="Charge", attempt=2, token="secret")
    TaskContext(state='Charge', resource='', attempt=2, execution='')
    """

    __slots__ = ("_identity", "_key", "_request_id", "_scheduled", "_seed", "driver")

    def __init__(
        self,
        *,
        execution: str = "",
        execution_name: str = "",
        state: str = "",
        resource: str = "",
        attempt: int = 0,
        token: str | None = None,
        idempotency_key: str = "",
        request_id: str = "",
        region: str = "us-east-1",
        account: str = "000000000000",
        credentials: JSON = None,
        driver: TaskDriver | None = None,
    ) -> None:
        self._identity = Identity(execution, execution_name, "", "", region=region, account=account)
        self._scheduled = ScheduleTask(0, "task", state, resource, "", None, token, attempt, credentials=credentials)
        self._key: str | None = idempotency_key
        self._request_id: str | None = request_id
        self._seed = 0
        self.driver: TaskDriver = driver or _NO_DRIVER

    @classmethod
    def of(cls, identity: Identity, seed: int, scheduled: ScheduleTask, driver: TaskDriver | None) -> TaskContext:
        """The context of a task that an execution has scheduled; ``seed`` is the execution's."""
        context = cls.__new__(cls)
        context._identity, context._scheduled = identity, scheduled
        context._key = context._request_id = None
        context._seed = seed
        context.driver = driver or _NO_DRIVER
        return context

    @property
    def execution(self) -> str:
        """ARN of the execution."""
        return self._identity.arn

    @property
    def execution_name(self) -> str:
        """Name of the execution."""
        return self._identity.name

    @property
    def state(self) -> str:
        """Name of the Task state."""
        return self._scheduled.state

    @property
    def resource(self) -> str:
        """The state's ``Resource``."""
        return self._scheduled.resource

    @property
    def attempt(self) -> int:
        """How many retries came before this call; 0 for the first."""
        return self._scheduled.attempt

    @property
    def token(self) -> str | None:
        """The task token of a ``.waitForTaskToken`` task or an activity, else ``None``."""
        return self._scheduled.token

    @property
    def idempotency_key(self) -> str:
        """The same text whenever this very call is made again after a crash."""
        return f"{self._identity.arn}/{self._scheduled.task}" if self._key is None else self._key

    @property
    def region(self) -> str:
        """The AWS region in which the execution seems to run."""
        return self._identity.region

    @property
    def account(self) -> str:
        """The AWS account in which the execution seems to run."""
        return self._identity.account

    @property
    def credentials(self) -> JSON:
        """The state's ``Credentials``, evaluated."""
        return self._scheduled.credentials

    @property
    def request_id(self) -> str:
        """Names the call in causes and headers, as Lambda's does; the same whenever it is made again."""
        if self._request_id is None:
            self._request_id = request_id(self._seed, self._scheduled.task)
        return self._request_id

    @request_id.setter
    def request_id(self, request_id: str) -> None:
        self._request_id = request_id

    @property
    def time(self) -> float:
        """Seconds since the epoch, now; virtual where the driver's time is."""
        return self.driver.now()

    def heartbeat(self) -> Awaitable[None]:
        """Start the task's HeartbeatSeconds anew.

        Raises ``TaskTimedOut`` if the task is over.
        """
        self.driver.heartbeat()
        return ACKNOWLEDGED

    def submitted(self, output: JSON) -> Awaitable[None]:
        """Report that the job of a ``.sync`` task has been accepted; ``output`` is the service's first answer.

        Raises ``TaskTimedOut`` if the task is over, ``InvalidHandlerOutput`` if ``output`` is no JSON.
        """
        try:
            accepted = plain(output)
        except NotJSON as problem:
            raise InvalidHandlerOutput(f"of state {self.state}", problem.path, problem.reason) from None
        self.driver.submitted(accepted)
        return ACKNOWLEDGED

    def sleep(self, seconds: float) -> Awaitable[None]:
        """Let this many seconds of the execution's time pass: virtual ones in a simulation, real ones elsewhere.

        A sync handler just calls it, an async one awaits it. Raises ``ValueError`` for less than no time, and
        ``TaskTimedOut`` in a thread whose task is over before the time is.
        """
        if not seconds >= 0:
            raise ValueError(f"a task can sleep for 0 seconds or more, not {seconds}")
        return self.driver.sleep(seconds)

    def call_back(
        self, output: JSON = None, *, error: str | None = None, cause: str | None = None, after: float = 0.0
    ) -> None:
        """Let the task token come back after some seconds of the execution's time, as if somebody had sent it.

        For handlers that stand for the outside too: simulations, mocks, tests.
        """
        self.driver.call_back(after, output, error, cause)

    def __repr__(self) -> str:
        shown = ("state", "resource", "attempt", "execution")
        return f"TaskContext({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"
