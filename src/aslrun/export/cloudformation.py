"""CloudFormation and SAM templates of a stack.

Rules that a change must keep:

1. The definition is a text under ``Fn::Sub``, so that it arrives as it was written; SAM, which only takes an object,
   gets one with ``DefinitionSubstitutions``, whose keys occur in no text of the definition.
2. A SAM template is a CloudFormation template in which SAM's own resource stands for the machine. The exception is a
   definition with data that SAM would take for an intrinsic function: its machine is a resource of CloudFormation.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count

from ..values import JSON
from .asl import to_text
from .iam import MACHINE_NAME, SERVICE
from .marks import ACCOUNT, PARTITION, PSEUDO, REGION, filled, filled_value, mark, names_in
from .stack import ALARMS, CALLBACKS, Stack, request_template, statement, trust_policy

Resources = dict[str, JSON]

MACHINE, ROLE, LOG_GROUP = "StateMachine", "StateMachineRole", "StateMachineLogGroup"


def cloudformation(stack: Stack) -> dict[str, JSON]:
    """The stack as a CloudFormation template."""
    return _template(stack, {MACHINE: _machine(stack)})


def sam(stack: Stack) -> dict[str, JSON]:
    """The stack as a template of the Serverless Application Model."""
    made = _machine(stack) if _has_intrinsics(dict(stack.document)) else _serverless_machine(stack)
    return {"Transform": "AWS::Serverless-2016-10-31", **_template(stack, {MACHINE: made})}


def _template(stack: Stack, machine: Resources) -> dict[str, JSON]:
    options = stack.options
    resources: Resources = {**machine, ROLE: _role(SERVICE, stack.policy.template())}
    if options.logging:
        resources[LOG_GROUP] = _log_group()
    for wanted, part in (
        (options.alarms, _alarms),
        (options.trigger == "eventbridge", _rule),
        (options.trigger == "sqs", _pipe),
        (options.callback, _callback),
    ):
        resources |= part() if wanted else {}
    made: dict[str, JSON] = {"AWSTemplateFormatVersion": "2010-09-09"}
    comment = stack.document.get("Comment")
    if isinstance(comment, str) and comment:
        made["Description"] = comment[:1000]
    made["Parameters"] = {name: _parameter(stack, name) for name in stack.parameters}
    if options.alarms:
        made["Conditions"] = {"HasAlarmTopic": {"Fn::Not": [{"Fn::Equals": [{"Ref": "AlarmTopicArn"}, ""]}]}}
    return {**made, "Resources": resources, "Outputs": _outputs(stack)}


def _parameter(stack: Stack, name: str) -> JSON:
    parameter = stack.parameters[name]
    made: dict[str, JSON] = {"Type": "Number" if name == "LogRetentionDays" else "String"}
    if parameter.default is not None:
        made["Default"] = int(parameter.default) if made["Type"] == "Number" else parameter.default
    return {**made, "Description": parameter.description}


def _outputs(stack: Stack) -> dict[str, JSON]:
    made: dict[str, JSON] = {
        "StateMachineArn": {"Description": "The state machine", "Value": {"Ref": MACHINE}},
        "StateMachineRoleArn": {"Description": "Its role", "Value": {"Fn::GetAtt": [ROLE, "Arn"]}},
    }
    if stack.options.callback:
        url = f"https://{mark('CallbackApi')}.execute-api.{mark(REGION)}.{mark('AWS::URLSuffix')}/live"
        made["CallbackUrl"] = {"Description": "Where task tokens are answered", "Value": _text(url)}
    return made


# --------------------------------------------------------------------------- texts with marks


def _text(text: str) -> JSON:
    """A text as CloudFormation resolves it."""
    names = names_in(text)
    if not names:
        return text
    if text == mark(names[0]):
        return {"Ref": names[0]}
    return {"Fn::Sub": filled(text, "${{{}}}".format, _literal)}


def _literal(text: str) -> str:
    return text.replace("${", "${!")


def _resolved(value: JSON) -> JSON:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return {key: _resolved(item) for key, item in value.items()}
    return [_resolved(item) for item in value] if isinstance(value, list) else value


# --------------------------------------------------------------------------- the machine


def _machine(stack: Stack) -> JSON:
    properties: dict[str, JSON] = {
        "StateMachineName": {"Ref": MACHINE_NAME},
        "StateMachineType": stack.type,
        "RoleArn": {"Fn::GetAtt": [ROLE, "Arn"]},
        "DefinitionString": _text(to_text(dict(stack.document))),
    }
    if stack.options.logging:
        properties["LoggingConfiguration"] = _logging(stack)
    if stack.options.tracing:
        properties["TracingConfiguration"] = {"Enabled": True}
    return {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}


def _logging(stack: Stack) -> JSON:
    return {
        "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": {"Fn::GetAtt": [LOG_GROUP, "Arn"]}}}],
        "IncludeExecutionData": stack.options.log_data,
        "Level": stack.options.log_level,
    }


def _serverless_machine(stack: Stack) -> JSON:
    document = dict(stack.document)
    keys = _substitution_keys(to_text(document))
    properties: dict[str, JSON] = {
        "Name": {"Ref": MACHINE_NAME},
        "Type": stack.type,
        "Role": {"Fn::GetAtt": [ROLE, "Arn"]},
        "Definition": filled_value(document, lambda name: f"${{{keys[name]}}}"),
    }
    if keys:
        properties["DefinitionSubstitutions"] = {key: {"Ref": name} for name, key in keys.items()}
    if stack.options.logging:
        properties["Logging"] = _logging(stack)
    if stack.options.tracing:
        properties["Tracing"] = {"Enabled": True}
    return {"Type": "AWS::Serverless::StateMachine", "Properties": properties}


def _substitution_keys(text: str) -> dict[str, str]:
    """For each name that is marked in a text, a key that fills nothing else in it: letters and digits only."""
    keys: dict[str, str] = {}
    for name in names_in(text):
        if name not in keys:
            plain = name.replace("AWS::", "Aws") if name in PSEUDO else name
            tried = (plain if number == 1 else f"{plain}{number}" for number in count(1))
            keys[name] = next(key for key in tried if f"${{{key}}}" not in text and key not in keys.values())
    return keys


def _has_intrinsics(value: JSON) -> bool:
    """Whether SAM would take an object in it for a function of CloudFormation and put that function's result there."""
    if isinstance(value, dict):
        called = value.keys() == {"Condition"} or any(key == "Ref" or key.startswith("Fn::") for key in value)
        return called or any(map(_has_intrinsics, value.values()))
    return isinstance(value, list) and any(map(_has_intrinsics, value))


