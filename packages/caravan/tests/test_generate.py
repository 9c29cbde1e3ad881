"""Generating: only the app's own tables, what it requires, what it refuses, and what it leaves behind."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from toy_app import ToyApp, write
from workshop import Result, Workshop

from caravan import lint

NOTES = """
notes = Table(
    "notes", metadata, Column("id", Integer, primary_key=True, autoincrement=False),
    Column("author_id", ForeignKey(user.c.id, ondelete="CASCADE"), nullable=False),
)
"""


def generate(workshop: Workshop, app: str, *more: str) -> Result:
    return workshop.run("generate", app, "-m", "Add what is new.", *more, "--json")


def add_notes(trading: ToyApp) -> None:
    path = trading.folder / "tables.py"
    write(path, path.read_text() + NOTES)


def files(app: ToyApp) -> set[Path]:
    return set(app.versions.glob("*.py"))


def test_a_key_to_another_apps_table_is_kept_and_requires_that_apps_head(
    workshop: Workshop, trading: ToyApp
) -> None:
    platform = workshop.apps["platform"]
    platform.revise('ALTER TABLE platform."user" ADD note text', 'ALTER TABLE platform."user" DROP note')
    platform.tables(
        'user = Table("user", metadata, Column("id", Integer, primary_key=True, autoincrement=False),'
        ' Column("name", Text, nullable=False), Column("secret", Text), Column("note", Text))'
    )
    assert workshop.run("migrate").code == 0
    add_notes(trading)
    made = generate(workshop, "trading").data
    assert made["requires"] == {"platform": platform.head}
    text = Path(made["path"]).read_text()
    assert f'requires = {{"platform": "{platform.head}"}}' in text
    assert f'down_revision = "{trading.head}"' in text
    assert '["platform.user.id"], ondelete="CASCADE"' in re.sub(r"\s+", " ", text)
    assert 'REFERENCES platform."user" (id) ON DELETE CASCADE' in made["sql"]
    assert not re.search(r"(CREATE|ALTER|DROP) TABLE platform", made["sql"])
    assert workshop.run("migrate", "--json").applied == [made["revision"]]
    assert workshop.run("check", "--json").data["findings"] == []


def test_the_file_is_named_after_date_and_message_and_reads_like_one_written_by_hand(
    workshop: Workshop, platform: ToyApp
) -> None:
    platform.tables(
        'user = Table("user", metadata, Column("id", Integer, primary_key=True, autoincrement=False))'
    )
    assert workshop.run("migrate").code == 0
    made = workshop.run("generate", "platform", "-m", 'Drop "secrets" & more: 100 %', "--json").data
    path = Path(made["path"])
    assert re.fullmatch(r"\d{4}_\d\d_\d\d_\d{4}_drop_secrets_more_100\.py", path.name)
    assert path.parent == platform.versions
    assert re.fullmatch("[0-9a-f]{12}", made["revision"])
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree) == 'Drop "secrets" & more: 100 %.'
    assert "op.drop_column(" in path.read_text()
    again = workshop.run("generate", "platform", "-m", "-", "--empty", "--json")
    assert (again.code, again.error) == (4, "pending-revisions")
    assert workshop.run("migrate").code == 0
    assert "_revision" in workshop.run("generate", "platform", "-m", "???", "--empty", "--json").data["path"]


def test_what_changes_at_the_owners_is_no_business_of_others(workshop: Workshop, trading: ToyApp) -> None:
    assert workshop.run("migrate").code == 0
    platform = workshop.apps["platform"]
    path = platform.folder / "tables.py"
    write(
        path,
        path.read_text().replace('Column("secret", Text)', 'Column("secret", Text), Column("extra", Text)'),
    )
    assert generate(workshop, "trading").data == {"nothing_to_generate": True}
    assert "Nothing to generate" in workshop.run("generate", "trading", "-m", "x").out
    made = generate(workshop, "platform").data
    assert made["sql"] == 'ALTER TABLE platform."user" ADD COLUMN extra TEXT;'
    assert made["requires"] == {}
    assert files(trading) == set(trading.revisions.values())


def test_an_owner_can_generate_what_another_app_already_references(workshop: Workshop) -> None:
    platform = workshop.app("platform")
    platform.tables(
        'user = Table("user", metadata, Column("id", Integer, primary_key=True, autoincrement=False))'
    )
    trading = workshop.app("trading")
    trading.references('user = references.table("platform", "user", Column("id", Integer, primary_key=True))')
    trading.tables("metadata", imports=f"from {trading.package}.references import user\n")
    add_notes(trading)
    made = generate(workshop, "platform")
    assert made.code == 0, made.err
    assert workshop.run("migrate", "platform").code == 0
    second = generate(workshop, "trading")
    assert second.data["requires"] == {"platform": made.data["revision"]}
    assert workshop.run("migrate").code == 0


def test_apps_whose_revisions_interleave_can_both_be_generated_for(
    workshop: Workshop, trading: ToyApp
) -> None:
    platform = workshop.apps["platform"]
    platform.revise("SELECT 1", requires={"trading": trading.head})
    assert workshop.run("migrate").code == 0
    path = platform.folder / "tables.py"
    write(
        path,
        path.read_text().replace('Column("secret", Text)', 'Column("secret", Text), Column("extra", Text)'),
    )
    trading.references(
        'user = references.table("platform", "user", Column("id", Integer, primary_key=True), Column("extra", Text))'
    )
    add_notes(trading)
    made = generate(workshop, "platform")
    assert made.code == 0, made.err
    second = generate(workshop, "trading")
    assert second.data["requires"] == {"platform": made.data["revision"]}
    assert workshop.run("migrate", "--json").applied == [made.data["revision"], second.data["revision"]]


def test_an_app_that_is_alone_knows_the_others_from_its_references(
    workshop: Workshop, platform: ToyApp, trading: ToyApp
) -> None:
    newest = platform.revise("SELECT 1")
    assert workshop.run("migrate").code == 0
    # by the clock, which was set back, another one is the newest
    workshop.sql("UPDATE caravan.revisions SET applied_at = '2001-01-01' WHERE revision = %s", newest)
    add_notes(trading)
    made = workshop.run("generate", "trading", "-m", "Add notes", "--json", CARAVAN_APPS=trading.package)
    assert made.code == 0, made.err
    assert made.data["requires"] == {"platform": newest}, "as the live database says"
    assert workshop.run("migrate", CARAVAN_APPS=trading.package).code == 0
    assert workshop.run("push", "--json", CARAVAN_APPS=trading.package).data["statements"] == []


def test_pending_revisions_are_to_be_applied_first(workshop: Workshop, trading: ToyApp) -> None:
    before = files(trading)
    result = generate(workshop, "trading")
    assert (result.code, result.error) == (4, "pending-revisions")
    assert trading.head in result.text
    assert files(trading) == before


def test_two_heads_are_refused(workshop: Workshop, platform: ToyApp) -> None:
    first = platform.head
    platform.revise("SELECT 1", follows=first)
    platform.revise("SELECT 1", follows=first)
    result = generate(workshop, "platform")
    assert (result.code, result.error) == (4, "two-heads")


def test_an_empty_revision_is_a_place_to_write(workshop: Workshop, platform: ToyApp) -> None:
    assert workshop.run("migrate").code == 0
    made = workshop.run("generate", "platform", "-m", "Fill the names", "--empty", "--json").data
    assert Path(made["path"]).parent == platform.versions
    assert made["sql"] == ""
    text = Path(made["path"]).read_text()
    assert text.count("    pass\n") == 2
    assert workshop.run("migrate", "--json").applied == [made["revision"]]


def test_two_revisions_of_the_same_minute_and_message_get_names_of_their_own(
    workshop: Workshop, platform: ToyApp
) -> None:
    assert workshop.run("migrate").code == 0
    names = set()
    for _ in range(3):
        made = workshop.run("generate", "platform", "-m", "Fill", "--empty", "--json").data
        names.add(made["path"])
        assert workshop.run("migrate").code == 0
    assert len(names) == 3
    assert len(files(platform)) == 4


IMPOSSIBLE = {
    "a type that cannot be converted": (
        'thing = Table("thing", metadata, Column("a", Text))',
        (
            'thing = Table("thing", metadata, Column("a", Integer, Computed("1")))\n'
            'other = Table("other", metadata, Column("a", Integer, CheckConstraint("a > nowhere")))'
        ),
        "broken-models",
    ),
    "a view that another view needs": (
        (
            'thing = Table("thing", metadata, Column("a", Text))\n'
            'event.listen(metadata, "after_create", DDL("CREATE VIEW shop.v AS SELECT a FROM shop.thing"))'
        ),
        (
            'thing = Table("thing", metadata, Column("a", Integer))\n'
            'event.listen(metadata, "after_create", DDL("CREATE VIEW shop.v AS SELECT a FROM shop.thing"))\n'
            'event.listen(metadata, "after_create", DDL("CREATE COLLATION shop.c (locale = \'C\')"))'
        ),
        "cannot-generate",
    ),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_what_cannot_be_written_is_said_and_no_file_is_left(workshop: Workshop, case: str) -> None:
    before, after, error = IMPOSSIBLE[case]
    shop = workshop.app("shop")
    shop.tables(before)
    assert generate(workshop, "shop").code == 0
    assert workshop.run("migrate").code == 0
    kept = files(shop)
    shop.tables(after, imports="from sqlalchemy import Computed\n")
    result = generate(workshop, "shop")
    assert (result.code, result.error) == (1, error)
    assert "shop" in result.text
    assert files(shop) == kept


def test_what_nobody_can_write_is_named_beside_what_was_written(workshop: Workshop) -> None:
    shop = workshop.app("shop")
    shop.tables(
        'thing = Table("thing", metadata, Column("a", Text))\n'
        'event.listen(metadata, "after_create", DDL("CREATE COLLATION shop.c (locale = \'C\')"))'
    )
    made = generate(workshop, "shop")
    assert made.code == 0
    [warning] = made.data["warnings"]
    assert "after the upgrade, collation shop" in warning
    assert "exists only in the models" in warning
    assert "note: after the upgrade, collation" in workshop_text(workshop, shop)


def workshop_text(workshop: Workshop, shop: ToyApp) -> str:
    for path in files(shop):
        path.unlink()
    return workshop.run("generate", "shop", "-m", "again").out


TRAP = """CREATE FUNCTION shop.trap() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'no further'; END $$"""


def test_a_revision_that_does_not_run_as_written_is_taken_away(workshop: Workshop) -> None:
    shop = workshop.app("shop")
    models = f'event.listen(metadata, "before_create", DDL({TRAP!r}))\n'
    shop.tables(models)
    spring = (
        "CREATE TRIGGER trap BEFORE UPDATE ON shop.alembic_version FOR EACH ROW EXECUTE FUNCTION shop.trap()"
    )
    shop.revise([TRAP, spring], ["DROP TRIGGER trap ON shop.alembic_version", "DROP FUNCTION shop.trap()"])
    assert workshop.run("migrate").code == 0
    shop.tables(f'{models}thing = Table("thing", metadata, Column("a", Text))\n')
    kept = files(shop)
    result = generate(workshop, "shop")
    assert (result.code, result.error) == (1, "cannot-generate")
    assert "what was written does not run" in result.text
    assert "no further" in result.text
    assert files(shop) == kept


@pytest.mark.parametrize("empty", [(), ("--empty",)], ids=["generated", "empty"])
def test_a_folder_in_which_nothing_can_be_written_is_told(workshop: Workshop, empty: tuple[str, ...]) -> None:
    shop = workshop.app("shop")
    shop.tables('Table("item", metadata, Column("id", Integer, primary_key=True))')
    shop.versions.rmdir()
    write(shop.versions, "a file where the folder should be")
    result = generate(workshop, "shop", *empty)
    assert (result.code, result.error) == (1, "cannot-write")
    assert str(shop.versions) in result.text


def test_extensions_come_along_where_the_owner_may_make_them(workshop: Workshop) -> None:
    shop = workshop.app("shop")
    shop.tables(
        'event.listen(metadata, "before_create", DDL("CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA shop"))'
    )
    assert workshop.run("bootstrap").code == 0
    refused = generate(workshop, "shop")
    assert (refused.code, refused.error) == (1, "broken-models")
    workshop.sql(f"GRANT CREATE ON DATABASE {workshop.value('SELECT current_database()')} TO {shop.owner}")
    made = generate(workshop, "shop")
    assert made.code == 0, made.err
    assert "CREATE EXTENSION pg_trgm" in Path(made.data["path"]).read_text()
    assert workshop.run("migrate").code == 0
    assert workshop.run("check", "--json").data["findings"] == []


def test_the_linters_findings_are_told_where_it_is_installed(workshop: Workshop, platform: ToyApp) -> None:
    assert workshop.run("migrate").code == 0
    path = platform.folder / "tables.py"
    write(path, path.read_text() + 'Index("ix_user_name", user.c.name)\n')
    made = generate(workshop, "platform").data
    assert [finding.partition(":")[0] for finding in made["findings"]] == [
        "require-concurrent-index-creation"
    ]


def test_the_linter_leaves_alone_what_caravan_sees_to_and_what_was_accepted() -> None:
    sql = "ALTER TABLE a.t ADD COLUMN x bigint;\nCREATE INDEX ix ON a.t (x);\n"
    [finding] = lint.lint(sql)
    assert (finding.hazard, finding.line) == ("require-concurrent-index-creation", 2)
    assert "concurrently" in str(finding)
    assert lint.lint(sql, {"require-concurrent-index-creation": "the table is small"}) == []


def test_without_the_linter_nothing_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    assert lint.lint("CREATE INDEX ix ON a.t (x);") == []
    tool = write(tmp_path / "squawk", "#!/bin/sh\nexit 3\n")
    tool.chmod(0o755)
    [finding] = lint.lint("CREATE INDEX ix ON a.t (x);")
    assert "failed with code 3" in str(finding)


HOSTILE = 'weird "%name'
HOSTILE_TABLES = r'''
mood = Enum("it's", 'a"b', name='mo"od%', schema=metadata.schema, metadata=metadata)
select = Table(
    "select", metadata, Column('i d"', Integer, primary_key=True, autoincrement=False),
    Column("100%", Text, comment='5% of "all" it\'s: \\x'), Column("where", mood, server_default="it's"),
    CheckConstraint('"100%" <> \'%\'', name="ck %"), Index("ix :a", "100%"),
)
statement = 'CREATE VIEW "weird ""%%name"."v ""iew" AS SELECT "i d""" AS "a : b" FROM "weird ""%%name"."select"'
event.listen(metadata, "after_create", DDL(statement))
'''


def test_hostile_names_come_through(workshop: Workshop) -> None:
    shop = workshop.app("shop", schema=HOSTILE)
    imports = "from sqlalchemy import Enum\n"
    shop.tables(HOSTILE_TABLES, imports=imports)
    made = generate(workshop, "shop")
    assert made.code == 0, made.err
    assert made.data["warnings"] == []
    assert workshop.run("migrate").code == 0
    assert workshop.run("check", "--json").data["findings"] == []
    changed = (
        HOSTILE_TABLES.replace("<> \\'%", "<> \\'%%")
        .replace("'a\"b'", "'so :so', 'a\"b'")
        .replace(" : b", " :b")
    )
    assert changed.count(":so") == changed.count("%%\\'") == changed.count("a :b") == 1
    shop.tables(changed, imports=imports)
    second = generate(workshop, "shop")
    assert second.code == 0, second.err
    assert second.data["warnings"] == []
    assert workshop.run("migrate").code == 0
    assert generate(workshop, "shop").data == {"nothing_to_generate": True}


def test_apps_that_share_a_schema_each_see_their_own(workshop: Workshop) -> None:
    for name in ("apple", "pear"):
        app = workshop.app(name, schema="fruit", version_table=f"alembic_version_{name}")
        app.tables(f'{name} = Table("{name}", metadata, Column("id", Integer, primary_key=True))')
    for name in ("apple", "pear"):
        made = generate(workshop, name)
        assert made.code == 0, made.err
        assert made.data["sql"].startswith(f"CREATE TABLE fruit.{name} (")
        assert workshop.run("migrate").code == 0
    assert workshop.run("check", "--json").data["findings"] == []
    workshop.apps["pear"].tables("")
    dropped = generate(workshop, "pear").data
    assert dropped["sql"] == "DROP TABLE fruit.pear;"


def test_tables_without_a_schema_are_in_public(workshop: Workshop) -> None:
    app = workshop.app("plain", schema="public", version_table="alembic_version_plain")
    app.tables(
        """
        metadata = MetaData()
        thing = Table("thing", metadata, Column("id", Integer, primary_key=True), Column("a", Text))
        other = Table("other", metadata, Column("id", ForeignKey(thing.c.id), primary_key=True))
        """
    )
    made = generate(workshop, "plain")
    assert made.code == 0, made.err
    assert made.data["warnings"] == []
    assert workshop.run("migrate").code == 0
    assert workshop.run("check", "--json").data["findings"] == []


def test_tables_may_be_in_public(workshop: Workshop) -> None:
    app = workshop.app("plain", schema="public", version_table="alembic_version_plain")
    app.tables('thing = Table("thing", metadata, Column("id", Integer, primary_key=True))')
    made = generate(workshop, "plain")
    assert made.code == 0, made.err
    assert workshop.run("migrate").code == 0
    assert generate(workshop, "plain").data == {"nothing_to_generate": True}
    assert workshop.run("check", "--json").data["findings"] == []
