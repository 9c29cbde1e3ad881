"""Constraints of tables and domains, each with whether it was validated."""

from __future__ import annotations

from typing import LiteralString

KIND: LiteralString = """
CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique constraint' WHEN 'f' THEN 'foreign key'
               WHEN 'x' THEN 'exclusion constraint' ELSE 'check constraint' END
"""

# Not-null is part of the column (18 keeps a constraint for it, older versions do not); a constraint trigger is a
# trigger; what a partition inherits belongs to its parent.
QUERY: LiteralString = (
    "SELECT "
    + KIND
    + """, n.nspname, ARRAY[c.relname::text, k.conname::text], pg_get_constraintdef(k.oid)
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY (%(schemas)s) AND k.contype IN ('c', 'p', 'u', 'f', 'x') AND k.conparentid = 0
  AND (k.conislocal OR k.coninhcount = 0)
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_class'::regclass AND x.objid = c.oid AND x.deptype = 'e')
UNION ALL
SELECT 'domain constraint', n.nspname, ARRAY[t.typname::text, k.conname::text], pg_get_constraintdef(k.oid)
FROM pg_constraint k JOIN pg_type t ON t.oid = k.contypid JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE n.nspname = ANY (%(schemas)s) AND k.contype = 'c'
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_type'::regclass AND x.objid = t.oid AND x.deptype = 'e')
"""
)
