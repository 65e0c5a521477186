"""Tokens to a raw tree: an operator-precedence parser after Pratt, one method per construct.

Rules that a change must keep:

1. Binding powers and associativity are those of JSONata 2.0.6, its oddities included: the branches of
   ``?:`` are whole expressions, ``:=`` is the only right-associative operator, ``^`` binds as loosely as ``<``.
2. The raw tree keeps ``.``, ``[``, ``{``, ``^``, ``@``, ``#``, ``:=`` and ``~>`` as operators with two sides;
   ``shaping`` turns it into the finished tree. ``[]`` marks the step it stands behind.
3. Brackets within brackets nest on the stack; who calls the parser turns its end into an error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .errors import JsonataError, JsonataSyntaxError
from .lexer import Lexer, Token
from .signatures import Signature

POWER: dict[str, int] = {
    ".": 75, "[": 80, "{": 70, "(": 80, "@": 80, "#": 80, "?": 20, "+": 50, "-": 50, "*": 60, "/": 60, "%": 60,
    "=": 40, "<": 40, ">": 40, "^": 40, ":=": 10, "!=": 40, "<=": 40, ">=": 40, "~>": 40,
    "and": 30, "or": 25, "in": 40, "&": 50,
}  # fmt: skip
KNOWN = frozenset(POWER) | frozenset((":", ";", ",", ")", "]", "}", "..", "**", "|"))
LEAVES = {"*": "wildcard", "**": "descendant", "%": "parent"}


class Raw:
    """A node of the raw tree: its type, its token's value and position, and up to three operands."""

    __slots__ = ("items", "keep_array", "left", "position", "right", "signature", "third", "type", "value")

    def __init__(self, type: str, value: Any, position: int, left: Any = None, right: Any = None) -> None:
        self.type, self.value, self.position, self.left, self.right = type, value, position, left, right
        self.items: list[Any] = []
        self.third: Raw | None = None
        self.signature: Signature | None = None
        self.keep_array = False


