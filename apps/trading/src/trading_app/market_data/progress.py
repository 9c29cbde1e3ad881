"""Progress: on a terminal a line that is written over again and again, elsewhere a line now and then."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

    from trading_app.market_data.replay import Replay

_PAUSE, _PAUSE_ELSEWHERE = 0.2, 10.0
_CLEAR = "\r\x1b[K"


class Progress:
    """Says how far a replay has come.

    Args:
        stream: where people look, such as standard error.
        clock: seconds, only ever compared.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._terminal = stream.isatty()
        self._first: tuple[float, int, float] | None = None
        # who waits at a terminal sees something at once; a log says nothing of what is soon over
        self._next = 0.0 if self._terminal else clock() + _PAUSE_ELSEWHERE
        self._shown = False

    def show(self, replay: Replay) -> None:
        now = self._clock()
        line, share = replay.reached.line, replay.recording.share
        self._first = self._first or (now, line, share)
        if now < self._next:
            return
        text = self._line(now, line, share)
        if self._terminal:
            self._stream.write(_CLEAR + text)
            self._next, self._shown = now + _PAUSE, True
        else:
            self._stream.write(f"{text.strip()}\n")
            self._next = now + _PAUSE_ELSEWHERE
        self._stream.flush()

    def say(self, sentence: str) -> None:
        """Say something that stays."""
        self.clear()
        self._stream.write(f"{sentence}\n")

    def clear(self) -> None:
        if self._shown:
            self._stream.write(_CLEAR)
            self._stream.flush()
            self._shown = False

    def _line(self, now: float, line: int, share: float) -> str:
        text = f"{share:6.1%}  line {line:,}"
        first = self._first
        if first is None or now <= first[0] or share <= first[2]:
            return text
        seconds = now - first[0]
        left = (1 - share) / (share - first[2]) * seconds
        return f"{text}  {(line - first[1]) / seconds:,.0f} a second  {_duration(left)} left"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
