"""What can be known before a deploy is found, each with the app and a sentence."""

from __future__ import annotations

import pytest
from toy_app import ToyApp, write
from toy_brokerage import ACCOUNTS, USER
from workshop import Workshop

from caravan.checks import check
from caravan.manifest import App


def findings(workshop: Workshop, **environment: str) -> list[tuple[str, str, str]]:
    result = workshop.run("check", "--json", **environment)
    found = [(f["check"], f["app"], f["message"]) for f in result.data["findings"]]
    assert result.code == (3 if found else 0), result.err
    return found


def only_finding(workshop: Workshop, name: str, app: str) -> str:
    [(check_name, found_app, message)] = findings(workshop)
    assert (check_name, found_app) == (name, app)
    return message


def test_all_is_well_before_and_after_migrating(workshop: Workshop, trading: ToyApp) -> None:
    assert findings(workshop) == []
    assert workshop.run("migrate").code == 0
    result = workshop.run("check")
    assert (result.code, result.err) == (0, "")
    assert "All is well with platform, trading." in result.out
    assert trading.revisions


def test_models_without_a_revision_are_named_object_by_object(workshop: Workshop, platform: ToyApp) -> None:
    platform.tables(
        USER.replace('Column("secret", Text)', 'Column("secret", String(9)), Column("extra", Text)')
    )
    told = findings(workshop)
    assert [(name, app) for name, app, _ in told] == [("models", "platform")] * 2
    assert told[0][2].startswith("column platform.user.extra exists only in the models.")
    assert told[1][2].startswith(
        "column platform.user.secret differs: in the migrations text; in the models character varying(9)"
    )
    out = workshop.run("check").out
    assert "platform: column platform.user.extra exists only in the models" in out
    assert "2 found" in out


def test_two_heads_are_one_finding(workshop: Workshop, platform: ToyApp) -> None:
    first = platform.head
    left = platform.revise("SELECT 1", follows=first)
    right = platform.revise("SELECT 1", follows=first)
    message = only_finding(workshop, "heads", "platform")
    assert left in message
    assert right in message


def test_a_changed_file_and_an_unknown_revision_are_found(workshop: Workshop, trading: ToyApp) -> None:
    assert workshop.run("migrate").code == 0
    platform = workshop.apps["platform"]
    path = platform.revisions[platform.head]
    path.write_text(path.read_text() + "# a word\n")
    trading.revise("SELECT 1")
    assert "changed after it was applied" in only_finding(workshop, "checksums", "platform")
    path.write_text(path.read_text().removesuffix("# a word\n"))
    assert workshop.run("migrate").code == 0
    trading.revisions[trading.head].unlink()
    message = only_finding(workshop, "checksums", "trading")
    assert trading.head in message
    assert "older than the database" in message


@pytest.mark.parametrize(
    ("declared", "reason"),
    [
        ('Column("id", Integer, primary_key=True), Column("email", Text)', "no column platform.user.email"),
        ('Column("id", BigInteger, primary_key=True)', "platform.user.id is INTEGER, the reference BIGINT"),
    ],
)
def test_a_reference_that_does_not_fit_the_owners_models_is_found(
    workshop: Workshop, trading: ToyApp, declared: str, reason: str
) -> None:
    trading.references(f'user = references.table("platform", "user", {declared})')
    told = findings(workshop)
    assert {app for _, app, _ in told} == {"trading"}
    assert reason in told[0][2]
    assert told[0][0] == "references"


def test_a_reference_to_no_table_is_found(workshop: Workshop, trading: ToyApp) -> None:
    trading.references(
        'user = references.table("platform", "users", Column("id", Integer, primary_key=True))'
    )
    assert "platform's models have no table platform.users" in findings(workshop)[0][2]


def test_a_reference_that_the_live_database_does_not_have_is_found(
    workshop: Workshop, trading: ToyApp
) -> None:
    assert workshop.run("migrate").code == 0
    workshop.sql('ALTER TABLE platform."user" DROP COLUMN name')
    message = only_finding(workshop, "references", "trading")
    assert message == "in the database, platform.user has no column name"
    assert trading.revisions


def test_where_the_owner_is_not_installed_the_live_database_is_asked(
    workshop: Workshop, trading: ToyApp
) -> None:
    assert workshop.run("migrate").code == 0
    workshop.sql('ALTER TABLE platform."user" ALTER name TYPE varchar(9)')
    told = findings(workshop, CARAVAN_APPS=trading.package)
    assert told[0][:2] == ("references", "trading")
    assert "platform.user.name is character varying, not text" in told[0][2]


def test_an_object_of_someone_else_is_found(workshop: Workshop, platform: ToyApp) -> None:
    assert workshop.run("migrate").code == 0
    workshop.sql('ALTER TABLE platform."user" OWNER TO CURRENT_USER')
    message = only_finding(workshop, "ownership", "platform")
    assert message.startswith("table platform.user belongs to ")
    assert message.endswith(f", not to {platform.owner}")


def test_a_table_that_no_revision_makes_is_found(workshop: Workshop, platform: ToyApp) -> None:
    assert workshop.run("migrate").code == 0
    workshop.sql("CREATE TABLE platform.stray (id int)", role=platform.owner)
    message = only_finding(workshop, "ownership", "platform")
    assert message == "no revision makes table platform.stray, which is in its schema"


