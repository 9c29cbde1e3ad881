"""Enums with their labels in order, domains, composite and range types."""

from __future__ import annotations

from typing import LiteralString

KIND: LiteralString = """
CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'c' THEN 'composite type' WHEN 'r' THEN 'range type'
               ELSE 'type' END
"""
# Every table has a composite type, every type an array and every range a multirange: those come by themselves.
OWN: LiteralString = """
(t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'b' AND t.typcategory <> 'A')
 OR (t.typtype = 'c' AND EXISTS (SELECT FROM pg_class tc WHERE tc.oid = t.typrelid AND tc.relkind = 'c')))
AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_type'::regclass AND x.objid = t.oid AND x.deptype = 'e')
"""

QUERY: LiteralString = (
    "SELECT "
    + KIND
    + """, n.nspname, ARRAY[t.typname::text], CASE t.typtype
    WHEN 'e' THEN format('CREATE TYPE %%I.%%I AS ENUM (%%s)', n.nspname, t.typname,
        (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
         FROM pg_enum e WHERE e.enumtypid = t.oid))
    WHEN 'd' THEN concat_ws(' ', format('CREATE DOMAIN %%I.%%I AS', n.nspname, t.typname),
        format_type(t.typbasetype, t.typtypmod),
        CASE WHEN t.typcollation <> b.typcollation THEN
            (SELECT format('COLLATE %%I.%%I', cn.nspname, co.collname) FROM pg_collation co
             JOIN pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = t.typcollation) END,
        'DEFAULT ' || t.typdefault, CASE WHEN t.typnotnull THEN 'NOT NULL' END)
    WHEN 'c' THEN format('CREATE TYPE %%I.%%I AS (%%s)', n.nspname, t.typname,
        (SELECT string_agg(format('%%I %%s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum)
         FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped))
    WHEN 'r' THEN (SELECT format('CREATE TYPE %%I.%%I AS RANGE (SUBTYPE = %%s)', n.nspname, t.typname,
                                 format_type(r.rngsubtype, NULL)) FROM pg_range r WHERE r.rngtypid = t.oid)
    ELSE format('CREATE TYPE %%I.%%I', n.nspname, t.typname) END
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_type b ON b.oid = t.typbasetype
WHERE n.nspname = ANY (%(schemas)s) AND """
    + OWN
)
