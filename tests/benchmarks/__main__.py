"""``python -m tests.benchmarks``: measures every workload and shows the shares as a table.

--only NAME     this workload only (may be given several times; also: durable, items, files, jsonata, validate,
                testing, startup)
--json FILE     write the figures to a file as well
--profile NAME  no table: where the time of one workload goes (or of "imports")
"""

from __future__ import annotations

import argparse
import cProfile
import datetime
import json
import os
import platform
import pstats
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from tests.conformance.corpus import CorpusCase

from . import durable, engines, files, testing, validators
from .measure import DRIVERS, REPEATS, Measured, compare, item_factor
from .startup import UNWANTED, import_times, starts, unwanted_imports
from .workloads import workloads

ITEM_BAR = 1.25  # a Map of 10,000 may cost this much more per item than one of 1,000
START_BAR, IMPORT_BAR = 150, 60  # milliseconds on the machine where they were set; shown, never asserted
OTHERS = (
    "durable",
    "items",
    "files",
    "jsonata",
    "validate",
    "testing",
    "startup",
)
WIDTH = 20  # characters of a bar; half of it is the bar, all of it the aim
COLUMNS = "{:<42} {:<11} {:>11} {:>12}  {:>7} {:<15} {:>6}  {:<20}  {}"


def main() -> None:
    options = _options()
    if options.profile:
        return _profile(options.profile)
    wanted = set(options.only or [])
    print(_headline(options.repeats))
    report: dict[str, Any] = {"machine": _machine(), "workloads": []}
    measured = list(_measured(wanted, options.repeats))
    report["workloads"] = [_plain(row) for row in measured]
    factors = item_factor(repeats=options.repeats) if not wanted or "items" in wanted else ()
    if factors:
        print(_item_line(factors))
        report["item_factor"] = median(factors)
    if not wanted or "files" in wanted:
        report["files"] = _files(options.repeats)
    if not wanted or "durable" in wanted:
        report["durable"] = durable.report(options.repeats)
    if not wanted or "jsonata" in wanted:
        report["jsonata"] = _jsonata(options.repeats)
    if not wanted or "validate" in wanted:
        report["validate"] = _validate()
    if not wanted or "testing" in wanted:
        for line in testing.report(options.repeats):
            print(line, flush=True)
    if not wanted or "startup" in wanted:
        report["startup"] = times = starts()
        report["unwanted_imports"] = unwanted_imports()
        print(_startup_lines(times, report["unwanted_imports"]))
    if conclusion := _conclusion(measured, factors):
        print(f"\n{conclusion}")
    if options.json:
        Path(options.json).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    names = [workload.name for workload in workloads()]
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="aslrun beside asyncio by hand")
    parser.add_argument("--only", action="append", choices=[*names, *OTHERS], metavar="NAME")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--profile", choices=[*names, "imports"], metavar="NAME")
    parser.add_argument("--repeats", type=int, default=REPEATS, metavar="N")
    return parser.parse_args()


# --------------------------------------------------------------------------- rows


def _measured(wanted: set[str], repeats: int) -> Iterator[Measured]:
    rows = [workload for workload in workloads() if not wanted or workload.name in wanted]
    if rows:
        print(COLUMNS.format("workload", "driver", "ours", "by hand", "share", "", "bar", "0        bar      aim", ""))
        print(
            COLUMNS.format(
                "", "", "per CPU s", "per CPU s", "median", "lowest-highest", "", "┬─────────┬─────────┬", ""
            )
        )
    for workload in rows:
        for driver in workload.drivers:
            measured = compare(workload, driver, repeats)
            print(_row(measured), flush=True)
            yield measured


def _row(row: Measured) -> str:
    workload = row.workload
    spread = f"{_share(row.shares[0])}-{_share(row.shares[-1])}"
    bar = _share(workload.bar) if workload.judged else ""
    return COLUMNS.format(
        workload.title,
        row.driver,
        f"{row.ours:,.0f}",
        f"{row.by_hand:,.0f}",
        _share(row.share),
        spread,
        bar,
        _bar(row.of_bar),
        f"{row.of_bar:4.2f}  {_verdict(row)}",
    )


