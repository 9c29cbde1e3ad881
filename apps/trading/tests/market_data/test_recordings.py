from __future__ import annotations

import gzip
import tracemalloc
from decimal import Decimal
from typing import TYPE_CHECKING, NoReturn

import pytest

from trading_app.market_data.recordings import BadRecording, Recording
from trading_app.market_data.steps import Step, steps

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUOTES = "symbol,timestamp,bid_price,bid_size,ask_price,ask_size\n"
BARS = "symbol,timestamp,open,high,low,close,volume\n"
SYMBOLS = {"AAPL", "BRK.B", "MSFT"}


def refuse(error: BadRecording) -> NoReturn:
    raise error


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "recording.csv"


def read(file: Path, text: str | bytes, *, symbol: str | None = None) -> list[Step]:
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    with Recording(file, symbol=symbol, bar_seconds=60) as recording:
        return list(steps(recording, recording.start, SYMBOLS, refuse))


def test_a_line_of_quotes_is_a_quote(file: Path) -> None:
    (step,) = read(file, QUOTES + "AAPL,2026-11-20T14:30:00.123456789Z,99.98,300,100.02,200\n")
    (update,) = step.updates

    assert (update.symbol, update.at.isoformat()) == ("AAPL", "2026-11-20T14:30:00.123456+00:00")
    assert update.book is not None
    assert (update.book.bid_price, update.book.ask_size) == (Decimal("99.98"), Decimal(200))
    assert update.trade is None
    assert step.behind == (2, file.stat().st_size)


def test_a_quote_may_carry_the_last_trade(file: Path) -> None:
    text = "timestamp,symbol,bid_price,bid_size,ask_price,ask_size,last_price,last_size\n"
    lines = "2026-11-20 09:30:00-05:00,BRK.B,1,1,2,1,1.5,\n2026-11-20 09:30:01-05:00,BRK.B,1,1,2,1,,\n"
    first, second = (step.updates[0].trade for step in read(file, text + lines))

    assert first is not None
    assert (first.price, first.size) == (Decimal("1.5"), None)
    assert second is None


@pytest.mark.parametrize("nobody", [",", ",0", "0,0", "0.0,100"])
def test_a_side_without_a_price_is_empty(nobody: str, file: Path) -> None:
    (step,) = read(file, QUOTES + f"AAPL,2026-11-20T14:30:00Z,{nobody},100.02,200\n")
    book = step.updates[0].book

    assert book is not None
    assert (book.bid_price, book.bid_size, book.ask_size) == (None, Decimal(0), Decimal(200))


def test_what_other_programs_write_is_read_too(file: Path) -> None:
    header = '\ufeff"Symbol", Timestamp ,bid_price,bid_size,ask_price,ask_size,conditions,tape\r\n'
    lines = (
        "AAPL,2026-11-20T14:30:00+00:00,1,1,2,1,\"['R', 'X']\",C\r\n\r\nAAPL,2026-11-20T14:31:00Z,1,1,2,1,,A"
    )

    assert [step.behind.line for step in read(file, header + lines)] == [2, 4]


def test_a_file_of_one_symbol_needs_no_column_for_it(file: Path) -> None:
    (step,) = read(file, QUOTES.removeprefix("symbol,") + "2026-11-20T14:30:00Z,1,1,2,1\n", symbol="MSFT")

    assert step.updates[0].symbol == "MSFT"


def test_a_gzipped_file_is_recognized_whatever_its_name(file: Path) -> None:
    text = QUOTES + "AAPL,2026-11-20T14:30:00Z,1,1,2,1\n"
    (step,) = read(file, gzip.compress(text.encode()))

    assert step.behind == (2, len(text))


@pytest.mark.parametrize(
    ("bar", "path"),
    [("10,13,9,12,400", "10 9 13 12"), ("12,13,9,10,400", "12 13 9 10"), ("10,10,10,10,0", "10 10 10 10")],
)
def test_a_bar_is_a_path_through_its_four_prices(bar: str, path: str, file: Path) -> None:
    prices = [Decimal(price) for price in path.split()]
    (step,) = read(file, BARS + f"AAPL,2026-11-20T14:30:00Z,{bar}\n")

    assert [u.trade.price for u in step.updates if u.trade] == prices
    assert [(u.book.bid_price, u.book.ask_price) for u in step.updates if u.book] == [(p, p) for p in prices]
    assert {u.book.bid_size * 4 for u in step.updates if u.book} == {Decimal(bar.split(",")[4])}
    assert [f"{u.at:%M:%S}" for u in step.updates] == ["30:00", "30:15", "30:30", "30:45"]


