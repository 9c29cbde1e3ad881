"""The latest quote and trade of each instrument."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, ForeignKey, Index, Table, Uuid, text

from servicekit.columns import TIMESTAMP, created_at, updated_at
from servicekit.triggers import touch_updated_at
from trading_app.tables.base import metadata
from trading_app.tables.columns import PRICE, QUANTITY
from trading_app.tables.instruments import instruments

quotes = Table(
    "quotes",
    metadata,
    Column(
        "instrument_id",
        Uuid,
        ForeignKey(instruments.c.id, ondelete="RESTRICT"),
        primary_key=True,
        comment="Of what",
    ),
    Column(
        "quoted_at",
        TIMESTAMP,
        nullable=False,
        comment="The market's time of the quote; only a later one replaces it",
    ),
    Column("bid_price", PRICE, comment="Best bid; null: nobody buys"),
    Column(
        "bid_size", QUANTITY, nullable=False, server_default=text("0"), comment="Displayed size of the bid"
    ),
    Column(
        "bid_taken",
        QUANTITY,
        nullable=False,
        server_default=text("0"),
        comment="How much of it fills have used up",
    ),
    Column("ask_price", PRICE, comment="Best offer; null: nobody sells"),
    Column(
        "ask_size", QUANTITY, nullable=False, server_default=text("0"), comment="Displayed size of the offer"
    ),
    Column(
        "ask_taken",
        QUANTITY,
        nullable=False,
        server_default=text("0"),
        comment="How much of it fills have used up",
    ),
    Column("last_price", PRICE, comment="Price of the last trade, which triggers stops"),
    Column("last_size", QUANTITY, comment="Size of the last trade"),
    Column("last_traded_at", TIMESTAMP, comment="The market's time of the last trade"),
    Column("previous_close", PRICE, comment="Closing price of the session before"),
    Column("previous_close_on", Date, comment="The day of that session"),
    Column(
        "version", BigInteger, nullable=False, server_default=text("1"), comment="Counts the quotes taken in"
    ),
    Column(
        "matched_version",
        BigInteger,
        nullable=False,
        server_default=text("0"),
        comment="The last version that open orders have been matched against; behind version: work to do",
    ),
    created_at(),
    updated_at(),
    CheckConstraint("bid_price > 0", name="bid_price"),
    CheckConstraint("ask_price > 0", name="ask_price"),
    CheckConstraint("last_price > 0", name="last_price"),
    CheckConstraint("last_size >= 0", name="last_size"),
    CheckConstraint("previous_close > 0", name="previous_close"),
    CheckConstraint("bid_taken >= 0 AND bid_taken <= bid_size", name="bid_taken"),
    CheckConstraint("ask_taken >= 0 AND ask_taken <= ask_size", name="ask_taken"),
    CheckConstraint("bid_price IS NOT NULL OR bid_size = 0", name="bid_size"),
    CheckConstraint("ask_price IS NOT NULL OR ask_size = 0", name="ask_size"),
    CheckConstraint("(last_price IS NULL) = (last_traded_at IS NULL)", name="last_traded_at"),
    CheckConstraint("(previous_close IS NULL) = (previous_close_on IS NULL)", name="previous_close_on"),
    CheckConstraint("matched_version >= 0 AND matched_version <= version", name="matched_version"),
    comment="The latest quote and trade of each instrument",
)
Index("ix_quotes_unmatched", quotes.c.quoted_at, postgresql_where=text("matched_version < version"))
touch_updated_at(quotes)
