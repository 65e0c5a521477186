"""Recorded cases that need services of AWS, against a moto server: tasks call it as they would call AWS.

Where the server itself differs from AWS, ``moto_deviations.json`` says how, and has the requests that show it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.moto_server import MotoServer, moto_server

from .amazon import KINDS, Amazon, is_played_here, play
from .cases import RECORDED, Case, known_failures, read_cases
from .player import Difference, lines

DEVIATIONS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("moto_deviations.json").read_text())
CASES = [case for case in read_cases(RECORDED) if is_played_here(case)] if RECORDED.is_dir() else []
KNOWN = known_failures()

needs_recordings = pytest.mark.skipif(
    not RECORDED.is_dir(), reason=f"needs the recorded answers in {RECORDED}, which are not there"
)


@pytest.fixture(scope="module")
def server() -> Iterator[MotoServer]:
    with moto_server() as started:
        yield started


@pytest.fixture(scope="module")
def amazon(server: MotoServer) -> Amazon:
    return Amazon(server)


def moto_is_to_blame(case: Case, difference: Difference) -> bool:
    return any(
        case.id.startswith(deviation["cases"]) and re.search(deviation["paths"], difference.path)
        for deviation in DEVIATIONS
    )


@needs_recordings
@pytest.mark.parametrize("driver", KINDS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_tasks_and_services_answer_as_aws_did(case: Case, driver: str, amazon: Amazon) -> None:
    differences = [each for each in play(case, driver, amazon) if not moto_is_to_blame(case, each)]
    if case.id not in KNOWN:
        assert not differences, "\n" + "\n".join(lines(differences))


@needs_recordings
@pytest.mark.parametrize("deviation", DEVIATIONS, ids=lambda deviation: deviation["name"])
def test_a_deviation_of_moto_is_one_of_a_recorded_case(deviation: dict[str, Any], amazon: Amazon) -> None:
    cases = [case for case in CASES if case.id.startswith(deviation["cases"])]
    paths = [each.path for case in cases for each in play(case, "simulate", amazon)]
    assert any(re.search(deviation["paths"], path) for path in paths), "no case needs it any more: strike it"


@pytest.mark.parametrize("deviation", DEVIATIONS, ids=lambda deviation: deviation["name"])
def test_moto_answers_differently_from_aws(deviation: dict[str, Any], server: MotoServer) -> None:
    server.reset()
    answer = ""
    for service, operation, request in deviation["proof"]:
        answer = asked(server, service, operation, request)
    if "missing" in deviation:
        assert deviation["missing"] not in answer
    else:
        assert deviation["answers"] in answer


def asked(server: MotoServer, service: str, operation: str, request: dict[str, Any]) -> str:
    """What boto3 answers, as text, or the error that it raises; one call each, without tries behind our back."""
    from botocore.config import Config
    from botocore.exceptions import ClientError

    client = server.session().client(service, endpoint_url=server.url, config=Config(retries={"total_max_attempts": 1}))
    try:
        answer = getattr(client, operation)(**request)
    except ClientError as error:
        return str(error)
    answer.pop("ResponseMetadata", None)
    bodies = [json.loads(message["Body"]) for message in answer.get("Messages", ())]
    assert bodies or operation != "receive_message"
    return json.dumps(bodies or answer, default=str)
