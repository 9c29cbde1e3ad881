from __future__ import annotations

import re
from importlib.resources import files

from trading_app.seeding.listing import listed_instruments
from trading_app.tables.enumerations import Exchange


def test_the_file_names_its_public_source_and_its_licence() -> None:
    header = (
        (files("trading_app.seeding") / "instruments.csv").read_text(encoding="utf-8").split("\nsymbol,")[0]
    )

    assert "U.S. Securities and Exchange Commission" in header
    assert "public domain" in header


def test_at_least_five_hundred_symbols_have_names_and_exchanges() -> None:
    rows = listed_instruments()
    symbols = [row["symbol"] for row in rows]

    assert len(rows) >= 500
    assert len(set(symbols)) == len(symbols)
    assert [s for s in symbols if not re.fullmatch(r"[A-Z]{1,5}(\.[A-Z])?", s)] == []
    assert [row for row in rows if not row["name"].strip() or row["exchange"] not in set(Exchange)] == []


def test_well_known_symbols_are_where_they_are_listed() -> None:
    found = {row["symbol"]: (row["exchange"], row["mic"]) for row in listed_instruments()}

    assert found["AAPL"] == ("NASDAQ", "XNAS")
    assert found["BRK.B"] == ("NYSE", "XNYS")
    assert found["JPM"] == ("NYSE", "XNYS")
    assert found["CBOE"] == ("BATS", "XNYS")
