"""What AWS Step Functions adds to JSONata: ``$partition $range $hash $random $uuid $parse``.

Random numbers come from the evaluation's own source, so that a replay draws the same.
"""

from __future__ import annotations

import json
import math
from random import Random
from typing import Any

from ..errors import JsonataError
from ..frames import Frame
from ..numbers import number
from ..values import UNDEFINED, Sequence

ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


def partition(frame: Frame, items: Any, size: Any) -> Any:
    """The items in arrays of a size; the last one may be shorter."""
    if items is UNDEFINED or size is UNDEFINED:
        return UNDEFINED
    step = math.floor(size) if math.isfinite(size) else 0
    if step < 1:
        raise JsonataError(None, message="The size of a partition must be at least 1", value=size)
    frame.run.spend(len(items))
    return [items[index : index + step] for index in range(0, len(items), step)]


def range_(frame: Frame, start: Any, end: Any, step: Any = UNDEFINED) -> Any:
    """The numbers from a start to an end, the end included; a single one stands for itself, as recorded from AWS."""
    step = 1 if step is UNDEFINED else step
    if start is UNDEFINED or end is UNDEFINED:
        return UNDEFINED
    if not all(math.isfinite(value) for value in (start, end, step)) or step == 0:
        raise JsonataError(None, message="The step of a range must not be 0", value=step)
    count = max(0, math.floor((end - start) / step) + 1)
    frame.run.check_items(count)
    return Sequence(number(start + index * step) for index in range(count)) if count else []


def hash_(frame: Frame, text: Any, algorithm: Any = UNDEFINED) -> Any:
    """The hash of a text (as UTF-8) in hexadecimal digits."""
    if text is UNDEFINED or algorithm is UNDEFINED:
        return UNDEFINED
    import hashlib  # not before it is needed: cold start counts

    name = ALGORITHMS.get(algorithm)
    if name is None:
        raise JsonataError(None, message=f"Unknown hash algorithm: {algorithm}", value=algorithm)
    return hashlib.new(name, text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def random(frame: Frame, seed: Any = UNDEFINED) -> Any:
    """A random number from 0 up to but not including 1; the same seed gives the same number."""
    return frame.run.random.random() if seed is UNDEFINED else Random(seed).random()


def uuid(frame: Frame) -> Any:
    """A random UUID (version 4)."""
    from uuid import UUID  # not before it is needed: cold start counts

    return str(UUID(int=frame.run.random.getrandbits(128), version=4))


def parse(frame: Frame, text: Any) -> Any:
    """The value that a JSON text stands for."""
    if text is UNDEFINED:
        return UNDEFINED
    frame.run.spend(len(text) >> 3)
    try:
        return json.loads(text, parse_constant=_refused, parse_int=_integer)
    except ValueError as error:
        raise JsonataError(None, message=f"Cannot parse as JSON: {error}", value=text) from None


def _refused(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _integer(digits: str) -> Any:
    return int(digits) if len(digits) < 400 else float(digits)


FUNCTIONS = (
    ("partition", "<an:a>", 2, partition),
    ("range", "<nnn?:a>", 3, range_),
    ("hash", "<ss:s>", 2, hash_),
    ("random", "<n?:n>", 1, random),
    ("uuid", "<:s>", 0, uuid),
    ("parse", "<s-:x>", 1, parse),
)
