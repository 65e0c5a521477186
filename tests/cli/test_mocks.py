"""Mock files."""

from __future__ import annotations

import json
import os
from textwrap import dedent

import pytest

from aslrun import TaskContext
from aslrun.values import JSON

from .conftest import Call, Folder, function

needs_callbacks = pytest.mark.skipif(
    not hasattr(TaskContext, "call_back"), reason="no driver lets a task token come back by itself yet"
)


def one(resource: str, **fields: JSON) -> dict[str, JSON]:
    return {"A": {"Type": "Task", "Resource": resource, "End": True} | fields}


def output(call: Call, folder: Folder, machine: dict[str, JSON], mocks: JSON, *more: str) -> str:
    definition, file = folder.machine(machine), folder.write("mocks.json", mocks)
    return call("run", definition, "-m", file, "-q", "$", *more).stdout.strip()


@pytest.mark.parametrize(
    ("mock", "result"),
    [
        ({"result": 7}, "7"),
        ({"result": None}, "null"),
        ({"result": 7, "delay": 3600}, "7"),
        (7, "7"),
        (None, "null"),
        ({"total": 7}, '{\n  "total": 7\n}'),
        ({"error": "none", "code": 0}, '{\n  "error": "none",\n  "code": 0\n}'),
        ({"result": [1]}, "[\n  1\n]"),
        ([{"result": 1}, {"result": 2}], "1"),
    ],
)
def test_an_answer_is_a_result_in_its_object_or_by_itself(call: Call, folder: Folder, mock: JSON, result: str) -> None:
    assert output(call, folder, one(function("a")), {"A": mock}) == result


def test_a_sequence_answers_one_call_after_the_other_and_repeats_its_end(call: Call, folder: Folder) -> None:
    machine: dict[str, JSON] = {
        "Poll": {"Type": "Task", "Resource": function("poll"), "Next": "Ready?"},
        "Ready?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$", "NumericLessThan": 3, "Next": "Wait"}],
            "Default": "Again",
        },
        "Wait": {"Type": "Wait", "Seconds": 60, "Next": "Poll"},
        "Again": {"Type": "Pass", "Next": "Last"},
        "Last": {"Type": "Task", "Resource": function("poll"), "End": True},
    }
    mocks: JSON = {function("poll"): [1, 2, 3]}

    assert output(call, folder, machine, mocks) == "3"


@pytest.mark.parametrize(
    "key",
    ["A", function("a"), "arn:aws:lambda:*:*:function:a", "arn:aws:lambda:*", "*"],
)
def test_a_key_is_a_state_a_resource_or_a_pattern(call: Call, folder: Folder, key: str) -> None:
    assert output(call, folder, one(function("a")), {key: 7}) == "7"


def test_the_state_goes_before_the_resource(call: Call, folder: Folder) -> None:
    assert output(call, folder, one(function("a")), {function("a"): 1, "A": 2}) == "2"


INVOKE = "arn:aws:states:::lambda:invoke"


def test_the_mock_of_a_function_is_dressed_as_lambda_invoke_answers(call: Call, folder: Folder) -> None:
    machine = one(INVOKE, Parameters={"FunctionName": "charge"}, OutputPath="$.Payload.paid")

    assert output(call, folder, machine, {"arn:aws:lambda:*:*:function:charge": {"paid": 7}}) == "7"


def test_the_mock_of_a_lambda_invoke_state_is_the_whole_answer(call: Call, folder: Folder) -> None:
    machine = one(INVOKE, Parameters={"FunctionName": "charge"}, OutputPath="$.Payload")

    assert output(call, folder, machine, {"A": {"Payload": 7}}) == "7"


def test_a_lambda_invoke_mock_without_payload_is_explained_when_the_execution_fails(call: Call, folder: Folder) -> None:
    definition = folder.machine(one(INVOKE, Parameters={"FunctionName": "charge"}, OutputPath="$.Payload"))

    result = call("run", definition, "-m", folder.write("mocks.json", {"A": {"paid": 7}}))

    assert result.exit_code == 1
    assert result.stderr.startswith("The mock of A stands for lambda:invoke as a whole, which answers with ")


HANDLERS = """\
import aslrun

resources = aslrun.Resources()

@resources.task("arn:aws:lambda:*:*:function:*")
{a}def handler(input):
    return "real"
"""


@pytest.mark.parametrize("prefix", ["", "async "], ids=["plain", "async"])
def test_a_mock_goes_before_a_handler_which_serves_the_rest(call: Call, folder: Folder, prefix: str) -> None:
    folder.write("shop.py", HANDLERS.format(a=prefix))
    fields: JSON = {"Type": "Task", "Resource": INVOKE, "ResultSelector": {"is.$": "$.Payload"}}
    machine: dict[str, JSON] = {
        name: {**fields, "Parameters": {"FunctionName": "f"}, "ResultPath": f"$.{name}", **target}  # type: ignore[dict-item]
        for name, target in (("A", {"Next": "B"}), ("B", {"End": True}))
    }

    for mocks in ({"A": {"result": {"Payload": "mocked"}, "delay": 5}}, {"A": {"Payload": "mocked"}}):
        definition, file = folder.machine(machine), folder.write("mocks.json", mocks)
        result = call("run", definition, "-m", file, "-H", "shop", "-q", "$.*.is")
        assert result.stdout == '"mocked"\n"real"\n'


