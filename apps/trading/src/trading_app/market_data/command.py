"""`trading replay`."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from trading_app.commands import INTERRUPTED, CommandFailed, CommandSettings, database_of, run_command
from trading_app.market_data.progress import Progress
from trading_app.market_data.recordings import BadRecording, Recording
from trading_app.market_data.replay import Pace, Replay

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

_MOST_BAD_LINES = 1_000


def run(arguments: Namespace) -> int:
    return run_command(_replay(CommandSettings.load(), arguments))


async def _replay(settings: CommandSettings, arguments: Namespace) -> int:
    progress = Progress(sys.stderr)
    pace = Pace(
        arguments.speed, lockstep=arguments.lockstep, patience=arguments.patience, until=arguments.until
    )
    try:
        with Recording(
            Path(arguments.file), symbol=arguments.symbol, bar_seconds=arguments.bar_seconds
        ) as recording:
            async with database_of(settings, name="replay") as database:
                on_bad_line = _skipping(progress) if arguments.skip_bad_lines else _refusing
                replay = Replay(database, recording, pace, on_bad_line, progress.show)
                return await _run(replay, progress, restart=arguments.restart)
    except BadRecording as error:
        raise CommandFailed(str(error)) from error
    finally:
        progress.clear()


async def _run(replay: Replay, progress: Progress, *, restart: bool) -> int:
    loop = asyncio.get_running_loop()
    await replay.begin(restart=restart)
    name = replay.recording.path.name
    if replay.finished:
        progress.say(f"{name} has been replayed to its end already; --restart begins again.")
        return 0
    if replay.began != replay.recording.start:
        progress.say(f"Going on after line {replay.began.line:,}.")
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, replay.stopping.set)
    try:
        await replay.run()
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
        progress.clear()
    tally = replay.tally
    sys.stdout.write(
        f"{name}: {tally.accepted:,} taken in, {tally.duplicates:,} known already, "
        f"{tally.outdated:,} older than what is known\n"
    )
    if replay.finished:
        return 0
    if replay.paused:
        progress.say(
            f"Line {replay.reached.line:,} was the last before that time; the command goes on behind it."
        )
        return 0
    progress.say(f"Stopped after line {replay.reached.line:,}; the same command goes on from there.")
    return INTERRUPTED


def _refusing(error: BadRecording) -> None:
    raise error


def _skipping(progress: Progress) -> Callable[[BadRecording], None]:
    skipped = 0

    def skip(error: BadRecording) -> None:
        nonlocal skipped
        skipped += 1
        if skipped > _MOST_BAD_LINES:
            raise CommandFailed(f"more than {_MOST_BAD_LINES:,} lines are wrong; the last: {error}")
        progress.say(f"left out: {error}")

    return skip
