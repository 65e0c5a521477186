"""Data files of coverage: what was counted, with the definitions, so that a report needs nothing else.

Rules that a change must keep:

1. Files of several processes and days are read together and added up. A file is replaced in one step, so that nobody
   reads half of one.
2. A file of another format or version is refused with what was expected.
3. The definition is kept as it was loaded: a template around it and its substitutions are not needed any more.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ...definition.loading import load
from ...errors import CallerError, InvalidDefinition
from ...values import JSON
from .collecting import Coverage, Covered

if TYPE_CHECKING:
    from ...definition.model import Machine

FORMAT = "aslrun coverage 1"
DATA_FILE = ".aslrun-coverage.json"


class InvalidCoverageFile(CallerError):
    """A file is no coverage data of this version."""


def write(coverage: Coverage, path: str | os.PathLike[str]) -> None:
    """Write what was counted to a file."""
    place = Path(path)
    document = {"format": FORMAT, "machines": [_machine(each) for each in coverage]}
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f"{place.name}.{os.getpid()}.new")
    beside.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    beside.replace(place)


def read(*paths: str | os.PathLike[str]) -> Coverage:
    """What files have counted, together. Raises ``InvalidCoverageFile``, or ``OSError`` for one that is not there."""
    coverage = Coverage()
    for path in paths:
        for machine, hits in _machines(Path(path)):
            coverage.add(machine, hits)
    return coverage


def _machine(covered: Covered) -> dict[str, JSON]:
    machine = covered.machine
    hits = cast("dict[str, JSON]", {key: covered.hits[key] for key in sorted(covered.hits)})
    about: dict[str, JSON] = {"name": machine.name, "type": machine.type, "definition": dict(machine.document)}
    return {**about, "text": machine.text, "hits": hits}


def _machines(path: Path) -> Iterator[tuple[Machine, Iterable[tuple[str, int]]]]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InvalidCoverageFile(f"{path} is no JSON: {error}") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InvalidCoverageFile(f'{path} is no coverage data: its "format" must be "{FORMAT}"')
    for each in document["machines"]:
        yield _loaded(each, path), cast("Mapping[str, int]", each["hits"]).items()


def _loaded(document: Mapping[str, Any], path: Path) -> Machine:
    try:
        machine = load(document["definition"], name=document["name"], type=document["type"])
        machine.text = document["text"]  # for the lines; it may be a template, or have placeholders
        return machine
    except InvalidDefinition as error:
        raise InvalidCoverageFile(f"{path}: the definition of {document['name']} cannot be loaded: {error}") from None
