"""``aslrun validate``: which files, which findings, in which form, with which exit code."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from aslrun.cli.checking import Checked, Finding, check, wanted
from aslrun.cli.terminal import Terminal
from aslrun.cli.told import tell
from aslrun.errors import Diagnostic

from .conftest import Call, Folder

GOOD = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
TYPO = '{\n  "StartAt": "A",\n  "States": {"A": {"Type": "Pass", "Nxet": "B", "End": true}}\n}\n'
LOST = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}, "B": {"Type": "Succeed"}}}


def findings(output: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(output)["findings"]
    return found


# --------------------------------------------------------------------------- text


def test_a_finding_has_its_place_its_line_and_its_rule(call: Call, folder: Folder) -> None:
    folder.write("order.asl.json", TYPO)

    result = call("validate", "order.asl.json")

    lines = result.output.split("\n")
    assert lines[0].startswith("order.asl.json:3:44 States.A.Nxet: ")
    assert lines[0].endswith("did you mean Next? (unknown-field)")
    assert lines[1:3] == [
        '     3 │   "States": {"A": {"Type": "Pass", "Nxet": "B", "End": true}}',
        "       │                                            ^",
    ]
    assert lines[-2] == "✗ 1 error in 1 file"
    assert result.exit_code == 1


def test_what_is_sound_is_one_line(call: Call, folder: Folder) -> None:
    folder.write("a.asl.json", GOOD)
    folder.write("b.asl.json", GOOD)

    result = call("validate", "a.asl.json", "b.asl.json")

    assert (result.output, result.exit_code) == ("✓ 2 state machines in 2 files: nothing to say\n", 0)


def test_broken_json_is_told_in_words_for_people(call: Call, folder: Folder) -> None:
    folder.write("order.asl.json", '{"StartAt": "A",}')
    assert "order.asl.json:1:17 a key in double quotes must stand here (malformed-json)" in call(
        "validate", "order.asl.json"
    ).output.replace("a comma must not stand before the end of an object", "a key in double quotes must stand here")


def test_the_standard_input_is_no_file_name(call: Call, folder: Folder) -> None:
    result = call("validate", "-", input="not a definition")
    assert "(standard input):1:1 a value is missing here" in result.output
    assert "     1 │ not a definition" in result.output
    assert result.exit_code == 1


def _warning(file: str, **fields: Any) -> Finding:
    return Finding(file, "order", Diagnostic("WARNING", "X", "is never assigned", **fields), is_error=False)


def test_a_warning_says_so_and_how_it_came_about() -> None:
    stream = StringIO()
    found = _warning(
        "(standard input)",
        line=2,
        column=3,
        path="States.A.Seconds",
        rule="unassigned",
        because=("A is the first state", "nothing assigns it"),
    )

    tell(Checked([found], 1, 1, [], {"(standard input)": "{\n  1}"}), Terminal(stream, {"COLUMNS": "80"}))

    assert stream.getvalue() == (
        "(standard input):2:3 warning: States.A.Seconds: is never assigned (unassigned)\n"
        "     2 │   1}\n"
        "       │   ^\n"
        "       ╰ A is the first state\n"
        "       ╰ nothing assigns it\n"
        "\n"
        "✓ 1 warning in 1 file\n"
    )


def test_only_the_first_hundred_findings_of_a_file_are_shown() -> None:
    stream = StringIO()
    many = [_warning("gone.json") for _ in range(103)]

    tell(Checked(many, 1, 1, [], {}), Terminal(stream, {"COLUMNS": "80"}))

    assert "… 3 more in gone.json" in stream.getvalue()


class Tty(StringIO):
    """A terminal that remembers."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int, folder: Folder) -> None:
    from aslrun.cli.terminal import columns

    name = "注文" * 10 + " of a very long name " + "x" * 60 + ".asl.json"
    folder.write(name, TYPO.replace("Nxet", "注文" * 40))
    stream = Tty()

    checked = check([name], "STANDARD", None, wanted((), (), False), Terminal(StringIO(), {}))
    tell(checked, Terminal(stream, {"COLUMNS": str(width)}))

    place, *lines = stream.getvalue().split("\n")
    assert name in place  # a name is not broken: terminals open it
    assert max(map(columns, lines)) <= width
    assert "\x1b[31m" in stream.getvalue()


