"""The application: ``python -m examples.jira_callback run`` and ``... callback``.

``run`` starts the workflow for one input, serves the webhook and waits for the end. It may be killed at any time: run
again, it goes on where it was, for everything that counts lies in ``runs.db``.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import anyio

import aslrun

from .apis import Apis
from .server import webhook
from .services import World, aws_world, local_world
from .workflow import machine, resources

HERE = Path(__file__).parent
INPUT = "inputs/workflow-input.json"


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    folder: Path = options.data
    folder.mkdir(parents=True, exist_ok=True)
    world = aws_world(options.aws_endpoint) if options.aws_endpoint else local_world(folder)
    if options.command == "callback":
        return send(options.url, world.secret()["webhook"], options.story, options.message, options.status)
    return anyio.run(run, world, folder, options.name, options.port)


async def run(world: World, folder: Path, name: str, port: int) -> int:
    """Start the execution or take it up again, and wait for its end."""
    handlers = resources(world, Apis(world.secret, folder / "deployments.log"))
    store = aslrun.SQLiteStore(folder / "runs.db")
    async with aslrun.Interpreter(handlers, store=store, tokens=world.tokens) as interpreter:
        if interpreter.recovered.executions:
            tell(f"recovered {interpreter.recovered.executions} execution that was not over")
        else:
            world.upload(INPUT, (HERE / INPUT).read_text(encoding="utf-8"))
        execution = await interpreter.start(machine(), {"inputKey": INPUT}, name=name)
        with webhook(port, aslrun.TaskCallbacks.local(interpreter), world.secret) as url:
            await interpreter.settled()
            for task in execution.describe().waiting:
                tell(f"{name} waits in {task.state}; POST the answer to {url}")
            result = await execution.result()
    tell(f"{name}: {result.status}" + (f", {result.error}" if result.error else ""))
    return 0 if result.status == "SUCCEEDED" else 1


def send(url: str, secret: str, story: str, message: str, status: str) -> int:
    """What Jira's automation does when the story is closed."""
    body = json.dumps({"jiraStoryId": story, "message": message, "status": status}).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {secret}"}
    try:
        with urlopen(Request(url, body, headers), timeout=30) as answer:
            code, text = answer.status, answer.read()
    except HTTPError as error:
        code, text = error.code, error.read()
    except URLError as error:
        tell(f"nobody answers at {url}: {error.reason}; is it running?")
        return 1
    tell(f"{code} {json.loads(text)['message']}")
    return 0 if code == 200 else 1


def tell(sentence: str) -> None:
    """A line for whoever looks on, at once."""
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m examples.jira_callback", description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=Path("jira-callback-data"), help="folder of runs.db and the bucket"
    )
    parser.add_argument("--aws-endpoint", metavar="URL", help="S3, DynamoDB and Secrets Manager by boto3, at this URL")
    commands = parser.add_subparsers(dest="command", required=True)
    started = commands.add_parser("run", help="start the workflow or go on with it, and serve the webhook")
    started.add_argument("--name", default="release-1", help="the execution's name")
    started.add_argument("--port", type=int, default=8088, help="of the webhook; 0: any free one")
    callback = commands.add_parser("callback", help="call the webhook, as Jira does")
    callback.add_argument("--url", default="http://127.0.0.1:8088/callback")
    callback.add_argument("story")
    callback.add_argument("message")
    callback.add_argument("status", choices=["success", "failure"])
    return parser
