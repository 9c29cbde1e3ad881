"""Tables (how they are stored and partitioned), views, materialized views and foreign tables."""

from __future__ import annotations

from typing import LiteralString

KIND: LiteralString = """
CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table'
               WHEN 'S' THEN 'sequence' WHEN 'c' THEN 'composite type' ELSE 'table' END
"""
OWN: LiteralString = (
    "NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_class'::regclass"
    " AND x.objid = c.oid AND x.deptype = 'e')"
)

QUERY: LiteralString = (
    "SELECT "
    + KIND
    + """, n.nspname, ARRAY[c.relname::text], concat_ws(' ',
    CASE c.relkind WHEN 'v' THEN 'CREATE VIEW' WHEN 'm' THEN 'CREATE MATERIALIZED VIEW'
                   WHEN 'f' THEN 'CREATE FOREIGN TABLE'
                   ELSE CASE c.relpersistence WHEN 'u' THEN 'CREATE UNLOGGED TABLE' ELSE 'CREATE TABLE' END END,
    format('%%I.%%I', n.nspname, c.relname),
    CASE WHEN c.relispartition THEN 'PARTITION OF ' || parents.names || ' ' || pg_get_expr(c.relpartbound, c.oid)
         WHEN c.relkind IN ('r', 'p', 'f') THEN '()' END,
    CASE WHEN NOT c.relispartition THEN 'INHERITS (' || parents.names || ')' END,
    CASE c.relkind WHEN 'p' THEN 'PARTITION BY ' || pg_get_partkeydef(c.oid) END,
    CASE WHEN am.amname <> 'heap' THEN format('USING %%I', am.amname) END,
    'SERVER ' || (SELECT format('%%I', s.srvname) || coalesce(' OPTIONS ' || f.ftoptions::text, '')
                  FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = c.oid),
    'WITH (' || array_to_string(c.reloptions, ', ') || ')',
    'TABLESPACE ' || (SELECT format('%%I', spcname) FROM pg_tablespace WHERE oid = c.reltablespace),
    CASE WHEN c.relkind IN ('v', 'm') THEN E'AS\\n' || rtrim(pg_get_viewdef(c.oid), ';') END,
    CASE WHEN c.relkind = 'm' AND NOT c.relispopulated THEN 'WITH NO DATA' END)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_am am ON am.oid = c.relam
LEFT JOIN LATERAL (
    SELECT string_agg(format('%%I.%%I', pn.nspname, p.relname), ', ' ORDER BY i.inhseqno) AS names
    FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
    WHERE i.inhrelid = c.oid
) parents ON true
WHERE n.nspname = ANY (%(schemas)s) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND """
    + OWN
    + """
UNION ALL
SELECT 'replica identity', n.nspname, ARRAY[c.relname::text],
       format('ALTER TABLE %%I.%%I REPLICA IDENTITY ', n.nspname, c.relname)
       || CASE c.relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING'
          ELSE 'USING INDEX ' || coalesce((SELECT format('%%I', x.relname) FROM pg_index i
                JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = c.oid AND i.indisreplident), '') END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY (%(schemas)s) AND c.relkind IN ('r', 'p') AND c.relreplident <> 'd'
"""
)
