"""The table of all rules, in the order in which they are asked.

Rules that a change must keep:

1. Rules of the subject ``shape`` are asked in this order about each refusal, and the first that answers has it.
2. Name, group, severity and code of a finding come from here; a check says where and why.
3. A rule stands in the module of its name and is imported when it is asked for the first time: a machine of Pass states
   needs neither the rules about Maps nor those that word what is refused.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import NamedTuple, TypeAlias, cast

from ..problem import SCHEMA, Problem

ERROR, WARNING = "ERROR", "WARNING"

Check: TypeAlias = Callable[..., Iterator[Problem]]


class Rule(NamedTuple):
    """One rule.

    ``group`` is the class of error that it belongs to, ``code`` the code that AWS has for it. The ``subject`` says
    what ``check`` is called with: ``text`` (what is no document yet; ``documents`` finds these itself), ``document`` (a
    Document and its Outline, once), ``program`` (each Program: the machine, each branch and item processor), ``shape``
    (each Refusal of ``schema.json``), ``state`` (each Place) or types of state, separated by blanks (each Place of such
    a type); ``expression:`` with a kind of mistake (each Mistake of that kind), ``machine`` (the loaded Machine, where
    there are no errors), ``flow`` (its Flow). A ``costly`` rule is left out by ``load``; its subject is ``document``.
    ``fields`` are those of states, separated by blanks, without all of which nothing breaks the rule: the check is not
    called where the state, or of a ``document`` every state, has none of them. Of a ``shape`` they are keywords of
    ``schema.json``: a refusal by another one is none of the rule's business.
    """

    name: str
    group: str
    severity: str
    code: str
    subject: str
    costly: bool = False
    fields: str = ""

    @property
    def module(self) -> str:
        """The module that the rule stands in.

        >>> RULES[0].module
        'aslrun.definition.rules.malformed_json'
        """
        return f"{__package__}.{self.name.replace('-', '_').lower()}"

    @property
    def check(self) -> Check:
        """The rule's own function."""
        return cast(Check, import_module(self.module).check)

    @property
    def page(self) -> str:
        """What the rule's file says about it: reStructuredText, its examples under ``Bad::`` and ``Good::``."""
        return inspect.cleandoc(import_module(self.module).__doc__ or "")


_MISSING_TARGET = "MISSING_TRANSITION_TARGET"
_GOES_ON = "Task Parallel Map Pass Wait"
_RECOVERS = "Task Parallel Map"
_NESTS = "Branches ItemProcessor Iterator"
_NO_JSONATA, _UNSUPPORTED_JSONATA = "INVALID_JSONATA_EXPRESSION", "UNSUPPORTED_JSONATA_EXPRESSION"