def _share(share: float) -> str:
    """Small shares as fractions, large ones as decimals.

    >>> _share(1 / 35), _share(0.41)
    ('1/35.0', '0.41')
    """
    return f"{share:.2f}" if share >= 0.2 else f"1/{1 / share:.1f}"


def _bar(of_bar: float) -> str:
    """
    >>> _bar(1.0)
    '██████████··········'
    """
    return ("█" * min(WIDTH, round(of_bar * WIDTH / 2))).ljust(WIDTH, "·")


def _verdict(row: Measured) -> str:
    if not row.workload.judged:
        return "(no bar of its own)"
    return "twice the bar" if row.of_bar >= 2 else "bar met" if row.of_bar >= 1 else "BELOW"


def _item_line(factors: tuple[float, ...]) -> str:
    factor = median(factors)
    verdict = "met" if factor <= ITEM_BAR else "ABOVE"
    spread = f"{factors[0]:.2f}-{factors[-1]:.2f}"
    return (
        f"\nan item of a Map of 10,000 costs {factor:.2f} x an item of a Map of 1,000 ({spread}); "
        f"at most {ITEM_BAR}: {verdict}"
    )


def _files(repeats: int) -> dict[int, tuple[float, ...]]:
    """Prints how a distributed Map over a file does; the shares, by size of a batch."""
    report = {batch: files.shares(batch, repeats=repeats) for batch in (files.BATCH, 1)}
    for batch, shares in report.items():
        judged = f"at least {files.BAR:.2f}: {_met(median(shares) >= files.BAR)}" if batch == files.BATCH else "no bar"
        share = f"{median(shares):.2f} x the items of an inline Map"
        print(f"\na CSV file of 10,000 lines in batches of {batch}: {share}; {judged}")
    return report


def _jsonata(repeats: int) -> dict[str, Any]:
    """Prints how our JSONata engine does; the figures."""
    shares = engines.loop_shares(repeats=repeats)
    share, size = median(shares), engines.size_factor(repeats)
    print(f"\n{'JSONata':<74} {'beside':<15} {'ours':>9} {'theirs':>9} {'factor':>8} {'bar':>6}")
    loop = f"{share:7.2f}x {engines.LOOP_BAR:5.2f}x  {_met(share >= engines.LOOP_BAR)}"
    print(f"{'Choice loop to 10,000 with Assign':<74} {'JSONPath':<15} {'':>19} {loop}")
    flat = f"{size:7.2f}x {engines.SIZE_BAR:5.2f}x  {_met(size <= engines.SIZE_BAR)}"
    print(f"{f'{engines.PATH}: cost in an input of 1,000 items':<74} {'no items':<15} {'':>19} {flat}")
    rows = []
    for other in engines.OTHERS:
        if not engines.is_installed(other):
            print(f"{'':<74} {other:<15} not installed")
            continue
        for task in engines.tasks(other):
            rows.append(engines.compare(task, other, repeats))
            print(_engine_row(rows[-1]), flush=True)
    compared = [{"task": row.task.title, "other": row.other, "factors": row.factors} for row in rows]
    return {"loop_shares": shares, "size_factor": size, "engines": compared}


def _engine_row(row: engines.Compared) -> str:
    bar = row.task.bars.get(row.other)
    judged = "" if bar is None else f"{bar:5.2f}x  {_met(row.factor >= bar)}"
    return f"{row.task.title:<74} {row.other:<15} {row.ours:6,.1f} us {row.theirs:6,.0f} us {row.factor:7.2f}x {judged}"


