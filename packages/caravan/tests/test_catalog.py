"""What the catalog reads of a schema, whatever its name, and how a difference is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import LiteralString

import psycopg
import pytest

from caravan.catalog import Catalog, Key, compare, read

SCHEMA = 'weird "%name'
EVERYTHING: LiteralString = """
CREATE SCHEMA "weird ""%name";
SET search_path TO "weird ""%name", public;
CREATE EXTENSION pg_trgm;
CREATE TYPE mood AS ENUM ('good', 'it''s bad');
CREATE DOMAIN positive AS int DEFAULT 3 NOT NULL CONSTRAINT ck CHECK (VALUE > 0);
CREATE TYPE pair AS (a int, b text);
CREATE TYPE span AS RANGE (SUBTYPE = float8);
CREATE SEQUENCE numbers INCREMENT 2 CYCLE;
CREATE TABLE "select" (
    id int GENERATED ALWAYS AS IDENTITY (START 5) PRIMARY KEY, mood mood NOT NULL DEFAULT 'good', old serial,
    twice int GENERATED ALWAYS AS (id * 2) STORED, n numeric(20, 4) CONSTRAINT n_ck CHECK (n > 0),
    name text STORAGE EXTERNAL COMPRESSION pglz COLLATE "C", CONSTRAINT "uq %x" UNIQUE (name) DEFERRABLE,
    CONSTRAINT alone EXCLUDE USING gist (int4range(id, id + 1) WITH &&)
);
CREATE INDEX ix ON "select" (n) WHERE n > 3;
CREATE UNLOGGED TABLE quick (id int);
CREATE TABLE child (id int);
ALTER TABLE child ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES "select" (id) ON DELETE CASCADE NOT VALID;
CREATE FUNCTION f(a int, b text DEFAULT 'x') RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
CREATE TRIGGER touch BEFORE UPDATE ON "select" FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE "select" DISABLE TRIGGER touch;
CREATE VIEW v AS SELECT id, mood FROM "select";
CREATE MATERIALIZED VIEW m AS SELECT 1 AS x WITH NO DATA;
CREATE INDEX ix_m ON m (x);
ALTER TABLE "select" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "select" FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON "select" FOR SELECT USING (id > 0);
ALTER TABLE child REPLICA IDENTITY FULL;
CREATE TABLE log (day int, k int CHECK (k > 0), PRIMARY KEY (day)) PARTITION BY RANGE (day);
CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM (0) TO (10);
CREATE INDEX ix_log ON log (k);
CREATE STATISTICS st ON id, n FROM "select";
CREATE RULE never AS ON DELETE TO child DO INSTEAD NOTHING;
CREATE COLLATION co (locale = 'C');
COMMENT ON TABLE "select" IS 'it''s';
COMMENT ON COLUMN "select".name IS 'name';
COMMENT ON CONSTRAINT "uq %x" ON "select" IS 'unique';
COMMENT ON INDEX ix IS 'index';
COMMENT ON POLICY own ON "select" IS 'policy';
COMMENT ON TRIGGER touch ON "select" IS 'trigger';
COMMENT ON DOMAIN positive IS 'domain';
COMMENT ON CONSTRAINT ck ON DOMAIN positive IS 'check';
COMMENT ON FUNCTION f IS 'function';
COMMENT ON SCHEMA "weird ""%name" IS 'schema';
GRANT SELECT ON "select" TO PUBLIC;
GRANT UPDATE (name) ON "select" TO PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA "weird ""%name" GRANT SELECT ON TABLES TO PUBLIC;
"""
S = '"weird ""%name"'


@pytest.fixture
def connection(empty_database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(EVERYTHING)
        yield connection


class Found:
    """What was read, asked by kind and name."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.catalog = read(connection, [SCHEMA])

    def __call__(self, kind: str, *name: str) -> str:
        return self.catalog.objects[Key(kind, SCHEMA, name)]


