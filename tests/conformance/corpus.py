"""``python -m tests.conformance.corpus``: play definitions with known verdicts and say how often ``validate`` is right.

The cases lie beside the checkout (``shared/asl-corpus``, or ``--corpus DIR``): a definition, whether AWS takes it, and,
where it is known, the class of its error, AWS's location and AWS's words. Rules that a change must keep:

1. A verdict is right or wrong, whoever gave it. One that we contradict on purpose is a line with its reason in
   ``corpus_contradictions.txt``, and never one of AWS's (authority A, S or M-A).
2. An error's class and place are right if one of our errors has them; a finding's, if it is told there, or around or
   within. A template is taken if its definition is.
3. Nothing in a case is run. A case is data: no code here knows one by its name.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aslrun
from aslrun.definition.rules.table import RULES
from aslrun.errors import Diagnostic

from .cases import REPOSITORY, Unusable, known_failures

CORPUS = REPOSITORY.parent / "shared" / "asl-corpus"
CONTRADICTIONS = Path(__file__).with_name("corpus_contradictions.txt")
AUTHORITIES = {
    "A": "AWS itself",
    "S": "AWS's samples",
    "M-A": "damaged as AWS was seen to refuse",
    "B": "tests of other validators",
    "M-C": "damaged against the documentation",
    "C": "derived from the documentation",
    "own": "accepted, with data flow to tell",
}
OF_AWS = ("A", "S", "M-A")

_GROUPS = {rule.name: rule.group for rule in RULES}
_FILL = re.compile(r"@@FILL (\d+)@@")


@dataclass(frozen=True)
class CorpusCase:
    """One line of the corpus. ``raw`` is never changed."""

    raw: dict[str, Any]

    @property
    def id(self) -> str:
        return self.raw["id"]

    @property
    def authority(self) -> str:
        return self.raw["authority"]

    @property
    def is_valid(self) -> bool:
        return self.raw["verdict"] == "valid"

    @property
    def expected(self) -> dict[str, Any]:
        return self.raw.get("expected") or {}

    @property
    def group(self) -> str:
        """The class of its error; of what is no error, its data-flow finding, or that it is valid."""
        return self.expected.get("class") or ("data flow" if "finding" in self.expected else "(valid)")

    @property
    def text(self) -> str:
        """The definition as a text."""
        if "raw" in self.raw:
            return _FILL.sub(lambda found: "x" * int(found[1]), self.raw["raw"])
        return json.dumps(self.raw["definition"])


def read_corpus(folder: Path) -> list[CorpusCase]:
    """Every case of the ``.jsonl`` files of a folder. Raises ``Unusable`` if there is none."""
    files = sorted(folder.glob("*.jsonl")) if folder.is_dir() else []
    cases = [CorpusCase(json.loads(line)) for file in files for line in file.read_text("utf-8").splitlines() if line]
    if not cases:
        raise Unusable(f"{folder} is no corpus: there is no case in it")
    return cases


# --------------------------------------------------------------------------- one case


@dataclass(frozen=True)
class Played:
    """What ``validate`` said of a case, held against what is known: mark to whether it is right."""

    case: CorpusCase
    found: list[Diagnostic]
    right: dict[str, bool] = field(default_factory=dict)

    @property
    def errors(self) -> list[Diagnostic]:
        return [found for found in self.found if found.severity == "ERROR"]

    def told(self, mark: str = "verdict") -> str:
        """What we said, in a line."""
        found = _of_template(self.case) if mark == "template" else self.found
        return "; ".join(f"[{one.rule or one.code}] {one.location}: {one.message}" for one in found[:3]) or "nothing"


def play(case: CorpusCase) -> Played:
    """Validate a case and mark the answer. What is not known of a case has no mark.

    The verdict is about the text as it is sent, so what looks like a placeholder is plain text there.
    """
    played = Played(case, aslrun.validate(case.text, type=case.raw["type"], substitutions={}))
    for name, mark in MARKS.items():
        right = mark(played)
        if right is not None:
            played.right[name] = right
    return played


def _verdict(played: Played) -> bool:
    return (not played.errors) == played.case.is_valid


def _template(played: Played) -> bool | None:
    if "template" not in played.case.raw:
        return None
    return all(one.severity != "ERROR" for one in _of_template(played.case)) == played.case.is_valid


def _of_template(case: CorpusCase) -> list[Diagnostic]:
    return aslrun.validate(case.raw["template"], type=case.raw["type"])


def _class(played: Played) -> bool | None:
    wanted = played.case.expected.get("class")
    if wanted in (None, "other"):  # what has no class of its own may be told as any
        return None
    return any(group_of(one.rule) == wanted for one in played.errors)


def _location(played: Played) -> bool | None:
    wanted = played.case.expected.get("path")
    if not wanted or played.case.authority != "A":
        return None
    return any(one.location == wanted for one in played.errors)


def _messages(played: Played) -> bool | None:
    recorded = played.case.raw.get("aws_diagnostics")
    if recorded is None:
        return None
    return recorded == [
        {"code": one.code, "location": one.location, "message": one.message, "severity": one.severity}
        for one in played.found
    ]


def _finding(played: Played) -> bool | None:
    wanted = played.case.expected.get("finding")
    if not wanted:
        return None
    named = [one for one in played.found if wanted in (one.rule, one.code, group_of(one.rule))]
    return any(_around(one.location, played.case.expected["path"]) for one in named)


def _around(one: str, other: str | None) -> bool:
    """Whether a location is another one, around it or within it."""
    return not other or one.startswith(other) or other.startswith(one)


def _silence(played: Played) -> bool | None:
    if "finding" not in played.case.expected or played.case.expected["finding"]:
        return None
    return not played.found


MARKS: dict[str, Callable[[Played], bool | None]] = {
    "verdict": _verdict,
    "template": _template,
    "class": _class,
    "location": _location,
    "messages": _messages,
    "finding": _finding,
    "silent": _silence,
}
LEAST = {"class": 0.98, "location": 0.95, "messages": 1.0, "finding": 0.9, "silent": 1.0, "template": 1.0}
"""The least share of right answers; verdicts are all right but for the contradictions."""


def group_of(rule: str) -> str:
    """The class of error that a rule finds."""
    return _GROUPS.get(rule, rule)


# --------------------------------------------------------------------------- all cases


@dataclass(frozen=True)
class Outcome:
    """A corpus played, beside the contradictions that are known."""

    played: list[Played]
    known: dict[str, str]

    @property
    def wrong(self) -> list[Played]:
        """Verdicts that we get wrong and do not contradict on purpose."""
        return [one for one in self.played if not one.right["verdict"] and not self.excused(one)]

    @property
    def stale(self) -> list[str]:
        """Contradictions that are none (any more), or that contradict AWS."""
        return [one.case.id for one in self.played if one.case.id in self.known and not self.contradicted(one)]

    def contradicted(self, one: Played) -> bool:
        return not one.right["verdict"] and one.case.authority not in OF_AWS

    def excused(self, one: Played) -> bool:
        return one.case.id in self.known and self.contradicted(one)

    def missed(self, mark: str) -> list[Played]:
        """The cases where a mark is wrong; of contradicted cases nothing more is asked."""
        return [one for one in self.played if not one.right.get(mark, True) and not self.excused(one)]

    def share(self, mark: str) -> tuple[int, int]:
        """Right ones, and all that have the mark."""
        asked = [one for one in self.played if mark in one.right and (mark == "verdict" or not self.excused(one))]
        return sum(one.right[mark] for one in asked), len(asked)

    @property
    def below(self) -> list[str]:
        """The marks that are wrong too often."""
        shares = {mark: self.share(mark) for mark in LEAST}
        return [mark for mark, (right, asked) in shares.items() if right < LEAST[mark] * asked]

    def only(self, belongs: Callable[[CorpusCase], bool]) -> Outcome:
        return Outcome([one for one in self.played if belongs(one.case)], self.known)


def play_corpus(folder: Path = CORPUS, containing: str = "") -> Outcome:
    """Play every case of a folder that has a text in its id. Raises ``Unusable``."""
    cases = [case for case in read_corpus(folder) if containing in case.id]
    return Outcome([play(case) for case in cases], known_failures(CONTRADICTIONS))


# --------------------------------------------------------------------------- the report


def report(outcome: Outcome, *, verbose: bool) -> Iterator[str]:
    """The lines of the tables, then whatever is wrong."""
    authorities = [name for name in AUTHORITIES if any(one.case.authority == name for one in outcome.played)]
    yield from _table(outcome, "authority", authorities, lambda case: case.authority)
    yield ""
    groups = sorted({one.case.group for one in outcome.played})
    yield from _table(outcome, "class", groups, lambda case: case.group)
    yield from _failures(outcome, verbose=verbose)
    yield ""
    yield _conclusion(outcome)


def _table(outcome: Outcome, title: str, names: Iterable[str], name_of: Callable[[CorpusCase], str]) -> Iterator[str]:
    yield f"{title:<22}{'cases':>6}" + "".join(f"{mark:>18}" for mark in MARKS)
    for name in names:
        yield _row(name, outcome.only(lambda case, name=name: name_of(case) == name))  # type: ignore[misc]
    yield _row("all", outcome)


def _row(name: str, outcome: Outcome) -> str:
    return f"{name:<22}{len(outcome.played):>6}" + "".join(f"{_cell(*outcome.share(mark)):>18}" for mark in MARKS)


def _cell(right: int, asked: int) -> str:
    """
    >>> _cell(359, 360), _cell(2, 2), _cell(0, 0)
    ('359/360  99.7 %', '2/2   100 %', '')
    """
    if not asked:
        return ""
    percent = "100" if right == asked else f"{min(99.9, 100 * right / asked):.1f}"
    return f"{right}/{asked} {percent:>5} %"


def _failures(outcome: Outcome, *, verbose: bool) -> Iterator[str]:
    for one in outcome.wrong:
        wanted = "valid" if one.case.is_valid else f"invalid ({one.case.group})"
        yield f"WRONG {one.case.authority} {one.case.id}: is {wanted}; told: {one.told()}"
    for case in outcome.stale:
        yield f"STALE {case}: is no contradiction of ours: strike it from {CONTRADICTIONS.name}"
    for mark in LEAST if verbose else outcome.below:
        for one in outcome.missed(mark):
            yield f"MISSED {mark} {one.case.authority} {one.case.id}: {_expectation(one, mark)}; told: {one.told(mark)}"


def _expectation(one: Played, mark: str) -> str:
    known = {"location": "path", "messages": "words", "silent": "finding"}.get(mark, mark)
    return f"expected {one.case.expected.get(known, one.case.raw['verdict'])}"


def _conclusion(outcome: Outcome) -> str:
    right, asked = outcome.share("verdict")
    excused = sum(map(outcome.excused, outcome.played))
    below = f"; below the bar: {', '.join(outcome.below)}" if outcome.below else ""
    return f"{right} of {asked} verdicts right, {excused} contradicted with a reason, {len(outcome.wrong)} wrong{below}"


def main(arguments: list[str] | None = None) -> int:
    """Play, print, and give the exit code: 0 if all verdicts are right or contradicted, and the bars met."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.corpus", description=__doc__.partition("\n")[0])
    parser.add_argument("--corpus", type=Path, default=CORPUS, metavar="DIR", help=f"folder of cases ({CORPUS})")
    parser.add_argument("--case", default="", metavar="SUBSTRING", help="only cases with this in their id")
    parser.add_argument("-v", "--verbose", action="store_true", help="also every wrong class, location and message")
    options = parser.parse_args(arguments)
    try:
        outcome = play_corpus(options.corpus, options.case)
    except Unusable as problem:
        print(problem, file=sys.stderr)
        return 2
    print("\n".join(report(outcome, verbose=options.verbose)))
    return int(bool(outcome.wrong or outcome.stale or outcome.below))


if __name__ == "__main__":
    sys.exit(main())
