"""The venue's frictions: slippage and latency, the same again under the same seed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from trading_app.books.arithmetic import EXACT
from trading_app.tables.enumerations import Side

if TYPE_CHECKING:
    from uuid import UUID

    from trading_app.settings import TradingSettings

_TICK = Decimal("0.0001")
_BASIS_POINTS = Decimal(10_000)
_STEPS = 1 << 32


class Model(Protocol):
    def price(self, order_id: UUID, version: int, side: Side, quoted: Decimal) -> Decimal:
        """What a fill costs when so much is quoted."""

    def reached(self, now: datetime) -> datetime:
        """Until when an order must have been submitted to have reached the venue."""


@dataclass(frozen=True)
class SeededModel:
    """Slips by up to so many basis points, chosen by a hash of the seed and the fill, and never by its turn."""

    slippage_bps: Decimal
    latency: timedelta
    seed: int

    def price(self, order_id: UUID, version: int, side: Side, quoted: Decimal) -> Decimal:
        if not self.slippage_bps:
            return quoted
        digest = hashlib.sha256(f"{self.seed}/{order_id}/{version}".encode()).digest()
        share = EXACT.divide(Decimal(int.from_bytes(digest[:4])), Decimal(_STEPS))
        slip = EXACT.divide(EXACT.multiply(self.slippage_bps, share), _BASIS_POINTS)
        factor = 1 + slip if side is Side.BUY else 1 - slip
        return max(_TICK, EXACT.quantize(EXACT.multiply(quoted, factor), _TICK))

    def reached(self, now: datetime) -> datetime:
        return now - self.latency


def model_of(settings: TradingSettings) -> Model:
    return SeededModel(settings.slippage_bps, timedelta(milliseconds=settings.latency_ms), settings.seed)
