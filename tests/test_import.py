"""``import aslrun`` is cheap: what only some callers need is imported where it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

LATE = ("boto3", "botocore", "click", "hypothesis", "jsonschema", "pytest", "rich", "sqlite3", "starlette", "uvicorn")


USES = ["aslrun", "aslrun.Interpreter", "aslrun.TaskCallbacks", "__import__('aslrun.testing').testing.check"]


@pytest.mark.parametrize("used", USES)
def test_importing_aslrun_imports_no_extra_and_no_validator(used: str) -> None:
    program = f"import sys, aslrun; {used}; print(*(name for name in {(*LATE, 'yaml')!r} if name in sys.modules))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
