"""What linters, translators and a moto server make of a template."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import aslrun
from aslrun.values import JSON

Client = Callable[..., Any]

GIVEN = {"TriggerQueueArn": "arn:aws:sqs:us-east-1:123456789012:q", "TriggerSource": "a", "TriggerDetailType": "b"}


def lint(text: str) -> list[str]:
    """What cfn-lint has against a template, warnings too."""
    from cfnlint.api import lint as cfn_lint

    return [f"{match.rule.id} {match.message} {match.path}" for match in cfn_lint(text, regions=["us-east-1"])]


def translated(made: dict[str, JSON]) -> dict[str, Any]:
    """What SAM's translator makes of a template."""
    import boto3
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    session = boto3.Session(region_name="us-east-1")
    answer = Translator({}, Parser(), boto_session=session).translate(json.loads(json.dumps(made)), GIVEN)
    assert isinstance(answer, dict)
    return answer


def as_moto_reads_it(made: dict[str, Any]) -> dict[str, Any]:
    """A template whose machine has its DefinitionSubstitutions in its text.

    CloudFormation does that step when it creates the machine. moto 5.2 does not: it makes a state machine of name,
    role, tags and DefinitionString and reads nothing else (``StateMachine.create_from_cloudformation_json``); see
    ``test_moto_knows_no_definition_substitutions``.
    """
    properties = made["Resources"]["StateMachine"]["Properties"]
    values = properties.pop("DefinitionSubstitutions", {})
    if values:
        separator, lines = properties["DefinitionString"]["Fn::Join"]
        pieces = re.split(r"\$\{(" + "|".join(values) + r")\}", separator.join(lines))
        pieces[1::2] = [values[key] for key in pieces[1::2]]
        properties["DefinitionString"] = {"Fn::Join": ["", pieces]}
    return made


def created(client: Client, made: dict[str, Any], name: str) -> dict[str, Any]:
    """What DescribeStateMachine answers after the stack was created."""
    parameters = [
        {"ParameterKey": key, "ParameterValue": GIVEN[key]} for key in made.get("Parameters", {}) if key in GIVEN
    ]
    body = json.dumps(made)
    client("cloudformation").create_stack(
        StackName=name, TemplateBody=body, Parameters=parameters, Capabilities=["CAPABILITY_IAM"]
    )
    resources = client("cloudformation").describe_stack_resources(StackName=name)["StackResources"]
    named = {each.get("LogicalResourceId"): each for each in resources}  # moto lists what it does not create, unnamed
    arn = named["StateMachine"]["PhysicalResourceId"]
    described: dict[str, Any] = client("stepfunctions").describe_state_machine(stateMachineArn=arn)
    return described


def at_home(loaded: aslrun.Machine) -> dict[str, Any]:
    """The definition, moved from the region and the account that it speaks of most to those of moto."""
    text = json.dumps(loaded.document)
    arns = re.findall(r"arn:aws:[a-z0-9-]+:([\w-]*):(\d{12}|[A-Z_]+)?:", text)
    for position, ours in ((0, "us-east-1"), (1, "123456789012")):
        told = Counter(arn[position] for arn in arns if arn[position] not in ("", "0" * 12))
        text = text.replace(f":{'0' * 12}:", f":{ours}:") if position else text
        home = min(told, key=lambda name: (-told[name], name), default=None)
        text = text.replace(f":{home}:", f":{ours}:").replace(f"sqs.{home}.", f"sqs.{ours}.")
        text = text.replace(f".com/{home}/", f".com/{ours}/")
    return json.loads(text)
