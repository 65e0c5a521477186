"""What every test may lean on: the hypothesis profiles, and the way to the recorded answers of AWS."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED = REPOSITORY.parent / "shared"

# A slow machine is no failure, and CI gives the same verdict twice: new examples are looked for on desks only.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of recorded answers and corpora that lies beside a checkout; without it the test is skipped."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the recorded data in {SHARED}, which is not there")
    return SHARED
