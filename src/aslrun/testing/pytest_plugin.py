"""The pytest plugin: fixtures, a marker, snapshots, and failures that tell the story of the run.

Rules that a change must keep:

1. It costs nothing in tests that do not use it: what it needs is imported by its fixtures.
2. A test that passes has kept its mocks: one that was never asked makes the test fail.
3. Snapshots lie beside the test file, one file for each test, so that workers of xdist do not meet.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import pytest

if TYPE_CHECKING:
    from ..definition.model import Machine
    from ..engine.limits import Limits
    from ..resources.registry import Resources
    from ..runtime.clock import VirtualClock
    from ..values import JSON
    from .answers import Reply
    from .assertions import Run
    from .faults import Fault
    from .mocks import Mocks

Definition: TypeAlias = "Machine | str | PathLike[str] | Mapping[str, JSON]"
MocksOrFile: TypeAlias = "Mocks | Mapping[str, Reply] | str | PathLike[str]"

SNAPSHOTS = "__aslrun__"  # the folder beside a test file
MARKER = (
    "aslrun(definition=None, type='STANDARD', mocks=None): the state machine that aslrun_run runs by default; "
    "file names are looked for beside the test file, then in the root folder"
)
_RUNS = pytest.StashKey["list[Run]"]()
_LATEST = pytest.StashKey["list[Run]"]()  # of the test that runs: what a comparison may be about
_MACHINES = pytest.StashKey["dict[tuple[str, str], Machine]"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the plugin."""
    group = parser.getgroup("aslrun", "state machines")
    group.addoption("--aslrun-update", action="store_true", help="write history snapshots instead of comparing them")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", MARKER)
    config.stash[_MACHINES] = {}


# --------------------------------------------------------------------------- fixtures


class AslrunRun:
    """What the fixture ``aslrun_run`` is: runs a state machine in virtual time, and remembers the run."""

    def __init__(self, request: pytest.FixtureRequest, mocks: Mocks) -> None:
        self._request = request
        self._mocks = mocks
        self._kept = 0

    def __call__(
        self,
        input: JSON = None,
        *misplaced: object,
        definition: Definition | None = None,
        type: str | None = None,
        mocks: MocksOrFile | None = None,
        resources: Resources | None = None,
        faults: Sequence[Fault] = (),
        seed: int = 0,
        limits: Limits | None = None,
        name: str = "simulation",
    ) -> Run:
        """Run a machine on an input, in virtual time; all but the input is given by name.

        ``definition`` is what ``aslrun.load`` takes, by default that of the marker; ``mocks`` are ``testing.Mocks``,
        what they are made of, or the name of a file. Mocks answer before ``resources``, and ``faults`` (of
        ``testing.faults``) break what they answer. The others are those of ``aslrun.simulate``.
        """
        __tracebackhide__ = True
        from ..runtime.simulate import simulate
        from .assertions import Run

        _check_order(input, misplaced)
        marked = self._marked()
        wanted = marked.get("definition") if definition is None else definition
        machine = self._machine(wanted, type or marked.get("type", "STANDARD"))
        used = self._used(mocks if mocks is not None else marked.get("mocks"), machine)
        served, happened = _broken(used.over(machine, resources), faults)
        value: JSON = {} if input is None else input
        result = simulate(machine, value, served, seed=seed, limits=limits, name=name)
        run = Run(result, used, self._keep)
        self._request.config.stash[_LATEST] = runs = self._request.node.stash.setdefault(_RUNS, [])
        runs.append(run)
        if missed := [fault.where for place, fault in enumerate(faults) if place not in happened]:
            raise AssertionError(f"a fault never happened: {', '.join(missed)} was not called so often; {run!r}")
        return run

    def __repr__(self) -> str:
        return "<aslrun_run>"

    def _marked(self) -> dict[str, Any]:
        marked: dict[str, Any] = {}
        for marker in reversed(list(self._request.node.iter_markers("aslrun"))):
            marked |= dict(zip(("definition", "type", "mocks"), marker.args, strict=False)) | marker.kwargs
        return marked

    def _machine(self, definition: Definition | None, type: str) -> Machine:
        __tracebackhide__ = True
        from ..definition.loading import load
        from ..definition.model import Machine

        if definition is None:
            told = "aslrun_run needs a definition: an argument, or @pytest.mark.aslrun(definition=...)"
            pytest.fail(told, pytrace=False)
        if isinstance(definition, Machine):
            return definition
        if not isinstance(definition, (str, PathLike)) or (isinstance(definition, str) and "{" in definition):
            return load(definition, type=type)
        path = self._file(definition, "file")
        machines = self._request.config.stash[_MACHINES]
        key = (str(path), type)
        if key not in machines:
            machines[key] = load(path, type=type)
        return machines[key]

    def _file(self, name: str | PathLike[str], what: str) -> Path:
        """A file beside the test, or in the root folder, or where pytest was started."""
        __tracebackhide__ = True
        from .nearest import hint

        places = dict.fromkeys((self._request.path.parent, self._request.config.rootpath, Path.cwd()))
        found = next((place / name for place in places if (place / name).is_file()), None)
        if found is None:
            looked = " or ".join(map(str, places))
            there = [each.name for place in places for each in place.glob("*.*")]
            raise FileNotFoundError(f"there is no {what} {name} in {looked}{hint(Path(name).name, there)}")
        return found

    def _used(self, mocks: MocksOrFile | None, machine: Machine) -> Mocks:
        __tracebackhide__ = True
        from .mock_files import read_mocks
        from .mocks import Mocks

        if isinstance(mocks, (str, PathLike)):
            path, _, case = str(mocks).partition("#")
            return read_mocks(self._file(path, "mock file"), machine, case or None)
        if isinstance(mocks, Mapping):
            return Mocks(mocks)
        return self._mocks if mocks is None else mocks

    def _keep(self, run: Run, name: str | None) -> None:
        __tracebackhide__ = True
        self._kept += name is None
        suffix = name or (str(self._kept) if self._kept > 1 else "")
        update = self._request.config.getoption("--aslrun-update")
        compare_snapshot(run, _snapshot_file(self._request, suffix), update=update)


