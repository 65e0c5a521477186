"""A folder to work in, and the command in it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aslrun.cli.app import aslrun
from aslrun.values import JSON

Call = Callable[..., Result]


class Folder:
    """The current folder of a test."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, content: JSON) -> str:
        """Write a file, text as it is and anything else as JSON; its name."""
        text = content if isinstance(content, str) else json.dumps(content)
        (self.path / name).write_text(text, encoding="utf-8")
        return name

    def machine(self, states: Mapping[str, JSON], name: str = "machine.asl.json") -> str:
        """Write a definition that starts with the first state."""
        return self.write(name, {"StartAt": next(iter(states)), "States": dict(states)})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
    """An empty folder, the current one; modules that are imported from it are forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)
    yield Folder(tmp_path)
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def call() -> Call:
    """Call the command in this process: 80 columns, no terminal, no colours unless ``env`` says so."""

    def call(*arguments: str, input: str | None = None, env: Mapping[str, str | None] | None = None) -> Result:
        plain: dict[str, str | None] = {"COLUMNS": "80", "NO_COLOR": None, "FORCE_COLOR": None, "TERM": None}
        result = CliRunner(env=plain | dict(env or {})).invoke(aslrun, arguments, input=input)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return call


def timeless(text: str) -> str:
    """The text without the one thing in it that no run repeats: how long it really took."""
    return re.sub(r"virtual time in \S+", "virtual time in (real)", text)


def function(name: str) -> str:
    """The ARN of a Lambda function."""
    return f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
