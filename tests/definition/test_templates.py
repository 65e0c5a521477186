"""State machines in templates of SAM and CloudFormation: all are found, and every place is one in the template."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import aslrun
from aslrun.definition.sources import read_definitions
from aslrun.definition.validation import reports, validate
from aslrun.errors import Diagnostic

SAM = "AWS::Serverless::StateMachine"
CLOUDFORMATION = "AWS::StepFunctions::StateMachine"


def template(kind: str = CLOUDFORMATION, **properties: Any) -> dict[str, Any]:
    return {"Resources": {"Order": {"Type": kind, "Properties": properties}, "Bucket": {"Type": "AWS::S3::Bucket"}}}


def typo(**fields: Any) -> dict[str, Any]:
    """A definition with one mistake: a field Coment of its state."""
    return {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True, **fields, "Coment": "x"}}}


def pointed_at(text: str, found: Diagnostic) -> str:
    """What stands in a text where a diagnostic points to."""
    assert found.line is not None
    assert found.column is not None
    return text.split("\n")[found.line - 1][found.column - 1 :]


def written(folder: Path, text: str, name: str = "template.yaml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


# --------------------------------------------------------------------------- places


INLINE = """\
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Days: {Type: Number, Default: 007}
Conditions:
  Here: !Equals [!Ref AWS::Region, eu-west-1]
Resources:
  Order:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        StartAt: A
        States:
          A:
            Type: Task
            Resource: !GetAtt Charge.Arn
            TimeoutSeconds: !Ref Days
            Parameters: {Table: !Sub "${AWS::StackName}-orders", List: !If [Here, a, b]}
            Coment: x
            End: true
"""


def test_a_definition_in_a_template_is_checked_at_its_place(tmp_path: Path) -> None:
    found = validate(written(tmp_path, INLINE))
    assert [each.path for each in found] == ["Resources.Order.Properties.Definition.States.A.Coment"]
    assert pointed_at(INLINE, found[0]).startswith("x")


LITERAL = """\
Resources:
  Order:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      DefinitionString: !Sub |
        {
          "StartAt": "A",
          "States": {
            "A": {"Type": "Task", "Resource": "${Charge.Arn}", "TimeoutSeconds": ${Days},
                  "End": true, "Coment": "x"}
          }
        }
"""
FOLDED = """\
Resources:
  Order:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      DefinitionString: >-
        {"StartAt": "A",
         "States": {"A": {"Type": "Pass",

         "End": true, "Coment": "x"}}}
"""
QUOTED = """\
Resources:
  Order:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      DefinitionString: "{\\"StartAt\\": \\"A\\", \\"Comment\\": \\"caf\\u00e9\\\\n\\",
        \\"States\\": {\\"A\\": {\\"Type\\": \\"Pass\\", \\"End\\": true, \\"Coment\\": \\"x\\"}}}"
"""
SINGLE = """\
Resources:
  Order:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      DefinitionString: '{"StartAt": "A", "Comment": "it''s", "States":
        {"A": {"Type": "Pass", "End": true, "Coment": "x"}}}'
"""
JOINED = """\
Resources:
  Order:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      DefinitionString:
        Fn::Join:
          - ""
          - - '{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "'
            - !GetAtt Charge.Arn
            - '", "End": true, '
            - '"Coment": "x"}}}'
"""
SUB_WITH_VALUES = """\
Resources:
  Order:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      DefinitionString:
        Fn::Sub:
          - '{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "${Fn}", "End": true, "Coment": "x"}}}'
          - {Fn: !GetAtt Charge.Arn}
