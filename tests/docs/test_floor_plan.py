"""The floor plan in docs/design.md: what stands in the tree stands in the plan, and the other way round."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLOORS = ("cli", "export", "runtime", "resources", "stores", "engine", "definition", "language")


def planned(floor: str) -> str:
    """What the plan says of a floor."""
    design = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    found = re.search(rf"^{floor}/ +((?:.+\n)(?: +.+\n)*)", design, re.MULTILINE)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("floor", FLOORS)
def test_every_module_of_a_floor_stands_in_the_plan(floor: str) -> None:
    parts = {path.stem for path in (ROOT / "src" / "aslrun" / floor).iterdir() if not path.name.startswith("_")}
    assert parts - set(re.findall(r"\w+", planned(floor))) == set()


@pytest.mark.parametrize("floor", FLOORS)
def test_every_package_and_file_that_the_plan_names_is_there(floor: str) -> None:
    names = re.findall(r"\w+(?:/|\.\w+)|\w+_\w+", planned(floor))
    folder = ROOT / "src" / "aslrun" / floor
    assert [name for name in names if not ((folder / name).exists() or (folder / f"{name}.py").exists())] == []
