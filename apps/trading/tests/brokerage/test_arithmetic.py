from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading_app.books.arithmetic import (
    ZERO,
    CrossesZero,
    Holding,
    average,
    bought,
    cents,
    cents_up,
    exact_value,
    sold,
    still_reserved,
)
from trading_app.identifiers import identifier

QUANTITIES = st.decimals("0.000000001", "1000000", places=9)
PRICES = st.decimals("0.0001", "100000", places=4)
MONEY = st.decimals("0", "100000000", places=2)


@pytest.mark.parametrize(
    ("value", "rounded"),
    [("0.005", "0.00"), ("0.015", "0.02"), ("0.025", "0.02"), ("0.0251", "0.03"), ("1.994999999", "1.99")],
)
def test_money_is_rounded_half_to_even(value: str, rounded: str) -> None:
    assert cents(Decimal(value)) == Decimal(rounded)


def test_a_value_of_forty_digits_is_exact() -> None:
    qty, price = Decimal("99999999999.999999999"), Decimal("999999999999.99999999")

    assert str(exact_value(qty, price)) == "99999999999999999998000.00000000000000001"


@given(QUANTITIES, PRICES)
def test_a_round_trip_at_one_price_makes_nothing_real(qty: Decimal, price: Decimal) -> None:
    amount = cents(exact_value(qty, price))
    sale = sold(bought(Holding(), qty, amount), qty, amount)

    assert (sale.holding, sale.cost, sale.realized) == (Holding(), amount, ZERO)


@given(st.lists(st.tuples(QUANTITIES, PRICES), min_size=1, max_size=12), PRICES, st.data())
def test_whatever_is_sold_piece_by_piece_costs_what_was_paid(
    purchases: list[tuple[Decimal, Decimal]], price: Decimal, data: st.DataObject
) -> None:
    holding, paid, costs, realized, proceeds = Holding(), ZERO, ZERO, ZERO, ZERO
    for qty, at in purchases:
        amount = cents(exact_value(qty, at))
        holding, paid = bought(holding, qty, amount), paid + amount
    while holding.qty:
        units = int(holding.qty.scaleb(9))
        qty = Decimal(data.draw(st.integers(max(1, units // 3), units))).scaleb(-9)
        amount = cents(exact_value(qty, price))
        sale = sold(holding, qty, amount)
        assert ZERO <= sale.cost <= holding.cost_basis
        holding = sale.holding
        costs, realized, proceeds = costs + sale.cost, realized + sale.realized, proceeds + amount

    assert (costs, realized) == (paid, proceeds - paid)
    assert holding == Holding()


@given(QUANTITIES, st.decimals("0.000000001", "1000", places=9))
def test_a_cash_account_never_crosses_zero(qty: Decimal, more: Decimal) -> None:
    with pytest.raises(CrossesZero):
        sold(Holding(qty, ZERO), qty + more, ZERO)


@given(MONEY, st.integers(1, 10**12), st.data())
def test_a_reservation_shrinks_with_the_order_and_never_below_its_share(
    reserved: Decimal, before: int, data: st.DataObject
) -> None:
    after = data.draw(st.integers(0, before))
    left = still_reserved(reserved, Decimal(before), Decimal(after))

    assert reserved * after / before <= left <= reserved
    assert left - reserved * after / before < Decimal("0.0100001")


@given(QUANTITIES, PRICES)
def test_rounding_up_never_takes_a_cent_too_many(qty: Decimal, price: Decimal) -> None:
    assert ZERO <= cents_up(exact_value(qty, price)) - exact_value(qty, price) < Decimal("0.01")


def test_an_average_has_eight_decimals() -> None:
    assert average(Decimal(100), Decimal(3)) == Decimal("33.33333333")


@given(st.datetimes(timezones=st.just(UTC)).filter(lambda moment: moment.year >= 1970), st.text())
def test_an_identifier_is_a_uuid_of_version_7_that_repeats(moment: datetime, name: str) -> None:
    made = identifier(moment, name)

    assert isinstance(made, UUID)
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made == identifier(moment, name) != identifier(moment, name, "other")


def test_identifiers_are_ordered_by_their_moment() -> None:
    earlier, later = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC)

    assert all(identifier(earlier, n) < identifier(later, n) for n in range(100))
