"""The lines of a recording as moments of the market, each with the updates that happen at it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from trading_app.market_data.columns import BarColumns

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    from trading_app.market_data.recordings import BadRecording, Position, Recording
    from trading_app.market_data.updates import Update

# More lines than there are instruments: only a file whose times are wrong has as many with one time.
_LINES_AT_ONE_TIME = 20_000


@dataclass(frozen=True)
class Step:
    """Some updates in the order of their times, and the position behind the last line that they come from."""

    updates: list[Update]
    behind: Position


def steps(
    recording: Recording,
    since: Position,
    symbols: Container[str],
    on_bad_line: Callable[[BadRecording], None],
) -> Iterator[Step]:
    """Read steps one by one.

    Bars that start together become one step, so that what happens in them happens in the order of time.

    Args:
        recording: the file.
        since: behind which line.
        symbols: those of instruments; any other makes a line wrong.
        on_bad_line: told of each line that is wrong; it raises, or the line is left out.
    """
    single = _single_steps(recording, since, symbols, on_bad_line)
    if not isinstance(recording.columns, BarColumns):
        yield from single
        return
    numbered = enumerate(single)
    for _, group in groupby(numbered, lambda item: (item[1].updates[0].at, item[0] // _LINES_AT_ONE_TIME)):
        together = [step for _, step in group]
        updates = sorted((u for step in together for u in step.updates), key=lambda update: update.at)
        yield Step(updates, together[-1].behind)


def _single_steps(
    recording: Recording,
    since: Position,
    symbols: Container[str],
    on_bad_line: Callable[[BadRecording], None],
) -> Iterator[Step]:
    for row in recording.rows(since):
        try:
            updates = _of_known(symbols, recording.columns.updates(row.fields))
        except ValueError as error:
            on_bad_line(recording.bad(row.behind.line, str(error)))
        else:
            yield Step(updates, row.behind)


def _of_known(symbols: Container[str], updates: list[Update]) -> list[Update]:
    symbol = updates[0].symbol
    if symbol not in symbols:
        raise ValueError(f"symbol: no instrument is called {symbol}")
    return updates
