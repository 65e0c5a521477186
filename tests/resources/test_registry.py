"""Which handler serves which resource."""

from __future__ import annotations

import functools
import sys
from typing import Any

import pytest

from aslrun import load
from aslrun.errors import MissingHandlers
from aslrun.resources.registry import Resources
from aslrun.resources.task_reference import TaskReference

INVOKE = "arn:aws:states:::lambda:invoke"
CHARGE = "arn:aws:lambda:eu-west-1:111111111111:function:charge"


def nothing(given: Any) -> None:
    return None


def serving(patterns: list[str], resource: str, arguments: Any = None) -> str | None:
    resources = Resources()
    for pattern in patterns:
        resources.task(pattern, lambda given: None)
    handler = resources.find(resource, arguments)
    return handler.pattern.text if handler else None


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("patterns", "resource", "expected"),
    [
        ([CHARGE, "arn:aws:lambda:*:*:function:charge"], CHARGE, CHARGE),
        (
            ["*", "arn:aws:lambda:*:function:*", "arn:aws:lambda:*:function:ch*"],
            CHARGE,
            "arn:aws:lambda:*:function:ch*",
        ),
        (["*:function:charge", "arn:aws:lambda*charge"], CHARGE, "arn:aws:lambda*charge"),
        (["abc*f", "a*def"], "abcdef", "abc*f"),
        (["ab?d", "ab*d"], "abcd", "ab*d"),
    ],
)
def test_the_most_specific_pattern_serves_whatever_the_order_of_registration(
    patterns: list[str], resource: str, expected: str, order: int
) -> None:
    assert serving(patterns[::order], resource) == expected


def test_an_equal_pattern_twice_is_refused_with_both_names() -> None:
    resources = Resources()
    resources.task(CHARGE, nothing, name="first")
    with pytest.raises(ValueError, match="already served by first; second cannot serve it too"):
        resources.task(CHARGE, nothing, name="second")


@pytest.mark.parametrize("pattern", ["", " arn:aws:states:::sns:publish"])
def test_a_pattern_that_can_match_nothing_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="resource pattern must be an ARN"):
        Resources().task(pattern, nothing)


def test_brackets_in_a_pattern_are_plain_characters() -> None:
    assert serving(["arn:aws:states:::x:[ab]"], "arn:aws:states:::x:a") is None
    assert serving(["arn:aws:states:::x:[ab]"], "arn:aws:states:::x:[ab]") == "arn:aws:states:::x:[ab]"


# --------------------------------------------------------------------------- spellings


@pytest.mark.parametrize(
    "resource", ["arn:aws:states:::sqs:sendMessage", "arn:aws:states:::sqs:sendMessage.waitForTaskToken"]
)
def test_a_handler_serves_its_action_with_and_without_a_token(resource: str) -> None:
    assert serving(["arn:aws:states:::sqs:sendMessage"], resource) == "arn:aws:states:::sqs:sendMessage"


def test_a_pattern_with_the_token_suffix_goes_before_the_plain_action() -> None:
    patterns = ["arn:aws:states:::sqs:sendMessage", "arn:aws:states:::sqs:sendMessage.waitForTaskToken"]
    assert serving(patterns, patterns[1]) == patterns[1]
    assert serving(patterns, patterns[0]) == patterns[0]


def test_a_job_that_is_waited_for_is_not_the_plain_action() -> None:
    assert serving(["arn:aws:states:::batch:submitJob"], "arn:aws:states:::batch:submitJob.sync") is None


@pytest.mark.parametrize("qualifier", ["$LATEST", "prod", "7"])
def test_a_function_serves_its_versions_and_aliases(qualifier: str) -> None:
    assert serving([CHARGE], f"{CHARGE}:{qualifier}") == CHARGE


def test_a_pattern_with_the_qualifier_goes_before_the_function() -> None:
    assert serving([CHARGE, f"{CHARGE}:prod"], f"{CHARGE}:prod") == f"{CHARGE}:prod"


# --------------------------------------------------------------------------- lambda:invoke


