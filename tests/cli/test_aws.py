"""``export``, ``iam``, ``deploy`` and ``pull``: what a person sees, and the exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aslrun import Machine, load
from aslrun.cli.deploy import tell
from aslrun.cli.problems import unfilled_placeholders
from aslrun.cli.terminal import Terminal, columns
from aslrun.export import Deployment, Plan, diff
from aslrun.values import JSON
from tests.export.conftest import FLEET, moto

from .conftest import Call, Folder, function
from .test_terminal import Tty

__all__ = ["moto"]  # a fixture

ROLE = "arn:aws:iam::123456789012:role/order"
WAIT = {"A": {"Type": "Wait", "Seconds": 5, "Next": "B"}, "B": {"Type": "Succeed"}}
EMERGENCY, BUSINESS = str(FLEET / "emergency.asl.json"), str(FLEET / "business.asl.json")


@pytest.fixture
def account(moto: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, ...]]:
    """Options that lead to an empty moto server."""
    import requests

    requests.post(f"{moto}/moto-api/reset", timeout=10).raise_for_status()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    return "--region", "us-east-1", "--endpoint-url", moto


def test_export_writes_canonical_asl(call: Call, folder: Folder) -> None:
    file = folder.machine({"B": {"Type": "Succeed"}} | WAIT | {"A": WAIT["A"]})
    folder.write(file, json.dumps({"States": WAIT, "StartAt": "A"}))
    assert call("export", file).stdout == json.dumps({"StartAt": "A", "States": WAIT}, indent=2) + "\n"


def test_export_puts_other_names(call: Call, folder: Folder) -> None:
    file = folder.machine({"A": {"Type": "Task", "Resource": function("charge"), "End": True}})
    assert '"Resource": "${Charge}"' in call("export", file, "--name", "charge=${Charge}").stdout


@pytest.mark.parametrize(("target", "begin"), [
    ("cloudformation", "AWSTemplateFormatVersion: '2010-09-09'"), ("sam", "Transform: AWS::Serverless-2016-10-31"),
    ("terraform", "{"),
])  # fmt: skip
def test_export_writes_templates(call: Call, folder: Folder, target: str, begin: str) -> None:
    file = folder.machine(WAIT)
    done = call("export", file, "--to", target, "-o", "out")

    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "wrote out\n")
    assert (folder.path / "out").read_text().splitlines()[0] == begin


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--name", "chrage=x"], "has no resource or function 'chrage'; did you mean charge?"),
        (["--name", "charge"], "--name takes KEY=VALUE, not 'charge'"),
        (["--to", "terraform", "--format", "yaml"], "terraform is written as JSON, not 'yaml'"),
        (["--to", "sam", "--parameter", "X=1"], "parameters: neither names nor the definition have ${X}"),
        (["-o", "no/such/file"], "no/such/file cannot be written: No such file or directory"),
    ],
)
def test_a_mistake_in_export_is_told(call: Call, folder: Folder, arguments: list[str], told: str) -> None:
    file = folder.machine({"A": {"Type": "Task", "Resource": function("charge"), "End": True}})
    done = call("export", file, *arguments)

    assert done.exit_code == 2
    assert told in done.stderr


def test_the_report_shows_findings_sizes_and_costs(call: Call) -> None:
    shown = call("export", BUSINESS, "--report", "--executions", "1000000").stdout
    before, _, after = shown.partition("  Express   impossible: ")

    assert before == (
        """business · Standard

↻ goes differently on AWS
  ValidateCustomer, RequestManagerApproval and 4 others: the account
  123456789012 stands for another: put real ARNs with --name, or deploy a
  template

▾ quotas
  ValidateCustomer, CreateContract and 2 others: a result of more than 262,144
  bytes fails with States.DataLimitExceeded

One execution
  transitions     10 to 11, and one for each retry
  history events  37 to 43 of 25,000

1,000,000 executions a month
  Standard  249.90 to 274.90 USD
"""
    )
    assert after.startswith("States.RequestManagerApproval.Resource: ")
    assert after.endswith(
        """
