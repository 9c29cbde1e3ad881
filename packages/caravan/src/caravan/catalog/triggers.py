"""Triggers, which of them are switched off, and rewrite rules."""

from __future__ import annotations

from typing import LiteralString

QUERY: LiteralString = """
SELECT 'trigger', n.nspname, ARRAY[c.relname::text, t.tgname::text], pg_get_triggerdef(t.oid)
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY (%(schemas)s) AND NOT t.tgisinternal AND t.tgparentid = 0
UNION ALL
SELECT 'trigger state', n.nspname, ARRAY[c.relname::text, t.tgname::text],
       format('ALTER TABLE %%I.%%I %%s TRIGGER %%I', n.nspname, c.relname,
              CASE t.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, t.tgname)
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY (%(schemas)s) AND NOT t.tgisinternal AND t.tgenabled <> 'O'
UNION ALL
SELECT 'rule', n.nspname, ARRAY[c.relname::text, r.rulename::text], rtrim(pg_get_ruledef(r.oid), ';')
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY (%(schemas)s) AND r.rulename <> '_RETURN'
"""
