"""Files of recorded quotes or bars, read line by line: CSV, plain or gzipped, of any size."""

from __future__ import annotations

import csv
import gzip
import hashlib
import os
import stat
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Self, cast

from trading_app.market_data.columns import BarColumns, QuoteColumns, columns_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

_GZIP = b"\x1f\x8b"
_BEGINNING = 1024 * 1024
LONGEST_LINE = 64 * 1024


class BadRecording(Exception):
    """A file, or a line of it, is not what it should be."""


class Position(NamedTuple):
    """The last line that was read, and where in the unpacked text the next one starts."""

    line: int
    offset: int


@dataclass(frozen=True)
class Row:
    """One line and the position behind it."""

    fields: list[str]
    behind: Position


class Recording:
    """An open file: its columns are known, its lines are read on demand.

    Raises BadRecording, here and while lines are read, with the number of the line.
    """

    columns: QuoteColumns | BarColumns

    def __init__(self, path: Path, *, symbol: str | None, bar_seconds: float) -> None:
        self.path = path
        try:
            self._raw = path.open("rb")
        except OSError as error:
            raise BadRecording(f"{path}: {error.strerror}") from error
        try:
            self._begin()
            self._read_header(symbol, bar_seconds)
        except BaseException:
            self._raw.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._raw.close()

    @property
    def start(self) -> Position:
        """Behind the header."""
        return self._start

    @property
    def share(self) -> float:
        """How much of the file has been read, from 0 to 1; of a gzipped one its packed bytes."""
        return self._raw.tell() / self.size

    def rows(self, since: Position) -> Iterator[Row]:
        self._seek(since)
        reader = csv.reader(self._lines(), strict=True)
        while True:
            try:
                fields = next(reader, None)
            except csv.Error as error:
                raise self.bad(self._line, str(error)) from error
            if fields is None:
                return
            if fields:
                yield Row(fields, Position(self._line, self._offset))

    def bad(self, line: int, reason: str) -> BadRecording:
        return BadRecording(f"{self.path}:{line}: {reason}")

    def _begin(self) -> None:
        status = os.fstat(self._raw.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise BadRecording(f"{self.path}: is not a regular file, so a replay of it could not be resumed")
        self.size = status.st_size
        beginning = self._raw.read(_BEGINNING)
        self._raw.seek(0)
        self.fingerprint = hashlib.sha256(b"%d:" % self.size + beginning).hexdigest()
        packed = beginning.startswith(_GZIP)
        self._text = cast("BinaryIO", gzip.GzipFile(fileobj=self._raw)) if packed else self._raw
        self._line, self._offset = 0, 0

    def _read_header(self, symbol: str | None, bar_seconds: float) -> None:
        try:
            header = next(csv.reader(self._lines()), None)
            if not header:
                raise self.bad(1, "the first line must name the columns")
            self.columns = columns_of(header, symbol=symbol, bar_seconds=bar_seconds)
        except (ValueError, csv.Error) as error:
            raise self.bad(self._line, str(error)) from error
        self._start = Position(self._line, self._offset)

    def _seek(self, position: Position) -> None:
        try:
            reached = self._text.seek(position.offset)
        except (OSError, EOFError, zlib.error) as error:
            raise self.bad(position.line, f"the file is damaged: {error}") from error
        if reached != position.offset:
            raise self.bad(position.line, "the file ends before this line, which was replayed before")
        self._line, self._offset = position

    def _lines(self) -> Iterator[str]:
        while True:
            try:
                line = self._text.readline(LONGEST_LINE + 1)
            except (OSError, EOFError, zlib.error) as error:
                raise self.bad(self._line + 1, f"the file is damaged: {error}") from error
            if not line:
                return
            self._line += 1
            self._offset += len(line)
            if len(line) > LONGEST_LINE:
                raise self.bad(self._line, f"is longer than {LONGEST_LINE} bytes")
            try:
                yield line.decode("utf-8-sig" if self._line == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise self.bad(self._line, "is not UTF-8") from error