Prices of us-east-1, 2026, without what the tasks cost; 4,000 transitions a
month are free. Assumed: 10 items in a Map, no retries.
"""
    )


def test_a_report_of_a_machine_that_aws_refuses_ends_with_1(call: Call, folder: Folder) -> None:
    file = folder.machine(WAIT, name="two words.asl.json")
    done = call("export", file, "--report")

    assert done.exit_code == 1
    assert "✗ AWS refuses\n  the machine: the name 'two words' is no name on AWS" in done.stdout


def test_iam_writes_a_policy_for_machines_that_share_a_role(call: Call) -> None:
    policy = json.loads(call("iam", EMERGENCY, BUSINESS, "--region", "eu-west-1", "--account", "123456789012").stdout)

    assert [statement["Sid"] for statement in policy["Statement"]] == ["Dynamodb", "Lambda", "Sns", "Logs", "Xray"]
    assert policy["Statement"][0]["Resource"] == "arn:aws:dynamodb:eu-west-1:123456789012:table/ccs-prod-incidents"


def test_iam_as_a_table_says_who_needs_what(call: Call) -> None:
    shown = call("iam", EMERGENCY, "--format", "table", "--no-logging", "--no-tracing").stdout
    assert (
        """dynamodb:PutItem, dynamodb:UpdateItem
  on   arn:aws:dynamodb:*:*:table/ccs-prod-incidents
  for  RecordIncident, UpdateIncidentStatus, RecordFailureForReview
"""
        in shown
    )


@pytest.mark.parametrize("options", [("--format", "table"), ("--against", "policy.json")])
def test_iam_writes_no_file_of_what_is_for_reading(call: Call, folder: Folder, options: tuple[str, ...]) -> None:
    folder.write("policy.json", {"Version": "2012-10-17", "Statement": []})
    refused = call("iam", EMERGENCY, *options, "--output", "out.json")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "--output: what this shows is for reading" in refused.stderr
    assert not Path("out.json").exists()


def test_iam_against_a_policy_says_what_it_forgets_and_what_nothing_needs(call: Call, folder: Folder) -> None:
    topic = "arn:aws:sns:us-east-1:123456789012:t"
    ask = {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Parameters": {"TopicArn": topic}, "End": True}
    given = {"Statement": [{"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": "*"}]}
    arguments = ("iam", folder.machine({"A": ask}), "--no-logging", "--no-tracing", "--against")

    done = call(*arguments, folder.write("p.json", given))  # type: ignore[arg-type]
    made = json.loads(call(*arguments, "p.json", "--format", "policy").stdout)

    assert done.exit_code == 1
    assert done.stdout == (
        f"✗ p.json forgets\n  sns:Publish  on {topic}\n    for A\n"
        "↻ p.json allows, and no state needs\n  sqs:SendMessage  on *\n"
    )
    assert [statement.get("Sid") for statement in made["Statement"]] == [None, "ForgottenSns"]


def test_what_is_deployed_has_values_for_its_open_names(call: Call, folder: Folder, account: tuple[str, ...]) -> None:
    file = folder.machine({"A": {"Type": "Pass", "Result": "${Word} and ${HOME}", "End": True}}, "order.asl.json")
    call("deploy", file, "--role", ROLE, "-s", "Word=hello", "--as-text", "HOME", *account)
    pulled = call("pull", "arn:aws:states:us-east-1:123456789012:stateMachine:order", *account).stdout

    assert '"Result": "hello and ${HOME}"' in pulled


@pytest.mark.parametrize("also", [(), ("--dry-run",)], ids=["deploy", "dry run"])
def test_placeholders_that_nothing_fills_are_not_deployed(
    call: Call, folder: Folder, account: tuple[str, ...], also: tuple[str, ...]
) -> None:
    publish = {"TopicArn": "${Topic}", "Message": "at ${Topic}"}
    tell = {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Parameters": publish, "End": True}
    file = folder.machine({"A": {"Type": "Task", "Resource": "${ChargeFunctionArn}", "Next": "B"}, "B": tell})

    done = call("deploy", file, "--role", ROLE, *also, *account)

    assert (done.exit_code, done.stdout) == (2, "")
    assert (
        done.stderr
        == """\
✗ machine.asl.json has 2 placeholders that nothing fills

  ${ChargeFunctionArn}  States.A.Resource
  ${Topic}              States.B.Parameters.TopicArn
                        States.B.Parameters.Message

