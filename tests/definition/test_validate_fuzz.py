"""Whatever a document is, ``validate`` answers with diagnostics; and what it passes can be loaded and simulated.

Documents are arbitrary JSON, JSON that looks like a state machine, valid machines with a few damages, and bytes. The
machines to damage are our own and, where it lies beside the checkout, the corpus's.
"""

from __future__ import annotations

import copy
import json
import re
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import aslrun
from aslrun import InvalidDefinition, Limits, Resources, TaskError
from aslrun.stores.objects import MemoryObjectStore
from tests.conformance.corpus import CORPUS, read_corpus

from .seeds import SEEDS

STATUSES = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "RUNNING"}
LIMITS = Limits(history=400, burst=400)
LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:f"


def some(examples: int) -> settings:
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


# --------------------------------------------------------------------------- what must hold


def check(definition: Any, type: str, seed: int) -> str:
    """What became of a definition: ``refused``, or the status of its execution."""
    found = aslrun.validate(definition, type=type)
    errors = [one for one in found if one.severity == "ERROR"]
    assert errors or all(one.severity == "WARNING" for one in found)
    assert all(one.message and one.code for one in found)
    try:
        machine = aslrun.load(definition, type=type)
    except InvalidDefinition:
        assert errors
        return "refused"
    random = Random(seed)
    result = aslrun.simulate(machine, answer(random), handlers(random), seed=seed, limits=LIMITS)
    assert result.status in STATUSES
    return result.status


def handlers(random: Random) -> Resources:
    """Every task is answered, by any JSON or by a failure."""

    def handler(_: Any) -> Any:
        if random.random() < 0.2:
            raise TaskError(random.choice(["Boom", "States.Timeout", "Lambda.Unknown"]), "bad luck")
        return answer(random)

    resources = Resources(objects=MemoryObjectStore({"in": {"k": b"a,b\n1,2\n"}}))
    for pattern in ("*", "arn:*:lambda:*:*:function:*"):
        resources.task(pattern, handler, inline=True)
    return resources


def answer(random: Random) -> Any:
    return copy.deepcopy(random.choice(ANSWERS))


ANSWERS = (
    None,
    True,
    7,
    -0.5,
    "text",
    "2030-01-01T00:00:00Z",
    [],
    [1, [2], {"a": 3}],
    {},
    {"a": {"b": [1, 2]}, "items": [1, 2, 3], "n": 5, "when": "2030-01-01T00:00:00Z", "yes": True},
)

# --------------------------------------------------------------------------- arbitrary documents

WORDS = sorted({word for seed in SEEDS for word in re.findall(r"\w+|\$[\w.\[\]*]*", json.dumps(seed))})
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(WORDS)
)
KEYS = st.sampled_from(WORDS) | st.text(max_size=10)
ANY_JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=20
)
TYPES = st.sampled_from(["Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"])
STATE = st.dictionaries(KEYS, ANY_JSON, max_size=5).flatmap(
    lambda fields: st.fixed_dictionaries(
        {"Type": TYPES | LEAVES}, optional={"Next": st.sampled_from("ABC"), "End": st.booleans()}
    ).map(lambda state: {**fields, **state})
)
MACHINE = st.fixed_dictionaries(
    {"StartAt": st.sampled_from("ABC") | LEAVES, "States": st.dictionaries(st.sampled_from("ABC"), STATE, max_size=3)}
)
DOCUMENTS = st.dictionaries(KEYS, ANY_JSON, max_size=5) | MACHINE | MACHINE
MACHINE_TYPES = st.sampled_from(["STANDARD", "STANDARD", "EXPRESS"])
NUMBERS = st.integers(0, 2**32)

# --------------------------------------------------------------------------- damages


@cache
def seeds() -> list[dict[str, Any]]:
    """Machines to damage."""
    corpus = read_corpus(CORPUS) if CORPUS.is_dir() else []
    found = [case.raw["definition"] for case in corpus if case.is_valid and "definition" in case.raw]
    return [*SEEDS, *(one for one in found if len(json.dumps(one)) < 20_000)]


def damaged(number: int) -> dict[str, Any]:
    """A machine with up to four damages; the same one for the same number."""
    random = Random(number)
    definition = copy.deepcopy(random.choice(seeds()))
    for _ in range(random.choice([1, 1, 1, 2, 4])):
        places = [*_places(definition)]
        if places:
            random.choice(DAMAGES)(random, *random.choice(places), places)
    return definition


def _places(value: Any) -> Any:
    """Every container of a document with each of its keys."""
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], (dict, list)):
            yield from _places(value[key])


def _delete(_: Random, container: Any, key: Any, __: Any) -> None:
    del container[key]


def _replace(random: Random, container: Any, key: Any, _: Any) -> None:
    container[key] = copy.deepcopy(random.choice(VALUES))


def _rename(random: Random, container: Any, key: Any, places: Any) -> None:
    if isinstance(container, dict):
        other = random.choice([f"{key}.$", key[:-1], key.lower(), "x" * 81, str(random.choice(places)[1])])
        container[other] = container.pop(key)


