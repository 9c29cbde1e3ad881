"""Schemas, extensions, and what else lives in a schema without a family of its own (operators, collations …)."""

from __future__ import annotations

from typing import LiteralString

QUERY: LiteralString = """
SELECT 'schema', nspname, ARRAY[]::text[], format('CREATE SCHEMA %%I', nspname)
FROM pg_namespace WHERE nspname = ANY (%(schemas)s)
UNION ALL
SELECT 'extension', n.nspname, ARRAY[e.extname::text],
       format('CREATE EXTENSION %%I WITH SCHEMA %%I VERSION %%L', e.extname, n.nspname, e.extversion)
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname <> 'plpgsql'
UNION ALL
SELECT o.type, n.nspname, ARRAY[o.identity], o.type || ' ' || o.identity
FROM pg_depend d JOIN pg_namespace n ON d.refclassid = 'pg_namespace'::regclass AND n.oid = d.refobjid,
     pg_identify_object(d.classid, d.objid, 0) o
WHERE n.nspname = ANY (%(schemas)s)
  AND d.classid NOT IN ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass, 'pg_constraint'::regclass,
                        'pg_statistic_ext'::regclass, 'pg_default_acl'::regclass, 'pg_extension'::regclass)
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = d.classid AND x.objid = d.objid AND x.deptype = 'e')
"""
