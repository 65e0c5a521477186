"""YAML text of a definition, read as the JSON it stands for. PyYAML is imported here and nowhere else.

Rules that a change must keep:

1. A plain scalar is what JSON would read: ``null`` (also ``~`` and nothing), ``true`` and ``false``, a number
   in JSON's form. All else is text, so a date stays the text it was, and ``No`` can name a state.
2. Anchors and aliases work; what they unfold to is bounded (``MAX_VALUES``). The merge key ``<<``, which YAML
   itself dropped, is refused.
3. What has no JSON form (a foreign tag, a key that is no text) is refused, with its place.
"""

from __future__ import annotations

import math
import re
from typing import Any

from ..values import JSON
from .json_text import Location, Mistake, Position, Positions, Unreadable

MAX_VALUES = 1_000_000
"""Values in one document, aliases unfolded; one MiB of JSON, AWS's quota, cannot hold more."""

_MERGE = "tag:yaml.org,2002:merge"
_STR = "tag:yaml.org,2002:str"
_MAP = "tag:yaml.org,2002:map"
_SEQ = "tag:yaml.org,2002:seq"

# (tag, form of a plain scalar, its possible first characters, value of the text)
_SCALARS: tuple[tuple[str, re.Pattern[str], str, Any], ...] = (
    ("tag:yaml.org,2002:null", re.compile(r"(?:~|null|Null|NULL|)\Z"), "~nN\0", lambda _: None),
    ("tag:yaml.org,2002:bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), "tTfF",
     lambda text: text.lower() == "true"),
    ("tag:yaml.org,2002:int", re.compile(r"-?(?:0|[1-9][0-9]{0,999})\Z"), "-0123456789", int),
    ("tag:yaml.org,2002:float", re.compile(r"(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|-?\.inf|\.nan)\Z"),
     "-.0123456789", lambda text: float(text.replace(".inf", "inf").replace(".nan", "nan"))),
    (_MERGE, re.compile(r"<<\Z"), "<", str),
    (_STR, re.compile(""), "", str),
)  # fmt: skip
_FORM = {tag: form for tag, form, _, _ in _SCALARS}
_VALUE = {tag: value for tag, _, _, value in _SCALARS}


def parse(text: str, max_depth: int) -> JSON:
    """The value of the text; raises ``Unreadable``, and ``ImportError`` without PyYAML."""
    return _Reading(max_depth).value(_compose(text), (), 0)


def positions(text: str) -> Positions:
    """Where each value of a readable text begins; an aliased value stands where its anchor is."""
    found: Positions = {}
    pending: list[tuple[Any, Location]] = [(_compose(text), ())]
    while pending:
        node, location = pending.pop()
        found[location] = _position(node)
        if node.id == "mapping":
            pending += [(item, (*location, key.value)) for key, item in node.value]
        elif node.id == "sequence":
            pending += [(item, (*location, index)) for index, item in enumerate(node.value)]
    return found


def _compose(text: str) -> Any:
    """The tree of PyYAML's nodes, its scalars resolved by rule 1."""
    try:
        import yaml
    except ImportError:
        raise ImportError("to read YAML, install PyYAML: pip install aslrun[yaml]", name="yaml") from None

    loader: Any = type("Loader", (yaml.SafeLoader,), {"yaml_implicit_resolvers": {}})
    for tag, form, first, _ in _SCALARS[:-1]:
        loader.add_implicit_resolver(tag, form, ["" if letter == "\0" else letter for letter in first])
    try:
        root = yaml.compose(text, loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else None
        said = ", ".join(filter(None, (error.context, error.problem)))
        raise Unreadable(Mistake(said or "not YAML", (), place)) from None
    except yaml.YAMLError as error:
        raise Unreadable(Mistake(str(error).splitlines()[0])) from None
    except (ValueError, OverflowError) as error:  # PyYAML lets them out: an escape or a version beyond all measure
        raise Unreadable(Mistake(f"not YAML: {error}")) from None
    if root is None:
        raise Unreadable(Mistake("the document is empty"))
    return root


class _Reading:
    """Turns nodes into JSON, counting what it makes."""

    __slots__ = ("_left", "_max_depth")

    def __init__(self, max_depth: int) -> None:
        self._left, self._max_depth = MAX_VALUES, max_depth

    def value(self, node: Any, location: Location, depth: int) -> JSON:
        self._left -= 1
        if self._left < 0:
            raise Unreadable(Mistake(f"its aliases unfold to more than {MAX_VALUES} values", (), _position(node)))
        if depth > self._max_depth:
            raise Unreadable(Mistake(f"nested deeper than {self._max_depth} levels", (), _position(node)))
        if node.id == "scalar":
            return _scalar(node, location)
        if node.tag not in (_MAP, _SEQ) or (node.tag == _MAP) != (node.id == "mapping"):
            raise Unreadable(Mistake(f"the tag {node.tag} is not JSON here", location, _position(node)))
        if node.id == "mapping":
            return self._object(node, location, depth)
        return [self.value(item, (*location, index), depth + 1) for index, item in enumerate(node.value)]

    def _object(self, node: Any, location: Location, depth: int) -> dict[str, JSON]:
        made: dict[str, JSON] = {}
        for key, item in node.value:
            if reason := _no_key(key, made):
                raise Unreadable(Mistake(reason, location, _position(key)))
            made[key.value] = self.value(item, (*location, key.value), depth + 1)
        return made


def _no_key(key: Any, taken: dict[str, JSON]) -> str | None:
    """Why a node cannot be the next key of an object."""
    if key.tag == _MERGE:
        return 'the merge key "<<" is not supported, but an alias may stand for a whole value'
    if key.tag != _STR or key.id != "scalar":
        return f"the key {key.value if key.id == 'scalar' else 'that is a list or a mapping'} is not text"
    return f'the key "{key.value}" stands twice in this mapping' if key.value in taken else None


def _scalar(node: Any, location: Location) -> JSON:
    form = _FORM.get(node.tag)
    if form is None or node.tag == _MERGE:
        raise Unreadable(Mistake(f"the tag {node.tag} is not JSON", location, _position(node)))
    if node.tag != _STR and not form.match(node.value):
        raise Unreadable(Mistake(f'"{node.value:.40}" does not fit its tag', location, _position(node)))
    value: JSON = _VALUE[node.tag](node.value)
    if isinstance(value, float) and not math.isfinite(value):
        raise Unreadable(Mistake(f"{node.value:.40} is not JSON", location, _position(node)))
    return value


def _position(node: Any) -> Position:
    return node.start_mark.line + 1, node.start_mark.column + 1
