"""Words that several rules use: how a value is shown, and which name was probably meant."""

from __future__ import annotations

import json
from collections.abc import Iterable

from ...values import JSON, type_name

LONGEST = 60  # characters of a value in a message


def shown(value: JSON) -> str:
    """A value in a message: short ones as JSON, large ones by their type.

    >>> shown("three"), shown([])
    ('"three"', 'an empty array')
    """
    if isinstance(value, (dict, list)):
        return f"an {'empty ' if not value else ''}{type_name(value)}"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def nearest(name: str, names: Iterable[str]) -> str:
    """A question after the name that looks most like this one, or nothing.

    >>> nearest("ResutlPath", ["ResultPath", "ResultSelector"])
    'did you mean ResultPath?'
    """
    candidates = {known.lower(): known for known in list(names)[:1000]}
    from difflib import get_close_matches  # imported here: only mistakes need it

    near = get_close_matches(name.lower(), candidates, n=1, cutoff=0.7) if len(name) <= 100 else []
    return f"did you mean {candidates[near[0]]}?" if near else ""
