"""Recorded cases: found in a folder, tagged, selected; and the comparator that belongs to them.

Nothing of the recordings is kept in this repository: the folder is given, and ``compare.py`` is taken from the folder,
from one above it, or from ``../shared/aws-recorded``.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
RECORDED = REPOSITORY.parent / "shared" / "aws-recorded"
KINDS = ("execution", "test-state", "api")
DEFAULT_ONLY = ("execution", "pure")

Document = dict[str, Any]


class Unusable(Exception):
    """The folder cannot be played; the message says why."""


@dataclass(frozen=True)
class Case:
    """One recorded case. ``raw`` is never changed."""

    raw: Document
    comparator: ModuleType

    @property
    def id(self) -> str:
        return self.raw["id"]

    @property
    def area(self) -> str:
        return self.raw["area"]

    @cached_property
    def tags(self) -> frozenset[str]:
        """Its kind, ``pure`` or the services it needs, and ``jsonpath`` if there is no JSONata in it."""
        told = json.dumps([self.raw["definitions"], self.raw["calls"]])
        language = "jsonata" if "JSONata" in told else "jsonpath"
        return frozenset((self.raw["kind"], language, *(["pure"] if self.raw["pure"] else self.raw["needs"])))

    @cached_property
    def recorded_on(self) -> date:
        if not self.raw.get("recorded_date"):
            return date.max
        return datetime.strptime(self.raw["recorded_date"].split(",")[0], "%d-%m-%Y").date()  # noqa: DTZ007

    def recordings_after(self, call: int) -> list[str]:
        """The keys of what was recorded between this call and the next.

        Of tests that LocalStack skips no order is known; one of TestState has a recording for each call.
        """
        if not self.raw["recorded_order"] and self.raw["kind"] == "test-state":
            return list(self.raw["recorded"])[call : call + 1]
        return [entry["key"] for entry in self.raw["recorded_order"] if entry["after_call"] == call]


def read_cases(folder: Path) -> list[Case]:
    """Every case below a folder, by id. Raises ``Unusable`` if there is none, or no comparator."""
    root = folder / "cases" if (folder / "cases").is_dir() else folder
    if not root.is_dir():
        raise Unusable(f"{folder} is no folder of recorded cases: there is no such folder")
    documents = [
        document for path in sorted(root.rglob("*.json")) if _is_case(document := json.loads(path.read_text()))
    ]
    if not documents:
        raise Unusable(f"{folder} is no folder of recorded cases: no case is in it")
    comparator = load_comparator(root)
    return sorted((Case(document, comparator) for document in documents), key=lambda case: case.id)


def _is_case(document: object) -> bool:
    return isinstance(document, dict) and {"id", "area", "calls", "recorded"} <= document.keys()


def select(cases: Iterable[Case], only: Iterable[str] = DEFAULT_ONLY, containing: str = "") -> list[Case]:
    """The cases that have all the tags, and the text in their id. Raises ``Unusable`` for a tag that there is not."""
    cases, wanted = list(cases), frozenset(only)
    known = frozenset((*KINDS, "pure", "jsonpath", "jsonata")).union(*(case.tags for case in cases))
    if unknown := wanted - known:
        raise Unusable(f"no such tag: {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
    return [case for case in cases if wanted <= case.tags and containing in case.id]


# --------------------------------------------------------------------------- the comparator


def load_comparator(folder: Path) -> ModuleType:
    """The ``compare.py`` of the recordings. Raises ``Unusable`` if it is nowhere."""
    for place in _places_of_comparator(folder.resolve()):
        if (place / "compare.py").is_file():
            return _module(place / "compare.py")
    raise Unusable(f"no compare.py in {folder}, above it, or in {RECORDED}")


def _places_of_comparator(folder: Path) -> Iterator[Path]:
    yield folder
    yield from folder.parents
    yield RECORDED


@cache
def _module(path: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location("recorded_compare", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


# --------------------------------------------------------------------------- cases known to fail

KNOWN_FAILURES = Path(__file__).with_name("known_failures.txt")


def known_failures(path: Path = KNOWN_FAILURES) -> dict[str, str]:
    """Case id to the reason why it fails. Raises ``Unusable`` for a line without a reason."""
    known = {}
    for line in path.read_text().splitlines():
        case, _, reason = line.partition(" # ")
        if line.startswith("#") or not line.strip():
            continue
        if not reason.strip():
            raise Unusable(f"{path.name}: a line is a case id and ' # ' and the reason, not {line!r}")
        known[case.strip()] = reason.strip()
    return known
