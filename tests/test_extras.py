"""What needs an extra says so, by the name of the extra, where it is not installed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module

import pytest

import aslrun
from aslrun import export, testing
from aslrun.stores import dynamodb

SEND = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True}
MACHINE = aslrun.load({"StartAt": "Send", "States": {"Send": SEND}})
WRONG = {"MessageId": 7}

NEEDS: list[tuple[str, str, Callable[[], object]]] = [
    ("yaml", "yaml", lambda: export.export(MACHINE, "sam", format="yaml")),
    ("boto3", "aws", lambda: export.connect(region="us-east-1")),
    ("boto3", "aws", lambda: aslrun.TaskCallbacks.aws()),
    ("boto3", "aws", lambda: dynamodb.DynamoDBTokenStore("tokens")),
    ("botocore", "aws", lambda: testing.Mocks({"Send": WRONG}, validate="STRICT").over(MACHINE)),
    ("botocore", "aws", lambda: testing.state(SEND, mock=WRONG, field_validation_mode="STRICT")),
    ("hypothesis", "testing", lambda: testing.strategies),
    ("hypothesis", "testing", lambda: testing.check_examples(MACHINE)),
]


def without(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    """As if a package were not installed."""
    for name in [each for each in sys.modules if each == package or each.startswith(f"{package}.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)


@pytest.mark.parametrize(("package", "extra", "use"), NEEDS)
def test_without_its_extra_a_feature_names_it(
    monkeypatch: pytest.MonkeyPatch, package: str, extra: str, use: Callable[[], object]
) -> None:
    without(monkeypatch, package)
    monkeypatch.delitem(sys.modules, "aslrun.testing.strategies", raising=False)
    monkeypatch.delattr(import_module("aslrun.testing"), "strategies", raising=False)

    with pytest.raises(ImportError, match=rf"^to .*, install \w+: pip install 'aslrun\[{extra}\]'$"):
        use()


def test_a_result_is_checked_by_itself_only_where_the_models_are_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "botocore")

    assert testing.state(SEND, mock=WRONG).status == "SUCCEEDED"
