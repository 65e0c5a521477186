"""ARNs of what a task calls: a form of ``iam_names`` and the arguments of the task give them.

Rules that a change must keep:

1. What the definition names stands in the ARN. What only an execution knows is a parameter with the default ``*``, or
   ``*`` itself where it is something inside a named thing (an object in a bucket). A parameter, too, is the name in an
   ARN or a URL that only whoever deploys knows (``${QueueUrl}``): no template can take it out.
2. Partition, region and account are marks, unless the argument is an ARN or a URL that says them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .arguments import Argument, Task
from .iam_names import DEFAULTS, INNER, OBJECTS, templates_of
from .marks import ACCOUNT, PART, PARTITION, REGION, arn_parts, filled, mark, placeholder
from .substitute import Parameters

ANY = "*"

_FIELD = re.compile(r"\{([\w.]+)\}")
_QUEUE = re.compile(
    r"https?://(?:sqs\.)?(?P<region>\ue000[\w:]+\ue001|[^./:]+)[^/]*/(?P<account>[^/]+)/(?P<name>[^/]+)"
)
_PARTIAL = re.compile(r"[^:]+:function:(.+)")
_PROFILE = re.compile(r"(?:us|eu|apac|jp|au|ca|us-gov|global)\.(.+)")
_OWN = re.compile(r"(?:\{%\s*\$states\.context|\$\$)\.(StateMachine|Execution)\.(Id|Name)\s*(?:%\})?")
_NOUN_END = re.compile(r"(Name|Arn|ARN|Id|Ids|Url|Identifier)$")
_NO_PLACE = {"s3": "::", "iam": ":" + mark(ACCOUNT) + ":"}
_REVISIONS = ("FunctionName", "JobDefinition", "TaskDefinition")  # a name without a version stands for all of them


def of_action(action: str, task: Task, parameters: Parameters) -> list[str]:
    """The ARNs on which a task needs an action of the SDK."""
    forms, all_needed = templates_of(action)
    if all_needed:
        return [arn for form in forms for arn in resolve(form, action, task, parameters)]
    given = [form for form in forms if _given(form, task)]
    if not given and forms and not task.known:
        given = [forms[-1]]
    if given:
        return list(resolve(given[0], action, task, parameters))
    service, _, name = action.partition(":")
    if found := _arns_of(service, task):
        made = [
            f"arn:{mark(PARTITION)}:{service}:{mark(REGION)}:{mark(ACCOUNT)}:*"
        ]  # what the call makes has no name yet
        return [*found, *(made if name.startswith("Create") else ())]
    return [ANY]


def of_table(table: str | None, task: Task, parameters: Parameters) -> str:
    """The ARN of a table of DynamoDB that is named inside of a call; ``None``: only an execution knows which."""
    if table is not None and (table.startswith("arn:") or (placeholder(table) or "").endswith(("Arn", "ARN"))):
        return table
    name = _unknown("TableName", task, parameters) if table is None else table
    return f"arn:{mark(PARTITION)}:dynamodb:{mark(REGION)}:{mark(ACCOUNT)}:table/{name}"


def resolve(form: str, action: str, task: Task, parameters: Parameters) -> Iterator[str]:
    """The ARNs of a form: ``table/{TableName}``, with the service before a ``|`` if it is not that of the action."""
    if form == ANY:
        yield ANY
        return
    service, _, rest = form.rpartition("|")
    service = service or action.partition(":")[0]
    path = found[-1] if (found := _FIELD.findall(rest)) else ""
    for value in _values(path, task, parameters) if path else [""]:
        yield from (
            arn.replace(":rule/default/", ":rule/") for arn in _arns(service, rest, path, value, task, parameters)
        )


def _given(form: str, task: Task) -> bool:
    """Whether the task has the argument that a form ends with; one without arguments is the last resort."""
    paths = _FIELD.findall(form)
    return not paths or task.argument(paths[-1]) is not None or _is_expression(task, paths[-1])


def _is_expression(task: Task, path: str) -> bool:
    """Whether the object or array that a path leads through is an expression as a whole."""
    head, _, rest = path.partition(".")
    return bool(rest) and (found := task.argument(head)) is not None and not found.literal


def _values(path: str, task: Task, parameters: Parameters) -> list[str]:
    """What the last field of a form stands for, each once; a default where some of several do not say."""
    found = [_text(argument, path, task, parameters) for argument in task.find(path)]
    entries = task.arguments.get(path.partition(".")[0]) if isinstance(task.arguments, dict) else None
    if isinstance(entries, list) and path in DEFAULTS and len(found) < len(entries):
        found.append(DEFAULTS[path])
    if not found:
        unknown = not task.known or _is_expression(task, path)
        found = [_unknown(path, task, parameters) if unknown else DEFAULTS.get(path, ANY)]
    return list(dict.fromkeys(found))


def _text(argument: Argument, path: str, task: Task, parameters: Parameters) -> str:
    """What an argument stands for; of the context object the machine and the execution are known."""
    if argument.literal:
        return argument.text
    own = _OWN.fullmatch(str(argument.holder[argument.key]))
    if own is not None:
        return _of_itself(own[1], own[2], task)
    if path.endswith(OBJECTS) and argument.text.removeprefix("s3://").startswith(ANY):
        return f"{_unknown('Bucket', task, parameters)}/{ANY}"
    return argument.text if argument.text != ANY else _unknown(path, task, parameters)


def _of_itself(what: str, field: str, task: Task) -> str:
    """The ARN or the name of the machine that the task is in; of its executions none has a name yet."""
    if field == "Name":
        return task.machine if what == "StateMachine" else ANY
    here = f"arn:{mark(PARTITION)}:states:{mark(REGION)}:{mark(ACCOUNT)}"
    return f"{here}:stateMachine:{task.machine}" if what == "StateMachine" else f"{here}:execution:{task.machine}:{ANY}"


def _unknown(path: str, task: Task, parameters: Parameters) -> str:
    """A parameter for what only an execution knows, called after the state and the argument."""
    field = path.rpartition(".")[2]
    if field in INNER:
        return ANY
    noun = _NOUN_END.sub("", field) or field
    words = "".join(word[:1].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", task.state))
    name = (words if words[:1].isalpha() else f"State{words}")[:120] + noun
    return parameters.add(name, ANY, f"What {task.state} calls ({field}); the input of the execution says it")


def _arns(service: str, rest: str, path: str, value: str, task: Task, parameters: Parameters) -> Iterator[str]:
    """A form with its last field filled by a value; the other fields are looked up."""
    rest = _FIELD.sub(lambda field: field[0] if field[1] == path else _values(field[1], task, parameters)[0], rest)
    place = f"{mark(REGION)}:{mark(ACCOUNT)}:"
    head = f"arn:{mark(PARTITION)}:{service}:{_NO_PLACE.get(service, place)}"
    if rest.startswith(":"):  # what AWS itself owns has no account
        head, rest = f"arn:{mark(PARTITION)}:{service}:{mark(REGION)}:", rest
    field = f"{{{path}}}"
    later = _said_later(value, path, task, parameters)
    if later == "url":
        value = _name_within(value, parameters)
    if value.startswith("arn:") or later == "arn":
        if rest.endswith(field) and rest.count("{") == 1:
            yield from _versions(value, path, task)
            return
        head, value = (head, _name_within(value, parameters)) if later else _taken_apart(value)
    elif queue := _QUEUE.match(value) if path.startswith("Queue") else None:
        head, value = f"arn:{mark(PARTITION)}:sqs:{queue['region']}:{queue['account']}:", queue["name"]
    elif value.startswith("s3://"):
        value = value.removeprefix("s3://")
    elif path == "FunctionName" and (partial := _PARTIAL.fullmatch(value)):
        value = partial[1]
    elif path == "ModelId" and (profile := _PROFILE.fullmatch(value)):
        yield f"arn:{mark(PARTITION)}:bedrock:{place}inference-profile/{value}"
        yield f"arn:{mark(PARTITION)}:bedrock:{ANY}::foundation-model/{profile[1]}"
        return
    if path == "SecretId" and ANY not in value:
        value += "-??????"  # Secrets Manager ends the ARN with six random characters
    value = value.lstrip("/") if "/{" in rest else value
    yield from _versions(head + rest.replace(field, value), path, task)


def _said_later(value: str, path: str, task: Task, parameters: Parameters) -> str:
    """``arn`` or ``url`` if whoever deploys puts one for a ``${Name}`` of the definition, else an empty text."""
    name = placeholder(value)
    if name is None or not any(given.literal and given.text == value for given in task.find(path)):
        return ""
    known = parameters.table.get(name)
    if known is not None and known.default and not known.default.startswith(("arn:", "http:", "https:")):
        return ""  # the definition itself has a name here
    if path.endswith("Url"):
        return "url"
    return "arn" if path.endswith(("Arn", "ARN")) or name.endswith(("Arn", "ARN")) else ""


def _name_within(value: str, parameters: Parameters) -> str:
    """A parameter for the name in the ARN or the URL that somebody puts for ``${Name}``."""
    name = placeholder(value) or ""
    known = parameters.table.get(name)
    default = re.split(r"[:/]", known.default)[-1] if known is not None and known.default else ANY
    noun = "".join(re.findall(r"[A-Za-z0-9]+", re.sub(r"(?:Arn|ARN|Url|URL)$", "", name) or name))
    return parameters.add(f"{noun}Name", default, f"The name in ${{{name}}}")


def _taken_apart(arn: str) -> tuple[str, str]:
    """An ARN up to its account, and the name in it."""
    *head, rest = arn_parts(arn)
    name = re.sub(r"^[\w-]+[:/]", "", rest)
    return ":".join(head) + ":", name.partition(":")[0] if head[2] == "states" else name  # without version and alias


def _versions(arn: str, path: str, task: Task) -> Iterator[str]:
    """A function or a definition without a version is needed in every version, one with a Qualifier in that one."""
    arn = arn.replace("**", ANY)
    known = re.sub(r"\$\{[^}]*\}", "", filled(arn, lambda name: ""))  # the name of a placeholder may have colons, too
    has_version = ":" in arn_parts(known)[5].removeprefix("function:")
    qualifier = task.argument("Qualifier") if path == "FunctionName" and not has_version else None
    if qualifier is not None and qualifier.text != ANY:
        yield f"{arn}:{qualifier.text}"
        return
    yield arn
    if path in _REVISIONS and not has_version and not arn.endswith(ANY):
        yield f"{arn}:*"


def _arns_of(service: str, task: Task) -> list[str]:
    """ARNs of this service anywhere among the arguments."""
    if not isinstance(task.arguments, dict):
        return []
    found = [item for value in task.arguments.values() for item in (value if isinstance(value, list) else [value])]
    return [text for text in found if isinstance(text, str) and re.match(rf"arn:{PART}:{re.escape(service)}:", text)]
