"""timestamp-in-the-past: a Wait state waits for an instant that is still to come.

> A Wait state whose timestamp is in the past goes on at once
> (after the States Language, Wait State)

The instant is before the first release of this library, so it is past whenever the machine runs. Take it from the input
(``TimestampPath``), or wait for ``Seconds``.

Bad::

    {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Timestamp": "2016-03-14T01:59:00Z", "End": true}}}

Good::

    {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "TimestampPath": "$.until", "End": true}}}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..problem import Problem

if TYPE_CHECKING:
    from ..flow import Flow


def check(flow: Flow) -> Iterator[Problem]:
    """What the data flow says of it."""
    return flow.of("timestamp-in-the-past")
