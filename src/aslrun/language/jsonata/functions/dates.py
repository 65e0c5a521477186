"""Times: now, and between milliseconds and text."""

from __future__ import annotations

from typing import Any

from ..frames import Frame
from ..pictures.dates import format_time
from ..pictures.times import parse_iso, parse_time
from ..values import UNDEFINED


def now(frame: Frame, picture: Any = UNDEFINED, zone: Any = UNDEFINED) -> Any:
    """The time of the evaluation as text."""
    return format_time(frame.run.now, picture, zone, frame.run)


def millis(frame: Frame) -> Any:
    """The time of the evaluation in milliseconds since 1970."""
    return frame.run.now


def to_millis(frame: Frame, text: Any, picture: Any = UNDEFINED) -> Any:
    """The time that a text stands for, in milliseconds since 1970."""
    if text is UNDEFINED:
        return UNDEFINED
    return parse_iso(text) if picture is UNDEFINED else parse_time(text, picture, frame.run)


def from_millis(frame: Frame, time: Any, picture: Any = UNDEFINED, zone: Any = UNDEFINED) -> Any:
    """The time in milliseconds since 1970 as text."""
    return UNDEFINED if time is UNDEFINED else format_time(time, picture, zone, frame.run)


FUNCTIONS = (
    ("now", "<s?s?:s>", 2, now),
    ("millis", "<:n>", 0, millis),
    ("toMillis", "<s-s?:n>", 2, to_millis),
    ("fromMillis", "<n-s?s?:s>", 3, from_millis),
)