def test_a_models_table_in_another_schema_is_refused(workshop: Workshop, trading: ToyApp) -> None:
    trading.tables(
        ACCOUNTS + 'stray = Table("stray", metadata, Column("id", Integer), schema="platform")\n',
        imports=f"from {trading.package}.references import user\n",
    )
    told = findings(workshop)
    assert told[0][:2] == ("ownership", "trading")
    assert "its models have platform.stray, outside of schema trading" in told[0][2]


def test_a_revision_that_does_not_go_back_is_found(workshop: Workshop, platform: ToyApp) -> None:
    platform.revise("COMMENT ON TABLE platform.\"user\" IS 'people'", "SELECT 1", message="say what it is")
    platform.tables(USER.replace('Column("secret", Text)', 'Column("secret", Text), comment="people"'))
    message = only_finding(workshop, "rollbacks", "platform")
    assert f"platform {platform.head} (say what it is) does not go back to what was before it" in message
    assert "comment of table platform.user exists only after" in message


def test_a_downgrade_that_fails_is_found(workshop: Workshop, platform: ToyApp) -> None:
    platform.revise("SELECT 1", "SELECT nothing", message="stumble")
    assert "(stumble) cannot be taken back" in only_finding(workshop, "rollbacks", "platform")


def test_an_upgrade_that_works_only_once_is_found(workshop: Workshop, platform: ToyApp) -> None:
    platform.write_revision(
        "import pathlib\nmarker = pathlib.Path(__file__).with_suffix('.ran')\n"
        "if marker.exists():\n    raise RuntimeError('once is enough')\nmarker.touch()"
    )
    assert "once is enough" in only_finding(workshop, "rollbacks", "platform")


def test_an_upgrade_that_makes_something_else_the_second_time_is_found(
    workshop: Workshop, platform: ToyApp
) -> None:
    platform.write_revision(
        "import pathlib\nmarker = pathlib.Path(__file__).with_suffix('.ran')\n"
        "if marker.exists():\n    op.execute('CREATE TABLE platform.echo ()')\nmarker.touch()"
    )
    message = only_finding(workshop, "rollbacks", "platform")
    assert (
        "going back and forth makes something else: table platform.echo exists only the second time"
        in message
    )


def test_migrations_that_do_not_run_are_found(workshop: Workshop, platform: ToyApp) -> None:
    platform.revise("SELECT nonsense")
    message = only_finding(workshop, "migrations", "platform")
    assert "the migrations do not run on an empty database" in message
    assert 'column "nonsense" does not exist' in message


def test_a_protected_database_is_not_the_place_for_throwaway_ones(
    workshop: Workshop, platform: ToyApp
) -> None:
    assert workshop.run("migrate").code == 0
    assert workshop.run("protect").code == 0
    refused = workshop.run("check")
    assert (refused.code, refused.error) == (4, "no-scratch-database")
    assert "CARAVAN_SCRATCH_URL" in refused.text
    assert workshop.run("check", CARAVAN_SCRATCH_URL=workshop.url).code == 0
    assert platform.revisions


def test_a_login_that_may_not_create_databases_is_told_what_to_do(
    workshop: Workshop, platform: ToyApp
) -> None:
    assert workshop.run("migrate").code == 0
    login = f"login_{workshop.suffix}"
    workshop.sql(f"CREATE ROLE {login} LOGIN PASSWORD 'secret' IN ROLE {platform.owner}")
    workshop.sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA caravan TO {login}")
    workshop.sql(f"GRANT USAGE ON SCHEMA caravan TO {login}")
    refused = workshop.run("check", DATABASE_URL=as_login(workshop.url, login))
    assert (refused.code, refused.error) == (4, "no-scratch-database")
    assert "may not create databases" in refused.text
    workshop.sql(f"ALTER ROLE {login} CREATEDB")
    assert workshop.run("check", DATABASE_URL=as_login(workshop.url, login)).code == 0


def as_login(url: str, login: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{login}:secret@{rest.rpartition('@')[2]}"


def test_no_database_at_all_is_an_error_that_says_what_to_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CARAVAN_SCRATCH_URL", raising=False)
    apps: dict[str, App] = {}
    with pytest.raises(Exception, match="neither DATABASE_URL nor CARAVAN_SCRATCH_URL is set"):
        check(None, apps)


def test_without_a_live_database_the_files_are_checked_in_the_scratch_server(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARAVAN_SCRATCH_URL", workshop.url)
    assert check(None, {}) == []


@pytest.mark.usefixtures("trading")
def test_the_command_needs_no_live_database_where_there_is_a_scratch_server(workshop: Workshop) -> None:
    result = workshop.run("check", DATABASE_URL="", CARAVAN_SCRATCH_URL=workshop.url)
    assert (result.code, result.err) == (0, "")
    assert workshop.relations("platform") == []


def test_a_concurrent_index_goes_up_and_down(workshop: Workshop, platform: ToyApp) -> None:
    path = platform.folder / "tables.py"
    write(path, path.read_text() + 'Index("ix_user_name", user.c.name)\n')
    platform.write_revision(
        "with op.get_context().autocommit_block():\n"
        "    op.create_index('ix_user_name', 'user', ['name'], schema='platform', postgresql_concurrently=True)",
        "op.drop_index('ix_user_name', schema='platform')",
    )
    assert findings(workshop) == []