Give values: --substitutions ChargeFunctionArn=VALUE, or a file with an object of names and values.
One that is meant as text, such as a variable of a shell, stays with --as-text NAME.
"""
    )


def test_placeholders_are_told_before_what_lacks_for_aws(
    call: Call, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    file = folder.machine({"A": {"Type": "Task", "Resource": "${Charge}", "End": True}})
    done = call("deploy", file, "--role", ROLE)
    filled = call("deploy", file, "--role", ROLE, "-s", f"Charge={function('charge')}")

    assert done.stderr.startswith("✗ machine.asl.json has 1 placeholder that nothing fills\n")
    assert filled.stderr == "✗ to deploy, install boto3: pip install 'aslrun[aws]'\n"


@pytest.mark.parametrize(
    ("command", "ways"),
    [
        (("deploy", "--role", ROLE), ["Give values: --substitutions Charge=", "One that is meant as text"]),
        (("iam",), ["Give values: --substitutions Charge="]),
    ],
    ids=["deploy", "iam"],
)
def test_with_only_some_of_the_values_the_others_are_listed(
    call: Call, folder: Folder, command: tuple[str, ...], ways: list[str]
) -> None:
    say: dict[str, JSON] = {"Type": "Pass", "Result": "${Word}", "End": True}
    file = folder.machine({"A": {"Type": "Task", "Resource": "${Charge}", "Next": "B"}, "B": say})
    done = call(command[0], file, *command[1:], "-s", "Other=1")
    lines = done.stderr.splitlines()

    assert (done.exit_code, lines[0]) == (2, "✗ machine.asl.json has 2 placeholders that nothing fills")
    assert lines[2:4] == ["  ${Charge}  States.A.Resource", "  ${Word}    States.B.Result"]
    assert [line[: len(way)] for line, way in zip(lines[5:], ways, strict=True)] == ways


def test_what_else_is_wrong_is_told_before_the_values_that_lack(call: Call, folder: Folder) -> None:
    states: dict[str, JSON] = {"A": {"Type": "Task", "Resource": "${Charge}", "Next": "Nowhere"}}
    told = call("iam", folder.machine(states), "-s", "Other=1").stderr

    assert "Nowhere" in told
    assert "nothing fills" not in told


def test_text_that_the_definition_does_not_have_is_told(call: Call, folder: Folder, account: tuple[str, ...]) -> None:
    done = call("deploy", folder.machine(WAIT), "--role", ROLE, "--as-text", "HOME", *account)
    assert (done.exit_code, done.stderr) == (2, "✗ as_text: the definition has no ${HOME}\n")


def test_of_a_template_with_several_machines_one_is_exported_allowed_and_deployed(
    call: Call, folder: Folder, account: tuple[str, ...]
) -> None:
    definitions = {"One": {"StartAt": "A", "States": WAIT}, "Two": {"StartAt": "B", "States": {"B": WAIT["B"]}}}
    machines = {
        name: {"Type": "AWS::Serverless::StateMachine", "Properties": {"Definition": definition}}
        for name, definition in definitions.items()
    }
    folder.write("template.json", json.dumps({"Resources": machines}))

    exported = call("export", "template.json", "--machine", "Two").stdout
    allowed = call("iam", "template.json", "--machine", "Two", "--format", "table").stdout
    deployed = call("deploy", "template.json", "--machine", "One", "--role", ROLE, *account).stdout

    assert json.loads(exported) == definitions["Two"]
    assert allowed.startswith("Two · ")
    assert "stateMachine:One created" in deployed


def test_a_report_of_a_definition_with_values_does_not_name_its_placeholders(call: Call, folder: Folder) -> None:
    file = folder.machine({"A": {"Type": "Pass", "Result": "${Word}", "End": True}})

    assert "nothing fills ${Word} at States.A.Result" in call("export", file, "--report").stdout
    assert "fills" not in call("export", file, "--report", "--substitutions", "Word=hello").stdout


def test_deploy_tells_what_it_would_do_and_then_does_it(call: Call, folder: Folder, account: tuple[str, ...]) -> None:
    arguments = ("deploy", folder.machine(WAIT, "order.asl.json"), "--role", ROLE, *account)
    arn = "arn:aws:states:us-east-1:123456789012:stateMachine:order"

    assert call(*arguments, "--dry-run").stdout == f"… {arn} would be created\n\n  + A  Wait\n  + B  Succeed\n"
    assert call(*arguments, "--alias", "live").stdout == (
        f"✓ {arn} created\n  version 1\n  alias live\n\n  + A  Wait\n  + B  Succeed\n"
    )
    assert call(*arguments).stdout == f"✓ {arn} unchanged\n"

    folder.machine({"A": {**WAIT["A"], "Seconds": 9, "Next": "C"}, "C": {"Type": "Succeed"}}, "order.asl.json")
    assert (
        call(*arguments, "--no-tracing", "--dry-run").stdout
        == f"""… {arn} would be updated

  - B  Succeed
  ~ A  timing   Seconds: 5 → 9
  ~ A  rewired  Next: B → C
  + C  Succeed
  ~ tracing: on → off

