"""What a get-session asks of Postgres, as libpq writes down what goes over the wire."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from psycopg.pq import Trace

if TYPE_CHECKING:
    from pathlib import Path

    from platform_service import Start

pytestmark = pytest.mark.anyio

PREPARED = ["Bind", "Describe", "Execute", "Sync"]
"""One execution of a prepared statement: no Parse, no BEGIN, no COMMIT, and one Sync, so one round trip."""


async def test_a_get_session_is_one_prepared_query_in_one_round_trip(start: Start, tmp_path: Path) -> None:
    service = await start(database_pool_size=1)
    caller = await service.browser()
    await caller.sign_up()
    await caller.session()  # prepares it
    with (tmp_path / "wire").open("w+") as wire:
        async with service.application.database.lookups.connection() as connection:
            connection.pgconn.trace(wire.fileno())
            connection.pgconn.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS)
        assert await caller.session() is not None
        async with service.application.database.lookups.connection() as connection:
            connection.pgconn.untrace()
        wire.seek(0)
        sent = re.findall(r"^F\t\d+\t(\w+)", wire.read(), re.MULTILINE)
    assert sent == PREPARED
