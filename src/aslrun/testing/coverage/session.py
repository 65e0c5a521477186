"""Coverage in pytest, from the start of a session to its end: ``--aslrun-cov`` counts what a whole suite reaches.

Rules that a change must keep:

1. Workers of xdist count for themselves and hand their counts over when they end; only the controller reports.
2. A machine that is named by its file is in the report even if nothing has loaded it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from ...definition.loading import load
from ...errors import InvalidDefinition
from .collecting import Coverage
from .data import DATA_FILE, read, write
from .plugin import ALL
from .report import Ways, missed_lines, table

if TYPE_CHECKING:
    from ...definition.model import Machine
    from .collecting import Covered


class CoveragePlugin:
    """Counts from the start of a session to its end."""

    def __init__(self, config: pytest.Config, wanted: Sequence[str]) -> None:
        self.config = config
        files = [each for each in wanted if os.path.isfile(each)]
        self.machines = [_loaded(each) for each in files]
        names = [each for each in wanted if each not in files] + [each.name for each in self.machines]
        self.coverage = Coverage([] if ALL in names else names)
        self._watching = ExitStack()
        self._watching.enter_context(self.coverage.everything())
        config.add_cleanup(self._watching.close)

    @property
    def _is_worker(self) -> bool:
        return hasattr(self.config, "workerinput")

    @property
    def _under(self) -> float | None:
        return cast("float | None", self.config.getoption("aslrun_cov_fail_under"))

    # ------------------------------------------------------------------ xdist

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand the counts over (a worker), or put everything together and judge it."""
        if self._is_worker:
            part = Path(self.config.workerinput["aslrun_cov"])  # type: ignore[attr-defined]
            write(self.coverage, part / f"{os.getpid()}.json")
            return
        self._collect()
        if self._under is not None and self.coverage.percent < self._under and session.exitstatus == 0:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: object) -> None:
        """Tell a worker where to put its counts."""
        node.workerinput["aslrun_cov"] = str(self._parts)  # type: ignore[attr-defined]

    @property
    def _parts(self) -> Path:
        """The folder with the counts of the workers of this session."""
        return Path(self.config.rootpath / f"{DATA_FILE}.parts") / str(os.getpid())

    def _collect(self) -> None:
        data = self.config.rootpath / DATA_FILE
        for part in sorted(self._parts.glob("*.json")):
            self.coverage.merge(read(part))
            part.unlink()
        if self._parts.is_dir():
            self._parts.rmdir()
            if not any(self._parts.parent.iterdir()):
                self._parts.parent.rmdir()
        for machine in self.machines:
            self.coverage.of(machine)  # also if nothing has loaded it
        if self.config.getoption("aslrun_cov_append") and data.exists():
            self.coverage.merge(read(data))
        write(self.coverage, data)

    # ------------------------------------------------------------------ reports

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The reports that were asked for, and the verdict."""
        if self._is_worker:
            return
        wanted = self.config.getoption("aslrun_cov_report") or ["term"]
        terminalreporter.section("coverage of state machines")
        ways = self._ways()
        for each in wanted:
            kind, _, path = each.partition(":")
            if kind == "term":
                self._tell(terminalreporter, ways)
            else:
                from .files import write_report  # imported here: most sessions want the terminal's report alone

                for written in write_report(self.coverage, kind, path or None, ways):
                    terminalreporter.line(f"wrote {written}")
        self._judge(terminalreporter)

    def _ways(self) -> dict[str, Ways]:
        from .ways import ways_of  # imported here: it explores

        return {each.machine.name: ways_of(each) for each in self.coverage if each.missed}

    def _tell(self, terminal: pytest.TerminalReporter, ways: dict[str, Ways]) -> None:
        every: list[Covered] = list(self.coverage)
        for number, line in enumerate(table(every)):
            terminal.line(line, bold=number == 0)
        for each in every:
            if each.missed:
                terminal.line("")
                for line in missed_lines(each, ways.get(each.machine.name), terminal._tw.fullwidth):
                    terminal.line(line)

    def _judge(self, terminal: pytest.TerminalReporter) -> None:
        under, percent = self._under, self.coverage.percent
        if under is None:
            return
        terminal.line("")
        if percent < under:
            terminal.line(f"FAILED: {percent:g}% of the state machines was reached, less than {under:g}%", red=True)
        else:
            terminal.line(
                f"{percent:g}% of the state machines was reached, at least {under:g}% is asked for", green=True
            )


def _loaded(file: str) -> Machine:
    try:
        return load(Path(file))
    except InvalidDefinition as error:
        raise pytest.UsageError(f"--aslrun-cov: {error}") from None
