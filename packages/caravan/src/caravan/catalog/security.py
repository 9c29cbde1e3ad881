"""Row security: whether it is on, whether it binds the owner too, and its policies."""

from __future__ import annotations

from typing import LiteralString

QUERY: LiteralString = """
SELECT 'row security', n.nspname, ARRAY[c.relname::text],
       format('ALTER TABLE %%I.%%I ENABLE ROW LEVEL SECURITY', n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY (%(schemas)s) AND c.relrowsecurity
UNION ALL
SELECT 'forced row security', n.nspname, ARRAY[c.relname::text],
       format('ALTER TABLE %%I.%%I FORCE ROW LEVEL SECURITY', n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY (%(schemas)s) AND c.relforcerowsecurity
UNION ALL
SELECT 'policy', n.nspname, ARRAY[c.relname::text, p.polname::text], concat(
    format('CREATE POLICY %%I ON %%I.%%I', p.polname, n.nspname, c.relname),
    CASE WHEN p.polpermissive THEN '' ELSE ' AS RESTRICTIVE' END,
    ' FOR ' || CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                             WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
    ' TO ' || (SELECT string_agg(CASE r.id WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r.id)) END, ', '
                                 ORDER BY r.id = 0 DESC, pg_get_userbyid(r.id)) FROM unnest(p.polroles) AS r(id)),
    ' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')',
    ' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY (%(schemas)s)
"""
