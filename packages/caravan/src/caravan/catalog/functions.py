"""Functions, procedures and aggregates, by name and arguments."""

from __future__ import annotations

from typing import LiteralString

KIND: LiteralString = "CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END"
NAME: LiteralString = "ARRAY[p.proname::text, pg_get_function_identity_arguments(p.oid)]"
# A range type brings constructors along: they depend on it internally.
OWN: LiteralString = (
    "NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_proc'::regclass AND x.objid = p.oid"
    " AND x.deptype IN ('e', 'i'))"
)

QUERY: LiteralString = (
    "SELECT "
    + KIND
    + ", n.nspname, "
    + NAME
    + """, CASE p.prokind WHEN 'a' THEN concat(
        format('CREATE AGGREGATE %%I.%%I(%%s) (', n.nspname, p.proname, pg_get_function_arguments(p.oid)),
        concat_ws(', ', 'SFUNC = ' || a.aggtransfn::text, 'STYPE = ' || format_type(a.aggtranstype, NULL),
            'FINALFUNC = ' || nullif(a.aggfinalfn::text, '-'), 'COMBINEFUNC = ' || nullif(a.aggcombinefn::text, '-'),
            'INITCOND = ' || quote_literal(a.agginitval), 'PARALLEL = '
            || CASE p.proparallel WHEN 's' THEN 'SAFE' WHEN 'r' THEN 'RESTRICTED' ELSE 'UNSAFE' END), ')')
    ELSE rtrim(pg_get_functiondef(p.oid), E'\\n') END
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace LEFT JOIN pg_aggregate a ON a.aggfnoid = p.oid
WHERE n.nspname = ANY (%(schemas)s) AND """
    + OWN
)
