"""YAML text of a definition, read as the JSON it stands for. PyYAML is imported here and nowhere else.

Rules that a change must keep:

1. A plain scalar is what JSON would read: ``null`` (also ``~`` and nothing), ``true`` and ``false``, a number
   in JSON's form. All else is text, so a date stays the text it was, and ``No`` can name a state.
2. Anchors and aliases work; what they unfold to is bounded (``MAX_VALUES``). The merge key ``<<``, which YAML
   itself dropped, is refused.
3. What has no JSON form (a foreign tag, a key that is no text) is refused, with its place; but the tags of a
   CloudFormation template become its long forms (``!Ref A`` is ``{"Ref": "A"}``).
4. Nothing recurses over the text: PyYAML gives events, and the tree is put together here, to a bounded depth.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from ..errors import extra_needed
from ..values import JSON
from .json_text import DUPLICATE, MALFORMED, TOO_LARGE, Location, Mistake, Position, Positions, Unreadable

MAX_VALUES = 1_000_000
"""Values in one document, aliases unfolded; one MiB of JSON, AWS's quota, cannot hold more."""

MAX_TEXT = 4 * 1_048_576
"""Characters of a text that is read: YAML takes long to read, and AWS's quota is a quarter of it."""

LONG = 100_000
"""Characters from where on libyaml reads, if PyYAML has it: five times as fast, in slightly other words."""

_BARE = re.compile(r"\$\{[\w.:-]+\}")
_NULL = "tag:yaml.org,2002:null"
_MERGE = "tag:yaml.org,2002:merge"
_STR = "tag:yaml.org,2002:str"
_MAP = "tag:yaml.org,2002:map"
_SEQ = "tag:yaml.org,2002:seq"

# (tag, form of a plain scalar, its possible first characters, value of the text)
_SCALARS: tuple[tuple[str, re.Pattern[str], str, Any], ...] = (
    (_NULL, re.compile(r"(?:~|null|Null|NULL|)\Z"), "~nN", lambda _: None),
    ("tag:yaml.org,2002:bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), "tTfF",
     lambda text: text.lower() == "true"),
    ("tag:yaml.org,2002:int", re.compile(r"-?(?:0|[1-9][0-9]{0,999})\Z"), "-0123456789", int),
    ("tag:yaml.org,2002:float", re.compile(r"(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|-?\.inf|\.nan)\Z"),
     "-.0123456789", lambda text: float(text.replace(".inf", "inf").replace(".nan", "nan"))),
    (_MERGE, re.compile(r"<<\Z"), "<", str),
    (_STR, re.compile(""), "", str),
)  # fmt: skip
_FORM = {tag: form for tag, form, _, _ in _SCALARS}
_BY_FIRST = {
    first: [(tag, form) for tag, form, begins, _ in _SCALARS if first in begins]
    for first in dict.fromkeys("".join(begins for _, _, begins, _ in _SCALARS))
}
_VALUE = {tag: value for tag, _, _, value in _SCALARS}


def parse(text: str, max_depth: int, *, bare: str = "") -> JSON:
    """The value of the text; raises ``Unreadable``, and ``ImportError`` without PyYAML.

    A text that is a template (it has Resources, but no States) is read as CloudFormation reads it. Where ``bare`` is
    given, it goes before the name of a plain scalar ``${Name}``: whoever fills it may make a number of it.
    """
    root = _compose(text, max_depth)
    return _Reading(max_depth, bare, is_template(root)).value(root, (), 0)


def positions(text: str, max_depth: int = 1000) -> Positions:
    """Where each value of a readable text begins; an aliased value stands where its anchor is."""
    found: Positions = {}
    pending: list[tuple[Node, Location]] = [(_compose(text, max_depth), ())]
    while pending:
        node, location = pending.pop()
        found[location] = node.position
        if function := _function(node):
            location = (*location, function)
            found[location] = node.position
        if node.kind == "mapping":
            pending += [(item, (*location, key.value)) for key, item in node.value]
        elif node.kind == "sequence":
            pending += [(item, (*location, index)) for index, item in enumerate(node.value)]
    return found


