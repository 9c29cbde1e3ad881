"""Push, reset and drop: quick in development, refused where the database is protected."""

from __future__ import annotations

import pytest
from toy_app import ToyApp, write
from toy_brokerage import ACCOUNTS, USER
from workshop import Workshop


def tables(workshop: Workshop) -> dict[str, list[str]]:
    return {schema: workshop.relations(schema) for schema in ("platform", "trading", "public")}


def test_push_makes_the_database_what_the_models_say_without_a_revision(
    workshop: Workshop, trading: ToyApp
) -> None:
    platform = workshop.apps["platform"]
    result = workshop.run("push", "--json")
    assert result.code == 0, result.err
    assert result.data["statements"]
    assert tables(workshop) == {"platform": ["user"], "trading": ["accounts"], "public": []}
    platform.tables(
        USER.replace('Column("secret", Text)', 'Column("email", Text), CheckConstraint("id > 0", name="ck")')
    )
    second = workshop.run("push", "platform")
    assert second.code == 0, second.err
    assert 'op.add_column("user"' in second.out or "op.add_column('user'" in second.out
    assert "statements" in second.out
    assert "Nothing to do" in workshop.run("push").out
    assert workshop.value("SELECT count(*) FROM pg_constraint WHERE conname = 'ck'") == 1
    owner = workshop.value(
        "SELECT tableowner FROM pg_tables WHERE schemaname = 'trading' AND tablename = 'accounts'"
    )
    assert owner == trading.owner


def test_pushing_one_app_leaves_the_others_alone(workshop: Workshop, trading: ToyApp) -> None:
    assert workshop.run("push", "platform").code == 0
    assert tables(workshop) == {"platform": ["user"], "trading": [], "public": []}
    assert workshop.run("push", "trading", "--json").data["statements"]
    assert trading.revisions


def test_push_on_top_of_migrations_keeps_rows_and_version(workshop: Workshop, platform: ToyApp) -> None:
    assert workshop.run("migrate").code == 0
    workshop.sql('INSERT INTO platform."user" (id, name) VALUES (1, %s)', "Ada")
    path = platform.folder / "tables.py"
    write(
        path,
        path.read_text().replace('Column("secret", Text)', 'Column("secret", Text), Column("extra", Text)'),
    )
    assert workshop.run("push").code == 0
    assert workshop.sql('SELECT id, name, extra FROM platform."user"') == [(1, "Ada", None)]
    assert workshop.version("platform") == [platform.head]


def test_push_adds_an_enum_label_that_it_uses_at_once(workshop: Workshop) -> None:
    shop = workshop.app("shop")
    code = 'thing = Table("thing", metadata, Column("m", Enum({}, name="mood", schema="shop", metadata=metadata){}))'
    imports = "from sqlalchemy import Enum\n"
    shop.tables(code.format('"good"', ""), imports=imports)
    assert workshop.run("push").code == 0
    shop.tables(code.format('"good", "bad"', ', server_default="bad"'), imports=imports)
    assert workshop.run("push").code == 0
    workshop.sql("INSERT INTO shop.thing DEFAULT VALUES")
    assert workshop.value("SELECT m::text FROM shop.thing") == "bad"


def test_what_cannot_be_pushed_changes_nothing(workshop: Workshop) -> None:
    shop = workshop.app("shop")
    shop.tables('thing = Table("thing", metadata, Column("a", Text))')
    assert workshop.run("push").code == 0
    workshop.sql("INSERT INTO shop.thing VALUES ('no number')")
    shop.tables('thing = Table("thing", metadata, Column("a", Integer), Column("b", Text))')
    result = workshop.run("push")
    assert (result.code, result.error) == (1, "cannot-generate")
    assert "no number" in result.text
    assert workshop.sql("SELECT * FROM shop.thing") == [("no number",)]


def test_reset_drops_everything_and_migrates_from_nothing(workshop: Workshop, trading: ToyApp) -> None:
    assert workshop.run("migrate").code == 0
    workshop.sql('INSERT INTO platform."user" (id, name) VALUES (1, %s)', "Ada")
    workshop.sql("CREATE TABLE platform.stray (id int)")
    workshop.sql("CREATE TABLE public.kept (id int)")
    result = workshop.run("reset", "--yes")
    assert result.code == 0, result.err
    assert "2 applied" in result.out
    assert tables(workshop) == {"platform": ["user"], "trading": ["accounts"], "public": ["kept"]}
    assert workshop.value('SELECT count(*) FROM platform."user"') == 0
    assert len(workshop.history()) == 2
    assert len(workshop.run("reset", "--yes", "--json").data["applied"]) == 2
    assert trading.revisions


def test_drop_leaves_roles_and_strangers(workshop: Workshop, trading: ToyApp) -> None:
    assert workshop.run("migrate").code == 0
    workshop.sql("CREATE TABLE public.kept (id int)")
    assert workshop.run("drop", "--yes").code == 0
    schemas = workshop.sql("SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema)'")
    assert schemas == [("public",)]
    assert tables(workshop)["public"] == ["kept"]
    assert workshop.value("SELECT count(*) FROM pg_roles WHERE rolname = %s", trading.owner) == 1
    assert workshop.run("drop", "--yes").code == 0
    assert len(workshop.run("migrate", "--json").applied) == 2


def test_of_a_shared_schema_only_the_apps_own_objects_go(workshop: Workshop) -> None:
    app = workshop.app("plain", schema="public", version_table="alembic_version_plain")
    app.tables(
        "from sqlalchemy import Enum\n"
        'thing = Table("thing", metadata, Column("id", Integer, primary_key=True),'
        ' Column("mood", Enum("good", name="mood", schema="public", metadata=metadata)))\n'
        'event.listen(metadata, "before_create", DDL("CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS \'SELECT 1\'"))\n'
        'event.listen(metadata, "after_create", DDL("CREATE VIEW public.v AS SELECT id FROM public.thing"))\n'
    )
    assert workshop.run("push").code == 0
    workshop.sql("CREATE TABLE public.kept (id int)")
    workshop.sql("CREATE FUNCTION public.kept() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    assert workshop.run("drop", "--yes").code == 0
    assert workshop.relations("public") == ["kept"]
    assert workshop.sql("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace") == [
        ("kept",)
    ]
    assert workshop.sql("SELECT typname FROM pg_type WHERE typname = 'mood'") == []


@pytest.mark.parametrize("command", [["push"], ["reset", "--yes"], ["drop", "--yes"]])
def test_a_protected_database_is_left_alone(workshop: Workshop, platform: ToyApp, command: list[str]) -> None:
    assert workshop.run("migrate").code == 0
    assert workshop.run("protect").code == 0
    platform.tables(USER + 'other = Table("other", metadata, Column("a", Text))')
    result = workshop.run(*command)
    assert (result.code, result.error) == (4, "protected")
    assert "caravan protect --off" in result.text
    assert tables(workshop)["platform"] == ["user"]
    assert workshop.run("protect", "--off").code == 0
    assert workshop.run(*command).code == 0


def test_models_that_cannot_make_their_tables_are_named(workshop: Workshop, trading: ToyApp) -> None:
    trading.tables(
        ACCOUNTS.replace("nullable=False),\n)", 'nullable=False), CheckConstraint("nowhere > 0"))'),
        imports=f"from {trading.package}.references import user\n",
    )
    result = workshop.run("push")
    assert (result.code, result.error) == (1, "broken-models")
    assert "trading's models cannot make their tables" in result.text
    assert 'column "nowhere" does not exist' in result.text
