"""Our policy and a sample's own, pair by pair: an action on a resource.

``python -m tests.export.side_by_side`` prints the page ``docs/reference/iam-samples.md``; a test holds the page to it.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import aslrun
from aslrun.export import policy
from aslrun.export.arguments import tasks
from aslrun.export.iam_names import PREFIXES, actions_of

from .published import ACCOUNT, HERE, PUBLISHED, REGION, Managed, Own, Published, Sam

CORPUS = Path("asl-corpus/step-functions-workflows-collection.jsonl")
ORIGIN = "step-functions-workflows-collection/"


class Pair(NamedTuple):
    """An action on a resource, and where it is allowed."""

    action: str
    resource: str
    source: str = ""


class Sides(NamedTuple):
    """A sample: what we allow with the verdict on it, and what it allows and no state needs, with the reason."""

    sample: str
    ours: tuple[tuple[Pair, str], ...]
    theirs: tuple[Pair, ...]
    spare: tuple[tuple[Pair, str], ...]
    unexplained: tuple[Pair, ...]
    stale: tuple[str, ...]


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern of IAM takes a text, which may be a pattern too."""
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


def covers(allowed: Pair, pair: Pair) -> bool:
    return matches(allowed.action.lower(), pair.action.lower()) and matches(allowed.resource, pair.resource)


# --------------------------------------------------------------------------- the two policies


def case_of(shared_dir: Path, sample: str) -> Mapping[str, Any]:
    """The sample's line of the corpus."""
    for line in (shared_dir / CORPUS).read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        if case["id"].removeprefix(ORIGIN).startswith(sample) and case["verdict"] == "valid":
            return case  # type: ignore[no-any-return]
    raise LookupError(sample)


def deployed(shared_dir: Path, sample: str, *, filled: bool = True) -> aslrun.Machine:
    """The definition as the sample deploys it, or with its ``${Name}``."""
    published, case = PUBLISHED[sample], case_of(shared_dir, sample)
    text = json.dumps(case.get("template") or case["definition"])
    for old, new in published.renamed.items():
        text = text.replace(old, new)
    kind = case.get("type") or "STANDARD"
    values = dict(published.values) if filled else None
    return aslrun.load(json.loads(text), name=published.machine, type=kind, substitutions=values)


def ours(machine: aslrun.Machine, known: Mapping[str, str]) -> list[Pair]:
    found = policy(machine, logging=False, tracing=False)
    return list(dict.fromkeys(_pairs(found.document(region=REGION, account=ACCOUNT, values=known), "ours")))


def theirs(published: Published) -> Iterator[Pair]:
    for each in published.allows:
        if isinstance(each, Own):
            yield from (Pair(action, arn) for action in each.actions.split() for arn in each.resources)
        elif isinstance(each, Managed):
            yield from _pairs(_managed()[each.name]["Document"], each.name)
        else:
            yield from _pairs(_template(each), f"{each.name} {each.value}".strip())


def _pairs(document: Any, source: str) -> Iterator[Pair]:
    for statement in _list(document["Statement"]):
        if statement["Effect"] == "Allow":
            for action in _list(statement["Action"]):
                yield from (Pair(action, resource, source) for resource in _list(statement["Resource"]))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _managed() -> Any:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    return json.loads(aws_managed_policies_data)


def _template(each: Sam) -> Any:
    """A policy template of SAM's translator, with its one parameter filled in."""
    import samtranslator

    file = Path(samtranslator.__file__).parent / "policy_templates_data" / "policy_templates.json"
    definition = json.loads(file.read_text(encoding="utf-8"))["Templates"][each.name]["Definition"]

    def filled(value: Any) -> Any:
        if isinstance(value, dict) and "Fn::Sub" in value:
            text = value["Fn::Sub"][0]
            text = text.replace("${AWS::Partition}", "aws").replace("${AWS::Region}:${AWS::AccountId}", HERE)
            return re.sub(r"\$\{\w+\}", each.value, text)
        if isinstance(value, dict):
            return {key: filled(item) for key, item in value.items()}
        return [filled(item) for item in value] if isinstance(value, list) else value

    return filled(definition)


# --------------------------------------------------------------------------- side by side


