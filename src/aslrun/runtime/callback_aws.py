"""Callbacks to Step Functions, by boto3.

The four errors that the service gives for a token become ours, with its message; whatever else goes wrong (rights,
throttling, the network) comes out as boto3's own exception.
"""

from __future__ import annotations

from typing import Protocol

from ..errors import CallerError, InvalidOutput, InvalidToken, TaskDoesNotExist, TaskTimedOut, extra_needed
from ..stores.signing import INVALID
from .callback_channels import aside

_ERRORS: dict[str, type[CallerError]] = {
    each.__name__: each for each in (InvalidOutput, InvalidToken, TaskDoesNotExist, TaskTimedOut)
}


class StepFunctionsClient(Protocol):
    """What is asked of boto3's client for ``stepfunctions``."""

    def send_task_success(self, *, taskToken: str, output: str) -> object: ...  # noqa: N803  # the API's own names
    def send_task_failure(self, **request: str) -> object: ...
    def send_task_heartbeat(self, *, taskToken: str) -> object: ...  # noqa: N803


class StepFunctionsChannel:
    """To Step Functions; ``client`` is boto3's, made when it is not given."""

    __slots__ = ("_client",)

    def __init__(self, client: StepFunctionsClient | None = None) -> None:
        if client is None:
            try:
                import boto3
            except ImportError:
                raise extra_needed("answer tokens of Step Functions", "boto3", "aws") from None
            client = boto3.client("stepfunctions")
        self._client: StepFunctionsClient = client

    async def success(self, token: str, output: str) -> None:
        """End the task with an output."""
        await aside(self._call, "send_task_success", {"taskToken": token, "output": output})

    async def failure(self, token: str, error: str | None, cause: str | None) -> None:
        """Let the task fail."""
        given = {"taskToken": token, "error": error, "cause": cause}
        await aside(self._call, "send_task_failure", {name: text for name, text in given.items() if text is not None})

    async def heartbeat(self, token: str) -> None:
        """The task is alive."""
        await aside(self._call, "send_task_heartbeat", {"taskToken": token})

    async def is_open(self, token: str) -> bool:
        """Whether somebody still waits for this token. The service can be asked by a heartbeat only."""
        try:
            await self.heartbeat(token)
        except (InvalidToken, TaskDoesNotExist, TaskTimedOut):
            return False
        return True

    def close(self) -> None:
        """Nothing to let go of: the client may be used elsewhere."""

    def _call(self, action: str, arguments: dict[str, str]) -> None:
        from botocore.exceptions import ClientError

        if not _can_be_sent(arguments["taskToken"]):
            raise InvalidToken(INVALID)
        try:
            getattr(self._client, action)(**arguments)
        except ClientError as error:
            answer = error.response["Error"]
            known = _ERRORS.get(answer["Code"])
            if known is None:
                raise
            raise known(answer["Message"]) from None


def _can_be_sent(token: str) -> bool:
    """The client refuses an empty token, and text that is not Unicode, with exceptions of its own."""
    return bool(token) and token.encode("utf-8", "replace").decode() == token
