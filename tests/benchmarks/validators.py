"""Measures ``aslrun.validate`` beside other validators, on the corpus of definitions with known verdicts.

Rules that a change must keep:

1. Each validator has a process of its own, and gets every definition as a text. A definition's CPU time is from its
   text to a verdict: the median of some rounds after one to get warm. A slow one has fewer (``ROUNDS``, ``SECONDS``).
2. None of the others is a dependency. `make bench` installs those of Python (extra `bench`); asl-validator comes from
   npm, into a folder in the virtual environment. What is not there is said not to be there.
3. The bar is the least factor by which ours is to be the quicker one than each of them; it was given.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.conformance.corpus import CORPUS, CorpusCase, read_corpus

ROUNDS = 5
SECONDS = 15  # no further round begins, and the warming ends, when a validator has taken this long for it
FACTOR_BAR = 10.0  # times as quick as each of the others, by the median definition
MEDIAN_BAR = 1.0  # milliseconds for the median definition, on the machine where it was set; shown, never asserted
NODE_FOLDER = Path(sys.prefix) / "peers"
NODE_WORKER = Path(__file__).with_name("asl_validator.js")
MOST_SECONDS = 600

Check = Callable[[str, str], bool]
"""A text and a type (STANDARD or EXPRESS) to whether a validator takes it."""


class Missing(Exception):
    """A validator cannot be measured here; the message says why."""


@dataclass(frozen=True, slots=True)
class Validated:
    """What a validator made of the corpus: for each case whether it takes it, and in how many seconds."""

    name: str
    verdicts: list[bool]
    seconds: list[float]

    @property
    def per_second(self) -> float:
        """Definitions per second, over all of them."""
        return len(self.seconds) / sum(self.seconds)

    @property
    def median_ms(self) -> float:
        """Milliseconds of the median definition."""
        return 1000 * median(self.seconds)

    def factor(self, ours: Validated) -> float:
        """In how many of our times it does the median definition."""
        return median(theirs / our for theirs, our in zip(self.seconds, ours.seconds, strict=True))

    def right(self, cases: list[CorpusCase]) -> float:
        """The share of right verdicts."""
        return sum(case.is_valid == verdict for case, verdict in zip(cases, self.verdicts, strict=True)) / len(cases)


# --------------------------------------------------------------------------- validators of Python


def _ours() -> Check:
    import aslrun

    return lambda text, type: not any(found.severity == "ERROR" for found in aslrun.validate(text, type=type))


def _cfn_lint() -> Check:
    """Its rule E3601, called without the rest of a template."""
    from cfnlint.context import Context  # type: ignore[import-not-found]
    from cfnlint.jsonschema import CfnTemplateValidator  # type: ignore[import-not-found]
    from cfnlint.rules.resources.stepfunctions.StateMachineDefinition import (  # type: ignore[import-not-found]
        StateMachineDefinition,
    )
    from cfnlint.template import Template  # type: ignore[import-not-found]

    rule, template = StateMachineDefinition(), Template("", {}, ["us-east-1"])
    validator = CfnTemplateValidator({}).evolve(context=Context(), cfn=template)
    return lambda text, _: not [*rule.validate(validator, {}, {"Definition": json.loads(text)}, {})]


def _moto() -> Check:
    """Its parser. What a refused definition leaves in its class would spoil the next one, so it is put back."""
    from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser, Preprocessor

    def check(text: str, _: str) -> bool:
        Preprocessor._query_language_per_scope.clear()
        return AmazonStateLanguageParser.parse(text) is not None

    return check


WORKERS: dict[str, Callable[[], Check]] = {"aslrun": _ours, "cfn-lint": _cfn_lint, "moto": _moto}
PACKAGES = {"cfn-lint": "cfnlint", "moto": "antlr4"}  # what must be there; of moto, what its extra stepfunctions brings
OTHERS = ("asl-validator", "cfn-lint", "moto")


def work(name: str, source: str, target: str) -> None:
    """The process of one validator: reads ``[[text, type], ...]``, writes ``[[verdict, seconds], ...]``."""
    check = WORKERS[name]()
    cases = json.loads(Path(source).read_text("utf-8"))
    rounds = _rounds(check, cases)
    found = [[once[0][0], median(seconds for _, seconds in once)] for once in zip(*rounds, strict=True)]
    Path(target).write_text(json.dumps(found), "utf-8")


def _rounds(check: Check, cases: list[tuple[str, str]]) -> list[list[tuple[bool, float]]]:
    start = time.perf_counter()
    for case in cases:
        if time.perf_counter() - start < SECONDS:
            _timed(check, *case)
    start, rounds = time.perf_counter(), []
    while not rounds or (len(rounds) < ROUNDS and time.perf_counter() - start < SECONDS):
        rounds.append([_timed(check, *case) for case in cases])
    return rounds


def _timed(check: Check, text: str, type: str) -> tuple[bool, float]:
    start = time.process_time()
    try:
        verdict = check(text, type)
    except Exception:  # noqa: BLE001 - how the others refuse, or fall over
        verdict = False
    return verdict, time.process_time() - start


# --------------------------------------------------------------------------- measuring


def validated(name: str, cases: list[CorpusCase]) -> Validated:
    """Let a validator loose on the cases. Raises ``Missing``."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "cases.json"), Path(folder, "found.json")
        source.write_text(json.dumps([[case.text, case.raw["type"]] for case in cases]), "utf-8")
        _run([*_command(name), str(source), str(target)])
        found: list[Any] = json.loads(target.read_text("utf-8"))
    return Validated(name, [verdict for verdict, _ in found], [seconds for _, seconds in found])


def _command(name: str) -> list[str]:
    if name == "asl-validator":
        return ["node", str(NODE_WORKER), str(_node_modules() / "asl-validator"), str(ROUNDS), str(SECONDS)]
    if name in PACKAGES and importlib.util.find_spec(PACKAGES[name]) is None:
        raise Missing("not installed: make bench installs it")
    return [sys.executable, "-m", __name__, name]


def _node_modules() -> Path:
    """The folder with asl-validator in it, which npm fills the first time."""
    modules = NODE_FOLDER / "node_modules"
    if not shutil.which("node") or not shutil.which("npm"):
        raise Missing("needs node and npm, which are not there")
    if not (modules / "asl-validator").is_dir():
        NODE_FOLDER.mkdir(parents=True, exist_ok=True)
        _run(["npm", "install", "--prefix", str(NODE_FOLDER), "--no-fund", "--no-audit", "asl-validator"])
    return modules


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=MOST_SECONDS)
    except subprocess.TimeoutExpired:
        raise Missing(f"{command[0]} took more than {MOST_SECONDS} s") from None
    except subprocess.CalledProcessError as error:
        last = (error.stderr or error.stdout or "no word").strip().splitlines()[-1]
        raise Missing(f"{Path(command[0]).name} failed: {last}") from None


def corpus() -> list[CorpusCase]:
    """The cases, none where the corpus is not beside the checkout."""
    return read_corpus(CORPUS) if CORPUS.is_dir() else []


if __name__ == "__main__":
    work(*sys.argv[1:])
