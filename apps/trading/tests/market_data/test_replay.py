from __future__ import annotations

import asyncio
import gzip
import io
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from brokerage import Brokerage, Market, brokerage_on
from psycopg.rows import dict_row

from trading_app.cli import main
from trading_app.commands import run_command
from trading_app.market_data.progress import Progress
from trading_app.market_data.recordings import BadRecording, Recording
from trading_app.market_data.replay import Pace, Replay

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEADER = "symbol,timestamp,bid_price,bid_size,ask_price,ask_size,last_price,last_size\n"


@pytest.fixture
def market(migrated_copy: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Market]:
    """The database that the commands of this test speak to, with two instruments."""
    monkeypatch.setenv("DATABASE_URL", migrated_copy)
    market = Market(migrated_copy)
    market.instrument("AAPL")
    market.instrument("MSFT")
    yield market
    market.close()


def line(second: int, symbol: str = "AAPL") -> str:
    moment = f"2026-11-20T{14 + second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"
    return f"{symbol},{moment},100,{second + 1},101,1,100.5,1\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """2,500 quotes, one a second."""
    file = tmp_path / "quotes.csv"
    file.write_text(HEADER + "".join(line(n) for n in range(2_500)))
    return file


def stored(market: Market) -> dict[str, Any]:
    (row,) = market.rows(
        """SELECT bid_size::int, version, to_char(quoted_at AT TIME ZONE 'UTC', 'HH24:MI:SS') AS at
           FROM trading.quotes"""
    )
    return row


def progress(market: Market) -> list[dict[str, Any]]:
    return market.rows("SELECT line, finished_at IS NOT NULL AS finished FROM trading.replays")


def test_a_replay_ends_with_the_last_quote(
    market: Market, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", str(file)]) == 0

    shown = capsys.readouterr()
    assert shown.out == "quotes.csv: 2,500 taken in, 0 known already, 0 older than what is known\n"
    assert shown.err == ""
    assert stored(market) == {"bid_size": 2500, "version": 2500, "at": "14:41:39"}
    assert progress(market) == [{"line": 2501, "finished": True}]


def test_a_gzipped_file_of_bars_is_replayed_as_well(
    market: Market, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bars.csv.gz"
    bars = "timestamp,open,high,low,close,volume\n" + "".join(
        f"2026-11-20T14:{minute}:00Z,10,12,9,11,400\n" for minute in range(30, 40)
    )
    file.write_bytes(gzip.compress(bars.encode()))

    assert main(["replay", str(file), "--symbol", "MSFT"]) == 0

    assert "40 taken in" in capsys.readouterr().out
    assert stored(market) == {"bid_size": 100, "version": 40, "at": "14:39:45"}


def test_a_replay_that_ended_is_not_repeated_unless_asked(
    market: Market, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["replay", str(file)])
    before = stored(market)

    assert main(["replay", str(file)]) == 0
    assert "replayed to its end already" in capsys.readouterr().err
    assert main(["replay", str(file), "--restart"]) == 0
    assert capsys.readouterr().out == (
        "quotes.csv: 0 taken in, 1 known already, 2,499 older than what is known\n"
    )
    assert stored(market) == before


def test_a_replay_goes_as_far_as_wanted_and_then_on(
    market: Market, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["replay", str(file)]

    assert main([*command, "--until", "2026-11-20T09:20:00-05:00"]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("quotes.csv: 1,200 taken in")
    assert shown.err == "Line 1,201 was the last before that time; the command goes on behind it.\n"
    assert stored(market)["at"] == "14:19:59"
    assert main([*command, "--until", "2026-11-20T14:20:00Z"]) == 0
    assert capsys.readouterr().out.startswith("quotes.csv: 0 taken in")
    assert main(command) == 0
    assert capsys.readouterr().out.startswith("quotes.csv: 1,300 taken in, 0 known already")
    assert progress(market) == [{"line": 2501, "finished": True}]


def test_a_bar_that_was_sent_in_part_is_sent_again_and_its_beginning_known(
    market: Market, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bars.csv"
    file.write_text("symbol,timestamp,open,high,low,close,volume\nAAPL,2026-11-20T14:30:00Z,10,12,9,11,400\n")

    assert main(["replay", str(file), "--until", "2026-11-20T14:30:30Z"]) == 0
    assert capsys.readouterr().out.startswith("bars.csv: 2 taken in")
    assert main(["replay", str(file)]) == 0
    assert "2 taken in, 1 known already, 1 older" in capsys.readouterr().out
    assert stored(market)["version"] == 4


@pytest.mark.parametrize("time", ["2026-11-20T14:30:00", "tomorrow", "2026-99-99T00:00:00Z"])
def test_a_time_that_is_none_is_refused(time: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["replay", "quotes.csv", "--until", time])

    assert "must be a time with its zone, such as 2026-11-20T09:30:00-05:00" in capsys.readouterr().err


def test_a_replay_without_any_instrument_says_how_to_get_them(
    market: Market, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    market.rows("DELETE FROM trading.instruments")

    assert main(["replay", str(file)]) == 1
    assert capsys.readouterr().err == "error: there are no instruments yet: run `trading seed` first\n"
    assert progress(market) == []


def test_a_bad_line_ends_the_replay_with_its_number_and_what_came_before_stays(
    market: Market, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = file.read_text().splitlines(keepends=True)
    file.write_text("".join([*text[:1500], line(1_499).replace(",100,", ",103,"), *text[1501:]]))

    assert main(["replay", str(file)]) == 1

    assert re.fullmatch(rf"error: {re.escape(str(file))}:1501: .*crossed\n", capsys.readouterr().err), (
        "one line that names the file and the line"
    )
    assert progress(market) == [{"line": 1500, "finished": False}]

    assert main(["replay", str(file), "--skip-bad-lines"]) == 0
    shown = capsys.readouterr()
    assert shown.err.startswith("Going on after line 1,500.\nleft out: ")
    assert shown.out.startswith("quotes.csv: 1,000 taken in")
    assert stored(market)["version"] == 2499


def test_a_file_of_bad_lines_is_given_up(
    market: Market, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "quotes.csv"
    file.write_text(HEADER + "x\n" * 1_001)

    assert main(["replay", str(file), "--skip-bad-lines"]) == 1

    assert "more than 1,000 lines are wrong" in capsys.readouterr().err
    assert market.rows("SELECT * FROM trading.quotes") == []


def test_ctrl_c_stops_a_replay_and_the_same_command_goes_on(
    market: Market, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # so slow that the second quote is hours away
    command = [sys.executable, "-m", "trading_app.cli", "replay", str(file), "--speed", "0.0001"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as replaying:
        while progress(market) != [{"line": 2, "finished": False}] and replaying.poll() is None:
            time.sleep(0.05)
        replaying.send_signal(signal.SIGINT)
        out, err = replaying.communicate()

    assert (replaying.returncode, out) == (
        130,
        "quotes.csv: 1 taken in, 0 known already, 0 older than what is known\n",
    )
    assert err == "Stopped after line 2; the same command goes on from there.\n"
    assert main(["replay", str(file)]) == 0
    shown = capsys.readouterr()
    assert shown.err == "Going on after line 2.\n"
    assert shown.out.startswith("quotes.csv: 2,499 taken in, 0 known already")
    assert stored(market)["version"] == 2500


def test_a_replay_that_was_killed_goes_on_too(market: Market, file: Path) -> None:
    command = [sys.executable, "-m", "trading_app.cli", "replay", str(file), "--speed", "0.0001"]
    with subprocess.Popen(command) as replaying:
        while progress(market) != [{"line": 2, "finished": False}] and replaying.poll() is None:
            time.sleep(0.05)
        replaying.kill()

    assert main(["replay", str(file)]) == 0
    assert stored(market)["version"] == 2500


def test_the_speed_of_a_replay_changes_nothing_of_its_outcome(
    market: Market, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", str(file), "--speed", "1e6"]) == 0

    assert "2,500 taken in" in capsys.readouterr().out
    assert stored(market)["version"] == 2500


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "inf", "fast"])
def test_a_speed_that_is_none_is_refused(speed: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["replay", "quotes.csv", "--speed", speed])

    assert ended.value.code == 2
    assert "--speed" in capsys.readouterr().err


@pytest.mark.usefixtures("market")
def test_a_file_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(tmp_path / "none.csv")]) == 1

    assert capsys.readouterr().err == f"error: {tmp_path}/none.csv: No such file or directory\n"


def test_lockstep_gives_up_when_no_worker_matches(
    market: Market, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", str(file), "--lockstep", "--patience", "0.05"]) == 1

    assert "is `trading worker` running?" in capsys.readouterr().err
    assert stored(market)["version"] == 1


def test_ctrl_c_before_a_replay_has_begun_ends_it_quietly(capsys: pytest.CaptureFixture[str]) -> None:
    async def interrupted() -> int:
        raise KeyboardInterrupt

    assert run_command(interrupted()) == 130
    assert capsys.readouterr().err == ""


def refuse(error: BadRecording) -> None:
    raise error


class Worker:
    """Stands in for the workers: marks each version as matched, and remembers which quotes it saw."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.seen: list[int] = []

    async def work(self, ended: asyncio.Event) -> None:
        async with await psycopg.AsyncConnection.connect(
            self.url, autocommit=True, row_factory=dict_row
        ) as connection:
            while not ended.is_set():
                matched = await connection.execute(
                    """UPDATE trading.quotes SET matched_version = version WHERE matched_version < version
                       RETURNING bid_size::int"""
                )
                self.seen += [row["bid_size"] for row in await matched.fetchall()]
                await asyncio.sleep(0)


