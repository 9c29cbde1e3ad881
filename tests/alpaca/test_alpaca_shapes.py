"""Our answers, field by field, beside what Alpaca documents: shapes.toml has both and the differences."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from alpaca_sdk import OrderSide, OrderStatus

if TYPE_CHECKING:
    from alpaca_desk import Desk

Json = Any
DOCUMENTED: dict[str, dict[str, str]] = tomllib.loads((Path(__file__).parent / "shapes.toml").read_text())
ABSENT = DOCUMENTED.pop("absent")
UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
WRITTEN = {
    "text": ".+",
    "words": ".*",
    "uuid": UUID,
    "decimal": r"-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?",
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)",
    "day": r"\d{4}-\d\d-\d\d",
    "clock": r"\d\d:?\d\d",
}
OTHERS: dict[str, type] = {"flag": bool, "count": int, "list": list, "object": dict, "number": float}


def is_a(value: Json, kind: str) -> bool:
    """Whether a value is written as a kind says."""
    if value is None:
        return kind.endswith("?")
    kind = kind.removesuffix("?")
    if kind in OTHERS:
        return type(value) is OTHERS[kind]
    return isinstance(value, str) and re.fullmatch(WRITTEN[kind], value) is not None


def differences(entity: str, answer: dict[str, Json]) -> dict[str, Json]:
    """What of an answer is not as documented and not listed as absent."""
    fields = DOCUMENTED[entity]
    absent = {name.partition(".")[2] for name in ABSENT if name.startswith(f"{entity}.")}
    assert absent <= fields.keys()
    missing = dict.fromkeys(fields.keys() - absent - answer.keys(), "missing")
    return missing | {
        name: value
        for name, value in answer.items()
        if name not in fields or name in absent or not is_a(value, fields[name])
    }


@pytest.fixture
def answers(desk: Desk) -> dict[str, list[dict[str, Json]]]:
    """Every kind of object, as the service writes it, in the states that an order can have."""
    desk.quote(size=6)
    desk.buy(0.5)
    desk.until(desk.submit(desk.market(notional=50.5)), OrderStatus.FILLED)
    desk.until(desk.submit(desk.market(qty=9)), OrderStatus.PARTIALLY_FILLED)
    resting = desk.submit(desk.limit(90, client_order_id="resting"))
    desk.http.patch(f"/orders/{resting.id}", json={"limit_price": "91"})
    desk.submit(desk.limit(99.9, OrderSide.SELL, qty=1, time_in_force="fok"))
    get = {
        "account": "/account",
        "configurations": "/account/configurations",
        "order": "/orders?status=all",
        "position": "/positions",
        "fill": "/account/activities/FILL",
        "money": "/account/activities/JNLC",
        "asset": "/assets?limit=20",
        "clock": "/clock",
        "calendar": "/calendar?start=2026-11-25&end=2026-11-30",
    }
    found = {entity: listed(desk.http.get(path).json()) for entity, path in get.items()}
    return found | {
        "canceled": listed(desk.http.delete("/orders").json()),
        "closed": listed(desk.http.delete("/positions").json()),
    }


def listed(answer: Json) -> list[dict[str, Json]]:
    return answer if isinstance(answer, list) else [answer]


def test_every_answer_has_the_documented_fields_written_as_documented(
    answers: dict[str, list[dict[str, Json]]],
) -> None:
    assert answers.keys() == DOCUMENTED.keys()
    assert all(answers.values())
    assert {
        f"{entity} {number}": found
        for entity, objects in answers.items()
        for number, each in enumerate(objects)
        if (found := differences(entity, each))
    } == {}


def test_orders_in_every_state_were_looked_at(answers: dict[str, list[dict[str, Json]]]) -> None:
    orders = answers["order"]

    assert {order["status"] for order in orders} >= {"filled", "partially_filled", "new", "replaced"}
    assert {"notional", "qty", "limit_price", "filled_avg_price", "replaced_by", "replaces", "filled_at"} <= {
        name for order in orders for name, value in order.items() if value is not None
    }
    assert all(Decimal(order["filled_qty"]) >= 0 for order in orders)