def test_many_files_have_a_line_of_progress(folder: Folder) -> None:
    names = [folder.write("a.asl.json", GOOD), folder.write("b.asl.json", GOOD)]
    stream = Tty()

    check(names, "STANDARD", None, wanted((), (), False), Terminal(stream, {"NO_COLOR": "1", "COLUMNS": "80"}))

    assert "1 of 2 files · b.asl.json" in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[2K")


# --------------------------------------------------------------------------- which files


def test_in_a_folder_only_definitions_and_templates_are_meant(call: Call, folder: Folder) -> None:
    (folder.path / "sub" / "node_modules").mkdir(parents=True)
    (folder.path / ".hidden").mkdir()
    for name in ("order.asl.json", "sub/plain.json", "sub/node_modules/x.asl.json", ".hidden/y.asl.json"):
        folder.write(name, LOST)
    folder.write("broken.asl.yaml", "a: [")
    folder.write("package.json", {"name": "x"})
    folder.write(
        "template.yaml", "Resources:\n  M: {Type: AWS::Serverless::StateMachine, Properties: {Definition: {}}}\n"
    )

    found = findings(call("validate", ".", "-f", "json").output)

    assert {each["file"] for each in found} == {"order.asl.json", "sub/plain.json", "broken.asl.yaml", "template.yaml"}


def test_a_pattern_means_the_files_it_fits(call: Call, folder: Folder) -> None:
    (folder.path / "sub").mkdir()
    folder.write("sub/a.asl.json", GOOD)
    folder.write("b.asl.json", GOOD)
    assert "2 state machines in 2 files" in call("validate", "**/*.asl.json").output


def test_a_file_that_is_meant_twice_is_checked_once(call: Call, folder: Folder) -> None:
    folder.write("order.asl.json", TYPO)
    assert len(findings(call("validate", "order.asl.json", "*.json", "-f", "json").output)) == 1


def test_a_finding_that_a_template_and_its_file_have_in_common_is_told_once(call: Call, folder: Folder) -> None:
    folder.write("order.asl.json", TYPO)
    properties = {"DefinitionUri": "order.asl.json"}
    folder.write(
        "template.json", {"Resources": {"M": {"Type": "AWS::Serverless::StateMachine", "Properties": properties}}}
    )
    assert len(findings(call("validate", "order.asl.json", "template.json", "-f", "json").output)) == 1


@pytest.mark.parametrize(
    ("argument", "said"), [("lost.json", "there is no file lost.json"), ("x*.json", "no file is named")]
)
def test_an_argument_that_means_no_file_is_a_mistake(call: Call, folder: Folder, argument: str, said: str) -> None:
    folder.write("last.json", GOOD)
    result = call("validate", argument)
    assert (result.exit_code, said in result.output) == (2, True)


def test_a_file_that_cannot_be_read_is_told_and_ends_with_2(call: Call, folder: Folder) -> None:
    (folder.path / "loop.json").symlink_to("loop.json")
    folder.write("order.asl.json", GOOD)
    (folder.path / "pipe.json").symlink_to("/proc/self/mem")

    result = call("validate", "order.asl.json", "pipe.json")

    assert "pipe.json cannot be read" in result.output
    assert result.exit_code == 2


# --------------------------------------------------------------------------- which findings


def test_strict_makes_warnings_errors(folder: Folder) -> None:
    name = folder.write("order.asl.json", TYPO)
    strict = wanted((), (), True)
    assert [each.is_error for each in check([name], "STANDARD", None, strict, Terminal(StringIO(), {})).findings] == [
        True
    ]
    assert _warning("a")._replace(is_error=strict.strict).is_error


def test_rules_are_selected_and_ignored_by_name_and_by_group(call: Call, folder: Folder) -> None:
    folder.write("order.asl.json", {"StartAt": "A", "States": {"A": {"Type": "Pass", "Nxet": "B"}}})
    rules = {
        options: [each["rule"] for each in findings(call("validate", "order.asl.json", "-f", "json", *options).output)]
        for options in (
            (),
            ("--select", "unknown-field"),
            ("--ignore", "unknown-field"),
            ("--select", "required-field"),
            ("--ignore", "unknown-field,required-field"),
        )
    }
    assert list(rules.values()) == [
        ["next-or-end", "unknown-field"],
        ["unknown-field"],
        ["next-or-end"],
        ["next-or-end"],
        [],
    ]


def test_a_rule_that_there_is_not_is_a_mistake(call: Call, folder: Folder) -> None:
    folder.write("order.asl.json", GOOD)
    result = call("validate", "order.asl.json", "--ignore", "unknown-feild")
    assert (result.exit_code, result.output) == (
        2,
        "✗ there is no rule unknown-feild\n\nnear: unknown-field, unknown-function\n",
    )


def test_the_type_goes_for_files_that_do_not_say_one(call: Call, folder: Folder) -> None:
    state = {"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:a", "End": True}
    folder.write("order.asl.json", {"StartAt": "A", "States": {"A": state}})
    assert call("validate", "order.asl.json", "--type", "express").exit_code == 1
    assert call("validate", "order.asl.json").exit_code == 0


# --------------------------------------------------------------------------- substitutions

WAIT = '{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": ${N}, "End": true}}}'


def test_substitutions_come_one_by_one_or_from_a_file(call: Call, folder: Folder) -> None:
    folder.write("wait.asl.json", WAIT)
    folder.write("values.yaml", "N: -1\n")
    given = [(), ("-s", "N=5"), ("-s", "values.yaml"), ("-s", "values.yaml", "-s", "N=7"), ("-s", "N=x")]
    assert [call("validate", "wait.asl.json", *each).exit_code for each in given] == [0, 0, 1, 0, 1]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("lost.yaml", "--substitutions lost.yaml is neither KEY=VALUE nor a file"),
        ("list.json", "list.json is not a file of substitutions"),
        ("deep.json", "deep.json: the substitution N must be text, a number, true or false, not array"),
    ],
)
def test_substitutions_that_are_none_are_a_mistake(call: Call, folder: Folder, given: str, said: str) -> None:
    folder.write("wait.asl.json", WAIT)
    folder.write("list.json", [1])
    folder.write("deep.json", {"N": [1]})
    result = call("validate", "wait.asl.json", "-s", given)
    assert (result.exit_code, said in result.output) == (2, True)