def replay_of(service: Brokerage, file: Path, **pace: Any) -> Replay:  # noqa: ANN401  as Pace
    recording = Recording(file, symbol=None, bar_seconds=60)
    return Replay(service.database, recording, Pace(**pace), refuse, lambda _: None)


@pytest.mark.anyio
@pytest.mark.usefixtures("market")
async def test_in_lockstep_the_workers_see_every_single_quote(migrated_copy: str, tmp_path: Path) -> None:
    file = tmp_path / "quotes.csv"
    file.write_text(HEADER + "".join(line(n, ("AAPL", "MSFT")[n % 2]) for n in range(30)))
    worker, ended = Worker(migrated_copy), asyncio.Event()
    async with brokerage_on(migrated_copy) as service:
        replay = replay_of(service, file, lockstep=True)
        with replay.recording:
            await replay.begin()
            working = asyncio.create_task(worker.work(ended))
            await replay.run()
            ended.set()
            await working

    assert worker.seen == list(range(1, 31))
    assert replay.finished


@pytest.mark.anyio
async def test_two_replays_of_one_file_do_not_both_go_on(
    market: Market, migrated_copy: str, file: Path
) -> None:
    async with brokerage_on(migrated_copy) as service:
        first, second = replay_of(service, file), replay_of(service, file)
        with first.recording, second.recording:
            await first.begin()
            await second.begin()
            await first.run()
            with pytest.raises(Exception, match="being replayed by another process"):
                await second.run()

    assert stored(market)["version"] == 2500
    assert progress(market) == [{"line": 2501, "finished": True}]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