An execution that goes on by the new definition: would fail
  B  would fail      there is no such state any more
  A  changes course  changed itself
  Step Functions lets executions end by the definition they began with.
"""
    )


def test_pull_brings_a_machine_home(call: Call, folder: Folder, account: tuple[str, ...]) -> None:
    file = folder.machine(WAIT, "order.asl.json")
    call("deploy", file, "--role", ROLE, *account)

    pulled = call("pull", "arn:aws:states:us-east-1:123456789012:stateMachine:order", *account[2:])

    assert pulled.stdout == call("export", file).stdout


def test_a_call_that_aws_refuses_is_told_in_one_line(call: Call, folder: Folder, account: tuple[str, ...]) -> None:
    done = call("pull", "arn:aws:states:us-east-1:123456789012:stateMachine:nowhere", *account)
    assert done.exit_code == 2
    assert done.stderr.startswith("✗ describe state machine: StateMachineDoesNotExist: ")


def test_without_boto3_the_package_to_install_is_told(
    call: Call, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    done = call("deploy", folder.machine(WAIT), "--role", ROLE)

    assert (done.exit_code, done.stderr) == (2, "✗ to deploy, install boto3: pip install 'aslrun[aws]'\n")


def before_and_after() -> tuple[Machine, Machine]:
    """A machine as it is, and with a state less and another text."""
    name = "Validate the order of a customer with a long name"
    old, new = (
        load(
            {
                "StartAt": "A",
                "States": {
                    "A": {"Type": "Wait", "Seconds": len(words), "Next": name},
                    name: {"Type": "Pass", "Result": {"words": words}, "Next": last},
                    last: {"Type": "Succeed"},
                },
            }
        )
        for words, last in (("a few words that say little", "Done"), ("some more words that say as little", "Over"))
    )
    return old, new


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_no_line_of_a_deployment_is_wider_than_the_terminal(width: int) -> None:
    arn = "arn:aws:states:us-east-1:123456789012:stateMachine:order"
    role = "role: arn:aws:iam::123456789012:role/order → arn:aws:iam::123456789012:role/other"
    planned = Plan(arn, "updated", diff(*before_and_after()), (role, "tracing: on → off"))
    stream = Tty()

    tell(
        Terminal(stream, {"NO_COLOR": "1", "COLUMNS": str(width)}), planned, Deployment(planned, f"{arn}:12", "a" * 80)
    )

    assert max(map(columns, stream.getvalue().splitlines())) <= width
    told = " ".join(stream.getvalue().split())
    assert "some more words" in told
    assert "there is no such state any more" in told


def test_what_a_program_reads_of_a_deployment_is_not_broken(
    call: Call, folder: Folder, account: tuple[str, ...]
) -> None:
    old, new = before_and_after()
    arguments = ("deploy", "order.asl.json", "--role", ROLE, *account)
    folder.write("order.asl.json", dict(old.document))
    call(*arguments)
    folder.write("order.asl.json", dict(new.document))
    lines = call(*arguments, "--dry-run", env={"COLUMNS": "40"}).stdout.splitlines()

    assert lines[0] == "… arn:aws:states:us-east-1:123456789012:stateMachine:order would be updated"
    name = "Validate the order of a customer with a long name"
    change = "payload  Result.words: a few words that say little → some more words that say as little"
    assert f"  ~ {name}  {change}" in lines
    assert "  Done                                      would fail      there is no such state any more" in lines
    assert "An execution that goes on by the new definition: would fail" in lines
    assert "  Step Functions lets executions end by the definition they began with." in lines


@pytest.mark.parametrize("width", [40, 60, 80])
def test_no_line_about_placeholders_is_wider_than_the_terminal(width: int) -> None:
    places = {"ChargeFunctionArn": ["States.Charge.Resource"], "Topic": ["States.Tell.Parameters.TopicArn", "States.B"]}
    stream = Tty()
    terminal = Terminal(stream, {"NO_COLOR": "1", "COLUMNS": str(width)})

    unfilled_placeholders("order.asl.json", places, may_be_text=True).tell(terminal)

    assert max(map(columns, stream.getvalue().splitlines())) <= width
    assert "States.Tell.Parameters.TopicArn" in stream.getvalue()
