"""``python -m tests.conformance``: play recorded cases and say in how many the library answers as AWS did."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from .cases import DEFAULT_ONLY, RECORDED, Case, Unusable, known_failures, read_cases, select
from .drivers import DRIVERS
from .player import LINE, Difference, lines, play

Failures = dict[str, dict[str, list[Difference]]]
"""Case id to driver to what differed."""


def main(arguments: list[str] | None = None) -> int:
    """Play, print, and give the exit code: 0 if nothing fails but what is known to."""
    options = _parser().parse_args(arguments)
    only = [tag.strip() for tag in options.only.split(",") if tag.strip()] or list(DEFAULT_ONLY)
    drivers = list(DRIVERS) if options.driver == "all" else [options.driver]
    try:
        cases = select(read_cases(options.cases), only, options.case)
        known = known_failures()
    except Unusable as problem:
        print(problem, file=sys.stderr)
        return 2
    print(f"{len(cases)} cases ({', '.join(only)}) on {', '.join(drivers)}")
    failures: Failures = {}
    for case in cases:
        found = {driver: differences for driver in drivers if (differences := play(case, driver))}
        if found:
            failures[case.id] = found
        if options.verbose:
            print(f"{'FAILED' if found else 'passed'} {case.id}", flush=True)
    _report(cases, failures, known, verbose=options.verbose)
    return int(bool(failures.keys() - known.keys()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("--cases", type=Path, default=RECORDED / "cases", help="folder of recorded cases")
    parser.add_argument("--only", default="", help=f"tags that must all hold (default: {','.join(DEFAULT_ONLY)})")
    parser.add_argument("--driver", choices=[*DRIVERS, "all"], default="simulate")
    parser.add_argument("--case", default="", metavar="SUBSTRING", help="only cases with this in their id")
    parser.add_argument("-v", "--verbose", action="store_true", help="a line per case, and every difference in full")
    return parser


# --------------------------------------------------------------------------- the report


def _report(cases: list[Case], failures: Failures, known: dict[str, str], *, verbose: bool) -> None:
    unexpected = {case: found for case, found in failures.items() if case not in known}
    length = None if verbose else LINE
    if unexpected:
        print("\nDifferences")
        _print_differences(unexpected, length)
    if expected := {case: found for case, found in failures.items() if case in known}:
        print("\nDifferences of cases known to fail")
        for case in expected:
            print(f"  {case}: {known[case]}")
        _print_differences(expected, length)
    _print_table(cases, failures, known)
    print(f"{len(cases) - len(failures)} passed, {len(failures)} failed")


def _print_differences(failures: Failures, length: int | None) -> None:
    for case, found in failures.items():
        first = next(iter(found.values()))
        for driver, differences in found.items():
            where = "" if driver == "simulate" else f" [{driver}]"
            if differences is not first and [*lines(differences)] == [*lines(first)]:
                print(f"  {case}{where}: the same")
                continue
            for line in lines(differences, length):
                print(f"  {case}{where} / {line}")


def _print_table(cases: list[Case], failures: Failures, known: dict[str, str]) -> None:
    total = Counter(case.area for case in cases)
    failed = Counter(case.area for case in cases if case.id in failures)
    expected = Counter(case.area for case in cases if case.id in failures and case.id in known)
    width = max([len(area) for area in total] + [4])
    print(f"\n{'area':<{width}}  passed  failed  known")
    for area in sorted(total):
        print(f"{area:<{width}}  {total[area] - failed[area]:>6}  {failed[area]:>6}  {expected[area]:>5}")


if __name__ == "__main__":
    sys.exit(main())
