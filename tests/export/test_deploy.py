"""Deploying to a moto server: created once, updated when something differs, and brought home again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

import aslrun
from aslrun.export import export
from aslrun.export.deploy import DeploymentFailed, Settings, UnfilledPlaceholders, connect, deploy, plan, pull

from .conftest import fleet, machine

Client = Callable[..., Any]

ROLE = "arn:aws:iam::123456789012:role/machine"
OTHER_ROLE = "arn:aws:iam::123456789012:role/other"
GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/vendedlogs/states/m"


def waiting(seconds: int) -> aslrun.Machine:
    return machine({"Type": "Wait", "Seconds": seconds})


def test_a_machine_is_created_and_comes_home_as_it_was(client: Client) -> None:
    step_functions = client("stepfunctions")

    done = deploy(fleet("business"), step_functions, Settings(ROLE, log_group_arn=GROUP, tags={"team": "fleet"}))
    home = pull(done.arn, step_functions)

    assert done.plan.action == "created"
    assert (home.name, home.document) == ("business", fleet("business").document)
    assert home.text == export(fleet("business"))
    assert step_functions.list_tags_for_resource(resourceArn=done.arn)["tags"] == [{"key": "team", "value": "fleet"}]


def test_deploying_twice_changes_nothing(client: Client) -> None:
    step_functions, settings = (
        client("stepfunctions"),
        Settings(ROLE, log_group_arn=GROUP, tags={"a": "b"}, alias="live"),
    )
    deploy(waiting(5), step_functions, settings)
    called: list[str] = []
    step_functions.meta.events.register("before-call.stepfunctions", lambda model, **_: called.append(model.name))

    again = deploy(waiting(5), step_functions, settings)

    assert (again.plan.action, again.plan.settings, again.version_arn) == ("unchanged", (), "")
    assert called
    assert {name for name in called if not name.startswith(("Describe", "List"))} == set()


def test_an_update_publishes_a_version(client: Client) -> None:
    step_functions = client("stepfunctions")
    first = deploy(waiting(5), step_functions, Settings(ROLE))
    second = deploy(waiting(9), step_functions, Settings(ROLE))

    assert (first.version_arn, second.version_arn) == (f"{first.arn}:1", f"{first.arn}:2")
    assert pull(second.arn, step_functions).document == waiting(9).document


def test_an_alias_takes_the_weight_and_leaves_the_rest_with_the_old_version(client: Client) -> None:
    step_functions = client("stepfunctions")
    deploy(waiting(5), step_functions, Settings(ROLE, alias="live"))
    done = deploy(waiting(9), step_functions, Settings(ROLE, alias="live", weight=10))

    routes = step_functions.describe_state_machine_alias(stateMachineAliasArn=done.alias_arn)["routingConfiguration"]

    assert {route["stateMachineVersionArn"]: route["weight"] for route in routes} == {
        f"{done.arn}:2": 10,
        f"{done.arn}:1": 90,
    }


def routed(step_functions: Any, alias_arn: str) -> dict[str, int]:
    """Number of each version that an alias leads to, and its percentage."""
    found = step_functions.describe_state_machine_alias(stateMachineAliasArn=alias_arn)["routingConfiguration"]
    return {route["stateMachineVersionArn"].rpartition(":")[2]: route["weight"] for route in found}


def test_an_alias_takes_more_weight_though_the_machine_stays_as_it_is(client: Client) -> None:
    step_functions = client("stepfunctions")
    deploy(waiting(5), step_functions, Settings(ROLE, alias="live"))
    alias = deploy(waiting(9), step_functions, Settings(ROLE, alias="live", weight=10)).alias_arn
    seen = []
    for weight in (50, 100):
        done = deploy(waiting(9), step_functions, Settings(ROLE, alias="live", weight=weight))
        seen.append((done.plan.action, done.plan.settings, done.version_arn, routed(step_functions, alias)))

    assert seen == [
        (
            "updated",
            ("alias live: 90 % version 1, 10 % version 2 → 50 % version 2, 50 % version 1",),
            "",
            {"2": 50, "1": 50},
        ),
        ("updated", ("alias live: 50 % version 2, 50 % version 1 → version 2",), "", {"2": 100}),
    ]


def test_an_alias_that_leads_to_what_is_there_is_left_alone(client: Client) -> None:
    step_functions = client("stepfunctions")
    deploy(waiting(5), step_functions, Settings(ROLE, alias="live"))
    deploy(waiting(9), step_functions, Settings(ROLE, alias="live", weight=10))

    assert plan(waiting(9), step_functions, Settings(ROLE, alias="live", weight=10)).action == "unchanged"


def test_a_new_alias_of_a_machine_that_stays_as_it_is_leads_to_its_version(client: Client, step_functions: str) -> None:
    import boto3

    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    connected = boto3.client("stepfunctions", endpoint_url=step_functions, **keys)
    deploy(waiting(5), connected, Settings(ROLE))

    done = deploy(waiting(5), connected, Settings(ROLE, alias="live"))

    assert done.plan.settings == ("alias live: nothing → the new version",)
    assert routed(client("stepfunctions"), done.alias_arn) == {"1": 100}


def test_a_plan_tells_where_an_alias_would_lead(client: Client) -> None:
    step_functions = client("stepfunctions")
    deploy(waiting(5), step_functions, Settings(ROLE, alias="live"))

    planned = plan(waiting(9), step_functions, Settings(ROLE, alias="live", weight=10))

    assert planned.settings == ("alias live: version 1 → 10 % the new version, 90 % version 1",)
    assert routed(step_functions, f"{planned.arn}:live") == {"1": 100}


def test_what_fails_after_the_machine_is_written_is_done_by_deploying_again(client: Client) -> None:
    from botocore.exceptions import ClientError

    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "ConflictException", "Message": "not now"}}, "UpdateStateMachineAlias")

    step_functions = client("stepfunctions")
    deploy(waiting(5), step_functions, Settings(ROLE, alias="live"))
    event = "before-call.stepfunctions.UpdateStateMachineAlias"
    step_functions.meta.events.register(event, refuse)
    with pytest.raises(
        DeploymentFailed,
        match=r"the machine is updated, what follows is not done .*: update state machine alias: ConflictException",
    ):
        deploy(waiting(9), step_functions, Settings(ROLE, alias="live"))
    step_functions.meta.events.unregister(event, refuse)

    assert plan(waiting(9), step_functions, Settings(ROLE, alias="live")).settings == (
        "alias live: version 1 → the new version",
    )


def test_an_alias_brings_home_the_version_that_most_executions_get(client: Client) -> None:
    step_functions = client("stepfunctions")
    deploy(waiting(5), step_functions, Settings(ROLE, alias="live"))
    done = deploy(waiting(9), step_functions, Settings(ROLE, alias="live", weight=10))

    assert pull(done.alias_arn, step_functions).document == waiting(5).document
    with pytest.raises(DeploymentFailed, match="StateMachineDoesNotExist"):
        pull(f"{done.arn}:nowhere", step_functions)


def test_a_plan_writes_nothing(client: Client) -> None:
    step_functions = client("stepfunctions")
    planned = plan(waiting(5), step_functions, Settings(ROLE))

    assert planned.action == "created"
    assert step_functions.list_state_machines()["stateMachines"] == []


def test_a_plan_tells_changes_of_states_and_of_settings(client: Client) -> None:
    step_functions = client("stepfunctions")
    deploy(waiting(5), step_functions, Settings(ROLE))

    other = Settings(OTHER_ROLE, tracing=False, log_group_arn=GROUP, tags={"a": "b"})

    planned = plan(waiting(9), step_functions, other)

    assert planned.action == "updated"
    assert [change.what for change in planned.diff.changes] == ["Seconds: 5 → 9"]
    assert planned.settings == (
        f"role: {ROLE} → {OTHER_ROLE}",
        f"logging: off → ERROR to {GROUP}:*",
        "tracing: on → off",
        "tag a: b",
    )


def test_local_names_are_replaced_on_the_way(client: Client) -> None:
    local = machine({"Type": "Task", "Resource": "arn:aws:lambda:local:000000000000:function:charge"})
    real = "arn:aws:lambda:us-east-1:123456789012:function:charge-prod"

    done = deploy(local, client("stepfunctions"), Settings(ROLE), names={"charge": real})

    assert json.loads(pull(done.arn, client("stepfunctions")).text)["States"]["S0"]["Resource"] == real


@pytest.mark.parametrize("act", [plan, deploy])
def test_a_placeholder_that_nothing_fills_is_refused_before_aws_is_asked(
    client: Client, act: Callable[..., object]
) -> None:
    step_functions = client("stepfunctions")
    called: list[str] = []
    step_functions.meta.events.register("before-call.stepfunctions", lambda model, **_: called.append(model.name))
    inner = {"StartAt": "I", "States": {"I": {"Type": "Task", "Resource": "${Charge}", "End": True}}}
    opened = machine({"Type": "Map", "ItemProcessor": inner, "Comment": "for ${Whom}"}, {
        "Type": "Pass", "Parameters": {"${Key}": ["${Charge}"], "Comment": "${Said}"}})  # fmt: skip

    with pytest.raises(UnfilledPlaceholders) as refused:
        act(opened, step_functions, Settings(ROLE))

    assert refused.value.places == {
        "Charge": ("States.S0.ItemProcessor.States.I.Resource", "States.S1.Parameters['${Key}'][0]"),
        "Key": ("States.S1.Parameters['${Key}']",),
        "Said": ("States.S1.Parameters.Comment",),
    }
    assert "nothing fills ${Charge} at States.S0.ItemProcessor.States.I.Resource, " in str(refused.value)
    assert called == []


def test_a_name_that_is_put_must_be_filled_too(client: Client) -> None:
    local = machine({"Type": "Task", "Resource": "arn:aws:lambda:local:000000000000:function:charge"})
    with pytest.raises(UnfilledPlaceholders, match=r"nothing fills \$\{Charge\} at States.S0.Resource"):
        deploy(local, client("stepfunctions"), Settings(ROLE), names={"charge": "${Charge}"})


def test_what_is_said_to_be_text_is_deployed_as_it_is(client: Client) -> None:
    script = machine({"Type": "Pass", "Result": {"commands": ["cd ${HOME}"]}})
    done = deploy(script, client("stepfunctions"), Settings(ROLE), as_text=["HOME"])

    assert pull(done.arn, client("stepfunctions")).document == script.document


def test_a_machine_that_is_not_there_is_told_by_aws_own_name_of_the_error(client: Client) -> None:
    with pytest.raises(DeploymentFailed, match="describe state machine: StateMachineDoesNotExist: "):
        pull(_arn("nowhere"), client("stepfunctions"))


def test_a_profile_that_is_not_there_is_told_as_a_failure() -> None:
    with pytest.raises(
        DeploymentFailed, match=r"AWS cannot be reached: The config profile \(nowhere\) could not be found"
    ):
        connect(profile="nowhere")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"role_arn": "machine"}, "role_arn must be like arn:aws:iam::123456789012:role/name, not 'machine'"),
        ({"role_arn": ROLE, "weight": 0}, "weight must be a percentage from 1 to 100, not 0"),
        (
            {"role_arn": ROLE, "alias": "7"},
            "alias must be of at most 80 letters, digits, -, _ and ., not only digits, not '7'",
        ),
        ({"role_arn": ROLE, "log_level": "DEBUG"}, "log_level must be one of ALL, ERROR, FATAL, OFF, not 'DEBUG'"),
    ],
)
def test_settings_that_aws_would_refuse_are_refused_at_once(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as refused:
        Settings(**fields)
    assert str(refused.value) == message


def _arn(name: str) -> str:
    return f"arn:aws:states:us-east-1:123456789012:stateMachine:{name}"
