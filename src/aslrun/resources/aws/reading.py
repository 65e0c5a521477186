"""How requests about jobs are made of what is known, and what of their answers is read: small functions for tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ...values import JSON

Document: TypeAlias = dict[str, JSON]
Request: TypeAlias = Callable[[Document, Document], Document]
"""A request made of the task's arguments and of the answer that started the job."""


def whole(answer: Document) -> Document:
    """All of an answer."""
    return answer


def under(name: str) -> Callable[[Document], Document]:
    """The object under this name."""
    return lambda answer: document(answer.get(name))


def first_of(name: str) -> Callable[[Document], Document]:
    """The first object of the array under this name."""

    def first(answer: Document) -> Document:
        found = answer.get(name)
        return document(found[0]) if isinstance(found, list) and found else {}

    return first


def first_as(name: str, shown: str) -> Callable[[Document], Document]:
    """The first object of an array, under another name."""
    first = first_of(name)
    return lambda answer: {shown: first(answer)}


def at(*names: str) -> Callable[[Document], JSON]:
    """The value under these names, one below the other."""

    def value_at(answer: Document) -> JSON:
        value: JSON = answer
        for name in names:
            value = document(value).get(name)
        return value

    return value_at


def document(value: JSON) -> Document:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def by(**members: Callable[[Document], JSON]) -> Request:
    """A request with what the answer that started the job says."""
    return lambda arguments, started: {name: take(started) for name, take in members.items()}


def by_name(name: str, member: str = "") -> Request:
    """A request with the name that the task itself gave the job."""
    return lambda arguments, started: {name: arguments.get(member or name)}
