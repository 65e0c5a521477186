"""Coverage in pytest: the options, and when watching begins. ``session`` does the work.

Rules that a change must keep:

1. Without the option nothing is watched, and nothing is imported but this file: it is in every run of pytest.
2. Watching begins before the first conftest is imported, since that may load a machine.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest

REPORTS = ("term", "json", "html", "svg", "mermaid")
ALL = ""
SESSION = "aslrun-coverage-session"  # the entry point has the name without "session"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, in a group of their own."""
    group = parser.getgroup("aslrun", "coverage of state machines (aslrun)")
    group.addoption(
        "--aslrun-cov",
        action="append",
        nargs="?",
        const=ALL,
        metavar="MACHINE",
        help="Measure which states, rules, retriers and catchers the suite reaches. MACHINE: a definition's file, or "
        "names of machines with wildcards; all that are loaded, if left out. Write --aslrun-cov=MACHINE.",
    )
    group.addoption(
        "--aslrun-cov-fail-under", type=float, metavar="PERCENT", help="Fail if less than this was reached."
    )
    group.addoption(
        "--aslrun-cov-report",
        action="append",
        metavar="TYPE[:PATH]",
        help=f"Type of report: {', '.join(REPORTS)}; several are possible.  [default: term]",
    )
    group.addoption("--aslrun-cov-append", action="store_true", help="Add to the data that runs before have left.")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Begin to watch before any test module loads a machine."""
    begin(early_config)


def pytest_configure(config: pytest.Config) -> None:
    """Begin now, if the plugin came in too late for the conftests (``-p``, or ``pytest_plugins``)."""
    begin(config)


def begin(config: pytest.Config) -> None:
    """Watch, if that is asked for and nobody does."""
    options = config.known_args_namespace
    under = getattr(options, "aslrun_cov_fail_under", None)
    wanted = getattr(options, "aslrun_cov", None) or ([ALL] if under is not None else None)
    if wanted and not config.pluginmanager.has_plugin(SESSION):
        _check(wanted, getattr(options, "aslrun_cov_report", None) or ())
        from .session import CoveragePlugin

        config.pluginmanager.register(CoveragePlugin(config, wanted), SESSION)


def _check(wanted: Sequence[str], reports: Sequence[str]) -> None:
    """Refuse what would silently measure nothing."""
    for each in reports:
        if each.partition(":")[0] not in REPORTS:
            raise pytest.UsageError(f"--aslrun-cov-report: {each!r} is none of {', '.join(REPORTS)}")
    for each in wanted:
        if os.path.isdir(each) or each.partition("::")[0].endswith(".py"):
            hint = "write --aslrun-cov after it, or --aslrun-cov=MACHINE"
            raise pytest.UsageError(f"--aslrun-cov took {each!r} for the name of a machine: {hint}")
        if each.endswith((".json", ".yaml", ".yml", ".jsonc")) and not os.path.isfile(each):
            raise pytest.UsageError(f"--aslrun-cov: there is no file {each}")
