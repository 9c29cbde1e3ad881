"""What can be traded."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Table, Text, false, text, true
from sqlalchemy.dialects.postgresql import ARRAY

from servicekit.columns import created_at, id_column, one_of, updated_at
from servicekit.triggers import touch_updated_at
from trading_app.tables.base import metadata
from trading_app.tables.columns import PRICE, QUANTITY
from trading_app.tables.enumerations import AssetClass, AssetStatus, Exchange

instruments = Table(
    "instruments",
    metadata,
    id_column(),
    Column("symbol", Text, nullable=False, unique=True, comment="Ticker symbol, such as AAPL or BRK.B"),
    Column("name", Text, nullable=False, comment="The issuer's or the fund's name"),
    Column("exchange", Text, nullable=False, comment="Where it is listed, in Alpaca's words"),
    Column(
        "mic",
        Text,
        nullable=False,
        server_default=text("'XNYS'"),
        comment="ISO 10383 code of the exchange whose trading_sessions apply",
    ),
    Column(
        "asset_class", Text, nullable=False, server_default=text("'us_equity'"), comment="As Alpaca's class"
    ),
    Column(
        "status",
        Text,
        nullable=False,
        server_default=text("'active'"),
        comment="inactive: kept for its history",
    ),
    Column(
        "currency", Text, nullable=False, server_default=text("'USD'"), comment="ISO 4217 code of its prices"
    ),
    Column("tradable", Boolean, nullable=False, server_default=true(), comment="Whether orders are taken"),
    Column(
        "fractionable",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="Whether parts of one are traded",
    ),
    Column(
        "marginable",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="Whether it can be bought on margin",
    ),
    Column(
        "shortable", Boolean, nullable=False, server_default=false(), comment="Whether it can be sold short"
    ),
    Column(
        "easy_to_borrow", Boolean, nullable=False, server_default=false(), comment="Whether it is lent freely"
    ),
    Column(
        "tick_size",
        PRICE,
        nullable=False,
        server_default=text("0.01"),
        comment="Step of limit and stop prices from 1 up",
    ),
    Column(
        "sub_dollar_tick_size",
        PRICE,
        nullable=False,
        server_default=text("0.0001"),
        comment="Step of limit and stop prices below 1",
    ),
    Column(
        "lot_size",
        QUANTITY,
        nullable=False,
        server_default=text("1"),
        comment="Step of quantities, if not fractionable",
    ),
    Column(
        "min_order_size",
        QUANTITY,
        nullable=False,
        server_default=text("0.000000001"),
        comment="Smallest quantity of an order",
    ),
    Column(
        "attributes",
        ARRAY(Text),
        nullable=False,
        server_default=text("'{}'"),
        comment="Alpaca's attributes, such as ptp_no_exception",
    ),
    created_at(),
    updated_at(),
    one_of("exchange", Exchange),
    one_of("asset_class", AssetClass),
    one_of("status", AssetStatus),
    CheckConstraint("symbol <> '' AND symbol = upper(symbol)", name="symbol"),
    CheckConstraint("mic ~ '^[A-Z0-9]{4}$'", name="mic"),
    CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
    CheckConstraint("tick_size > 0 AND sub_dollar_tick_size > 0", name="tick_size"),
    CheckConstraint("lot_size > 0 AND min_order_size > 0", name="lot_size"),
    comment="What can be traded",
)
Index(None, instruments.c.asset_class, instruments.c.status, instruments.c.symbol)
Index(None, instruments.c.exchange, instruments.c.symbol)
Index(None, instruments.c.mic)
touch_updated_at(instruments)