def test_a_delay_passes_in_virtual_time(call: Call, folder: Folder) -> None:
    machine = one(function("a"), TimeoutSeconds=60)
    definition = folder.machine(machine)

    late = call("run", definition, "-m", folder.write("late.json", {"A": {"result": 1, "delay": 61}}), "-f", "json")
    early = call("run", definition, "-m", folder.write("early.json", {"A": {"result": 1, "delay": 59}}), "-f", "json")

    assert '"States.Timeout"' in late.stdout
    assert early.exit_code == 0


def test_mocks_are_written_in_yaml_too(call: Call, folder: Folder) -> None:
    folder.write("mocks.yaml", "A:\n  - error: Busy\n  - result: 7\n")
    definition = folder.machine(one(function("a"), Retry=[{"ErrorEquals": ["Busy"]}]))

    assert call("run", definition, "-m", "mocks.yaml", "-q", "$").stdout == "7\n"


TOKEN = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"


@needs_callbacks
@pytest.mark.parametrize("key", ["A", "arn:aws:states:::sqs:*"])
def test_the_mock_of_a_token_task_is_what_comes_back_with_the_token(call: Call, folder: Folder, key: str) -> None:
    mocks: JSON = {key: {"result": "approved", "delay": 7200}}
    definition = folder.machine(one(TOKEN, Parameters={"MessageBody.$": "$$.Task.Token"}))

    result = call("run", definition, "-m", folder.write("mocks.json", mocks))

    assert "A  Task      sqs:sendMessage.waitForTaskToken · 2h\n" in result.stdout
    assert '"approved"' in result.stdout


@needs_callbacks
def test_a_token_may_come_back_with_an_error_and_too_late(call: Call, folder: Folder) -> None:
    machine = one(TOKEN, Parameters={"MessageBody.$": "$$.Task.Token"}, TimeoutSeconds=60)

    refused, late = (
        call(
            "run", folder.machine(machine), "-m", folder.write("mocks.json", {"A": mock}), "-f", "json", "-q", "$.error"
        )
        for mock in ({"error": "Refused", "delay": 59}, {"result": 1, "delay": 61})
    )

    assert (refused.stdout, late.stdout) == ('"Refused"\n', '"States.Timeout"\n')


@needs_callbacks
def test_the_mock_of_an_activity_stands_for_its_worker(call: Call, folder: Folder) -> None:
    machine = one("arn:aws:states:us-east-1:123456789012:activity:approve")

    assert output(call, folder, machine, {"A": {"result": 7, "delay": 60}}) == "7"


def test_every_mistake_in_a_mock_file_is_told_with_its_place(call: Call, folder: Folder) -> None:
    definition = folder.machine({"Charge": {"Type": "Task", "Resource": function("charge"), "Next": "Done"}} | DONE)
    folder.write(
        "mocks.json",
        """{
  "Charge": [{"result": 1, "error": "E"}, {"error": 7}, {"result": 1, "delay": -1}],
  "Chrage": 1,
  "Done": 1,
  "arn:aws:states:::sns:*": 1
}
""",
    )

    result = call("run", definition, "-m", "mocks.json")

    assert result.exit_code == 2
    assert [line for line in result.stderr.splitlines() if line.startswith(("✗", "mocks.json:"))] == [
        "✗ mocks.json is not a mock file of this machine: 6 problems",
        "mocks.json:2:14: Charge[0]: must have a result or an error, not both",
        "mocks.json:2:53: Charge[1].error: must be the name of an error, not number",
        "mocks.json:2:80: Charge[2].delay: must be a number of seconds, at least 0",
        "mocks.json:3:13: Chrage: is neither a state nor a resource of the machine; near: Charge",
        "mocks.json:4:11: Done: is a Succeed state; only Task states call something that can be mocked",
        "mocks.json:5:29: ['arn:aws:states:::sns:*']: is neither a state nor a resource of the machine",
    ]


DONE: dict[str, JSON] = {"Done": {"Type": "Succeed"}}


@pytest.mark.parametrize("command", [("run", "-m"), ("debug", "-m"), ("explore", "-o")], ids=lambda each: each[0])
@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("mock.json", "the mock file mock.json cannot be read: No such file or directory\n\nnear: mocks.json\n"),
        ("folder", "the mock file folder cannot be read: Is a directory\n"),
        ("mocks.json", "mocks.json is not a mock file"),
        ("mocks.yaml", "mocks.yaml is not a mock file"),
    ],
)
def test_a_mock_file_that_cannot_be_read_is_told_as_one(
    call: Call, folder: Folder, command: tuple[str, str], file: str, told: str
) -> None:
    folder.write("mocks.json", "[1]")
    folder.write("mocks.yaml", "A: [")
    (folder.path / "folder").mkdir()
    result = call(command[0], folder.machine(one(function("a"))), command[1], file)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"✗ {told}")
    assert "definition" not in result.stderr


