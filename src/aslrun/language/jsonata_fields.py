"""The fields of a state in the query language JSONata: text in ``{% %}`` is an expression, the rest stands as it is.

Rules that a change must keep:

1. An expression must give JSON. Undefined, a function, or a number that JSON has not is a failure, in AWS's words,
   with the path of the field inside the state (``Output/total``).
2. ``$states`` holds what the field may see: always ``input`` and ``context``, and where there is one ``result`` or
   ``errorOutput``. The context object is built only for expressions that look at it.
3. Templates without expressions are constants.

Sources: developer guide, "Transforming data with JSONata in Step Functions"; causes as recorded from AWS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, cast

from ..values import JSON, is_number, not_json, to_text, type_name
from . import jsonata
from .dataflow import (
    Complete,
    Dataflow,
    Evaluate,
    Expression,
    FieldCompiler,
    FieldValue,
    Location,
    Predicate,
    Report,
    Variables,
    constant,
)
from .errors import ExpressionError, ExpressionSyntaxError
from .jsonata import nodes
from .jsonata_scope import Unsupported, bound_names, unknown_functions, unsupported
from .scope import Scope
from .timestamps import is_timestamp

Stage = Literal["entry", "result", "errorOutput"]
"""What ``$states`` holds beside input and context."""

OPEN, CLOSE = "{%", "%}"

BUDGET = jsonata.Limits(steps=2_000_000, size=400_000)
"""Of one evaluation: an endless one ends within a second. What a state hands on has at most 262,144 bytes anyway."""

WORLDLY = frozenset({"now", "millis", "random", "shuffle", "uuid"})
"""The functions that ask for the time or for chance."""

NO_VARIABLES = frozenset(("", "$", "states"))
"""``$``, ``$$`` and ``$states`` are no workflow variables."""

PLAIN = frozenset((str, int, bool, type(None)))


class QueryEvaluationError(ExpressionError):
    """An expression failed, or gave what its field cannot take; ``location`` is the field's path in the state."""

    error = "States.QueryEvaluationError"

    def __init__(self, message: str, location: str) -> None:
        super().__init__(message)
        self.location = location


class JSONataExpression:
    """One expression of a field.

    >>> expression = JSONataExpression("{% $states.input.total * 2 %}", "Output", "entry")
    >>> expression.evaluate(Scope({"total": 4}, dict, {}, lambda: None))
    8
    """

    __slots__ = (
        *(
            "_compiled",
            "_every",
            "_extra",
            "_needs_context",
            "_needs_states",
            "_needs_world",
            "_references",
            "_unknown",
        ),
        *("field", "location", "text"),
    )

    def __init__(self, text: str, field: str, stage: Stage, location: Location = ()) -> None:
        """``field`` is the path in the state that failures name, ``location`` the place in the document."""
        self.text = text[len(OPEN) : -len(CLOSE)].strip()
        self.field, self.location = field, location
        self._compiled = jsonata.compile(self.text, limits=BUDGET)
        self._extra = None if stage == "entry" else stage
        self._references: tuple[str, ...] | None = None
        self._unknown: tuple[tuple[str, int], ...] | None = None
        self._every = every = list(jsonata.walk(self._compiled.tree))
        names = {node.value for node in every if isinstance(node, nodes.Variable)}
        self._needs_states = "states" in names
        self._needs_context = "states" in names and _looks_at_context(every)
        # a function may recurse: such an expression may need a stack of its own
        self._needs_world = not names.isdisjoint(WORLDLY) or not _FUNCTIONS.isdisjoint(map(type, every))

    @property
    def tree(self) -> jsonata.Node:
        """The parse tree, for static checks."""
        return self._compiled.tree

    def unsupported(self) -> Iterator[Unsupported]:
        """What it refers to and cannot see."""
        return unsupported(self._compiled.tree, self._extra)

    def evaluate(self, scope: Scope) -> JSON:
        """The value. Raises ``QueryEvaluationError``."""
        bindings = {**scope.variables, "states": self._states(scope)} if self._needs_states else scope.variables
        world = None
        if self._needs_world:
            world = jsonata.Environment(int(scope.now * 1000), scope.random, scope.fresh_stack)
        try:
            value = self._compiled(bindings=bindings, environment=world)
        except jsonata.JsonataError as error:
            raise self.failure(f"threw an error during evaluation. {error}") from error
        if value is jsonata.UNDEFINED:
            raise self.failure("returned nothing (undefined).")
        if type(value) not in PLAIN and self._is_unsupported(value):
            raise self.failure("returned an unsupported result type.")
        return cast(JSON, value)

    def _is_unsupported(self, value: object) -> bool:
        """Whether it is no JSON; what a path finds is part of the data, or else a function."""
        return jsonata.is_function(value) if self._compiled.is_path else not_json(value) is not None

    def _states(self, scope: Scope) -> dict[str, JSON]:
        states: dict[str, JSON] = {"input": scope.input}
        if self._extra is not None:
            states[self._extra] = scope.result
        if self._needs_context:
            states["context"] = scope.context
        return states

    def failure(self, what: str) -> QueryEvaluationError:
        """AWS's sentence about this expression."""
        return QueryEvaluationError(
            f"The JSONata expression '{self.text}' specified for the field '{self.field}' {what}", self.field
        )

    def references(self) -> Iterator[str]:
        """The workflow variables that it refers to; its own functions, parameters and bindings are none.

        Nor is a name that is called: no workflow variable holds a function.
        """
        if self._references is None:
            names = (node.value for node in self._every if isinstance(node, nodes.Variable))
            found = [name for name in names if name not in NO_VARIABLES and not jsonata.is_builtin(name)]
            if found:
                own = {*bound_names(self._every), *(name for name, _ in self.unknown_functions())}
                found = [name for name in found if name not in own]
            self._references = tuple(found)
        return iter(self._references)

    def unknown_functions(self) -> tuple[tuple[str, int], ...]:
        """Every call of a function that there is not, with its position."""
        if self._unknown is None:
            self._unknown = tuple(unknown_functions(self._every))
        return self._unknown


