from __future__ import annotations

import json
import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servicekit.strict_json import DEPTH, MalformedJson, parse

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None)  # a busy machine is no slow parser
@given(VALUES)
def test_what_another_program_wrote_is_read_as_it_was_meant(value: object) -> None:
    assert parse(json.dumps(value).encode()) == value


def test_numbers_with_a_fraction_keep_every_digit() -> None:
    assert parse(b'{"a": 0.1, "b": 1.10, "c": 1e2, "d": 3}') == {
        "a": Decimal("0.1"),
        "b": Decimal("1.10"),
        "c": Decimal("1e2"),
        "d": 3,
    }
    assert str(parse(b"1.10")) == "1.10"


def test_a_text_may_hold_what_looks_like_an_escaped_nul_or_a_whole_pair() -> None:
    assert parse(rb'["\\u0000", "\ud83d\ude00"]') == ["\\u0000", "😀"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b"[1,]",
        b"NaN",
        b"[Infinity, 1]",
        b'{"a": -Infinity}',
        b'{"a": 1, "a": 1}',
        b'[{"b": {"a": 1, "a": 2}}]',
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b"\xef\xbb\xbf{}",
        '{"a": 1}'.encode("utf-16"),
        b'"a\x00b"',
        rb'"a\u0000b"',
        rb'{"a\u0000b": 1}',
        rb'[{"a": ["\ud83d"]}]',
        rb'"\ude00\ud83d"',
        b"1e999999999",
        b"1e-400",
        b"1e9999999999999999999",
        b"-1.5E-9999999999999999999",
        b"1" * 5000,
        b"[" * (DEPTH + 1) + b"]" * (DEPTH + 1),
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b"[" * 60000,
        b'["' + b"\\" * 50000,
    ],
)
def test_what_is_not_strict_json_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedJson) as refused:
        parse(body)
    assert refused.value.status == 400


def test_a_wide_body_is_not_a_deep_one() -> None:
    wide = [[], {}, "[[[[{{{{"] * DEPTH
    assert parse(json.dumps(wide).encode()) == wide


def test_a_body_may_nest_to_the_limit() -> None:
    assert parse(b"[" * DEPTH + b"1" + b"]" * DEPTH)


@pytest.mark.parametrize("unclosed", [b'\\"', b'"\\', b'"', b'"\\"'])
def test_the_time_a_body_takes_does_not_grow_with_the_square_of_its_length(unclosed: bytes) -> None:
    body = b"[" * (DEPTH + 1) + unclosed * (131_072 // len(unclosed))
    began = time.process_time()
    with pytest.raises(MalformedJson):
        parse(body)
    assert time.process_time() - began < 5  # milliseconds; the square would be three quarters of a minute
