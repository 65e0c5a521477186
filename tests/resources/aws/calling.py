"""One task's call of AWS's handlers, without an execution around it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest

from aslrun import Resources, TaskContext
from aslrun.aws import services
from aslrun.resources.invocation import Failed, Succeeded, invoke_sync, prepare


class Cloud:
    """An empty AWS in this process, and the handlers that call it."""

    def __init__(self, session: Any, **options: Any) -> None:
        self.session = session
        self.resources: Resources = services(session, **options)

    def client(self, service: str, region: str = "us-east-1") -> Any:
        return self.session.client(service, region_name=region)

    def call(self, action: str, arguments: Any = None, **about: Any) -> Any:
        """The result of a task. Raises ``AssertionError`` if it fails."""
        outcome = self.outcome(action, arguments, **about)
        assert isinstance(outcome, Succeeded), outcome
        return outcome.output

    def fail(self, action: str, arguments: Any = None, **about: Any) -> Failed:
        """Why a task fails."""
        outcome = self.outcome(action, arguments, **about)
        assert isinstance(outcome, Failed), outcome
        return outcome

    def outcome(self, action: str, arguments: Any, **about: Any) -> Succeeded | Failed:
        resource = action if action.startswith("arn:") else f"arn:aws:states:::{action}"
        task = TaskContext(resource=resource, account="111111111111", **about)
        call = prepare(self.resources, resource, arguments, task)
        return call if isinstance(call, Failed) else invoke_sync(call)


@contextmanager
def cloud(config: dict[str, Any] | None = None, **options: Any) -> Iterator[Cloud]:
    """A cloud that lasts as long as the block."""
    moto = pytest.importorskip("moto", reason="needs moto: pip install 'moto[stepfunctions]' (it is in the extra dev)")
    with moto.mock_aws(config=config or {}):
        yield Cloud(new_session(), **options)


def new_session() -> Any:
    """A session of its own that does not read the services' models again."""
    boto3 = pytest.importorskip("boto3", reason="needs boto3: pip install 'aslrun[aws]'")
    import botocore.session

    inner = botocore.session.Session()
    inner.register_component("data_loader", _models())
    return boto3.Session("AKIAEXAMPLE", "example", region_name="us-east-1", botocore_session=inner)


@cache
def _models() -> Any:
    import botocore.session

    return botocore.session.Session().get_component("data_loader")