def _role(service: str, policy: Mapping[str, JSON]) -> JSON:
    properties: dict[str, JSON] = {"AssumeRolePolicyDocument": _resolved(trust_policy(service))}
    if policy.get("Statement"):
        properties["Policies"] = [{"PolicyName": "least-privilege", "PolicyDocument": _resolved(dict(policy))}]
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def _log_group() -> JSON:
    return {
        "Type": "AWS::Logs::LogGroup",
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Delete",
        "Properties": {
            "LogGroupName": _text(f"/aws/vendedlogs/states/{mark(MACHINE_NAME)}"),
            "RetentionInDays": {"Ref": "LogRetentionDays"},
        },
    }


# --------------------------------------------------------------------------- what stands around it


def _alarms() -> Resources:
    return {name: _alarm(metric, sentence) for name, (metric, sentence) in ALARMS.items()}


def _alarm(metric: str, sentence: str) -> JSON:
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmDescription": _text(f"{sentence}: {mark(MACHINE_NAME)}"),
            "Namespace": "AWS/States",
            "MetricName": metric,
            "Dimensions": [{"Name": "StateMachineArn", "Value": {"Ref": MACHINE}}],
            "Statistic": "Sum",
            "Period": 300,
            "EvaluationPeriods": 1,
            "Threshold": 0,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]},
        },
    }


