"""Sequences and the columns they belong to; an identity's sequence is part of its column."""

from __future__ import annotations

from typing import LiteralString

OWN: LiteralString = (
    "NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_class'::regclass"
    " AND x.objid = c.oid AND x.deptype IN ('e', 'i'))"
)

QUERY: LiteralString = (
    """
SELECT 'sequence', n.nspname, ARRAY[c.relname::text],
       format('CREATE SEQUENCE %%I.%%I AS %%s INCREMENT BY %%s MINVALUE %%s MAXVALUE %%s START WITH %%s CACHE %%s',
              n.nspname, c.relname, format_type(s.seqtypid, NULL), s.seqincrement, s.seqmin, s.seqmax, s.seqstart,
              s.seqcache) || CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY (%(schemas)s) AND """
    + OWN
    + """
UNION ALL
SELECT 'sequence ownership', n.nspname, ARRAY[c.relname::text],
       format('ALTER SEQUENCE %%I.%%I OWNED BY %%I.%%I.%%I', n.nspname, c.relname, tn.nspname, t.relname, a.attname)
FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S' JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace tn ON tn.oid = t.relnamespace
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
WHERE n.nspname = ANY (%(schemas)s) AND d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
  AND d.deptype = 'a'
"""
)
