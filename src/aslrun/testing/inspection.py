"""Which steps of a state's data flow TestState shows, and how each is computed by itself.

The compiled data flow of a state goes from its input to its output in two calls. Here the same compiler is asked for
parts of it: a state with nothing but its ResultSelector, and one with ResultSelector and ResultPath.

Rules that a change must keep (recorded):

1. JSONata has no steps but the arguments and the result of a Task.
2. A Pass with a Result shows that result and nothing before it; a Parallel shows nothing before its result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..definition.model import MapState, ParallelState, PassState, State, TaskState
from ..language.dataflow import Complete, Evaluate
from ..language.jsonpath_fields import JSONPathFields

if TYPE_CHECKING:
    from ..language.dataflow import Location
    from ..language.errors import ExpressionSyntaxError
    from ..language.scope import Scope
    from ..values import JSON

_WITH_RESULT = (TaskState, PassState, ParallelState, MapState)


@dataclass(slots=True)
class Steps:
    """What is to be shown of one state.

    ``arguments`` is the name under which a task's arguments are shown; ``fixed`` the Result of a Pass.
    """

    after_input: Evaluate | None = None
    after_parameters: Evaluate | None = None
    arguments: str | None = None
    after_items: bool = False
    shows_result: bool = False
    fixed: Evaluate | None = None
    after_result: tuple[tuple[str, Complete], ...] = ()


def steps_of(state: State, language: str) -> Steps:
    """The steps of a state, by its type and its query language; ``language`` is the machine's."""
    is_task = isinstance(state, TaskState)
    if state.document.get("QueryLanguage", language) == "JSONata":
        return Steps(arguments="afterArguments" if is_task else None, shows_result=is_task)
    fixed = state.result if isinstance(state, PassState) else None
    passes = isinstance(state, PassState) and fixed is None
    shows_input = fixed is None and not isinstance(state, ParallelState)
    return Steps(
        after_input=(state.dataflow.input or _raw) if shows_input else None,
        after_parameters=(state.dataflow.enter or _raw) if passes else None,
        arguments="afterParameters" if is_task else None,
        after_items=isinstance(state, MapState),
        shows_result=is_task or fixed is not None,
        fixed=fixed,
        after_result=_after_result(state) if isinstance(state, _WITH_RESULT) else (),
    )


def _raw(scope: Scope) -> JSON:
    return scope.input


def _after_result(state: State) -> tuple[tuple[str, Complete], ...]:
    return (
        ("afterResultSelector", _part(state, "ResultSelector")),
        ("afterResultPath", _part(state, "ResultSelector", "ResultPath")),
    )


def _part(state: State, *names: str) -> Complete:
    fields = {name: state.document[name] for name in names if name in state.document}
    return JSONPathFields(fields, (), _no_report).dataflow(result=True).complete or _unchanged


def _unchanged(scope: Scope, raw: JSON, result: JSON) -> tuple[JSON, None]:
    return result, None


def _no_report(location: Location, error: ExpressionSyntaxError) -> None:
    raise AssertionError(f"{location}: the state was loaded, so its fields compile")
