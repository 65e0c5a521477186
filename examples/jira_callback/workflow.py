"""The state machine and its handlers: what each resource of the definition is in this process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aslrun

from .apis import Apis, Request, Secret
from .services import BUCKET, TABLE, World

Object = dict[str, Any]

DEFINITION = Path(__file__).with_name("workflow.asl.json")
CONNECTION = "arn:aws:events:us-east-1:123456789012:connection/jira-callback-{}/11111111-2222-3333-4444-555555555555"
SUBSTITUTIONS = {
    "Bucket": BUCKET,
    "TokenTable": TABLE,
    "ApiUrl": "https://apis.example.com",
    **{f"{api.capitalize()}Connection": CONNECTION.format(api) for api in ("validation", "deployment", "notification")},
}


def machine(substitutions: Mapping[str, str] = SUBSTITUTIONS) -> aslrun.Machine:
    """The definition with its names filled in, as DefinitionSubstitutions do on AWS."""
    return aslrun.load(DEFINITION, name="jira-callback", substitutions=substitutions)


def resources(world: World, apis: Apis | None = None, connections: Secret | None = None) -> aslrun.Resources:
    """The handlers. ``connections`` holds the tokens that are sent; by default they are those of the secret."""
    apis = Apis(world.secret) if apis is None else apis
    call = _caller(apis, world.secret if connections is None else connections)
    resources = aslrun.Resources()
    resources.task("arn:aws:states:::http:invoke", call, name="http")
    return world.handlers | resources


def _caller(apis: Apis, connections: Secret) -> Any:
    """http:invoke: the connection adds the bearer token, so that it stands in no input, output or history."""
    routes = apis.routes()

    def call(arguments: Object) -> Object:
        api = arguments["InvocationConfig"]["ConnectionArn"].rpartition("jira-callback-")[2].partition("/")[0]
        headers = {name.lower(): value for name, value in arguments.get("Headers", {}).items()}
        request = Request({**headers, "authorization": f"Bearer {connections()[api]}"}, arguments["RequestBody"])
        response = routes[urlsplit(arguments["ApiEndpoint"]).path](request)
        if response.status >= 400:
            raise aslrun.TaskError(f"States.Http.StatusCode.{response.status}", str(response.body["message"]))
        return {"StatusCode": response.status, "StatusText": "OK", "Headers": {}, "ResponseBody": response.body}

    return call
