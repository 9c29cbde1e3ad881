"""Plain `alembic` in an app's folder does what Caravan does, and Caravan knows of it."""

from __future__ import annotations

import subprocess
import sys

import pytest
import toy_brokerage
from workshop import PATIENCE, Result, ToyApp, Workshop, finish


def alembic(workshop: Workshop, app: ToyApp, *arguments: str, **environment: str) -> Result:
    done = subprocess.run(
        [sys.executable, "-m", "alembic", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        stdin=subprocess.DEVNULL,
        cwd=app.folder,
        env=workshop.environment(**environment),
    )
    return Result(done.returncode, done.stdout, done.stderr)


def test_upgrade_applies_as_the_owner_and_keeps_the_books(workshop: Workshop, platform: ToyApp) -> None:
    result = alembic(workshop, platform, "upgrade", "head")
    assert result.code == 0, result.err
    assert workshop.value("SELECT tableowner::text FROM pg_tables WHERE tablename = 'user'") == platform.owner
    assert workshop.version("platform") == [platform.head]
    assert workshop.history() == [("platform", platform.head, "up", "finished")]
    assert workshop.sql("SELECT revision FROM caravan.revisions") == [(platform.head,)]
    assert workshop.run("migrate", "--json").data["applied"] == []
    assert workshop.run("migrate", "--json").data["nothing_to_do"]


def test_downgrade_takes_back_and_keeps_the_books(workshop: Workshop, platform: ToyApp) -> None:
    assert workshop.run("migrate").code == 0
    result = alembic(workshop, platform, "downgrade", "base")
    assert result.code == 0, result.err
    assert workshop.relations("platform") == []
    assert workshop.history()[-1] == ("platform", platform.head, "down", "finished")
    assert workshop.sql("SELECT * FROM caravan.revisions") == []
    assert workshop.run("migrate", "--json").applied == [platform.head]


def test_a_failing_upgrade_leaves_nothing_and_no_entry(workshop: Workshop, platform: ToyApp) -> None:
    ok = platform.head
    platform.revise(["CREATE TABLE platform.half ()", "SELECT 1/0"])
    result = alembic(workshop, platform, "upgrade", "head")
    assert result.code != 0
    assert "division by zero" in result.err
    assert workshop.relations("platform") == ["user"]
    assert workshop.version("platform") == [ok]
    assert workshop.history() == [("platform", ok, "up", "finished")]


@pytest.mark.usefixtures("platform")
def test_another_apps_table_cannot_be_altered_this_way_either(workshop: Workshop, trading: ToyApp) -> None:
    assert workshop.run("migrate").code == 0
    trading.revise('ALTER TABLE platform."user" ADD COLUMN ours text')
    result = alembic(workshop, trading, "upgrade", "head")
    assert result.code != 0
    assert "must be owner of table user" in result.err


@pytest.mark.usefixtures("platform")
def test_autogenerate_sees_the_apps_own_tables_only(workshop: Workshop, trading: ToyApp) -> None:
    assert workshop.run("migrate").code == 0
    workshop.sql("CREATE TABLE public.stranger (id int)")
    clean = alembic(workshop, trading, "check")
    assert clean.code == 0, clean.out + clean.err
    assert "No new upgrade operations detected" in clean.out

    column = (
        'Column("note", Text), Column("friend_id", ForeignKey(user.c.id, name="accounts_friend_fkey")),\n)'
    )
    trading.tables(
        toy_brokerage.ACCOUNTS.rstrip().removesuffix(")") + column + "\n",
        imports=f"from {trading.package}.references import user\n",
    )
    assert alembic(workshop, trading, "check").code != 0
    made = alembic(workshop, trading, "revision", "--autogenerate", "-m", "add note")
    assert made.code == 0, made.err
    [path] = [p for p in trading.versions.glob("*.py") if p not in trading.revisions.values()]
    text = path.read_text()
    assert "add_column('accounts', sa.Column('note'" in text.replace('"', "'")
    assert "create_foreign_key('accounts_friend_fkey'" in text.replace('"', "'")
    for foreign in ("stranger", "drop_table", "create_table", "secret"):
        assert foreign not in text
    result = workshop.run("migrate", "--json")
    assert len(result.applied) == 1, result.err
    assert alembic(workshop, trading, "check").code == 0


def test_what_another_app_has_not_applied_yet_is_waited_for_here_too(
    workshop: Workshop, platform: ToyApp, trading: ToyApp
) -> None:
    assert workshop.run("migrate").code == 0
    required = platform.revise("SELECT 1")
    early = trading.revise("CREATE TABLE trading.early ()", requires={"platform": required})
    result = alembic(workshop, trading, "upgrade", "head")
    assert result.code != 0
    assert f"error[unmet-requirement]: trading {early} requires platform {required}" in result.out
    assert workshop.relations("trading") == ["accounts"]
    assert alembic(workshop, trading, "stamp", "head").code == 0, "to stamp is to say that it was seen to"


def test_what_another_app_requires_does_not_go_here_either(
    workshop: Workshop, platform: ToyApp, trading: ToyApp
) -> None:
    required = platform.revise("CREATE TABLE platform.more ()", "DROP TABLE platform.more")
    last = trading.revise("SELECT 1", requires={"platform": required})
    assert workshop.run("migrate").code == 0
    result = alembic(workshop, platform, "downgrade", "-1")
    assert result.code != 0
    assert "error[required-by-others]: platform cannot go back" in result.out
    assert f"trading {last} requires platform {required}" in result.out
    assert workshop.version("platform") == [required]
    assert workshop.relations("platform") == ["more", "user"]


def test_current_and_history_and_stamp_work(workshop: Workshop, platform: ToyApp) -> None:
    assert workshop.run("bootstrap").code == 0
    stamped = alembic(workshop, platform, "stamp", "head")
    assert stamped.code == 0, stamped.err
    assert workshop.version("platform") == [platform.head]
    assert workshop.sql("SELECT revision FROM caravan.revisions") == [(platform.head,)]
    current = alembic(workshop, platform, "current")
    assert platform.head in current.out
    assert platform.head in alembic(workshop, platform, "history").out


@pytest.mark.usefixtures("platform")
def test_what_only_looks_changes_nothing(workshop: Workshop) -> None:
    roles = "SELECT count(*) FROM pg_roles WHERE rolname LIKE %s"
    for app in workshop.apps.values():
        result = alembic(workshop, app, "current")
        assert (result.code, result.out) == (0, ""), result.err
    assert workshop.value(roles, f"%{workshop.suffix}%") == 0
    assert workshop.sql("SELECT nspname FROM pg_namespace WHERE nspname IN ('caravan', 'platform')") == []


def test_what_only_looks_does_not_wait_for_a_runner(workshop: Workshop, platform: ToyApp) -> None:
    brake = workshop.make_brake()
    workshop.set_brake(on=True)
    platform.revise(brake)
    process = workshop.start("migrate")
    workshop.wait_for_brake()
    result = alembic(workshop, platform, "current")
    assert (result.code, result.out.split()[0]) == (0, next(iter(platform.revisions))), result.err
    workshop.set_brake(on=False)
    assert finish(process).code == 0


def test_a_lock_is_not_waited_for_while_others_queue_up_behind(workshop: Workshop, platform: ToyApp) -> None:
    assert workshop.run("migrate").code == 0
    platform.revise('ALTER TABLE platform."user" ADD COLUMN note text')
    with workshop.connect() as reader, reader.transaction():
        reader.execute('SELECT FROM platform."user"')
        result = alembic(workshop, platform, "upgrade", "head", CARAVAN_LOCK_TIMEOUT="0.1")
    assert result.code != 0
    assert "canceling statement due to lock timeout" in result.err


def test_offline_it_prints_the_statements_as_the_owner(workshop: Workshop, platform: ToyApp) -> None:
    result = alembic(workshop, platform, "upgrade", "head", "--sql")
    assert result.code == 0, result.err
    assert "SET ROLE" in result.out
    assert platform.owner in result.out
    assert 'CREATE TABLE platform."user"' in result.out
    assert workshop.value("SELECT to_regnamespace('platform')") is None


def test_without_a_database_it_fails_with_caravans_words(workshop: Workshop, platform: ToyApp) -> None:
    result = alembic(workshop, platform, "upgrade", "head", DATABASE_URL="")
    assert result.code != 0
    assert "error[no-database-url]: DATABASE_URL is not set" in result.out
    assert "Traceback" not in result.out + result.err


@pytest.mark.parametrize("times", [2])
def test_upgrading_twice_does_nothing_the_second_time(
    workshop: Workshop, platform: ToyApp, times: int
) -> None:
    for _ in range(times):
        assert alembic(workshop, platform, "upgrade", "head").code == 0
    assert len(workshop.history()) == 1


def test_the_role_is_the_owners_in_every_revision_of_a_run(workshop: Workshop, platform: ToyApp) -> None:
    for name in ("one", "two"):
        platform.revise(f"CREATE TABLE platform.{name} AS SELECT current_user::text AS name")
    assert alembic(workshop, platform, "upgrade", "head").code == 0
    for name in ("one", "two"):
        assert workshop.sql(f"SELECT name FROM platform.{name}") == [(platform.owner,)]


def test_a_concurrent_index_can_be_made_this_way_too(workshop: Workshop, platform: ToyApp) -> None:
    platform.write_revision(
        "with op.get_context().autocommit_block():\n"
        "    op.execute('CREATE INDEX CONCURRENTLY user_name_idx ON platform.\"user\" (name)')"
    )
    result = alembic(workshop, platform, "upgrade", "head")
    assert result.code == 0, result.err
    assert workshop.history()[-1] == ("platform", platform.head, "up", "finished")


def test_in_a_schema_that_apps_share_autogenerate_sees_each_ones_own_tables(workshop: Workshop) -> None:
    orders = workshop.app("orders", schema="public", version_table="alembic_version_orders")
    orders.tables('Table("orders", metadata, Column("id", Integer, primary_key=True, autoincrement=False))')
    orders.revise("CREATE TABLE public.orders (id integer PRIMARY KEY)")
    billing = workshop.app("billing", schema="public", version_table="alembic_version_billing")
    billing.references(
        'orders = references.table("orders", "orders", Column("id", Integer), schema="public")'
    )
    billing.tables(
        'Table("invoices", metadata, Column("id", Integer, primary_key=True, autoincrement=False),'
        ' Column("order_id", ForeignKey(orders.c.id, name="invoices_order_fkey")))',
        imports=f"from {billing.package}.references import orders\n",
    )
    billing.revise(
        "CREATE TABLE public.invoices (id integer PRIMARY KEY,"
        " order_id integer CONSTRAINT invoices_order_fkey REFERENCES public.orders (id))",
        requires={"orders": orders.head},
    )
    assert workshop.run("migrate").code == 0
    workshop.sql("CREATE TABLE public.legacy (id int)")
    for app in (orders, billing):
        clean = alembic(workshop, app, "check")
        assert clean.code == 0, clean.out + clean.err


def test_autogenerate_recognises_a_key_that_points_at_another_apps_table_in_public(
    workshop: Workshop,
) -> None:
    orders = workshop.app("orders", schema="public", version_table="alembic_version_orders")
    orders.revise("CREATE TABLE public.orders (id integer PRIMARY KEY)")
    billing = workshop.app("billing")
    billing.references(
        'orders = references.table("orders", "orders", Column("id", Integer), schema="public")'
    )
    billing.tables(
        'Table("invoices", metadata, Column("order_id", ForeignKey(orders.c.id, name="invoices_order_fkey")))',
        imports=f"from {billing.package}.references import orders\n",
    )
    billing.revise(
        "CREATE TABLE billing.invoices"
        " (order_id integer CONSTRAINT invoices_order_fkey REFERENCES public.orders (id))",
        requires={"orders": orders.head},
    )
    assert workshop.run("migrate").code == 0
    clean = alembic(workshop, billing, "check")
    assert clean.code == 0, clean.out + clean.err
