"""What executions cost in a month, by the published prices.

Prices are those of us-east-1, as AWS published them in 2026 (https://aws.amazon.com/step-functions/pricing/); some
regions are up to half as dear again. What the tasks cost is not in them. The two lower prices of a GB-second, and where
they begin, are in AWS's price list only; they were checked against infracost, which computes with that list.
"""

from __future__ import annotations

import math
from typing import NamedTuple

REGION, YEAR = "us-east-1", 2026

FREE_TRANSITIONS = 4_000
USD_PER_TRANSITION = 0.025 / 1_000
USD_PER_REQUEST = 1.00 / 1_000_000
# Express: GB-seconds of a month up to a bound, and what each of them costs
GB_SECONDS: tuple[tuple[float, float], ...] = (
    (1_000 * 3_600, 0.00001667),
    (5_000 * 3_600, 0.00000833),
    (math.inf, 0.00000456),
)
CHUNK_MB, STEP_SECONDS = 64, 0.1


class Cost(NamedTuple):
    """US dollars a month, from the cheapest to the dearest road."""

    least: float
    most: float


def standard(transitions: float) -> float:
    """US dollars for the state transitions of a month.

    >>> round(standard(80_000), 2)
    1.9
    """
    return max(0.0, transitions - FREE_TRANSITIONS) * USD_PER_TRANSITION


def express(requests: float, seconds: float, memory_mb: float) -> float:
    """US dollars for Express executions of a month, each this long and with this much memory.

    >>> round(express(1_000_000, 30, 64), 2)
    32.26
    """
    billed = math.ceil(round(seconds / STEP_SECONDS, 6)) * STEP_SECONDS
    memory = max(1, math.ceil(memory_mb / CHUNK_MB)) * CHUNK_MB
    left, below, total = requests * billed * memory / 1_024, 0.0, requests * USD_PER_REQUEST
    for bound, price in GB_SECONDS:
        part = min(left, bound - below)
        total, left, below = total + part * price, left - part, bound
    return total