def is_template(root: Node) -> bool:
    """Whether the text is a template of CloudFormation or SAM and no definition."""
    keys = [key.value for key, _ in root.value if key.kind == "scalar"] if root.kind == "mapping" else ()
    return "Resources" in keys and "States" not in keys and "StartAt" not in keys


# --------------------------------------------------------------------------- the tree


class Node:
    """A scalar (its value is a text), a sequence (of nodes) or a mapping (pairs of nodes) with its tag and place."""

    __slots__ = ("kind", "plain", "position", "tag", "value")

    def __init__(self, kind: str, tag: str, value: Any, mark: Any, plain: bool = False) -> None:
        self.kind, self.tag, self.value, self.plain = kind, tag, value, plain
        self.position: Position = (mark.line + 1, mark.column + 1)


def _compose(text: str, max_depth: int) -> Node:
    """The tree of the text, its scalars resolved by rule 1. Iterative: neither depth nor length is trusted."""
    try:
        import yaml
    except ImportError:
        raise extra_needed("read YAML", "PyYAML", "yaml") from None

    if len(text) > MAX_TEXT:
        raise Unreadable(Mistake(f"has more than {MAX_TEXT} characters, {len(text)}", (), (1, 1), rule=TOO_LARGE))
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader) if len(text) > LONG else yaml.SafeLoader
    try:
        return _tree(yaml.parse(text, loader), max_depth)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else None
        said = ", ".join(filter(None, (error.context, error.problem)))
        raise Unreadable(Mistake(said or "not YAML", (), place)) from None
    except yaml.YAMLError as error:
        raise Unreadable(Mistake(str(error).splitlines()[0])) from None
    except (ValueError, OverflowError) as error:  # PyYAML lets them out: an escape or a version beyond all measure
        raise Unreadable(Mistake(f"not YAML: {error}")) from None


def _tree(events: Iterator[Any], max_depth: int) -> Node:
    """Put PyYAML's events together."""
    root: Node | None = None
    open_nodes: list[tuple[Node, list[Node]]] = []
    anchors: dict[str, Node] = {}
    for event in events:
        what = type(event).__name__
        if what in ("MappingEndEvent", "SequenceEndEvent"):
            _close(*open_nodes.pop())
            continue
        node = _node(event, what, anchors)
        if node is None:
            continue
        if open_nodes:
            open_nodes[-1][1].append(node)
        elif root is None:
            root = node
        else:
            raise Unreadable(Mistake("expected a single document, but found another document", (), node.position))
        if what in ("MappingStartEvent", "SequenceStartEvent"):
            open_nodes.append((node, []))
            if len(open_nodes) > max_depth + 1:
                raise Unreadable(Mistake(f"nested deeper than {max_depth} levels", (), node.position))
    if root is None:
        raise Unreadable(Mistake("the document is empty"))
    return root


def _close(node: Node, items: list[Node]) -> None:
    node.value.extend(zip(items[::2], items[1::2], strict=True) if node.kind == "mapping" else items)


def _node(event: Any, what: str, anchors: dict[str, Node]) -> Node | None:
    """The node that an event begins; ``None`` for the borders of streams and documents."""
    if what == "AliasEvent":
        if event.anchor not in anchors:
            place = event.start_mark.line + 1, event.start_mark.column + 1
            raise Unreadable(Mistake(f"the alias *{event.anchor} has no anchor before it", (), place))
        return anchors[event.anchor]
    if what == "ScalarEvent":
        plain = event.tag is None and event.implicit[0]
        tag = _resolved(event.value) if plain else _STR if event.tag in (None, "!") else event.tag
        node = Node("scalar", tag, event.value, event.start_mark, plain)
    elif what in ("MappingStartEvent", "SequenceStartEvent"):
        kind, tag = ("mapping", _MAP) if what == "MappingStartEvent" else ("sequence", _SEQ)
        node = Node(kind, tag if event.tag in (None, "!") else event.tag, [], event.start_mark)
    else:
        return None
    if event.anchor:
        anchors[event.anchor] = node
    return node