def test_a_mock_file_that_may_not_be_read_is_told_as_one(call: Call, folder: Folder) -> None:
    file = folder.path / folder.write("mocks.json", {})
    file.chmod(0)
    if os.access(file, os.R_OK):
        pytest.skip("this user may read every file")
    result = call("run", folder.machine(one(function("a"))), "-m", "mocks.json")

    assert (result.exit_code, result.stderr) == (2, "✗ the mock file mocks.json cannot be read: Permission denied\n")


def test_a_task_that_nothing_answers_is_told_with_an_example(call: Call, folder: Folder) -> None:
    machine: dict[str, JSON] = {
        "Charge": {"Type": "Task", "Resource": function("charge"), "Next": "Tell"},
        "Tell": {"Type": "Task", "Resource": INVOKE, "Parameters": {"FunctionName": "tell"}, "End": True},
    }

    result = call("run", folder.machine(machine), "-m", folder.write("mocks.json", {"Charge": 1}))

    assert result.exit_code == 2
    assert (
        result.stderr
        == """\
✗ 1 task of machine has neither a mock nor a handler

  Tell  tell

Serve them with --handlers MODULE:NAME (an aslrun.Resources),
or answer them from a file with --mock FILE:

  {
    "arn:aws:lambda:*:*:function:tell": {"result": {}}
  }
"""
    )


def test_what_is_never_called_needs_no_mock(call: Call, folder: Folder) -> None:
    machine: dict[str, JSON] = {
        "Large?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "Ask"}],
            "Default": "Tell",
        },
        "Ask": {"Type": "Task", "Resource": INVOKE, "Parameters": {"FunctionName": "ask"}, "Next": "Tell"},
        "Tell": {"Type": "Task", "Resource": function("tell"), "End": True},
    }
    command = ("run", folder.machine(machine), "-m", folder.write("mocks.json", {"Tell": 1}), "-f", "json", "-i")

    assert call(*command, '{"n": 0}').exit_code == 0
    missed = call(*command, '{"n": 1}')
    assert (missed.exit_code, missed.stderr.splitlines()[2]) == (2, "  Ask  ask")


def test_the_example_of_a_missing_mock_works(call: Call, folder: Folder) -> None:
    machine = one(INVOKE, Parameters={"FunctionName": "tell"}, OutputPath="$.Payload")
    definition = folder.machine(machine)
    lines = call("run", definition).stderr.splitlines()
    example = "\n".join(lines[lines.index("  {") :])

    assert call("run", definition, "-m", folder.write("mocks.json", example), "-q", "$").stdout == "{}\n"


def test_a_map_over_a_file_reads_from_the_object_store_of_the_handlers(call: Call, folder: Folder) -> None:
    text = """
        from aslrun import Resources
        from aslrun.stores.objects import MemoryObjectStore
        resources = Resources(objects=MemoryObjectStore({"b": {"k": b"[1, 2]"}}))
        """
    folder.write("shop.py", dedent(text))
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    reader: JSON = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON"},
        "Parameters": {"Bucket": "b", "Key": "k"},
    }
    processor: JSON = {"ProcessorConfig": config, "StartAt": "A", "States": one(function("a"))}
    machine: dict[str, JSON] = {"M": {"Type": "Map", "ItemReader": reader, "ItemProcessor": processor, "End": True}}
    assert output(call, folder, machine, {function("a"): 7}, "-H", "shop") == "[\n  7,\n  7\n]"


STARTING = """
import aslrun

resources = aslrun.Resources()
child = {"StartAt": "C", "States": {"C": {"Type": "Task", "Resource": "%s", "End": True}}}
resources.machine(child, name="child")
resources.task("arn:aws:lambda:*:*:function:charge", lambda order: {"charged": True})
"""


@pytest.mark.parametrize(
    ("mocks", "result"),
    [({}, '{"charged": true}'), ({"A": {"result": {"Output": "mocked"}}}, "mocked")],
)
def test_beside_mocks_tasks_still_start_registered_machines(
    call: Call, folder: Folder, mocks: JSON, result: str
) -> None:
    folder.write("starting.py", STARTING % function("charge"))
    child = "arn:aws:states:us-east-1:123456789012:stateMachine:child"
    parent = one("arn:aws:states:::states:startExecution.sync", Parameters={"StateMachineArn": child})
    parent["A"] |= {"ResultSelector": {"output.$": "$.Output"}}  # type: ignore[operator]
    definition, file = folder.machine(parent), folder.write("mocks.json", mocks)
    told = call("run", definition, "-m", file, "-H", "starting:resources", "-q", "$.output")
    assert json.loads(told.stdout) == result
