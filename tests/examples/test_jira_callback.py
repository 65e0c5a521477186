"""The roads through examples/jira_callback, its webhook, and the process that is killed while a story is open."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import pytest

import aslrun
from aslrun import TaskCallbacks
from aslrun.stores.tokens import StoredToken
from examples.jira_callback.apis import Apis
from examples.jira_callback.services import World, local_world
from examples.jira_callback.webhook import Answer, answer
from examples.jira_callback.workflow import machine, resources
from tests.conftest import REPOSITORY

DAY = 86_400.0
STORY = "PROJ-12345"
INPUT = REPOSITORY / "examples" / "jira_callback" / "inputs" / "workflow-input.json"
Object = dict[str, Any]


@dataclass
class Office:
    """A world in a folder with a virtual clock, and what has become of it."""

    folder: Path
    clock: aslrun.VirtualClock = field(default_factory=lambda: aslrun.VirtualClock(auto=False))
    connections: Callable[[], Mapping[str, str]] | None = None

    def __post_init__(self) -> None:
        self.world: World = local_world(self.folder, self.clock.now)
        self.apis = Apis(self.world.secret)
        self.upload()

    def upload(self, **changes: Any) -> None:
        document = {**json.loads(INPUT.read_text(encoding="utf-8")), **changes}
        path = self.folder / "bucket" / "inputs" / "workflow-input.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document), encoding="utf-8")

    def interpreter(self) -> aslrun.Interpreter:
        handlers = resources(self.world, self.apis, self.connections)
        return aslrun.Interpreter(handlers, clock=self.clock, tokens=self.world.tokens)

    def written(self, path: str) -> str:
        return (self.folder / "bucket" / path).read_text(encoding="utf-8")

    def log(self, name: str = "release-1") -> list[str]:
        steps: list[str] = json.loads(self.written(f"logs/{name}/execution.log"))
        return steps

    def callback(self, callbacks: TaskCallbacks, story: str = STORY, status: str = "success") -> Answer:
        return jira(callbacks, self.world.secret()["webhook"], jiraStoryId=story, message="all done", status=status)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def jira(callbacks: TaskCallbacks, secret: str, **body: Any) -> Answer:
    return answer({"authorization": f"Bearer {secret}"}, json.dumps(body).encode(), callbacks, secret)


async def started(interpreter: aslrun.Interpreter, name: str = "release-1") -> Any:
    execution = await interpreter.start(machine(), {"inputKey": "inputs/workflow-input.json"}, name=name)
    await interpreter.settled()
    return execution


def ended(office: Office, *steps: Callable[[TaskCallbacks], Answer | None]) -> tuple[aslrun.Result, list[Answer]]:
    """The end of a release in which these things happen while the story is open."""

    async def main() -> tuple[aslrun.Result, list[Answer]]:
        async with office.interpreter() as interpreter:
            execution = await started(interpreter)
            callbacks = TaskCallbacks.local(interpreter)
            told = [await anyio.to_thread.run_sync(step, callbacks) for step in steps]
            return await execution.result(), [each for each in told if each is not None]

    return anyio.run(main)


def a_day_passes(office: Office) -> Callable[[TaskCallbacks], None]:
    def step(callbacks: TaskCallbacks) -> None:
        anyio.from_thread.run_sync(office.clock.advance, DAY)

    return step


# --------------------------------------------------------------------------- roads


def test_a_closed_story_ends_the_release_with_its_results_and_its_log(office: Office) -> None:
    result, told = ended(office, office.callback)
    assert told == [Answer(200, {"message": f"the execution that waited for {STORY} goes on"})]
    assert result.status == "SUCCEEDED"
    assert json.loads(office.written("outputs/release-1/result.json")) == result.output
    assert result.output == {
        "status": "SUCCEEDED",
        "jiraStoryId": STORY,
        "packageIds": ["billing-2.4.0", "ledger-1.9.1"],
        "environment": "staging",
        "apis": {
            "validation": {"valid": True, "packages": 2},
            "deployment": office.apis.deployments["release-1"],
            "notification": {"notified": 2},
        },
        "callback": {"jiraStoryId": STORY, "message": "all done", "status": "success"},
    }
    assert office.log() == [
        "read inputs/workflow-input.json",
        "validated and deployed",
        "notified",
        f"waiting for the story {STORY}",
        "the story is closed: all done",
        "SUCCEEDED",
    ]


def test_the_way_to_success_costs_as_many_transitions_as_the_readme_says(office: Office) -> None:
    result, _ = ended(office, office.callback)
    entered = sum(event["type"].endswith("StateEntered") for event in result.history)
    readme = (REPOSITORY / "examples" / "jira_callback" / "README.md").read_text(encoding="utf-8")
    assert f"{entered} on the way to success" in readme


def test_a_story_that_failed_fails_the_release_with_its_message(office: Office) -> None:
    result, _ = ended(office, lambda callbacks: office.callback(callbacks, status="failure"))
    assert (result.status, result.error, result.cause) == ("FAILED", "StoryFailed", "all done")
    error = json.loads(office.written("logs/release-1/error.json"))
    assert error == {
        "status": "FAILED",
        "failed": "WaitForCallback",
        "jiraStoryId": STORY,
        "error": {"Error": "StoryFailed", "Cause": "all done"},
    }


def test_after_24_hours_nobody_waits_any_more_and_the_webhook_says_gone(office: Office) -> None:
    result, told = ended(office, a_day_passes(office), office.callback)
    assert (result.status, result.error) == ("FAILED", "States.Timeout")
    assert [each.status for each in told] == [410]
    assert office.log()[-2:] == ["no good answer: States.Timeout", "FAILED"]


def test_without_its_input_the_release_fails_and_says_which_object_is_missing(office: Office) -> None:
    (office.folder / "bucket" / "inputs" / "workflow-input.json").unlink()
    result, _ = ended(office)
    assert (result.status, result.error) == ("FAILED", "S3.NoSuchKeyException")
    assert office.log() == ["could not read inputs/workflow-input.json", "FAILED"]


@pytest.mark.parametrize(("api", "failed"), [("validation", "ValidationFailed"), ("deployment", "DeploymentFailed")])
def test_a_wrong_bearer_token_is_401_and_fails_the_release(tmp_path: Path, api: str, failed: str) -> None:
    office = Office(tmp_path)
    office.connections = lambda: {**office.world.secret(), api: "stale"}
    result, _ = ended(office)
    assert (result.status, result.error) == ("FAILED", failed)
    assert "States.Http.StatusCode.401" in str(result.cause)
    assert "stale" not in json.dumps(result.history)


def test_a_failing_notification_stops_nobody_and_stands_in_the_log(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.connections = lambda: {**office.world.secret(), "notification": "stale"}
    result, _ = ended(office, office.callback)
    assert result.status == "SUCCEEDED"
    assert "the notification failed: States.Http.StatusCode.401" in office.log()


@pytest.mark.parametrize("change", [{"packageIds": []}, {"packageIds": ["billing"]}, {"environment": "moon"}])
def test_a_release_that_makes_no_sense_is_refused_by_the_validation(office: Office, change: Object) -> None:
    office.upload(**change)
    result, _ = ended(office)
    assert (result.status, result.error) == ("FAILED", "ValidationFailed")


def test_two_releases_of_one_story_conflict_and_the_first_goes_on(office: Office) -> None:
    async def main() -> tuple[aslrun.Result, aslrun.Result]:
        async with office.interpreter() as interpreter:
            first, second = await started(interpreter), await started(interpreter, "release-2")
            await anyio.to_thread.run_sync(office.callback, TaskCallbacks.local(interpreter))
            return await first.result(), await second.result()

    first, second = anyio.run(main)
    assert first.status == "SUCCEEDED"
    assert (second.error, second.cause) == (
        "DynamoDB.ConditionalCheckFailedException",
        f"another execution waits for the story {STORY}",
    )


def test_bearer_tokens_and_task_tokens_stand_in_no_file_that_the_workflow_writes(office: Office) -> None:
    result, _ = ended(office, office.callback)
    written = "".join(path.read_text() for path in (office.folder / "bucket").rglob("*") if path.is_file())
    secrets = list(office.world.secret().values())
    assert not [secret for secret in secrets if secret in written + json.dumps(result.history)]


# --------------------------------------------------------------------------- the webhook


def test_a_second_callback_is_a_conflict(office: Office) -> None:
    _, told = ended(office, office.callback, office.callback)
    assert [each.status for each in told] == [200, 409]


def test_a_story_that_nobody_waits_for_is_not_found(office: Office) -> None:
    _, told = ended(office, lambda callbacks: office.callback(callbacks, "PROJ-999"), office.callback)
    assert [each.status for each in told] == [404, 200]


def test_a_callback_before_the_token_is_stored_is_asked_to_come_again(office: Office) -> None:
    later = office.clock.now() + DAY
    office.world.tokens.put(STORY, StoredToken("reserved:release-1", later), None, office.clock.now())

    async def main() -> Answer:
        async with office.interpreter() as interpreter:
            return await anyio.to_thread.run_sync(office.callback, TaskCallbacks.local(interpreter))

    assert anyio.run(main).status == 503


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer guess"}, {"authorization": "Bearer é"}])
def test_without_the_secret_the_webhook_says_nothing_about_stories(office: Office, headers: Mapping[str, str]) -> None:
    async def main() -> Answer:
        async with office.interpreter() as interpreter:
            return answer(headers, b"{}", TaskCallbacks.local(interpreter), "secret")

    assert anyio.run(main) == Answer(401, {"message": "the webhook's secret is missing or wrong"})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"no json", "the body must be JSON: {jiraStoryId, message, status}"),
        (b"[]", "the body must be an object: {jiraStoryId, message, status}"),
        (b'{"status": "success"}', "jiraStoryId, message and status must be text, and jiraStoryId not empty"),
        (b'{"jiraStoryId": "A", "status": "Done"}', "status must be one of success, failure, not 'Done'"),
        (b" " * 70_000, "the body must have at most 65536 bytes, not 70000"),
    ],
)
def test_a_body_that_makes_no_sense_is_a_bad_request(office: Office, body: bytes, said: str) -> None:
    async def main() -> Answer:
        async with office.interpreter() as interpreter:
            callbacks = TaskCallbacks.local(interpreter)
            return answer({"authorization": "Bearer secret"}, body, callbacks, "secret")

    assert anyio.run(main) == Answer(400, {"message": said})


# --------------------------------------------------------------------------- the application


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts the application in a process of its own; what still runs at the end is killed."""
    processes: list[subprocess.Popen[str]] = []

    def start(*extra: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "examples.jira_callback", "--data", str(tmp_path), *extra]
        process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def waits_at(process: subprocess.Popen[str]) -> str:
    """The URL of the webhook, once the execution waits."""
    assert process.stdout is not None
    for line in process.stdout:
        if " waits in WaitForCallback" in line:
            return line.split()[-1]
    raise AssertionError("the application ended before it waited")


