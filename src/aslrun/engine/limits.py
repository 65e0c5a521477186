"""The service's quotas that an execution can run into, in one value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Quotas of one execution; the defaults are AWS's (Step Functions developer guide, "Quotas").

    ``payload`` is in bytes of UTF-8 text, ``history`` in history events, ``variables`` in bytes for one variable
    and for one Assign, ``all_variables`` in bytes for all that a state can see, ``execution`` in seconds from start to
    end (Express: 300; for Standard, where AWS says a year, none). The other figures are counts. ``0`` means unlimited.

    ``burst`` is not AWS's: so many history events without waiting for anything are an endless loop, and the execution
    fails. It guards Express executions, which have no quota of history events.

    >>> Limits(history=0).payload
    262144
    """

    payload: int = 262_144
    history: int = 25_000
    variables: int = 262_144
    all_variables: int = 10_485_760
    map_concurrency: int = 40
    distributed_concurrency: int = 10_000
    error: int = 256
    cause: int = 32_768
    execution: int = 0
    burst: int = 1_000_000

    @classmethod
    def none(cls) -> Limits:
        """None of AWS's quotas; an inline Map still runs 40 iterations at a time."""
        return cls(payload=0, history=0, variables=0, all_variables=0)


DEFAULT_LIMITS = Limits()
EXPRESS_LIMITS = Limits(history=0, execution=300)
"""An Express execution has five minutes and no history quota."""


def quotas(type: str, given: Limits | None) -> Limits:
    """What counts for an execution of a Standard or an Express machine: what is given, or else AWS's."""
    if given is not None:
        return given
    return EXPRESS_LIMITS if type == "EXPRESS" else DEFAULT_LIMITS