_FUNCTIONS = frozenset((nodes.Lambda, nodes.Transform, nodes.Partial))


def _looks_at_context(every: list[jsonata.Node]) -> bool:
    """Whether it says ``$states.context``, or takes ``$states`` as a whole."""
    followed = set()  # what a name follows; a path comes before its steps
    for node in every:
        if isinstance(node, nodes.Path):
            if len(node.steps) > 1 and isinstance(step := node.steps[1], nodes.Name):
                if step.value == "context":
                    return True
                followed.add(id(node.steps[0]))
        elif isinstance(node, nodes.Variable) and node.value == "states" and id(node) not in followed:
            return True
    return False


class JSONataFields:
    """Compiles fields that hold literals and expressions."""

    def __init__(self, fields: Mapping[str, JSON], location: Location, report: Report, way: str = "") -> None:
        self.fields = fields
        self.location = location
        self.expressions: list[Expression] = []
        self._report = report
        self._way = way  # of an inner object, in the path of a field

    def inner(self, fields: Mapping[str, JSON], *way: str | int) -> JSONataFields:
        name = "".join(f"[{step}]" if isinstance(step, int) else f"/{step}" for step in way).lstrip("/")
        inner = JSONataFields(fields, (*self.location, *way), self._report, f"{self._way}{name}/")
        inner.expressions = self.expressions
        return inner

    def dataflow(self, *, arguments: bool = False, result: bool = False) -> Dataflow:
        enter = self._given("Arguments") if arguments else None
        stage: Stage = "result" if result else "entry"
        return Dataflow(None, enter, _completion(self._given("Output", stage), self._given("Assign", stage)))

    def catch(self) -> Dataflow:
        output, assign = self._given("Output", "errorOutput"), self._given("Assign", "errorOutput")
        return Dataflow(complete=_completion(output, assign))

    def choices(self, rules: Sequence[FieldCompiler]) -> tuple[Dataflow, list[Dataflow]]:
        """A rule has its own Assign; the state's is that of its Default. The Output is the rule's or the state's."""
        output = self._given("Output")
        flows = []
        for rule in cast("Sequence[JSONataFields]", rules):
            own = rule._given("Output") or output
            flows.append(Dataflow(complete=_completion(own, rule._given("Assign"))))
        return Dataflow(complete=_completion(output, self._given("Assign"))), flows

    def condition(self) -> Predicate | None:
        value = self._expected("Condition", "boolean")
        return None if value is None else cast(Predicate, value.evaluate)

    def number(self, field: str) -> FieldValue | None:
        return self._expected(field, "number")

    def text(self, field: str) -> FieldValue | None:
        return self._expected(field, "string")

    def timestamp(self) -> FieldValue | None:
        value = self._expected("Timestamp", "string")
        return None if value is None else FieldValue(value.name, _instant(value.evaluate), value.path)

    def items(self) -> FieldValue | None:
        """Items: an expression that gives an array, or an array or an object with expressions in it.

        Without it the state's input must be an array.
        """
        if "Items" not in self.fields:
            return FieldValue("Items", _input_items)
        template = self._given("Items") if isinstance(self.fields["Items"], (list, dict)) else None
        return self._expected("Items", "array") if template is None else FieldValue("Items", template)

    def template(self, *fields: str) -> Evaluate | None:
        return next((self._given(field) for field in fields if field in self.fields), None)

    # ------------------------------------------------------------------ kinds of fields

    def _given(self, field: str, stage: Stage = "entry") -> Evaluate | None:
        """The template of a field, or ``None`` if it is absent."""
        if field not in self.fields:
            return None
        value = self.fields[field]
        return self._template(value, f"{self._way}{field}", (*self.location, field), stage) or constant(value)

    def _expected(self, field: str, type: str) -> FieldValue | None:
        """A field that takes a literal or an expression of one type."""
        value = self.fields.get(field)
        if value is None:
            return None
        expression = self._expression(value, f"{self._way}{field}", (*self.location, field), "entry")
        if expression is None:
            return FieldValue(field, constant(value))
        return FieldValue(field, _of_type(expression, type), expression.text)

    def _template(self, value: JSON, field: str, location: Location, stage: Stage) -> Evaluate | None:
        """A function for the template, or ``None`` where it is constant."""
        if isinstance(value, dict):
            members = {
                name: self._template(item, f"{field}/{name}", (*location, name), stage) for name, item in value.items()
            }
            return _object(members, value) if any(members.values()) else None
        if isinstance(value, list):
            items = [
                self._template(item, f"{field}[{index}]", (*location, index), stage) for index, item in enumerate(value)
            ]
            return _array(items, value) if any(items) else None
        expression = self._expression(value, field, location, stage)
        return None if expression is None else expression.evaluate

    def _expression(self, value: JSON, field: str, location: Location, stage: Stage) -> JSONataExpression | None:
        if not isinstance(value, str) or not _delimited(value):
            return None
        try:
            _check_delimiters(value)
            expression = JSONataExpression(value, field, stage, location)
        except jsonata.JsonataError as error:
            token = str(error.token or "")
            self._report(location, ExpressionSyntaxError(error.message, error.position, kind="jsonata", wrong=token))
            return None
        except ExpressionSyntaxError as error:
            self._report(location, error)
            return None
        for message, position, meant in expression.unsupported():
            self._report(location, ExpressionSyntaxError(message, position, kind="jsonata-scope", wrong=meant))
        self.expressions.append(expression)
        return expression


