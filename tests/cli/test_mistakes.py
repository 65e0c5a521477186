"""What keeps a command from starting: exit code 2, nothing on the standard output, help on the other."""

from __future__ import annotations

import pytest

from .conftest import Call, Folder, function


def refused(call: Call, *arguments: str, input: str | None = None) -> str:
    result = call(*arguments, input=input)
    assert (result.exit_code, result.stdout) == (2, "")
    return result.stderr


def done(folder: Folder) -> str:
    return folder.machine({"Done": {"Type": "Succeed"}})


def test_a_wrong_definition_is_told_with_file_line_and_column(call: Call, folder: Folder) -> None:
    folder.write(
        "order.asl.json", '{\n  "StartAt": "A",\n  "States": {"A": {"Type": "Wait", "Seconds": "1", "End": true}}\n}\n'
    )

    assert (
        refused(call, "run", "order.asl.json")
        == """\
✗ order.asl.json is not a state machine that can run: 1 problem

order.asl.json:3:47: States.A.Seconds: Expected value of type Integer; "1" is a string
     3 │   "States": {"A": {"Type": "Wait", "Seconds": "1", "End": true}}
       │                                               ^
"""
    )


def test_the_place_in_a_very_long_line_is_shown(call: Call, folder: Folder) -> None:
    folder.write("x.json", '{"Comment": "' + "x" * 500 + '", "StartAt": "A", "States": {"A": {"Type": "Pas"}}}')

    lines = refused(call, "run", "x.json").splitlines()

    assert lines[3][lines[4].index("^") :].startswith('"Pas"')


def test_a_file_that_is_not_there_is_told_with_near_names(call: Call, folder: Folder) -> None:
    done(folder)

    assert refused(call, "run", "machin.asl.json") == "✗ there is no file machin.asl.json\n\nnear: machine.asl.json\n"


def test_a_folder_is_no_definition(call: Call, folder: Folder) -> None:
    assert refused(call, "run", ".") == "✗ . cannot be read: Is a directory\n"


def test_input_that_is_no_json_is_told_with_its_place(call: Call, folder: Folder) -> None:
    assert refused(call, "run", done(folder), "-i", '{"a": }') == (
        '✗ the input is not JSON: Expecting value at line 1, column 7\n\n  {"a": }\n        ^\n'
    )


def test_a_forgotten_at_sign_is_noticed(call: Call, folder: Folder) -> None:
    definition = done(folder)

    assert refused(call, "run", definition, "-i", definition).endswith(f"write --input @{definition}\n")


def test_one_standard_input_cannot_be_both(call: Call, folder: Folder) -> None:
    assert "cannot both come from the standard input" in refused(call, "run", "-", "-i", "-", input="{}")


def test_a_name_that_aws_refuses_is_refused_before_anything_runs(call: Call, folder: Folder) -> None:
    message = "✗ an execution's name must not have ' ' in it: 'a b'\n"

    assert refused(call, "run", done(folder), "-n", "a b") == message
    assert refused(call, "run", done(folder), "-n", "a b", "--real-time") == message


def test_missing_handlers_are_listed_with_near_names(call: Call, folder: Folder) -> None:
    folder.write(
        "shop.py",
        "import aslrun\nresources = aslrun.Resources()\n"
        'resources.task("arn:aws:lambda:*:*:function:charged", lambda input: input)\n',
    )
    definition = folder.machine({"Charge": {"Type": "Task", "Resource": function("charge"), "End": True}})

    assert refused(call, "run", definition, "-H", "shop").splitlines()[:4] == [
        "✗ 1 task of machine has no handler",
        "",
        "  Charge  arn:aws:lambda:us-east-1:123456789012:function:charge",
        "          near: arn:aws:lambda:*:*:function:charged",
    ]


@pytest.mark.parametrize(
    ("module", "handlers", "message"),
    [
        ("", "nowhere", "there is no module nowhere, neither in "),
        ("", "shop.py", "--handlers takes the name of a module, not a file: write --handlers shop:resources"),
        ("", "shop", "the module shop has no resources"),
        (
            "resources = {}",
            "shop",
            "shop:resources must be an aslrun.Resources, or a function that gives one, not a dict",
        ),
        ("import nowhere", "shop", "the handlers in shop cannot be imported: ModuleNotFoundError: No module named"),
        ("x = 1 / 0", "shop", "the handlers in shop cannot be imported: ZeroDivisionError: division by zero"),
        ("def f(): return [][0]", "shop:f", "shop:f raised: IndexError: list index out of range"),
        ("x = (", "shop", "the handlers in shop cannot be imported: SyntaxError: "),
    ],
)
def test_handlers_that_cannot_be_had_are_told(
    call: Call, folder: Folder, module: str, handlers: str, message: str
) -> None:
    folder.write("shop.py", module + "\n")

    assert refused(call, "run", done(folder), "-H", handlers).startswith(f"✗ {message}")


def test_the_traceback_of_a_broken_handler_module_begins_in_it(call: Call, folder: Folder) -> None:
    folder.write("shop.py", "x = 1 / 0\n")

    lines = refused(call, "run", done(folder), "-H", "shop").splitlines()

    assert lines[2].endswith('shop.py", line 1, in <module>')


def test_a_function_may_give_the_resources(call: Call, folder: Folder) -> None:
    folder.write("shop.py", "import aslrun\ndef make():\n    return aslrun.Resources()\n")

    assert call("run", done(folder), "-H", "shop:make", "-q", "$").stdout == "{}\n"


def test_a_command_that_does_not_exist_is_told_with_a_near_one(call: Call, folder: Folder) -> None:
    assert "There is no command 'rnu'. Did you mean 'run'?" in refused(call, "rnu")


def test_an_option_that_does_not_exist_is_told(call: Call, folder: Folder) -> None:
    assert "No such option" in refused(call, "run", "--forma", "x.json")


OTHERS = [
    [*command.split(), "--help"]
    for command in (
        "resume",
        "executions",
        "executions list",
        "executions describe",
        "executions history",
        "executions stop",
        "executions redrive",
        "task",
        "task success",
        "task failure",
        "task heartbeat",
    )
]


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["run", "--help"], *OTHERS])
def test_help_fits_in_80_columns(call: Call, arguments: list[str]) -> None:
    result = call(*arguments)

    assert result.exit_code == 0
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_the_version_is_told(call: Call) -> None:
    assert call("--version").stdout.startswith("aslrun 0.")
