"""The demonstration: a release waits for a Jira story, its process is killed, and nothing is lost.

Real processes and a real kill -9, in a folder that is deleted afterwards; what is printed is the same in every run.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
STORY = "PROJ-12345"


def main() -> None:
    heading(
        "4. A RELEASE THAT OUTLIVES ITS PROCESS", "workflow.asl.json of examples/jira_callback, kept in an SQLite file"
    )
    print(f"Packages are validated and deployed, then the release waits until {STORY} is closed, up to 24 hours.\n")
    with tempfile.TemporaryDirectory() as folder:
        with application(folder) as first:
            show("process 1", waits(first))
            first.kill()
            first.wait()
        show("process 1", "killed with SIGKILL, in the middle of its wait")
        with application(folder) as second:
            recovered, waiting = line(second), waits(second)
            show("process 2", recovered)
            show("process 2", waiting)
            show("jira", f"POST /callback {{jiraStoryId: {STORY}, status: success}}")
            show("webhook", callback(folder, waiting.split()[-1]))
            show("process 2", line(second))
        outputs = Path(folder, "bucket", "outputs", "release-1", "result.json")
        log = Path(folder, "bucket", "logs", "release-1", "execution.log")
        print("\noutputs/release-1/result.json:")
        print(json.dumps(json.loads(outputs.read_text(encoding="utf-8"))["apis"]))
        print("logs/release-1/execution.log:")
        print("".join(f"  {each}\n" for each in json.loads(log.read_text(encoding="utf-8"))), end="")
        deployed = Path(folder, "deployments.log").read_text(encoding="utf-8").splitlines()
    print(f"\nDeployments by both processes together: {len(deployed)}. What was done is not done again.")
    print("Go on with examples/jira_callback/README.md.")


@contextmanager
def application(folder: str) -> Iterator[subprocess.Popen[str]]:
    """The application in a process of its own."""
    process = subprocess.Popen(_command(folder, "run", "--port", "0"), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def callback(folder: str, url: str) -> str:
    """What the webhook answers to Jira."""
    command = _command(folder, "callback", "--url", url, STORY, "all packages tested", "success")
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def line(process: subprocess.Popen[str]) -> str:
    """The next thing that the application says."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def waits(process: subprocess.Popen[str]) -> str:
    """Read on until the execution waits."""
    while told := line(process):
        if " waits in " in told:
            return told
    raise SystemExit("the application ended before it waited; run it by hand: python -m examples.jira_callback run")


def _command(folder: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "examples.jira_callback", "--data", folder, *arguments]


def show(who: str, what: str) -> None:
    print(f"  {who:<10} {what.split('; POST')[0]}")


def heading(title: str, subtitle: str) -> None:
    print(f"\n== {title} == ({subtitle})\n")


if __name__ == "__main__":
    main()
