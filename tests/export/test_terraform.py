"""Terraform JSON: texts are escaped, and what Terraform makes of it on a moto server gives the definition back."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

import aslrun
from aslrun.export import Options, export, template
from examples.jira_callback.workflow import DEFINITION, SUBSTITUTIONS
from examples.jira_callback.workflow import machine as release

from .conftest import fleet, machine, task
from .stacks import at_home

MIRROR = "from a mirror, TF_CLI_ARGS_init=-plugin-dir=FOLDER"
SERVICES = ("apigateway", "cloudwatch", "events", "iam", "logs", "pipes", "sfn", "sqs", "sts")


def test_what_looks_like_a_template_in_the_definition_is_doubled() -> None:
    text = template(machine({"Type": "Pass", "Result": "${a} %{b}"}), "terraform")
    definition = text["resource"]["aws_sfn_state_machine"]["state_machine"]["definition"]  # type: ignore[index,call-overload]
    assert '"$${a} %%{b}"' in definition


def test_parameters_are_variables_with_the_definitions_own_values() -> None:
    ask = task("dynamodb:getItem", Parameters={"TableName": "big-orders", "Key": {}})
    variables = template(machine(ask), "terraform")["variable"]
    assert isinstance(variables, dict)

    assert variables["big_orders_table"] == {
        "type": "string",
        "description": "Name of a Table",
        "default": "big-orders",
    }
    assert variables["name"]["default"] == "machine"  # type: ignore[index,call-overload]


def evaluated(text: str, variables: dict[str, Any]) -> str:
    """A text of the configuration as Terraform reads it, at home in the definition's own account and region."""
    known = {f"var.{name}": variable.get("default") for name, variable in variables.items()}
    known |= {"data.aws_partition.current.partition": "aws", "data.aws_region.current.id": "us-east-1"}
    known |= {
        "data.aws_caller_identity.current.account_id": "123456789012",
        "data.aws_partition.current.dns_suffix": "amazonaws.com",
    }
    found = re.sub(r"(?<!\$)\$\{([^}]+)\}", lambda match: str(known[match[1]]), text)
    return found.replace("$${", "${").replace("%%{", "%{")


def test_the_definition_in_the_configuration_is_the_definition(
    corpus: Callable[..., list[tuple[str, aslrun.Machine]]],
) -> None:
    for case, loaded in [*corpus("S"), ("emergency", fleet("emergency"))]:
        made: Any = template(loaded, "terraform")
        text = made["resource"]["aws_sfn_state_machine"]["state_machine"]["definition"]
        assert (case, json.loads(evaluated(text, made["variable"]))) == (case, at_home(loaded))


def terraform(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["terraform", *arguments, "-no-color"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def root(endpoint: str, modules: dict[str, Any], step_functions: str = "") -> str:
    """A configuration of several modules on a moto server."""
    provider = {
        "region": "us-east-1", "access_key": "test", "secret_key": "test", "skip_credentials_validation": True,
        "skip_metadata_api_check": True, "skip_requesting_account_id": True,
        "endpoints": [dict.fromkeys(SERVICES, endpoint) | {"sfn": step_functions or endpoint}], "max_retries": 1,
    }  # fmt: skip
    outputs = {name: {"value": f"${{module.{name}.state_machine_arn}}"} for name in modules}
    return json.dumps({"provider": {"aws": provider}, "module": modules, "output": outputs})


@pytest.fixture
def workspace(tmp_path: Path, moto: str, step_functions: str) -> Callable[..., Path]:
    """A folder with modules, initialised."""
    if shutil.which("terraform") is None:
        pytest.skip("needs the program terraform, which is not installed")

    def made(texts: dict[str, str], arguments: dict[str, Any]) -> Path:
        for name, text in texts.items():
            (tmp_path / name).mkdir()
            (tmp_path / name / "main.tf.json").write_text(text)
        modules = {name: {"source": f"./{name}", "name": name, **arguments.get(name, {})} for name in texts}
        (tmp_path / "main.tf.json").write_text(root(moto, modules, step_functions))
        if (started := terraform(tmp_path, "init")).returncode:
            told = " ".join(started.stderr.replace("│", " ").split())
            assert "registry.terraform.io" in told, told  # any other trouble is ours
            pytest.skip(f"needs the provider hashicorp/aws, from its registry or {MIRROR}")
        return tmp_path

    return made


def applied(folder: Path, client: Callable[..., Any], modules: Iterable[str]) -> dict[str, Any]:
    """What DescribeStateMachine says is the definition of each module's machine, after all have been created."""
    done = terraform(folder, "apply", "-auto-approve", "-refresh=false", "-parallelism=30")
    assert done.returncode == 0, done.stderr
    arns = json.loads(terraform(folder, "output", "-json").stdout)
    describe = client("stepfunctions").describe_state_machine
    return {name: json.loads(describe(stateMachineArn=arns[name]["value"])["definition"]) for name in modules}


@pytest.mark.long
def test_terraform_accepts_fifty_published_definitions(
    workspace: Callable[..., Path], corpus: Callable[..., list[tuple[str, aslrun.Machine]]]
) -> None:
    texts = {f"m{index}": export(loaded, "terraform") for index, (_, loaded) in enumerate(corpus("S")[:50])}
    answer = terraform(workspace(texts, {}), "validate")
    assert (answer.returncode, answer.stderr) == (0, "") or answer.stdout.startswith("Success!")


LITTLE = Options(alarms=False, log_level="OFF")


def test_terraform_creates_a_machine_and_its_definition_comes_back(
    client: Callable[..., Any], workspace: Callable[..., Path], corpus: Callable[..., list[tuple[str, aslrun.Machine]]]
) -> None:
    _, published = corpus("S")[0]
    texts = {"example": export(fleet("emergency"), "terraform", options=LITTLE)}
    texts["published"] = export(published, "terraform", options=LITTLE)

    found = applied(workspace(texts, {}), client, texts)

    assert found == {"example": fleet("emergency").document, "published": at_home(published)}


@pytest.mark.long
@pytest.mark.timeout(600)  # 25 s on a quiet machine, most of it the provider's own
def test_terraform_creates_the_examples_and_fifty_published_definitions(
    client: Callable[..., Any], workspace: Callable[..., Path], corpus: Callable[..., list[tuple[str, aslrun.Machine]]]
) -> None:
    everything = Options(trigger="eventbridge", callback=True)
    examples = {name: export(fleet(name), "terraform", options=everything) for name in ("emergency", "business")}
    cases = {f"m{index}": case for index, case in enumerate(corpus("S")[:50])}
    texts = examples | {name: export(loaded, "terraform", options=LITTLE) for name, (_, loaded) in cases.items()}
    texts["release"] = export(aslrun.load(DEFINITION), "terraform", parameters=SUBSTITUTIONS, options=LITTLE)
    arguments = {name: {"trigger_source": "a", "trigger_detail_type": "b"} for name in examples}

    found = applied(workspace(texts, arguments), client, texts)

    assert {name: found[name] for name in examples} == {name: fleet(name).document for name in examples}
    assert found["release"] == release().document
    assert [case for name, (case, loaded) in cases.items() if found[name] != at_home(loaded)] == []
