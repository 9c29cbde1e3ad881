"""How far each file of recorded quotes has been replayed."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Table, Text

from servicekit.columns import TIMESTAMP, created_at, updated_at
from servicekit.triggers import touch_updated_at
from trading_app.tables.base import metadata

replays = Table(
    "replays",
    metadata,
    Column("fingerprint", Text, primary_key=True, comment="SHA-256 of the file's size and beginning, in hex"),
    Column("name", Text, nullable=False, comment="The file's name when it was last replayed, for people"),
    Column(
        "line",
        BigInteger,
        nullable=False,
        comment="The last line that is in quotes; it moves in one transaction",
    ),
    Column(
        "byte_offset", BigInteger, nullable=False, comment="Where the next line starts, in the unpacked text"
    ),
    Column("finished_at", TIMESTAMP, comment="When its end was reached; null: to be resumed"),
    created_at(),
    updated_at(),
    CheckConstraint("fingerprint ~ '^[0-9a-f]{64}$'", name="fingerprint"),
    CheckConstraint("line >= 1 AND byte_offset >= 0", name="line"),
    comment="How far each file of recorded quotes has been replayed",
)
touch_updated_at(replays)
