from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from trading_app.cli import main
from trading_app.seeding.listing import listed_instruments

Connection = psycopg.Connection[Any]


def seed(capsys: pytest.CaptureFixture[str], *options: str) -> list[str]:
    assert main(["seed", *options]) == 0
    return capsys.readouterr().out.splitlines()


def test_seeding_fills_instruments_and_the_sessions_of_two_years(
    database: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    year = datetime.now(UTC).year
    count = len(listed_instruments())

    instruments, sessions = seed(capsys)

    assert instruments == f"instruments: {count} inserted, 0 updated, 0 unchanged"
    assert sessions.startswith(f"trading sessions {year} to {year + 1}: ")
    assert database.execute("SELECT count(*) FROM trading.instruments").fetchone() == (count,)
    years = database.execute(
        """SELECT DISTINCT mic, extract(year FROM session_date)::int FROM trading.trading_sessions ORDER BY 1, 2"""
    ).fetchall()
    assert years == [(mic, y) for mic in ("XNAS", "XNYS") for y in (year, year + 1)]


def test_seeding_again_changes_nothing_and_says_so(
    database: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    seed(capsys, "--first-year", "2026", "--last-year", "2027")
    before = database.execute("SELECT max(xmin::text::bigint) FROM trading.instruments").fetchone()

    instruments, sessions = seed(capsys, "--first-year", "2026", "--last-year", "2027")

    assert instruments == f"instruments: 0 inserted, 0 updated, {len(listed_instruments())} unchanged"
    assert sessions == "trading sessions 2026 to 2027: 0 inserted, 0 updated, 1004 unchanged"
    assert database.execute("SELECT max(xmin::text::bigint) FROM trading.instruments").fetchone() == before


def test_seeding_corrects_names_and_hours_and_keeps_what_an_operator_decided(
    database: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    seed(capsys, "--first-year", "2026", "--last-year", "2026")
    database.execute("UPDATE trading.instruments SET name = 'Wrong', tradable = false WHERE symbol = 'AAPL'")
    database.execute("UPDATE trading.instruments SET fractionable = false WHERE symbol = 'MSFT'")
    database.execute("DELETE FROM trading.instruments WHERE symbol = 'TSLA'")
    database.execute(
        "UPDATE trading.trading_sessions SET early_close = true WHERE session_date = '2026-01-05'"
    )

    instruments, sessions = seed(capsys, "--first-year", "2026", "--last-year", "2026")

    assert instruments == f"instruments: 1 inserted, 1 updated, {len(listed_instruments()) - 2} unchanged"
    assert sessions == "trading sessions 2026 to 2026: 0 inserted, 2 updated, 500 unchanged"
    assert database.execute(
        """SELECT symbol, name, tradable, fractionable FROM trading.instruments
           WHERE symbol IN ('AAPL', 'MSFT') ORDER BY 1"""
    ).fetchall() == [("AAPL", "Apple Inc.", False, True), ("MSFT", "MICROSOFT CORP", True, False)]


@pytest.mark.parametrize("years", [("1800", "2026"), ("2027", "2026"), ("2026", "9999")])
def test_years_that_no_calendar_has_are_refused(
    database: Connection, years: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["seed", "--first-year", years[0], "--last-year", years[1]]) == 2
    assert capsys.readouterr().err == (
        "error: --first-year and --last-year must lie between 1990 and 2100, the first not after the last\n"
    )
    assert database.execute("SELECT count(*) FROM trading.instruments").fetchone() == (0,)


def test_a_database_without_tables_is_told_to_be_migrated(
    empty_database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(
            "DO $$ BEGIN CREATE ROLE trading_runtime; EXCEPTION WHEN duplicate_object THEN END $$"
        )
    monkeypatch.setenv("DATABASE_URL", empty_database)

    assert main(["seed"]) == 1

    assert "run `trading migrate` first" in capsys.readouterr().err


def test_a_database_that_is_not_there_is_named_in_one_line() -> None:
    url = "postgresql://nobody:secret@127.0.0.1:1/nowhere"
    command = [sys.executable, "-m", "trading_app.cli", "seed"]
    ended = subprocess.run(
        command, env=os.environ | {"DATABASE_URL": url}, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 1
    assert re.fullmatch(
        r"error: the database cannot be reached: .*127\.0\.0\.1.*Connection refused\n", ended.stderr
    )
    assert "secret" not in ended.stderr