def sides(shared_dir: Path, sample: str) -> Sides:
    published, machine = PUBLISHED[sample], deployed(shared_dir, sample)
    mine, allowed = ours(machine, published.known), list(theirs(published))
    used = {pair for pair in allowed if any(covers(pair, own) for own in mine)}
    sources = {pair.source for pair in used} - {""}
    verdicts, spare, unexplained = [], [], []
    asked: set[str] = set()

    for pair in mine:
        over = [each for each in allowed if covers(each, pair)]
        if over:
            verdicts.append((pair, "the same" if any(each.resource == pair.resource for each in over) else "narrower"))
        elif pair.action in published.forgot:
            asked.add(pair.action)
            verdicts.append((pair, f"not there: {published.forgot[pair.action]}"))
        else:
            unexplained.append(pair)
    for pair in (each for each in allowed if each not in used):
        key = next((k for k in (pair.action, pair.source, pair.source.partition(" ")[0]) if k in published.spare), None)
        if key is not None:
            asked.add(key)
            spare.append((pair, published.spare[key]))
        elif pair.source in sources:
            spare.append((pair, f"the rest of {pair.source.partition(' ')[0]}"))
        else:
            unexplained.append(pair)
    stale = tuple((published.forgot.keys() | published.spare.keys()) - asked)
    return Sides(sample, tuple(verdicts), tuple(allowed), tuple(spare), tuple(unexplained), stale)


def called(machine: aslrun.Machine) -> set[str]:
    """The actions of what the states name, under the machine's own role."""
    return {
        action.lower()
        for each in tasks(machine.document)
        if each.role is None
        for action in (
            f"{PREFIXES.get(each.service, each.service)}:{each.action}",
            *actions_of(each.service, each.action),
        )
    }


# --------------------------------------------------------------------------- the page

HEAD = """# Policies of AWS's samples

<!-- Made by `python -m tests.export.side_by_side`; a test holds this page to it. -->

What `aslrun iam` allows forty machines of AWS's collection of samples, and what the samples' own templates allow them:
each action on each resource. A name of a template (`!Ref`, `!GetAtt`, `${…}`) stands in both for the same thing. Region
and account are left out, and so are logs and traces.

- *The same*: theirs allows it on this very resource.
- *Narrower*: theirs allows it on more.
- *Not there*: theirs does not allow it, for the reason that follows.
- `Name=value` is a parameter of our policy, for what only the input of an execution says.

"""
TAIL = """
## What the samples allow and no state needs

`*` behind a name of several policies: all their actions.

"""


def page(shared_dir: Path) -> str:
    """The page, of the corpus's definitions."""
    found = [sides(shared_dir, sample) for sample in PUBLISHED]
    pairs = sum(len(each.ours) for each in found)
    counts = {word: sum(verdict.startswith(word) for each in found for _, verdict in each.ours)
              for word in ("the same", "narrower", "not there")}  # fmt: skip
    spare = sum(len(each.spare) for each in found)
    text = HEAD + (
        f"{pairs} pairs in {len(found)} policies: {counts['the same']} the same, {counts['narrower']} narrower, "
        f"{counts['not there']} not there. The samples allow {sum(len(each.theirs) for each in found)} pairs, of which "
        f"{spare} serve no state.\n\n| sample | ours | theirs |\n|---|---|---|\n"
    )
    text += "".join(line for each in found for line in _rows(each))
    text += TAIL + "| sample | pairs | reason |\n|---|---|---|\n"
    return text + "".join(line for each in found for line in _spare_rows(each))


def _rows(each: Sides) -> Iterator[str]:
    """A row for each verdict on actions with the same resources."""
    groups: dict[tuple[str, str], list[str]] = {}
    for pair, verdict in each.ours:
        groups.setdefault((pair.resource, verdict), []).append(pair.action)
    by_actions: dict[tuple[str, str], list[str]] = {}
    for (resource, verdict), actions in groups.items():
        by_actions.setdefault((" ".join(actions), verdict), []).append(_short(resource))
    known = "".join(f" `{name}={value}`" for name, value in PUBLISHED[each.sample].known.items())
    for number, ((actions, verdict), resources) in enumerate(by_actions.items()):
        name = f"{_title(each.sample)}{known}" if number == 0 else ""
        yield f"| {name} | {_code(actions.split())} on {_code(resources)} | {verdict} |\n"


def _spare_rows(each: Sides) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for pair, reason in each.spare:
        groups.setdefault(reason, []).append(f"{pair.action} on {_short(pair.resource)}")
    for number, (reason, pairs) in enumerate(groups.items()):
        shown = _code(pairs) if len(pairs) <= 4 else f"{len(pairs)} pairs: {_code(_families(pairs))}"
        yield f"| {_title(each.sample) if number == 0 else ''} | {shown} | {reason} |\n"


def _families(pairs: list[str]) -> list[str]:
    actions = list(dict.fromkeys(pair.partition(" ")[0] for pair in pairs))
    return actions if len(actions) <= 6 else sorted({action.partition(":")[0] + ":*" for action in actions})


def _title(sample: str) -> str:
    return sample.rstrip("/").removesuffix("/statemachine").replace("/statemachine/", ", ")


def _short(resource: str) -> str:
    return resource.replace(f"{HERE}:", "…:").replace("arn:aws:", "")


def _code(texts: list[str]) -> str:
    return ", ".join(f"`{text}`" for text in texts)


if __name__ == "__main__":
    sys.stdout.write(page(Path(__file__).resolve().parents[3] / "shared"))
