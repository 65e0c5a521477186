"""``make crash``: kill a process again and again, and see whether anybody can tell."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from .broken import AcknowledgesBeforeWriting, LosesRecords, WritesOtherOutputs
from .checker import KINDS, Findings, check
from .client import Client, Counts, Plan
from .machines import SHAPES, VARIANTS
from .process import Wrap

BROKEN: dict[str, Wrap] = {
    each.__name__: each for each in (AcknowledgesBeforeWriting, LosesRecords, WritesOtherOutputs)
}
NOTES = {
    "of them repeated": "at work when the process was killed, so called again",
    "acknowledged completions": "of tasks",
}
SHOWN = 5  # faults of a kind


def crash(folder: Path, plan: Plan, wrap: Wrap | None = None) -> tuple[Counts, Findings]:
    """Run an undisturbed process and one that is killed, and compare them."""
    calm, disturbed = folder / "undisturbed", folder / "disturbed"
    calm.mkdir(parents=True)
    disturbed.mkdir()
    names = [f"{shape}-{variant}-0" for shape in plan.shapes for variant in range(VARIANTS)]
    Client(calm, plan).start_all(names)
    counts = Client(disturbed, plan, wrap).run()
    return counts, check(disturbed, calm)


def table(plan: Plan, counts: Counts, findings: Findings) -> list[str]:
    """What was done and found."""
    seen = findings.looked_at
    recovered = sorted(counts.recovered) or [0]
    rows = [
        ("kills", f"{counts.kills:,}", f"{counts.killed_in_recovery:,} of them before the process was ready"),
        ("executions", f"{seen['executions']:,}", f"of {len(plan.shapes)} shapes, {plan.in_flight} in flight"),
        ("recovered", f"{recovered[len(recovered) // 2]:,}", "executions in a life (median)"),
        *((name, f"{seen[name]:,}", NOTES.get(name, "")) for name in seen if name != "executions"),
        ("seconds", f"{counts.seconds:,.1f}", f"seed {plan.seed}"),
        ("", "", ""),
        *((kind, f"{len(findings.faults[kind]):,}", meaning) for kind, meaning in KINDS.items()),
    ]
    lines = [f"{name:<32}{count:>12}  {note}".rstrip() for name, count, note in rows]
    for kind, faults in findings.faults.items():
        lines += [f"  {kind}: {fault[:300]}" for fault in faults[:SHOWN]]
    return lines


def arguments(given: list[str]) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="make crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=30, help="how often the process is killed (30)")
    parser.add_argument("--in-flight", type=int, default=200, help="executions at a time (200)")
    parser.add_argument("--seed", type=int, default=1, help="of the instants, names and answers (1)")
    parser.add_argument("--only", default="", help=f"shapes, separated by commas: {', '.join(SHAPES)}")
    parser.add_argument("--broken", choices=BROKEN, help="a store that breaks its promise, to see the checker find it")
    parser.add_argument("--folder", help="where to work; it stays there (a temporary folder)")
    return parser.parse_args(given)


def main(given: list[str]) -> int:
    """The command."""
    asked = arguments(given)
    shapes = tuple(asked.only.split(",")) if asked.only else tuple(SHAPES)
    broken = BROKEN.get(asked.broken)
    plan = Plan(asked.kills, asked.in_flight, asked.seed, shapes=shapes)
    if broken:
        plan.max_awake, plan.patience = 10_000, 4.0  # executions that sleep would find out at once
    with tempfile.TemporaryDirectory() as temporary:
        counts, findings = crash(Path(asked.folder or temporary), plan, broken)
    print("\n".join(table(plan, counts, findings)))
    return 1 if findings.count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
