"""Pages that somebody follows with their hands are followed literally, in an empty folder."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.docs import fresh
from tests.docs.snippets import pages, snippets
from tests.docs.walk import Place, here, is_walk, steps, unmarked, walked

PAGES = [page for page in pages(REPOSITORY) if page.is_file()]
WALKS = [page for page in PAGES if is_walk(page.read_text(encoding="utf-8"))]
FOLLOWED = [page for page in PAGES if page in WALKS or snippets(page.read_text(encoding="utf-8"))]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the commands are those of a POSIX shell")


def _name(page: Path) -> str:
    return str(page.relative_to(REPOSITORY))


@pytest.mark.parametrize("page", WALKS, ids=_name)
def test_whoever_follows_the_page_sees_what_it_shows(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert walked(page, here(tmp_path)) == text, f"python -m tests.docs.walk {_name(page)} pastes it anew"


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_no_page_shows_what_a_command_prints_without_running_it(page: Path) -> None:
    assert unmarked(page.read_text(encoding="utf-8")) == []


def test_the_tutorial_on_testing_is_followed() -> None:
    assert "test-your-state-machine.md" in {page.name for page in WALKS}


def test_what_a_command_reads_and_prints_is_told_apart() -> None:
    (first, second) = steps(["$ aslrun debug \\", "  a.json", "hello", "(aslrun) step", "more", "$ ls", "a.json"])

    assert (first.command, first.typed) == ("aslrun debug \\\n  a.json", "step\n")
    assert first.shown == ["hello", "(aslrun) step", "more"]
    assert second.shown == ["a.json"]


def test_a_page_that_shows_something_else_is_pasted_anew(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- file: a.txt -->\n```text\nhello\n```\n\n<!-- run -->\n```console\n$ cat a.txt\nbye\n```\n")

    assert walked(page, here(tmp_path)) == page.read_text().replace("bye", "hello")


def test_what_no_run_repeats_stays_in_the_page_as_it_is(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- run -->\n```console\n$ echo '5m of virtual time in 7ms'\n5m of virtual time in 2ms\n```\n")
    assert walked(page, here(tmp_path)) == page.read_text()

    page.write_text(page.read_text().replace("\n5m", "\n6m"))
    assert "\n5m of virtual time in 7ms\n" in walked(page, here(tmp_path))


# --------------------------------------------------------------------------- with nothing but what the page installs


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> fresh.Environments:
    """Environments for pages; without the way to the packages the test is skipped."""
    made = fresh.Environments(tmp_path_factory.mktemp("fresh"))
    try:
        made.programs(("aslrun",))
    except RuntimeError as problem:
        pytest.skip(f"no environment can be made here: {problem}")
    return made


@pytest.mark.long
@pytest.mark.parametrize("page", FOLLOWED, ids=_name)
def test_the_page_needs_nothing_but_what_it_installs(
    page: Path, environments: fresh.Environments, tmp_path: Path
) -> None:
    text = page.read_text(encoding="utf-8")
    programs = environments.programs(fresh.requirements(text))
    place = Place(tmp_path, programs)

    if page in WALKS:
        assert walked(page, place) == text
    if snippets(text):
        shutil.copytree(REPOSITORY / "examples", tmp_path / "examples")
        command = [str(programs / "python"), str(REPOSITORY / "tests/docs/snippets.py"), str(page)]
        done = subprocess.run(command, cwd=tmp_path, env=place.environment(), capture_output=True, encoding="utf-8")
        assert done.returncode == 0, done.stderr


ALONE = {  # extra -> what works with it and nothing else
    "cli": "import subprocess; subprocess.run([bin / 'aslrun', 'validate', 'a.yaml', 'a.json'], check=True)",
    "yaml": "import aslrun; assert aslrun.load('a.yaml').states",
    "parquet": "import io, pyarrow as pa, pyarrow.parquet as pq; from aslrun.resources.item_parquet import items; "
    "file = io.BytesIO(); pq.write_table(pa.table({'a': [1]}), file); assert [*items([file.getvalue()])] == [{'a': 1}]",
    "aws": "from aslrun.export import connect; connect(region='us-east-1').meta",
    "testing": "import subprocess; subprocess.run([bin / 'pytest', '-q', 'test_a.py', '--aslrun-cov'], check=True)",
    "testing,aws": "from aslrun import testing; assert testing.state(SNS, mock={}, field_validation_mode='PRESENT')",
    "all": "import starlette, uvicorn, opentelemetry, pyarrow, boto3, yaml, click, pytest, hypothesis, aslrun",
}


@pytest.mark.long
@pytest.mark.parametrize("extra", ALONE)
def test_an_extra_is_enough_for_its_feature(extra: str, environments: fresh.Environments, tmp_path: Path) -> None:
    programs = environments.programs((f"aslrun[{extra}]",))
    machine = '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'
    for name in ("a.json", "a.yaml"):
        (tmp_path / name).write_text(machine)
    (tmp_path / "test_a.py").write_text(
        "from hypothesis import given\nfrom aslrun.testing import strategies\n"
        f"@given(strategies.inputs({machine!r}))\ndef test_it(given): pass\n"
        "def test_run(aslrun_run): assert aslrun_run(definition='a.json').succeeded\n"
    )
    sns = {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": True}
    code = f"from pathlib import Path; bin = Path({str(programs)!r}); SNS = {sns}; {ALONE[extra]}"
    environment = Place(tmp_path, programs).environment()
    done = subprocess.run(
        [str(programs / "python"), "-c", code], cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout + done.stderr