def _resolved(text: str) -> str:
    """The tag of a plain scalar."""
    if not text:
        return _NULL
    for tag, form in _BY_FIRST.get(text[0], ()):
        if form.match(text):
            return tag
    return _STR


# --------------------------------------------------------------------------- its JSON


def _function(node: Node) -> str | None:
    """The long name of CloudFormation's short tag: ``!Sub`` is ``Fn::Sub``."""
    if not node.tag.startswith("!") or len(node.tag) == 1:
        return None
    name = node.tag[1:]
    return name if name in ("Ref", "Condition") else f"Fn::{name}"


class _Reading:
    """Turns nodes into JSON, counting what it makes."""

    __slots__ = ("_bare", "_left", "_max_depth", "_template")

    def __init__(self, max_depth: int, bare: str, template: bool) -> None:
        self._left, self._max_depth, self._bare, self._template = MAX_VALUES, max_depth, bare, template

    def value(self, node: Node, location: Location, depth: int) -> JSON:
        self._left -= 1
        if self._left < 0:
            raise Unreadable(
                Mistake(f"its aliases unfold to more than {MAX_VALUES} values", (), node.position, rule=TOO_LARGE)
            )
        if depth > self._max_depth:
            raise Unreadable(Mistake(f"nested deeper than {self._max_depth} levels", (), node.position))
        function = _function(node) if self._template else None
        if function is not None:
            return {function: self._plain(node, (*location, function), depth)}
        return self._plain(node, location, depth)

    def _plain(self, node: Node, location: Location, depth: int) -> JSON:
        tagged = self._template and node.tag.startswith("!")
        if node.kind == "scalar":
            if self._bare and node.plain and _BARE.fullmatch(node.value):
                return self._bare + str(node.value)[2:-1]
            return str(node.value) if tagged else _scalar(node, location)
        if not tagged and (node.tag not in (_MAP, _SEQ) or (node.tag == _MAP) != (node.kind == "mapping")):
            raise Unreadable(Mistake(f"the tag {node.tag} is not JSON here", location, node.position))
        if node.kind == "mapping":
            return self._object(node, location, depth)
        return [self.value(item, (*location, index), depth + 1) for index, item in enumerate(node.value)]

    def _object(self, node: Node, location: Location, depth: int) -> dict[str, JSON]:
        made: dict[str, JSON] = {}
        loose = self._template and location[2:4] != _DEFINITION  # the rest of a template is not our business
        for key, item in node.value:
            reason = _no_key(key, made)
            if reason and not (loose and key.kind == "scalar"):
                raise Unreadable(Mistake(reason, location, key.position, rule=_rule(key, made)))
            made[key.value] = self.value(item, (*location, key.value), depth + 1)
        return made


_DEFINITION = ("Properties", "Definition")


def _rule(key: Node, taken: dict[str, JSON]) -> str:
    return DUPLICATE if key.kind == "scalar" and key.value in taken else MALFORMED


def _no_key(key: Node, taken: dict[str, JSON]) -> str | None:
    """Why a node cannot be the next key of an object."""
    if key.tag == _MERGE:
        return 'the merge key "<<" is not supported, but an alias may stand for a whole value'
    if key.tag != _STR or key.kind != "scalar":
        return f"the key {key.value if key.kind == 'scalar' else 'that is a list or a mapping'} is not text"
    return f'the key "{key.value}" stands twice in this mapping' if key.value in taken else None


def _scalar(node: Node, location: Location) -> JSON:
    form = _FORM.get(node.tag)
    if form is None or node.tag == _MERGE:
        raise Unreadable(Mistake(f"the tag {node.tag} is not JSON", location, node.position))
    if node.tag != _STR and not form.match(node.value):
        raise Unreadable(Mistake(f'"{node.value:.40}" does not fit its tag', location, node.position))
    value: JSON = _VALUE[node.tag](node.value)
    if isinstance(value, float) and not math.isfinite(value):
        raise Unreadable(Mistake(f"{node.value:.40} is not JSON", location, node.position))
    return value
