"""``import aslrun`` is cheap: what only some callers need is imported where it is used."""

from __future__ import annotations

import subprocess
import sys

LATE = ("boto3", "botocore", "click", "hypothesis", "jsonschema", "pytest", "rich", "starlette", "uvicorn", "yaml")


def test_importing_aslrun_imports_no_extra_and_no_validator() -> None:
    program = f"import sys, aslrun; print(*(name for name in {LATE!r} if name in sys.modules))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