def test_a_killed_process_goes_on_where_it_was_and_deploys_nothing_twice(
    running: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    killed = running("run", "--port", "0")
    waits_at(killed)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    resumed = running("run", "--port", "0")
    url = waits_at(resumed)
    sent, _ = running("callback", "--url", url, STORY, "all done", "success").communicate(timeout=30)
    told, _ = resumed.communicate(timeout=30)
    assert sent == f"200 the execution that waited for {STORY} goes on\n"
    assert told.endswith("release-1: SUCCEEDED\n")
    assert (tmp_path / "deployments.log").read_text() == "release-1 billing-2.4.0 ledger-1.9.1\n"
    assert (tmp_path / "bucket" / "outputs" / "release-1" / "result.json").is_file()


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[str]:
    """The URL of something that answers as AWS does, in a process of its own."""
    pytest.importorskip("moto.server", reason="needs moto[server], which the extra dev installs")
    command = [sys.executable, "-u", "-m", "moto.server", "-p", "0"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        url = next(line.split()[-1] for line in server.stderr if "Running on http" in line)
        yield url
        server.kill()


def test_on_an_endpoint_of_aws_bucket_table_and_secret_are_used_there(
    aws: str, running: Callable[..., subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    import boto3

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    release = running("--aws-endpoint", aws, "run", "--port", "0")
    url = waits_at(release)
    table = boto3.client("dynamodb", endpoint_url=aws, region_name="us-east-1")
    row = table.get_item(TableName="jira-callback-task-tokens", Key={"jiraStoryId": {"S": STORY}})["Item"]
    sent = [
        running("--aws-endpoint", aws, "callback", "--url", url, story, "all done", "success").communicate(timeout=30)[
            0
        ]
        for story in ("PROJ-999", STORY)
    ]
    told, _ = release.communicate(timeout=30)
    s3 = boto3.client("s3", endpoint_url=aws, region_name="us-east-1")
    result = s3.get_object(Bucket="jira-callback", Key="outputs/release-1/result.json")["Body"].read()
    assert float(row["expires"]["N"]) - float(row["waitUntil"]["N"]) == 7 * DAY
    assert [each[:3] for each in sent] == ["404", "200"]
    assert told.endswith("release-1: SUCCEEDED\n")
    assert json.loads(result)["callback"]["message"] == "all done"
