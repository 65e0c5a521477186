"""Definitions that others have published: their services, actions and members are those that are found here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aslrun.resources.aws import naming
from aslrun.resources.aws.optimized import ACTIONS, SERVICES

_RESOURCE = re.compile(r"arn:aws[a-z-]*:states:::(aws-sdk:)?([A-Za-z0-9-]+):([A-Za-z0-9]+)(?:\..*)?")
WRONG_ON_PURPOSE = {"extra", "ExtraParam"}  # of cases that a validator must refuse


def tasks(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if value.get("Type") == "Task" and isinstance(value.get("Resource"), str):
            yield value
        value = list(value.values())
    for item in value if isinstance(value, list) else ():
        yield from tasks(item)


def members(given: Any, shape: Any) -> Iterator[tuple[str, str | None]]:
    """Every member of arguments as it is written, and as the model calls it."""
    if shape is None:
        return
    if shape.type_name == "structure" and isinstance(given, dict):
        known = {name.lower(): name for name in shape.members}
        for written, item in given.items():
            name = known.get(written.removesuffix(".$").lower())
            yield written.removesuffix(".$"), name
            if name is not None:
                yield from members(item, shape.members[name])
    elif shape.type_name == "list":
        for item in given if isinstance(given, list) else ():
            yield from members(item, shape.member)
    elif shape.type_name == "map":
        for item in given.values() if isinstance(given, dict) else ():
            yield from members(item, shape.value)


@pytest.fixture(scope="module")
def published(shared_dir: Path) -> list[dict[str, Any]]:
    texts = [path.read_text() for path in sorted((shared_dir / "asl-corpus").glob("*.jsonl"))]
    return [task for text in texts for line in text.splitlines() for task in tasks(json.loads(line))]


def test_published_definitions_name_what_is_there_as_it_is_written_there(published: list[dict[str, Any]]) -> None:
    session = pytest.importorskip("botocore.session", reason="needs boto3").get_session()
    known = session.get_available_services()
    lost, otherwise, seen = [], [], 0
    for task in published:
        match = _RESOURCE.fullmatch(task["Resource"])
        if match is None or not (match[1] or match[3] in ACTIONS.get(match[2], ())):
            continue
        service = naming.boto3_service(match[2], known) if match[1] else SERVICES[match[2]].boto3
        model = session.get_service_model(service)
        operation = naming.operation(match[3], model.operation_names)
        assert operation is not None, task["Resource"]
        write = naming.sdk_member if match[1] else naming.optimized_member
        arguments = task.get("Parameters", task.get("Arguments"))
        for written, name in members(arguments, model.operation_model(operation).input_shape):
            seen += 1
            if name is None:
                lost.append(written)
            elif write(name) != written:
                otherwise.append((task["Resource"], written, write(name)))
    assert seen > 1_000
    assert set(lost) <= WRONG_ON_PURPOSE
    assert not otherwise
