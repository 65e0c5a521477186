"""The service's quotas that an execution can run into, in one value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Quotas of one execution; the defaults are AWS's (Step Functions developer guide, "Quotas").

    ``payload`` is in bytes of UTF-8 text, ``history`` in history events, ``variables`` in bytes for one variable
    and for one Assign, ``all_variables`` in bytes for all that a state can see; the other figures are counts.
    ``0`` means unlimited.

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

    @classmethod
    def none(cls) -> Limits:
        """No quota at all; an inline Map still runs 40 iterations at a time."""
        return cls(payload=0, history=0, variables=0, all_variables=0)


DEFAULT_LIMITS = Limits()
EXPRESS_LIMITS = Limits(history=0)
"""An Express execution has no history quota."""
