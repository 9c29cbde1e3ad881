"""Comments, each as the statement that makes it."""

from __future__ import annotations

from typing import LiteralString

from caravan.catalog import constraints, functions, relations, types

_OBJECTS: LiteralString = (
    "SELECT 'pg_namespace'::regclass AS class, n.oid, 0 AS part, 'schema' AS kind, n.nspname AS schema,"
    " ARRAY[]::text[] AS name, format('SCHEMA %%I', n.nspname) AS target FROM pg_namespace n"
    " UNION ALL SELECT 'pg_class'::regclass, c.oid, 0, "
    + relations.KIND
    + ", n.nspname, ARRAY[c.relname::text],"
    + " format('%%s %%I.%%I', CASE c.relkind WHEN 'c' THEN 'TYPE' ELSE upper("
    + relations.KIND
    + ") END, n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    + " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')"
    + " UNION ALL SELECT 'pg_class'::regclass, c.oid, a.attnum, 'column', n.nspname,"
    + " ARRAY[c.relname::text, a.attname::text], format('COLUMN %%I.%%I.%%I', n.nspname, c.relname, a.attname)"
    + " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
    + " UNION ALL SELECT 'pg_class'::regclass, x.oid, 0, 'index', n.nspname, ARRAY[c.relname::text, x.relname::text],"
    + " format('INDEX %%I.%%I', n.nspname, x.relname) FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid"
    + " JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = x.relnamespace"
    + " UNION ALL SELECT 'pg_constraint'::regclass, k.oid, 0, "
    + constraints.KIND
    + ", n.nspname, ARRAY[c.relname::text, k.conname::text],"
    + " format('CONSTRAINT %%I ON %%I.%%I', k.conname, n.nspname, c.relname)"
    + " FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
    + " UNION ALL SELECT 'pg_constraint'::regclass, k.oid, 0, 'domain constraint', n.nspname,"
    + " ARRAY[t.typname::text, k.conname::text], format('CONSTRAINT %%I ON DOMAIN %%I.%%I', k.conname, n.nspname, t.typname)"
    + " FROM pg_constraint k JOIN pg_type t ON t.oid = k.contypid JOIN pg_namespace n ON n.oid = t.typnamespace"
    + " UNION ALL SELECT 'pg_trigger'::regclass, g.oid, 0, 'trigger', n.nspname, ARRAY[c.relname::text, g.tgname::text],"
    + " format('TRIGGER %%I ON %%I.%%I', g.tgname, n.nspname, c.relname)"
    + " FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
    + " UNION ALL SELECT 'pg_policy'::regclass, y.oid, 0, 'policy', n.nspname, ARRAY[c.relname::text, y.polname::text],"
    + " format('POLICY %%I ON %%I.%%I', y.polname, n.nspname, c.relname)"
    + " FROM pg_policy y JOIN pg_class c ON c.oid = y.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
    + " UNION ALL SELECT 'pg_proc'::regclass, p.oid, 0, "
    + functions.KIND
    + ", n.nspname, "
    + functions.NAME
    + ", format('%%s %%I.%%I(%%s)', upper("
    + functions.KIND
    + "), n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))"
    + " FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE "
    + functions.OWN
    + " UNION ALL SELECT 'pg_type'::regclass, t.oid, 0, "
    + types.KIND
    + ", n.nspname, ARRAY[t.typname::text], format('%%s %%I.%%I', CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END,"
    + " n.nspname, t.typname) FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE "
    + types.OWN
)

QUERY: LiteralString = (
    "SELECT 'comment', o.schema, o.kind || o.name, format('COMMENT ON %%s IS %%L', o.target, d.description)"
    " FROM pg_description d JOIN ("
    + _OBJECTS
    + ") o ON o.class = d.classoid AND o.oid = d.objoid AND o.part = d.objsubid"
    " WHERE o.schema = ANY (%(schemas)s)"
)
