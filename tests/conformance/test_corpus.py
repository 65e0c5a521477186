"""The corpus of verdicts, and the runner that plays it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from .cases import REPOSITORY, known_failures
from .corpus import CONTRADICTIONS, CORPUS, LEAST, OF_AWS, Outcome, main, play_corpus, read_corpus

Corpus = Callable[..., list[str]]

needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"needs the verdicts in {CORPUS}, which are not there")
GOOD = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
BAD = {"StartAt": "B", "States": {"A": {"Type": "Pass", "End": True}}}


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return play_corpus()


@needs_corpus
def test_every_verdict_is_right_or_contradicted_with_a_reason(outcome: Outcome) -> None:
    assert {one.case.id: one.told() for one in outcome.wrong} == {}
    assert len(outcome.played) > 1_000


@needs_corpus
def test_every_contradiction_is_one(outcome: Outcome) -> None:
    assert outcome.stale == []
    assert outcome.known.keys() <= {one.case.id for one in outcome.played}


@needs_corpus
def test_no_verdict_of_aws_is_contradicted() -> None:
    of_aws = {case.id for case in read_corpus(CORPUS) if case.authority in OF_AWS}
    assert known_failures(CONTRADICTIONS).keys() & of_aws == set()


def test_every_contradiction_stands_in_the_divergences() -> None:
    page = (REPOSITORY / "docs" / "divergences.md").read_text("utf-8")
    assert [case for case in known_failures(CONTRADICTIONS) if f"`{case}`" not in page] == []


@needs_corpus
@pytest.mark.parametrize("mark", LEAST)
def test_what_is_more_than_a_verdict_is_right_as_often_as_it_must_be(outcome: Outcome, mark: str) -> None:
    right, asked = outcome.share(mark)
    missed = [f"{one.case.id}: {one.case.expected}; told: {one.told(mark)}" for one in outcome.missed(mark)]
    assert right >= LEAST[mark] * asked > 0, "\n".join(missed)


# --------------------------------------------------------------------------- the runner


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    def write(*cases: dict[str, object]) -> list[str]:
        common = {"authority": "C", "type": "STANDARD", "verdict": "valid", "expected": {"class": None}}
        lines = [json.dumps({"id": f"case/{number}", **common, **case}) for number, case in enumerate(cases)]
        (tmp_path / "cases.jsonl").write_text("\n".join(lines), "utf-8")
        return ["--corpus", str(tmp_path)]

    return write


def test_a_corpus_of_right_verdicts_passes(corpus: Corpus, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(corpus({"definition": GOOD}, {"definition": BAD, "verdict": "invalid"})) == 0
    assert "2 of 2 verdicts right, 0 contradicted with a reason, 0 wrong" in capsys.readouterr().out


def test_a_wrong_verdict_is_told_and_fails(corpus: Corpus, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(corpus({"definition": GOOD, "verdict": "invalid", "expected": {"class": None}})) == 1
    assert "WRONG C case/0: is invalid" in capsys.readouterr().out


def test_a_verdict_of_aws_cannot_be_contradicted(corpus: Corpus, capsys: pytest.CaptureFixture[str]) -> None:
    listed = next(iter(known_failures(CONTRADICTIONS)))
    assert main(corpus({"id": listed, "authority": "A", "definition": BAD})) == 1
    assert f"WRONG A {listed}" in capsys.readouterr().out


def test_a_contradiction_that_is_none_is_told_and_fails(corpus: Corpus, capsys: pytest.CaptureFixture[str]) -> None:
    listed = next(iter(known_failures(CONTRADICTIONS)))
    assert main(corpus({"id": listed, "definition": GOOD})) == 1
    assert f"STALE {listed}" in capsys.readouterr().out


def test_a_contradiction_is_counted_and_passes(corpus: Corpus, capsys: pytest.CaptureFixture[str]) -> None:
    listed = next(iter(known_failures(CONTRADICTIONS)))
    assert main(corpus({"id": listed, "definition": BAD})) == 0
    assert "0 of 1 verdicts right, 1 contradicted" in capsys.readouterr().out


def test_a_flagged_near_miss_fails(corpus: Corpus, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(corpus({"definition": BAD, "verdict": "invalid", "expected": {"finding": None}})) == 1
    assert "below the bar: silent" in capsys.readouterr().out


def test_filled_text_is_as_long_as_it_says(corpus: Corpus) -> None:
    text = '{"Comment": "@@FILL 1048576@@", "StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}'
    assert main(corpus({"raw": text, "verdict": "invalid"})) == 0


def test_a_folder_without_cases_is_unusable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--corpus", str(tmp_path)]) == 2
    assert "is no corpus" in capsys.readouterr().err
