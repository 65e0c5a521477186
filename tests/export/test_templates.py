"""CloudFormation and SAM: accepted by the linter and the translator, created by moto, and the definition comes back.

A SAM template is created as AWS does it: the translator makes a template of CloudFormation of it, then that is created.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

import aslrun
from aslrun.export import Options, export, policy, template
from aslrun.values import JSON

from .conftest import fleet, machine, needs, task
from .stacks import Client, as_moto_reads_it, at_home, created, lint, translated

Corpus = Callable[..., list[tuple[str, aslrun.Machine]]]

EVERYTHING = Options(trigger="sqs", callback=True, log_level="ALL", log_data=True)
LITTLE = Options(alarms=False, log_level="OFF", tracing=False)
BY_EVENT = Options(trigger="eventbridge")
HOME = {"region": "us-east-1", "account": "123456789012"}


def test_the_linter_and_the_translator_have_nothing_against_a_template() -> None:
    needs("cfnlint", "samtranslator", "boto3")
    ask = task("sns:publish", Parameters={"TopicArn": "arn:aws:sns:us-east-1:123456789012:t", "Message.$": "$.text"})
    assert lint(export(machine(ask), "cloudformation", options=EVERYTHING, format="yaml")) == []
    assert lint(json.dumps(translated(template(machine(ask), "sam", options=LITTLE)))) == []


@pytest.mark.long
@pytest.mark.parametrize("options", [EVERYTHING, BY_EVENT, LITTLE], ids=["everything", "by event", "little"])
@pytest.mark.parametrize("name", ["emergency", "business"])
def test_the_linter_has_nothing_against_the_example(name: str, options: Options) -> None:
    needs("cfnlint", "samtranslator", "boto3")
    made = translated(template(fleet(name), "sam", options=options))

    assert made["Resources"]["StateMachine"]["Type"] == "AWS::StepFunctions::StateMachine"
    assert lint(export(fleet(name), "cloudformation", options=options)) == []
    assert lint(export(fleet(name), "sam", options=options)) == []
    assert lint(json.dumps(made)) == []


@pytest.mark.parametrize("options", [EVERYTHING, BY_EVENT, LITTLE], ids=["everything", "by event", "little"])
@pytest.mark.parametrize("name", ["emergency", "business"])
def test_a_stack_is_created_and_gives_the_definition_back(client: Client, name: str, options: Options) -> None:
    described = created(client, template(fleet(name), options=options), name)

    assert json.loads(described["definition"]) == fleet(name).document
    assert described["name"] == name
    assert client("iam").list_roles()["Roles"]


@pytest.mark.parametrize("options", [EVERYTHING, BY_EVENT, LITTLE], ids=["everything", "by event", "little"])
@pytest.mark.parametrize("name", ["emergency", "business"])
def test_a_stack_of_sam_is_created_and_gives_the_definition_back(client: Client, name: str, options: Options) -> None:
    described = created_by_sam(client, template(fleet(name), "sam", options=options), name)

    assert json.loads(described["definition"]) == fleet(name).document
    assert described["name"] == name


def created_by_sam(client: Client, made: dict[str, JSON], name: str) -> dict[str, Any]:
    needs("samtranslator")
    return created(client, as_moto_reads_it(translated(made)), name)


def test_moto_knows_no_definition_substitutions(client: Client) -> None:
    needs("samtranslator")
    described = created(client, translated(template(fleet("business"), "sam", options=LITTLE)), "business")

    assert "arn:${AwsPartition}:states:::lambda:invoke" in described["definition"]


def test_a_template_in_yaml_says_what_the_one_in_json_says(corpus: Corpus) -> None:
    import yaml

    for _, loaded in [*corpus("S")[:5], ("", fleet("business"))]:
        for to in ("cloudformation", "sam"):
            assert yaml.safe_load(export(loaded, to, format="yaml")) == json.loads(export(loaded, to))


def test_nothing_in_a_template_says_account_region_partition_or_the_name_of_a_resource() -> None:
    for to, name in itertools.product(["cloudformation", "sam", "terraform"], ["emergency", "business"]):
        made = template(fleet(name), to, options=EVERYTHING)
        parameters = made.pop("Parameters", None) or made.pop("variable")
        text = json.dumps(made)
        assert "ccs-prod-" in json.dumps(parameters)
        assert [word for word in ("123456789012", "us-east-1", "arn:aws:", "ccs-prod-") if word in text] == []


def test_text_that_looks_like_a_parameter_stays_text(client: Client) -> None:
    asking = machine(task("sns:publish", Parameters={
        "TopicArn": "arn:aws:sns:us-east-1:123456789012:t", "Message": "${Name} and $${y} and %{z}",
    }))  # fmt: skip
    assert json.loads(created(client, template(asking, options=LITTLE), "s")["definition"]) == asking.document


def test_text_that_looks_like_one_of_sams_substitutions_stays_text(client: Client) -> None:
    asking = machine(task("sns:publish", Parameters={
        "TopicArn": "arn:aws:sns:us-east-1:123456789012:t", "Message": "${TTopic} ${TTopic2} in ${AwsRegion}",
    }))  # fmt: skip
    assert json.loads(created_by_sam(client, template(asking, "sam"), "s")["definition"]) == asking.document


@pytest.mark.parametrize(
    "data",
    [{"Ref": "order"}, {"Fn::Sub": "x"}, {"Condition": "new"}, {"Ref": "a", "more": 1}],
    ids=lambda data: "+".join(data),
)
def test_data_that_looks_like_a_function_of_cloudformation_stays_data(client: Client, data: dict[str, Any]) -> None:
    passing = machine({"Type": "Pass", "Result": {"order": [data]}}, task("sqs:sendMessage"))
    made = template(passing, "sam", options=LITTLE)

    assert json.loads(created_by_sam(client, made, "s")["definition"]) == passing.document
    assert lint(json.dumps(made)) == []


def test_the_name_of_a_table_is_a_parameter_only_where_the_table_is_meant() -> None:
    arguments = {"TableName": "orders", "Key": {"kind": {"S": "orders"}}}
    ask = task("dynamodb:getItem", Parameters=arguments, End=True)
    orders = aslrun.load({"StartAt": "orders", "States": {"orders": ask}})
    made = template(orders)["Resources"]["StateMachine"]["Properties"]["DefinitionString"]["Fn::Sub"]  # type: ignore[index,call-overload]

    assert made.count("${OrdersTable}") == 1
    assert '"S": "orders"' in made
    assert '"StartAt": "orders"' in made


def test_another_account_than_home_is_a_parameter_of_its_own() -> None:
    ours, theirs = (f"arn:aws:sns:us-east-1:{account * 12}:t" for account in "12")
    calls = [task("sns:publish", Parameters={"TopicArn": arn, "Message": "hi"}) for arn in (ours, ours, theirs)]
    made = template(machine(*calls))

    assert made["Parameters"]["OtherAccount"]["Default"] == "222222222222"  # type: ignore[index,call-overload]


def test_what_is_local_is_at_home_wherever_the_template_is_deployed() -> None:
    local = {"Type": "Task", "Resource": "arn:aws:lambda:local:000000000000:function:charge"}
    real = task("sns:publish", Parameters={"TopicArn": "arn:aws:sns:eu-west-1:123456789012:t", "Message": "hi"})
    made = template(machine(local, real), options=LITTLE)

    assert list(made["Parameters"]) == ["StateMachineName", "ChargeFunction", "TTopic"]  # type: ignore[arg-type]


def test_a_parameter_that_names_put_has_the_default_it_was_given() -> None:
    local = machine({"Type": "Task", "Resource": "arn:aws:lambda:local:000000000000:function:charge"})
    made = template(local, names={"charge": "${ChargeArn}"}, parameters={"ChargeArn": "arn:aws:lambda:x"})
    required = template(local, names={"charge": "${ChargeArn}"})

    assert made["Parameters"]["ChargeArn"]["Default"] == "arn:aws:lambda:x"  # type: ignore[index,call-overload]
    assert "Default" not in required["Parameters"]["ChargeArn"]  # type: ignore[operator,index,call-overload]
    with pytest.raises(ValueError, match=r"neither names nor the definition have \$\{Other\}"):
        template(local, names={"charge": "${ChargeArn}"}, parameters={"Other": ""})


def test_a_name_that_the_definition_leaves_open_is_a_parameter_where_a_resource_is_meant(client: Client) -> None:
    from examples.jira_callback.workflow import DEFINITION, SUBSTITUTIONS
    from examples.jira_callback.workflow import machine as release

    left = aslrun.load(DEFINITION, name="jira-callback")
    made, by_sam = (template(left, target, parameters=SUBSTITUTIONS) for target in ("cloudformation", "sam"))
    open_parameters = template(aslrun.load(DEFINITION))["Parameters"]

    assert back(client, made, "release") == release().document
    assert json.loads(created_by_sam(client, by_sam, "release-2")["definition"]) == release().document
    assert granted(role_policy(made)) == granted(policy(release()).document(**HOME))
    assert {name for name, given in open_parameters.items() if "Default" not in given} == SUBSTITUTIONS.keys()  # type: ignore[union-attr,operator]


def test_a_name_that_is_asked_for_is_a_parameter_wherever_it_stands() -> None:
    asking = machine({"Type": "Pass", "Result": "${Greeting}, ${Name}"})
    made = json.dumps(template(asking, parameters={"Greeting": "Hello"}))

    assert "${Greeting}, ${!Name}" in made


def test_a_function_whose_arn_is_a_parameter_may_be_called() -> None:
    local = machine({"Type": "Task", "Resource": "arn:aws:lambda:local:000000000000:function:charge"})
    made = template(local, names={"charge": "${ChargeArn}"}, parameters={"ChargeArn": "arn:x"}, options=LITTLE)

    assert granted(role_policy(made)) == {("lambda:InvokeFunction", "arn:x"), ("lambda:InvokeFunction", "arn:x:*")}


def test_a_region_that_names_leave_to_the_template_is_no_parameter() -> None:
    local = machine({"Type": "Task", "Resource": "arn:aws:lambda:local:000000000000:function:charge"})
    made = template(local, names={"charge": "arn:aws:lambda:${AWS::Region}:123456789012:function:charge"})

    assert "AWS::Region" not in made["Parameters"]  # type: ignore[operator]
    assert "function:charge" in json.dumps(role_policy(made))


# --------------------------------------------------------------------------- the role


def role_policy(made: dict[str, Any]) -> dict[str, Any]:
    """The policy of the machine's role, with the defaults of the template."""
    values = {name: str(given["Default"]) for name, given in made["Parameters"].items() if "Default" in given}
    values |= {"AWS::Partition": "aws", "AWS::Region": HOME["region"], "AWS::AccountId": HOME["account"]}

    def resolved(value: Any) -> Any:
        if isinstance(value, list):
            return [resolved(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "Ref" in value:
            return values[value["Ref"]]
        if "Fn::Sub" in value:
            return re.sub(r"\$\{([\w:]+)\}", lambda found: values[found[1]], value["Fn::Sub"])
        return {key: resolved(item) for key, item in value.items()}

    policies = made["Resources"]["StateMachineRole"]["Properties"].get("Policies") or [{"PolicyDocument": {}}]
    return resolved(policies[0]["PolicyDocument"])


def granted(document: Any) -> set[tuple[str, str]]:
    """Every action with every resource."""
    return {
        (action, resource)
        for statement in document.get("Statement", [])
        for action in aslist(statement["Action"])
        for resource in aslist(statement["Resource"])
    }


def aslist(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


@pytest.mark.parametrize("name", ["emergency", "business"])
def test_the_role_of_a_template_may_do_what_the_policy_of_the_machine_says(name: str) -> None:
    assert granted(role_policy(template(fleet(name)))) == granted(policy(fleet(name)).document(**HOME))


def test_the_roles_of_the_published_definitions_may_do_what_their_policies_say(corpus: Corpus) -> None:
    found = [
        case
        for case, loaded in corpus("S")
        if granted(role_policy(template(moved := aslrun.load(at_home(loaded), name="machine"))))
        != granted(policy(moved).document(**HOME))
    ]
    assert found == []


# --------------------------------------------------------------------------- published definitions


def back(client: Client, made: dict[str, Any], name: str) -> JSON:
    """The definition of the machine that a stack has, which is deleted then."""
    described = created(client, made, name)
    client("cloudformation").delete_stack(StackName=name)
    return json.loads(described["definition"])  # type: ignore[no-any-return]


@pytest.mark.parametrize("target", ["cloudformation", "sam"])
def test_published_definitions_come_back_from_their_stacks(client: Client, corpus: Corpus, target: str) -> None:
    needs("samtranslator")
    for case, loaded in corpus("S")[:50:5]:
        made = template(loaded, target)
        made = as_moto_reads_it(translated(made)) if target == "sam" else made
        assert (case, back(client, made, "stack")) == (case, at_home(loaded))


@pytest.mark.long
@pytest.mark.timeout(180)  # 15 s on a quiet machine
@pytest.mark.parametrize("first", range(0, 50, 10))
def test_fifty_published_definitions_lint_translate_and_are_created(client: Client, corpus: Corpus, first: int) -> None:
    needs("cfnlint", "samtranslator")
    found: dict[str, list[str]] = {}
    for case, loaded in corpus("S")[first : first + 10]:
        made, by_sam = template(loaded), translated(template(loaded, "sam"))
        problems = [*lint(json.dumps(made)), *lint(json.dumps(by_sam))]
        for target, stack in (("CloudFormation", made), ("SAM", as_moto_reads_it(by_sam))):
            if back(client, stack, f"{target}-stack") != at_home(loaded):
                problems.append(f"another definition by {target}")
        if problems:
            found[case] = problems
    assert found == {}