async def shown_to(stream: io.StringIO, url: str, file: Path, *, seconds: int) -> str:
    """Replay a file of three batches, each of which takes so many seconds, and give what a stream was told."""
    passing = iter(range(0, 1_000, seconds))
    progress = Progress(stream, clock=lambda: next(passing))
    async with brokerage_on(url) as service:
        replay = replay_of(service, file)
        replay.on_progress = progress.show
        with replay.recording:
            await replay.begin()
            await replay.run()
    progress.say("Done.")
    return stream.getvalue()


@pytest.mark.anyio
@pytest.mark.usefixtures("market")
async def test_a_terminal_shows_how_far_and_how_long(migrated_copy: str, file: Path) -> None:
    shown = (await shown_to(Terminal(), migrated_copy, file, seconds=1)).split("\r\x1b[K")

    assert re.fullmatch(r" +[0-9.]+%  line 1,001", shown[1])
    assert re.fullmatch(r"[0-9. ]+%  line 2,001  1,000 a second  0:0[0-9] left", shown[2])
    assert shown[-1] == "Done.\n"


@pytest.mark.anyio
@pytest.mark.usefixtures("market")
async def test_a_log_gets_a_line_of_progress_now_and_then(migrated_copy: str, file: Path) -> None:
    shown = await shown_to(io.StringIO(), migrated_copy, file, seconds=6)

    assert re.fullmatch(r"[0-9.]+%  line 2,001  167 a second  0:0[0-9] left\nDone\.\n", shown)