def test_tables_and_their_parts_have_one_canonical_definition(connection: psycopg.Connection) -> None:
    of = Found(connection)
    assert of("schema") == f"CREATE SCHEMA {S}"
    assert of("table", "select") == f'CREATE TABLE {S}."select" ()'
    assert of("table", "quick") == f"CREATE UNLOGGED TABLE {S}.quick ()"
    assert of("table", "log") == f"CREATE TABLE {S}.log () PARTITION BY RANGE (day)"
    assert of("table", "log_1") == f"CREATE TABLE {S}.log_1 PARTITION OF {S}.log FOR VALUES FROM (0) TO (10)"
    assert of("column", "select", "id") == "integer GENERATED ALWAYS AS IDENTITY (START WITH 5) NOT NULL"
    assert of("column", "select", "mood") == f"{S}.mood DEFAULT 'good'::{S}.mood NOT NULL"
    assert of("column", "select", "twice") == "integer GENERATED ALWAYS AS ((id * 2)) STORED"
    assert of("column", "select", "name") == 'text STORAGE EXTERNAL COMPRESSION pglz COLLATE pg_catalog."C"'
    assert of("primary key", "select", "select_pkey") == "PRIMARY KEY (id)"
    assert of("check constraint", "select", "n_ck") == "CHECK ((n > (0)::numeric))"
    assert of("unique constraint", "select", "uq %x") == "UNIQUE (name) DEFERRABLE"
    assert of("exclusion constraint", "select", "alone").startswith(
        "EXCLUDE USING gist (int4range(id, (id + 1))"
    )
    assert of("foreign key", "child", "fk").endswith(
        f'REFERENCES {S}."select"(id) ON DELETE CASCADE NOT VALID'
    )
    assert (
        of("index", "select", "ix")
        == f'CREATE INDEX ix ON {S}."select" USING btree (n) WHERE (n > (3)::numeric)'
    )
    assert of("index", "m", "ix_m") == f"CREATE INDEX ix_m ON {S}.m USING btree (x)"
    assert of("statistics", "select", "st").startswith("CREATE STATISTICS")
    assert of("trigger", "select", "touch").endswith(f"FOR EACH ROW EXECUTE FUNCTION {S}.touch()")
    assert of("trigger state", "select", "touch") == f'ALTER TABLE {S}."select" DISABLE TRIGGER touch'
    assert of("rule", "child", "never").startswith("CREATE RULE never AS")


def test_all_other_objects_have_one_canonical_definition(connection: psycopg.Connection) -> None:
    of = Found(connection)
    assert of("function", "f", "a integer, b text").startswith(
        f"CREATE OR REPLACE FUNCTION {S}.f(a integer, b text"
    )
    assert of("procedure", "p", "").startswith(f"CREATE OR REPLACE PROCEDURE {S}.p()")
    assert of("aggregate", "total", "integer").startswith(
        f"CREATE AGGREGATE {S}.total(integer) (SFUNC = int4pl"
    )
    assert of("view", "v").startswith(f"CREATE VIEW {S}.v AS\n SELECT id,")
    assert of("materialized view", "m").endswith("WITH NO DATA")
    assert of("sequence", "numbers").endswith("START WITH 1 CACHE 1 CYCLE")
    assert of("sequence ownership", "select_old_seq").endswith(f'OWNED BY {S}."select".old')
    assert of("enum", "mood") == f"CREATE TYPE {S}.mood AS ENUM ('good', 'it''s bad')"
    assert of("domain", "positive") == f"CREATE DOMAIN {S}.positive AS integer DEFAULT 3 NOT NULL"
    assert of("domain constraint", "positive", "ck") == "CHECK ((VALUE > 0))"
    assert of("composite type", "pair") == f"CREATE TYPE {S}.pair AS (a integer, b text)"
    assert of("range type", "span") == f"CREATE TYPE {S}.span AS RANGE (SUBTYPE = double precision)"
    assert of("row security", "select") == f'ALTER TABLE {S}."select" ENABLE ROW LEVEL SECURITY'
    assert of("forced row security", "select") == f'ALTER TABLE {S}."select" FORCE ROW LEVEL SECURITY'
    assert (
        of("policy", "select", "own")
        == f'CREATE POLICY own ON {S}."select" FOR SELECT TO PUBLIC USING ((id > 0))'
    )
    assert of("replica identity", "child") == f"ALTER TABLE {S}.child REPLICA IDENTITY FULL"
    assert of("extension", "pg_trgm").startswith(f"CREATE EXTENSION pg_trgm WITH SCHEMA {S} VERSION")
    assert of("comment", "column", "select", "name") == f"COMMENT ON COLUMN {S}.\"select\".name IS 'name'"
    assert of("comment", "table", "select") == f"COMMENT ON TABLE {S}.\"select\" IS 'it''s'"
    assert of("grant", "table", "select", "PUBLIC") == "SELECT"
    assert of("grant", "column", "select", "name", "PUBLIC") == "UPDATE"
    assert of("owner", "table", "select") == connection.info.user
    assert len(of.catalog.of("collation")) == 1
    assert len(of.catalog.of("comment")) == 10
    assert len(of.catalog.of("default privileges")) == 1


def test_what_belongs_to_an_extension_an_identity_or_a_partition_is_left_out(
    connection: psycopg.Connection,
) -> None:
    found = read(connection, [SCHEMA])
    assert {key.name for key in found.of("function")} == {("f", "a integer, b text"), ("touch", "")}
    assert {key.name for key in found.of("sequence")} == {("numbers",), ("select_old_seq",)}
    assert Key("primary key", SCHEMA, ("log_1", "log_1_pkey")) not in found.objects
    assert {key.name[0] for key in found.of("index")} == {"select", "m", "log"}


def test_reading_leaves_the_connection_as_it_was(empty_database: str) -> None:
    with psycopg.connect(empty_database) as connection:
        connection.execute("SET search_path TO nowhere")
        read(connection, ["public"])
        assert connection.execute("SHOW search_path").fetchone() == ("nowhere",)


