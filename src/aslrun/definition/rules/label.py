"""label: a Label has 1 to 40 characters that fit into an ARN.

> INVALID_LABEL_NAME: You have provided an invalid label name.
> (ValidateStateMachineDefinition)

Letters, digits, dots, dashes and underscores are safe. White space, control characters, brackets, wildcards and the
special characters of URLs are not allowed.

Bad::

    {"StartAt": "Each", "States": {"Each": {"Type": "Map", "Label": "every order", "End": true,
      "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Item", "States": {"Item": {"Type": "Succeed"}}}}}}

Good::

    {"StartAt": "Each", "States": {"Each": {"Type": "Map", "Label": "every-order", "End": true,
      "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Item", "States": {"Item": {"Type": "Succeed"}}}}}}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..problem import Problem
from .outline import Place

MAX_LABEL = 40

# Not allowed besides control characters and white space (recorded from the service).
_REFUSED = re.compile(r"[\s?*<>{}\[\]:;,\\|^~$#%&`\"\x00-\x1f\x7f-\x9f]")


def check(place: Place) -> Iterator[Problem]:
    """A Label that is empty, too long, or has an odd character."""
    text, location = place.value.get("Label"), (*place.location, "Label")
    if not isinstance(text, str):
        return
    if not 1 <= len(text) <= MAX_LABEL:
        message = f"A Label must have 1 to {MAX_LABEL} characters, not {len(text)}"
        yield Problem(location, message)
    elif found := _REFUSED.search(text):
        yield Problem(location, f"A Label must not have the character {found.group()!r}")