# --------------------------------------------------------------------------- for programs


def test_json_has_every_field_of_a_finding(call: Call, folder: Folder) -> None:
    folder.write("order.asl.json", TYPO)

    document = json.loads(call("validate", "order.asl.json", "-f", "json").output)

    found = document["findings"][0]
    assert {name: found[name] for name in ("file", "machine", "severity", "code", "location", "line", "column")} == {
        "file": "order.asl.json",
        "machine": "order",
        "severity": "ERROR",
        "code": "SCHEMA_VALIDATION_FAILED",
        "location": "/States/A",
        "line": 3,
        "column": 44,
    }
    assert (found["rule"], found["path"], found["because"]) == ("unknown-field", "States.A.Nxet", [])
    assert (document["files"], document["machines"], document["errors"], document["warnings"]) == (1, 1, 1, 0)


def test_a_machine_that_is_not_at_hand_is_listed_as_unchecked(call: Call, folder: Folder) -> None:
    properties = {"DefinitionUri": "s3://bucket/key"}
    folder.write(
        "template.json", {"Resources": {"M": {"Type": "AWS::Serverless::StateMachine", "Properties": properties}}}
    )
    document = json.loads(call("validate", "template.json", "-f", "json").output)
    assert document["unchecked"] == [
        {"file": "template.json", "machine": "M", "why": "its DefinitionUri is no local file"}
    ]
    assert (
        "template.json M: not checked, its DefinitionUri is no local file" in call("validate", "template.json").output
    )