class Parser:
    """One text being parsed."""

    __slots__ = ("_lexer", "_token")

    def __init__(self, text: str) -> None:
        self._lexer = Lexer(text)
        self._token = self._read(False)

    def parse(self) -> Raw:
        """The whole text as one expression."""
        tree = self._expression(0)
        if self._token.id != "(end)":
            raise JsonataSyntaxError("S0201", position=self._token.position, token=self._token.value)
        return tree

    # ------------------------------------------------------------------ tokens

    def _read(self, infix: bool) -> Token:
        token = self._lexer.next(infix)
        if token.type == "operator" and token.id not in KNOWN:
            raise JsonataSyntaxError("S0204", position=token.position, token=token.value)
        self._token = token
        return token

    def _take(self, id: str, infix: bool = False) -> None:
        token = self._token
        if token.id != id:
            code = "S0203" if token.id == "(end)" else "S0202"
            raise JsonataSyntaxError(code, position=token.position, token=token.value, value=id)
        self._read(infix)

    def _separated(self, separator: str, item: Callable[[], Any]) -> list[Any]:
        items = [item()]
        while self._token.id == separator:
            self._take(separator)
            items.append(item())
        return items

    # ------------------------------------------------------------------ Pratt

    def _expression(self, power: int = 0) -> Raw:
        token = self._token
        self._read(True)
        left = self._first(token)
        while power < POWER.get(self._token.id, 0):
            token = self._token
            self._read(False)
            left = self._next(token, left)
        return left

    def _first(self, token: Token) -> Raw:
        """The token begins an expression."""
        id = token.id
        if (id[0] == "(" and id != "(") or id in ("and", "or", "in"):
            return Raw(token.type, token.value, token.position)
        if id in LEAVES:
            return Raw(LEAVES[id], id, token.position)
        if id == "-":
            return Raw("unary", "-", token.position, self._expression(70))
        method = PREFIX.get(id)
        if method is None:
            raise JsonataSyntaxError("S0211", position=token.position, token=token.value)
        return method(self, token)

    def _next(self, token: Token, left: Raw) -> Raw:
        """The token goes on with the expression on its left."""
        method = INFIX.get(token.id)
        if method is not None:
            return method(self, token, left)
        return Raw("binary", token.id, token.position, left, self._expression(POWER[token.id]))

    # ------------------------------------------------------------------ beginnings

    def _block(self, token: Token) -> Raw:
        block = Raw("block", "(", token.position)
        while self._token.id != ")":
            block.items.append(self._expression())
            if self._token.id != ";":
                break
            self._take(";")
        self._take(")", True)
        return block

    def _array(self, token: Token) -> Raw:
        array = Raw("unary", "[", token.position)
        if self._token.id != "]":
            array.items = self._separated(",", self._array_item)
        self._take("]", True)
        return array

    def _array_item(self) -> Raw:
        item = self._expression()
        if self._token.id != "..":
            return item
        position = self._token.position
        self._take("..")
        return Raw("binary", "..", position, item, self._expression())

    def _object(self, token: Token) -> Raw:
        node = Raw("unary", "{", token.position)
        node.items = self._pairs()
        return node

    def _pairs(self) -> list[tuple[Raw, Raw]]:
        pairs = [] if self._token.id == "}" else self._separated(",", self._pair)
        self._take("}", True)
        return pairs

    def _pair(self) -> tuple[Raw, Raw]:
        key = self._expression()
        self._take(":")
        return key, self._expression()

    def _transform(self, token: Token) -> Raw:
        node = Raw("transform", "|", token.position, self._expression())
        self._take("|")
        node.right = self._expression()
        if self._token.id == ",":
            self._take(",")
            node.third = self._expression()
        self._take("|")
        return node

    # ------------------------------------------------------------------ continuations

    def _call(self, token: Token, procedure: Raw) -> Raw:
        node = Raw("function", "(", token.position, procedure)
        if self._token.id != ")":
            node.items = self._separated(",", self._argument)
        if any(item.type == "placeholder" for item in node.items):
            node.type = "partial"
        self._take(")", True)
        if procedure.type == "name" and procedure.value in ("function", "λ"):
            self._lambda(node)
        return node

    def _argument(self) -> Raw:
        token = self._token
        if token.id != "?":
            return self._expression()
        self._take("?")
        return Raw("placeholder", "?", token.position)

    def _lambda(self, node: Raw) -> None:
        for index, parameter in enumerate(node.items):
            if parameter.type != "variable":
                raise JsonataSyntaxError("S0208", position=parameter.position, token=parameter.value, value=index + 1)
        node.type = "lambda"
        if self._token.id == "<":
            node.signature = self._signature()
        self._take("{")
        node.right = self._expression()
        self._take("}")

    def _signature(self) -> Signature:
        start = self._token.position
        text, depth = "<", 1
        while depth > 0 and self._token.id not in ("{", "(end)"):
            token = self._read(False)
            depth += {">": -1, "<": 1}.get(token.id, 0)
            text += str(token.value)
        self._take(">")
        signature = Signature(text)
        try:
            signature.prepared()
        except JsonataError as error:
            raise JsonataSyntaxError(error.code, position=start + (error.position or 0), **error.details) from None
        return signature

    def _filter(self, token: Token, left: Raw) -> Raw:
        if self._token.id == "]":
            step = left
            while step.type == "binary" and step.value == "[":
                step = step.left
            step.keep_array = True
            self._take("]")
            return left
        node = Raw("binary", "[", token.position, left, self._expression())
        self._take("]", True)
        return node

    def _group(self, token: Token, left: Raw) -> Raw:
        return Raw("binary", "{", token.position, left, self._pairs())

    def _sort(self, token: Token, left: Raw) -> Raw:
        self._take("(")
        terms = self._separated(",", self._sort_term)
        self._take(")")
        return Raw("binary", "^", token.position, left, terms)

    def _sort_term(self) -> tuple[Raw, bool]:
        order = self._token.id
        if order in ("<", ">"):
            self._take(order)
        return self._expression(), order == ">"

    def _bind(self, token: Token, left: Raw) -> Raw:
        if left.type != "variable":
            raise JsonataSyntaxError("S0212", position=left.position, token=left.value)
        return Raw("binary", ":=", token.position, left, self._expression(POWER[":="] - 1))

    def _binding(self, token: Token, left: Raw) -> Raw:
        right = self._expression(POWER[token.id])
        if right.type != "variable":
            raise JsonataSyntaxError("S0214", position=right.position, token=token.id)
        return Raw("binary", token.id, token.position, left, right)

    def _condition(self, token: Token, left: Raw) -> Raw:
        node = Raw("condition", "?", token.position, left, self._expression())
        if self._token.id == ":":
            self._take(":")
            node.third = self._expression()
        return node


PREFIX: dict[str, Callable[[Parser, Token], Raw]] = {
    "(": Parser._block,
    "[": Parser._array,
    "{": Parser._object,
    "|": Parser._transform,
}
INFIX: dict[str, Callable[[Parser, Token, Raw], Raw]] = {
    "(": Parser._call,
    "[": Parser._filter,
    "{": Parser._group,
    "^": Parser._sort,
    ":=": Parser._bind,
    "@": Parser._binding,
    "#": Parser._binding,
    "?": Parser._condition,
}
