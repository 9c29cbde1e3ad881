"""A long reader must not make everyone else wait behind a migration."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from workshop import ToyApp, Workshop, finish

IMPATIENT = {"CARAVAN_LOCK_TIMEOUT": "0.2", "CARAVAN_LOCK_RETRY": "1"}
PATIENT = {"CARAVAN_LOCK_TIMEOUT": "0.1", "CARAVAN_LOCK_RETRY": "600"}


@pytest.fixture
def pending(workshop: Workshop, platform: ToyApp) -> str:
    """Give a revision that needs to lock a table that is there already."""
    assert workshop.run("migrate").code == 0
    return platform.revise(
        ["CREATE TABLE platform.beside ()", 'ALTER TABLE platform."user" ADD COLUMN email text'],
        ['ALTER TABLE platform."user" DROP COLUMN email', "DROP TABLE platform.beside"],
    )


@pytest.fixture
def reader(
    workshop: Workshop,
    pending: str,  # noqa: ARG001 - makes what is read
) -> Iterator[psycopg.Connection]:
    """Give a transaction that reads the table and goes on."""
    with psycopg.connect(workshop.url) as connection:
        connection.execute('SELECT * FROM platform."user"')
        yield connection


def test_a_lock_that_does_not_come_ends_with_exit_code_5_and_nothing_remains(
    workshop: Workshop, pending: str, reader: psycopg.Connection
) -> None:
    result = workshop.run("migrate", **IMPATIENT)
    assert (result.code, result.error) == (5, "lock-timeout")
    assert f"platform {pending}" in result.text
    assert workshop.history()[1:] == [("platform", pending, "up", "failed")], "one line, however many tries"
    assert workshop.relations("platform") == ["user"]

    reader.rollback()
    assert workshop.run("migrate", "--json", **IMPATIENT).applied == [pending]


def test_it_tries_again_until_the_reader_lets_go(
    workshop: Workshop, pending: str, reader: psycopg.Connection
) -> None:
    process = workshop.start("migrate", "--json", **PATIENT)
    for _ in range(2):  # the second wait is the second try: each is a transaction of its own
        workshop.wait_for(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        workshop.wait_for(
            "SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock')"
        )
    assert process.poll() is None
    reader.rollback()
    result = finish(process)
    assert (result.code, result.applied) == (0, [pending]), result.err
    assert workshop.history()[-1][3] == "finished"


def test_while_it_waits_other_readers_get_in_between_its_tries(
    workshop: Workshop, pending: str, reader: psycopg.Connection
) -> None:
    process = workshop.start("migrate", "--json", **PATIENT)
    workshop.wait_for(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    assert workshop.value('SELECT count(*) FROM platform."user"') == 0
    reader.rollback()
    assert finish(process).applied == [pending]


def test_a_rollback_waits_for_locks_no_longer_than_a_migrate(
    workshop: Workshop, pending: str, reader: psycopg.Connection
) -> None:
    reader.rollback()
    assert workshop.run("migrate").code == 0
    reader.execute('SELECT * FROM platform."user"')
    result = workshop.run("rollback", "platform", **IMPATIENT)
    assert (result.code, result.error) == (5, "lock-timeout")
    assert workshop.version("platform") == [pending]


def test_a_lock_timeout_is_told_in_json_too(workshop: Workshop, reader: psycopg.Connection) -> None:
    result = workshop.run("migrate", "--json", **IMPATIENT)
    assert reader.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
    assert result.code == 5
    assert (result.data["error"], result.data["exit_code"]) == ("lock-timeout", 5)


CONCURRENTLY = (
    "with op.get_context().autocommit_block():\n"
    "    op.execute('CREATE INDEX CONCURRENTLY user_name_idx ON platform.\"user\" (name)')"
)


def test_a_concurrent_index_waits_for_a_writer_with_the_same_patience(
    workshop: Workshop, platform: ToyApp
) -> None:
    assert workshop.run("migrate").code == 0
    last = platform.write_revision(CONCURRENTLY)
    with psycopg.connect(workshop.url) as writer:
        writer.execute("INSERT INTO platform.\"user\" VALUES (1, 'ann')")
        result = workshop.run("migrate", **IMPATIENT)
        assert (result.code, result.error) == (5, "lock-timeout")
        process = workshop.start("migrate", "--json", **PATIENT)
        for waiting in ("EXISTS", "NOT EXISTS", "EXISTS"):  # a try, a pause, another try
            workshop.wait_for(
                f"SELECT 1 WHERE {waiting} (SELECT FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock')"
            )
        writer.commit()
        result = finish(process)
    assert (result.code, result.applied) == (0, [last]), result.err
    assert workshop.value("SELECT bool_and(indisvalid) FROM pg_index") is True


def test_leftovers_that_cannot_be_dropped_yet_are_waited_for_too(
    workshop: Workshop, platform: ToyApp
) -> None:
    assert workshop.run("migrate").code == 0
    workshop.sql("INSERT INTO platform.\"user\" VALUES (1, 'ann'), (2, 'ann')")
    last = platform.write_revision(CONCURRENTLY.replace("CREATE INDEX", "CREATE UNIQUE INDEX"))
    assert workshop.run("migrate").error == "revision-failed"
    workshop.sql('DELETE FROM platform."user"')
    with psycopg.connect(workshop.url) as writer:
        writer.execute("INSERT INTO platform.\"user\" VALUES (1, 'ann')")
        result = workshop.run("migrate", **IMPATIENT)
        assert (result.code, result.error) == (5, "lock-timeout")
    assert workshop.run("migrate", "--json", **PATIENT).applied == [last]
