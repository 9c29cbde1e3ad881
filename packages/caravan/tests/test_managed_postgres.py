"""A server whose login is neither superuser nor may create roles, as providers hand them out."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from workshop import ToyApp, Workshop

PASSWORD = "managed"
WHO = "CREATE TABLE {0}.who AS SELECT current_user::text AS name"


@pytest.fixture
def login(workshop: Workshop) -> str:
    """Give a login that owns the database and nothing else."""
    name = f"login_{workshop.suffix}"
    with workshop.connect() as connection:
        role = sql.Identifier(name)
        make = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(PASSWORD))
        connection.execute(make)
        database = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("GRANT CREATE, CONNECT ON DATABASE {} TO {}").format(database, role))
    return name


@pytest.fixture
def url(workshop: Workshop, login: str) -> str:
    return make_conninfo(workshop.url, user=login, password=PASSWORD)


def make_role(workshop: Workshop, name: str, options: str = "") -> None:
    workshop.sql(f'CREATE ROLE "{name}" NOLOGIN {options}')


def test_without_any_right_to_roles_the_login_acts_itself_and_says_what_it_skipped(
    workshop: Workshop, platform: ToyApp, login: str, url: str
) -> None:
    platform.revise(WHO.format("platform"))
    bootstrapped = workshop.run("bootstrap", DATABASE_URL=url)
    assert (bootstrapped.code, bootstrapped.err) == (0, "")
    assert f"skipped: role {platform.owner} is missing" in bootstrapped.out
    assert f"skipped: role {platform.runtime} is missing" in bootstrapped.out
    result = workshop.run("migrate", "--json", DATABASE_URL=url)
    assert result.applied == list(platform.revisions), result.err
    assert workshop.sql("SELECT name FROM platform.who") == [(login,)]
    assert workshop.run("migrate", "--json", DATABASE_URL=url).data["nothing_to_do"]


def test_with_createrole_it_makes_the_roles_and_acts_as_them(
    workshop: Workshop, platform: ToyApp, trading: ToyApp, login: str, url: str
) -> None:
    workshop.sql(f'ALTER ROLE "{login}" CREATEROLE')
    for app in (platform, trading):
        app.revise(WHO.format(app.schema))
    result = workshop.run("migrate", "--json", DATABASE_URL=url)
    assert (result.code, len(result.data["applied"])) == (0, 4), result.err
    for app in (platform, trading):
        assert workshop.sql(f"SELECT name FROM {app.schema}.who") == [(app.owner,)]
    workshop.sql('SELECT name FROM platform."user"', role=trading.runtime)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        workshop.sql('SELECT secret FROM platform."user"', role=trading.runtime)
    again = workshop.run("migrate", "--json", DATABASE_URL=url)
    assert again.data["nothing_to_do"]


def test_roles_that_an_administrator_made_and_granted_are_used(
    workshop: Workshop, platform: ToyApp, login: str, url: str
) -> None:
    for role in (platform.owner, platform.runtime):
        make_role(workshop, role)
    workshop.sql(f'GRANT "{platform.owner}" TO "{login}"')
    platform.revise(WHO.format("platform"))
    result = workshop.run("migrate", DATABASE_URL=url)
    assert (result.code, result.err) == (0, "")
    assert "skipped" not in result.out
    assert workshop.sql("SELECT name FROM platform.who") == [(platform.owner,)]


def test_roles_that_were_not_granted_are_skipped_with_the_remedy(
    workshop: Workshop, platform: ToyApp, login: str, url: str
) -> None:
    for role in (platform.owner, platform.runtime):
        make_role(workshop, role)
    platform.revise(WHO.format("platform"))
    result = workshop.run("migrate", DATABASE_URL=url)
    assert (result.code, result.err) == (0, "")
    assert f"skipped: this login may not act as {platform.owner}; have it granted" in result.out
    assert workshop.sql("SELECT name FROM platform.who") == [(login,)]


def test_createrole_without_admin_of_the_owner_is_skipped_too(
    workshop: Workshop, platform: ToyApp, login: str, url: str
) -> None:
    workshop.sql(f'ALTER ROLE "{login}" CREATEROLE')
    make_role(workshop, platform.owner)
    result = workshop.run("migrate", DATABASE_URL=url)
    assert (result.code, result.err) == (0, "")
    assert f"skipped: this login may not act as {platform.owner}" in result.out
    assert workshop.value("SELECT tableowner::text FROM pg_tables WHERE tablename = 'user'") == login


def test_a_schema_that_may_not_be_given_to_the_owner_is_told_with_whom_to_ask(
    workshop: Workshop, login: str, url: str
) -> None:
    app = workshop.app("shop", schema="public")
    for role in (app.owner, app.runtime):
        make_role(workshop, role)
    workshop.sql(f'GRANT "{app.owner}" TO "{login}"')
    app.revise("CREATE TABLE public.item ()")
    result = workshop.run("migrate", DATABASE_URL=url)
    assert (result.code, result.error) == (1, "not-permitted")
    assert "Preparing schema public was not permitted" in result.text
    assert "may now create" not in result.out


@pytest.mark.usefixtures("platform")
def test_a_schema_that_may_not_be_made_is_told_with_whom_to_ask(
    workshop: Workshop, login: str, url: str
) -> None:
    with workshop.connect() as connection:
        database, role = sql.Identifier(connection.info.dbname), sql.Identifier(login)
        connection.execute(sql.SQL("REVOKE CREATE ON DATABASE {} FROM {}").format(database, role))
    result = workshop.run("migrate", DATABASE_URL=url)
    assert (result.code, result.error) == (1, "not-permitted")
    assert "Preparing schema" in result.text
    assert "permission denied for database" in result.text
    assert "Traceback" not in result.err


def test_what_another_login_keeps_in_the_database_is_named(
    workshop: Workshop, platform: ToyApp, trading: ToyApp, login: str, url: str
) -> None:
    workshop.sql(f'ALTER ROLE "{login}" CREATEROLE')
    assert workshop.run("migrate", CARAVAN_APPS=platform.package).code == 0
    books = workshop.run("migrate", DATABASE_URL=url, CARAVAN_APPS=trading.package)
    assert (books.code, books.error) == (1, "not-permitted")
    assert "schema caravan" in books.text

    workshop.sql(f'GRANT ALL ON SCHEMA caravan TO "{login}"')
    workshop.sql(f'GRANT ALL ON ALL TABLES IN SCHEMA caravan TO "{login}"')
    grants = workshop.run("migrate", DATABASE_URL=url, CARAVAN_APPS=trading.package)
    assert (grants.code, grants.error) == (1, "not-permitted")
    assert f"It takes {platform.owner}, who owns schema platform" in grants.text
    assert workshop.relations("trading") == []


def test_a_login_that_has_nothing_of_its_owners_rights_by_itself_still_sees_what_is_applied(
    workshop: Workshop, platform: ToyApp, login: str, url: str
) -> None:
    for role in (platform.owner, platform.runtime):
        make_role(workshop, role)
    workshop.sql(f'GRANT "{platform.owner}" TO "{login}" WITH INHERIT FALSE, SET TRUE')
    assert workshop.run("migrate", "--json", DATABASE_URL=url).applied == [platform.head]
    assert workshop.run("migrate", "--json", DATABASE_URL=url).data["nothing_to_do"]
    [app] = workshop.run("status", "--json", DATABASE_URL=url).data["apps"]
    assert app["current"] == [platform.head]
    assert workshop.run("rollback", "platform", DATABASE_URL=url).code == 0