@pytest.mark.parametrize(
    "name",
    [
        "charge",
        "charge:prod",
        "function:charge",
        "111111111111:function:charge",
        "111111111111:function:charge:prod",
        CHARGE,
        f"{CHARGE}:$LATEST",
    ],
)
@pytest.mark.parametrize("resource", [INVOKE, f"{INVOKE}.waitForTaskToken"])
@pytest.mark.parametrize("pattern", [CHARGE, "arn:aws:lambda:*:*:function:charge", "arn:aws:lambda:*charge"])
def test_lambda_invoke_is_served_by_the_function_it_names(name: str, resource: str, pattern: str) -> None:
    assert serving([pattern, INVOKE, "*"], resource, {"FunctionName": name}) == pattern


@pytest.mark.parametrize(
    "name", ["refund", "222222222222:function:charge", "arn:aws:lambda:us-east-1:111111111111:function:charge", "::"]
)
def test_lambda_invoke_of_another_function_is_served_by_its_own_handler(name: str) -> None:
    assert serving([CHARGE, INVOKE], INVOKE, {"FunctionName": name}) == INVOKE


def test_a_qualifier_may_stand_beside_the_function_name() -> None:
    assert (
        serving([CHARGE, f"{CHARGE}:prod"], INVOKE, {"FunctionName": "charge", "Qualifier": "prod"}) == f"{CHARGE}:prod"
    )


def test_a_pattern_for_everything_is_no_function() -> None:
    resources = Resources()
    resources.task("*", nothing)
    handler = resources.find(INVOKE, {"FunctionName": "charge"})
    assert handler is not None
    assert not handler.of_functions


def test_a_function_that_nothing_serves_is_not_found() -> None:
    assert serving([CHARGE], INVOKE, {"FunctionName": "refund"}) is None


def test_a_handler_registered_later_is_found_after_a_search_in_vain() -> None:
    resources = Resources()
    assert resources.find(CHARGE) is None
    resources.task(CHARGE, nothing)
    assert resources.find(CHARGE) is not None


# --------------------------------------------------------------------------- handlers


class WithTask:
    def __call__(self, given: Any, task: Any) -> None:
        return None


class AsyncCallable:
    async def __call__(self, given: Any) -> None:
        return None


async def async_handler(given: Any, task: Any) -> None:
    return None


@pytest.mark.parametrize(
    ("function", "takes_task", "is_async"),
    [
        (lambda given: None, False, False),
        (lambda given, task: None, True, False),
        (lambda event, context=None: None, True, False),
        (lambda given, scale=2: None, False, False),
        (lambda *given: None, True, False),
        (lambda given, *rest: None, True, False),
        (lambda given, **options: None, False, False),
        (async_handler, True, True),
        (functools.partial(async_handler, task=None), False, True),
        (WithTask(), True, False),
        (AsyncCallable(), False, True),
        (WithTask().__call__, True, False),
        (len, False, False),
        (str, False, False),
    ],
)
def test_a_handler_tells_by_its_signature_how_it_is_called(function: Any, takes_task: bool, is_async: bool) -> None:
    resources = Resources()
    resources.task(CHARGE, function)
    [handler] = resources
    assert (handler.takes_task, handler.is_async) == (takes_task, is_async)


@pytest.mark.parametrize("function", [lambda: None, lambda a, b, c: None, lambda given, *, must: None])
def test_a_handler_with_other_parameters_is_refused_at_registration(function: Any) -> None:
    with pytest.raises(TypeError, match=r"must take \(input\) or \(input, task\)"):
        Resources().task(CHARGE, function)


def test_an_unknown_way_of_recovery_is_refused() -> None:
    with pytest.raises(ValueError, match='on_recovery must be "retry" or "fail", not \'ignore\''):
        Resources().task(CHARGE, nothing, on_recovery="ignore")  # type: ignore[call-overload]


def test_the_decorator_leaves_the_function_as_it_is() -> None:
    assert Resources().task(CHARGE)(nothing) is nothing


# --------------------------------------------------------------------------- together


