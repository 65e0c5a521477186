"""Who an execution is, the ids of its calls, and the readable tokens of tests and dry runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Identity:
    """Who an execution is: ARNs and names, as its context object and its history show them."""

    arn: str
    name: str
    machine_arn: str
    machine_name: str
    role_arn: str = "arn:aws:iam::123456789012:role/aslrun"
    region: str = "us-east-1"
    account: str = "123456789012"


def plain_token(execution: str, task: int) -> str:
    """The task token of tests and dry runs: readable, and the same in every run."""
    return f"token:{execution}:{task}"


def request_id(seed: int, task: int) -> str:
    """The id of the call of a task, in the form of a UUID: the same whenever the execution is driven again.

    >>> request_id(7, 1)
    '00000007-0000-4000-8000-000000000001'
    """
    return f"{seed & 0xFFFFFFFF:08x}-{seed >> 32 & 0xFFFF:04x}-4{seed >> 48 & 0xFFF:03x}-8000-{task:012x}"