RULES: tuple[Rule, ...] = (
    Rule("malformed-json", "malformed-json", ERROR, "INVALID_JSON_DESCRIPTION", "text"),
    Rule("duplicate-key", "duplicate-name", ERROR, "INVALID_JSON_DESCRIPTION", "text"),
    Rule("definition-size", "too-large", ERROR, SCHEMA, "document"),
    Rule(
        "query-language-mix", "query-language-mix", ERROR, SCHEMA, "shape", fields="queryLanguage additionalProperties"
    ),
    Rule("error-equals", "retry-catch", ERROR, SCHEMA, "shape"),
    Rule("timestamp", "timestamp", ERROR, SCHEMA, "shape expression:timestamp"),
    Rule("required-field", "required-field", ERROR, SCHEMA, "shape", fields="required requiredOneOf"),
    Rule("empty-value", "required-field", ERROR, SCHEMA, "shape", fields="minItems minProperties"),
    Rule("unsupported-field", "unsupported-field", ERROR, SCHEMA, "shape", fields="not additionalProperties"),
    Rule("unknown-field", "unknown-field", ERROR, SCHEMA, "shape", fields="additionalProperties"),
    Rule("mutually-exclusive", "mutually-exclusive", ERROR, SCHEMA, "shape", fields="atMostOneOf"),
    Rule("wrong-type", "wrong-type", ERROR, SCHEMA, "shape", fields="type"),
    Rule("enum", "enum", ERROR, SCHEMA, "shape", fields="enum"),
    Rule("number-range", "number-range", ERROR, SCHEMA, "shape", fields="minimum maximum"),
    Rule("resource-arn", "resource", ERROR, SCHEMA, "shape", fields="pattern"),
    Rule("state-name", "too-large", ERROR, "INVALID_STATE_NAME", "program"),
    Rule("missing-target", "missing-target", ERROR, _MISSING_TARGET, "document"),
    Rule("scope", "scope", ERROR, _MISSING_TARGET, "document"),
    Rule("unreachable", "unreachable", ERROR, _MISSING_TARGET, "program"),
    Rule("no-terminal", "no-terminal", ERROR, "MISSING_END_STATE", "program"),
    Rule("duplicate-name", "duplicate-name", ERROR, "DUPLICATE_STATE_NAME", "document", fields=_NESTS),
    Rule("language-downgrade", "query-language-mix", ERROR, SCHEMA, "document", fields="QueryLanguage"),
    Rule("next-or-end", "required-field", ERROR, SCHEMA, _GOES_ON),
    Rule("next-and-end", "mutually-exclusive", ERROR, SCHEMA, _GOES_ON, fields="End"),
    Rule("states-all", "retry-catch", ERROR, SCHEMA, _RECOVERS, fields="Retry Catch"),
    Rule("delay-above-interval", "retry-catch", ERROR, SCHEMA, _RECOVERS, fields="Retry"),
    Rule("timeouts", "timeouts", ERROR, SCHEMA, "Task", fields="HeartbeatSeconds"),
    Rule("variable-name", "variables", ERROR, SCHEMA, "state", fields="Assign Catch Choices"),
    Rule("outer-variable", "variables", ERROR, SCHEMA, "document", fields=_NESTS),
    Rule("execution-type", "required-field", ERROR, SCHEMA, "Map"),
    Rule("label", "label", ERROR, "INVALID_LABEL_NAME", "Map", fields="Label"),
    Rule("duplicate-label", "label", ERROR, "DUPLICATE_LABEL_NAME", "document", fields="Label"),
    Rule("reader-config", "required-field", ERROR, SCHEMA, "Map", fields="ItemReader"),
    Rule("result-writer", "required-field", ERROR, SCHEMA, "Map", fields="ResultWriter"),
    Rule("resource", "resource", ERROR, SCHEMA, "Task"),
    Rule("express", "express", ERROR, SCHEMA, "Task Map"),
    Rule("sdk-action", "resource", ERROR, SCHEMA, "document", costly=True, fields="Resource"),
    Rule("payload-path", "payload-path", ERROR, SCHEMA, "expression:template"),
    Rule("intrinsic-syntax", "intrinsic-syntax", ERROR, SCHEMA, "expression:intrinsic"),
    Rule("path-syntax", "path-syntax", ERROR, SCHEMA, "expression:path"),
    Rule("reference-path", "reference-path", ERROR, SCHEMA, "expression:reference-path"),
    Rule("jsonata-syntax", "jsonata-syntax", ERROR, _NO_JSONATA, "expression:jsonata"),
    Rule("jsonata-scope", "jsonata-scope", ERROR, _UNSUPPORTED_JSONATA, "expression:jsonata-scope"),
    Rule("choice-field", "unknown-field", ERROR, SCHEMA, "expression:choice-field"),
    Rule("choice-operator", "required-field", ERROR, SCHEMA, "expression:choice-missing"),
    Rule("choice-one-operator", "mutually-exclusive", ERROR, SCHEMA, "expression:choice-many"),
    Rule("choice-operand", "wrong-type", ERROR, SCHEMA, "expression:choice-operand"),
    Rule("unknown-function", "unknown-function", WARNING, "UNKNOWN_FUNCTION", "machine"),
    Rule("path-never-produced", "path-never-produced", WARNING, "PATH_NEVER_PRODUCED", "flow"),
    Rule("variable-never-assigned", "variable-never-assigned", WARNING, "VARIABLE_NEVER_ASSIGNED", "flow"),
    Rule("variable-not-yet-assigned", "variable-not-yet-assigned", WARNING, "VARIABLE_NOT_YET_ASSIGNED", "flow"),
    Rule("variable-maybe-unassigned", "variable-maybe-unassigned", WARNING, "VARIABLE_MAYBE_UNASSIGNED", "flow"),
    Rule("type-mismatch", "type-mismatch", WARNING, "TYPE_MISMATCH", "flow"),
    Rule("choice-rule-dead", "choice-rule-dead", WARNING, "CHOICE_RULE_DEAD", "flow"),
    Rule("choice-may-not-match", "choice-may-not-match", WARNING, "CHOICE_MAY_NOT_MATCH", "flow"),
    Rule("catch-never-matches", "catch-never-matches", WARNING, "CATCH_NEVER_MATCHES", "flow"),
    Rule("retry-never-matches", "retry-never-matches", WARNING, "RETRY_NEVER_MATCHES", "flow"),
    Rule("loop-without-exit", "loop-without-exit", WARNING, "LOOP_WITHOUT_EXIT", "flow"),
    Rule("loop-without-wait", "loop-without-wait", WARNING, "LOOP_WITHOUT_WAIT", "flow"),
    Rule("timeout-longer-than-parent", "timeout-longer-than-parent", WARNING, "TIMEOUT_LONGER_THAN_PARENT", "flow"),
    Rule("token-never-handed-out", "token-never-handed-out", WARNING, "TOKEN_NEVER_HANDED_OUT", "flow"),
    Rule("token-without-timeout", "token-without-timeout", WARNING, "TOKEN_WITHOUT_TIMEOUT", "flow"),
    Rule("timestamp-in-the-past", "timestamp-in-the-past", WARNING, "TIMESTAMP_IN_THE_PAST", "flow"),
    Rule("NO_PATH", "NO_PATH", WARNING, "NO_PATH", "flow"),
    Rule("NO_DOLLAR", "NO_DOLLAR", WARNING, "NO_DOLLAR", "flow"),
    Rule("PASS_RESULT_IS_STATIC", "PASS_RESULT_IS_STATIC", WARNING, "PASS_RESULT_IS_STATIC", "flow"),
)