def test_annotations_are_escaped(call: Call, folder: Folder) -> None:
    folder.write("a,b:100%.asl.json", TYPO.replace("Nxet", "100%\\n::error::x"))

    line = call("validate", "a,b:100%.asl.json", "-f", "github").output

    assert line.startswith("::error file=a%2Cb%3A100%25.asl.json,line=3,col=")
    assert ",title=unknown-field::" in line
    assert "100%25" in line.split("::", 2)[2]
    assert line.count("\n") == 1


SARIF = {
    "type": "object",
    "required": ["$schema", "version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "tool": {
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "required": ["name", "rules"],
                                "properties": {
                                    "rules": {
                                        "type": "array",
                                        "items": {
                                            "required": ["id", "shortDescription", "help", "defaultConfiguration"],
                                            "properties": {
                                                "help": {"required": ["text", "markdown"]},
                                                "defaultConfiguration": {
                                                    "properties": {"level": {"enum": ["error", "warning", "note"]}}
                                                },
                                            },
                                        },
                                    }
                                },
                            }
                        },
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "required": ["ruleId", "level", "message", "locations"],
                            "properties": {
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": {"enum": ["error", "warning", "note"]},
                                "message": {"required": ["text"]},
                                "locations": {
                                    "type": "array",
                                    "items": {
                                        "properties": {
                                            "physicalLocation": {
                                                "required": ["artifactLocation"],
                                                "properties": {
                                                    "region": {
                                                        "properties": {
                                                            "startLine": {"type": "integer", "minimum": 1},
                                                            "startColumn": {"type": "integer", "minimum": 1},
                                                        }
                                                    }
                                                },
                                            }
                                        }
                                    },
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}
"""What consumers of SARIF 2.1.0 need of its schema."""


def test_sarif_has_the_structure_that_its_standard_asks_for(call: Call, folder: Folder) -> None:
    folder.write("an order.asl.json", TYPO)

    log = json.loads(call("validate", "an order.asl.json", "-f", "sarif").output)

    jsonschema.validate(log, SARIF)
    run = log["runs"][0]
    result = run["results"][0]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "unknown-field"
    place = result["locations"][0]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "an%20order.asl.json"},
        "region": {"startLine": 3, "startColumn": 44},
    }
    assert place["logicalLocations"] == [{"fullyQualifiedName": "States.A.Nxet"}]


# --------------------------------------------------------------------------- explain


def test_explain_lists_the_rules_in_the_order_of_the_table(call: Call) -> None:
    from aslrun.definition.rules.table import RULES

    lines = call("explain").output.splitlines()

    assert [line.split()[0] for line in lines] == [rule.name for rule in RULES]
    assert lines[0].endswith("A definition is one JSON object.")


def test_explain_prints_the_page_of_a_rule(call: Call) -> None:
    page = call("explain", "unreachable").output
    assert page.startswith("unreachable (error)\nEvery state can be reached from StartAt.\n\n  │ State ")
    assert '\nBad:\n\n    {"StartAt"' in page
    assert '\nGood:\n\n    {"StartAt"' in page


def test_explain_takes_the_name_of_a_group(call: Call) -> None:
    from aslrun.definition.rules.table import RULES

    output = call("explain", "retry-catch").output

    heads = [line for line in output.splitlines() if line.endswith("(error, retry-catch)")]
    assert [head.split()[0] for head in heads] == [rule.name for rule in RULES if rule.group == "retry-catch"]
    assert len(heads) > 1


def test_explain_says_which_rule_was_perhaps_meant(call: Call) -> None:
    result = call("explain", "unrechable")
    assert (result.exit_code, result.output) == (2, "✗ there is no rule unrechable\n\nnear: unreachable\n")


def test_the_hook_checks_the_files_that_are_named_as_definitions() -> None:
    import re

    import yaml

    hook = yaml.safe_load((Path(__file__).resolve().parents[2] / ".pre-commit-hooks.yaml").read_text())[0]

    assert hook["entry"] == "aslrun validate"
    meant = ["order.asl.json", "a/order.asl.yaml", "order.asl.yml", "order.asl.jsonc", "order.asl"]
    assert all(re.search(hook["files"], name) for name in meant)
    assert not any(re.search(hook["files"], name) for name in ("package.json", "asl.json.txt"))