def _duplicate(random: Random, container: Any, key: Any, _: Any) -> None:
    if isinstance(container, list):
        container.insert(random.randrange(len(container) + 1), copy.deepcopy(container[key]))
    else:
        container[f"{key}{random.choice(['2', ' ', 'Path', '.$'])}"] = copy.deepcopy(container[key])


def _swap(random: Random, container: Any, key: Any, places: Any) -> None:
    other, its_key = random.choice(places)
    container[key], other[its_key] = copy.deepcopy(other[its_key]), copy.deepcopy(container[key])


def _graft(random: Random, container: Any, key: Any, _: Any) -> None:
    other, its_key = random.choice([*_places(random.choice(seeds()))])
    container[key] = copy.deepcopy(other[its_key])


def _edit(random: Random, container: Any, key: Any, _: Any) -> None:
    if isinstance(text := container[key], str):
        at = random.randrange(len(text) + 1)
        container[key] = text[:at] + random.choice(CHARACTERS) + text[at + random.randrange(3) :]


DAMAGES = (_delete, _replace, _rename, _duplicate, _swap, _graft, _edit, _edit)
CHARACTERS = [*"$@.[]*?()'\"\\{}%: \n\0é😀\ud800"]
VALUES = [
    *(None, True, False, 0, -1, 1, 1.5, 1e308, 10**30, 99_999_999, "", " ", "\ud800", "x" * 300, [], {}, [[]], [None]),
    *("$", "$.a", "$.items", "$$", "$$.Task.Token", "$x", "$.a[*]", "$..a", "$.a[?(@.b > 1)]", "$[-1]", "$.a[", LAMBDA),
    *("States.Format('{}', $.a)", "States.MathAdd($.n, 1)", "States.UUID()", "States.Nope()", "States.Array("),
    *("{% $states.input %}", "{% 1/0 %}", "{% $ %}", "{% ( %}", "{% $x := 1 %}", "{% function(){1} %}", "{%%}", "{% "),
    *("JSONata", "JSONPath", "DISTRIBUTED", "EXPRESS", "Pass", "Choice", "States.ALL", "2030-01-01T00:00:00Z", "NaN"),
    *({"a.$": "$.a"}, {"a": "{% $states.input.a %}"}, {"Type": "Pass", "End": True}, [{"ErrorEquals": ["States.ALL"]}]),
]

# --------------------------------------------------------------------------- the tests


def test_every_machine_that_is_damaged_here_is_sound_before() -> None:
    assert {check(seed, "STANDARD", 0) for seed in SEEDS} <= STATUSES


@some(300)
@given(DOCUMENTS, MACHINE_TYPES, NUMBERS)
def test_any_json_is_refused_or_runs(document: dict[str, Any], type: str, seed: int) -> None:
    check(document, type, seed)


@some(400)
@given(NUMBERS, MACHINE_TYPES)
def test_a_damaged_machine_is_refused_or_runs(number: int, type: str) -> None:
    check(damaged(number), type, number)


@some(100)
@given(NUMBERS)
def test_a_text_has_the_diagnostics_of_its_value(number: int) -> None:
    definition = damaged(number)
    told = [
        {(one.code, one.message, one.location) for one in aslrun.validate(source)}
        for source in (definition, json.dumps(definition))
    ]
    assert told[0] == told[1]


@some(100)
@given(st.text() | st.text(alphabet='{}[]",: $\\\n0tn-.'))
def test_any_text_has_diagnostics(text: str) -> None:
    assert aslrun.validate(text)


def answers_bytes(folder: Path, content: bytes) -> None:
    for suffix in ("json", "yaml"):
        file = folder / f"machine.asl.{suffix}"
        file.write_bytes(content)
        assert isinstance(aslrun.validate(file), list)


def spoilt(number: int) -> bytes:
    """The bytes of a machine with a few of them lost, added or changed."""
    random = Random(number)
    content = bytearray(json.dumps(random.choice(seeds()), indent=random.choice([None, 2])).encode())
    for _ in range(random.randrange(1, 4)):
        at = random.randrange(len(content))
        content[at : at + random.randrange(3)] = random.choice(
            [b"", b"&a ", b"*a", b"\xff", b"\0", b"#", b"//", b"'", b"]"]
        )
    return bytes(content)


@some(60)
@given(content=st.binary() | NUMBERS.map(spoilt))
def test_any_file_has_an_answer(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    answers_bytes(tmp_path_factory.getbasetemp(), content)


@pytest.mark.long
@some(10_000)
@given(DOCUMENTS, MACHINE_TYPES, NUMBERS)
def test_ten_thousand_documents_are_refused_or_run(document: dict[str, Any], type: str, seed: int) -> None:
    check(document, type, seed)


@pytest.mark.long
@some(10_000)
@given(NUMBERS, MACHINE_TYPES)
def test_ten_thousand_damaged_machines_are_refused_or_run(number: int, type: str) -> None:
    check(damaged(number), type, number)


@pytest.mark.long
@some(2_000)
@given(content=st.binary() | NUMBERS.map(spoilt))
def test_two_thousand_files_have_answers(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    answers_bytes(tmp_path_factory.getbasetemp(), content)
