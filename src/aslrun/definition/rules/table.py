"""The table of all rules, in the order in which they are asked.

Rules that a change must keep:

1. Rules of the subject ``shape`` are asked in this order about each refusal, and the first that answers has it.
2. Name, group, severity and code of a finding come from here; a check says where and why.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ..problem import SCHEMA, Problem
from . import (
    definition_size,
    delay_above_interval,
    duplicate_key,
    duplicate_label,
    duplicate_name,
    empty_value,
    enum,
    error_equals,
    execution_type,
    express,
    label,
    language_downgrade,
    malformed_json,
    missing_target,
    mutually_exclusive,
    next_and_end,
    next_or_end,
    no_terminal,
    number_range,
    outer_variable,
    query_language_mix,
    reader_config,
    required_field,
    resource,
    resource_arn,
    result_writer,
    scope,
    sdk_action,
    state_name,
    timeouts,
    timestamp,
    unknown_field,
    unreachable,
    unsupported_field,
    variable_name,
    wildcard_alone,
    wildcard_last,
    wrong_type,
)
from .transitions import MISSING_TARGET

ERROR = "ERROR"

Check = Callable[..., Iterator[Problem]]


class Rule(NamedTuple):
    """One rule.

    ``group`` is the class of error that it belongs to, ``code`` the code that AWS has for it. The ``subject`` says
    what ``check`` is called with: ``text`` (what is no document yet; ``documents`` finds these itself), ``document`` (a
    Document and its Outline, once), ``program`` (each Program: the
    machine, each branch and item processor), ``shape`` (each Refusal of ``schema.json``), ``state`` (each Place) or
    types of state, separated by blanks (each Place of such a type). A ``costly`` rule is left out by ``load``.
    """

    name: str
    group: str
    severity: str
    code: str
    subject: str
    check: Check
    costly: bool = False

    @property
    def module(self) -> str:
        """The module that the rule stands in."""
        return self.check.__module__

    @property
    def page(self) -> str:
        """What the rule's file says about it: reStructuredText, its examples under ``Bad::`` and ``Good::``."""
        module = inspect.getmodule(self.check)
        return inspect.cleandoc(module.__doc__ or "") if module else ""


_GOES_ON = "Task Parallel Map Pass Wait"
_RECOVERS = "Task Parallel Map"

RULES: tuple[Rule, ...] = (
    Rule("malformed-json", "malformed-json", ERROR, malformed_json.INVALID_JSON, "text", malformed_json.check),
    Rule("duplicate-key", "duplicate-name", ERROR, malformed_json.INVALID_JSON, "text", duplicate_key.check),
    Rule("definition-size", "too-large", ERROR, SCHEMA, "document", definition_size.check),
    Rule("query-language-mix", "query-language-mix", ERROR, SCHEMA, "shape", query_language_mix.check),
    Rule("error-equals", "retry-catch", ERROR, SCHEMA, "shape", error_equals.check),
    Rule("timestamp", "timestamp", ERROR, SCHEMA, "shape", timestamp.check),
    Rule("required-field", "required-field", ERROR, SCHEMA, "shape", required_field.check),
    Rule("empty-value", "required-field", ERROR, SCHEMA, "shape", empty_value.check),
    Rule("unsupported-field", "unsupported-field", ERROR, SCHEMA, "shape", unsupported_field.check),
    Rule("unknown-field", "unknown-field", ERROR, SCHEMA, "shape", unknown_field.check),
    Rule("mutually-exclusive", "mutually-exclusive", ERROR, SCHEMA, "shape", mutually_exclusive.check),
    Rule("wrong-type", "wrong-type", ERROR, SCHEMA, "shape", wrong_type.check),
    Rule("enum", "enum", ERROR, SCHEMA, "shape", enum.check),
    Rule("number-range", "number-range", ERROR, SCHEMA, "shape", number_range.check),
    Rule("resource-arn", "resource", ERROR, SCHEMA, "shape", resource_arn.check),
    Rule("state-name", "too-large", ERROR, state_name.INVALID_NAME, "program", state_name.check),
    Rule("missing-target", "missing-target", ERROR, MISSING_TARGET, "document", missing_target.check),
    Rule("scope", "scope", ERROR, MISSING_TARGET, "document", scope.check),
    Rule("unreachable", "unreachable", ERROR, MISSING_TARGET, "program", unreachable.check),
    Rule("no-terminal", "no-terminal", ERROR, no_terminal.MISSING_END, "program", no_terminal.check),
    Rule("duplicate-name", "duplicate-name", ERROR, duplicate_name.DUPLICATE_NAME, "document", duplicate_name.check),
    Rule("language-downgrade", "query-language-mix", ERROR, SCHEMA, "document", language_downgrade.check),
    Rule("next-or-end", "required-field", ERROR, SCHEMA, _GOES_ON, next_or_end.check),
    Rule("next-and-end", "mutually-exclusive", ERROR, SCHEMA, _GOES_ON, next_and_end.check),
    Rule("wildcard-alone", "retry-catch", ERROR, SCHEMA, _RECOVERS, wildcard_alone.check),
    Rule("wildcard-last", "retry-catch", ERROR, SCHEMA, _RECOVERS, wildcard_last.check),
    Rule("delay-above-interval", "retry-catch", ERROR, SCHEMA, _RECOVERS, delay_above_interval.check),
    Rule("timeouts", "timeouts", ERROR, SCHEMA, "Task", timeouts.check),
    Rule("variable-name", "variables", ERROR, SCHEMA, "state", variable_name.check),
    Rule("outer-variable", "variables", ERROR, SCHEMA, "document", outer_variable.check),
    Rule("execution-type", "required-field", ERROR, SCHEMA, "Map", execution_type.check),
    Rule("label", "label", ERROR, label.INVALID_LABEL, "Map", label.check),
    Rule("duplicate-label", "label", ERROR, duplicate_label.DUPLICATE_LABEL, "document", duplicate_label.check),
    Rule("reader-config", "required-field", ERROR, SCHEMA, "Map", reader_config.check),
    Rule("result-writer", "required-field", ERROR, SCHEMA, "Map", result_writer.check),
    Rule("resource", "resource", ERROR, SCHEMA, "Task", resource.check),
    Rule("express", "express", ERROR, SCHEMA, "Task Map", express.check),
    Rule("sdk-action", "resource", ERROR, SCHEMA, "Task", sdk_action.check, costly=True),
)
