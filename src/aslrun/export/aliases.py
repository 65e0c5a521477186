"""Which versions an alias leads to, and how many executions each of them gets.

Rules that a change must keep:

1. What an alias shall lead to is the same however often it is said: the version of the machine as it is now gets the
   weight, and the heaviest of the others the rest.
2. AWS is told only if that differs from where the alias leads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..values import JSON
from .calls import Missing, StepFunctions, call

NEW = ""
"""Stands for the version that is not published yet."""

_OF_A_VERSION = ("definition", "roleArn", "loggingConfiguration", "tracingConfiguration")


class Route(NamedTuple):
    """A version's ARN, and the percentage of executions that it gets."""

    version: str
    weight: int


def routes(client: StepFunctions, alias: str) -> list[Route]:
    """Where an alias leads to, the heaviest version first; empty if there is no such alias."""
    try:
        found = call(client, "describe_state_machine_alias", stateMachineAliasArn=alias).get("routingConfiguration")
    except Missing:
        return []
    made = [Route(str(each["stateMachineVersionArn"]), int(str(each["weight"]))) for each in _listed(found)]
    return sorted(made, key=lambda route: -route.weight)


def _listed(found: object) -> Sequence[Mapping[str, JSON]]:
    return found if isinstance(found, list) else []


def current(client: StepFunctions, there: Mapping[str, object], known: Sequence[Route]) -> str:
    """The one of the versions that is the machine as it is now, or ``NEW``."""
    for route in known:
        try:
            version = call(client, "describe_state_machine", stateMachineArn=route.version)
        except Missing:
            continue
        if all(version.get(name) == there.get(name) for name in _OF_A_VERSION):
            return route.version
    return NEW


def shared(known: Sequence[Route], version: str, weight: int) -> list[Route]:
    """The version with its weight, the heaviest of the others with the rest.

    >>> shared([Route("m:1", 100)], "m:2", 10)
    [Route(version='m:2', weight=10), Route(version='m:1', weight=90)]
    """
    others = [route for route in known if route.version != version]
    if weight == 100 or not others:
        return [Route(version, 100)]
    return [Route(version, weight), Route(others[0].version, 100 - weight)]


def told(name: str, before: Sequence[Route], after: Sequence[Route]) -> str:
    """A change in one line.

    >>> told("live", [Route("m:1", 100)], [Route(NEW, 10), Route("m:1", 90)])
    'alias live: version 1 → 10 % the new version, 90 % version 1'
    """
    return f"alias {name}: {_shown(before) or 'nothing'} → {_shown(after)}"


def _shown(each: Sequence[Route]) -> str:
    names = [f"version {route.version.rpartition(':')[2]}" if route.version else "the new version" for route in each]
    if len(each) < 2:
        return "".join(names)
    return ", ".join(f"{route.weight} % {name}" for route, name in zip(each, names, strict=True))


def point(client: StepFunctions, alias: str, before: Sequence[Route], after: Sequence[Route]) -> None:
    """Let the alias lead there, whether it is there or not."""
    if sorted(before) == sorted(after):
        return
    routing = [{"stateMachineVersionArn": route.version, "weight": route.weight} for route in after]
    if before:
        call(client, "update_state_machine_alias", stateMachineAliasArn=alias, routingConfiguration=routing)
    else:
        name = alias.rpartition(":")[2]
        call(client, "create_state_machine_alias", name=name, routingConfiguration=routing)