def _broken(resources: Resources, faults: Sequence[Fault]) -> tuple[Resources, set[int]]:
    """Resources with faults, and which of these have happened."""
    if not faults:
        return resources, set()
    from .faults import around

    return around(resources, faults)


def _check_order(input: object, misplaced: tuple[object, ...]) -> None:
    """Raise ``TypeError`` where the machine stands before the input, as ``simulate`` takes them."""
    __tracebackhide__ = True
    from ..definition.model import Machine

    if misplaced or isinstance(input, (Machine, PathLike)):
        raise TypeError("aslrun_run takes the input first, and the rest by name: aslrun_run(input, definition=...)")


@pytest.fixture
def aslrun_mocks() -> Mocks:
    """Mocks of this test, empty: ``aslrun_mocks.add("Charge", error("Busy"), {"paid": True})``."""
    from .mocks import Mocks

    return Mocks()


@pytest.fixture
def aslrun_run(request: pytest.FixtureRequest, aslrun_mocks: Mocks) -> AslrunRun:
    """Run a state machine in virtual time: ``run = aslrun_run({"total": 7}, definition="order.asl.json")``."""
    return AslrunRun(request, aslrun_mocks)


@pytest.fixture
def aslrun_clock() -> VirtualClock:
    """A virtual clock for ``aslrun.Interpreter`` in async tests: time jumps when nothing is at work."""
    from ..runtime.clock import VirtualClock

    return VirtualClock()


# --------------------------------------------------------------------------- snapshots


def _snapshot_file(request: pytest.FixtureRequest, suffix: str) -> Path:
    test = re.sub(r"[^\w.-]+", "_", request.node.name).strip("_")
    folder = request.path.parent / SNAPSHOTS / request.path.stem
    return folder / f"{test}{f'.{suffix}' if suffix else ''}.json"


def compare_snapshot(run: Run, file: Path, *, update: bool) -> None:
    """Compare a run's history with a file, or write it there; raises ``AssertionError`` with the first difference."""
    __tracebackhide__ = True
    observed = run.snapshot()
    if update:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(observed, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return
    if not file.is_file():
        raise AssertionError(f"there is no snapshot {file.name} of this history yet; --aslrun-update writes it")
    from .compared import first_difference
    from .likeness import Likeness
    from .recorded import read_recording

    kept = read_recording({"events": json.loads(file.read_text(encoding="utf-8"))}, run.result.machine)
    again = read_recording({"events": observed}, run.result.machine)
    difference = first_difference(kept, again, Likeness())
    if difference is not None:
        lines = "\n".join(difference.lines())
        raise AssertionError(f"the history is not that of the snapshot {file.name} (--aslrun-update takes it)\n{lines}")


# --------------------------------------------------------------------------- failures


def _stashed(stash: pytest.Stash, key: pytest.StashKey[list[Run]]) -> list[Run]:
    try:
        return stash[key]
    except KeyError:
        return []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A test that has passed must have kept its mocks."""
    outcome = yield
    seen: list[Mocks] = []
    for run in _stashed(item.stash, _RUNS):
        if run.mocks is not None and not any(run.mocks is each for each in seen):
            seen.append(run.mocks)
            _verify(run.mocks)
    return outcome


def _verify(mocks: Mocks) -> None:
    """Fail the test that has not kept its mocks; no line of it is to blame, so none is shown."""
    from .mocks import MocksNotKept

    told = ""
    try:
        mocks.verify()
    except MocksNotKept as broken:
        told = str(broken)
    if told:
        pytest.fail(told, pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test shows what its runs did."""
    report = yield
    if report.when == "call" and report.failed:
        runs = _stashed(item.stash, _RUNS)
        for number, run in enumerate(runs, 1):
            many = "" if len(runs) == 1 else f" {number}"
            report.sections.append((f"aslrun run{many}: {run.result.machine.name}", "\n".join(run.story())))
    return report


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> list[str] | None:
    """What a failed comparison of a run's path or output means."""
    if op != "==":
        return None
    for run in reversed(_stashed(config.stash, _LATEST)):
        for ours, expected in ((left, right), (right, left)):
            if ours is run.path:
                return [f"the path of the run is not {expected!r}", *_aligned(run.path, expected)]
            if ours is run.output and isinstance(ours, (dict, list)):
                return ["the output of the run is another one", *_output_lines(run, cast("JSON", expected))]
    return None


def _aligned(path: list[str], expected: object) -> Iterator[str]:
    from difflib import ndiff

    wanted = [str(each) for each in expected] if isinstance(expected, (list, tuple)) else []
    yield "(- expected, + taken)"
    yield from (line for line in ndiff(wanted, list(path)) if not line.startswith("?"))


def _output_lines(run: Run, expected: JSON) -> Iterator[str]:
    from .likeness import told
    from .path_tree import shortened

    for each in run.differences(expected):
        yield each.path
        yield f"  - expected  {shortened(told(each.recorded))}"
        yield f"  + observed  {shortened(told(each.observed))}"
