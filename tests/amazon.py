"""A stand-in for AWS in this process, by moto."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

Client = Callable[[str], Any]


@contextmanager
def clients(config: dict[str, Any] | None = None) -> Iterator[Client]:
    """What gives boto3's client for a service; an empty AWS that lasts as long as the block."""
    moto = pytest.importorskip("moto", reason="needs moto: pip install 'moto[stepfunctions]' (it is in the extra dev)")
    boto3 = pytest.importorskip("boto3", reason="needs boto3: pip install 'aslrun[aws]'")
    session = boto3.Session("AKIAEXAMPLE", "example", region_name="us-east-1")
    with moto.mock_aws(config=config or {}):
        yield session.client
