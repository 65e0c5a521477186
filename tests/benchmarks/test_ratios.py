"""The programs by hand do what the machines do; and (marked ``long``) ours keeps its share of their speed.

Nothing absolute is asserted: both run in turn in one process, and a share is the median over the pairs, because noise
may fall on either side of a pair.
"""

from __future__ import annotations

from statistics import median

import pytest

from . import files, validators
from .engines import LOOP_BAR, OTHERS, SIZE_BAR, TASKS, Task, evaluated, is_installed, loop_shares, size_factor
from .engines import compare as compare_engines
from .measure import DRIVERS, by_hand, compare, item_factor
from .startup import starts, unwanted_imports
from .workloads import Workload, small_workloads, workloads

CASES = [(workload, driver) for workload in workloads() if workload.judged for driver in workload.drivers]


def _name(value: Workload | str) -> str:
    return value if isinstance(value, str) else value.name


@pytest.mark.parametrize("workload", small_workloads(), ids=_name)
def test_machine_and_program_by_hand_agree_on_every_driver(workload: Workload) -> None:
    outputs = by_hand(workload)(1)
    assert [DRIVERS[driver](workload)(1) for driver in workload.drivers] == [outputs for _ in workload.drivers]


def test_importing_aslrun_leaves_the_heavy_packages_alone() -> None:
    assert unwanted_imports() == []


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.title)
def test_engines_of_jsonata_agree(task: Task, other: str) -> None:
    if not is_installed(other):
        pytest.skip(f"{other} is not installed")
    assert evaluated("ours", task) == evaluated(other, task)


@pytest.mark.long
@pytest.mark.parametrize(("task", "other"), [(task, other) for task in TASKS for other in task.bars])
def test_our_engine_of_jsonata_keeps_its_lead(task: Task, other: str) -> None:
    if not is_installed(other):
        pytest.skip(f"{other} is not installed")
    assert compare_engines(task, other).factor >= task.bars[other]


@pytest.mark.long
def test_a_path_costs_the_same_in_a_large_input() -> None:
    assert size_factor() <= SIZE_BAR


@pytest.mark.long
def test_a_loop_in_jsonata_runs_at_half_the_rate_of_one_in_jsonpath() -> None:
    assert median(loop_shares()) >= LOOP_BAR


@pytest.mark.long
def test_a_file_in_batches_runs_at_a_third_of_the_rate_of_an_inline_map() -> None:
    assert median(files.shares()) >= files.BAR


@pytest.mark.long
@pytest.mark.parametrize("other", validators.OTHERS)
def test_validate_keeps_its_lead(other: str) -> None:
    cases = validators.corpus()[::10]
    if not cases:
        pytest.skip(f"needs the corpus in {validators.CORPUS}, which is not there")
    try:
        theirs = validators.validated(other, cases)
    except validators.Missing as reason:
        pytest.skip(f"{other}: {reason}")
    assert theirs.factor(validators.validated("aslrun", cases)) >= validators.FACTOR_BAR


@pytest.mark.long
@pytest.mark.parametrize(("workload", "driver"), CASES, ids=_name)
def test_share_of_the_program_by_hand_meets_its_bar(workload: Workload, driver: str) -> None:
    assert compare(workload, driver).share >= workload.bar


@pytest.mark.long
def test_an_item_of_a_large_map_costs_little_more_than_one_of_a_small_map() -> None:
    assert median(item_factor()) <= 1.25


@pytest.mark.long
def test_a_result_comes_within_a_few_starts_of_python() -> None:
    times = starts()
    assert times["simulate a HelloWorld"] <= 12 * times["python -c pass"]
