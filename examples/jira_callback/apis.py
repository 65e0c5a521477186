"""The three APIs: each takes a request with a bearer token, and answers as an HTTP API would.

They are plain functions from ``Request`` to ``Response``, so they can stand behind a web server or a function URL, or
be called directly, as here. Tokens come from a secret; a wrong one is 401, whatever else the request says.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

Object = dict[str, Any]
Secret = Callable[[], Mapping[str, str]]
"""Reads the secret: the name of an API to its bearer token, as it is now."""

ENVIRONMENTS = ("dev", "staging", "prod")


class Request(NamedTuple):
    """What the caller sends; names of headers are lower case."""

    headers: Mapping[str, str]
    body: Object


class Response(NamedTuple):
    """What it gets."""

    status: int
    body: Object


Api = Callable[[Request], Response]


class Apis:
    """Validation, deployment and notification; every deployment is a line of ``log``, if there is one."""

    def __init__(self, secret: Secret, log: Path | None = None) -> None:
        self._secret, self._log = secret, log
        self.deployments: dict[str, Object] = {}  # by idempotency key
        self.notified: list[str] = []

    def routes(self) -> dict[str, Api]:
        """The path of each API, guarded by its token."""
        return {
            "/validation": self._guarded("validation", self.validate),
            "/deployment": self._guarded("deployment", self.deploy),
            "/notification": self._guarded("notification", self.notify),
        }

    def validate(self, request: Request) -> Response:
        """Every package has a name and a version, and the environment exists."""
        packages, environment = request.body.get("packageIds"), request.body.get("environment")
        if environment not in ENVIRONMENTS:
            return Response(422, {"message": f"environment must be one of {', '.join(ENVIRONMENTS)}"})
        if not isinstance(packages, list) or not packages:
            return Response(422, {"message": "packageIds must be a list of at least one package"})
        if bad := [package for package in packages if not _is_package(package)]:
            return Response(422, {"message": f"not a package with a version: {', '.join(map(str, bad))}"})
        return Response(200, {"valid": True, "packages": len(packages)})

    def deploy(self, request: Request) -> Response:
        """Deploy once for an idempotency key, however often the request comes to this process."""
        key = request.headers.get("idempotency-key", "")
        if not key:
            return Response(400, {"message": "the header Idempotency-Key is missing"})
        if key not in self.deployments:
            self.deployments[key] = self._deployed(key, request.body)
        return Response(200, self.deployments[key])

    def _deployed(self, key: str, order: Object) -> Object:
        number = len(self.deployments) + 1
        done = {
            "deploymentId": f"deploy-{number}",
            "environment": order["environment"],
            "packages": order["packageIds"],
        }
        if self._log is not None:
            with self._log.open("a", encoding="utf-8") as log:
                log.write(f"{key} {' '.join(done['packages'])}\n")
        return done

    def notify(self, request: Request) -> Response:
        """Tell the stakeholders."""
        people = request.body.get("stakeholders") or []
        if not people:
            return Response(422, {"message": "there is nobody to notify"})
        self.notified += people
        return Response(200, {"notified": len(people)})

    def _guarded(self, name: str, api: Api) -> Api:
        def guarded(request: Request) -> Response:
            given = request.headers.get("authorization", "")
            expected = f"Bearer {self._secret()[name]}"
            if not hmac.compare_digest(given.encode(), expected.encode()):
                return Response(401, {"message": "the bearer token is missing or wrong"})
            return api(request)

        return guarded


def _is_package(value: object) -> bool:
    name, dash, version = value.rpartition("-") if isinstance(value, str) else ("", "", "")
    return bool(name and dash and version.replace(".", "").isdigit())