def test_a_schema_that_does_not_exist_holds_nothing(connection: psycopg.Connection) -> None:
    assert set(read(connection, ["no such"]).without("extension")) == set()


def test_the_number_of_queries_does_not_depend_on_the_number_of_objects(
    connection: psycopg.Connection,
) -> None:
    seen: list[str] = []
    connection.execute("SET client_min_messages = log; SET log_statement = 'all'")
    connection.add_notice_handler(lambda notice: seen.append(notice.message_primary or ""))
    read(connection, [SCHEMA])
    few = len(seen)
    connection.execute(
        "DO $$ BEGIN FOR i IN 1..50 LOOP EXECUTE format('CREATE TABLE extra_%s (id int PRIMARY KEY)', i); END LOOP; END $$"
    )
    seen.clear()
    read(connection, [SCHEMA])
    assert few == len(seen) > 0


def test_a_catalog_equals_itself_and_every_change_is_one_sentence(connection: psycopg.Connection) -> None:
    before = read(connection, [SCHEMA])
    assert compare(before, read(connection, [SCHEMA])) == []
    connection.execute(
        """
        DROP VIEW v; DROP TABLE child; ALTER TABLE "select" DROP COLUMN name;
        ALTER TABLE "select" ALTER n TYPE numeric(21, 4);
        CREATE OR REPLACE FUNCTION f(a int, b text DEFAULT 'x') RETURNS int LANGUAGE sql AS 'SELECT 2';
        CREATE TABLE new (id int PRIMARY KEY);
        REVOKE SELECT ON "select" FROM PUBLIC;
        """
    )
    after = read(connection, [SCHEMA])
    told = [str(difference) for difference in compare(before, after, ("in the migrations", "in the models"))]
    assert told == [
        f"column {SCHEMA}.select.n differs: in the migrations numeric(20,4); in the models numeric(21,4)",
        f"column {SCHEMA}.select.name exists only in the migrations",
        (
            f"function {SCHEMA}.f(a integer, b text) differs: in the migrations line 4 AS $function$SELECT 1$function$;"
            " in the models line 4 AS $function$SELECT 2$function$"
        ),
        f"grant to PUBLIC on table {SCHEMA}.select exists only in the migrations",
        f"table {SCHEMA}.child exists only in the migrations",
        f"table {SCHEMA}.new exists only in the models",
        f"unique constraint {SCHEMA}.select.uq %x exists only in the migrations",
        f"view {SCHEMA}.v exists only in the migrations",
    ]


def test_a_table_is_left_out_with_all_that_is_its_own(connection: psycopg.Connection) -> None:
    found = read(connection, [SCHEMA]).without_table(SCHEMA, "select")
    assert not [key for key in found if key.root.name == ("select",)]
    assert Key("function", SCHEMA, ("f", "a integer, b text")) in found.objects
    assert Key("table", SCHEMA, ("child",)) in found.objects


def test_of_a_shared_schema_each_role_has_its_own(connection: psycopg.Connection) -> None:
    found = read(connection, [SCHEMA])
    mine = found.owned_by(connection.info.user)
    assert Key("column", SCHEMA, ("select", "n")) in mine.objects
    assert Key("trigger", SCHEMA, ("select", "touch")) in mine.objects
    assert Key("function", SCHEMA, ("f", "a integer, b text")) in mine.objects
    assert len(found.owned_by("nobody at all")) == 0


def test_the_order_of_columns_does_not_count(connection: psycopg.Connection) -> None:
    connection.execute("CREATE SCHEMA a; CREATE TABLE a.t (x int, y text)")
    before = read(connection, ["a"])
    connection.execute("DROP TABLE a.t; CREATE TABLE a.t (y text, x int)")
    assert compare(before, read(connection, ["a"])) == []


def test_an_index_that_is_not_valid_is_another_one(connection: psycopg.Connection) -> None:
    connection.execute("CREATE SCHEMA a; CREATE TABLE a.t (x int); INSERT INTO a.t VALUES (1), (1)")
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute("CREATE UNIQUE INDEX CONCURRENTLY ix ON a.t (x)")
    definition = read(connection, ["a"]).objects[Key("index", "a", ("t", "ix"))]
    assert definition == "CREATE UNIQUE INDEX ix ON a.t USING btree (x) -- invalid"


def test_a_long_definition_is_told_by_where_it_differs() -> None:
    key = Key("check constraint", "a", ("t", "ck"))
    start = "CHECK (" + "x " * 200
    [difference] = compare(Catalog({key: f"{start}1)"}), Catalog({key: f"{start}2)"}))
    text = str(difference)
    assert text.startswith("check constraint a.t.ck differs: before line 1 …")
    assert text.endswith("2)")
    assert len(text) < 500
    [shorter] = compare(Catalog({key: "a\nb"}), Catalog({key: "a"}))
    assert str(shorter).endswith("before line 2 b; after line 2 (ends)")
    [cut] = compare(Catalog({key: "1" + "x" * 300}), Catalog({key: "2" + "x" * 300}))
    assert str(cut).endswith("x…")
