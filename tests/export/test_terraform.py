"""Terraform JSON: texts are escaped, and what Terraform makes of it on a moto server gives the definition back."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import aslrun
from aslrun.export import Options, export, template

from .conftest import fleet, machine, task

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


def terraform(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["terraform", *arguments, "-no-color"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def root(endpoint: str, modules: dict[str, Any]) -> str:
    """A configuration of several modules on a moto server."""
    provider = {
        "region": "us-east-1", "access_key": "test", "secret_key": "test", "skip_credentials_validation": True,
        "skip_metadata_api_check": True, "skip_requesting_account_id": True,
        "endpoints": [dict.fromkeys(SERVICES, endpoint)],
    }  # fmt: skip
    outputs = {name: {"value": f"${{module.{name}.state_machine_arn}}"} for name in modules}
    return json.dumps({"provider": {"aws": provider}, "module": modules, "output": outputs})


@pytest.fixture
def workspace(tmp_path: Path, moto: str) -> Callable[[dict[str, str], dict[str, Any]], Path]:
    """A folder with modules, initialised. With a mirror of the provider, set TF_CLI_ARGS_init=-plugin-dir=FOLDER."""
    if shutil.which("terraform") is None:
        pytest.skip("needs the program terraform, which is not installed")

    def made(texts: dict[str, str], arguments: dict[str, Any]) -> Path:
        for name, text in texts.items():
            (tmp_path / name).mkdir()
            (tmp_path / name / "main.tf.json").write_text(text)
        modules = {name: {"source": f"./{name}", "name": name, **arguments.get(name, {})} for name in texts}
        (tmp_path / "main.tf.json").write_text(root(moto, modules))
        if (started := terraform(tmp_path, "init")).returncode:
            pytest.skip(f"needs the provider hashicorp/aws: {started.stderr[:300]}")
        return tmp_path

    return made


@pytest.mark.long
def test_terraform_accepts_fifty_published_definitions(
    workspace: Callable[..., Path], corpus: Callable[..., list[tuple[str, aslrun.Machine]]]
) -> None:
    texts = {f"m{index}": export(loaded, "terraform") for index, (_, loaded) in enumerate(corpus("S")[:50])}
    answer = terraform(workspace(texts, {}), "validate")
    assert (answer.returncode, answer.stderr) == (0, "") or answer.stdout.startswith("Success!")


@pytest.mark.long
def test_terraform_creates_the_examples(client: Callable[..., Any], workspace: Callable[..., Path]) -> None:
    everything = Options(trigger="eventbridge", callback=True)
    texts = {name: export(fleet(name), "terraform", options=everything) for name in ("emergency", "business")}
    folder = workspace(texts, {name: {"trigger_source": "a", "trigger_detail_type": "b"} for name in texts})

    applied = terraform(folder, "apply", "-auto-approve")

    assert applied.returncode == 0, applied.stderr
    arns = json.loads(terraform(folder, "output", "-json").stdout)
    describe = client("stepfunctions").describe_state_machine
    found = {name: json.loads(describe(stateMachineArn=arns[name]["value"])["definition"]) for name in texts}
    assert found == {name: fleet(name).document for name in texts}
