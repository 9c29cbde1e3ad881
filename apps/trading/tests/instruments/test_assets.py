from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import pytest
from alpaca_sdk import Asset, AssetExchange, AssetStatus, GetAssetsRequest

from trading_app.instruments.schemas import AlpacaExchange

if TYPE_CHECKING:
    import httpx
    from brokerage import Brokerage

pytestmark = pytest.mark.anyio

UNKNOWN = "0197a1b2-0000-7000-8000-000000000000"


@pytest.fixture
def listed(service: Brokerage) -> None:
    market = service.market
    market.instrument("AAPL", name="Apple Inc.", attributes=["has_options", "fractional_eh_enabled"])
    market.instrument("BRK.B", name="Berkshire Hathaway", exchange="NYSE", fractionable=False, lot_size=1)
    market.instrument("GONE", exchange="NYSE", status="inactive", tradable=False)
    market.instrument("MLPX", exchange="ARCA", attributes=["ptp_no_exception"])
    market.instrument("BTC/USD", exchange="CRYPTO", asset_class="crypto")


async def symbols(client: httpx.AsyncClient, query: str) -> list[str]:
    answer = await client.get(f"/v2/assets?{query}")
    assert answer.status_code == 200, answer.text
    return [Asset(**asset).symbol for asset in answer.json()]


@pytest.mark.usefixtures("listed")
async def test_an_asset_is_found_by_symbol_and_by_id(reader: httpx.AsyncClient) -> None:
    by_symbol = (await reader.get("/v2/assets/AAPL")).json()
    by_id = (await reader.get(f"/v2/assets/{by_symbol['id']}")).json()

    assert by_symbol == by_id
    assert by_symbol | {"id": None} == {
        "id": None,
        "class": "us_equity",
        "exchange": "NASDAQ",
        "symbol": "AAPL",
        "name": "Apple Inc.",
        "status": "active",
        "tradable": True,
        "marginable": False,
        "shortable": False,
        "easy_to_borrow": False,
        "fractionable": True,
        "min_order_size": "0.000000001",
        "min_trade_increment": "0.000000001",
        "price_increment": "0.01",
        "attributes": ["has_options", "fractional_eh_enabled"],
    }


@pytest.mark.usefixtures("listed")
async def test_alpacas_own_model_parses_every_asset(reader: httpx.AsyncClient) -> None:
    answers = (await reader.get("/v2/assets")).json()
    whole = {asset.symbol: asset for asset in (Asset(**answer) for answer in answers)}

    assert list(whole) == ["AAPL", "BRK.B", "GONE", "MLPX"]
    assert whole["BRK.B"].min_trade_increment == 1.0
    assert whole["GONE"].tradable is False


LISTED = {
    "": ["AAPL", "BRK.B", "GONE", "MLPX"],
    "status=active": ["AAPL", "BRK.B", "MLPX"],
    "status=inactive": ["GONE"],
    "asset_class=crypto": ["BTC/USD"],
    "asset_class=us_option": [],
    "asset_class=crypto_perp": [],
    "exchange=NYSE": ["BRK.B", "GONE"],
    "exchange=NYSE&status=active": ["BRK.B"],
    "exchange=FTXU": [],
    "exchange=": [],
    "attributes=has_options": ["AAPL"],
    "attributes=has_options,ptp_no_exception": ["AAPL", "MLPX"],
    "attributes=ipo": [],
    "limit=2": ["AAPL", "BRK.B"],
    "limit=2&after=BRK.B": ["GONE", "MLPX"],
}


@pytest.mark.usefixtures("listed")
async def test_assets_are_listed_by_alpacas_filters(reader: httpx.AsyncClient) -> None:
    assert {query: await symbols(reader, query) for query in LISTED} == LISTED


async def test_what_alpacas_client_sends_is_understood(reader: httpx.AsyncClient) -> None:
    for exchange in AssetExchange:
        request = GetAssetsRequest(exchange=exchange, status=AssetStatus.ACTIVE)
        sent = {name: value.value for name, value in request.to_request_fields().items()}
        assert await symbols(reader, urlencode(sent)) == []
    assert {exchange.value for exchange in AssetExchange} == set(AlpacaExchange)


async def test_a_filter_with_a_value_that_does_not_exist_is_refused(reader: httpx.AsyncClient) -> None:
    refused = {
        "status=dead",
        "asset_class=bonds",
        "exchange=XETRA",
        "attributes=Robert'); DROP TABLE",
        "attributes=,",
        "limit=0",
        "limit=1e400",
        f"after={'A' * 65}",
    }
    for query in refused:
        answer = await reader.get(f"/v2/assets?{query}")

        assert (answer.status_code, answer.json()["code"]) == (422, 42210000), query
        assert query.split("=")[0] in answer.json()["message"]


@pytest.mark.usefixtures("listed")
async def test_an_asset_that_is_not_there_is_not_found(reader: httpx.AsyncClient) -> None:
    names = [
        "NONE",
        "aapl",
        "\uff21\uff21\uff30\uff2c",
        "AAPL'--",
        "%FF",
        UNKNOWN,
        "A" * 500,
        f"{{{UNKNOWN}}}",
    ]
    for name in names:
        answer = await reader.get(f"/v2/assets/{quote(name)}")

        assert (answer.status_code, answer.json()["code"]) == (404, 40410000), name
        assert answer.json()["message"] == f"asset not found for {name}"


async def test_nobody_reads_assets_without_signing_in(service: Brokerage, reader: httpx.AsyncClient) -> None:
    service.market.instrument("AAPL")
    reader.headers.pop("Authorization")

    assert (await reader.get("/v2/assets")).status_code == 401
    assert (await reader.get("/v2/assets/AAPL")).status_code == 401
