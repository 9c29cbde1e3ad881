"""What a refusal is: an answer in Alpaca's shape that says why, and nothing written but the audit row it may leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from servicekit.rendering import MEDIA_TYPE
from trading_app.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Awaitable

    import httpx
    from brokerage import Brokerage, Market

# Where an account has come to: an audited refusal moves it on, and nothing else of its row.
_HEAD = "{version,audit_sequence,audit_hash,updated_at}"
_STATE = " UNION ALL ".join(
    f"SELECT '{table.name}' AS table, count(*) AS rows, md5(coalesce(string_agg(row, '' ORDER BY row), '')) AS content"
    f" FROM (SELECT (to_jsonb(t) - '{_HEAD}'::text[])::text AS row FROM {table.fullname} AS t) AS rows"
    for table in metadata.sorted_tables
    if table.name != "audit_logs"
)
AUDIT = "SELECT account_id, sequence, action, outcome, reason FROM trading.audit_logs ORDER BY account_id, sequence"


def state(market: Market) -> dict[str, tuple[int, str]]:
    """Every table of the service but the audit log: how many rows, and a digest of them."""
    return {row["table"]: (row["rows"], row["content"]) for row in market.rows(_STATE)}


async def refused(brokerage: Brokerage, answering: Awaitable[httpx.Response], status: int) -> dict[str, Any]:
    """Wait for an answer, see that it is a refusal, and give its body.

    Args:
        answering: the request, not sent yet.
        status: which one it should be.
    """
    market = brokerage.market
    before, audit = state(market), market.rows(AUDIT)
    answer = await answering
    body: dict[str, Any] = answer.json()
    added = [row for row in market.rows(AUDIT) if row not in audit]

    assert (answer.status_code, body["code"]) == (status, status * 100_000 + 10_000), answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert body["message"] == body["detail"]
    assert state(market) == before
    assert [(row["outcome"], row["reason"]) for row in added] == (
        [("refused", body["reason"])] if "reason" in body else []
    )
    return body
