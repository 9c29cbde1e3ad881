"""Between caravan and the server stands a proxy that shares server connections."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pooler import Pooler
from psycopg.conninfo import make_conninfo
from workshop import ToyApp, Workshop


@pytest.fixture
def pooler(workshop: Workshop) -> Iterator[Pooler]:
    made = Pooler(workshop.url)
    yield made
    made.close()


def address(workshop: Workshop, pooler: Pooler) -> str:
    return make_conninfo(workshop.url, host="127.0.0.1", port=pooler.port, password="", sslmode="disable")


@pytest.mark.usefixtures("platform")
def test_a_proxy_that_pools_by_transaction_is_refused_with_a_hint(workshop: Workshop, pooler: Pooler) -> None:
    pooler.by_transaction = True
    result = workshop.process("migrate", DATABASE_URL=address(workshop, pooler))
    assert (result.code, result.error) == (4, "pooled-connection")
    assert "use the server's direct address" in result.text
    assert workshop.value("SELECT to_regnamespace('platform')") is None


@pytest.mark.parametrize("command", ["status", "migrate"])
def test_a_server_that_is_too_old_is_refused_with_its_version(
    workshop: Workshop, pooler: Pooler, command: str
) -> None:
    pooler.server_version = "15.14"
    result = workshop.process(command, DATABASE_URL=address(workshop, pooler))
    assert (result.code, result.error) == (4, "old-server")
    assert "is PostgreSQL 15; Caravan needs 16 or newer" in result.text


def test_a_proxy_that_pools_by_session_is_all_right(
    workshop: Workshop, platform: ToyApp, pooler: Pooler
) -> None:
    pooler.by_transaction = False
    result = workshop.process("migrate", "--json", DATABASE_URL=address(workshop, pooler))
    assert result.applied == [platform.head], result.err
