from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from relay import Relay
from workshop import PATIENCE, ToyApp, Workshop, finish

SECRET = "swordfish-4711"
COMMANDS = [
    ("migrate",),
    ("status",),
    ("history",),
    ("migrate", "--dry-run"),
    ("bootstrap",),
    ("migrate", "--verbose"),
]


@pytest.fixture
def relay(workshop: Workshop) -> Iterator[Relay]:
    parts = conninfo_to_dict(workshop.url)
    made = Relay(str(parts.get("host") or "127.0.0.1"), int(parts.get("port") or 5432))
    yield made
    made.close()


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Give a port that nobody listens on, and nobody else gets."""
    with socket.socket() as kept:
        kept.bind(("127.0.0.1", 0))
        yield kept.getsockname()[1]


def address(workshop: Workshop, **changes: str | int) -> str:
    return make_conninfo(workshop.url, **changes)


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_server_that_is_not_there_is_exit_code_5_without_the_password(
    workshop: Workshop, closed_port: int, command: tuple[str, ...]
) -> None:
    url = f"postgresql://someone:{SECRET}@127.0.0.1:{closed_port}/shop"
    wait = ("--wait", "0") if command[0] == "migrate" else ()
    result = workshop.run(*command, *wait, DATABASE_URL=url)
    assert (result.code, result.error) == (5, "no-connection")
    assert f"127.0.0.1:{closed_port}/shop" in result.text
    assert SECRET not in result.out + result.err


@pytest.mark.usefixtures("platform")
def test_a_wrong_password_is_told_at_once_and_never_printed(workshop: Workshop) -> None:
    role = f"login_{workshop.suffix}"
    with workshop.connect() as connection:
        make = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal("right"))
        connection.execute(make)
    url = address(workshop, user=role, password=SECRET)
    for arguments in (("migrate", "--wait", "600"), ("status",), ("migrate", "--json", "--wait", "600")):
        result = workshop.process(*arguments, DATABASE_URL=url)
        assert result.code == 5, result
        assert SECRET not in result.out + result.err
        assert "password authentication failed" in result.out + result.err


@pytest.mark.usefixtures("platform")
def test_a_database_that_does_not_exist_is_told_at_once(workshop: Workshop) -> None:
    result = workshop.run(
        "migrate", "--wait", "600", DATABASE_URL=address(workshop, dbname="no_such_database")
    )
    assert (result.code, result.error) == (5, "no-connection")
    assert 'database "no_such_database" does not exist' in result.text


def test_wait_goes_on_until_the_server_is_up(workshop: Workshop, platform: ToyApp, relay: Relay) -> None:
    url = address(workshop, host="127.0.0.1", port=relay.port, sslmode="disable")
    process = workshop.start("migrate", "--wait", "600", "--json", DATABASE_URL=url)
    for _ in range(2):
        assert relay.turned_away.acquire(timeout=PATIENCE)
    relay.open()
    result = finish(process)
    assert (result.code, result.applied) == (0, [platform.head]), result.err


@pytest.mark.usefixtures("platform")
def test_a_wait_for_the_server_ends(workshop: Workshop, relay: Relay) -> None:
    url = address(workshop, host="127.0.0.1", port=relay.port, sslmode="disable")
    result = workshop.run("migrate", "--wait", "0.3", DATABASE_URL=url)
    assert (result.code, result.error) == (5, "no-connection")
    assert relay.turned_away.acquire(blocking=False)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "   ",
        "mysql://u:swordfish-4711@h/d",
        "postgresql://u:swordfish-4711@h:x y/d",
        "u=swordfish-4711 ==",
        "postgresql://u:swordfish-4711@h/d?connect_timeout=soon",
        "postgresql://u:swordfish-4711@h:70000/d",
    ],
)
def test_an_address_that_is_none_is_a_usage_error_that_does_not_repeat_it(
    workshop: Workshop, url: str
) -> None:
    result = workshop.run("status", DATABASE_URL=url)
    assert result.code == 2
    assert result.error in ("no-database-url", "bad-database-url")
    assert SECRET not in result.err


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://u:se/{SECRET}@h/d",
        f"postgresql://u:12/{SECRET}@h/d",
        f"postgresql://u:p@{SECRET}@h/d",
        f"postgresql://us/er:{SECRET}@h/d",
    ],
)
@pytest.mark.parametrize("command", [("status",), ("status", "--json"), ("migrate",)], ids=" ".join)
def test_a_password_with_signs_that_must_be_encoded_is_not_taken_for_a_host_and_shown(
    workshop: Workshop, url: str, command: tuple[str, ...]
) -> None:
    result = workshop.run(*command, DATABASE_URL=url)
    assert (result.code, result.error) == (2, "bad-database-url")
    assert "percent-encoded" in result.text
    assert SECRET not in result.err + result.out


@pytest.mark.usefixtures("platform")
def test_a_host_with_two_addresses_and_ports_is_an_address(workshop: Workshop, closed_port: int) -> None:
    parts = conninfo_to_dict(workshop.url)
    hosts, ports = f"127.0.0.1,{parts.get('host')}", f"{closed_port},{parts.get('port')}"
    assert workshop.run("migrate", DATABASE_URL=address(workshop, host=hosts, port=ports)).code == 0


def test_a_password_is_not_repeated_when_the_revision_itself_prints_it(
    workshop: Workshop, platform: ToyApp
) -> None:
    password = conninfo_to_dict(workshop.url).get("password")
    if not password:  # a server that trusts everyone has no secret to keep
        password = SECRET
    url = address(workshop, password=password)
    platform.revise(f"SELECT '{password}'::int")
    result = workshop.run("migrate", DATABASE_URL=url)
    assert (result.code, result.error) == (1, "revision-failed")
    assert str(password) not in result.err + result.out


def test_the_address_may_say_how_long_to_try_to_connect(workshop: Workshop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it accepts, and says nothing
        url = address(workshop, host="127.0.0.1", port=silent.getsockname()[1], connect_timeout=2)
        began = time.monotonic()
        result = workshop.run("status", DATABASE_URL=url)
    assert (result.code, result.error) == (5, "no-connection")
    assert time.monotonic() - began < 9


def test_the_servers_activity_shows_what_each_connection_is_for(workshop: Workshop, platform: ToyApp) -> None:
    brake = workshop.make_brake()
    workshop.set_brake(on=True)
    platform.revise(brake)
    process = workshop.start("migrate")
    pid = workshop.wait_for_brake()
    names = {
        name
        for (name,) in workshop.sql(
            "SELECT application_name FROM pg_stat_activity WHERE datname = current_database()"
        )
    }
    assert {"caravan runner", "caravan migrate"} <= names
    workshop.sql("SELECT pg_cancel_backend(%s)", pid)
    assert finish(process).code == 1


def test_reading_is_done_with_the_address_as_libpq_spells_it(workshop: Workshop, platform: ToyApp) -> None:
    assert workshop.run("migrate", "--json", DATABASE_URL=address(workshop)).applied == [platform.head]
    with psycopg.connect(workshop.url) as connection:
        assert connection.execute("SELECT count(*) FROM caravan.revisions").fetchone() == (1,)
