"""What programs read: the result as JSON, the history, queries, and exit codes."""

from __future__ import annotations

import json

from aslrun.values import JSON

from .conftest import Call, Folder, function


def hello(folder: Folder) -> str:
    return folder.machine({"Hello": {"Type": "Pass", "Result": {"ids": [1, 2]}, "End": True}}, "hello.asl.json")


def failing(folder: Folder) -> str:
    return folder.machine({"Stop": {"Type": "Fail", "Error": "Stopped", "Cause": "because"}}, "failing.asl.json")


def test_json_gives_status_output_error_and_cause(call: Call, folder: Folder) -> None:
    succeeded, failed = call("run", hello(folder), "-f", "json"), call("run", failing(folder), "-f", "json")

    assert json.loads(succeeded.stdout) == {
        "status": "SUCCEEDED",
        "output": {"ids": [1, 2]},
        "error": None,
        "cause": None,
    }
    assert json.loads(failed.stdout) == {"status": "FAILED", "output": None, "error": "Stopped", "cause": "because"}
    assert (succeeded.exit_code, failed.exit_code) == (0, 1)


def test_history_is_the_answer_of_get_execution_history(call: Call, folder: Folder) -> None:
    events = json.loads(call("run", hello(folder), "-f", "history").stdout)["events"]

    assert [event["type"] for event in events] == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]
    assert events[1] == {
        "timestamp": "2024-01-01T00:00:00.000+00:00",
        "type": "PassStateEntered",
        "id": 2,
        "previousEventId": 0,
        "stateEnteredEventDetails": {"name": "Hello", "input": "{}", "inputDetails": {"truncated": False}},
    }


def test_a_query_looks_into_the_output(call: Call, folder: Folder) -> None:
    assert call("run", hello(folder), "-q", "$.ids[*]").stdout == "1\n2\n"


def test_a_query_looks_into_the_document_of_another_format(call: Call, folder: Folder) -> None:
    assert call("run", hello(folder), "-f", "json", "-q", "$.status").stdout == '"SUCCEEDED"\n'
    assert call("run", hello(folder), "-f", "history", "-q", "$.events[0].id").stdout == "1\n"


def test_a_query_that_finds_nothing_says_so_beside_the_output(call: Call, folder: Folder) -> None:
    result = call("run", hello(folder), "-q", "$.nothing")

    assert (result.stdout, result.stderr, result.exit_code) == ("", "nothing is at $.nothing\n", 0)


def test_a_query_into_the_output_of_a_failure_tells_the_failure(call: Call, folder: Folder) -> None:
    result = call("run", failing(folder), "-q", "$.ids")

    assert (result.stdout, result.stderr) == ("", "✗ FAILED: Stopped: because\n")
    assert result.exit_code == 1


def test_a_query_that_is_no_path_is_refused_before_anything_runs(call: Call, folder: Folder) -> None:
    result = call("run", hello(folder), "-q", "$[[")

    assert result.exit_code == 2
    assert result.stderr.startswith("✗ '$[[' is not a JSONPath: ")


def test_what_a_handler_prints_stays_out_of_the_json(call: Call, folder: Folder) -> None:
    machine: dict[str, JSON] = {"Talk": {"Type": "Task", "Resource": function("talk"), "End": True}}
    folder.write(
        "shop.py",
        "import aslrun\nprint('importing')\nresources = aslrun.Resources()\n"
        '@resources.task("arn:aws:lambda:*:*:function:talk")\ndef talk(input):\n    print("talking")\n    return 7\n',
    )

    result = call("run", folder.machine(machine), "-H", "shop", "-f", "json")

    assert json.loads(result.stdout)["output"] == 7
    assert result.stderr == "importing\ntalking\n"


def test_input_comes_from_the_argument_a_file_or_the_standard_input(call: Call, folder: Folder) -> None:
    definition = folder.machine({"Done": {"Type": "Succeed"}})
    folder.write("input.json", {"from": "file"})

    outputs = [
        json.loads(call("run", definition, "-f", "json", *arguments, input='{"from": "stdin"}').stdout)["output"]
        for arguments in ([], ["-i", '{"from": "argument"}'], ["-i", "@input.json"], ["-i", "-"])
    ]

    assert outputs == [{}, {"from": "argument"}, {"from": "file"}, {"from": "stdin"}]


def test_the_definition_comes_from_the_standard_input_too(call: Call, folder: Folder) -> None:
    definition = '{"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}'

    assert call("run", "-", "-q", "$", "-i", "7", input=definition).stdout == "7\n"


def test_a_definition_in_yaml_runs(call: Call, folder: Folder) -> None:
    folder.write("hello.yaml", "StartAt: Hello\nStates:\n  Hello: {Type: Pass, Result: 7, End: true}\n")

    assert call("run", "hello.yaml", "-q", "$").stdout == "7\n"


def test_the_name_of_the_execution_is_in_its_context_object(call: Call, folder: Folder) -> None:
    definition = folder.machine({"A": {"Type": "Pass", "Parameters": {"is.$": "$$.Execution.Name"}, "End": True}})

    assert call("run", definition, "-n", "order-7", "-q", "$.is").stdout == '"order-7"\n'


def test_real_time_gives_the_same_result(call: Call, folder: Folder) -> None:
    result = call("run", hello(folder), "--real-time")

    assert "hello · in real time\n\n     0s  ✓ Hello  Pass\n" in result.stdout
    assert "✓ succeeded · " in result.stdout


def test_the_type_of_the_machine_can_be_express(call: Call, folder: Folder) -> None:
    definition = folder.machine({"A": {"Type": "Pass", "Parameters": {"id.$": "$$.Execution.Id"}, "End": True}})

    assert ":express:machine:" in call("run", definition, "--type", "express", "-q", "$.id").stdout


def test_a_machine_of_a_template_is_run_with_its_substitutions(call: Call, folder: Folder) -> None:
    waits = {
        "StartAt": "A",
        "States": {"A": {"Type": "Wait", "Seconds": "${N}", "Next": "B"}, "B": {"Type": "Succeed"}},
    }
    machine = {"Type": "AWS::Serverless::StateMachine", "Properties": {"Definition": waits}}
    folder.write("template.json", {"Resources": {"Order": machine, "Refund": machine}})

    unclear = call("run", "template.json")
    result = call("run", "template.json", "--machine", "Refund", "-s", "N=5", "--format", "json")

    assert "holds 2 state machines: Order, Refund; say which one" in unclear.output
    assert (result.exit_code, '"status": "SUCCEEDED"' in result.output) == (0, True)
