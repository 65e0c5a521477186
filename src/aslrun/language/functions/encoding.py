"""Encodings and digests: States.Base64Encode, Base64Decode and Hash."""

from __future__ import annotations

import binascii
import re

from ...values import JSON
from .arguments import invalid, short_text, text
from .java import java_text

_ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}

_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")


def base64_encode(data: JSON) -> JSON:
    """``States.Base64Encode``: of the text's bytes in UTF-8.

    >>> base64_encode("Data to encode")
    'RGF0YSB0byBlbmNvZGU='
    """
    data = short_text(text(data, "States.Base64Encode"), "States.Base64Encode")
    return binascii.b2a_base64(data.encode("utf-8", "replace"), newline=False).decode("ascii")


def base64_decode(data: JSON) -> JSON:
    """``States.Base64Decode``: the text whose bytes in UTF-8 were encoded.

    The service is lenient: other characters are skipped, the first ``=`` ends the text, padding may be missing.

    >>> base64_decode("RGF0YSB0byBlbmNvZGU="), base64_decode(" YWJj\\nZA ")
    ('Data to encode', 'abcd')
    """
    data = short_text(text(data, "States.Base64Decode"), "States.Base64Decode")
    digits = _NOT_BASE64.sub("", data.partition("=")[0].replace("-", "+").replace("_", "/"))
    if len(digits) % 4 == 1:  # six bits are no byte
        digits = digits[:-1]
    return binascii.a2b_base64(digits + "=" * (-len(digits) % 4)).decode("utf-8", "replace")


def hash_of(data: JSON, algorithm: JSON) -> JSON:
    """``States.Hash``: the digest in hexadecimal digits; what is no string is hashed as Java's text of it.

    >>> hash_of("input data", "MD5")
    '812f45842bc6d66ee14572ce20db8e86'
    """
    name = _ALGORITHMS.get(algorithm) if isinstance(algorithm, str) else None
    if name is None or data is None:
        raise invalid("States.Hash")
    import hashlib  # imported here: it is slow to load, and few definitions hash

    content = short_text(java_text(data), "States.Hash").encode("utf-8", "replace")
    return hashlib.new(name, content, usedforsecurity=False).hexdigest()
