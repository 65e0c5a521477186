"""Base64 and URLs, as the reference's host encodes them."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

from ..errors import JsonataError
from ..frames import Frame
from ..values import UNDEFINED

_COMPONENT_SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()"
_URL_SAFE = _COMPONENT_SAFE + ";/?:@&=+$,#"
_RESERVED = frozenset(";/?:@&=+$,#")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
_ENCODED = re.compile("(?:%[0-9A-Fa-f]{2})+")


def base64encode(frame: Frame, text: Any) -> Any:
    """The text's characters as bytes (their low eight bits), in base 64."""
    if text is UNDEFINED:
        return UNDEFINED
    units = text.encode("utf-16-le", "surrogatepass")[::2]
    return base64.b64encode(units).decode("ascii")


def base64decode(frame: Frame, text: Any) -> Any:
    """The bytes of a base 64 text, one character each; what is not base 64 is passed over."""
    if text is UNDEFINED:
        return UNDEFINED
    plain = _NOT_BASE64.sub("", text.partition("=")[0].replace("-", "+").replace("_", "/"))
    if len(plain) % 4 == 1:
        plain = plain[:-1]
    return base64.b64decode(plain + "=" * (-len(plain) % 4)).decode("latin-1")


def _encoding(name: str, safe: str) -> Callable[[Frame, Any], Any]:
    written = [chr(byte) if chr(byte) in safe else f"%{byte:02X}" for byte in range(256)]

    def encode(frame: Frame, text: Any) -> Any:
        if text is UNDEFINED:
            return UNDEFINED
        try:
            return "".join([written[byte] for byte in text.encode("utf-8")])
        except UnicodeEncodeError:
            raise JsonataError("D3140", value=text, functionName=name) from None

    return encode


def _decoding(name: str, reserved: frozenset[str]) -> Callable[[Frame, Any], Any]:
    def decode(frame: Frame, text: Any) -> Any:
        if text is UNDEFINED:
            return UNDEFINED
        try:
            return _decoded(text, reserved)
        except ValueError:
            raise JsonataError("D3140", value=text, functionName=name) from None

    return decode


def _decoded(text: str, reserved: frozenset[str]) -> str:
    """Raises ``ValueError`` where a ``%`` is not followed by two digits, or the bytes are no UTF-8."""
    if "%" in _ENCODED.sub("", text):
        raise ValueError(text)

    def decode(found: re.Match[str]) -> str:
        decoded = bytes.fromhex(found[0].replace("%", "")).decode("utf-8")
        if reserved.isdisjoint(decoded):
            return decoded
        return "".join(f"%{ord(char):02X}" if char in reserved else char for char in decoded)

    return _ENCODED.sub(decode, text)


FUNCTIONS = (
    ("base64encode", "<s-:s>", 1, base64encode),
    ("base64decode", "<s-:s>", 1, base64decode),
    ("encodeUrlComponent", "<s-:s>", 1, _encoding("encodeUrlComponent", _COMPONENT_SAFE)),
    ("encodeUrl", "<s-:s>", 1, _encoding("encodeUrl", _URL_SAFE)),
    ("decodeUrlComponent", "<s-:s>", 1, _decoding("decodeUrlComponent", frozenset())),
    ("decodeUrl", "<s-:s>", 1, _decoding("decodeUrl", _RESERVED)),
)