"""


@pytest.mark.parametrize("text", [LITERAL, FOLDED, QUOTED, SINGLE, JOINED, SUB_WITH_VALUES])
def test_a_place_in_a_definition_that_is_text_is_one_in_the_template(tmp_path: Path, text: str) -> None:
    found = validate(written(tmp_path, text))
    assert [each.path for each in found] == ["Resources.Order.Properties.DefinitionString.States.A.Coment"]
    assert pointed_at(text, found[0]).startswith(('"x"', '\\"x\\"'))


def test_a_place_in_text_in_a_json_template_is_one_in_the_template(tmp_path: Path) -> None:
    text = json.dumps(template(DefinitionString=json.dumps(typo(Comment='"é\U0001f600\\'), indent=2)), indent=2)
    found = validate(written(tmp_path, text, "template.json"))
    assert len(found) == 1
    assert pointed_at(text, found[0]).startswith('\\"x\\"')


def test_broken_json_in_a_template_is_told_at_its_place(tmp_path: Path) -> None:
    text = LITERAL.replace('"A",', '"A"')
    found = validate(written(tmp_path, text))
    assert (found[0].line, found[0].column) == (8, 11)
    assert (found[0].rule, found[0].path) == ("malformed-json", "Resources.Order.Properties.DefinitionString")


def test_the_location_is_that_in_the_definition_as_aws_would_tell_it() -> None:
    assert {each.location for each in validate(template(Definition=typo()))} == {"/States/A"}


# --------------------------------------------------------------------------- which machines


def test_every_state_machine_of_a_template_is_checked() -> None:
    both = template(Definition=typo())
    both["Resources"]["Refund"] = {"Type": SAM, "Properties": {"Definition": typo()}}
    assert [(each.name, len(each.diagnostics)) for each in reports(both)] == [("Order", 1), ("Refund", 1)]


def test_a_machine_that_cannot_be_read_does_not_hide_the_next() -> None:
    both = template(DefinitionString="{")
    both["Resources"]["Refund"] = {"Type": SAM, "Properties": {"Definition": typo()}}
    assert [each.diagnostics[0].rule for each in reports(both)] == ["malformed-json", "unknown-field"]


WAITS = {
    "StartAt": "A",
    "States": {
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {"QueueUrl": "https://q", "MessageBody.$": "$$.Task.Token"},
            "TimeoutSeconds": 60,
            "End": True,
        }
    },
}


@pytest.mark.parametrize(("kind", "field"), [(SAM, "Type"), (CLOUDFORMATION, "StateMachineType")])
def test_the_template_says_the_type_of_its_machines(kind: str, field: str) -> None:
    assert [each.rule for each in validate(template(kind, Definition=WAITS, **{field: "EXPRESS"}))] == ["express"]
    assert validate(template(kind, Definition=WAITS), type="STANDARD") == []


def test_a_definition_beside_the_template_is_read_from_there(tmp_path: Path) -> None:
    (tmp_path / "machines").mkdir()
    definition = written(tmp_path / "machines", json.dumps(typo()), "order.asl.json")
    source = written(tmp_path, json.dumps(template(SAM, DefinitionUri="machines/order.asl.json")), "template.json")
    found = validate(source)
    assert [(each.path, Path(each.source)) for each in found] == [("States.A.Coment", definition)]


def test_a_definition_that_is_not_there_is_told_in_the_template(tmp_path: Path) -> None:
    source = written(tmp_path, json.dumps(template(SAM, DefinitionUri="lost.asl.json"), indent=1), "template.json")
    found = validate(source)
    assert [(each.code, each.path, each.line) for each in found] == [
        ("UNREADABLE_FILE", "Resources.Order.Properties.DefinitionUri", 6)
    ]


@pytest.mark.parametrize(
    "properties",
    [
        {"DefinitionUri": "s3://bucket/key"},
        {"DefinitionUri": {"Bucket": "b", "Key": "k"}},
        {"DefinitionS3Location": {"Bucket": "b", "Key": "k"}},
        {"DefinitionString": {"Fn::ImportValue": "x"}},
        {"Definition": {"Fn::Transform": {"Name": "AWS::Include"}}},
        {},
    ],
)
def test_what_is_not_at_hand_is_noted_and_not_judged(properties: dict[str, Any]) -> None:
    report = reports(template(SAM, **properties))[0]
    assert report.note
    assert report.diagnostics == ()


def test_a_template_without_machines_has_nothing_to_say() -> None:
    assert reports({"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}}) == []


# --------------------------------------------------------------------------- substitutions


def call(resource: str) -> dict[str, Any]:
    return {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": resource, "End": True}}}


def test_a_substitution_with_a_value_is_filled() -> None:
    good = template(Definition=call("${Fn}"), DefinitionSubstitutions={"Fn": "arn:aws:lambda:::function:f"})
    assert [each.document.value["States"]["A"]["Resource"] for each in read_definitions(good) if each.document] == [  # type: ignore[index,call-overload]
        "arn:aws:lambda:::function:f"
    ]


def test_a_substitution_that_only_deployment_knows_is_open() -> None:
    assert validate(template(Definition=call("${Fn}"), DefinitionSubstitutions={"Fn": {"Ref": "F"}})) == []


def test_a_name_that_no_substitution_has_stays_text() -> None:
    found = validate(template(Definition=call("${Fm}"), DefinitionSubstitutions={"Fn": {"Ref": "F"}}))
    assert [each.path for each in found] == ["Resources.Order.Properties.Definition.States.A.Resource"]


def test_what_the_caller_gives_goes_before_what_the_template_says() -> None:
    definition = template(Definition=call("${Fn}"), DefinitionSubstitutions={"Fn": {"Ref": "F"}})
    assert [each.path for each in validate(definition, substitutions={"Fn": "no arn"})] == [
        "Resources.Order.Properties.Definition.States.A.Resource"
    ]


# --------------------------------------------------------------------------- loading


def test_the_machine_of_a_template_can_be_loaded(tmp_path: Path) -> None:
    definition = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": 1, "End": True}}}
    machine = aslrun.load(template(SAM, Definition=definition, Type="EXPRESS"))
    assert (machine.name, machine.type, aslrun.simulate(machine, {}).output) == ("Order", "EXPRESS", 1)


def test_of_several_machines_a_name_says_which_is_loaded() -> None:
    both = template(Definition=call("arn:aws:lambda:::function:f"))
    both["Resources"]["Refund"] = {"Type": SAM, "Properties": {"Definition": call("arn:aws:lambda:::function:g")}}
    assert aslrun.load(both, name="Refund").name == "Refund"
    with pytest.raises(aslrun.InvalidDefinition, match="holds 2 state machines: Order, Refund; say which one"):
        aslrun.load(both)


def test_a_machine_without_a_definition_at_hand_cannot_be_loaded() -> None:
    with pytest.raises(aslrun.InvalidDefinition, match="Order cannot be loaded: its DefinitionUri is no local file"):
        aslrun.load(template(SAM, DefinitionUri="s3://bucket/key"))


# --------------------------------------------------------------------------- published ones


def cases(shared: Path) -> list[dict[str, Any]]:
    files = sorted((shared / "asl-corpus").glob("*.jsonl"))
    lines = [line for file in files for line in file.read_text(encoding="utf-8").split("\n") if line]
    return [case for case in map(json.loads, lines) if "template" in case]


def test_published_definitions_with_placeholders_are_as_valid_open_as_filled(shared_dir: Path) -> None:
    known = cases(shared_dir)
    opened = {case["id"]: validate(case["template"], type=case["type"]) for case in known}
    filled = {
        case["id"]: validate(
            case["template"], type=case["type"], substitutions={name: _arn(name) for name in case["substitutions"]}
        )
        for case in known
        if "${${" not in json.dumps(case["template"]) and "${arn" not in json.dumps(case["template"])
    }
    assert {name: refused for name, found in opened.items() if (refused := errors(found))} == {}
    assert {name: refused for name, found in filled.items() if (refused := errors(found))} == {}
    assert len(filled) > 60


def errors(found: list[Diagnostic]) -> list[str]:
    return [str(each) for each in found if each.severity == "ERROR"]


def _arn(name: str) -> str:
    return "30" if "Timeout" in name else f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
