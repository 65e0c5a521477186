"""Terraform JSON (``*.tf.json``) of a stack, for the provider hashicorp/aws from version 5 on.

Rules that a change must keep:

1. In Terraform's JSON every text is a template: what is not a mark has its ``${`` and ``%{`` doubled.
2. A reference to another resource is written as a text with ``${...}``, in ``_ref``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..values import JSON
from .asl import to_text
from .iam import MACHINE_NAME, SERVICE
from .marks import ACCOUNT, PARTITION, REGION, URL_SUFFIX, filled, mark
from .stack import ALARMS, CALLBACKS, Stack, request_template, statement, trust_policy

Blocks = dict[str, dict[str, JSON]]
"""Type of resource to name to arguments."""

_KNOWN = {
    PARTITION: "data.aws_partition.current.partition",
    REGION: "data.aws_region.current.id",
    ACCOUNT: "data.aws_caller_identity.current.account_id",
    URL_SUFFIX: "data.aws_partition.current.dns_suffix",
}
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_OWN = {MACHINE_NAME: "name"}


def terraform(stack: Stack) -> dict[str, JSON]:
    """The stack as a Terraform configuration."""
    options = stack.options
    blocks: Blocks = {}
    _role(blocks, "state_machine", SERVICE, stack.policy.template())
    _add(blocks, "aws_sfn_state_machine", "state_machine", _machine(stack))
    if options.logging:
        _add(blocks, "aws_cloudwatch_log_group", "state_machine", {
            "name": f"/aws/vendedlogs/states/{_var(MACHINE_NAME)}", "retention_in_days": _var("LogRetentionDays"),
        })  # fmt: skip
    for wanted, part in (
        (options.alarms, _alarms),
        (options.trigger == "eventbridge", _rule),
        (options.trigger == "sqs", _pipe),
        (options.callback, _callback),
    ):
        if wanted:
            part(blocks)
    return {
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": ">= 5.0"}}},
        "variable": {_variable(name): _declared(stack, name) for name in stack.parameters},
        "data": {kind: {"current": {}} for kind in ("aws_partition", "aws_region", "aws_caller_identity")},
        "resource": {kind: dict(named) for kind, named in blocks.items()},
        "output": _outputs(stack),
    }


def _declared(stack: Stack, name: str) -> JSON:
    parameter = stack.parameters[name]
    number = name == "LogRetentionDays"
    made: dict[str, JSON] = {"type": "number" if number else "string", "description": parameter.description}
    if parameter.default is not None:
        made["default"] = int(parameter.default) if number else _literal(parameter.default)
    return made


def _outputs(stack: Stack) -> dict[str, JSON]:
    made: dict[str, JSON] = {
        "state_machine_arn": {"value": _ref("aws_sfn_state_machine.state_machine.arn")},
        "state_machine_role_arn": {"value": _ref("aws_iam_role.state_machine.arn")},
    }
    if stack.options.callback:
        made["callback_url"] = {"value": _ref("aws_api_gateway_stage.callback.invoke_url")}
    return made


# --------------------------------------------------------------------------- texts


def _variable(name: str) -> str:
    """A parameter's name in Terraform's manner.

    >>> _variable("CcsProdIncidentsTable"), _variable("StateMachineName")
    ('ccs_prod_incidents_table', 'name')
    """
    return _OWN.get(name, _WORD.sub("_", name).lower())


def _ref(path: str) -> str:
    return f"${{{path}}}"


def _var(name: str) -> str:
    return _ref(f"var.{_variable(name)}")


def _text(text: str) -> str:
    return filled(text, lambda name: _ref(_KNOWN[name]) if name in _KNOWN else _var(name), _literal)


def _literal(text: str) -> str:
    return text.replace("${", "$${").replace("%{", "%%{")


def _policy(policy: Mapping[str, JSON]) -> str:
    return _text(to_text(dict(policy)))


# --------------------------------------------------------------------------- resources


def _add(blocks: Blocks, kind: str, name: str, arguments: JSON) -> None:
    blocks.setdefault(kind, {})[name] = arguments


def _role(blocks: Blocks, name: str, service: str, policy: Mapping[str, JSON]) -> None:
    trust = _policy(trust_policy(service))
    _add(blocks, "aws_iam_role", name, {"name_prefix": f"{name.replace('_', '-')}-", "assume_role_policy": trust})
    if policy.get("Statement"):
        arguments: JSON = {
            "name": "least-privilege",
            "role": _ref(f"aws_iam_role.{name}.id"),
            "policy": _policy(policy),
        }
        _add(blocks, "aws_iam_role_policy", name, arguments)


def _machine(stack: Stack) -> JSON:
    made: dict[str, JSON] = {
        "name": _var(MACHINE_NAME),
        "type": stack.type,
        "role_arn": _ref("aws_iam_role.state_machine.arn"),
        "definition": _text(to_text(dict(stack.document))),
    }
    if stack.policy.statements:
        made["depends_on"] = ["aws_iam_role_policy.state_machine"]
    if stack.options.logging:
        made["logging_configuration"] = {
            "log_destination": _ref("aws_cloudwatch_log_group.state_machine.arn") + ":*",
            "include_execution_data": stack.options.log_data,
            "level": stack.options.log_level,
        }
    if stack.options.tracing:
        made["tracing_configuration"] = {"enabled": True}
    return made


def _alarms(blocks: Blocks) -> None:
    for name, (metric, sentence) in ALARMS.items():
        arguments: JSON = {
            "alarm_name": f"{_var(MACHINE_NAME)}-{metric}",
            "alarm_description": f"{sentence}: {_var(MACHINE_NAME)}",
            "namespace": "AWS/States",
            "metric_name": metric,
            "dimensions": {"StateMachineArn": _ref("aws_sfn_state_machine.state_machine.arn")},
            "statistic": "Sum",
            "period": 300,
            "evaluation_periods": 1,
            "threshold": 0,
            "comparison_operator": "GreaterThanThreshold",
            "treat_missing_data": "notBreaching",
            "alarm_actions": _ref('var.alarm_topic_arn == "" ? [] : [var.alarm_topic_arn]'),
        }
        _add(blocks, "aws_cloudwatch_metric_alarm", _variable(name), arguments)


def _own_arn() -> str:
    return f"arn:{mark(PARTITION)}:states:{mark(REGION)}:{mark(ACCOUNT)}:stateMachine:{mark(MACHINE_NAME)}"


def _rule(blocks: Blocks) -> None:
    _role(blocks, "trigger", "events.amazonaws.com", statement("states:StartExecution", _own_arn()))
    pattern = to_text({"source": [mark("TriggerSource")], "detail-type": [mark("TriggerDetailType")]})
    bus = _var("TriggerEventBusName")
    _add(blocks, "aws_cloudwatch_event_rule", "trigger",
         {"name_prefix": "state-machine-", "event_bus_name": bus, "event_pattern": _text(pattern)})  # fmt: skip
    arguments: JSON = {
        "rule": _ref("aws_cloudwatch_event_rule.trigger.name"),
        "event_bus_name": bus,
        "arn": _ref("aws_sfn_state_machine.state_machine.arn"),
        "role_arn": _ref("aws_iam_role.trigger.arn"),
    }
    _add(blocks, "aws_cloudwatch_event_target", "trigger", arguments)


def _pipe(blocks: Blocks) -> None:
    policy = statement("states:StartExecution", _own_arn())
    statements = policy["Statement"]
    assert isinstance(statements, list)
    reads: JSON = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    statements.append({"Effect": "Allow", "Action": reads, "Resource": mark("TriggerQueueArn")})
    _role(blocks, "trigger", "pipes.amazonaws.com", policy)
    arguments: JSON = {
        "name_prefix": "state-machine-",
        "role_arn": _ref("aws_iam_role.trigger.arn"),
        "source": _var("TriggerQueueArn"),
        "source_parameters": {"sqs_queue_parameters": {"batch_size": 1}},
        "target": _ref("aws_sfn_state_machine.state_machine.arn"),
        "target_parameters": {"step_function_state_machine_parameters": {"invocation_type": "FIRE_AND_FORGET"}},
        "depends_on": ["aws_iam_role_policy.trigger"],
    }
    _add(blocks, "aws_pipes_pipe", "trigger", arguments)


# --------------------------------------------------------------------------- the API for callbacks


def _callback(blocks: Blocks) -> None:
    actions: JSON = [f"states:{call}" for call, _ in CALLBACKS.values()]
    _role(blocks, "callback", "apigateway.amazonaws.com", statement(actions, "*"))
    _add(blocks, "aws_api_gateway_rest_api", "callback", {"name": f"{_var(MACHINE_NAME)}-callback"})
    api = _ref("aws_api_gateway_rest_api.callback.id")
    for operation, (call, _) in CALLBACKS.items():
        _operation(blocks, api, operation, call)
    _add(blocks, "aws_api_gateway_deployment", "callback", {
        "rest_api_id": api, "depends_on": [f"aws_api_gateway_integration.{operation}" for operation in CALLBACKS],
    })  # fmt: skip
    deployment = _ref("aws_api_gateway_deployment.callback.id")
    _add(blocks, "aws_api_gateway_stage", "callback",
         {"rest_api_id": api, "deployment_id": deployment, "stage_name": "live"})  # fmt: skip


def _operation(blocks: Blocks, api: str, operation: str, call: str) -> None:
    parent = _ref("aws_api_gateway_rest_api.callback.root_resource_id")
    _add(blocks, "aws_api_gateway_resource", operation,
         {"rest_api_id": api, "parent_id": parent, "path_part": operation})  # fmt: skip
    place: dict[str, JSON] = {
        "rest_api_id": api,
        "resource_id": _ref(f"aws_api_gateway_resource.{operation}.id"),
        "http_method": "POST",
    }
    after = [f"aws_api_gateway_integration.{operation}"]
    _add(blocks, "aws_api_gateway_method", operation, {**place, "authorization": "AWS_IAM"})
    integration: JSON = {
        **place,
        "type": "AWS",
        "integration_http_method": "POST",
        "uri": _text(f"arn:{mark(PARTITION)}:apigateway:{mark(REGION)}:states:action/{call}"),
        "credentials": _ref("aws_iam_role.callback.arn"),
        "passthrough_behavior": "NEVER",
        "request_templates": {"application/json": _literal(request_template(operation))},
        "depends_on": [f"aws_api_gateway_method.{operation}"],
    }
    _add(blocks, "aws_api_gateway_integration", operation, integration)
    for status, pattern in (("200", ""), ("400", "4\\d\\d")):
        name = f"{operation}_{status}"
        _add(blocks, "aws_api_gateway_method_response", name, {**place, "status_code": status, "depends_on":
             [f"aws_api_gateway_method.{operation}"]})  # fmt: skip
        response: dict[str, JSON] = {**place, "status_code": status, "depends_on":
                                     [*after, f"aws_api_gateway_method_response.{name}"]}  # fmt: skip
        if pattern:
            response["selection_pattern"] = pattern
        _add(blocks, "aws_api_gateway_integration_response", name, response)
