from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from trading_app.tables.enumerations import AssetClass, AssetStatus
from trading_app.wire import DecimalText, Out


class AlpacaAssetClass(StrEnum):
    """All that Alpaca knows; of some we have none."""

    US_EQUITY = "us_equity"
    US_OPTION = "us_option"
    CRYPTO = "crypto"
    CRYPTO_PERP = "crypto_perp"


class AlpacaExchange(StrEnum):
    """As AlpacaAssetClass; the empty one is among Alpaca's values too."""

    AMEX = "AMEX"
    ARCA = "ARCA"
    ASCX = "ASCX"
    BATS = "BATS"
    NYSE = "NYSE"
    NASDAQ = "NASDAQ"
    NYSEARCA = "NYSEARCA"
    FTXU = "FTXU"
    CBSE = "CBSE"
    GNSS = "GNSS"
    ERSX = "ERSX"
    OTC = "OTC"
    CRYPTO = "CRYPTO"
    NONE = ""


AttributeList = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,64}(,[a-z0-9_]{1,64}){0,19}$")]


class AssetOut(Out):
    id: UUID
    asset_class: AssetClass = Field(serialization_alias="class")
    exchange: AlpacaExchange
    symbol: str
    name: str
    status: AssetStatus
    tradable: bool
    marginable: bool
    shortable: bool
    easy_to_borrow: bool
    fractionable: bool
    min_order_size: DecimalText
    min_trade_increment: DecimalText
    price_increment: DecimalText
    attributes: list[str]