def test_bars_that_start_together_happen_together(file: Path) -> None:
    lines = [f"{s},2026-11-20T14:{m}:00Z,1,1,1,1,4\n" for m in (30, 31) for s in ("AAPL", "MSFT", "BRK.B")]
    first, second = read(file, BARS + "".join(lines))

    times = [u.at for u in first.updates]
    assert times == sorted(times)
    assert [u.symbol for u in first.updates] == ["AAPL", "MSFT", "BRK.B"] * 4
    assert (first.behind.line, second.behind.line) == (4, 7)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("", "must name the columns"),
        ("symbol,timestamp\n", "lacks bid_price, bid_size, ask_price, ask_size"),
        ("timestamp,open,high,low,close,volume\n", "lacks symbol"),
        ("symbol,symbol,timestamp\n", "names a column twice: symbol"),
        (QUOTES.strip() + ",last_prise\n", "mean nothing here: last_prise"),
        ("\x00\x01\x02", "lacks symbol"),
        ('"' + "x" * 60_000 + "\n" + "x" * 60_000 + "\n" + "x" * 60_000, "field larger than field limit"),
    ],
)
def test_a_file_whose_columns_are_wrong_is_refused(header: str, reason: str, file: Path) -> None:
    with pytest.raises(BadRecording) as refused:
        read(file, header)

    assert str(refused.value).startswith((f"{file}:1: ", f"{file}:3: "))
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("AAPL,2026-11-20T14:30:00Z,100.03,1,100.02,1", "crossed"),
        ("AAPL,2026-11-20T14:30:00Z,NaN,1,2,1", "bid_price: 'NaN' is no number"),
        ("AAPL,2026-11-20T14:30:00Z,-1,1,2,1", "bid_price: '-1' is no number"),
        ("AAPL,2026-11-20T14:30:00Z,1,1,1e400,1", "ask_price: '1e400' is no number"),
        ("AAPL,2026-11-20T14:30:00Z,1,1,2000000000,1", "ask_price: must be above 0 and below 1e9"),
        ("AAPL,2026-11-20T14:30:00Z,1,,2,1", "bid_price needs bid_size"),
        ("AAPL,2026-11-20T14:30:00,1,1,2,1", "timestamp: must say its time zone"),
        ("AAPL,yesterday,1,1,2,1", "timestamp: must be a time"),
        ("AAPL,1400-01-01T00:00:00Z,1,1,2,1", "timestamp: must be after 1970"),
        ("NONE,2026-11-20T14:30:00Z,1,1,2,1", "symbol: no instrument is called NONE"),
        ("aapl,2026-11-20T14:30:00Z,1,1,2,1", "symbol: 'aapl' is none"),
        ("AAPL,2026-11-20T14:30:00Z,1,1,2", "has 5 values under 6 columns"),
        ('AAPL,2026-11-20T14:30:00Z,"1,1,2,1', "unexpected end of data"),
        (f"AAPL,{'9' * 70_000}", "is longer than 65536 bytes"),
    ],
)
def test_a_bad_line_is_named_by_its_number(line: str, reason: str, file: Path) -> None:
    good = "AAPL,2026-11-20T14:29:00Z,1,1,2,1\n"

    with pytest.raises(BadRecording) as refused:
        read(file, QUOTES + good * 2 + line)

    assert str(refused.value).startswith(f"{file}:4: ")
    assert reason in str(refused.value)


@pytest.mark.parametrize("bar", ["10,9,8,10,1", "10,11,10.5,10,1", "10,11,,10,1", "0,1,0,1,1"])
def test_a_bar_that_contradicts_itself_is_refused(bar: str, file: Path) -> None:
    with pytest.raises(BadRecording, match=":2: "):
        read(file, BARS + f"AAPL,2026-11-20T14:30:00Z,{bar}\n")


def test_bytes_that_are_no_text_are_refused(file: Path) -> None:
    with pytest.raises(BadRecording, match=":2: is not UTF-8"):
        read(file, QUOTES.encode() + b"\xff\xfe\n")


def test_a_gzipped_file_that_was_cut_off_is_refused_at_the_line_where_it_ends(file: Path) -> None:
    text = QUOTES + "AAPL,2026-11-20T14:30:00Z,1,1,2,1\n" * 3
    packed = gzip.compress(text.encode())

    with pytest.raises(BadRecording, match="the file is damaged"):
        read(file, packed[:-10])


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_what_is_no_file_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadRecording, match=r"missing.csv: No such file|Is a directory"):
        Recording(tmp_path / name, symbol=None, bar_seconds=60)


@pytest.mark.parametrize("packed", [False, True])
def test_reading_goes_on_behind_any_line(packed: bool, file: Path) -> None:  # noqa: FBT001  a parameter
    text = QUOTES + "".join(f"AAPL,2026-11-20T14:30:0{n}Z,1,1,2,1\n" for n in range(5))
    whole = read(file, gzip.compress(text.encode()) if packed else text)

    with Recording(file, symbol=None, bar_seconds=60) as recording:
        rest = list(steps(recording, whole[2].behind, SYMBOLS, refuse))

    assert rest == whole[3:]


def test_a_file_needs_no_more_memory_than_its_lines(file: Path) -> None:
    line = f"AAPL,2026-11-20T14:30:00Z,1,1,2,1,{'R' * 2000}\n".encode()
    count = 10_000
    with gzip.open(file, "wb", compresslevel=1) as packed:
        packed.write(QUOTES.strip().encode() + b",conditions\n")
        for _ in range(count):
            packed.write(line)

    def lines() -> Iterator[Step]:
        with Recording(file, symbol=None, bar_seconds=60) as recording:
            yield from steps(recording, recording.start, SYMBOLS, refuse)

    tracemalloc.start()
    try:
        read_lines = sum(1 for _ in lines())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert read_lines == count
    assert peak < count * len(line) / 4
