"""Every kind of change to the models becomes a revision that makes exactly what the models make, and goes back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from workshop import ToyApp, Workshop

BATCH = 7  # changes that one test makes together
NAMES = "thing|other|third|touch|ck|alone|ix_n|ix_m|ix_twice|mood|never|both|own|total|positive|pair|span|numbers|more|log_1|log"
THING = 'thing = Table("thing", metadata, Column("id", Integer, primary_key=True, autoincrement=False){})\n'


def after_create(statement: str) -> str:
    return f"event.listen(metadata, 'after_create', DDL({statement.replace('%', '%%')!r}))\n"


def before_create(statement: str) -> str:
    return f"event.listen(metadata, 'before_create', DDL({statement.replace('%', '%%')!r}))\n"


def thing(*columns: str) -> str:
    return THING.format("".join(f", {column}" for column in columns))


FUNCTION = """CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- a colon :here, a backslash \\\\:there, a percent % and three quotes \"\"\"
    NEW.id := NEW.id {};
    RETURN NEW;
END
$$"""
TRIGGER = "CREATE TRIGGER touch BEFORE {} ON shop.thing FOR EACH ROW EXECUTE FUNCTION shop.touch()"
MOOD = 'Column("mood", Enum({}, name="mood", schema="shop", metadata=metadata){})'
MOODS = 'Column("moods", ARRAY(Enum({}, name="mood", schema="shop", metadata=metadata)))'

CHANGES = {
    "a new table with a comment": (
        thing(),
        thing()
        + 'other = Table("other", metadata, Column("a", Text, comment="it\'s 5% \\" : x"), comment="of :all")',
        "op.create_table(",
    ),
    "a table that goes": (
        thing() + 'other = Table("other", metadata, Column("a", Text))',
        thing(),
        "op.drop_table(",
    ),
    "a new column": (
        thing(),
        thing('Column("n", Numeric(20, 4), server_default=text("0"), nullable=False)'),
        "add_column",
    ),
    "another type": (thing('Column("n", Integer)'), thing('Column("n", BigInteger)'), "alter_column"),
    "another default": (
        thing('Column("n", Integer, server_default=text("1"))'),
        thing('Column("n", Integer, server_default=text("2"))'),
        "alter_column",
    ),
    "another storage and compression": (
        thing('Column("n", Text)'),
        thing('Column("n", Text)')
        + after_create("ALTER TABLE shop.thing ALTER n SET STORAGE EXTERNAL, ALTER n SET COMPRESSION pglz"),
        "SET STORAGE EXTERNAL",
    ),
    "another compression alone, another storage alone": (
        thing('Column("n", Text)', 'Column("o", Text)')
        + after_create("ALTER TABLE shop.thing ALTER n SET COMPRESSION pglz, ALTER o SET STORAGE MAIN"),
        thing('Column("n", Text)', 'Column("o", Text)'),
        "SET COMPRESSION default",
    ),
    "a column of a domain": (
        thing(),
        thing(
            'Column("n", DOMAIN("positive", Integer, schema="shop", metadata=metadata, check="VALUE > 0"))'
        ),
        "postgresql.DOMAIN(",
    ),
    "an array of an enum that loses a label": (
        thing(MOODS.format('"good", "bad", "ugly"')),
        thing(MOODS.format('"good", "bad"')),
        "::text[]::shop.mood",
    ),
    "a default that goes, another nullability": (
        thing('Column("n", Integer, server_default=text("1"), nullable=False)'),
        thing('Column("n", Integer)'),
        "DROP DEFAULT",
    ),
    "a type that takes a conversion, with a default": (
        thing('Column("n", Text, server_default=text("1"), nullable=False)'),
        thing('Column("n", Integer, server_default=text("1"), nullable=False)'),
        "USING n::text::integer",
    ),
    "a column that becomes an identity": (
        thing('Column("n", Integer)', 'Column("m", BigInteger, Identity(start=5), nullable=False)'),
        thing(
            'Column("n", Integer, Identity(always=True, increment=5), nullable=False)',
            'Column("m", BigInteger, Identity(always=True, cycle=True), nullable=False)',
        ),
        "ADD GENERATED ALWAYS AS IDENTITY (INCREMENT BY 5)",
    ),
    "an identity that goes": (
        thing('Column("n", Integer, Identity(), nullable=False)'),
        thing('Column("n", Integer)'),
        "DROP IDENTITY",
    ),
    "a new index with a predicate": (
        thing('Column("n", Integer)'),
        thing('Column("n", Integer)', 'Index("ix_n", "n", postgresql_where=text("n > 3"))'),
        "create_index",
    ),
    "another index predicate": (
        thing('Column("n", Integer)', 'Index("ix_n", "n", postgresql_where=text("n > 3"))'),
        thing('Column("n", Integer)', 'Index("ix_n", "n", postgresql_where=text("n > 4"))'),
        "WHERE (n > 4)",
    ),
    "another check of the same name": (
        thing('CheckConstraint("id > 0", name="ck")'),
        thing('CheckConstraint("id > 1", name="ck")'),
        "ADD CONSTRAINT ck CHECK ((id > 1))",
    ),
    "a new check": (thing(), thing('CheckConstraint("id > 1", name="ck")'), "CHECK ((id > 1))"),
    "a check that goes": (thing('CheckConstraint("id > 1", name="ck")'), thing(), "DROP CONSTRAINT ck"),
    "an exclusion constraint": (
        thing(),
        thing('ExcludeConstraint((text("int4range(id, id + 1)"), "&&"), using="gist", name="alone")'),
        "EXCLUDE USING gist",
    ),
    "another primary key": (
        (
            'thing = Table("thing", metadata, Column("a", Integer, primary_key=True, autoincrement=False),'
            ' Column("b", Integer, nullable=False))'
        ),
        (
            'thing = Table("thing", metadata, Column("a", Integer, primary_key=True, autoincrement=False),'
            ' Column("b", Integer, primary_key=True, autoincrement=False))'
        ),
        "PRIMARY KEY (a, b)",
    ),
    "a function and its trigger": (
        thing(),
        thing() + before_create(FUNCTION.format("+ 1")) + after_create(TRIGGER.format("UPDATE")),
        "CREATE TRIGGER touch",
    ),
    "another function body": (
        thing() + before_create(FUNCTION.format("+ 1")) + after_create(TRIGGER.format("UPDATE")),
        thing() + before_create(FUNCTION.format("+ 2")) + after_create(TRIGGER.format("UPDATE")),
        "NEW.id + 2",
    ),
    "another trigger of the same name": (
        thing() + before_create(FUNCTION.format("+ 1")) + after_create(TRIGGER.format("UPDATE")),
        thing() + before_create(FUNCTION.format("+ 1")) + after_create(TRIGGER.format("INSERT")),
        "DROP TRIGGER touch ON shop.thing",
    ),
    "a trigger that is switched off": (
        thing() + before_create(FUNCTION.format("+ 1")) + after_create(TRIGGER.format("UPDATE")),
        thing()
        + before_create(FUNCTION.format("+ 1"))
        + after_create(TRIGGER.format("UPDATE"))
        + after_create("ALTER TABLE shop.thing DISABLE TRIGGER touch"),
        "DISABLE TRIGGER touch",
    ),
    "a function that returns something else": (
        thing() + before_create("CREATE FUNCTION shop.f() RETURNS int LANGUAGE sql AS 'SELECT 1'"),
        thing() + before_create("CREATE FUNCTION shop.f() RETURNS text LANGUAGE sql AS 'SELECT ''1'''"),
        "DROP FUNCTION shop.f()",
    ),
    "a function that needs the new table, and a default that needs a function": (
        thing(),
        thing('Column("n", Integer, server_default=text("shop.f()"))')
        + before_create("CREATE FUNCTION shop.f() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        + 'other = Table("other", metadata, Column("a", Text))\n'
        + after_create(
            "CREATE FUNCTION shop.g() RETURNS SETOF shop.other LANGUAGE sql AS 'SELECT * FROM shop.other'"
        ),
        "shop.g()",
    ),
    "a procedure and an aggregate": (
        thing(),
        thing()
        + before_create("CREATE PROCEDURE shop.p() LANGUAGE sql AS 'SELECT 1'")
        + before_create("CREATE AGGREGATE shop.total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0')"),
        "CREATE AGGREGATE shop.total",
    ),
    "a view over a column that goes": (
        thing('Column("n", Integer)') + after_create("CREATE VIEW shop.v AS SELECT id, n FROM shop.thing"),
        thing() + after_create("CREATE VIEW shop.v AS SELECT id FROM shop.thing"),
        "DROP VIEW shop.v",
    ),
    "a wider view": (
        thing() + after_create("CREATE VIEW shop.v AS SELECT id FROM shop.thing"),
        thing() + after_create("CREATE VIEW shop.v AS SELECT id, id + 1 AS next FROM shop.thing"),
        "CREATE OR REPLACE VIEW shop.v",
    ),
    "a materialized view with an index": (
        thing(),
        thing()
        + after_create("CREATE MATERIALIZED VIEW shop.m AS SELECT id FROM shop.thing")
        + after_create("CREATE UNIQUE INDEX ix_m ON shop.m (id)"),
        "CREATE UNIQUE INDEX ix_m",
    ),
    "a rule and statistics": (
        thing('Column("n", Integer)'),
        thing('Column("n", Integer)')
        + after_create("CREATE RULE never AS ON DELETE TO shop.thing DO INSTEAD NOTHING")
        + after_create("CREATE STATISTICS shop.both ON id, n FROM shop.thing"),
        "CREATE STATISTICS",
    ),
    "row security with a policy": (
        thing(),
        thing()
        + after_create("ALTER TABLE shop.thing ENABLE ROW LEVEL SECURITY")
        + after_create("ALTER TABLE shop.thing FORCE ROW LEVEL SECURITY")
        + after_create("CREATE POLICY own ON shop.thing FOR SELECT TO PUBLIC USING (id > 0)"),
        "CREATE POLICY own",
    ),
    "another policy of the same name": (
        thing() + after_create("CREATE POLICY own ON shop.thing USING (id > 0)"),
        thing() + after_create("CREATE POLICY own ON shop.thing USING (id > 1)"),
        "DROP POLICY own ON shop.thing",
    ),
    "a table that is no longer logged": (
        thing(),
        THING.format(', prefixes=["UNLOGGED"]'),
        "SET UNLOGGED",
    ),
    "another replica identity": (
        thing(),
        thing() + after_create("ALTER TABLE shop.thing REPLICA IDENTITY FULL"),
        "REPLICA IDENTITY FULL",
    ),
    "a column of a new enum": (
        thing(),
        thing(MOOD.format('"good", "bad"', "")),
        "CREATE TYPE shop.mood AS ENUM",
    ),
    "an enum that goes": (thing(MOOD.format('"good", "bad"', "")), thing(), "DROP TYPE shop.mood"),
    "new labels": (
        thing(MOOD.format('"good", "bad"', ', server_default="good", nullable=False')),
        thing(MOOD.format('"best", "good", "so-so", "bad"', ', server_default="good", nullable=False')),
        "ADD VALUE 'so-so' AFTER 'good'",
    ),
    "a new label that becomes the default": (
        thing(MOOD.format('"good", "bad"', ', server_default="good"')),
        thing(MOOD.format('"good", "bad", "it\'s"', ', server_default="it\'s"')),
        "autocommit_block",
    ),
    "a label that goes": (
        thing(MOOD.format('"good", "bad", "ugly"', ', server_default="good", nullable=False')),
        thing(MOOD.format('"good", "bad"', ', server_default="good", nullable=False')),
        "RENAME TO mood",
    ),
    "a domain with another check and default": (
        before_create("CREATE DOMAIN shop.positive AS int CONSTRAINT ck CHECK (VALUE > 0)") + thing(),
        before_create("CREATE DOMAIN shop.positive AS int DEFAULT 2 NOT NULL CONSTRAINT ck CHECK (VALUE > 1)")
        + thing(),
        "ALTER DOMAIN shop.positive",
    ),
    "composite and range types": (
        thing(),
        before_create("CREATE TYPE shop.pair AS (a int, b text)")
        + before_create("CREATE TYPE shop.span AS RANGE (SUBTYPE = float8)")
        + thing(),
        "AS RANGE",
    ),
    "a sequence": (
        before_create("CREATE SEQUENCE shop.numbers") + thing(),
        before_create("CREATE SEQUENCE shop.numbers INCREMENT 5 CYCLE")
        + before_create("CREATE SEQUENCE shop.more")
        + thing('Column("n", BigInteger, server_default=text("nextval(\'shop.numbers\')"))')
        + after_create("ALTER SEQUENCE shop.more OWNED BY shop.thing.id"),
        "INCREMENT BY 5",
    ),
    "serial and identity columns": (
        'thing = Table("thing", metadata, Column("id", Integer, primary_key=True))',
        (
            'thing = Table("thing", metadata, Column("id", Integer, primary_key=True))\n'
            'other = Table("other", metadata, Column("id", BigInteger, Identity(always=True, start=7), primary_key=True))\n'
            'third = Table("third", metadata, Column("id", Integer, primary_key=True))'
        ),
        "sa.Identity(",
    ),
    "a generated column with another expression": (
        thing('Column("twice", Integer, Computed("id * 2", persisted=True))', 'Index("ix_twice", "twice")'),
        thing('Column("twice", Integer, Computed("id * 3", persisted=True))', 'Index("ix_twice", "twice")'),
        "GENERATED ALWAYS AS ((id * 3)) STORED",
    ),
    "another collation": (
        thing('Column("name", Text, nullable=False)'),
        thing('Column("name", Text(collation="C"), nullable=False)'),
        'collation="C"',
    ),
    "partitions": (
        thing(),
        thing()
        + 'log = Table("log", metadata, Column("day", Integer, primary_key=True, autoincrement=False),'
        ' postgresql_partition_by="RANGE (day)")\n'
        + after_create("CREATE TABLE shop.log_1 PARTITION OF shop.log FOR VALUES FROM (0) TO (10)"),
        "PARTITION OF shop.log",
    ),
    "a check that becomes valid": (
        thing() + after_create("ALTER TABLE shop.thing ADD CONSTRAINT ck CHECK (id > 0) NOT VALID"),
        thing('CheckConstraint("id > 0", name="ck")'),
        "VALIDATE CONSTRAINT ck",
    ),
    "comments on what has no place for one in the models": (
        thing('CheckConstraint("id > 0", name="ck")'),
        thing('CheckConstraint("id > 0", name="ck")')
        + after_create("COMMENT ON CONSTRAINT ck ON shop.thing IS 'it''s: 5 IS ''enough'''"),
        "COMMENT ON CONSTRAINT ck",
    ),
    "types of the app's own": (
        thing(),
        "from sqlalchemy.types import TypeDecorator\n"
        "class Money(TypeDecorator):\n    impl = Numeric(20, 4)\n    cache_ok = True\n"
        + thing('Column("price", Money)', 'Column("sizes", ARRAY(Integer))'),
        "sa.Numeric(precision=20, scale=4)",
    ),
}


@pytest.fixture
def shop(workshop: Workshop) -> ToyApp:
    return workshop.app("shop")


def write_models(shop: ToyApp, code: str) -> None:
    imports = (
        "from sqlalchemy import Computed, Enum, Identity\n"
        "from sqlalchemy.dialects.postgresql import ARRAY, DOMAIN, ExcludeConstraint\n"
    )
    shop.tables(code, imports=imports)


def numbered(code: str, number: int) -> str:
    """Give every object of a change names of its own, so that several changes fit into one schema."""
    return re.sub(rf"\b({NAMES})\b|(?<=shop\.)[fgmpv]\b", rf"\g<0>_{number}", code)


@pytest.mark.parametrize("first", range(0, len(CHANGES), BATCH))
def test_changes_to_the_models_become_a_revision_that_makes_them_and_takes_them_back(
    workshop: Workshop, shop: ToyApp, first: int
) -> None:
    changes = list(CHANGES.values())[first : first + BATCH]
    for models in range(2):
        write_models(shop, "".join(numbered(change[models], n) + "\n" for n, change in enumerate(changes)))
        generated = workshop.run("generate", "shop", "-m", "Change it", "--json")
        assert generated.code == 0, generated.err
        assert generated.data["warnings"] == []
        assert workshop.run("migrate").code == 0
    written = Path(generated.data["path"]).read_text()
    for number, (_, _, expected) in enumerate(changes):
        assert numbered(expected, number) in written
    checked = workshop.run("check", "--json")
    assert checked.data["findings"] == []
    assert workshop.run("generate", "shop", "-m", "again", "--json").data == {"nothing_to_generate": True}
