"""The least that the role of a machine must be allowed, from the machine's definition.

Rules that a change must keep:

1. Every integration has a statement for each action that it needs, and no action is there that none needs. The states
   that need it stand beside it.
2. A resource is ``*`` only where the definition names none, or IAM knows none for the action.
3. What a task does under a role of its own (``Credentials``) is that role's business; ours may assume it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..definition.model import Machine
from ..values import JSON
from . import iam_integrations as integrations
from . import iam_tables
from .arguments import ACTIVITY, LAMBDA, Task, is_distributed, states_of, tasks
from .iam_names import PREFIXES, actions_of
from .iam_policy import AROUND, Condition, Grant, Policy, merged
from .iam_resources import ANY, of_action, of_table, resolve
from .marks import ACCOUNT, PARTITION, REGION, arn_parts, mark, names_in, placeholder
from .substitute import Parameters

MACHINE_NAME = "StateMachineName"
SERVICE = "states.amazonaws.com"

_LOGGING = """
    logs:CreateLogDelivery logs:GetLogDelivery logs:UpdateLogDelivery logs:DeleteLogDelivery logs:ListLogDeliveries
    logs:PutResourcePolicy logs:DescribeResourcePolicies logs:DescribeLogGroups
"""
LOGGING = tuple(_LOGGING.split())
TRACING = ("xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets")
RULE_ACTIONS = ("events:PutTargets", "events:PutRule", "events:DescribeRule")
KEY_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey")

# --------------------------------------------------------------------------- from a definition


def policy(*machines: Machine, logging: bool = True, tracing: bool = True, kms_key: str | None = None) -> Policy:
    """The policy of a role for one machine, or for several that share it.

    ``logging`` and ``tracing`` add what CloudWatch Logs and X-Ray need, ``kms_key`` (an ARN) the use of a key that
    encrypts queues, topics, tables or buckets.
    """
    parameters = Parameters()
    found = [
        grant
        for machine in machines
        for grant in grants(machine.document, parameters, parameters.add(MACHINE_NAME, machine.name, "Name"))
    ]
    return _policy([*found, *around(logging, tracing, kms_key)], parameters)


def policy_of_document(
    document: Mapping[str, JSON],
    parameters: Parameters,
    machine_name: str,
    *,
    logging: bool = True,
    tracing: bool = True,
    kms_key: str | None = None,
) -> Policy:
    """The policy of a document with marks in it; what only an execution knows is added to the parameters."""
    return _policy([*grants(document, parameters, machine_name), *around(logging, tracing, kms_key)], parameters)


def _policy(found: Sequence[Grant], parameters: Parameters) -> Policy:
    statements = tuple(merged(found))
    texts = [text for each in statements for text in (*each.resources, *(value for _, _, value in each.condition))]
    used = {name for text in texts for name in names_in(text)}
    table = {name: parameter for name, parameter in parameters.table.items() if name in used}
    defaults = {name: parameter.default or ANY for name, parameter in table.items()}
    return Policy(statements, defaults, {name: parameter.description for name, parameter in table.items()})


def trust() -> dict[str, JSON]:
    """Who may take the role: Step Functions."""
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": SERVICE}, "Action": "sts:AssumeRole"}],
    }


def around(logging: bool, tracing: bool, kms_key: str | None) -> Iterator[Grant]:
    """What a machine needs beside its tasks."""
    for wanted, actions, reason in ((logging, LOGGING, AROUND[0]), (tracing, TRACING, AROUND[1])):
        yield from (Grant(action, ANY, reason) for action in actions if wanted)
    yield from (Grant(action, kms_key, AROUND[2]) for action in KEY_ACTIONS if kms_key)


def grants(document: Mapping[str, JSON], parameters: Parameters, machine_name: str) -> Iterator[Grant]:
    """What the states of a document need; ``machine_name`` is the name of the machine, or a mark for it."""
    for task in (each._replace(machine=machine_name) for each in tasks(document)):
        if task.role is not None:
            yield from _assumes(task, parameters)
        else:
            yield from _of_task(task, parameters)
    for name, state, _ in states_of(document):
        if state.get("Type") == "Map" and is_distributed(state):
            yield from _distributes(name, machine_name)


def _assumes(task: Task, parameters: Parameters) -> Iterator[Grant]:
    assert task.role is not None
    role = task.role.text
    if not task.role.literal and role == ANY:
        role = f"arn:{mark(PARTITION)}:iam::*:role/" + parameters.add(
            "".join(filter(str.isalnum, task.state))[:100] + "Role", ANY, f"The role that {task.state} takes"
        )
    yield Grant("sts:AssumeRole", role, task.state)


def _distributes(state: str, machine: str) -> Iterator[Grant]:
    """The children of a distributed Map are executions that the machine starts of itself."""
    here = f"arn:{mark(PARTITION)}:states:{mark(REGION)}:{mark(ACCOUNT)}"
    yield Grant("states:StartExecution", f"{here}:stateMachine:{machine}", state)
    for action in ("states:DescribeExecution", "states:StopExecution", "states:RedriveExecution"):
        yield Grant(action, f"{here}:execution:{machine}/*", state)


# --------------------------------------------------------------------------- one task


def _of_task(task: Task, parameters: Parameters) -> Iterator[Grant]:
    special = _SPECIAL.get(f"{task.service}:{task.action}" if not task.sdk else "")
    if task.service == ACTIVITY:
        return  # a worker asks for the work; the machine calls nobody
    if task.part != "task":
        yield from _of_access(task, parameters)
    elif task.service == LAMBDA and not task.sdk and not task.resource.endswith(("lambda:invoke", ".waitForTaskToken")):
        yield from (Grant("lambda:InvokeFunction", arn, task.state) for arn in _function(task.resource))
    elif special is not None:
        yield from special(task, parameters)
    elif task.sdk and task.service == "dynamodb" and task.action in iam_tables.CALLS:
        for verb, table in iam_tables.used(task.action, task.arguments):
            yield Grant(f"dynamodb:{verb}", of_table(table, task, parameters), task.state)
    else:
        yield from _of_call(task, parameters)


def _function(arn: str) -> list[str]:
    qualified = arn_parts(arn)[5].count(":") > 1
    return [arn] if qualified else [arn, f"{arn}:*"]


def _of_call(task: Task, parameters: Parameters) -> Iterator[Grant]:
    key = f"{task.service}:{task.action}"
    own = None if task.sdk else integrations.OWN.get(key)
    if own is None:
        for action in actions_of(task.service, task.action):
            yield from (Grant(action, arn, task.state) for arn in of_action(action, task, parameters))
    yield from _needs(own or (), task, parameters)
    yield from _also(task, parameters)
    waiting = integrations.SYNC.get(key) if task.pattern.startswith("sync") else None
    if waiting is not None:
        yield from _needs(waiting.needs, task, parameters)
        yield from _rule(waiting.rule, task)
    yield from _passes(task, parameters)


def _needs(needs: Sequence[integrations.Need], task: Task, parameters: Parameters) -> Iterator[Grant]:
    for need in needs:
        for action in need.actions.split():
            for form in need.resources:
                yield from (Grant(action, arn, task.state) for arn in resolve(form, action, task, parameters))


def _rule(name: str, task: Task) -> Iterator[Grant]:
    """The rule by which EventBridge tells that the job is over; Step Functions makes it."""
    arn = f"arn:{mark(PARTITION)}:events:{mark(REGION)}:{mark(ACCOUNT)}:rule/{name}"
    yield from (Grant(action, arn, task.state) for action in RULE_ACTIONS if name)


def _passes(task: Task, parameters: Parameters) -> Iterator[Grant]:
    """Roles that the call hands on to the service that works under them."""
    passed = None if task.sdk else integrations.PASSED.get(f"{task.service}:{task.action}")
    if passed is not None:
        for passing in (passed,) if isinstance(passed, integrations.Passing) else passed:
            given = [path for path in passing.arguments if task.argument(path) is not None]
            for path in given or (passing.arguments[:1] if passing.always else ()):
                for arn in resolve(f"iam|role/{{{path}}}", "iam:PassRole", task, parameters):
                    yield Grant("iam:PassRole", _scoped(arn), task.state, _passed_to(passing.service))
    elif task.sdk:
        yield from _passes_by_sdk(task)


def _also(task: Task, parameters: Parameters) -> Iterator[Grant]:
    """What the service does with the rights of its caller: it reads an object, takes a secret."""
    name = f"{'aws-sdk:' if task.sdk else ''}{task.service}"
    for key in (name, f"{name}:{task.action}"):
        for argument, need, value in integrations.ALSO.get(key, ()):
            given = task.argument(argument)
            if given is not None and (not value or not given.literal or given.text == value):
                yield from _needs((need,), task, parameters)


def _scoped(arn: str) -> str:
    return f"arn:{mark(PARTITION)}:iam::{mark(ACCOUNT)}:role/*" if arn == ANY else arn


def _passes_by_sdk(task: Task) -> Iterator[Grant]:
    prefix = PREFIXES.get(task.service, task.service)
    taker = integrations.ROLE_TAKERS.get(prefix, f"{prefix}.amazonaws.com")
    given = [value for key, value in _leaves(task.arguments) if key.removesuffix(".$") in integrations.ROLE_ARGUMENTS]
    if not given and f"{task.service}:{task.action}" in integrations.ALWAYS_PASSES:
        given = [ANY]
    for value in given if taker else ():
        named = isinstance(value, str) and (value.startswith("arn:") or placeholder(value))
        arn = str(value) if named else _scoped(ANY)
        yield Grant("iam:PassRole", arn, task.state, _passed_to(taker))


def _leaves(value: JSON | Mapping[str, JSON]) -> Iterator[tuple[str, JSON]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if isinstance(item, (dict, list)):
                yield from _leaves(item)
            else:
                yield key, item
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)


def _passed_to(service: str) -> Condition:
    return (("StringEquals", "iam:PassedToService", service),)


# --------------------------------------------------------------------------- integrations with a way of their own


def _of_access(task: Task, parameters: Parameters) -> Iterator[Grant]:
    """S3 of a reader or a writer of a distributed Map."""
    if task.part == "writer":
        for action in ("s3:PutObject", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload"):
            for arn in resolve("{Bucket}", action, task, parameters):
                prefix = task.argument("Prefix")
                inside = f"{prefix.text.strip('/')}/*" if prefix and prefix.literal and prefix.text else ANY
                yield Grant(action, f"{arn}/{inside}", task.state)
    elif task.action == "listObjectsV2":
        yield from (Grant("s3:ListBucket", arn, task.state) for arn in resolve("{Bucket}", "s3:", task, parameters))
        if task.config.get("Transformation") == "LOAD_AND_FLATTEN":
            for arn in resolve("{Bucket}", "s3:", task, parameters):
                yield Grant("s3:GetObject", f"{arn}/*", task.state)
    else:
        action = "s3:GetObjectVersion" if task.argument("VersionId") else "s3:GetObject"
        of_manifest = "{Bucket}/*" if "ManifestType" in task.config else "{Bucket}/{Key}"
        yield from (Grant(action, arn, task.state) for arn in resolve(of_manifest, action, task, parameters))


def _http(task: Task, parameters: Parameters) -> Iterator[Grant]:
    machine = f"arn:{mark(PARTITION)}:states:{mark(REGION)}:{mark(ACCOUNT)}:stateMachine:{task.machine}"
    endpoint, method = task.argument("ApiEndpoint"), task.argument("Method")
    told: list[tuple[str, str, str]] = []
    if method and method.literal:
        told.append(("StringEquals", "states:HTTPMethod", method.text))
    if endpoint and endpoint.text != ANY:
        told.append(("StringLike" if ANY in endpoint.text else "StringEquals", "states:HTTPEndpoint", endpoint.text))
    yield Grant("states:InvokeHTTPEndpoint", machine, task.state, tuple(told))
    old = task.argument("InvocationConfig.ConnectionArn") is None and task.argument("Authentication.ConnectionArn")
    path = f"{'Authentication' if old else 'InvocationConfig'}.ConnectionArn"
    for arn in resolve(f"events|connection/{{{path}}}", "events:", task, parameters):
        yield Grant("events:RetrieveConnectionCredentials", arn, task.state)
    secret = f"arn:{mark(PARTITION)}:secretsmanager:{mark(REGION)}:{mark(ACCOUNT)}:secret:events!connection/*"
    for action in ("secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"):
        yield Grant(action, secret, task.state)


def _api_gateway(task: Task, parameters: Parameters) -> Iterator[Grant]:
    """Only a call that is signed with the role needs a permission."""
    kind = task.argument("AuthType")
    if kind is None or (kind.literal and kind.text not in ("IAM_ROLE", "RESOURCE_POLICY")):
        return
    endpoint, stage, method, path = map(task.argument, ("ApiEndpoint", "Stage", "Method", "Path"))
    api = endpoint.text.removeprefix("https://").partition(".")[0] if endpoint and endpoint.literal else ANY
    api = ANY if endpoint and placeholder(endpoint.text) else api
    steps = [each.text.strip("/") if each and each.literal else ANY for each in (stage, method, path)]
    where = f"arn:{mark(PARTITION)}:execute-api:{mark(REGION)}:{mark(ACCOUNT)}"
    yield Grant("execute-api:Invoke", f"{where}:{api}/{'/'.join(steps)}", task.state)


_SPECIAL = {"http:invoke": _http, "apigateway:invoke": _api_gateway}