def test_merged_resources_have_the_handlers_of_both_and_the_right_one_wins() -> None:
    left, right = Resources(), Resources()
    left.task(CHARGE, nothing, name="real")
    left.task("arn:aws:states:::sns:publish", nothing)
    left.activity("approve")
    right.task(CHARGE, nothing, name="fake")
    merged = left | right
    assert [handler.name for handler in merged if handler.pattern.text == CHARGE] == ["fake"]
    assert merged.find("arn:aws:states:::sns:publish") is not None
    assert merged.activities == ("approve",)


def test_a_copy_goes_its_own_way() -> None:
    original = Resources()
    copied = original.copy()
    copied.task(CHARGE, nothing)
    assert original.find(CHARGE) is None


# --------------------------------------------------------------------------- what is missing


def test_every_missing_handler_is_named_with_what_comes_near() -> None:
    resources = Resources()
    resources.task("arn:aws:lambda:*:*:function:charge-card", nothing)
    resources.task("arn:aws:states:::sqs:sendMessage", nothing)
    resources.activity("approve")
    missing = resources.missing(
        [
            TaskReference("States.A.Resource", "arn:aws:lambda:us-east-1:111111111111:function:charge_card"),
            TaskReference("States.B.Resource", INVOKE, {"FunctionName": "charge-cards"}),
            TaskReference("States.C.Resource", "arn:aws:states:::sqs:sendMessages"),
            TaskReference("States.D.Resource", "arn:aws:states:us-east-1:111111111111:activity:aprove"),
            TaskReference("States.E.Resource", "arn:aws:states:::glue:startJobRun.sync"),
        ]
    )
    assert [(each.location, each.near) for each in missing] == [
        ("States.A.Resource", ("arn:aws:lambda:*:*:function:charge-card",)),
        ("States.B.Resource", ("arn:aws:lambda:*:*:function:charge-card",)),
        ("States.C.Resource", ("arn:aws:states:::sqs:sendMessage",)),
        ("States.D.Resource", ("approve",)),
        ("States.E.Resource", ()),
    ]


def test_require_says_where_what_and_what_was_near() -> None:
    resources = Resources()
    resources.task("arn:aws:lambda:*:*:function:charge", nothing)
    with pytest.raises(MissingHandlers) as caught:
        resources.require([TaskReference("States.Pay.Resource", INVOKE, {"FunctionName": "chrge"})])
    assert str(caught.value) == (
        "1 resource without a handler\n"
        "  States.Pay.Resource: no handler serves arn:aws:states:::lambda:invoke of function chrge; "
        "near: arn:aws:lambda:*:*:function:charge"
    )
    assert caught.value.missing == ("arn:aws:states:::lambda:invoke of function chrge",)


def test_nothing_is_missing_where_everything_is_served() -> None:
    resources = Resources()
    resources.task(CHARGE, nothing)
    resources.activity("arn:aws:states:us-east-1:111111111111:activity:approve")
    resources.require(
        [
            TaskReference("States.A.Resource", CHARGE),
            TaskReference("States.B.Resource", INVOKE, {"FunctionName": "charge"}),
            TaskReference("States.C.Resource", "arn:aws:states:us-east-1:111111111111:activity:approve"),
        ]
    )


def test_a_function_named_at_run_time_is_missing_only_if_there_is_no_function_at_all() -> None:
    resources = Resources()
    reference = TaskReference("States.A.Resource", INVOKE, None)
    assert resources.missing([reference])
    resources.task(CHARGE, nothing)
    assert not resources.missing([reference])


def test_an_activity_declared_by_arn_is_known_in_its_region_only() -> None:
    resources = Resources()
    resources.activity("arn:aws:states:us-east-1:111111111111:activity:approve")
    assert resources.is_activity("arn:aws:states:us-east-1:111111111111:activity:approve")
    assert not resources.is_activity("arn:aws:states:eu-west-1:111111111111:activity:approve")


def test_a_decorator_without_its_resource_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match="a handler serves a resource"):
        Resources().task(nothing)  # type: ignore[call-overload]


def test_resources_hold_few_machines_however_many_are_started() -> None:
    resources = Resources()
    machines = [load({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}) for _ in range(250)]
    before = sys.getrefcount(machines[0])
    for machine in machines:
        resources.require(machine)
    held = sum(sys.getrefcount(machine) > before + 1 for machine in machines)  # the loop's own name counts
    assert held <= 100