def _validate() -> list[dict[str, Any]]:
    """Prints how ``validate`` does beside other validators; the figures."""
    cases = validators.corpus()
    if not cases:
        print(f"\nvalidate: needs the corpus in {validators.CORPUS}, which is not there")
        return []
    print(f"\n{f'validate {len(cases):,} definitions':<28} {'right':>8} {'median':>10} {'per second':>11} {'ours':>8}")
    rows: list[validators.Validated] = []
    for name in ("aslrun", *validators.OTHERS):
        try:
            rows.append(validators.validated(name, cases))
        except validators.Missing as reason:
            print(f"{name:<28} {reason}", flush=True)
            continue
        print(_validator_row(rows[-1], rows[0], cases), flush=True)
    return [
        {
            "name": row.name,
            "right": row.right(cases),
            "median_ms": row.median_ms,
            "per_second": row.per_second,
            "factor": row.factor(rows[0]),
        }
        for row in rows
    ]


def _validator_row(row: validators.Validated, ours: validators.Validated, cases: list[CorpusCase]) -> str:
    if row is ours:
        judged = f"at most {validators.MEDIAN_BAR} ms: {_met(row.median_ms <= validators.MEDIAN_BAR)}"
    else:
        factor = row.factor(ours)
        judged = f"{factor:7.1f}x at least {validators.FACTOR_BAR:.0f}x: {_met(factor >= validators.FACTOR_BAR)}"
    figures = f"{row.right(cases):8.1%} {row.median_ms:7.2f} ms {row.per_second:11,.0f}"
    return f"{row.name:<28} {figures} {judged}"


def _met(met: bool) -> str:
    return "bar met" if met else "BELOW"


def _startup_lines(times: dict[str, float], unwanted: list[str]) -> str:
    bare = times["python -c pass"]
    lines = [f"\n{'process, from start to end':<42} {'CPU ms':>8} {'x bare':>8}"]
    lines += [f"{name:<42} {milliseconds:8.0f} {milliseconds / bare:8.1f}" for name, milliseconds in times.items()]
    on_top = times["import anyio, aslrun"] - times["import anyio"]
    lines.append(f"aslrun on top of anyio: {on_top:.0f} ms (bar {IMPORT_BAR}); a result within {START_BAR} ms, aim 100")
    lines.append(f"imports that should not be: {', '.join(unwanted) or 'none'} (of {', '.join(UNWANTED)})")
    return "\n".join(lines)


# --------------------------------------------------------------------------- around them


def _machine() -> dict[str, Any]:
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.machine()}",
        "cpus": os.cpu_count(),
    }


def _headline(repeats: int) -> str:
    machine = _machine()
    return (
        f"aslrun beside the asyncio program that does the same by hand   "
        f"{machine['python']}, {machine['system']}, {machine['cpus']} CPUs, {machine['date']}\n"
        f"share = ours / by hand, per CPU second, median of {repeats} pairs of samples taken in turn\n"
    )


def _plain(row: Measured) -> dict[str, Any]:
    return {
        "name": row.workload.name,
        "driver": row.driver,
        "unit": row.workload.unit,
        "ours": row.ours,
        "by_hand": row.by_hand,
        "share": row.share,
        "shares": row.shares,
        "bar": row.workload.bar if row.workload.judged else None,
    }


def _conclusion(measured: list[Measured], factors: tuple[float, ...]) -> str:
    judged = sorted((row for row in measured if row.workload.judged), key=lambda row: row.of_bar)
    if not judged:
        return ""
    met, twice = sum(row.of_bar >= 1 for row in judged), sum(row.of_bar >= 2 for row in judged)
    least = judged[0]
    items = f"; 10,000 items cost {median(factors):.2f} x 1,000 per item" if factors else ""
    return (
        f"Of {len(judged)} shares {met} meet their bar and {twice} twice their bar; "
        f"the least is {least.workload.name} on {least.driver}, {least.of_bar:.2f} of its bar{items}."
    )


def _profile(name: str) -> None:
    if name == "imports":
        for module, own in import_times()[:25]:
            print(f"{own / 1000:8.1f} ms  {module}")
        return
    (workload,) = (workload for workload in workloads() if workload.name == name)
    for driver in workload.drivers:
        contender = DRIVERS[driver](workload)
        contender(1)
        profile = cProfile.Profile()
        profile.runcall(contender, 1 if workload.units >= 5_000 else 20)
        print(f"{workload.title}, {driver}")
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
