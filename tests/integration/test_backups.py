"""A dump, restored into a server that has nothing, is the same brokerage to the last cent."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from stacks import ProcessStack, run

from devdb.addresses import with_database
from devdb.binaries import Binaries
from devdb.embedded import Embedded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from traders import Person


@pytest.fixture
def empty_server() -> Iterator[str]:
    """The address of a server that knows neither our roles nor our schemas."""
    # not below pytest's own folder, which is root's alone where we are root; Postgres then runs as another user
    server = Embedded(Path(tempfile.mkdtemp(prefix="devdb-")), throwaway=True)
    try:
        yield server.start().url
    finally:
        server.stop()
        server.remove()


def postgres(program: str, *arguments: str, database: str) -> str:
    password = str(conninfo_to_dict(database).get("password") or "")
    binary = Binaries.installed().folder / program
    return run([str(binary), *arguments, "--dbname", database], environment={"PGPASSWORD": password})


def test_a_restored_dump_is_checked_reconciled_and_verified(
    process_stack: ProcessStack, ada: Person, symbol: str, empty_server: str, tmp_path: Path
) -> None:
    ada.until_filled(ada.order(symbol, qty="7").json()["id"])
    ada.order(symbol, type="limit", limit_price="1")
    source, dump, roles = process_stack.database, tmp_path / "tradepost.dump", tmp_path / "roles.sql"

    postgres("pg_dump", "--format", "custom", "--file", str(dump), database=source)
    postgres("pg_dumpall", "--roles-only", "--no-role-passwords", "--file", str(roles), database=source)
    postgres("psql", "--quiet", "--file", str(roles), database=empty_server)
    with psycopg.connect(empty_server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE tradepost")
    target = with_database(empty_server, "tradepost")
    postgres("pg_restore", "--exit-on-error", str(dump), database=target)

    with ProcessStack(target, tmp_path) as restored:
        checked = run(["caravan", "check"], environment={"DATABASE_URL": target})
        migrated = restored.platform("migrate") + restored.trading("migrate")
        verified = restored.trading("verify")

    assert "All is well" in checked
    assert migrated.count("Nothing to do") == 2
    assert re.search(r"^(\d+) of \1 accounts are sound$", verified, re.MULTILINE), verified
    account = ada.trading.headers["X-Account-Id"]
    assert f"{account}: sound, 1 executions, 4 audit rows" in verified  # opened, placed, filled, placed
