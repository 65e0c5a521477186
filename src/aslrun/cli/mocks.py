"""Mock files on the command line: ``testing.mock_files`` reads them, this tells what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..testing.mock_files import InvalidMockFile
from ..testing.mock_files import read_mocks as read_file
from .inputs import NamedFile
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
        unreadable = [each for each in error.diagnostics if each.code == "UNREADABLE_FILE"]
        if unreadable:
            raise Problem(f"the mock file {path} {unreadable[0].message}") from None
        raise InvalidDocument("a mock file of this machine", path, error.diagnostics, error.text) from None
    except ImportError as error:
        raise Problem(str(error)) from None
    mocks.source = source
    return mocks
