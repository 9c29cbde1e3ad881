"""JSON as RFC 8259 and I-JSON mean it; what a lenient parser lets pass is how two systems come to disagree."""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation

from servicekit.problems import BadRequest

DEPTH = 32
"""How deep arrays and objects may nest."""

_EXPONENT = 308  # IEEE 754 doubles end there, and with them what other JSON software understands
# a string without an end is one too: where it was none, each of its quotes would be tried, to the end of the body
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_SUSPICIOUS = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_SURROGATES = re.compile("[\x00\ud800-\udfff]")


class MalformedJson(BadRequest):
    """The body is not valid JSON."""

    code = "MALFORMED_JSON"


class OutOfRange(MalformedJson):
    """The body holds a number that is out of range."""


def parse(body: bytes) -> object:
    """Parse a request body.

    Args:
        body: UTF-8.

    Returns:
        Python's values; numbers with a fraction or an exponent are Decimals, exactly as written.

    Raises:
        MalformedJson: not UTF-8, not JSON, NaN or Infinity, a key twice, a number out of range, nested too
            deep, or a text with NUL or half a surrogate pair, which Postgres cannot keep.
    """
    if _depth(body) > DEPTH:
        raise MalformedJson(f"The body nests deeper than {DEPTH} levels.")
    try:
        text = body.decode()
        value: object = _DECODER.decode(text)
    except ValueError as error:  # UnicodeDecodeError, JSONDecodeError, an integer of thousands of digits
        raise MalformedJson from error
    if _SUSPICIOUS.search(text):
        _refuse_unstorable(value)
    return value


def _depth(body: bytes) -> int:
    # an upper bound that is exact enough for nearly every body, at the price of two counts
    if body.count(b"[") + body.count(b"{") <= DEPTH:
        return 0
    depth = deepest = 0
    for byte in _STRING.sub(b"", body):
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest


def _decimal(literal: str) -> Decimal:
    try:
        value = Decimal(literal)
    except InvalidOperation:  # an exponent beyond what even Decimal holds
        raise OutOfRange from None
    if abs(value.adjusted()) > _EXPONENT:
        raise OutOfRange
    return value


def _refuse(constant: str) -> object:
    raise MalformedJson(f"{constant} is not JSON.")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedJson("The body holds a key twice.")
    return found


_DECODER = json.JSONDecoder(parse_float=_decimal, parse_constant=_refuse, object_pairs_hook=_object)


def _refuse_unstorable(value: object) -> None:
    if isinstance(value, str):
        if _SURROGATES.search(value):
            raise MalformedJson("The body holds a text with NUL or half a surrogate pair.")
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_unstorable(key)
            _refuse_unstorable(item)
    elif isinstance(value, list):
        for item in value:
            _refuse_unstorable(item)