def _rule() -> Resources:
    start = statement("states:StartExecution", _own_arn())
    return {
        "TriggerRole": _role("events.amazonaws.com", start),
        "TriggerRule": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventBusName": {"Ref": "TriggerEventBusName"},
                "EventPattern": {"source": [{"Ref": "TriggerSource"}], "detail-type": [{"Ref": "TriggerDetailType"}]},
                "Targets": [
                    {"Id": MACHINE, "Arn": {"Ref": MACHINE}, "RoleArn": {"Fn::GetAtt": ["TriggerRole", "Arn"]}}
                ],
            },
        },
    }


def _pipe() -> Resources:
    policy = statement("states:StartExecution", _own_arn())
    statements = policy["Statement"]
    assert isinstance(statements, list)
    reads: JSON = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    statements.append({"Effect": "Allow", "Action": reads, "Resource": mark("TriggerQueueArn")})
    return {
        "TriggerRole": _role("pipes.amazonaws.com", policy),
        "TriggerPipe": {
            "Type": "AWS::Pipes::Pipe",
            "Properties": {
                "RoleArn": {"Fn::GetAtt": ["TriggerRole", "Arn"]},
                "Source": {"Ref": "TriggerQueueArn"},
                "SourceParameters": {"SqsQueueParameters": {"BatchSize": 1}},
                "Target": {"Ref": MACHINE},
                "TargetParameters": {"StepFunctionStateMachineParameters": {"InvocationType": "FIRE_AND_FORGET"}},
            },
        },
    }


def _own_arn() -> str:
    return f"arn:{mark(PARTITION)}:states:{mark(REGION)}:{mark(ACCOUNT)}:stateMachine:{mark(MACHINE_NAME)}"


# --------------------------------------------------------------------------- the API for callbacks


def _callback() -> Resources:
    actions: JSON = [f"states:{call}" for call, _ in CALLBACKS.values()]
    made: Resources = {
        "CallbackApi": {"Type": "AWS::ApiGateway::RestApi",
                        "Properties": {"Name": _text(f"{mark(MACHINE_NAME)}-callback")}},
        "CallbackRole": _role("apigateway.amazonaws.com", statement(actions, "*")),
    }  # fmt: skip
    for operation in CALLBACKS:
        made |= _operation(operation)
    made["CallbackDeployment"] = {
        "Type": "AWS::ApiGateway::Deployment",
        "DependsOn": [f"Callback{operation.capitalize()}Method" for operation in CALLBACKS],
        "Properties": {"RestApiId": {"Ref": "CallbackApi"}},
    }
    made["CallbackStage"] = {
        "Type": "AWS::ApiGateway::Stage",
        "Properties": {
            "RestApiId": {"Ref": "CallbackApi"},
            "DeploymentId": {"Ref": "CallbackDeployment"},
            "StageName": "live",
        },
    }
    return made


def _operation(operation: str) -> Resources:
    name, call = f"Callback{operation.capitalize()}", CALLBACKS[operation][0]
    uri = f"arn:{mark(PARTITION)}:apigateway:{mark(REGION)}:states:action/{call}"
    integration: JSON = {
        "Type": "AWS",
        "IntegrationHttpMethod": "POST",
        "Uri": _text(uri),
        "Credentials": {"Fn::GetAtt": ["CallbackRole", "Arn"]},
        "PassthroughBehavior": "NEVER",
        "RequestTemplates": {"application/json": request_template(operation)},
        "IntegrationResponses": [
            {"StatusCode": "200"},
            {"StatusCode": "400", "SelectionPattern": "4\\d\\d"},
        ],
    }
    return {
        name: {
            "Type": "AWS::ApiGateway::Resource",
            "Properties": {
                "RestApiId": {"Ref": "CallbackApi"},
                "ParentId": {"Fn::GetAtt": ["CallbackApi", "RootResourceId"]},
                "PathPart": operation,
            },
        },
        f"{name}Method": {
            "Type": "AWS::ApiGateway::Method",
            "Properties": {
                "RestApiId": {"Ref": "CallbackApi"},
                "ResourceId": {"Ref": name},
                "HttpMethod": "POST",
                "AuthorizationType": "AWS_IAM",
                "Integration": integration,
                "MethodResponses": [{"StatusCode": "200"}, {"StatusCode": "400"}],
            },
        },
    }
