"""The front of ``aslrun.testing``: every name is there, and none brings in what it does not need."""

from __future__ import annotations

import subprocess
import sys

import pytest

from aslrun import testing


@pytest.mark.parametrize("name", testing.__all__)
def test_every_name_of_the_front_is_there(name: str) -> None:
    assert getattr(testing, name) is not None


def test_the_front_and_a_single_state_need_neither_pytest_nor_hypothesis() -> None:
    code = (
        "import sys; from aslrun import testing; testing.state({'Type': 'Succeed'}, input=1); testing.Mocks({'A': 1}); "
        "print(sorted({'pytest', 'hypothesis', 'click', 'botocore', 'asyncio'} & sys.modules.keys()))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


def test_what_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        testing.nothing  # type: ignore[attr-defined]
