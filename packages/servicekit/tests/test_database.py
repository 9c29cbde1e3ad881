from __future__ import annotations

import asyncio

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import bindparam, select, text
from sqlalchemy.exc import IntegrityError
from toy_service import toy_settings, user

from servicekit.database import MOST_STATEMENTS, Database
from servicekit.statements import prepared

pytestmark = pytest.mark.anyio

BY_ROLE = prepared(select(user.c.name).where(user.c.role == bindparam("role")))


async def test_both_ways_to_postgres_share_one_pool(toy_database: str) -> None:
    async with Database(toy_settings(toy_database, database_pool_size=1), name="one") as database:
        async with database.begin() as transaction:
            first = (await transaction.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        async with database.connection() as connection:
            row = await (await connection.execute("SELECT pg_backend_pid()")).fetchone()
        assert row == (first,)


async def test_a_connection_that_was_in_a_transaction_is_in_autocommit_again(toy_database: str) -> None:
    async with Database(toy_settings(toy_database, database_pool_size=1), name="test") as database:
        async with database.begin() as work:
            await work.execute(text("SELECT 1"))
        async with database.connection() as connection:
            await connection.execute("INSERT INTO toy.note VALUES ('milk')")
            assert connection.autocommit
            with psycopg.connect(toy_database) as other:
                assert other.execute("SELECT count(*) FROM toy.note").fetchone() == (1,)


async def test_a_transaction_commits_at_the_end_and_rolls_back_on_an_exception(toy_database: str) -> None:
    async with Database(toy_settings(toy_database), name="test") as database:
        async with database.begin() as work:
            await work.execute(text("INSERT INTO toy.note VALUES ('kept')"))
        with pytest.raises(IntegrityError):
            async with database.begin() as work:
                await work.execute(text("INSERT INTO toy.note VALUES ('gone'), ('kept')"))
        async with database.connection() as connection:
            rows = await (await connection.execute("SELECT body FROM toy.note")).fetchall()
    assert rows == [("kept",)]


async def test_a_prepared_statement_is_prepared_and_opens_no_transaction(toy_database: str) -> None:
    async with Database(toy_settings(toy_database, database_pool_size=1), name="test") as database:
        assert await database.fetch_one(BY_ROLE, {"role": "admin"}) is None
        async with database.lookups.connection() as connection:
            await connection.execute("INSERT INTO toy.\"user\" (name, role) VALUES ('Ada', 'admin')")
            assert await database_statements(connection) == 1
            assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        assert await database.fetch_one(BY_ROLE, {"role": "admin"}) == {"name": "Ada"}


async def test_a_lookup_does_not_queue_behind_transactions(toy_database: str) -> None:
    async with (
        Database(toy_settings(toy_database, database_pool_size=1), name="test") as database,
        database.begin(),  # the one connection there is for transactions is taken
    ):
        assert await database.fetch_one(BY_ROLE, {"role": "admin"}) is None


async def database_statements(connection: psycopg.AsyncConnection[tuple[object, ...]]) -> object:
    cursor = await connection.execute(
        "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%toy.\"user\".role%'"
    )
    row = await cursor.fetchone()
    assert row is not None
    return row[0]


async def test_a_prepared_statement_that_holds_a_value_is_refused() -> None:
    with pytest.raises(ValueError, match="role_1"):
        prepared(select(user.c.name).where(user.c.role == "admin"))


async def test_a_statement_of_a_connection_is_run_again_after_it_failed_or_was_given_up(
    toy_database: str,
) -> None:
    async with (
        Database(toy_settings(toy_database), name="test") as database,
        database.connection() as connection,
    ):
        statement = connection.statement(b"SELECT 6 / $1::int AS share, pg_sleep($2::float8)::text AS slept")
        assert connection.statement(bytes(bytearray(b"SELECT 1"))) is not statement
        for divisor, share in ((1, 6), (2, 3)):
            await statement.run([divisor, 0.0])
            assert await statement.fetchall() == [{"share": share, "slept": ""}]
            with pytest.raises(psycopg.errors.DivisionByZero):
                await statement.run([0, 0.0])
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(statement.run([1, 60.0]), timeout=0.1)


async def test_two_statements_of_a_connection_do_not_get_into_each_others_way(toy_database: str) -> None:
    async with (
        Database(toy_settings(toy_database), name="test") as database,
        database.connection() as connection,
    ):
        first, second = connection.statement(b"SELECT 1 AS one"), connection.statement(b"SELECT 2 AS two")
        await first.run([])
        await second.run([])
        assert await first.fetchone() == {"one": 1}
        assert await second.fetchone() == {"two": 2}


async def test_a_connection_keeps_no_more_statements_than_it_has_room_for(toy_database: str) -> None:
    async with (
        Database(toy_settings(toy_database), name="test") as database,
        database.connection() as connection,
    ):
        for number in range(2 * MOST_STATEMENTS + 1):
            statement = connection.statement(b"SELECT %d AS it" % number)
            await statement.run([])
            assert await statement.fetchone() == {"it": number}
        assert len(connection._statements) <= MOST_STATEMENTS  # noqa: SLF001  nobody else needs to know


async def test_many_transactions_leave_one_notice_handler(toy_database: str) -> None:
    async with Database(toy_settings(toy_database, database_pool_size=1), name="test") as database:
        for _ in range(5):
            async with database.begin() as work:
                await work.execute(text("SELECT 1"))
        async with database.connection() as connection:
            assert len(connection._notice_handlers) == 1  # noqa: SLF001  psycopg does not tell otherwise


async def test_every_connection_has_timeouts_a_name_and_utc(toy_database: str) -> None:
    settings = "statement_timeout", "idle_in_transaction_session_timeout", "application_name", "TimeZone"
    async with (
        Database(toy_settings(toy_database), name="toy shop") as database,
        database.connection() as connection,
    ):
        found = [
            await (await connection.execute(sql.SQL("SHOW {}").format(sql.Identifier(name)))).fetchone()
            for name in settings
        ]
    assert found == [("10s",), ("30s",), ("toy shop",), ("UTC",)]


async def test_every_connection_gives_a_server_up_that_vanished_without_a_word(toy_database: str) -> None:
    async with (
        Database(toy_settings(toy_database), name="test") as database,
        database.connection() as connection,
        database.lookups.connection() as lookup,
    ):
        for each in (connection, lookup):
            found = each.info.get_parameters()
            assert int(found["tcp_user_timeout"]) == 15_000  # what was sent and not acknowledged
            idle, interval, count = (
                int(found[f"keepalives_{name}"]) for name in ("idle", "interval", "count")
            )
            assert idle + interval * count <= 30  # while there is nothing to send


async def test_every_connection_becomes_the_services_role(toy_database: str) -> None:
    role = "toy \\ runtime"
    with psycopg.connect(toy_database, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
    try:
        async with (
            Database(toy_settings(toy_database, database_role=role), name="test") as database,
            database.begin() as work,
        ):
            assert (await work.execute(text("SELECT current_user"))).scalar_one() == role
    finally:
        with psycopg.connect(toy_database, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


async def test_an_error_does_not_repeat_the_values_of_the_statement(toy_database: str) -> None:
    async with Database(toy_settings(toy_database), name="test") as database:
        with pytest.raises(IntegrityError) as caught:
            async with database.begin() as work:
                await work.execute(text('INSERT INTO toy."user" (name) VALUES (:name)'), {"name": "s3cret"})
    assert "[SQL parameters hidden" in str(caught.value)
