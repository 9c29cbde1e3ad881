from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field, PositiveInt
from pydantic_settings import SettingsConfigDict

from servicekit.settings import ServiceSettings


class TradingSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="TRADING_")

    database_role: str = "trading_runtime"
    # room for a batch of 1,000 quotes
    max_body_bytes: PositiveInt = 524_288
    # system: the machine's time; market: time stands at the latest quote, so that a replay repeats to the cent
    clock: Literal["system", "market"] = "system"
    # the venue's frictions; none by default
    slippage_bps: Decimal = Field(default=Decimal(0), ge=0, le=1000)
    latency_ms: int = Field(default=0, ge=0, le=60_000)
    seed: int = 0
    # seconds after which a worker looks for work that no notification told it of
    worker_poll: int = Field(default=1, ge=1, le=60)
