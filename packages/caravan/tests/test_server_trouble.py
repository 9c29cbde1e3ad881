"""What a server can do to a run from its side."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from relay import Relay
from workshop import ToyApp, Workshop, finish


@pytest.fixture
def relay(workshop: Workshop) -> Iterator[Relay]:
    parts = conninfo_to_dict(workshop.url)
    made = Relay(str(parts.get("host") or "127.0.0.1"), int(parts.get("port") or 5432))
    made.open()
    yield made
    made.close()


def administrator(workshop: Workshop, options: str) -> str:
    """Make a superuser with settings of its own, and give the address as that user."""
    name = f"admin_{workshop.suffix}"
    workshop.sql(f"CREATE ROLE {name} SUPERUSER LOGIN PASSWORD 'admin' {options}")
    return make_conninfo(workshop.url, user=name, password="admin")


def test_a_network_that_breaks_in_the_middle_is_told_and_nothing_remains(
    workshop: Workshop, platform: ToyApp, relay: Relay
) -> None:
    brake = workshop.make_brake()
    workshop.set_brake(on=True)
    half = platform.revise(["CREATE TABLE platform.a ()", brake, "CREATE TABLE platform.b ()"])
    url = make_conninfo(workshop.url, host="127.0.0.1", port=relay.port, sslmode="disable")
    process = workshop.start("migrate", DATABASE_URL=url)
    workshop.wait_for_brake()
    relay.close()
    result = finish(process)
    assert (result.code, result.error) == (5, "no-connection")
    assert "Traceback" not in result.err
    workshop.set_brake(on=False)
    again = workshop.run("migrate", "--json")
    assert (again.code, again.applied) == (0, [half]), again.err
    assert workshop.relations("platform") == ["a", "b", "user"]


def test_a_deadlock_is_tried_again(workshop: Workshop, platform: ToyApp) -> None:
    platform.revise(["CREATE TABLE platform.a ()", "CREATE TABLE platform.b ()"])
    assert workshop.run("migrate").code == 0
    brake = workshop.make_brake()
    workshop.set_brake(on=True)
    last = platform.revise(["LOCK platform.a", brake, "LOCK platform.b", "CREATE TABLE platform.c ()"])
    with psycopg.connect(workshop.url) as other:
        other.execute("SET deadlock_timeout = '1h'")  # it is the revision that finds out
        other.execute("LOCK platform.b")
        process = workshop.start("migrate", "--json", CARAVAN_LOCK_TIMEOUT="60")
        workshop.wait_for_brake()
        blocked = threading.Thread(target=other.execute, args=("LOCK platform.a",))
        blocked.start()
        workshop.wait_for(
            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query = 'LOCK platform.a'"
            " AND datname = current_database()"
        )
        workshop.set_brake(on=False)
        blocked.join()
        other.rollback()
        result = finish(process)
    assert (result.code, result.applied) == (0, [last]), result.err


def test_the_runners_lock_survives_a_server_that_ends_idle_sessions(
    workshop: Workshop, platform: ToyApp
) -> None:
    url = administrator(workshop, "")
    for setting in ("idle_session_timeout = '1s'", "idle_in_transaction_session_timeout = '1s'"):
        workshop.sql(f"ALTER ROLE admin_{workshop.suffix} SET {setting}")
    brake = workshop.make_brake()
    workshop.set_brake(on=True)
    platform.revise(brake)
    last = platform.revise("CREATE TABLE platform.later ()")
    process = workshop.start("migrate", "--json", DATABASE_URL=url)
    workshop.wait_for_brake()
    workshop.wait_for(
        "SELECT 1 FROM pg_stat_activity WHERE application_name = 'caravan runner' AND state = 'idle'"
        " AND datname = current_database() AND clock_timestamp() - state_change > interval '3 s'"
    )
    workshop.set_brake(on=False)
    result = finish(process)
    assert (result.code, result.applied[-1]) == (0, last), result.err


def test_the_pause_between_two_tries_survives_a_server_that_ends_idle_sessions(
    workshop: Workshop, platform: ToyApp
) -> None:
    assert workshop.run("migrate").code == 0
    url = administrator(workshop, "")
    workshop.sql(f"ALTER ROLE admin_{workshop.suffix} SET idle_session_timeout = '100ms'")
    last = platform.revise('ALTER TABLE platform."user" ADD COLUMN note text')
    patience = {"CARAVAN_LOCK_TIMEOUT": "0.05", "CARAVAN_LOCK_RETRY": "600"}
    with psycopg.connect(workshop.url) as reader:
        reader.execute('SELECT FROM platform."user"')
        process = workshop.start("migrate", DATABASE_URL=url, **patience)
        assert process.stdout is not None
        tries = (line for line in process.stdout if "trying again" in line)
        assert [next(tries, ""), next(tries, "")] != ["", ""]
        reader.rollback()
        result = finish(process)
    assert (result.code, workshop.version("platform")) == (0, [last]), result.err


@pytest.mark.parametrize("setting", ["idle_in_transaction_session_timeout", "transaction_timeout"])
def test_a_session_that_the_server_ended_is_a_lost_connection(
    workshop: Workshop, platform: ToyApp, setting: str
) -> None:
    slow = f"op.execute(\"SET {setting} = '100ms'\")\ntime.sleep(0.5)\nop.execute('SELECT 1')"
    platform.write_revision(slow, header="import time")
    result = workshop.run("migrate")
    assert (result.code, result.error) == (5, "no-connection")
    assert "timeout" in result.text
    assert "Mend the file" not in result.text


@pytest.mark.usefixtures("platform")
def test_a_server_that_can_only_be_read_is_told_without_a_traceback(workshop: Workshop) -> None:
    url = administrator(workshop, "")
    workshop.sql(f"ALTER ROLE admin_{workshop.suffix} SET default_transaction_read_only = on")
    result = workshop.run("migrate", DATABASE_URL=url)
    assert (result.code, result.error) == (1, "database-failed")
    assert "read-only transaction" in result.text
    assert workshop.run("status", DATABASE_URL=url).code == 0


def test_a_login_with_too_few_connections_is_told(workshop: Workshop, platform: ToyApp) -> None:
    name = f"login_{workshop.suffix}"
    workshop.sql(f"CREATE ROLE {name} CREATEROLE LOGIN PASSWORD 'login' CONNECTION LIMIT 1")
    workshop.sql(
        f"DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO {name}', current_database()); END $$"
    )
    url = make_conninfo(workshop.url, user=name, password="login")
    result = workshop.run("migrate", DATABASE_URL=url)
    assert (result.code, result.error) == (5, "no-connection")
    assert "too many connections" in result.text
    assert workshop.run("migrate", "--json").applied == [platform.head]


def test_a_runner_that_loses_its_lock_while_it_waits_for_another_says_so(
    workshop: Workshop, platform: ToyApp
) -> None:
    brake = workshop.make_brake()
    workshop.set_brake(on=True)
    platform.revise(brake)
    holder = workshop.start("migrate", "--json")
    workshop.wait_for_brake()
    waiter = workshop.start("migrate", "--wait", "600")
    [pid] = workshop.wait_for(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        " AND query LIKE 'SELECT pg_try_advisory_lock%' AND application_name = 'caravan runner'"
    )
    workshop.sql("SELECT pg_terminate_backend(%s)", pid)
    result = finish(waiter)
    assert (result.code, result.error) == (5, "no-connection")
    assert "Traceback" not in result.err
    workshop.set_brake(on=False)
    assert finish(holder).code == 0


def test_a_schema_that_was_there_before_is_used_as_it_is(workshop: Workshop, platform: ToyApp) -> None:
    workshop.sql("CREATE SCHEMA platform")
    workshop.sql("CREATE TABLE platform.legacy ()")
    result = workshop.run("migrate")
    assert (result.code, result.err) == (0, "")
    assert "may now create in schema platform" in result.out
    assert workshop.relations("platform") == ["legacy", "user"]
    owners = dict(
        workshop.sql("SELECT tablename::text, tableowner::text FROM pg_tables WHERE schemaname = 'platform'")
    )
    assert owners["user"] == platform.owner
    assert owners["legacy"] != platform.owner
    assert workshop.run("migrate", "--json").data["nothing_to_do"]


@pytest.mark.parametrize(
    "setting", ["search_path = trading, public", "search_path = ''", "DateStyle = 'German'"]
)
def test_settings_of_the_database_do_not_change_what_is_done(
    workshop: Workshop, platform: ToyApp, trading: ToyApp, setting: str
) -> None:
    workshop.sql(
        f"DO $$ BEGIN EXECUTE format($f$ALTER DATABASE %I SET {setting}$f$, current_database()); END $$"
    )
    assert workshop.run("migrate", "--json").applied == [platform.head, trading.head]
    assert workshop.run("migrate", "--json").data["nothing_to_do"]
    history = workshop.run("history", "--json")
    assert len(history.data["history"]) == 2
    with contextlib.closing(workshop.connect()) as connection:
        assert connection.execute("SELECT to_regclass('public.alembic_version')").fetchone() == (None,)
