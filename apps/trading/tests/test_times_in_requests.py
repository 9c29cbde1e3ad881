"""Times as Alpaca's clients write them: with a zone, without one, or only the day."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter

from trading_app.wire import MomentIn

FIRST, LAST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-01-05", datetime(2026, 1, 5, tzinfo=UTC)),
        ("2026-01-05T15:00:00", datetime(2026, 1, 5, 15, tzinfo=UTC)),
        ("2026-01-05T15:00:00Z", datetime(2026, 1, 5, 15, tzinfo=UTC)),
        ("2026-01-05T10:00:00-05:00", datetime(2026, 1, 5, 15, tzinfo=UTC)),
    ],
)
def test_a_time_without_a_zone_is_utc(written: str, meant: datetime) -> None:
    assert TypeAdapter(MomentIn).validate_python(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("0001-01-01T00:00:00+14:00", FIRST),
        ("0001-01-01", FIRST),
        ("9999-12-31T23:59:59-14:00", LAST),
        ("9999-12-31", LAST),
    ],
)
def test_a_time_beyond_anything_here_is_as_far_as_anything_can_be(written: str, meant: datetime) -> None:
    found = TypeAdapter(MomentIn).validate_python(written)

    assert abs(found - meant).days <= 1
