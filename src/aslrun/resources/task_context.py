"""What a handler is told about its task beside the input, and how it reports while it works.

Rules that a change must keep:

1. The task token and the payload never show in ``repr``: contexts end up in log lines.
2. Time, region and account are told by the driver; nothing here looks them up.
3. ``heartbeat`` and ``submitted`` act when they are called. They may be awaited, so that a handler reads the
   same whether it is ``async`` or not.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator

from ..values import JSON


class _Acknowledged(Awaitable[None]):
    """Awaiting it does nothing."""

    __slots__ = ()

    def __await__(self) -> Generator[None, None, None]:
        return
        yield


_ACKNOWLEDGED = _Acknowledged()


def _no_time() -> float:
    return 0.0


def _nobody_listens() -> None:
    return None


def _nobody_takes(_output: JSON) -> None:
    return None


class TaskContext:
    """The second argument of a handler: which task this is.

    Every field has a default, so that a handler can be tested by calling it.

    >>> TaskContext(state="Charge", attempt=2, token="secret")
    TaskContext(state='Charge', resource='', attempt=2, execution='')
    """

    __slots__ = (
        "_clock",
        "_heartbeat",
        "_submitted",
        "account",
        "attempt",
        "credentials",
        "execution",
        "execution_name",
        "idempotency_key",
        "region",
        "resource",
        "state",
        "token",
    )

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
        region: str = "us-east-1",
        account: str = "000000000000",
        credentials: JSON = None,
        clock: Callable[[], float] = _no_time,
        heartbeat: Callable[[], None] = _nobody_listens,
        submitted: Callable[[JSON], None] = _nobody_takes,
    ) -> None:
        self.execution = execution
        """ARN of the execution."""
        self.execution_name = execution_name
        self.state = state
        """Name of the Task state."""
        self.resource = resource
        self.attempt = attempt
        """How many retries came before this call; 0 for the first."""
        self.token = token
        """The task token of a ``.waitForTaskToken`` task, else ``None``."""
        self.idempotency_key = idempotency_key
        """The same text whenever this very call is made again after a crash."""
        self.region = region
        self.account = account
        self.credentials = credentials
        """The state's ``Credentials``, evaluated."""
        self._clock = clock
        self._heartbeat = heartbeat
        self._submitted = submitted

    @property
    def time(self) -> float:
        """Seconds since the epoch, now; virtual where the driver's time is."""
        return self._clock()

    def heartbeat(self) -> Awaitable[None]:
        """Start the task's HeartbeatSeconds anew.

        Raises ``TaskTimedOut`` if the task is over.
        """
        self._heartbeat()
        return _ACKNOWLEDGED

    def submitted(self, output: JSON) -> Awaitable[None]:
        """Report that the job of a ``.sync`` task has been accepted; ``output`` is the service's first answer.

        Raises ``TaskTimedOut`` if the task is over.
        """
        self._submitted(output)
        return _ACKNOWLEDGED

    def __repr__(self) -> str:
        shown = ("state", "resource", "attempt", "execution")
        return f"TaskContext({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"
