"""How pytest, when a test starts it, finds a plugin of ours."""

from __future__ import annotations

from importlib.metadata import entry_points

RUNS, COVERAGE = "aslrun.testing.pytest_plugin", "aslrun.testing.coverage.plugin"


def plugin_options(plugin: str) -> list[str]:
    """By its entry point, or by its name where that is not installed."""
    installed = any(each.value == plugin for each in entry_points(group="pytest11"))
    return [] if installed else ["-p", plugin]
