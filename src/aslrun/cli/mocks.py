"""Mock files on the command line: ``testing.mock_files`` reads them, this tells what is wrong with them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..definition.documents import UNREADABLE, NamedFile, read_document
from ..errors import InvalidDefinition
from ..testing.mock_files import InvalidMockFile
from ..testing.mock_files import read_mocks as read_file
from ..values import JSON
from .inputs import near_files
from .problems import InvalidDocument, Problem

if TYPE_CHECKING:
    from ..definition.model import Machine
    from ..testing.mocks import Mocks

TEST_CASE = "#"  # MockConfigFile.json#HappyPath


def read_mocks(source: str, machine: Machine) -> Mocks:
    """Read a mock file for a machine; ``#Name`` after the file is a test case of AWS's mock file.

    Raises ``Problem`` with every mistake in it.
    """
    path, _, case = source.partition(TEST_CASE)
    try:
        mocks = read_file(NamedFile(path), machine, case or None)
    except InvalidMockFile as error:
        raise _refused(path, "a mock file of this machine", error, error.text) from None
    except ImportError as error:
        raise Problem(str(error)) from None
    mocks.source = source
    return mocks


def read_outcomes(path: str) -> dict[str, JSON]:
    """Read a mock file in which a list is any of its answers; ``explore`` asks what is in it. Raises ``Problem``."""
    try:
        return read_document(NamedFile(path)).value
    except InvalidDefinition as error:
        raise _refused(path, "a mock file", error) from None
    except ImportError as error:
        raise Problem(str(error)) from None


def _refused(path: str, what: str, error: InvalidDefinition, text: str | None = None) -> Problem:
    """Every mistake in a mock file at its place; one that cannot be read is simpler to tell."""
    first = error.diagnostics[0]
    if first.code == UNREADABLE:
        return Problem(f"the mock file {path} {first.message}", *(() if os.path.exists(path) else near_files(path)))
    return InvalidDocument(what, path, error.diagnostics, text)
