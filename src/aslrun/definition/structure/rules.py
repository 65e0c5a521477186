"""Rules of single states that no table of fields says: one rule, one function."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ...values import JSON, is_number
from ..json_text import Location
from .fields import JSONATA_RULE, PROGRAMS, STATES
from .outline import PROCESSORS, Outline, Place, Problem, Program
from .shapes import OBJECT, TEXT, check, did_you_mean, must_be, only_in

MAX_VARIABLE_NAME = 80
MAX_LABEL = 40

# Not allowed in Label, besides control characters and white space (recorded from the service).
_NO_LABEL = re.compile(r"[\s?*<>{}\[\]:;,\\|^~$#%&`\"\x00-\x1f\x7f-\x9f]")


# --------------------------------------------------------------------------- shapes and languages


def machine_shape(program: Program) -> Iterator[Problem]:
    """A machine has the fields of its kind."""
    yield from check(program.value, PROGRAMS[program.kind], program.location, None)


def state_shape(place: Place) -> Iterator[Problem]:
    """A state has a known Type, and the fields of that type."""
    kind = place.type
    if kind is None and "Type" not in place.value:
        yield Problem(place.location, "must have the field Type")
    elif not isinstance(kind, str) or kind not in STATES:
        hint = did_you_mean(kind, STATES) if isinstance(kind, str) else ""
        yield Problem((*place.location, "Type"), must_be(f"one of {', '.join(STATES)}", kind) + hint)
    else:
        yield from check(place.value, STATES[kind], place.location, place.language)


def language_kept(place: Place, machine_language: JSON) -> Iterator[Problem]:
    """In a JSONata machine no state is JSONPath."""
    if machine_language == "JSONata" and place.value.get("QueryLanguage") == "JSONPath":
        message = 'must not be "JSONPath" where the whole state machine is "JSONata"'
        yield Problem((*place.location, "QueryLanguage"), message)


# --------------------------------------------------------------------------- Retry and Catch


def wildcard_last(place: Place) -> Iterator[Problem]:
    """``States.ALL`` stands alone, and in the last retrier or catcher."""
    for field in ("Retry", "Catch"):
        entries = place.value.get(field)
        entries = entries if isinstance(entries, list) else []
        for index, entry in enumerate(entries):
            names = entry.get("ErrorEquals") if isinstance(entry, dict) else None
            if not isinstance(names, list) or "States.ALL" not in names:
                continue
            location = (*place.location, field, index, "ErrorEquals")
            if len(names) > 1:
                yield Problem(location, "States.ALL must stand alone")
            if index < len(entries) - 1:
                yield Problem(location, f"States.ALL must stand in the last entry of {field}")


def delay_above_interval(place: Place) -> Iterator[Problem]:
    """MaxDelaySeconds is above IntervalSeconds."""
    retriers = place.value.get("Retry")
    for index, retrier in enumerate(retriers if isinstance(retriers, list) else ()):
        if isinstance(retrier, dict) and _not_below(retrier.get("IntervalSeconds"), retrier.get("MaxDelaySeconds")):
            yield Problem((*place.location, "Retry", index, "MaxDelaySeconds"), "must be above IntervalSeconds")


def heartbeat_below_timeout(place: Place) -> Iterator[Problem]:
    """HeartbeatSeconds is below TimeoutSeconds."""
    if _not_below(place.value.get("HeartbeatSeconds"), place.value.get("TimeoutSeconds")):
        yield Problem((*place.location, "HeartbeatSeconds"), "must be below TimeoutSeconds")


def _not_below(lower: JSON, upper: JSON) -> bool:
    return is_number(lower) and is_number(upper) and lower >= upper  # type: ignore[operator]


# --------------------------------------------------------------------------- variables


def variable_names(place: Place) -> Iterator[Problem]:
    """The names in every Assign are identifiers of at most 80 characters, and not ``states``."""
    for name, location in _assigned(place):
        if reason := _no_variable(name):
            yield Problem(location, reason)


def no_outer_variable_assigned(parts: Outline) -> Iterator[Problem]:
    """A branch or iteration reads the variables around it, but may not assign one of their names.

    The children of a distributed Map are executions of their own: they know no outer variables.
    """
    assigned: dict[Location, set[str]] = {}
    apart = {place.location for place in parts.states if place.distributed}
    for place in parts.states:
        assigned.setdefault(place.program.location, set()).update(name for name, _ in _assigned(place))
    for place in parts.states:
        around = _around(place.program.location, assigned, apart)
        for name, location in _assigned(place):
            if name in around:
                yield Problem(location, f"the variable {name} exists outside of this branch, which may only read it")


def _around(program: Location, assigned: Mapping[Location, set[str]], apart: set[Location]) -> set[str]:
    """The names that are assigned in the programs around one."""
    names: set[str] = set()
    for end in range(len(program) - 1, -1, -1):
        if program[:end] in apart:
            break
        names |= assigned.get(program[:end], set())
    return names


def _assigned(place: Place) -> Iterator[tuple[str, Location]]:
    """The variables that a state assigns, with their places."""
    for assign, location in _assigns(place):
        for key in assign:
            yield (key.removesuffix(".$") if place.language == "JSONPath" else key), (*location, key)


def _assigns(place: Place) -> Iterator[tuple[dict[str, JSON], Location]]:
    holders: list[tuple[JSON, Location]] = [(place.value, place.location)]
    for field in ("Catch", "Choices"):
        entries = place.value.get(field)
        if isinstance(entries, list):
            holders += [(entry, (*place.location, field, index)) for index, entry in enumerate(entries)]
    for holder, location in holders:
        assign = holder.get("Assign") if isinstance(holder, dict) else None
        if isinstance(assign, dict):
            yield assign, (*location, "Assign")


def _no_variable(name: str) -> str | None:
    if name == "states":
        return "no variable may be named states: the name is reserved"
    if len(name) > MAX_VARIABLE_NAME:
        return f"the name of a variable must have at most {MAX_VARIABLE_NAME} characters, not {len(name)}"
    if not name.isidentifier() or name.startswith("_"):
        return "the name of a variable must be a letter, followed by letters, digits and underscores"
    return None


# --------------------------------------------------------------------------- Choice


def choice_rules(place: Place) -> Iterator[Problem]:
    """Choices is a non-empty array of rules, each with its Next."""
    if place.type != "Choice" or "Choices" not in place.value:
        return
    rules, location = place.value["Choices"], (*place.location, "Choices")
    if not isinstance(rules, list) or not rules:
        yield Problem(location, must_be("a non-empty array of rules", rules))
        return
    for index, rule in enumerate(rules):
        if place.language == "JSONata":
            yield from check(rule, JSONATA_RULE, (*location, index), place.language)
        else:
            yield from _jsonpath_rule(rule, (*location, index), place.language)


def _jsonpath_rule(rule: JSON, location: Location, language: str | None) -> Iterator[Problem]:
    if not isinstance(rule, dict):
        yield Problem(location, must_be("an object: a rule", rule))
        return
    if "Next" not in rule:
        yield Problem(location, "must have the field Next")
    for field in ("Condition", "Output") if language == "JSONPath" else ():
        if field in rule:
            yield Problem((*location, field), only_in("JSONata", "JSONPath"))
    for field, kind in (("Next", TEXT), ("Comment", TEXT), ("Assign", OBJECT)):
        if field in rule:
            yield from check(rule[field], kind, (*location, field), language)
    yield from _nested_rules(rule, location)


def _nested_rules(rule: dict[str, JSON], location: Location) -> Iterator[Problem]:
    """And, Or and Not hold rules that lead nowhere themselves."""
    pending: list[tuple[JSON, Location]] = [(rule, location)]
    while pending:
        outer, place = pending.pop()
        if not isinstance(outer, dict):
            yield Problem(place, must_be("an object: a rule", outer))
            continue
        if outer is not rule:
            yield from (
                Problem((*place, field), "must stand at the top of the rule only")
                for field in ("Next", "Assign")
                if field in outer
            )
        pending += [(outer["Not"], (*place, "Not"))] if "Not" in outer else []
        for field in ("And", "Or"):
            inner = outer.get(field)
            if isinstance(inner, list) and inner:
                pending += [(item, (*place, field, index)) for index, item in enumerate(inner)]
            elif field in outer:
                yield Problem((*place, field), must_be("a non-empty array of rules", inner))


# --------------------------------------------------------------------------- Parallel and Map


def branches(place: Place) -> Iterator[Problem]:
    """Branches is a non-empty array of machines."""
    if place.type != "Parallel" or "Branches" not in place.value:
        return
    given, location = place.value["Branches"], (*place.location, "Branches")
    if not isinstance(given, list) or not given:
        yield Problem(location, must_be("a non-empty array of branches", given))
        return
    for index, branch in enumerate(given):
        yield from check(branch, OBJECT, (*location, index), None)


def processor(place: Place) -> Iterator[Problem]:
    """The item processor is a machine, whose ExecutionType is said where it is distributed."""
    for field in PROCESSORS if place.type == "Map" else ():
        if field not in place.value:
            continue
        given, location = place.value[field], (*place.location, field)
        yield from check(given, OBJECT, location, None)
        config = given.get("ProcessorConfig") if isinstance(given, dict) else None
        if isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED" and "ExecutionType" not in config:
            yield Problem((*location, "ProcessorConfig"), 'must have ExecutionType where Mode is "DISTRIBUTED"')


def label(place: Place) -> Iterator[Problem]:
    """Label has 1 to 40 characters, none of which an ARN or a file name would trip over."""
    text = place.value.get("Label")
    if place.type != "Map" or not isinstance(text, str):
        return
    if not 1 <= len(text) <= MAX_LABEL:
        yield Problem((*place.location, "Label"), f"must have 1 to {MAX_LABEL} characters, not {len(text)}")
    elif found := _NO_LABEL.search(text):
        yield Problem((*place.location, "Label"), f"must not have the character {found.group()!r}")


def reader_config(place: Place) -> Iterator[Problem]:
    """What ReaderConfig says about the form of the items fits together."""
    reader = place.value.get("ItemReader")
    config = reader.get("ReaderConfig") if isinstance(reader, dict) else None
    if place.type != "Map" or not isinstance(config, dict):
        return
    location = (*place.location, "ItemReader", "ReaderConfig")
    if config.get("CSVHeaderLocation") == "GIVEN" and "CSVHeaders" not in config:
        yield Problem(location, 'must have CSVHeaders where CSVHeaderLocation is "GIVEN"')
    if config.get("Transformation") == "LOAD_AND_FLATTEN" and "InputType" not in config:
        yield Problem(location, 'must have InputType where Transformation is "LOAD_AND_FLATTEN"')
    if config.get("ManifestType") == "S3_INVENTORY" and "InputType" in config:
        yield Problem((*location, "InputType"), 'must not stand where ManifestType is "S3_INVENTORY"')


def result_writer(place: Place) -> Iterator[Problem]:
    """A ResultWriter that names where to write says to which bucket."""
    writer = place.value.get("ResultWriter")
    if place.type == "Map" and isinstance(writer, dict) and "Resource" in writer:
        field = "Arguments" if place.language == "JSONata" else "Parameters"
        if "Parameters" not in writer and "Arguments" not in writer:
            yield Problem((*place.location, "ResultWriter"), f"must have {field} where it has Resource")