def _delimited(text: str) -> bool:
    """Whether the text opens an expression, or closes one; with a blank before and after it is a literal (recorded)."""
    return text.startswith(OPEN) or text.endswith(CLOSE)


def _check_delimiters(text: str) -> None:
    if not text.startswith(OPEN):
        raise ExpressionSyntaxError(f"A JSONata expression must start with {OPEN}", 0, kind="jsonata")
    if not text.endswith(CLOSE) or len(text) < len(OPEN) + len(CLOSE):
        raise ExpressionSyntaxError(f"A JSONata expression must end with {CLOSE}", kind="jsonata")


def _object(members: Mapping[str, Evaluate | None], template: Mapping[str, JSON]) -> Evaluate:
    pairs = [(name, evaluate or constant(template[name])) for name, evaluate in members.items()]
    return lambda scope: {name: evaluate(scope) for name, evaluate in pairs}


def _array(items: Sequence[Evaluate | None], template: Sequence[JSON]) -> Evaluate:
    evaluates = [evaluate or constant(item) for evaluate, item in zip(items, template, strict=True)]
    return lambda scope: [evaluate(scope) for evaluate in evaluates]


def _completion(output: Evaluate | None, assign: Evaluate | None) -> Complete | None:
    if output is None and assign is None:
        return None
    assign_of = cast("Callable[[Scope], Variables] | None", assign)

    def complete(scope: Scope, raw: JSON, result: JSON) -> tuple[JSON, Variables | None]:
        scope.result = result
        assigned = None if assign_of is None else assign_of(scope)
        return (result if output is None else output(scope)), assigned

    return complete


# --------------------------------------------------------------------------- what a field takes

_CHECKS: dict[str, Callable[[object], bool]] = {
    "boolean": lambda value: isinstance(value, bool),
    "number": is_number,
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
}


def _of_type(expression: JSONataExpression, type: str) -> Evaluate:
    fits = _CHECKS[type]

    def evaluate(scope: Scope) -> JSON:
        value = expression.evaluate(scope)
        if not fits(value):
            raise expression.failure(
                f"returned an unexpected result type. Expected '{type}', but was '{type_name(value)}' "
                f"for value: {to_text(value)}"
            )
        return value

    return evaluate


def _instant(evaluate: Evaluate) -> Evaluate:
    def instant(scope: Scope) -> JSON:
        text = evaluate(scope)
        if not is_timestamp(cast(str, text)):
            raise QueryEvaluationError(
                f"The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: {text}",
                "Timestamp",
            )
        return text

    return instant


def _input_items(scope: Scope) -> JSON:
    if not isinstance(scope.input, list):
        raise QueryEvaluationError(f"Map state input must be an array but was: {to_text(scope.input)}", "Items")
    return scope.input
